"""The pages of docs/ as the site takes them: copied to one folder, with links that lead somewhere there.

A page links to files of the repository as they lie. In the site a link to another page leads to that page, and one to
any other file gives that file, which is copied beside the pages.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from tree import INSTEAD, OUTSIDE, TREE

ROOT = Path(__file__).resolve().parents[2]
_LINK = re.compile(r"(?<!\\)(!?)\[([^\]\[]*(?:\[[^\]]*\][^\]\[]*)*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^( *(?:```|~~~).*)$", re.MULTILINE)


def stage(folder: Path) -> None:
    """Put every page that is written by hand into ``folder``."""
    places = _places()
    for source, place in places.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / source).read_text(encoding="utf-8")
        target.write_text(_linked(text, source, place, places, folder), encoding="utf-8")
    _with_tree(folder / "index.md", TREE)
    for index in ("adr/README", "spec/README"):
        inside = sorted(each.stem for each in (folder / index).parent.glob("*.md") if each.stem != "README")
        _with_tree(folder / f"{index}.md", {"": inside})


def toctree(caption: str, pages: Iterable[str]) -> str:
    """The pages after this one, as Sphinx is told them."""
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n```{toctree}\n" + "\n".join([*options, "", *pages]) + "\n```\n"


def _with_tree(page: Path, tree: Mapping[str, Iterable[str]]) -> None:
    with page.open("a", encoding="utf-8") as file:
        file.writelines(toctree(caption, pages) for caption, pages in tree.items())


def _places() -> dict[str, str]:
    docs = ROOT / "docs"
    pages = (str(each.relative_to(ROOT)) for each in sorted(docs.rglob("*.md")))
    own = {page: page.removeprefix("docs/") for page in pages if page not in INSTEAD}
    return own | OUTSIDE


def _linked(text: str, source: str, place: str, places: dict[str, str], folder: Path) -> str:
    """The text with its links turned; what is in a block of code stays."""
    parts, code = _FENCE.split(text), False
    for number, part in enumerate(parts):
        if number % 2:
            code = not code
        elif not code:
            parts[number] = _LINK.sub(lambda found: _turned(found, source, place, places, folder), part)
    return "".join(parts)


def _turned(found: re.Match[str], source: str, place: str, places: dict[str, str], folder: Path) -> str:
    picture, words, link = found.groups()
    target, _, anchor = link.partition("#")
    if not target or "://" in target or target.startswith("mailto:"):
        return found[0]
    lies = os.path.normpath(os.path.join(os.path.dirname(source), target))  # noqa: PTH118, PTH120 - a link, not a file
    if (ROOT / lies).is_dir():
        lies = f"{lies}/README.md"
        if not (ROOT / lies).is_file():
            return words
    if lies not in places and lies not in INSTEAD and (ROOT / lies).is_file():
        return f"{picture}[{words}]({_beside(_copied(lies, folder), place)})"
    return f"{picture}[{words}]({_beside((INSTEAD | places).get(lies, lies), place)}{'#' * bool(anchor)}{anchor})"


def _copied(file: str, folder: Path) -> str:
    copy = f"files/{file}{'.txt' * file.endswith('.md')}"
    (folder / copy).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / file, folder / copy)
    return copy


def _beside(target: str, place: str) -> str:
    return os.path.relpath(target, os.path.dirname(place) or ".")  # noqa: PTH120 - a link, not a file
