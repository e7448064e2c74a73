"""What timestamps prove about the arrival of replies in messages: they bound the entries of the messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from ...domain.messages import INTAKE
from ...domain.phrase import Said
from ...domain.register_acts import ClockDisowned, KeyRevoked
from ...domain.verdict import Bounds
from .keys_in_doubt import void_for
from .timeline import Timeline


class EntryOfMessage(NamedTuple):
    """The entry that received a message: its place in the log, the key that signed it, and its time."""

    index: int  # type: ignore[assignment] # in place of tuple.index
    key: str
    recorded_at: datetime


class MessagesMet(dict[int, EntryOfMessage]):
    """The entries that received messages, by number."""

    def arrival(
        self,
        number: int,
        reading: Bounds | None,
        timeline: Timeline,
        revoked: Mapping[str, KeyRevoked],
        disowned: Iterable[ClockDisowned],
        closing: int | None,
    ) -> Bounds | None:
        """The bounds of a reply that came in the message with that number, and that was read within ``reading``.

        They are those of the message's entry; ``read_by`` is the instant by which the reply's own entry existed. A
        doubt about either entry is a doubt about the reply.
        """
        met = self.get(number)
        if met is None:
            return reading
        place = INTAKE, number, met.recorded_at
        false = next((each for each in disowned if (each.stream, each.index, each.recorded_at) == place), None)
        clock = None
        if false is not None:
            clock = Said.of(
                "The hour of its message, {recorded}, was disowned: {reason}.",
                recorded=met.recorded_at,
                reason=false.reason,
            )
        came = timeline.bounds(met.index, None if false else met.recorded_at)
        void = void_for(revoked.get(met.key), came, [])
        if came is None and reading is None and clock is None and void is None:
            return None
        own, arrived = reading or Bounds(None, None, ()), came or Bounds(None, None, ())
        grounds = tuple(Said.of("of its message: {ground}", ground=each) for each in arrived.grounds)
        return own._replace(
            not_before=arrived.not_before,
            not_after=arrived.not_after,
            read_by=own.not_after,
            grounds=(*grounds, *own.grounds),
            contradiction=arrived.contradiction or own.contradiction,
            entry_void=void or own.entry_void,
            doubt=clock or arrived.doubt or own.doubt,
            clock=clock or arrived.clock or own.clock,
            lacking=arrived.lacking or own.lacking,
            before_close=closing is not None and timeline.covers(closing, met.index),
        )
