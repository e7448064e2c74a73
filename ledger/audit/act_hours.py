"""The hours at which acts say that they were recorded, held against timestamps, and those that were disowned."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from ...domain.instant import CLOCKS_APART
from ...domain.phrase import Said
from ...domain.register_acts import ClockDisowned
from ...domain.verdict import Bounds
from .timeline import Timeline

OF_OTHERS = 3
"""Of an act that is no reply: its number, the index of its entry, and its hour."""
_YEAR_1 = datetime(1, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_APART = CLOCKS_APART // _TICK


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
    for number, index, hour in zip(*(flat[field::OF_OTHERS] for field in range(OF_OTHERS)), strict=True):
        recorded_at = instant_of(hour)
        clock, missing = disowned_hour(hours, number, recorded_at), timeline.missing(index)
        clock = clock or timeline.clock(index, recorded_at)
        if clock or missing:
            yield number, Bounds(None, None, (), doubt=clock or missing, clock=clock)


def behind_hours(
    hours: Mapping[tuple[int, datetime], ClockDisowned], acts: Iterable[tuple[array[int], int]]
) -> Mapping[int, datetime]:
    """Which acts, by number, are behind the latest hour before them that is not disowned, and behind which.

    As :attr:`..domain.state.Recorded.behind`, but for the ``hours`` that bound nothing. ``acts`` are rows of numbers
    of which each has so many an act, the number first and the hour last.
    """
    latest, found = 0, dict[int, datetime]()
    pairs = [pair for flat, fields in acts for pair in zip(flat[::fields], flat[fields - 1 :: fields], strict=True)]
    for number, hour in sorted(pairs):
        if hour + _APART < latest:
            found[number] = instant_of(latest)
        if (number, instant_of(hour)) not in hours:
            latest = max(latest, hour)
    return found


def disowned_hour(hours: Mapping[tuple[int, datetime], ClockDisowned], number: int, at: datetime) -> Said | None:
    """That the hour of an act was disowned, if it was."""
    found = hours.get((number, at))
    if found is None:
        return None
    return Said.of("Its hour, {recorded}, was disowned: {reason}.", recorded=at, reason=found.reason)
