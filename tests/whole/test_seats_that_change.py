"""A new body is seated while a ballot is open (datatracker #8666): as a case file tells it, played and audited."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from paths import INBLUE

CASES = Path(__file__).parent / "cases"
SEATS = [f"AD{number:02}" for number in range(1, 16)]
CLAUSES = [
    {"id": "seats", "text": "Who sits at the close votes.", "source": "made up", "effect": "note"},
    {"id": "changes", "text": "A seat may end at any time.", "source": "made up"},
    {"id": "fact", "text": "The Last Call is over.", "source": "made up", "effect": "flag"},
]


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": os.environ["PATH"],
        "INBLUE_LEDGER": str(folder / "x.db"),
        "INBLUE_PASSPHRASE": "four words nobody says",
    }
    return call([INBLUE, *map(str, words)], env=env, cwd=folder)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def replied(member: str, position: str, minute: int, **more: Any) -> dict[str, Any]:
    came = f"2026-03-03T09:{minute:02}:00Z"
    paper = {"form": "e_mail", "signed": True}
    return {
        "act": "vote_cast",
        "member": member,
        "position": position,
        "instrument": paper,
        "received_at": came,
        **more,
    }


def case(folder: Path, former: str, acts: list[dict[str, Any]], times: str = "simulated") -> Path:
    """The ballot, under the rules of the body with a clause that lets seats change; ``acts`` come after its replies."""
    rules = json.loads((CASES / "iesg-alternate.procedure.json").read_text())
    rules["members"] = None
    rules["clauses"] += CLAUSES
    rules["electorate"] = {"clause": "seats", "fixed": "close", "former": former, "changes": "changes"}
    rules["facts"] = [{"id": "last_call", "title": "The Last Call is over.", "clause": "fact", "due": "opening"}]
    rules["positions"] = [{"choice": "discuss", "clause": "fact", "reasons": True}]
    rules["on_behalf"] = {"clause": "fact", "by": "alternates"}
    (folder / "own.json").write_text(json.dumps(rules))
    (folder / "minutes.txt").write_text("AD01's term is over; AD16 follows.\n")
    opening = {
        "act": "letter_sent",
        "kind": "opening",
        "opens_at": "2026-03-02T10:00:00Z",
        "closes_at": "2026-03-09T10:00:00Z",
    }
    fact = {"act": "fact_recorded", "fact": "last_call", "status": "present"}
    replies = [replied(member, "yes", minute) for minute, member in enumerate(SEATS[:10])]
    document = {
        "format": "inblue-case/1",
        "procedure": "own.json",
        "times": times,
        "roster": [
            *({"member": member} for member in SEATS[:-1]),
            {"member": "AD15", "until": "2026-04-01", "groups": ["routing"], "alternates": ["ALT"]},
            {"member": "LIAISON", "advisory": True},
        ],
        "draft": {"symbol": "draft-x", "question": "substantive", "circulated_at": "2026-03-01T10:00:00Z"},
        "acts": [
            {**fact, "established_at": "2026-03-01T12:00:00Z"},
            *(opening, *replies, *acts),
            {"act": "voting_closed", "closed_at": "2026-03-09T10:00:01Z"},
        ],
    }
    (folder / "case.json").write_text(json.dumps(document))
    return folder / "case.json"


def played(folder: Path, former: str, *acts: dict[str, Any]) -> dict[str, Any]:
    ok(folder, "play", case(folder, former, list(acts)))
    (vote,) = json.loads(ok(folder, "audit", "--json"))["votes"]
    assert json.loads(ok(folder, "verify", "--json"))["holds"]
    return dict(vote)


ENDS = {
    "act": "electorate_changed",
    "member": "AD01",
    "change": "ends",
    "reason": "term over",
    "changed_at": "2026-03-04T09:00:00Z",
    "file": "minutes.txt",
}
BEGINS = {
    "act": "electorate_changed",
    "member": "AD16",
    "change": "begins",
    "reason": "seated",
    "changed_at": "2026-03-04T09:00:00Z",
    "recorded_at": "2026-03-04T09:00:01Z",
    "file": "minutes.txt",
}


def kinds(vote: dict[str, Any]) -> set[str]:
    return {finding["kind"] for finding in vote["findings"]}


@pytest.mark.long
@pytest.mark.parametrize(("former", "yes", "silent"), [("stands", 10, 5), ("falls", 9, 5)])
def test_a_member_leaves_while_the_ballot_is_open(tmp_path: Path, former: str, yes: int, silent: int) -> None:
    vote = played(tmp_path, former, ENDS)
    assert (vote["tally"]["yes"], vote["tally"]["no_record"]) == (yes, silent)
    assert {"electorate_changed", "former_seat"} <= kinds(vote)
    assert ("outcome_rests_on_seats" in kinds(vote)) == (former == "falls")
    assert vote["outcome"] == ("adopted" if former == "stands" else "not_adopted")  # 10 of 15, or 9 of 14


@pytest.mark.long
def test_who_follows_votes_and_an_adviser_does_not(tmp_path: Path) -> None:
    new = replied("AD16", "yes", 59, received_at="2026-03-05T09:00:00Z")
    advice = replied("LIAISON", "discuss", 59, received_at="2026-03-05T10:00:00Z", reasons=True)
    vote = played(tmp_path, "falls", ENDS, BEGINS, new, advice)
    assert (vote["tally"]["yes"], vote["tally"]["no_record"], vote["outcome"]) == (10, 5, "adopted")
    assert "advisory" in kinds(vote)
    (status,) = json.loads(ok(tmp_path, "status", "--json"))["votes"]
    assert [seat["member"] for seat in status["advisory"]] == ["LIAISON"]
    assert [each["member"] for each in status["off_roster"]] == ["AD01"]  # it has no seat any more
    assert [seat["member"] for seat in status["seats"]] == [*SEATS[1:], "AD16"]
    assert "advisory" in ok(tmp_path, "status")


@pytest.mark.long
def test_what_the_replies_of_a_case_may_say(tmp_path: Path) -> None:
    came = {"received_at": "2026-03-05T09:00:00Z"}
    vote = played(
        tmp_path,
        "stands",
        replied("AD11", "discuss", 0, **came, reasons=False, condition="until the IANA section is there"),
        replied("AD15", "no_objection", 0, **came, by="ALT"),
    )
    assert {"reasons", "conditional"} <= kinds(vote)
    assert "on_behalf" not in kinds(vote)
    assert "fact_unknown" not in kinds(vote)
    assert [reply["by"] for reply in vote["replies"] if reply["member"] == "AD15"] == ["ALT"]


def test_a_case_in_which_a_seat_changes_without_its_paper_is_not_played(tmp_path: Path) -> None:
    ends = {name: value for name, value in ENDS.items() if name != "file"}
    done = run(tmp_path, "play", case(tmp_path, "falls", [ends]))
    assert done.returncode == 2
    assert "a change of seats needs the paper that says so" in done.stderr


def test_a_case_by_rules_that_let_no_seat_change_is_not_played(tmp_path: Path) -> None:
    path = case(tmp_path, "falls", [ENDS])
    rules = json.loads((tmp_path / "own.json").read_text())
    del rules["electorate"]["changes"]
    rules["clauses"] = [clause for clause in rules["clauses"] if clause["id"] != "changes"]
    (tmp_path / "own.json").write_text(json.dumps(rules))
    assert "no clause of the procedure lets a seat change" in run(tmp_path, "play", path).stderr
