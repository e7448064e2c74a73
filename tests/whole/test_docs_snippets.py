"""What the documentation tells a reader to type works as it is printed, and shows what is printed.

A page runs from top to bottom (support/snippets.py), in a scene that it takes for granted (support/snippet_scenes.py).
What cannot be run here is in one table there, with the reason.
"""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from page_runs import RUN, came, unknown, why_not
from paths import ROOT
from snippet_scenes import BEFORE_PYTHON, NOT_HERE, SCENES
from snippets import blocks, differs, files, typed

ELSEWHERE = ("docs/adr/", "docs/api/", "docs/site/")
"""Decisions are history; the examples of the API run in test_examples_in_docstrings.py."""

PAGES = sorted(
    page
    for page in (str(each.relative_to(ROOT)) for each in (ROOT / "docs").rglob("*.md"))
    if not page.startswith(ELSEWHERE)
)
LANGUAGES = {"console", "sh", "python", "json", "toml", "text", "sql"}


def in_languages(page: str, *languages: str) -> bool:
    return any(block.language in languages for block in blocks(ROOT / page))


@pytest.mark.long
@pytest.mark.parametrize("page", [page for page in PAGES if in_languages(page, *RUN, "python")])
def test_a_page_works_as_it_is_printed(page: str, tmp_path: Path) -> None:
    wrong = {
        f"{page}:{each.typed.line} {each.typed.command}": (differs(each), each.output) for each in came(page, tmp_path)
    }
    assert {command: said for command, said in wrong.items() if said[0]} == {}
    named = set(files(ROOT / page).values())
    given = [
        (f"{page}:{block.line}", block.text)
        for block in blocks(ROOT / page)
        if block.language == "python" and block.text not in named
    ]
    if given:
        program = [("before", BEFORE_PYTHON.get(page, "")), *given]
        ran = subprocess.run(
            [sys.executable, "-c", _RUNS],
            input=json.dumps(program),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stderr[-4000:]


_RUNS = """
import json, sys
host = {}
for place, text in json.load(sys.stdin):
    exec(compile(text, place, "exec"), host)
"""


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_is(page: str) -> None:
    assert [each.line for each in unknown(page)] == []
    assert {block.language for block in blocks(ROOT / page)} - LANGUAGES <= (
        {""} if page == "docs/architecture.md" else set()
    )


@pytest.mark.parametrize("page", [page for page in PAGES if in_languages(page, "json", "toml")])
def test_documents_on_a_page_are_what_they_say(page: str) -> None:
    for block in blocks(ROOT / page):
        if block.language == "toml":
            tomllib.loads(block.text)
        elif block.language == "json":
            json.loads(f"{{{block.text}}}" if block.text.startswith('"') else block.text)  # of an object, some fields


@pytest.mark.parametrize(("page", "words"), NOT_HERE)
def test_what_is_not_run_is_still_on_its_page(page: str, words: str) -> None:
    commands = [each for block in blocks(ROOT / page) if block.language in RUN for each in typed(block)]
    assert any(each.command.startswith(words) and why_not(page, each) for each in commands)


@pytest.mark.parametrize("page", SCENES)
def test_a_scene_is_before_a_block_that_is_there(page: str) -> None:
    texts = [block.text for block in blocks(ROOT / page)]
    assert [words for words in SCENES[page] if words and not any(text.startswith(words) for text in texts)] == []


def test_every_page_has_its_place_in_the_site() -> None:
    tree: dict[str, tuple[str, ...]] = runpy.run_path(str(ROOT / "docs" / "site" / "tree.py"))["TREE"]
    placed = [page for pages in tree.values() for page in pages]
    inside = ("docs/spec/", "docs/index.md", "docs/README.md")  # spec/ has a list of its own
    assert len(set(placed)) == len(placed)
    assert {page.removeprefix("docs/").removesuffix(".md") for page in PAGES if not page.startswith(inside)} <= set(
        placed
    )
