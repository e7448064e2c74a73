"""Every bundle of tests/vectors/bundles gets the verdict that is wanted of any verifier."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from make_vectors import HERE, WANTED, all_vectors, receipt_files
from paths import ROOT
from said import SAID, line, ways

from inblue.domain.errors import Malformed
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.receipt_checks import read_surfaced
from inblue.ledger.audit.result import Verification
from inblue.ledger.evidence.trust import read_trust
from inblue.ledger.projections.record import record_of

CASES: list[dict[str, Any]] = json.loads(WANTED.read_text())


STRONGEST_LAST = ("none", "documented", "attested", "proven")
PROVING = [case for case in CASES if "strengths" in case]


def failing(case: dict[str, Any], trust: str | None = None, against: Sequence[str] = ()) -> list[int] | None:
    """The checks that fail, each once; None if it is refused."""
    try:
        known = read_trust(HERE / trust) if trust else None
        held = read_surfaced([HERE / each for each in against]) if against else None
        found = verify_bundle(HERE / case["bundle"], known, against=held)
    except Malformed:
        return None
    return sorted({problem.check for problem in found.problems})


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_verdict_is_the_one_wanted(case: dict[str, Any]) -> None:
    assert failing(case) == case["alone"]
    assert failing(case, case["trust"]) == case["trusted"]
    if "against" in case:
        assert failing(case, against=case["against"]) == case["contradicted"]


@pytest.mark.long
def test_of_each_is_said_what_was_said_before_word_for_word() -> None:
    """Where other words are meant: run tests/support/said.py and read the difference."""
    lines = SAID.read_text(encoding="utf-8").splitlines(keepends=True)
    for case, said in zip(CASES, lines, strict=True):
        assert line(case["name"], dict(ways(case))) == said


@pytest.mark.parametrize("case", [case for case in CASES if "as_of" in case], ids=lambda case: case["name"])
def test_the_verdict_is_of_the_state_that_is_wanted(case: dict[str, Any]) -> None:
    found = verify_bundle(HERE / case["bundle"])
    assert found.as_of == tuple(case["as_of"])
    assert found.current == (len(set(case["as_of"])) == 1)


def strengths(found: Verification) -> dict[str, str]:
    return {
        each.reply.member: each.verdict.strength
        for symbol, state in found.states.items()
        for each in record_of(state, found.bounds.get(symbol)).replies
    }


@pytest.mark.parametrize("case", PROVING, ids=[case["name"] for case in PROVING])
def test_what_third_parties_prove_is_what_is_wanted_and_alone_they_prove_nothing(case: dict[str, Any]) -> None:
    found = verify_bundle(HERE / case["bundle"], read_trust(HERE / case["trust"]))
    assert (strengths(found), found.witnessed) == (case["strengths"], case["witnessed"])
    alone = verify_bundle(HERE / case["bundle"])
    assert not alone.witnessed
    for member, strength in strengths(alone).items():
        assert strength != "proven"
        assert STRONGEST_LAST.index(strength) <= STRONGEST_LAST.index(case["strengths"][member])


def test_the_bundles_are_what_this_version_makes() -> None:
    """A format that changes without a word would leave every bundle out there unreadable."""
    for name, content in receipt_files():
        assert (HERE / name).read_bytes() == content
    for vector in all_vectors():
        kept = (HERE / vector.file).read_bytes()
        if vector.name == "ml-dsa-44":  # its signature is made with randomness
            assert len(kept) == len(vector.raw)
        else:
            assert kept == vector.raw, vector.name


def test_no_bundle_lies_there_unjudged() -> None:
    assert {path.name for path in HERE.glob("*.zip")} == {case["bundle"] for case in CASES}


def test_the_table_is_of_its_schema_and_names_sentences_that_are_there() -> None:
    Draft202012Validator(json.loads((HERE.parent / "wanted.schema.json").read_text())).validate(CASES)
    assert len({case["name"] for case in CASES}) == len(CASES)
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "spec").glob("*.md"))
    known = set(re.findall(r"\*\*([A-Z]+-[0-9]+)\*\*", pages))
    assert {case["rule"] for case in CASES if "rule" in case} <= known


def test_every_check_of_a_bundle_fails_in_some_vector() -> None:
    failing_checks = {
        check for case in CASES for key in ("alone", "trusted", "contradicted") for check in case.get(key) or ()
    }
    assert failing_checks == set(range(1, 20)) - {17}  # which is of published logs
