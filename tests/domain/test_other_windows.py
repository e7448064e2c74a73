"""Windows that end when voting is closed, begin with a reply, are suspended, or are extended by a clause."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from committee import Committee, body, seats
from hypothesis import given
from hypothesis import strategies as st
from other_windows import CLOSING, FIRST_REPLY, HOLDS, MOVED, THREE, rules_with
from stories import OPENING, Story

from inblue.domain.acts import EntryVoided, LetterSent, WindowChanged
from inblue.domain.close import tally_at_close
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.first_reply import begun
from inblue.domain.instant import parse_instant
from inblue.domain.optional_acts import WindowResumed, WindowSuspended
from inblue.domain.phrase import Said
from inblue.domain.procedure import Procedure
from inblue.domain.validity import placement
from inblue.domain.window_said import end_said

HOUR = timedelta(hours=1)


def vote(window: dict[str, Any], times: str = "live", **more: Any) -> Story:
    return Story(rules_with(window, **more), THREE, times=times)


def refused(story: Story, act: Any, said: str, clause: str | None = "window") -> None:
    before = story.state
    with pytest.raises(Refused, match=said) as caught:
        story.do(act)
    assert caught.value.clause == clause
    assert story.state is before


def close(story: Story, **after: float) -> Story:
    story.at(**after).do(VotingClosed())
    return story


def suspend(story: Story, **after: float) -> Story:
    story.at(**after).do(WindowSuspended(reason="a hold", by="EST", suspended_at=story.now))
    return story


def resume(story: Story, **after: float) -> Story:
    story.at(**after).do(WindowResumed(resumed_at=story.now))
    return story


def kinds(story: Story) -> list[str]:
    return [finding.kind for finding in story.raised()]


def test_an_open_end_has_no_deadline_and_says_until_when_it_is_open_at_least() -> None:
    story = vote(CLOSING).opens()
    assert (story.state.window.closes_at, story.state.closes_as_opened) == (None, None)
    assert str(end_said(story.state)) == "open until voting is closed, at least until 2020-03-30 20:00:00+02"
    story.at(days=9).reply("CHN")
    assert story.verdict().placement == "inside"
    assert story.verdict().margin is None


def test_voting_is_not_closed_before_the_minimum_and_its_close_is_never_typed() -> None:
    story = vote(CLOSING).opens()
    refused(story.at(hours=71), VotingClosed(), "open until 2020-03-30T18:00:00Z")
    refused(story.at(hours=80), VotingClosed(closed_at=story.now), "not typed")
    close(story, hours=81)
    assert story.state.window.closes_at == OPENING + 81 * HOUR
    assert end_said(story.state) is None
    assert story.at(hours=82).reply("CHN")[-1].act == "reply_rejected"
    assert story.verdict().placement == "late"


def test_no_opening_letter_sets_a_deadline_where_the_close_ends_the_window() -> None:
    story = vote(CLOSING)
    story.now = OPENING
    letter = LetterSent(kind="opening", opens_at=OPENING, closes_at=OPENING + 80 * HOUR, snapshot=story.snapshot())
    refused(story, letter, "open until it is closed")
    story.opens()
    refused(story, WindowChanged(closes_at=OPENING + 90 * HOUR), "no deadline to move")


def test_a_record_says_that_the_end_was_chosen_and_not_what_it_decided_where_it_decided_nothing() -> None:
    story = vote(CLOSING).opens().at(hours=1)
    story.reply("CHN")
    story.reply("EST")
    close(story, hours=80)
    chosen = next(finding for finding in story.raised() if finding.kind == "end_chosen")
    assert (chosen.severity, chosen.clause) == ("note", "window")
    assert "2020-03-31 04:00:00+02" in str(chosen.text)
    assert "end_matters" not in kinds(story)


def test_it_is_said_where_an_earlier_end_would_have_given_another_outcome() -> None:
    story = vote(CLOSING).opens().at(hours=1)
    story.reply("CHN")
    story.at(hours=75).reply("EST")
    close(story, hours=80)
    assert story.tally.outcome == "adopted"
    (found,) = [finding for finding in story.raised() if finding.kind == "end_matters"]
    assert found.severity == "flag"
    assert str(found.text) == (
        "closed before 2020-03-30 23:00:00+02, the outcome would have been not_adopted; it is adopted"
    )


def test_it_is_said_where_a_later_end_would_have_let_in_what_came_late() -> None:
    story = vote(CLOSING).opens().at(hours=1)
    story.reply("CHN")
    close(story, hours=80)
    story.at(hours=80, minutes=5).reply("EST")
    assert story.tally.outcome == "not_adopted"
    (found,) = [finding for finding in story.raised() if finding.kind == "end_matters"]
    assert str(found.text) == (
        "closed at 2020-03-31 04:05:00+02 or later, the outcome would have been adopted; it is not_adopted"
    )


def test_an_end_before_the_minimum_was_nobodys_choice() -> None:
    story = vote(CLOSING).opens().at(hours=1)
    story.reply("CHN")
    story.at(hours=71).reply("EST")
    assert "end_matters" not in kinds(close(story, hours=72))


def test_who_withdraws_before_the_close_makes_its_instant_matter() -> None:
    story = vote(CLOSING, reply_withdrawal={"clause": "second_reply", "allowed": True}).opens().at(hours=1)
    story.reply("CHN")
    story.reply("EST")
    story.at(hours=74).reply("EST", None, says="withdraws")
    close(story, hours=75)
    assert story.tally.outcome == "not_adopted"
    (found,) = [finding for finding in story.raised() if finding.kind == "end_matters"]
    assert "would have been adopted" in str(found.text)


def test_what_was_on_record_when_voting_was_closed_is_in_time_whatever_hour_the_close_gives() -> None:
    story = vote(CLOSING).opens().at(hours=90)
    story.reply("CHN")
    story.now = OPENING + 80 * HOUR  # the closing clock is ten hours slow, or said to be
    story.force(VotingClosed())
    assert story.state.window.closes_at == story.now
    assert placement(story.state, story.state.replies[0]) == "inside"
    assert "clock_stepped_back" in kinds(story)


def test_a_close_at_a_false_later_hour_lets_nothing_in_for_certain() -> None:
    story = vote(CLOSING).opens().at(hours=90)
    story.force(VotingClosed())  # at 80, with the clock ten hours ahead
    story.at(hours=85).reply("CHN")
    assert placement(story.state, story.state.replies[0]) == "indeterminate"
    assert story.verdict().strength == "documented"
    assert "entered_after_close" in kinds(story)


def test_what_is_entered_after_the_close_is_documented_and_said_though_it_came_before() -> None:
    story = close(vote(CLOSING).opens(), hours=80)
    story.at(hours=80, minutes=10).reply("CHN", received_at=OPENING + 79.95 * HOUR)
    assert (story.verdict().placement, story.verdict().strength) == ("inside", "documented")
    assert "by which the registrar chose the end" in str(story.verdict().not_proved)
    assert "entered_after_close" in kinds(story)


def test_a_documented_open_end_is_as_printed_and_nobody_chose_it_here() -> None:
    story = vote(CLOSING, times="documented").opens()
    story.reply("CHN", received_at=date(2020, 4, 1))
    story.do(VotingClosed(closed_at=parse_instant("2020-04-02T10:00:00Z")))
    story.do(ResultAnnounced(announced_at=date(2020, 4, 3), outcome="not_adopted"))
    assert story.state.window.closes_at == parse_instant("2020-04-02T10:00:00Z")
    assert story.verdict().placement == "inside"
    assert not {"end_chosen", "end_matters"} & set(kinds(story))


def test_a_documented_open_end_without_a_close_lies_between_the_minimum_and_the_announcement() -> None:
    story = vote(CLOSING, times="documented").opens()
    story.reply("CHN", received_at=date(2020, 4, 1))
    assert story.verdict().placement == "indeterminate"
    story.do(ResultAnnounced(announced_at=date(2020, 4, 3)))
    closes = story.state.window.closes
    assert (closes.earliest, closes.latest) == (OPENING + 72 * HOUR, story.state.span(date(2020, 4, 3)).latest)


@pytest.mark.parametrize(
    "length", [{"number": 3, "unit": "days", "ends": "end_of_day"}, {"number": 72, "unit": "hours"}]
)
def test_an_hour_of_opening_that_nobody_printed_is_bounded_by_the_announcement(length: dict[str, Any]) -> None:
    window = {"clause": "window", "fixed_by": "procedure", "length": length}
    story = vote(window, times="documented")
    story.do(LetterSent(kind="opening", dated=date(2020, 3, 27), snapshot=story.snapshot()))
    story.do(ResultAnnounced(announced_at=parse_instant("2020-04-02T10:00:00Z")))
    opens, closes = story.state.window.opens, story.state.window.closes
    assert opens.latest is not None
    assert closes.latest is not None
    assert closes.latest <= parse_instant("2020-04-02T10:00:00Z")
    assert opens.latest < closes.latest


def test_a_window_begins_with_the_first_reply_that_is_in_order() -> None:
    story = vote(FIRST_REPLY).opens().at(hours=5)
    assert "60 days after the first reply that counts" in str(end_said(story.state))
    refused(story.at(days=90), VotingClosed(closed_at=story.now), "cannot be closed yet")
    story.at(days=91).reply("FRA")  # which has no seat
    assert story.state.window.awaits == "first_reply"
    story.at(days=92).reply("EST")
    assert story.verdict().placement == "inside"
    zurich = story.state.zone
    closes = story.state.window.closes_at
    assert closes is not None
    assert closes.astimezone(zurich).isoformat() == "2020-08-26T23:59:59.999999+02:00"
    assert end_said(story.state) is None
    assert story.state.closes_as_opened is None  # ballots name the rule, though the deadline is known now
    refused(story.at(days=151), VotingClosed(closed_at=story.now), "open until")
    story.at(days=153).do(VotingClosed(closed_at=story.now))


def test_a_first_reply_that_is_voided_or_corrected_begins_nothing() -> None:
    story = vote(FIRST_REPLY).opens().at(hours=5)
    story.reply("EST")
    first = story.state.window.closes_at
    story.at(days=3, hours=5).reply("CHN")
    assert story.state.window.closes_at == first
    story.do(EntryVoided(number=2, reason="of another vote", voided_at=story.now))
    assert story.state.window.closes_at == first + timedelta(days=3)  # type: ignore[operator]
    story.do(EntryVoided(number=3, reason="of another vote too", voided_at=story.now))
    assert story.state.window.awaits == "first_reply"


STEPS = st.lists(
    st.tuples(st.sampled_from(["reply", "late_entry", "void", "rejected"]), st.integers(0, 5), st.integers(0, 800)),
    max_size=9,
)


@given(STEPS)
def test_the_first_reply_kept_up_act_by_act_is_the_one_that_all_of_them_give(steps: list[tuple[str, int, int]]) -> None:
    story = vote(FIRST_REPLY).opens()
    for number, (what, which, ago) in enumerate(steps, start=1):
        story.at(hours=number)
        members = ("CHN", "EST", "VNM", "FRA")
        try:
            if what == "void" and story.state.replies:
                reply = story.state.replies[which % len(story.state.replies)]
                story.do(EntryVoided(number=reply.entered.number, reason="wrong", voided_at=story.now))
            elif what != "void":
                form = "note_verbale" if what == "rejected" else "letter"
                at = story.now - timedelta(seconds=ago) if what == "late_entry" else story.now
                story.reply(members[which % 4], received_at=at, form=form, signed=what != "rejected")
        except Refused:
            continue
        assert story.state.begun == begun(story.state)


def test_a_suspension_moves_the_end_by_as_long_as_it_lasted() -> None:
    story = suspend(vote(HOLDS).opens(), hours=10)
    assert story.state.window.closes_at is None
    assert "suspended" in str(end_said(story.state))
    story.at(hours=40).reply("CHN")  # while it is suspended nothing is late
    assert story.verdict().placement == "inside"
    refused(story.at(hours=41), VotingClosed(closed_at=story.now), "cannot be closed yet")
    resume(story, hours=50)
    assert story.state.window.closes_at == OPENING + 64 * HOUR
    assert story.state.closes_as_opened == OPENING + 24 * HOUR
    (found,) = [finding for finding in story.raised() if finding.kind == "window_suspended"]
    assert "a hold" in str(found.text)
    story.at(hours=65).do(VotingClosed(closed_at=story.now))


def test_a_window_is_suspended_only_by_a_clause_while_it_is_open_and_once_at_a_time() -> None:
    story = vote({**HOLDS, "suspension_clause": None})
    refused(story.opens(), WindowSuspended(reason="a hold", suspended_at=OPENING), "no clause")
    story = vote(HOLDS)
    refused(story, WindowSuspended(reason="a hold", suspended_at=story.now), "before voting is open", "opening")
    story.opens().at(hours=1)
    refused(story, WindowResumed(resumed_at=story.now), "not suspended", "opening")
    with pytest.raises(Malformed, match="suspended_at"):
        story.do(WindowSuspended(reason="a hold"))
    early = WindowSuspended(reason="a hold", suspended_at=OPENING - HOUR)
    refused(story, early, "not before", "opening")
    suspend(story, hours=2)
    refused(story.at(hours=3), WindowSuspended(reason="another", suspended_at=story.now), "already", "opening")
    refused(story, WindowResumed(resumed_at=OPENING + HOUR), "not before", "opening")
    resume(story, hours=4)
    refused(story.at(hours=27), WindowSuspended(reason="too late", suspended_at=story.now), "over", "opening")


def test_what_came_while_the_window_was_suspended_on_record_is_made_late_by_nothing_typed() -> None:
    story = suspend(vote(HOLDS).opens(), hours=23)
    story.at(hours=30).reply("CHN")
    refused(story.at(hours=31), WindowResumed(resumed_at=OPENING + 24 * HOUR), "would be late", "opening")
    resume(story, hours=31)
    assert story.verdict().placement == "inside"


def test_a_suspension_is_taken_back_in_view_and_another_resumption_takes_its_place() -> None:
    story = suspend(vote(HOLDS).opens(), hours=10)
    resume(story, hours=12)
    story.at(hours=12, minutes=1).do(EntryVoided(number=3, reason="the hold was not lifted", voided_at=story.now))
    assert story.state.suspended
    resume(story, hours=20)
    assert story.state.window.closes_at == OPENING + 34 * HOUR
    story.at(hours=21).do(EntryVoided(number=2, reason="no hold was placed", voided_at=story.now))
    assert story.state.window.closes_at == OPENING + 24 * HOUR
    assert "window_suspended" not in kinds(story)


def test_a_suspension_taken_back_after_the_close_changes_the_outcome_as_amended_only() -> None:
    story = suspend(vote(HOLDS).opens(), hours=1)
    resume(story, hours=11)
    story.at(hours=2)
    for member in ("CHN", "EST"):
        story.at(hours=30).reply(member)
    story.at(hours=35).do(VotingClosed(closed_at=story.now))
    assert story.tally.outcome == "adopted"
    story.at(hours=36).do(EntryVoided(number=2, reason="no hold was placed", voided_at=story.now))
    at_close = tally_at_close(story.state)
    assert at_close is not None
    assert (at_close.outcome, story.tally.outcome) == ("adopted", "not_adopted")


def test_a_suspension_entered_late_is_flagged() -> None:
    story = vote(HOLDS).opens().at(hours=5)
    story.do(WindowSuspended(reason="a hold", suspended_at=OPENING + HOUR))
    assert "suspension_entered_late" in kinds(story)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), max_size=6))
def test_suspensions_never_shorten_a_window(pauses: list[tuple[int, int]]) -> None:
    story, now = vote(HOLDS).opens(), OPENING
    end: datetime | None = story.state.window.closes_at
    for wait, lasts in pauses:
        assert end is not None
        now = story.now = min(now + timedelta(microseconds=wait), end)
        story.do(WindowSuspended(reason="a hold", suspended_at=now))
        now = story.now = now + timedelta(microseconds=lasts)
        story.do(WindowResumed(resumed_at=now))
        later = story.state.window.closes_at
        assert later == end + timedelta(microseconds=lasts)
        end = later


def test_a_deadline_is_extended_by_its_own_clause() -> None:
    story = vote(MOVED).opens().at(hours=1)
    refused(story, WindowChanged(closes_at=OPENING + 23 * HOUR, changed_at=story.now), "at least", "notice")
    story.do(WindowChanged(closes_at=OPENING + 48 * HOUR, changed_at=story.now))
    assert story.state.window.closes_at == OPENING + 48 * HOUR
    (found,) = [finding for finding in story.raised() if finding.kind == "deadline_moved"]
    assert found.clause == "notice"


def test_an_extension_and_a_suspension_add_up_in_their_order() -> None:
    both = {**HOLDS, "extendable": True}
    story = suspend(vote(both).opens(), hours=1)
    refused(
        story.at(hours=2), WindowChanged(closes_at=OPENING + 99 * HOUR, changed_at=story.now), "no deadline to move"
    )
    resume(story, hours=3)
    refused(story, WindowChanged(closes_at=OPENING + 25 * HOUR, changed_at=story.now), "at least")
    story.do(WindowChanged(closes_at=OPENING + 30 * HOUR, changed_at=story.now))
    assert story.state.window.closes_at == OPENING + 30 * HOUR
    resume(suspend(story, hours=4), hours=6)
    assert story.state.window.closes_at == OPENING + 32 * HOUR


def test_a_length_that_is_over_before_it_begins_opens_nothing() -> None:
    day = {"number": 1, "unit": "days", "first_day": "counted", "ends": "12:00"}
    story = vote({"clause": "window", "fixed_by": "procedure", "length": day})
    story.now = OPENING
    letter = LetterSent(kind="opening", opens_at=OPENING, snapshot=story.snapshot())
    refused(story, letter, "over before it opens")


def test_what_the_end_waits_for_is_a_whole_sentence_in_each_case() -> None:
    told = []
    for window in (CLOSING, FIRST_REPLY, HOLDS):
        story = vote(window).opens()
        if window is HOLDS:
            suspend(story, hours=1)
        found = end_said(story.state)
        assert isinstance(found, Said)
        told.append(str(found))
    assert told == [
        "open until voting is closed, at least until 2020-03-30 20:00:00+02",
        "the window ends 60 days after the first reply that counts, not before 2020-05-26 23:59:59+02",
        "the window is suspended, and ends later than 2020-03-28 19:00:00+01",
    ]


def test_the_shipped_rules_of_others_are_as_they_were() -> None:
    plain: Procedure = rules_with({"clause": "window", "fixed_by": "procedure", "hours": 24})
    story = Story(plain, THREE).opens()
    assert end_said(story.state) is None
    assert story.state.window.closes_at == story.state.closes_as_opened == OPENING + 24 * HOUR


def test_a_resumption_is_not_entered_again_later_once_the_window_is_over() -> None:
    """Else the recorder could make the window end after a reply that came too late."""
    rules = body(window={"clause": "window", "fixed_by": "procedure", "hours": 72, "suspension_clause": "holds"})
    vote = Committee(rules, seats("A", "B", "C")).at(hours=1)
    vote.do(WindowSuspended(reason="a hold", suspended_at=vote.now))
    vote.at(hours=2).do(WindowResumed(resumed_at=vote.now))
    resumed = vote.state.version - 1
    vote.cast("A").at(hours=73, minutes=10).cast("B")
    assert placement(vote.state, vote.state.replies[-1]) == "late"
    with pytest.raises(Refused, match="its end does not move on any more"):
        vote.do(EntryVoided(number=resumed, reason="the hour was another", voided_at=vote.now))
    vote.do(VotingClosed(closed_at=vote.now))
    with pytest.raises(Refused, match="its end does not move on any more"):
        vote.do(EntryVoided(number=resumed, reason="the hour was another", voided_at=vote.now))
    assert placement(vote.state, vote.state.replies[-1]) == "late"


def test_a_suspension_is_not_taken_back_while_that_would_make_late_what_came_in_it() -> None:
    rules = body(window={"clause": "window", "fixed_by": "procedure", "hours": 72, "suspension_clause": "holds"})
    vote = Committee(rules, seats("A", "B", "C")).at(hours=71)
    vote.do(WindowSuspended(reason="a hold", suspended_at=vote.now))
    suspended = vote.state.version - 1
    vote.at(hours=73).cast("A").at(hours=74)
    with pytest.raises(Refused, match="what came since would be late"):
        vote.do(EntryVoided(number=suspended, reason="entered by mistake", voided_at=vote.now))
