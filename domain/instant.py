"""Instants, days, and the spans of instants that they may mean. Nothing here is naive, and nothing reads a clock.

Three things are kept apart, because a record that merged them would claim more than is known:

* an *instant* is an aware ``datetime`` in UTC, to the microsecond; written ``2020-03-27T18:00:00Z``;
* a *day* is a ``date`` as printed on paper, with no hour: a span of instants once a zone is named;
* a *moment* is either of the two, as a source gives it; ``None`` means that no source gives it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from .errors import Malformed

_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d{1,6}))?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)  # RFC 3339 section 5.6, upper-case T and Z only; ranges here, since Python versions differ on them
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WITH_AN_HOUR = re.compile(r"\d:\d|^\d{4}-\d\d-\d\d.", re.ASCII)
_TICK = timedelta(microseconds=1)
CLOCKS_APART = timedelta(seconds=60)
"""How far two clocks may differ before one is reported as wrong: a recorder's, its next act's, a token's."""
_YEARS = range(1000, 9000)  # so that no zone, window or deadline leads outside the range of datetime


@lru_cache(64)  # acts recorded together have the same time, and an act often has that of its recording
def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant with its offset, and return it in UTC.

    Raises:
        Malformed: no offset, no such day or hour, more than microseconds, a leap second, or a year before 1000 or
            after 8999.
    """
    found = _INSTANT.fullmatch(text)
    if found is None:
        if _INSTANT.fullmatch(text + "Z"):
            raise Malformed(f"{text!r} names no zone; write 2020-03-27T14:00:00-04:00, or ...Z for UTC")
        raise Malformed(f"{text[:40]!r} is no instant; write one like 2020-03-27T14:00:00-04:00, with its zone")
    if found[6] == "60":
        raise Malformed(f"{text!r} falls in a leap second, which cannot be kept; write the second before it")
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not UTC:
            instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(f"{text!r} is no instant: there is no such day") from None
    _within_years(instant, text)
    return instant


def format_instant(instant: datetime) -> str:
    """The canonical form of an instant: UTC, ``Z``, microseconds only if not zero.

    Raises:
        Malformed: a naive ``datetime``.
    """
    if instant.tzinfo is None:
        raise Malformed(f"{instant} names no zone; an instant needs one")
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return utc.isoformat()[:-6] + "Z"


def parse_day(text: str) -> date:
    """Read ``YYYY-MM-DD``.

    Raises:
        Malformed: another form, no such day, or a year before 1000 or after 8999.
    """
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise Malformed(f"{text[:40]!r} is no date; write one like 2020-03-27")
    _within_years(day, text)
    return day


def _within_years(day: date, text: str) -> None:
    if day.year not in _YEARS:
        raise Malformed(f"{text!r} lies outside the years {_YEARS[0]} to {_YEARS[-1]}")


def parse_moment(text: str) -> datetime | date:
    """Read an instant or a day.

    Raises:
        Malformed: neither of the two. If an hour was given, the message says how to write it, never to leave it out.
    """
    return parse_instant(text) if "T" in text or _WITH_AN_HOUR.search(text) else parse_day(text)


def format_moment(moment: datetime | date) -> str:
    """An instant as :func:`format_instant` writes it, or a day as ``YYYY-MM-DD``."""
    return format_instant(moment) if isinstance(moment, datetime) else moment.isoformat()


def format_local(moment: datetime | date, where: ZoneInfo) -> str:
    """For people: a day unchanged, an instant in local time of the zone with its offset, ``2020-03-27 14:00:00-04``."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    local = moment.astimezone(where)
    offset = local.strftime("%z")
    return local.strftime("%Y-%m-%d %H:%M:%S") + offset[:3] + (f":{offset[3:]}" if offset[3:] != "00" else "")


def is_instant(moment: datetime | date | None) -> bool:
    """Whether ``moment`` says more than a day."""
    return isinstance(moment, datetime)


class Span(NamedTuple):
    """The instants at which something may have happened, both ends included. ``None`` is an unknown end."""

    earliest: datetime | None = None
    latest: datetime | None = None

    @property
    def instant(self) -> datetime | None:
        """The instant, if the span is a single one."""
        return self.earliest if self.earliest == self.latest else None

    def certainly_before(self, other: Span) -> bool:
        """Every instant of this span lies before every instant of ``other``."""
        return self.latest is not None and other.earliest is not None and self.latest < other.earliest

    def has(self, instant: datetime) -> bool:
        """Whether it may have happened at ``instant``."""
        return (self.earliest is None or self.earliest <= instant) and (self.latest is None or instant <= self.latest)

    def shifted(self, by: timedelta) -> Span:
        """Both ends moved by ``by``."""
        return Span(self.earliest and self.earliest + by, self.latest and self.latest + by)

    def not_after(self, bound: datetime | None) -> Span:
        """The part of this span up to ``bound``; the whole span if ``bound`` contradicts it."""
        if bound is None or (self.latest is not None and self.latest <= bound):
            return self
        if self.earliest is not None and self.earliest > bound:
            return self
        return Span(self.earliest, bound)

    def not_before(self, bound: datetime | None) -> Span:
        """The part of this span from ``bound`` on; the whole span if ``bound`` contradicts it."""
        if bound is None or (self.earliest is not None and self.earliest >= bound):
            return self
        if self.latest is not None and self.latest < bound:
            return self
        return Span(bound, self.latest)


UNKNOWN = Span()


def span_of(moment: datetime | date | None, where: ZoneInfo) -> Span:
    """The instants that ``moment`` may mean: one, a whole local day, or any.

    If the zone skipped the day, as Apia skipped 30 December 2011, nothing is known.
    """
    if moment is None:
        return UNKNOWN
    return Span(moment, moment) if isinstance(moment, datetime) else _span_of_day(moment, where)


@lru_cache(256)
def _span_of_day(moment: date, where: ZoneInfo) -> Span:
    first = datetime.combine(moment, time(), where).astimezone(UTC)
    # If clocks go back to midnight or past it, midnight comes twice. The day ends with the second one if the date is
    # this day again until then, as in St. John's until 2011; else with the first, as in Havana. If clocks skip
    # midnight, as in Beirut, the second reading of it is an hour before the first, and too early.
    next_day = moment + timedelta(days=1)
    after, again = (datetime.combine(next_day, time(fold=fold), where).astimezone(UTC) for fold in (0, 1))
    if again > after and (again - _TICK).astimezone(where).date() == moment:
        after = again
    return Span(first, after - _TICK) if first < after else UNKNOWN


def _read_instant(value: Any) -> datetime:
    if isinstance(value, str):
        return parse_instant(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return parse_instant(format_instant(value))
    raise Malformed("an instant is a text like 2020-03-27T14:00:00-04:00")


def _read_day(value: Any) -> date:
    if isinstance(value, str):
        return parse_day(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return parse_day(value.isoformat())
    raise Malformed("a date is a text like 2020-03-27")


def _read_moment(value: Any) -> datetime | date:
    if isinstance(value, str):
        return parse_moment(value)
    return _read_instant(value) if isinstance(value, datetime) else _read_day(value)


Instant: TypeAlias = Annotated[
    datetime,
    PlainValidator(_read_instant),
    PlainSerializer(format_instant, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2020-03-27T14:00:00-04:00"]}),
]
Day: TypeAlias = Annotated[
    date,
    PlainValidator(_read_day),
    PlainSerializer(date.isoformat, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2020-03-27"]}),
]
Moment: TypeAlias = Annotated[
    datetime | date,
    PlainValidator(_read_moment),
    PlainSerializer(format_moment, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}),
]
