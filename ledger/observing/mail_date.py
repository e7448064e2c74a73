"""The date-time in a header field (RFC 5322, section 3.3): one strict form, which gives an instant."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from ...domain.errors import Malformed

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    rf"(?:({'|'.join(_DAYS)}), )?(\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d)(?::(\d\d))?"
    r" (?:([+-])(\d\d)([0-5]\d)|GMT|UT)",
    re.ASCII,
)
_YEARS = range(1970, 9000)


def read_date(text: str) -> datetime:
    """The instant of a date-time; its words are separated by one blank, and comments are removed.

    Raises:
        Malformed: another form, no such day or hour, a wrong day of the week, or a leap second.
    """
    found = _DATE.fullmatch(text) if len(text) <= 60 else None
    if found is None:
        raise Malformed("its hour is not a date-time of RFC 5322")
    name, day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    try:
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
        instant = datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            tzinfo=timezone(offset),
        )
        at = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed("its hour does not exist") from None
    if name and _DAYS[instant.weekday()] != name:
        raise Malformed("its hour names another day of the week than that day is")
    if at.year not in _YEARS or instant.year not in _YEARS:
        raise Malformed("its hour is outside the years 1970 to 8999")
    return at
