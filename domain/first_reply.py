"""A window that begins with the first reply that is in order: when that reply may have arrived.

Updated act by act, so that all replies are examined again only when an act affects the first one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .acts import ClericalErrorCorrected, EntryVoided, ReceiptAcknowledged, ReplyRejected, VoteCast
from .instant import Span
from .recorded import Recorded, Reply
from .state import VoteState
from .validity import arrival, in_order


def begins_with_reply(state: VoteState) -> bool:
    """Whether the window begins with the first reply instead of the opening."""
    return state.procedure.window.starts == "first_reply"


def begun(state: VoteState) -> Span | None:
    """When the first reply that is in order arrived; None if there is none."""
    waiting = _waiting(state)
    return _first(_came(waiting, reply) for reply in waiting.replies)


def begun_after(before: VoteState, recorded: Recorded[Any], after: VoteState) -> Span | None:
    """The same as :func:`begun` of ``after``, which is ``before`` plus one act."""
    touched = _touched(before, recorded, after)
    if touched is None:
        return begun(after)
    first, was, now = before.begun, _waiting(before), _waiting(after)
    for number in touched:
        old, new = before.reply_in(number), after.reply_in(number)
        came = None if old is None else _came(was, old)
        if came is not None and first is not None and (came.earliest == first.earliest or came.latest == first.latest):
            return begun(after)
        first = _first((first, None if new is None else _came(now, new)))
    return first


def _waiting(state: VoteState) -> VoteState:
    """The vote as if nobody had replied: then no reply is late."""
    return state.after({"begun": None, "closed": None})


def _came(waiting: VoteState, reply: Reply) -> Span | None:
    """When a reply arrived that begins the window unless another began it earlier."""
    if reply.voided is not None or reply.act.says == "withdraws" or not in_order(waiting, reply):
        return None
    return arrival(waiting, reply)


def _first(spans: Iterator[Span | None] | tuple[Span | None, ...]) -> Span | None:
    found: Span | None = None
    for span in spans:
        if span is not None:
            found = span if found is None else Span(_lower(found, span), _least(found.latest, span.latest))
    return found


def _lower(one: Span, other: Span) -> datetime | None:
    """The lower of two earliest instants; an unknown one may be any instant."""
    return None if one.earliest is None or other.earliest is None else min(one.earliest, other.earliest)


def _least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _touched(before: VoteState, recorded: Recorded[Any], after: VoteState) -> tuple[int, ...] | None:
    """The replies, by the number of their acts, that an act changes; None if it may change all of them."""
    if (before.opening, before.snapshot, before.seat_changes) != (after.opening, after.snapshot, after.seat_changes):
        return None
    act = recorded.act
    match act:
        case VoteCast():
            return (recorded.number,) if act.replaces is None else (act.replaces, recorded.number)
        case ReplyRejected() | ClericalErrorCorrected():
            reply = after.reply(act.member, act.reply)
            return () if reply is None else (reply.entered.number,)
        case EntryVoided():
            if after.reply_in(act.number) is not None:
                return (act.number,)
            return None if act.number in before.rejected_in else ()
        case ReceiptAcknowledged():
            return ()
        case _:
            return () if before.replies is after.replies and before.result is after.result else None
