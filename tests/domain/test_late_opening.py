"""No window is shorter than its clause by way of an opening that is entered late, and none opens before its draft."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories import OPENING, Story

from inblue.domain.acts import DraftCirculated, LetterSent
from inblue.domain.errors import Refused
from inblue.domain.instant import Span
from inblue.domain.procedure import built_in_procedure
from inblue.domain.roster import built_in_roster
from inblue.domain.verdict import Bounds, judge
from inblue.ledger.projections.roll_call import roll_call

Begin = Callable[..., Any]
LAG = timedelta(minutes=15)
ASSEMBLY, STATES = built_in_procedure("unga-74-544"), built_in_roster("unga-74")


def entered(vote: Any, after: timedelta, **given: Any) -> Any:
    """The opening of ``vote``, entered this long after the instant it gives."""
    vote.now = OPENING + after
    vote.do(LetterSent(kind="opening", opens_at=OPENING, snapshot=vote.snapshot(), **given))
    return vote


def test_an_opening_entered_late_needs_its_letter(story: Begin) -> None:
    assert entered(story(), LAG).state.opening
    with pytest.raises(Refused, match="needs its letter: attach it") as caught:
        entered(story(), LAG + timedelta(microseconds=1))
    assert caught.value.clause == "opening"
    late = entered(story(), timedelta(hours=20), sha256="ab" * 32)
    assert [each.clause for each in late.raised() if each.kind == "opening_entered_late"] == ["registration"]
    assert late.state.window.opens_at == OPENING


@pytest.mark.parametrize("after", [timedelta(0), LAG, LAG + timedelta(seconds=1), timedelta(hours=20)])
def test_a_reply_under_an_opening_entered_late_is_documented_at_most(story: Begin, after: timedelta) -> None:
    vote = entered(story(), after, sha256="ab" * 32)
    vote.reply("BEL", sha256="cd" * 32)
    reply = vote.state.replies[0]
    stamped = Bounds(vote.now, vote.now, ())
    alone, proven = judge(vote.state, reply), judge(vote.state, reply, stamped)
    if after <= LAG:
        assert (alone.strength, proven.strength) == ("attested", "proven")
        return
    assert (alone.strength, proven.strength) == ("documented", "documented")
    assert alone.not_proved.startswith("The opening was entered")
    assert proven.not_proved == alone.not_proved


@given(st.integers(-60, 100 * 3600), st.integers(0, 200 * 3600))
def test_a_letters_deadline_leaves_the_hours_from_when_it_is_entered(after: int, closes: int) -> None:
    vote = Story(ASSEMBLY, STATES)
    deadline, entry = OPENING + timedelta(seconds=closes), OPENING + timedelta(seconds=after)
    hours = timedelta(hours=ASSEMBLY.window.hours or 0)
    lag = timedelta(seconds=ASSEMBLY.recording.lag_seconds)
    from_when = OPENING if entry - OPENING <= lag else entry
    try:
        entered(vote, timedelta(seconds=after), closes_at=deadline, sha256="ab" * 32)
    except Refused:
        assert deadline - from_when < hours
    else:
        assert deadline - from_when >= hours


def told(circulated_at: Any, opens_at: Any, times: Any = "documented") -> Any:
    rules, seats = built_in_procedure("unsc-2020-253"), built_in_roster("unsc-2020")
    vote = Story(rules, seats, times=times)
    draft = DraftCirculated(
        symbol="S/9", question="substantive", times=times, procedure=rules.sha256, circulated_at=circulated_at
    )
    vote.recorded.clear()
    vote.maybe = None
    vote.now = OPENING + timedelta(days=2)
    vote.do(draft)
    vote.do(LetterSent(kind="opening", opens_at=opens_at, dated=OPENING.date(), snapshot=vote.snapshot()))
    return vote


@pytest.mark.parametrize("times", ["documented", "simulated"])
@pytest.mark.parametrize(("hours", "found"), [(-1, False), (0, False), (5.5, True)])
def test_a_window_that_opened_before_the_draft_was_circulated_is_a_finding(
    hours: float, found: bool, times: str
) -> None:
    vote = told(OPENING + timedelta(hours=hours), OPENING, times)
    raised = [each for each in vote.raised() if each.kind == "opened_before_circulation"]
    assert [(each.clause, each.severity) for each in raised] == ([("opening", "flag")] if found else [])


def test_the_circulation_bounds_an_unknown_opening_from_below() -> None:
    circulated: datetime = OPENING + timedelta(hours=1)
    for opens_at in (None, OPENING.date()):
        assert told(circulated, opens_at).state.window.opens.earliest == circulated
    assert told(None, OPENING.date()).state.window.opens.earliest < OPENING


MOMENTS = st.none() | st.integers(0, 100).map(lambda hours: OPENING + timedelta(hours=hours))


@given(MOMENTS, MOMENTS, MOMENTS)
def test_a_lower_bound_cuts_off_the_part_of_a_span_before_it(
    first: datetime | None, last: datetime | None, bound: datetime | None
) -> None:
    if first is not None and last is not None and first > last:
        first, last = last, first
    bounded = Span(first, last).not_before(bound)
    if bound is None or (last is not None and last < bound):
        assert bounded == Span(first, last)
    else:
        assert bounded == Span(max(first, bound) if first else bound, last)


def test_a_vote_whose_window_is_to_come_is_scheduled_until_that_instant(story: Begin) -> None:
    vote = story()
    vote.now = OPENING - timedelta(days=27)
    vote.do(LetterSent(kind="opening", opens_at=OPENING, snapshot=vote.snapshot()))
    before, after = (roll_call(vote.state, at).phase for at in (OPENING - timedelta(microseconds=1), OPENING))
    assert (before, after) == ("scheduled", "open")
