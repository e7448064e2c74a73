"""Time zones by their bytes, never from the machine's own files, so that a day is the same on every machine.

A zone is a file in the Time Zone Information Format (TZif, RFC 9636). Those of the ``tzdata`` package are used unless
the opening of a vote pins others. Every byte of a file from outside is checked; leap seconds are refused, since
instants here have none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import accumulate, pairwise
from struct import Struct
from zoneinfo import ZoneInfo

from .errors import Malformed

MAX_ZONE_BYTES = 64 * 1024
"""The most bytes of a zone; the largest existing one has 3,000."""

_SHIPPED = files("tzdata")
_MAGIC = {b"TZif2", b"TZif3", b"TZif4"}
_HEADER = Struct(">5s15x6I")
_OLD_TIME, _TIME = Struct(">i"), Struct(">q")
_KIND = Struct(">iBB")
_FOOTER = re.compile(rb"\n[ -~]*\n")
_DAY = 86_400
_HOUR = timedelta(hours=1)
MOST_COMPARED = timedelta(days=400)


def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name, from the ``tzdata`` package.

    Raises:
        Malformed: no such zone.
    """
    return read_zone(zone_file(name), name)


@lru_cache(16)
def zone_file(name: str) -> bytes:
    """The TZif bytes of the zone of that name in the ``tzdata`` package.

    Raises:
        Malformed: no such zone.
    """
    if name not in _names():
        raise Malformed(f"no time zone is named {name[:60]!r}; write an IANA name like America/New_York")
    return _SHIPPED.joinpath("zoneinfo", *name.split("/")).read_bytes()


@lru_cache(64)
def read_zone(raw: bytes, name: str) -> ZoneInfo:
    """The zone that TZif bytes describe. ``name`` is only a label.

    Raises:
        Malformed: they are not TZif of version 2 to 4, have leap seconds, or are more than 65,536 bytes.
    """
    _changes(raw)
    try:
        read = ZoneInfo.from_file(BytesIO(raw), key=name)
        for month in range(1, 13):  # the rule in the footer is parsed, and may fail, only when it is used
            datetime(8999, month, 15, tzinfo=UTC).astimezone(read).utcoffset()
    except (ValueError, OverflowError, LookupError):
        raise Malformed("the zone's bytes end in a rule that is not one") from None
    return read


def alike(one: bytes, other: bytes, first: datetime, last: datetime) -> bool:
    """Whether two zones give the same time from ``first`` to ``last``: at each change that either lists, and at each
    hour.

    Over more than 400 days only zones with the same bytes are the same.

    Raises:
        Malformed: as :func:`read_zone`.
    """
    if one == other:
        return True
    if last - first > MOST_COMPARED:
        return False
    zones = read_zone(one, "one"), read_zone(other, "other")
    hours = (first + _HOUR * n for n in range((last - first) // _HOUR + 1))
    listed = sorted({*_changes(one), *_changes(other)})
    changes = (datetime.fromtimestamp(at, UTC) for at in listed if first.timestamp() <= at <= last.timestamp())
    return all(len({at.astimezone(each).utcoffset() for each in zones}) == 1 for at in (*hours, *changes, last))


@cache
def _names() -> frozenset[str]:
    return frozenset(_SHIPPED.joinpath("zones").read_text(encoding="ascii").split())


@lru_cache(64)
def _changes(raw: bytes) -> tuple[int, ...]:
    """The seconds since 1970 at which a TZif file lists a change of the clock, in order; every byte is looked at.

    Raises:
        Malformed: as :func:`read_zone`.
    """
    if len(raw) > MAX_ZONE_BYTES:
        raise Malformed(f"a zone of {len(raw):,} bytes; at most {MAX_ZONE_BYTES:,} are read")
    _, end = _block(raw, 0, _OLD_TIME)
    changes, end = _block(raw, end, _TIME)
    footer = raw[end:]
    if not _FOOTER.fullmatch(footer):
        raise Malformed("the zone's bytes do not end in one line with its rule")
    return changes


def _block(raw: bytes, start: int, time: Struct) -> tuple[tuple[int, ...], int]:
    """The changes in the data block whose header begins at ``start``, and where the block ends."""
    if len(raw) < start + _HEADER.size:
        raise _not_tzif()
    magic, isut, isstd, leaps, count, kinds, chars = _HEADER.unpack_from(raw, start)
    sizes = (count * time.size, count, kinds * _KIND.size, chars, isstd, isut)
    ends = tuple(accumulate(sizes, initial=start + _HEADER.size))
    times, of_kinds, described, names, *_ = (raw[at : at + size] for at, size in zip(ends, sizes, strict=False))
    changes = tuple(at for (at,) in time.iter_unpack(times)) if len(raw) >= ends[-1] else ()
    if (
        magic not in _MAGIC
        or leaps
        or not kinds
        or {isut, isstd} - {0, kinds}
        or len(raw) < ends[-1]
        or any(later <= earlier for earlier, later in pairwise(changes))
        or any(kind >= kinds for kind in of_kinds)
        or any(abs(offset) >= _DAY or dst > 1 or at >= chars for offset, dst, at in _KIND.iter_unpack(described))
        or not names.endswith(b"\0")
    ):
        raise _not_tzif()
    return changes, ends[-1]


def _not_tzif() -> Malformed:
    return Malformed("the zone's bytes are not TZif without leap seconds (RFC 9636)")
