"""The order in which the replies of one member arrived, as far as it is certain. The order of entry decides nothing.

The typed instant of an arrival is believed if it was recorded within the lag that the procedure allows. If it was typed
in later, all that is known is that the reply had arrived by its recording. In a documented history it is as printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from .instant import Span
from .recorded import Reply
from .state import VoteState


def arrival_for_order(state: VoteState, reply: Reply) -> Span:
    """When the reply may have arrived, as far as that may decide which of a member's replies came first."""
    typed, recorded = state.span(reply.act.received_at), reply.paper_entered.recorded_at
    if state.documented:
        return typed
    if typed.latest is None or typed.earliest is None or typed.earliest > recorded:
        return Span(None, recorded)
    if hour_entered(reply) - typed.latest > timedelta(seconds=state.procedure.recording.lag_seconds):
        return Span(None, recorded)
    return typed.not_after(recorded)


def hour_entered(reply: Reply) -> datetime:
    """When the arrival time on record was entered: with the paper, or when it was corrected.

    That of a message was recorded on arrival.
    """
    if reply.act.message is not None and isinstance(reply.act.received_at, datetime):
        return reply.act.received_at
    first = reply.paper_entered
    as_first = first.act.received_at == reply.entered.act.received_at
    entered = (first if as_first else reply.entered).recorded_at
    corrected = [each.recorded_at for each in reply.corrections if each.act.field == "received_at"]
    return max(entered, *corrected) if corrected else entered


def foremost(replies: Sequence[Reply], arrivals: Sequence[Span], wanted: Literal["first", "last"]) -> tuple[Reply, ...]:
    """The replies of a member that may have arrived first (or last), in the order of the record."""
    if wanted == "first":
        ends = [span.latest for span in arrivals if span.latest is not None]
        bound = min(ends, default=None)
        return tuple(
            reply
            for reply, span in zip(replies, arrivals, strict=True)
            if bound is None or span.earliest is None or span.earliest <= bound
        )
    starts = [span.earliest for span in arrivals if span.earliest is not None]
    bound = max(starts, default=None)
    return tuple(
        reply
        for reply, span in zip(replies, arrivals, strict=True)
        if bound is None or span.latest is None or span.latest >= bound
    )


class OutOfOrder(NamedTuple):
    """A reply that was entered after ``earlier`` of the same member, and arrived before it."""

    reply: Reply
    earlier: Reply


def entered_out_of_order(state: VoteState) -> Iterator[OutOfOrder]:
    """The replies that certainly arrived before another of the same member that was entered earlier."""
    latest: dict[str, tuple[datetime, Reply]] = {}
    for reply in state.replies:
        if reply.voided is not None:
            continue
        arrived = arrival_for_order(state, reply)
        known = latest.get(reply.member)
        if known is not None and arrived.latest is not None and arrived.latest < known[0]:
            yield OutOfOrder(reply, known[1])
        if arrived.earliest is not None and (known is None or arrived.earliest > known[0]):
            latest[reply.member] = (arrived.earliest, reply)
