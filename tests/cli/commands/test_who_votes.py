"""At the desk of another body: its rosters, seats that change, facts, alternates, reasons and conditions."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from committee import body_json
from paths import INBLUE

SYMBOL = "COM/2026/1"
RULES: dict[str, Any] = {
    "electorate": {"clause": "seats", "fixed": "close", "former": "falls", "changes": "changes"},
    "on_behalf": {"clause": "behalf", "by": "alternates"},
    "positions": [
        {"choice": "no", "clause": "reasons", "reasons": True},
        {"choice": "yes", "clause": "later", "later": True},
    ],
    "facts": [{"id": "consent", "title": "The chair consents.", "clause": "fact", "due": "opening"}],
    "groups": [{"id": "banks", "title": "banks"}],
}


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    address = str(folder / "ledger.db")
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": address}
    return call([INBLUE, *map(str, words)], env=env, cwd=folder)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def audit(folder: Path) -> dict[str, Any]:
    (vote,) = json.loads(ok(folder, "audit", "--json"))["votes"]
    return dict(vote)


def kinds(folder: Path) -> list[str]:
    return [finding["kind"] for finding in audit(folder)["findings"]]


def counted(folder: Path) -> dict[str, str]:
    return {each["member"]: each["position"] for each in audit(folder)["replies"] if each["counted"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rehearsal of the committee's, that was opened an hour ago with seven seats of a table."""
    (tmp_path / "committee.json").write_text(json.dumps(body_json(**RULES)))
    (tmp_path / "seats.csv").write_text(
        "member,groups,advisory,alternates,weight:shares\nA,banks,,,10\nB,,,B1 B2,2.5\nC,,,,1\nX,,yes,,\n"
    )
    (tmp_path / "paper.txt").write_text("The assembly elected D in the place of C.\n")
    ok(tmp_path, "roster", "new", "r.json", "--procedure", "committee.json", "--seats", "seats.csv", "--member", "E")
    ok(tmp_path, "init")
    ok(tmp_path, "draft", "circulate", SYMBOL, "--procedure", "committee.json", "--simulated")
    opened = datetime.now(UTC) - timedelta(hours=1)
    ok(tmp_path, "letter", "send", "opening", "--roster", "r.json", "--opens-at", f"{opened:%Y-%m-%dT%H:%M:%SZ}")
    return tmp_path


def test_a_roster_is_written_from_a_table_and_shown(folder: Path) -> None:
    written = json.loads((folder / "r.json").read_text())
    assert written["members"] == [
        {"member": "A", "permanent": False, "weights": {"shares": 10}, "groups": ["banks"]},
        {"member": "B", "permanent": False, "weights": {"shares": "2.5"}, "alternates": ["B1", "B2"]},
        {"member": "C", "permanent": False, "weights": {"shares": 1}},
        {"member": "X", "permanent": False, "weights": {}, "advisory": True},
        {"member": "E", "permanent": False, "weights": {}},
    ]
    shown = ok(folder, "roster", "show", "r.json", "--procedure", "committee.json")
    for word in ("banks", "B1, B2", "shares 2.5", "advisory", "it fits the procedure committee"):
        assert word in shown


def test_single_seats_are_said_more_of(folder: Path) -> None:
    new = ("roster", "new", "s.json", "--procedure", "committee.json", "--copy", "r.json", "--without", "X")
    more = ("--from", "A=2026-01-01", "--until", "A=2027-01-01", "--weight", "E:shares=7", "--group", "E=banks")
    ok(folder, *new, *more, "--alternate", "E=E1", "--advisory", "Y")
    members = {seat["member"]: seat for seat in json.loads((folder / "s.json").read_text())["members"]}
    assert (members["A"]["from"], members["A"]["until"]) == ("2026-01-01", "2027-01-01")
    assert members["E"] == {
        "member": "E",
        "permanent": False,
        "weights": {"shares": 7},
        "groups": ["banks"],
        "alternates": ["E1"],
    }
    assert members["Y"]["advisory"]
    assert "2026-01-01 to 2026-12-31" in ok(folder, "roster", "show", "s.json")


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--from", "A"), "write MEMBER=VALUE"),
        (("--weight", "A:shares"), "write MEMBER=VALUE"),
        (("--weight", "A=7"), "write NAME=WEIGHT"),
        (("--until", "Z=2027-01-01"), "the roster has no seat of Z"),
        (("--from", "A=tomorrow"), "the seat of A"),
        (("--group", "A=bank"), "groups that the procedure does not have: bank"),
        (("--seats", "seats.csv"), "the roster has a seat of A already"),
        (("--seats", "odd.csv"), "not colour"),
        (("--seats", "bad.csv"), "bad.csv, line 2"),
    ],
)
def test_what_a_roster_cannot_say_is_refused(folder: Path, words: tuple[str, ...], why: str) -> None:
    (folder / "odd.csv").write_text("member,colour\nA,red\n")
    (folder / "bad.csv").write_text("member,advisory\nQ,perhaps\n")
    new = ("roster", "new", "s.json", "--procedure", "committee.json", "--copy", "r.json")
    assert why in refused(folder, *new, *words)
    assert not (folder / "s.json").exists()


def test_a_seat_ends_and_another_begins_while_voting_is_open(folder: Path) -> None:
    ok(folder, "vote", "cast", "C", "yes")
    assert "--file" in refused(folder, "seat", "end", "C", "--reason", "term over")
    said = ok(folder, "seat", "end", "C", "--reason", "resigned", "--file", "paper.txt")
    assert "the seat of C ends: resigned" in said
    more = ("--weight", "shares=1", "--group", "banks", "--alternate", "D1")
    ok(folder, "seat", "begin", "D", "--reason", "elected", "--file", "paper.txt", *more)
    ok(folder, "vote", "cast", "D", "yes", "--by", "D1")
    assert counted(folder) == {"D": "yes"}
    assert sorted(set(kinds(folder)) & {"electorate_changed", "former_seat", "on_behalf"}) == [
        "electorate_changed",
        "former_seat",
    ]
    assert "D has a seat already" in refused(folder, "seat", "begin", "D", "--reason", "again", "--file", "paper.txt")


@pytest.mark.long
def test_a_change_of_seats_is_taken_back(folder: Path) -> None:
    ok(folder, "vote", "cast", "C", "yes")
    ok(folder, "seat", "end", "C", "--reason", "of another committee", "--file", "paper.txt")
    ok(folder, "entry", "void", 3, "--reason", "wrong committee")
    assert counted(folder) == {"C": "yes"}


def test_alternates_cast_for_their_seat_and_others_do_not(folder: Path) -> None:
    ok(folder, "vote", "cast", "B", "yes", "--by", "B2")
    ok(folder, "vote", "cast", "A", "yes", "--by", "B2")
    vote = audit(folder)
    assert {each["member"]: each["by"] for each in vote["replies"]} == {"B": "B2", "A": "B2"}
    assert [f["member"] for f in vote["findings"] if f["kind"] == "on_behalf"] == ["A"]


def test_reasons_conditions_and_a_later_effect(folder: Path) -> None:
    ok(folder, "vote", "cast", "A", "no", "--no-reasons")
    ok(folder, "vote", "cast", "B", "no", "--reasons")
    ok(folder, "vote", "cast", "C", "yes", "--condition", "that the budget is voted")
    late = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}"
    ok(folder, "vote", "cast", "E", "yes", "--effective-at", late)
    assert counted(folder) == {"B": "no", "C": "yes"}
    assert set(kinds(folder)) >= {"reasons", "conditional", "effective_at"}


def test_an_adviser_is_on_record_and_not_counted(folder: Path) -> None:
    ok(folder, "vote", "cast", "X", "no", "--reasons")
    assert counted(folder) == {}
    assert [f["severity"] for f in audit(folder)["findings"] if f["kind"] == "advisory"] == ["note"]
    assert "off_roster" not in kinds(folder)


def test_a_fact_is_recorded_with_its_paper(folder: Path) -> None:
    assert "unknown" in ok(folder, "fact", "list")
    assert "fact_unknown" in kinds(folder)
    long_ago = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}"
    said = ok(folder, "fact", "record", "consent", "--at", long_ago, "--by", "the chair", "--file", "paper.txt")
    assert "on record that this is so: The chair consents." in said
    assert not [kind for kind in kinds(folder) if kind.startswith("fact_")]
    assert "present" in ok(folder, "fact", "list")
    ok(folder, "fact", "record", "consent", "--missing")
    assert "fact_missing" in kinds(folder)
    assert "knows no fact 'ratification'; it knows consent" in refused(folder, "fact", "record", "ratification")
