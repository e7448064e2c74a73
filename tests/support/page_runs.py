"""A page of the documentation run from top to bottom, in its scene."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from paths import ROOT
from snippet_scenes import NOT_HERE, SCENES
from snippets import Block, Came, Typed, blocks, differs, files, run, typed

RUN = ("console", "sh")
CONTINUES = {"docs/tutorial/audit.md": "docs/tutorial/vote.md"}
"""A page that goes on where another ended, in its folder."""


def steps(page: str) -> list[Typed | str]:
    """What is typed on the page, with its scene, and without what is not run here."""
    scenes = SCENES.get(page, {})
    made: list[Typed | str] = [*(steps(CONTINUES[page]) if page in CONTINUES else ()), scenes.get("", "true")]
    for block in blocks(ROOT / page):
        made += [scene for words, scene in scenes.items() if words and block.text.startswith(words)]
        if block.language in RUN:
            made += [each for each in typed(block) if why_not(page, each) is None]
    return made


def why_not(page: str, each: Typed) -> str | None:
    """Why it is not run here; None if it is."""
    return next((why for (of, words), why in NOT_HERE.items() if of == page and each.command.startswith(words)), None)


def came(page: str, folder: Path) -> list[Came]:
    for name, text in files(ROOT / page).items():
        (folder / name).write_text(text, encoding="utf-8")
    return run(steps(page), folder)


def unknown(page: str) -> list[Block]:
    """Blocks that have the look of commands and are not called so."""
    return [
        each
        for each in blocks(ROOT / page)
        if each.language in {"", "text"} and re.search(r"^(\$ |inblue [a-z])", each.text, re.MULTILINE)
    ]


if __name__ == "__main__":  # what a page shows, as it comes: python tests/support/page_runs.py docs/tutorial/vote.md
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as fresh:
            for each in came(name, Path(fresh)):
                wrong = differs(each)
                sys.stdout.write(f"{'!! ' + wrong if wrong else 'ok'} {each.typed.line}\n$ {each.typed.command}\n")
                sys.stdout.write(each.output if wrong else "")
