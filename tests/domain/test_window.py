"""Instants, days and the window: what the clock on a wall does must not matter."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.domain.instant import Span, format_instant, parse_day, parse_instant, span_of
from inblue.domain.window import Window, closing_of
from inblue.domain.zone import zone

NEW_YORK = zone("America/New_York")
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "2020-03-27T18:00:00",
        "2020-03-27t18:00:00Z",
        "2020-03-27T18:00:00z",
        "2020-03-27 18:00:00Z",
        "2020-03-27T18:00Z",
        "2020-03-27T18:00:60Z",
        "2020-03-27T24:00:00Z",
        "2020-02-30T00:00:00Z",
        "2020-03-27T18:00:00.1234567Z",
        "2020-03-27T18:00:00+25:00",
        "2020-03-27T18:00:00+14:99",
        "9999-12-31T12:00:00Z",
        "0001-01-01T00:00:00+23:00",
        "٢٠٢٠-03-27T18:00:00Z",
        "",
    ],
)
def test_what_is_not_an_instant(text: str) -> None:
    with pytest.raises(Malformed):
        parse_instant(text)


@pytest.mark.parametrize(
    "text", ["2020-3-27", "2020-02-30", "9999-12-31", "0001-01-01", "20200327", "2020-03-27T00:00:00Z"]
)
def test_what_is_not_a_date(text: str) -> None:
    with pytest.raises(Malformed):
        parse_day(text)


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_written_in_one_way(instant: datetime, offset: int) -> None:
    text = format_instant(instant)
    assert parse_instant(text) == instant
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    local = (instant + timedelta(minutes=offset)).replace(tzinfo=None).isoformat(timespec="microseconds")
    assert format_instant(parse_instant(f"{local}{sign}{minutes // 60:02}:{minutes % 60:02}")) == text


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)])
def test_a_day_is_as_long_as_it_is_in_its_zone(day: date, hours: int) -> None:
    span = span_of(day, NEW_YORK)
    assert span.earliest is not None
    assert span.latest is not None
    assert span.latest - span.earliest + TICK == timedelta(hours=hours)


@given(INSTANTS)
def test_twenty_four_hours_are_86_400_seconds(opens_at: datetime) -> None:
    assert closing_of(opens_at, 24, "elapsed", NEW_YORK) - opens_at == timedelta(seconds=86_400)


def test_across_the_change_of_clocks_elapsed_and_calendar_part() -> None:
    opens_at = parse_instant("2026-03-07T14:00:00-05:00")
    assert closing_of(opens_at, 24, "elapsed", NEW_YORK) == parse_instant("2026-03-08T15:00:00-04:00")
    assert closing_of(opens_at, 24, "calendar", NEW_YORK) == parse_instant("2026-03-08T14:00:00-04:00")


@given(INSTANTS, st.integers(1, 200))
def test_working_days_leave_out_the_weekend(opens_at: datetime, hours: int) -> None:
    closes_at = closing_of(opens_at, hours, "working_days", NEW_YORK)
    assert closes_at - opens_at >= timedelta(hours=hours)
    assert (closes_at - TICK).astimezone(NEW_YORK).weekday() < 5
    if (closes_at - opens_at) < timedelta(days=2) and opens_at.astimezone(NEW_YORK).weekday() < 3 and hours < 48:
        assert closes_at - opens_at == timedelta(hours=hours)


def test_a_friday_afternoon_goes_on_on_monday() -> None:
    friday = parse_instant("2020-03-27T14:00:00-04:00")
    assert closing_of(friday, 24, "working_days", NEW_YORK) == parse_instant("2020-03-30T14:00:00-04:00")
    saturday = parse_instant("2020-03-28T14:00:00-04:00")
    assert closing_of(saturday, 24, "working_days", NEW_YORK) == parse_instant("2020-03-31T00:00:00-04:00")


def test_in_autumn_a_day_of_elapsed_hours_ends_an_hour_earlier_by_the_clock() -> None:
    opens_at = parse_instant("2026-10-31T14:00:00-04:00")
    assert closing_of(opens_at, 24, "elapsed", NEW_YORK) == parse_instant("2026-11-01T13:00:00-05:00")
    assert closing_of(opens_at, 24, "calendar", NEW_YORK) == parse_instant("2026-11-01T14:00:00-05:00")


OPENS = parse_instant("2020-03-27T18:00:00Z")
CLOSES = OPENS + timedelta(hours=24)


@pytest.mark.parametrize(
    ("arrived", "inside", "late"),
    [
        (OPENS - TICK, "early", "early"),
        (OPENS, "inside", "inside"),
        (CLOSES - TICK, "inside", "inside"),
        (CLOSES, "inside", "late"),
        (CLOSES + TICK, "late", "late"),
    ],
)
def test_one_microsecond_decides(arrived: datetime, inside: str, late: str) -> None:
    opens, closes, arrival = Span(OPENS, OPENS), Span(CLOSES, CLOSES), Span(arrived, arrived)
    assert Window(opens, closes, "inside").place(arrival) == inside
    assert Window(opens, closes, "late").place(arrival) == late


ENDS = st.one_of(st.none(), st.integers(0, 12))


def span(first: int | None, last: int | None) -> Span:
    def instant(n: int | None) -> datetime | None:
        return None if n is None else OPENS + n * TICK

    if first is not None and last is not None and first > last:
        first, last = last, first
    return Span(instant(first), instant(last))


@given(ENDS, ENDS, ENDS, ENDS, st.integers(0, 12), ENDS, st.sampled_from(["inside", "late"]))
def test_a_placement_holds_for_every_instant_it_may_stand_for(
    o1: int | None, o2: int | None, a1: int | None, a2: int | None, length: int, extra: int | None, at_close: str
) -> None:
    opens, arrival = span(o1, o2), span(a1, a2)
    closes = opens.shifted(length * TICK)
    placed = Window(opens, closes, "inside" if at_close == "inside" else "late").place(arrival)
    ticks = [OPENS + n * TICK for n in range(-1, 26)]

    def within(each: Span, instant: datetime) -> bool:
        return (each.earliest is None or each.earliest <= instant) and (each.latest is None or instant <= each.latest)

    if placed == "indeterminate":
        ends = (opens.earliest, opens.latest, arrival.earliest, arrival.latest)
        if length and None not in ends:  # with all ends known, two of the readings must really part
            grace = TICK if at_close == "late" else timedelta(0)
            possible = {
                "early" if at < opened else "late" if at + grace > opened + length * TICK else "inside"
                for at in (t for t in ticks if within(arrival, t))
                for opened in (t for t in ticks if within(opens, t))
            }
            assert len(possible) > 1
        return
    for at in (t for t in ticks if within(arrival, t)):
        for opened in (t for t in ticks if within(opens, t)):
            closed = opened + length * TICK
            in_time = at <= closed if at_close == "inside" else at < closed
            truth = "early" if at < opened else "inside" if in_time else "late"
            if length or truth != "early":
                assert truth == placed or (placed == "late" and not in_time)


SAY = """
from inblue.domain.instant import parse_instant, span_of
from inblue.domain.window import closing_of
from inblue.domain.zone import zone
from datetime import date
where = zone("America/New_York")
o = parse_instant("2026-03-07T14:00:00-05:00")
print(*(closing_of(o, 24, c, where) for c in ("elapsed", "calendar", "working_days")))
print(span_of(date(2026, 3, 8), where))
"""


def test_the_window_does_not_depend_on_the_machines_zone() -> None:
    said = set()
    for name in ("UTC", "Asia/Tokyo", "Pacific/Kiritimati", "America/New_York"):
        environment = {**os.environ, "TZ": name}
        command = [sys.executable, "-c", SAY]
        said.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(said) == 1


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(Malformed):
        format_instant(datetime(2020, 1, 1))  # noqa: DTZ001
