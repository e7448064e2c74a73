"""What can lawfully be done next: what the rules allow, and nothing that they forbid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from stories import OPENING, Story

from inblue.domain.acts import DraftWithdrawn
from inblue.domain.errors import Refused
from inblue.domain.next_acts import next_acts

Begin = Callable[..., Story]
CLOSE = OPENING + timedelta(hours=24)


def named(told: Story) -> list[str]:
    """The acts that may be recorded at once, a letter by its kind."""
    return [each.letter or each.act for each in next_acts(told.state, told.now) if each.since is None]


def test_they_follow_the_course_of_a_vote(story: Begin) -> None:
    told = story()
    assert named(told) == ["procedure", "opening", "draft_withdrawn"]
    told.opens()
    assert named(told) == ["vote_cast", "vote_annulled"]
    for seat in told.roster.members:
        told.reply(seat.member)
    assert named(told) == ["vote_annulled", "receipt_acknowledged"]
    for seat in told.roster.members:
        told.acknowledge(seat.member)
    told.closes()
    assert named(told) == ["tally_circulated", "result_announced"]
    told.announces(resolution="2518 (2020)")
    assert named(told) == ["tally_circulated", "outcome", "compendium"]


def test_what_is_forbidden_until_the_deadline_is_named_with_its_hour_and_clause(story: Begin) -> None:
    told = story().opens()
    (close,) = [each for each in next_acts(told.state, told.now) if each.act == "voting_closed"]
    assert (close.since, close.clause) == (CLOSE, told.rules.window.clause)
    told.at(hours=24, seconds=1)
    assert "voting_closed" in named(told)
    assert "vote_cast" not in named(told)


def test_the_members_are_those_who_are_missing_and_those_to_whom_an_acknowledgement_is_owed(story: Begin) -> None:
    told = story().opens()
    told.reply("FRA")
    told.reply("CHN")
    by_act = {each.act: each for each in next_acts(told.state, told.now)}
    assert by_act["receipt_acknowledged"].members == ("FRA", "CHN")
    missing = by_act["vote_cast"].members
    assert (len(missing), "FRA" in missing, by_act["vote_cast"].until) == (13, False, CLOSE)


def test_a_documented_history_and_a_withdrawn_draft_have_none(story: Begin) -> None:
    assert next_acts(story(times="documented").state, OPENING) == ()
    told = story()
    told.do(DraftWithdrawn(withdrawn_at=told.now))
    assert named(told) == []


def test_an_act_that_is_not_named_at_once_is_refused(story: Begin) -> None:
    told = story().opens()
    assert not {"voting_closed", "result_announced", "draft_withdrawn"} & set(named(told))
    with pytest.raises(Refused):
        told.closes(hours=1)
    with pytest.raises(Refused):
        told.announces()
    with pytest.raises(Refused):
        told.do(DraftWithdrawn(withdrawn_at=told.now))
