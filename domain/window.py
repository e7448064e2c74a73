"""The voting window: when it opens, when it closes, and where an arrival falls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from .instant import UNKNOWN, Span

Placement: TypeAlias = Literal["inside", "late", "early", "indeterminate"]
Counted: TypeAlias = Literal["elapsed", "calendar", "working_days"]

_TICK = timedelta(microseconds=1)


class DaysOff(NamedTuple):
    """The days that are not working days: days of the week, Monday being 0, and dates."""

    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()

    def has(self, at: datetime) -> bool:
        """Whether the local time ``at`` is on one of them."""
        return self.has_day(at.date())

    def has_day(self, day: date) -> bool:
        """Whether ``day`` is one of them."""
        return day.weekday() in self.weekend or day in self.holidays


SATURDAY_AND_SUNDAY = DaysOff()


def closing_of(
    opens_at: datetime, hours: int, counted: Counted, where: ZoneInfo, off: DaysOff = SATURDAY_AND_SUNDAY
) -> datetime:
    """When a window of ``hours`` closes.

    * ``elapsed``: 3,600 seconds per hour, whatever the clocks do in between;
    * ``calendar``: the same time of day in the zone's local time, ``hours`` / 24 days later;
    * ``working_days``: elapsed hours, without those on the days ``off``, which begin and end in the zone's local time.
    """
    if counted == "elapsed":
        return opens_at + timedelta(hours=hours)
    local = opens_at.astimezone(where)
    if counted == "calendar":
        return (local + timedelta(hours=hours)).astimezone(UTC)  # aware arithmetic within one zone is wall-clock
    left = timedelta(hours=hours)
    at = opens_at
    while True:
        local = at.astimezone(where)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        next_day = midnight.astimezone(UTC)
        if not off.has(local):
            if at + left <= next_day:
                return at + left
            left -= next_day - at
        at = next_day


def opening_of(
    closed: datetime, hours: int, counted: Counted, where: ZoneInfo, off: DaysOff = SATURDAY_AND_SUNDAY
) -> datetime:
    """An instant after which no window of ``hours`` that was over at ``closed`` had opened.

    It is the last at which one can have opened; if clocks change at either end, it may be an hour later.
    """
    left = timedelta(hours=hours)
    if counted == "elapsed":
        return closed - left
    if counted == "calendar":
        local = closed.astimezone(where)
        if local.fold:  # the first of the two hours was over by then, to its end
            local += closed - local.replace(fold=0).astimezone(UTC)
        return max((local - left).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    at = closed
    while True:
        local = (at - _TICK).astimezone(where)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
        if not off.has(local):
            if at - left >= midnight:
                return at - left
            left -= at - midnight
        at = midnight


Awaited: TypeAlias = Literal["closing", "first_reply", "resumption"]
"""What has to happen before the end of a window is known."""


@dataclass(frozen=True, slots=True)
class Window:
    """The window of one vote: the spans in which it may have opened and closed, and whether its last instant counts.

    While it ``awaits`` something on which its end depends, every arrival since the opening is in time.
    """

    opens: Span = UNKNOWN
    closes: Span = UNKNOWN
    at_close: Literal["inside", "late"] = "inside"
    awaits: Awaited | None = None

    @property
    def opens_at(self) -> datetime | None:
        """The instant of opening, if known."""
        return self.opens.instant

    @property
    def closes_at(self) -> datetime | None:
        """The instant of closing, if known."""
        return self.closes.instant

    def place(self, arrival: Span) -> Placement:
        """Where an arrival within the span ``arrival`` falls, if that is certain."""
        opens, closes = self.opens, self.closes
        if arrival.certainly_before(opens):
            return "early"
        bound = arrival if self.at_close == "inside" else arrival.shifted(_TICK)
        if closes.certainly_before(bound):
            return "late"
        opened = opens.latest is not None and arrival.earliest is not None and opens.latest <= arrival.earliest
        in_time = closes.earliest is not None and bound.latest is not None and bound.latest <= closes.earliest
        in_time = in_time or (self.awaits is not None and bound.latest is not None)
        return "inside" if opened and in_time else "indeterminate"
