"""Zones by their bytes: the package's, never the machine's, and no byte from outside that was not looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from struct import pack_into

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.domain.zone import MAX_ZONE_BYTES, alike, read_zone, zone, zone_file

NAMES = st.sampled_from(["UTC", "America/New_York", "America/Asuncion", "Australia/Lord_Howe", "Africa/El_Aaiun"])
NEW_YORK, TOKYO = zone_file("America/New_York"), zone_file("Asia/Tokyo")
NOON = datetime(2020, 3, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "name",
    [
        "localtime",
        "posixrules",
        "right/America/New_York",
        "posix/UTC",
        "Mars/Olympus",
        "america/new_york",
        "",
        "..",
        "../zones",
        "/etc/localtime",
        "tzdata.zi",
    ],
)
def test_a_zone_that_is_the_machines_own_or_counts_leap_seconds_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match="IANA"):
        zone(name)


def test_the_machines_own_files_say_nothing(tmp_path: Path) -> None:
    false = tmp_path / "America" / "New_York"
    false.parent.mkdir()
    false.write_bytes(TOKYO)
    say = (
        "from datetime import *; from inblue.domain.zone import zone; from zoneinfo import ZoneInfo;"
        "at = datetime(2020, 3, 27, 18, tzinfo=UTC);"
        "print(at.astimezone(zone('America/New_York')).hour, at.astimezone(ZoneInfo('America/New_York')).hour)"
    )
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", say], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["14", "3"]


def test_a_zone_is_what_its_bytes_say_whatever_it_is_called() -> None:
    assert NOON.astimezone(read_zone(TOKYO, "America/New_York")).hour == 21
    assert read_zone(NEW_YORK, "America/New_York") is zone("America/New_York")


def test_more_bytes_than_a_zone_has_are_not_read() -> None:
    with pytest.raises(Malformed, match="at most 65,536 are read"):
        read_zone(NEW_YORK[:-1] + b" " * MAX_ZONE_BYTES + b"\n", "x")


def test_leap_seconds_are_refused() -> None:
    leaping = bytearray(zone_file("UTC"))
    pack_into(">I", leaping, 28, 1)
    with pytest.raises(Malformed, match="without leap seconds"):
        read_zone(bytes(leaping), "x")


@pytest.mark.parametrize("footer", [b"", b"\n", b"\nEST5EDT", b"\nEST5EDT,M3.2.0,M11.1.0\nx", b"\nE\x80T5\n", b"\n?\n"])
def test_what_does_not_end_in_its_rule_is_refused(footer: bytes) -> None:
    with pytest.raises(Malformed, match="zone's bytes"):
        read_zone(NEW_YORK[: NEW_YORK.rindex(b"\nEST")] + footer, "x")


@given(NAMES, st.data())
def test_of_bytes_that_are_off_nothing_but_a_refusal_or_a_zone_comes(name: str, data: st.DataObject) -> None:
    raw = bytearray(zone_file(name))
    for _ in range(data.draw(st.integers(1, 3))):
        place, byte = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.integers(0, 255))
        raw[place : place + data.draw(st.integers(0, 1))] = bytes([byte])
    try:
        read = read_zone(bytes(raw), "x")
    except Malformed:
        return
    for year in (1000, 1900, 1960, 2020, 2037, 2038, 8999):
        at = datetime(year, data.draw(st.integers(1, 12)), 15, tzinfo=UTC)
        assert at.astimezone(read).astimezone(UTC) == at
        assert datetime.combine(date(year, 6, 15), time(), read).astimezone(UTC)


def moved(raw: bytes, at: datetime, to: datetime) -> bytes:
    """The zone with one change of the clock at another instant."""
    old, new = (int(each.timestamp()).to_bytes(8, "big", signed=True) for each in (at, to))
    assert raw.count(old) == 1
    return raw.replace(old, new)


def test_zones_are_alike_where_they_give_one_time_at_each_hour_and_each_change() -> None:
    change = datetime(2007, 3, 11, 7, tzinfo=UTC)  # two o'clock in New York
    for later in (timedelta(hours=5), timedelta(seconds=1)):
        other = moved(NEW_YORK, change, change + later)
        assert alike(NEW_YORK, other, change - DAY, change - timedelta(seconds=1))
        assert alike(NEW_YORK, other, change + later, change + 300 * DAY)
        assert not alike(NEW_YORK, other, change - DAY, change + DAY)
        assert not alike(NEW_YORK, other, change, change)
    assert not alike(NEW_YORK, TOKYO, NOON, NOON)


def test_of_a_window_too_long_to_compare_only_the_same_bytes_are_alike() -> None:
    other = moved(NEW_YORK, datetime(2007, 3, 11, 7, tzinfo=UTC), datetime(2007, 3, 11, 8, tzinfo=UTC))
    assert alike(NEW_YORK, other, NOON, NOON + 400 * DAY)
    assert not alike(NEW_YORK, other, NOON, NOON + 401 * DAY)
    assert alike(NEW_YORK, NEW_YORK, NOON, NOON + 10_000 * DAY)
