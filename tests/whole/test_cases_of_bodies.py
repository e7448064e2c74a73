"""Votes of companies, projects and councils that an earlier model got wrong or could not say, as case files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from paths import EXAMPLES, INBLUE

from inblue.domain.roster import built_in_members

OPENS = "2026-03-02T10:00:00Z"


def reply(member: str, position: str | None, at: str, **given: Any) -> dict[str, Any]:
    paper = {"form": "e_mail", "signed": True}
    return {"act": "vote_cast", "member": member, "position": position, "received_at": at, "instrument": paper, **given}


def told(
    folder: Path, procedure: str, question: str, roster: list[dict[str, Any]], acts: list[dict[str, Any]],
    opens: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A simulated case: opened by ``opens``, with those ``acts``."""
    opening = {"act": "letter_sent", "kind": "opening", "opens_at": OPENS, **(opens or {})}
    draft = {"symbol": "CASE/1", "question": question, "circulated_at": opening["opens_at"]}
    case = {"format": "inblue-case/1", "procedure": procedure, "times": "simulated", "roster": roster, "draft": draft}
    (folder / "x.case.json").write_text(json.dumps({**case, "acts": [opening, *acts]}))
    env = {"INBLUE_LEDGER": str(folder / "x.db"), "INBLUE_PASSPHRASE": "four words nobody says", "PATH": "/usr/bin"}
    played = call([INBLUE, "play", str(folder / "x.case.json")], env=env)
    if played.returncode:
        return {"refused": played.stderr}
    done = call([INBLUE, "audit", "--json"], env=env)
    assert done.returncode == 0, done.stderr
    (vote,) = json.loads(done.stdout)["votes"]
    return dict(vote)


def announced(at: str, outcome: str) -> dict[str, Any]:
    return {"act": "result_announced", "announced_at": at, "outcome": outcome}


def test_a_company_agrees_a_day_after_its_resolution_lapsed(tmp_path: Path) -> None:
    shares = [{"member": member, "weights": {"votes": 1}} for member in "ABCDE"]
    late = [reply(member, "agree", f"2026-03-31T08:0{n}:00+01:00") for n, member in enumerate("ABC")]
    close = {"act": "voting_closed", "closed_at": "2026-03-31T08:03:00+01:00"}
    acts = [*late, close, announced("2026-03-31T08:05:00+01:00", "lapsed")]
    opens = {"opens_at": "2026-03-03T10:15:00Z"}
    vote = told(tmp_path, "uk-ca-2006-written-resolution", "ordinary", shares, acts, opens)
    assert (vote["outcome"], vote["window"]["closes_at"]) == ("lapsed", "2026-03-30T22:59:59.999999Z")
    assert {each["placement"] for each in vote["replies"]} == {"late"}


def test_a_member_agrees_to_the_act_and_opposes_the_written_procedure(tmp_path: Path) -> None:
    sketch = (EXAMPLES / "sketches" / "eu-council-12-1.json").read_text()
    (tmp_path / "eu.json").write_text(sketch)
    ids = list(built_in_members("un-member-states"))[:27]  # any 27: the sketch knows every State
    members = [{"member": member, "weights": {"population": 10}} for member in ids]
    put = json.loads(sketch)["questions_put"][0]
    agree, oppose = put["choices"][:2]

    def answers(member: int) -> list[dict[str, str]]:
        return [{"question": put["id"], "position": oppose if member == 26 else agree}]

    at = "2026-03-03T10:00:00Z"
    replies = [reply(member, "in_favour", at, answers=answers(n)) for n, member in enumerate(ids)]
    close = {"act": "voting_closed", "closed_at": "2026-03-05T10:00:01Z"}
    kind = json.loads(sketch)["question_kinds"][0]["id"]
    vote = told(tmp_path, "eu.json", kind, members, [*replies, close], {"closes_at": "2026-03-05T10:00:00Z"})
    assert "refused" not in vote, vote
    assert vote["tally"]["in_favour"] == 27
    assert (vote["outcome"], vote["reasons"][0].rpartition(": ")[2][:7]) == ("not_adopted", "not met")


def apache(folder: Path, *came: str, closed: str) -> dict[str, Any]:
    """A release: each of some members says +1 at that time; the closing entry is recorded ``closed``."""
    seats = [{"member": member} for member in "ABCDE"]
    votes = [reply(member, "plus_one", at) for member, at in zip("ABCDE", came, strict=False)]
    return told(folder, "apache-voting", "release", seats, [*votes, {"act": "voting_closed", "recorded_at": closed}])


def test_three_for_and_none_against_is_a_majority_of_the_votes(tmp_path: Path) -> None:
    at = "2026-03-03T10:00:00Z"
    assert apache(tmp_path, at, at, at, closed="2026-03-05T10:00:01Z").get("outcome") == "passed"


def test_what_comes_after_72_hours_and_before_the_count_is_counted(tmp_path: Path) -> None:
    vote = apache(
        tmp_path, "2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z", "2026-03-05T18:00:00Z", closed="2026-03-06T08:00:00Z"
    )
    assert vote["outcome"] == "passed"
    assert {finding["kind"] for finding in vote["findings"]} >= {"end_chosen", "end_matters"}


@pytest.mark.long
@pytest.mark.parametrize("number", [1_011, 5_000])
def test_an_electorate_of_thousands_can_be_entered(tmp_path: Path, number: int) -> None:
    seats = [{"member": f"d{n:04}"} for n in range(number)]
    votes = [reply(f"d{n:04}", "plus_one", "2026-03-03T10:00:00Z") for n in range(40)]
    vote = told(
        tmp_path,
        "apache-voting",
        "release",
        seats,
        [*votes, {"act": "voting_closed", "recorded_at": "2026-03-05T10:00:01Z"}],
    )
    assert (vote["outcome"], vote["tally"]["not_voting"]) == ("passed", number - 40)
