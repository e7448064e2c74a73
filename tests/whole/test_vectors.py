"""Every bundle of tests/vectors/bundles gets the verdict that is wanted of any verifier."""

from __future__ import annotations

import json
from typing import Any

import pytest
from make_vectors import HERE, WANTED, vectors

from inblue.domain.errors import MalformedError
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.result import Verification
from inblue.ledger.evidence.trust import Trust, read_trust
from inblue.ledger.projections.record import record_of

CASES: list[dict[str, Any]] = json.loads(WANTED.read_text())


STRONGEST_LAST = ("none", "documented", "attested", "proven")
PROVING = [case for case in CASES if "strengths" in case]


def failing(case: dict[str, Any], trust: Trust | None) -> list[int] | None:
    """The checks that fail, each once; None if it is refused."""
    try:
        found = verify_bundle(HERE / case["bundle"], trust)
    except MalformedError:
        return None
    return sorted({problem.check for problem in found.problems})


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_verdict_is_the_one_wanted(case: dict[str, Any]) -> None:
    assert failing(case, None) == case["alone"]
    assert failing(case, read_trust(HERE / case["trust"])) == case["trusted"]


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
    for vector in vectors():
        kept = (HERE / vector.file).read_bytes()
        if vector.name == "ml-dsa-44":  # its signature is made with randomness
            assert len(kept) == len(vector.raw)
        else:
            assert kept == vector.raw, vector.name


def test_no_bundle_lies_there_unjudged() -> None:
    assert {path.name for path in HERE.glob("*.zip")} == {case["bundle"] for case in CASES}
