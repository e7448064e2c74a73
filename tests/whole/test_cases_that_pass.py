"""Histories of other people that were judged right already, under rules of the second format, in one ledger."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from paths import INBLUE

CASES = Path(__file__).parent / "cases" / "passing"
WANTED: dict[str, tuple[str, dict[str, int]]] = {
    "c1-cab-quorum-14of28": ("not_adopted", {}),
    "c2-cab-quorum-15of28": ("adopted", {}),
    "c3-cab-no-consumer": ("not_adopted", {}),
    "c4-cab-two-thirds-exact": ("adopted", {}),
    "cv-against": ("not_adopted", {"in_favour": 1, "against": 3}),
    "cv-tie-no": ("not_adopted", {"in_favour": 2, "against": 2}),
    "cv-tie": ("adopted", {"in_favour": 2, "against": 2}),
    "de1-235959": ("not_adopted", {"against": 1}),
    "de2-devotee-funnel": ("adopted", {"option_1": 270, "option_2": 213, "nota": 0, "not_voting": 517}),
    "g-two-thirds-33of50": ("not_adopted", {"in_favour": 33}),
    "g-two-thirds-34of50": ("adopted", {"in_favour": 34}),
    "g1-covid-russia-1": ("not_adopted", {"objection": 4}),
    "g1c-covid-rival": ("adopted", {}),
    "g2-short": ("not_adopted", {}),
    "ie1-discuss-cleared": ("adopted", {"yes": 1, "no_objection": 10}),
    "o6-last-is-late": ("adopted", {"in_favour": 2}),
    "n-1000-seats": ("not_adopted", {"option_1": 20, "not_voting": 980}),
    "r3-late-entry-after-tally-once": ("adopted", {"in_favour": 2, "against": 1}),
    "r4-later-advised": ("not_adopted", {"in_favour": 2, "against": 1}),
    "u1-s-2020-654": ("vetoed", {"in_favour": 13, "against": 2}),
    "u2-s-2020-658": ("not_adopted", {"in_favour": 4, "against": 7, "abstention": 4}),
    "u3-s-2020-667": ("vetoed", {"in_favour": 13, "against": 2}),
    "u4-s-2020-683": ("not_adopted", {"in_favour": 4, "against": 7, "abstention": 4}),
    "u5-iran-797": ("not_adopted", {"in_favour": 2, "against": 2, "abstention": 11}),
    "u10-month-end": ("adopted", {"in_favour": 15}),
    "u12-wps-1054": ("not_adopted", {"in_favour": 5, "abstention": 10}),
    "x1-voter-twice": ("adopted", {"in_favour": 15}),
    "x2-announced-late": ("adopted", {"in_favour": 15}),
}
CLOSES = {
    "d1-zurich-calendar-spring": "2026-03-29T12:00:00Z",
    "d2-zurich-elapsed-spring": "2026-03-29T13:00:00Z",
    "d3-zurich-calendar-autumn-fold": "2026-10-25T00:30:00Z",
    "d4-zurich-opened-in-second-0230": "2026-10-26T01:30:00Z",
    "d5-lord-howe": "2026-10-04T03:00:00Z",
    "d6-samoa-skipped-day": "2011-12-30T20:00:00Z",
    "d7-samoa-72h": "2011-12-30T20:00:00Z",
    "d9-workdays-midnight-skip": "2026-04-27T12:00:00Z",
    "z1-25h-day": "2026-10-26T10:00:00Z",
}


def audited(folder: Path, *names: str) -> dict[str, dict[str, Any]]:
    """The record of each case, all played in one go."""
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says"}
    env["INBLUE_LEDGER"] = str(folder / "x.db")
    call([INBLUE, "play", *(str(CASES / f"{name}.json") for name in names)], env=env, check=True)
    votes = json.loads(call([INBLUE, "audit", "--json"], env=env, check=True).stdout)["votes"]
    by_draft = {vote["draft"]: vote for vote in votes}
    return {name: by_draft[json.loads((CASES / f"{name}.json").read_text())["draft"]["symbol"]] for name in names}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return audited(tmp_path_factory.mktemp("passing"), *WANTED, *CLOSES)


@pytest.mark.parametrize("name", WANTED)
def test_the_outcome_and_the_counts_are_right(records: dict[str, dict[str, Any]], name: str) -> None:
    outcome, counts = WANTED[name]
    record = records[name]
    assert (record["outcome"], {each: record["tally"][each] for each in counts}) == (outcome, counts)


@pytest.mark.parametrize("name", CLOSES)
def test_the_window_closes_when_it_should(records: dict[str, dict[str, Any]], name: str) -> None:
    assert records[name]["window"]["closes_at"] == CLOSES[name]


def found(record: dict[str, Any]) -> set[str]:
    return {finding["kind"] for finding in record["findings"]}


def test_what_is_to_be_found_is_found(records: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    assert records["u1-s-2020-654"]["vetoed_by"] == ["CHN", "RUS"]
    assert records["u5-iran-797"]["vetoed_by"] == records["u2-s-2020-658"]["vetoed_by"] == []
    assert "not a veto" in " ".join(records["u5-iran-797"]["reasons"])
    assert not records["g1c-covid-rival"]["unanimous"]
    assert "forbidden_act" in found(records["g2-short"])
    assert "tally_overtaken" in found(records["r3-late-entry-after-tally-once"])
    assert {"announced_late", "statement_late"} <= found(records["x2-announced-late"])
    assert "order_undetermined" in found(records["x1-voter-twice"])
    told = audited(tmp_path, "u5b-iran-797-as-veto")["u5b-iran-797-as-veto"]
    assert (told["outcome"], "forbidden_act" in found(told)) == ("not_adopted", True)


def test_of_many_replies_each_falls_by_its_own_clause(records: dict[str, dict[str, Any]]) -> None:
    """As many as in a vote of Debian in 2014: 622 received, 548 signed, 540 tallied, of 483 voters."""
    replies = records["de2-devotee-funnel"]["replies"]
    fallen = Counter(rejection["clause"] for reply in replies for rejection in reply["rejected"])
    assert (len(replies), sum(reply["counted"] for reply in replies)) == (622, 483)
    assert fallen == {"signature": 74, "choices": 8}


def test_a_deadline_that_has_passed_is_moved_by_nobody(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(tmp_path / "x.db")}
    refused = call([INBLUE, "play", str(CASES / "g7-extend-after.json")], env=env)
    assert refused.returncode == 2
    assert "the window is over; its deadline cannot be moved any more (clause window)" in refused.stderr
    assert not any(tmp_path.iterdir())
