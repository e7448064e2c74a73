"""The specification: sentences whose numbers are given once, a table that is the code's, an answer to each question."""

from __future__ import annotations

import json
import re
from pathlib import Path

from paths import ROOT
from spec_tables import page

SPEC = ROOT / "docs" / "spec"
SENTENCE = re.compile(r"^\* \*\*([A-Z]+-[0-9]+)\*\* (.*(?:\n  .*)*)", re.MULTILINE)
PAGES = {
    "README.md": "SPEC", "entries.md": "ENT", "register.md": "REG", "log.md": "LOG", "bundle.md": "BUN",
    "ballots.md": "BAL", "receipts.md": "REC", "trust.md": "TRU", "tiles.md": "TIL",
    "delegations.md": "DEL",
}  # fmt: skip


def sentences(path: Path) -> list[tuple[str, str]]:
    return SENTENCE.findall(path.read_text(encoding="utf-8"))


def all_of_them() -> dict[str, str]:
    return {number: text for name in PAGES for number, text in sentences(SPEC / name)}


def test_every_sentence_has_a_number_of_its_page_that_no_other_has() -> None:
    numbers = [number for name in PAGES for number, _ in sentences(SPEC / name)]
    assert len(numbers) == len(set(numbers))
    assert {path.name for path in SPEC.glob("*.md")} == set(PAGES)
    for name, prefix in PAGES.items():
        assert {number.partition("-")[0] for number, _ in sentences(SPEC / name)} == {prefix}, name


def test_what_must_or_must_not_be_is_in_a_numbered_sentence_only() -> None:
    for name in PAGES:
        text = SENTENCE.sub("", (SPEC / name).read_text(encoding="utf-8"))
        text = text.replace("MUST, MUST NOT, SHOULD and MAY", "")
        assert re.findall(r"MUST|SHOULD", text) == [], name


def test_the_table_of_kinds_is_that_of_the_code() -> None:
    text = (SPEC / "entries.md").read_text(encoding="utf-8")
    assert text == page(text), "run PYTHONPATH=tests/support python tests/support/spec_tables.py"


def test_each_of_the_fourteen_questions_is_answered_by_sentences_that_are_there() -> None:
    known = all_of_them()
    rows = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", (SPEC / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 15))
    for number, answer in rows:
        named = re.findall(r"[A-Z]+-[0-9]+", answer)
        assert named, number
        assert set(named) <= set(known), number


def test_every_must_not_has_a_mutant_that_can_be_made_or_a_reason_why_none_can() -> None:
    by_hand = json.loads((ROOT / "tests" / "mutants" / "must_not.json").read_text(encoding="utf-8"))
    forbidding = {number for number, text in all_of_them().items() if "MUST NOT" in text}
    assert set(by_hand) == forbidding
    for number, mutant in by_hand.items():
        if "why" in mutant:
            continue
        source = (ROOT / mutant["file"]).read_text(encoding="utf-8")
        assert source.count(mutant["old"]) == 1, f"{number}: {mutant['file']} has changed; write its mutant again"
        assert mutant["old"] != mutant["new"], number
