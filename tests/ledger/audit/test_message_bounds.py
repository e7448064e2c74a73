"""What a timestamp over the entry of a message proves of the reply that came in it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mails import INTAKE, PAPER, SYMBOL, MailDesk

from inblue.domain.register_acts import ClockDisowned, KeyRevoked
from inblue.domain.verdict import Bounds, Verdict, bounds_of, judge
from inblue.ledger.audit.message_bounds import EntryOfMessage, MessagesMet
from inblue.ledger.audit.timeline import Dated, Needed, Timeline, Tokens
from inblue.ledger.standards.timestamp import Timestamp


def token(size: int, at: datetime) -> Dated:
    return Dated(size, f"{size:064x}", Timestamp("an_authority", at, timedelta(0), 1, "1.2", ordering=False))


def verdict(read: timedelta, tokens: tuple[timedelta, timedelta | None]) -> tuple[Verdict, datetime]:
    """Of a reply whose message came an hour before the close and was read so long after that; with two tokens, one over
    the message and one over the reply, so long after the close."""
    desk = MailDesk()
    closes = desk.vote.state.window.closes_at
    assert closes is not None
    desk.now = closes - timedelta(hours=1)
    number = desk.receive()
    came = desk.now
    desk.now += read
    if desk.now > closes:
        desk.later(seconds=1).vote.close()
    done = desk.vote.reply("CHN", "in_favour", PAPER, message=number, part="2")
    reply = done.entered
    assert reply is not None
    sizes = [(10, tokens[0]), (20, tokens[1])]
    dated = [token(size, closes + at) for size, at in sizes if at is not None]
    timeline = Timeline(Tokens(dated, {}), Needed(("an_authority",)))
    own = timeline.bounds(15, reply.entered.recorded_at)
    met = MessagesMet({number: EntryOfMessage(5, INTAKE.key_id, came)})
    bounds = met.arrival(number, own, timeline, {}, (), None)
    assert bounds is not None
    return judge(desk.ledger.vote(SYMBOL), reply, bounds_of(reply, {reply.entered.number: bounds})), closes


HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("read", "tokens", "strength"),
    [
        (MINUTE, (-HOUR / 2, -HOUR / 4), "proven"),
        (HOUR + MINUTE, (-HOUR / 2, 2 * MINUTE), "proven"),  # read in the lag, as a timestamp shows
        (MINUTE, (-HOUR / 2, None), "attested"),  # nobody vouches for when it was read
        (MINUTE, (-HOUR / 2, 24 * HOUR), "attested"),
        (MINUTE, (MINUTE, 2 * MINUTE), "attested"),  # nor for the message
        (48 * HOUR, (-HOUR / 2, 48 * HOUR), "documented"),  # read after close and lag
    ],
)
def test_a_reply_in_a_message_is_as_strong_as_the_weaker_of_arrival_and_reading(
    read: timedelta, tokens: tuple[timedelta, timedelta | None], strength: str
) -> None:
    found, closes = verdict(read, tokens)
    assert (found.strength, found.placement) == (strength, "inside")
    if strength != "attested":
        assert found.not_after == closes + tokens[0]


def test_what_a_message_said_late_arrived_late() -> None:
    desk = MailDesk()
    desk.later(hours=30).vote.close()
    done = desk.vote.reply("CHN", "in_favour", PAPER, message=desk.later(minutes=1).receive(), part="2")
    assert done.rejected is not None
    assert done.rejected.clause == desk.vote.state.procedure.late.clause


def test_the_doubts_of_a_message_are_those_of_its_reply() -> None:
    at = datetime.fromisoformat("2026-03-02T15:00:00+00:00")
    met = MessagesMet({0: EntryOfMessage(5, INTAKE.key_id, at)})
    timeline = Timeline(Tokens([], {}), Needed(("an_authority",)))
    assert met.arrival(0, None, timeline, {}, (), None) is None
    false = ClockDisowned(stream="intake", index=0, recorded_at=at, reason="it stood still")
    disowned = met.arrival(0, None, timeline, {}, (false,), None)
    assert disowned is not None
    assert disowned.doubt is not None
    gone = KeyRevoked(key=INTAKE.key_id, reason="lost", compromised_since=at - HOUR)
    stolen = met.arrival(0, None, timeline, {INTAKE.key_id: gone}, (), None)
    assert stolen is not None
    assert stolen.entry_void is not None


@given(st.lists(st.integers(-100, 100), max_size=3), st.lists(st.integers(-100, 100), max_size=3))
def test_a_token_less_never_makes_a_reply_in_a_message_stronger(over_message: list[int], over_reply: list[int]) -> None:
    at = datetime.fromisoformat("2026-03-02T15:00:00+00:00")
    met = MessagesMet({0: EntryOfMessage(5, INTAKE.key_id, at)})

    def bounds(tokens: list[Dated]) -> Bounds | None:
        timeline = Timeline(Tokens(tokens, {}), Needed(("an_authority",)))
        return met.arrival(0, timeline.bounds(15, at), timeline, {}, (), None)

    last = datetime.max.replace(tzinfo=at.tzinfo)
    every = [token(10, at + timedelta(minutes=n + 200)) for n in over_message]
    every += [token(20, at + timedelta(minutes=n + 200)) for n in over_reply]
    whole = bounds(every)
    for left_out in range(len(every)):
        less = bounds(every[:left_out] + every[left_out + 1 :])
        assert less is None or whole is not None
        for name in ("not_after", "read_by"):
            assert (getattr(less, name, None) or last) >= (getattr(whole, name, None) or last)
