"""The record as ids and values: all that an audit states as a fact, and nothing that a language says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ledgers import SMALL, hostile, small
from paths import ROOT, case_file
from signers import LOG, REGISTRAR

from inblue.cli.desk.schemas import schema_of
from inblue.domain.state import VoteState
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.projections.as_of import AsOf
from inblue.ledger.projections.record import audit_json, record_of
from inblue.ledger.projections.record_facts import DERIVATION, record_bytes

AS_OF = AsOf(3, 5, 4)
PROSE = {"reasons", "not_proved", "text", "evidence", "reason"}
DERIVED = {"margin_seconds", "margin_basis", "not_before", "not_after", "dated"}  # which the others give
OTHERWISE = {"acknowledged", "silence", "rejected", "findings"}


def votes() -> Iterator[VoteState]:
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG)
    for name in ("s-2020-268", "simulated", "unga-74-544"):
        play(ledger, read_case(case_file(name)), case_file(name).parent, signer=REGISTRAR)
    for book in (ledger, small(), hostile(), small(change=lambda history: history[:2])):
        yield from (book.vote(symbol) for symbol in book.votes())


@pytest.fixture(scope="module", params=list(votes()), ids=lambda state: f"{state.symbol}-{state.version}")
def state(request: pytest.FixtureRequest) -> VoteState:
    found: VoteState = request.param
    return found


def facts(state: VoteState) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(record_bytes([(record_of(state), {})], AS_OF))["votes"][0]
    return found


def test_it_has_the_form_that_is_published(state: VoteState) -> None:
    raw = record_bytes([(record_of(state), {})], AS_OF)
    value = json.loads(raw)
    Draft202012Validator(schema_of("record")).validate(value)
    assert (value["format"], value["derivation"], value["as_of"]) == ("inblue-record/1", DERIVATION, AS_OF._asdict())
    assert raw == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def test_all_that_an_audit_states_as_a_fact_is_in_it(state: VoteState) -> None:
    audit: Any = audit_json(record_of(state))
    record = facts(state)
    same = audit.keys() - PROSE - OTHERWISE - {"replies"}
    assert {name: audit[name] for name in same} == {name: record[name] for name in same}
    assert audit["silence"]["means"] == record["silence"]
    for each, kept in zip(audit["replies"], record["replies"], strict=True):
        same = each.keys() - PROSE - OTHERWISE - DERIVED
        assert {name: each[name] for name in same} == {name: kept[name] for name in same}
        assert (each["acknowledged"], each["dated"]) == (kept["acknowledged"] is not None, kept["instrument"]["dated"])
        assert [r["clause"] for r in each["rejected"]] == [r["clause"] for r in kept["rejected"]]
        assert each["findings"] == kept["findings"]
    for each, kept in zip(audit["findings"], record["findings"], strict=True):
        assert {**each, "text": ""} == {**{name: kept[name] for name in each.keys() - {"text"}}, "text": ""}


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def prose(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from strings(each) if name in PROSE else prose(each)
    elif isinstance(value, list):
        for each in value:
            yield from prose(each)


def test_nothing_that_we_say_of_a_vote_is_in_it(state: VoteState) -> None:
    said = {text for text in prose(audit_json(record_of(state))) if " " in text}
    assert said
    assert not said & set(strings(facts(state)))


def test_findings_are_told_by_kind_and_values() -> None:
    (vote,) = (facts(each) for each in votes() if each.symbol == "S/2020/240")
    office = next(each for each in vote["findings"] if each["kind"] == "office")
    assert office["values"]["wanted"] == ["permanent_representative", "charge_d_affaires"]
    late = next(each for each in facts(small().vote(SMALL))["findings"] if each["kind"] == "late")
    assert (late["clause"], late["severity"], late["values"]) == ("late", "reject", {"by": 3_600_000_000})


def test_the_numbers_of_each_condition_are_in_it() -> None:
    for state in votes():
        for judged, kept in zip(record_of(state).tally.conditions, facts(state)["conditions"], strict=True):
            assert kept["met"] == judged.met
            assert [each["counted"] for each in kept["thresholds"]] == [each.counted for each in judged.thresholds]


def test_every_kind_of_finding_is_documented() -> None:
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")))
    sources = [(ROOT / "domain" / name).read_text(encoding="utf-8") for name in ("findings.py", "validity.py")]
    kinds = {kind for source in sources for kind in re.findall(r"(?:Finding|note|offends)\(\s*\"(\w+)\"", source)}
    assert len(kinds) > 25
    assert kinds <= documented
