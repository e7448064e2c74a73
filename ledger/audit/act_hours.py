"""The hours at which acts say that they were recorded, held against timestamps, and those that were disowned."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from ...domain.phrase import Said
from ...domain.register_acts import ClockDisowned
from ...domain.verdict import Bounds
from .timeline import Timeline

_FIELDS = 3
_YEAR_1 = datetime(1, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def hour_of(at: datetime) -> int:
    """An instant in microseconds since the year 1, as many of them are kept."""
    return (at - _YEAR_1) // _TICK


def instant_of(hour: int) -> datetime:
    """The instant that :func:`hour_of` gave as a number."""
    return _YEAR_1 + hour * _TICK


def bounds_of_others(
    flat: array[int], hours: Mapping[tuple[int, datetime], ClockDisowned], timeline: Timeline
) -> Iterator[tuple[int, Bounds]]:
    """Of acts that are no replies, by number: where their hours cannot be, or a missing token could say so.

    ``flat`` has of each its number, the index of its entry, and its hour; ``hours`` are those that were disowned.
    """
    for number, index, hour in zip(*(flat[field::_FIELDS] for field in range(_FIELDS)), strict=True):
        recorded_at = instant_of(hour)
        clock, missing = disowned_hour(hours, number, recorded_at), timeline.missing(index)
        clock = clock or timeline.clock(index, recorded_at)
        if clock or missing:
            yield number, Bounds(None, None, (), doubt=clock or missing, clock=clock)


def disowned_hour(hours: Mapping[tuple[int, datetime], ClockDisowned], number: int, at: datetime) -> Said | None:
    """That the hour of an act was disowned, if it was."""
    found = hours.get((number, at))
    if found is None:
        return None
    return Said.of("Its hour, {recorded}, was disowned: {reason}.", recorded=at, reason=found.reason)
