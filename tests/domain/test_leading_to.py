"""What leads on from a refusal: acts that the rules allow, and after which they allow what was refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from stories import OPENING, Story

from inblue.domain.acts import (
    Act,
    ClericalErrorCorrected,
    DraftWithdrawn,
    LetterSent,
    ReceiptAcknowledged,
    VoteCast,
    WindowChanged,
)
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated, VotingClosed
from inblue.domain.errors import Refused
from inblue.domain.instrument import Instrument
from inblue.domain.leading_to import leading_to, voided_instead
from inblue.domain.phrase import Said

Begin = Callable[..., Story]
CLOSE = OPENING + timedelta(hours=24)
PAPER = Instrument(form="letter")


def led(told: Story, act: Act) -> tuple[str, object] | None:
    found = leading_to(told.state, act, told.now, told.documents)
    return None if found is None else (found.letter or found.act, found.since)


def test_before_the_opening_everything_waits_for_the_opening_letter(story: Begin) -> None:
    told = story()
    for act in (
        VotingClosed(closed_at=told.now),
        TallyCirculated(counts={}, circulated_at=told.now),
        ResultAnnounced(announced_at=told.now),
        LetterSent(kind="outcome", sent_at=told.now),
    ):
        assert led(told, act) == ("opening", None), act.kind_name


def test_in_the_window_everything_waits_for_the_close_and_the_close_for_its_hour(story: Begin) -> None:
    told = story().opens()
    for act in (VotingClosed(closed_at=told.now), ResultAnnounced(announced_at=told.now)):
        assert led(told, act) == ("voting_closed", CLOSE), act.kind_name
    told.at(hours=24, seconds=1)
    assert led(told, ResultAnnounced(announced_at=told.now)) == ("voting_closed", None)


def test_a_receipt_waits_for_the_reply_of_that_member(story: Begin) -> None:
    told = story().opens()
    found = leading_to(told.state, ReceiptAcknowledged(member="FRA"), told.now, told.documents)
    assert found is not None
    assert (found.act, found.members) == ("vote_cast", ("FRA",))


def test_no_way_is_made_up(story: Begin) -> None:
    told = story().opens()
    told.reply("FRA")
    assert led(told, DraftWithdrawn(withdrawn_at=told.now)) is None  # an annulment does not lead to a withdrawal
    assert led(told, WindowChanged(closes_at=told.now, changed_at=told.now)) is None
    cast = VoteCast(member="DEU", position="in_favour", received_at=told.now, instrument=PAPER)
    assert led(told, cast) is None  # it is allowed as it is


def test_where_no_correction_is_allowed_the_entry_that_may_be_voided_is_named(story: Begin) -> None:
    told = story().opens()
    told.reply("FRA")
    now = {"field": "member", "was": "FRA", "now": "DEU", "reason": "slip"}
    act = ClericalErrorCorrected.of({"member": "FRA", **now}, where="correction")
    assert voided_instead(told.state, act, told.now) == told.state.replies[0].entered.number
    assert voided_instead(told.state, VotingClosed(closed_at=told.now), told.now) is None


@pytest.mark.parametrize("hours", [0.0, 1.0, 24.5])
def test_once_what_is_named_is_done_at_its_hour_the_refused_act_is_allowed(story: Begin, hours: float) -> None:
    told = story().opens()
    told.at(hours=hours)
    act = ResultAnnounced(announced_at=told.now)
    with pytest.raises(Refused):
        told.do(act)
    found = leading_to(told.state, act, told.now, told.documents)
    assert found is not None
    assert found.act == "voting_closed"
    told.now = found.since or told.now
    told.do(VotingClosed(closed_at=told.now))
    told.do(ResultAnnounced(announced_at=told.now))
    assert told.state.result is not None


def test_an_hour_is_said_by_the_clock_of_a_zone_and_kept_in_utc(story: Begin) -> None:
    told = story().opens()
    said = Said.of("{what}, until {until}", what=Said.of("open since {at}", at=OPENING), until=(CLOSE, CLOSE))
    zone = told.state.zone
    assert said.in_zone(zone) == (
        "open since 2020-03-27 14:00:00-04, until 2020-03-28 14:00:00-04, 2020-03-28 14:00:00-04"
    )
    assert said == "open since 2020-03-27T18:00:00Z, until 2020-03-28T18:00:00Z, 2020-03-28T18:00:00Z"
