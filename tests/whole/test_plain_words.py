"""Code, documentation and messages avoid the phrases of CONTRIBUTING.md, "Plain words", that are always wrong."""

from __future__ import annotations

import re

import pytest
from paths import ROOT
from plain_words import ALLOWED, PHRASES, WRONG, faults

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

EXAMPLES = {
    "in its one form": ("a ballot in its one form", "has the form of a ballot"),
    "held against": ("it is held against the log", "the log holds a proof of it"),
    "anew": ("derived anew", "inblue witness begin-anew"),
    "by the clock": ("seconds by the clock", "by the clock of the zone"),
    "a crew": ("a crew checks it", "workers check it"),
    "was faster": ("where somebody was faster", "is faster than the floor"),
    "in other hands": ("may have been in other hands", "examples/other_hands.py"),
}


def test_no_text_has_a_phrase_that_is_always_wrong() -> None:
    found = faults()
    assert [place for each in found.keys() - ALLOWED.keys() for place in found[each]] == []


def test_each_exception_is_still_needed() -> None:
    assert ALLOWED.keys() - faults().keys() == set()


@pytest.mark.parametrize("phrase", WRONG)
def test_a_phrase_is_found_in_the_wrong_sense_only(phrase: str) -> None:
    wrong, right = EXAMPLES[phrase]
    assert re.search(WRONG[phrase], wrong)
    assert not re.search(WRONG[phrase], right)


def test_the_table_for_contributors_has_every_phrase_that_is_counted() -> None:
    table = CONTRIBUTING.partition("## Plain words\n")[2].partition("\n## ")[0]
    assert [each.avoided for each in PHRASES if f"| {each.avoided} | {each.instead} |" not in table] == []
