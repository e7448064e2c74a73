"""Positions that change after some time, such as a hold: the position of a reply at the close."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from .instant import Span
from .length import Length
from .offences_of_positions import rule_of_position
from .optional_rules import Lapse
from .recorded import Reply
from .roster import NOT_ON_RECORD
from .state import VoteState
from .validity import arrival


def taken(state: VoteState, reply: Reply) -> Span:
    """When the reply takes its position: at its arrival, or at a later instant at which it takes effect."""
    came, later = arrival(state, reply), reply.act.effective_at
    if later is None:
        return came
    return Span(max(came.earliest or later, later), max(came.latest or later, later))


def lapse_of(state: VoteState, reply: Reply) -> Lapse | None:
    """What the position of a reply becomes, and after how long, if it changes."""
    rule = rule_of_position(state, reply)
    return None if rule is None else rule.lapses


def lapsed(state: VoteState, reply: Reply) -> bool | None:
    """Whether the position of a reply has changed by the close; None if that is not certain.

    It changes once it is older than the procedure says. While the time of the close is unknown, the last act on record
    is used instead.
    """
    lapse = lapse_of(state, reply)
    if lapse is None:
        return False
    since, closes = taken(state, reply), _by_when(state)

    lasts = Span(*(None if begins is None else _end(lapse.after, begins, state) for begins in since))
    if lasts.certainly_before(closes):
        return True
    if closes.latest is None or lasts.earliest is None or closes.latest > lasts.earliest:
        return None
    return False


def position_of(state: VoteState, reply: Reply) -> str | None:
    """The position of a reply at the close: None if it has become silence, ``not_on_record`` if that is unknown."""
    position = reply.act.position
    if position is None:  # a reply that answers only the questions put is silent on the draft
        return None if reply.act.answers else NOT_ON_RECORD
    found = possible_positions(state, reply)
    return next(iter(found)) if len(found) == 1 else NOT_ON_RECORD


def possible_positions(state: VoteState, reply: Reply) -> Collection[str | None]:
    """The positions that a reply may have at the close."""
    position, lapse = reply.act.position, lapse_of(state, reply)
    if lapse is None:
        return (position,)
    becomes = None if lapse.to == state.procedure.silence.means else lapse.to
    match lapsed(state, reply):
        case True:
            return (becomes,)
        case False:
            return (position,)
        case _:
            return (position, becomes)


def _end(length: Length, begins: datetime, state: VoteState) -> datetime:
    try:
        return length.end(begins, state.zone, state.procedure.window.days_off)
    except (ValueError, OverflowError):  # after the last day that datetime has
        return datetime.max.replace(tzinfo=UTC)


def _by_when(state: VoteState) -> Span:
    closes = state.window.closes
    if closes.latest is not None or state.is_closed or state.last_recorded_at is None:
        return closes
    now = max(closes.earliest or state.last_recorded_at, state.last_recorded_at)
    return Span(now, now)
