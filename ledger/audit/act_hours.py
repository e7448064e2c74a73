"""The stated recording times of acts, checked against timestamps, and the times that were disowned."""

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
"""For an act other than a reply: its number, the index of its entry, and its time."""
_YEAR_1 = datetime(1, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_APART = CLOCKS_APART // _TICK


def hour_of(at: datetime) -> int:
    """An instant in microseconds since the year 1, which takes little memory."""
    return (at - _YEAR_1) // _TICK


def instant_of(hour: int) -> datetime:
    """The instant for a number from :func:`hour_of`."""
    return _YEAR_1 + hour * _TICK


def bounds_of_others(
    flat: array[int], hours: Mapping[tuple[int, datetime], ClockDisowned], timeline: Timeline
) -> Iterator[tuple[int, Bounds]]:
    """For acts other than replies, by number: whether their times cannot be right, or a missing token could show so.

    ``flat`` has for each its number, the index of its entry, and its time; ``hours`` are the times that were disowned.
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
    """The acts, by number, with an earlier time than a preceding act's time that is not disowned, and the latest such
    time.

    The same as :attr:`..domain.state.Recorded.behind`, without the disowned ``hours``. ``acts`` are flat rows of
    numbers, a fixed number of them per act, the act's number first and its time last.
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
    """The disowned time of an act, if it was disowned."""
    found = hours.get((number, at))
    if found is None:
        return None
    return Said.of("Its hour, {recorded}, was disowned: {reason}.", recorded=at, reason=found.reason)
