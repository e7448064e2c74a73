"""When acts happened, as far as that is certain, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from stories import OPENING, Story

from inblue.domain.acts import EntryVoided, LetterSent, ReceiptAcknowledged, VoteCast
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.happening import Happening, happenings, in_order_of_happening
from inblue.domain.instant import Span
from inblue.domain.instrument import Instrument
from inblue.domain.state import VoteState


def spans(vote: Story) -> dict[str, Happening]:
    """What is known of each act: replies by member, others by kind."""
    found = happenings(vote.state, vote.recorded)
    return {getattr(each.recorded.act, "member", each.recorded.act.act): each for each in found}


def ordered(vote: Story) -> list[tuple[int, bool]]:
    found = in_order_of_happening(vote.state, happenings(vote.state, vote.recorded))
    return [(each.recorded.number, each.undetermined) for each in found]


def lag(state: VoteState) -> timedelta:
    return timedelta(seconds=state.procedure.recording.lag_seconds)


def test_an_hour_that_was_typed_within_the_lag_is_believed(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=3)
    vote.reply("BEL", received_at=vote.now - lag(vote.state))
    arrived = OPENING + timedelta(hours=3) - lag(vote.state)
    assert spans(vote)["BEL"].span == Span(arrived, arrived)


def test_of_an_hour_that_was_typed_later_no_more_is_known_than_that_it_was_by_then(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=5)
    vote.reply("BEL", received_at=OPENING + timedelta(hours=1))
    found = spans(vote)["BEL"]
    assert (found.span.latest, found.timed, found.moment) == (vote.now, True, OPENING + timedelta(hours=1))
    assert found.span.earliest is None  # the circulation, which everything follows, has no hour in this story
    assert [found.placed(OPENING + timedelta(hours=h)) for h in (2, 4, 5)] == ["perhaps", "perhaps", "by_then"]


def test_so_it_is_with_every_other_act(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL")
    vote.at(hours=9)
    vote.do(ReceiptAcknowledged(member="BEL", acknowledged_at=OPENING + timedelta(hours=2)))
    found = happenings(vote.state, vote.recorded)[-1]
    assert found.span == Span(OPENING + timedelta(hours=1), vote.now)  # not before its reply
    assert found.placed(OPENING + timedelta(hours=3)) == "perhaps"


def test_an_acknowledgement_shows_by_when_its_reply_had_come(story: Callable[..., Story]) -> None:
    vote = story(times="documented").opens()
    at = OPENING + timedelta(hours=4)
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    vote.now = OPENING + timedelta(days=9)
    vote.do(VoteCast(member="BEL", position="in_favour", instrument=paper))
    vote.do(ReceiptAcknowledged(member="BEL", acknowledged_at=at))
    (reply,) = [each for each in happenings(vote.state, vote.recorded) if each.recorded.act.act == "vote_cast"]
    assert (reply.span.latest, reply.timed) == (at, False)
    assert reply.placed(at - timedelta(seconds=1)) == "unknown"
    assert reply.placed(at) == "by_then"


def test_a_reply_that_print_gives_no_time_had_come_by_the_announcement_that_counts_it(
    story: Callable[..., Story],
) -> None:
    vote = story(times="documented").opens()
    vote.now = OPENING + timedelta(days=2000)
    vote.reply("BEL", received_at=None, dated=date(2020, 3, 29))
    vote.do(ResultAnnounced(announced_at=date(2020, 3, 30), outcome="not_adopted"))
    found = spans(vote)["BEL"]
    assert found.span.latest == vote.state.span(date(2020, 3, 30)).latest
    # the letter's own date says when it was written, if it is right: it is not an hour of arrival, and bounds none
    assert found.span.earliest is None
    assert found.placed(OPENING + timedelta(hours=1)) == "unknown"


def test_a_day_is_a_span_and_not_an_hour(story: Callable[..., Story]) -> None:
    vote = story(times="documented").opens()
    vote.now = OPENING + timedelta(days=9)
    vote.reply("BEL", received_at=date(2020, 3, 28))
    found = spans(vote)["BEL"]
    assert found.span == vote.state.span(date(2020, 3, 28))
    assert found.placed(OPENING + timedelta(hours=20)) == "perhaps"
    assert found.placed(OPENING - timedelta(hours=1)) == "later"


def test_acts_come_in_the_order_in_which_they_happened_and_not_of_recording(story: Callable[..., Story]) -> None:
    vote = story(times="documented").opens()
    vote.now = OPENING + timedelta(days=9)
    for member, hours in (("BEL", 5), ("FRA", 2), ("DEU", 3)):
        vote.reply(member, received_at=OPENING + timedelta(hours=hours))
    assert [number for number, _ in ordered(vote)] == [0, 1, 3, 4, 2]
    assert not any(undetermined for _, undetermined in ordered(vote))


def test_an_order_that_nobody_knows_is_said_to_be_so(story: Callable[..., Story]) -> None:
    vote = story(times="documented").opens()
    vote.now = OPENING + timedelta(days=9)
    vote.reply("BEL", received_at=date(2020, 3, 28))
    vote.reply("FRA", received_at=date(2020, 3, 28))
    vote.reply("DEU", received_at=date(2020, 3, 29))
    assert ordered(vote) == [(0, False), (1, False), (2, False), (3, True), (4, False)]


def test_what_follows_from_an_act_comes_after_it_whatever_its_hour_says(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=4)
    vote.reply("BEL", received_at=OPENING + timedelta(hours=1))  # entered late: it may have come until now
    vote.reply("FRA")
    vote.acknowledge("BEL")
    vote.do(EntryVoided(number=3, reason="a slip", voided_at=vote.now))
    numbers = [number for number, _ in ordered(vote)]
    assert numbers.index(2) < numbers.index(4)
    assert numbers.index(3) < numbers.index(5)


def test_a_letter_is_placed_by_the_date_that_it_bears(story: Callable[..., Story]) -> None:
    vote = story(times="documented").opens()
    vote.now = OPENING + timedelta(days=9)
    vote.do(LetterSent(kind="outcome", dated=date(2020, 3, 31)))
    found = happenings(vote.state, vote.recorded)[-1]
    assert (found.span, found.timed) == (vote.state.span(date(2020, 3, 31)), True)
