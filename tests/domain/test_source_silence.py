"""What a documented history's source never carries is one note; what it carries for some is judged for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inblue.domain.roster import built_in_roster

Begin = Callable[..., Any]
SPARSE = {"signed": None, "office": None, "received_at": None}
ONE_NOTE = ["the source carries no acknowledgements", "the source does not say who signed"]
ONE_NOTE += ["the source names no signatory's office"]


def told(story: Begin, times: str, **paper: Any) -> Any:
    vote = story(times=times).opens().at(hours=1)
    for member in built_in_roster("unsc-2020").ids:
        vote.reply(member, **{**SPARSE, **paper})
    return vote


def on_replies(vote: Any) -> list[str]:
    return [finding.kind for finding in vote.raised() if finding.reply]


def test_what_the_source_never_carries_is_one_note_for_the_vote(story: Begin) -> None:
    vote = told(story, "documented")
    notes = [finding for finding in vote.raised() if finding.kind == "unsaid_by_the_source"]
    assert [note.text for note in notes] == [f"{text}: not judged for 15 replies" for text in ONE_NOTE]
    assert {(note.severity, note.member) for note in notes} == {("note", None)}
    assert [note.clause for note in notes] == ["acknowledgement", "signature", "office"]
    assert not on_replies(vote)


@pytest.mark.parametrize("times", ["live", "simulated"])
def test_in_a_live_vote_each_reply_is_judged_by_itself(story: Begin, times: str) -> None:
    vote = told(story, times)
    assert on_replies(vote) == ["signature", "office", "not_acknowledged"] * 15
    assert {finding.severity for finding in vote.raised() if finding.kind == "not_acknowledged"} == {"flag"}


def test_where_the_source_carries_one_the_missing_ones_are_findings(story: Begin) -> None:
    vote = told(story, "documented", signed=True)
    vote.acknowledge("BEL")
    missing = [finding.member for finding in vote.raised() if finding.kind == "not_acknowledged"]
    assert missing == [member for member in vote.roster.ids if member != "BEL"]
    notes = [finding.clause for finding in vote.raised() if finding.kind == "unsaid_by_the_source"]
    assert notes == ["office"]
