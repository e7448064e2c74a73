"""docs/glossary.md has each word once, in alphabetical order, with all words of the design and of verdicts."""

from __future__ import annotations

import re
from typing import get_args

from paths import ROOT

from inblue.domain.verdict import Strength

TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
WORDS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)

OF_THE_DESIGN = [
    "procedure", "draft", "in blue", "letter", "instrument", "office", "reply", "position",
    "explanation of vote", "window",
    "roll call", "record", "act", "entry", "log", "checkpoint", "witness", "receipt", "registrar",
]  # fmt: skip


def test_each_word_is_there_once_and_in_order() -> None:
    assert sorted(set(WORDS), key=str.lower) == WORDS


def test_each_word_is_explained() -> None:
    assert all(re.search(rf"^## {re.escape(word)}\n\n\w.+\.$", TEXT, re.MULTILINE) for word in WORDS)


def test_the_words_of_the_design_and_of_verdicts_are_there() -> None:
    verdicts = {"placement", "strength", "verdict", "finding"} | set(get_args(Strength)) - {"none"}
    assert (set(OF_THE_DESIGN) | verdicts) - set(WORDS) == set()


def test_a_link_to_a_word_leads_to_one() -> None:
    anchors = {re.sub(r"[^\w-]", "", word.lower().replace(" ", "-")) for word in WORDS}
    pages = "\n".join(each.read_text(encoding="utf-8") for each in (ROOT / "docs").rglob("*.md"))
    assert set(re.findall(r"glossary\.md#([\w-]+)", pages)) <= anchors
