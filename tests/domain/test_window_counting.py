"""How hours are counted, and that a placement says neither more nor less than is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.domain.instant import Span, parse_instant
from inblue.domain.window import SATURDAY_AND_SUNDAY, Counted, DaysOff, Window, closing_of, opening_of
from inblue.domain.zone import zone

NEW_YORK = zone("America/New_York")
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
TICK = timedelta(microseconds=1)
ZERO = timedelta(0)
CAIRO = zone("Africa/Cairo")
FRIDAY_AND_SATURDAY = DaysOff(frozenset({4, 5}))
CHRISTMAS = DaysOff(holidays=frozenset({date(2020, 12, 25)}))
DAYS_OFF = st.builds(
    DaysOff,
    st.frozensets(st.integers(0, 6), max_size=6),
    st.frozensets(st.dates(date(1990, 1, 1), date(2090, 1, 1)), max_size=5),
)
OPENS = parse_instant("2020-03-27T18:00:00Z")
CLOSES = OPENS + timedelta(hours=24)


@pytest.mark.parametrize("counted", ["elapsed", "calendar", "working_days"])
@given(opens_at=INSTANTS, later=st.integers(1, 10**12), hours=st.integers(1, 400))
def test_who_opens_later_closes_no_earlier(counted: Counted, opens_at: datetime, later: int, hours: int) -> None:
    first = closing_of(opens_at, hours, counted, NEW_YORK)
    second = closing_of(opens_at + later * TICK, hours, counted, NEW_YORK)
    if counted == "calendar":  # the hour that clocks show twice is one hour by the calendar
        second += timedelta(hours=1)
    assert second >= first


@pytest.mark.parametrize("counted", ["elapsed", "calendar", "working_days"])
@given(opens_at=INSTANTS, hours=st.integers(1, 400))
@example(opens_at=parse_instant("2026-11-01T05:45:00Z"), hours=24)
@example(opens_at=parse_instant("2026-10-31T05:45:00Z"), hours=24)
@example(opens_at=parse_instant("2026-03-07T07:30:00Z"), hours=24)
def test_no_window_opened_after_the_last_instant_for_its_close(
    counted: Counted, opens_at: datetime, hours: int
) -> None:
    closed = closing_of(opens_at, hours, counted, NEW_YORK)
    last = opening_of(closed, hours, counted, NEW_YORK)
    assert opens_at <= last
    assert closing_of(last, hours, counted, NEW_YORK) - closed <= (
        timedelta(hours=2) if counted == "calendar" else ZERO
    )


@pytest.mark.parametrize(
    ("counted", "announced", "last"),
    [
        ("calendar", "2020-03-08T14:00:00Z", "2020-03-07T15:00:00Z"),  # clocks went forward in between
        ("calendar", "2020-11-01T15:00:00Z", "2020-10-31T14:00:00Z"),
        ("working_days", "2020-03-30T18:00:00Z", "2020-03-27T18:00:00Z"),
        ("working_days", "2020-03-29T18:00:00Z", "2020-03-27T04:00:00Z"),
        ("elapsed", "2020-03-30T18:00:00Z", "2020-03-29T18:00:00Z"),
    ],
)
def test_the_last_opening_is_counted_back_as_the_hours_are_counted(counted: Counted, announced: str, last: str) -> None:
    assert opening_of(parse_instant(announced), 24, counted, NEW_YORK) == parse_instant(last)


@given(INSTANTS, st.integers(1, 60))
@example(parse_instant("2016-01-15T07:00:00Z"), 58)
def test_only_a_change_of_clocks_parts_calendar_days_from_elapsed_hours(opens_at: datetime, days: int) -> None:
    where = NEW_YORK
    closes_at = closing_of(opens_at, 24 * days, "calendar", NEW_YORK)
    elapsed = closing_of(opens_at, 24 * days, "elapsed", NEW_YORK)
    opened, closed = opens_at.astimezone(where), closes_at.astimezone(where)
    if closed.time() != opened.time():  # the clocks go forward over it: it closes when it would have without
        assert (closed.hour, elapsed) == (3, closes_at)
        return
    assert closed.date() - opened.date() == timedelta(days=days)
    shift = (closed.utcoffset() or timedelta(0)) - (opened.utcoffset() or timedelta(0))
    assert elapsed - closes_at == shift
    assert abs(shift) <= timedelta(hours=1)


def test_a_time_of_day_that_the_clocks_leave_out_is_reached_an_hour_later_by_the_clock() -> None:
    closes_at = closing_of(parse_instant("2026-03-07T02:30:00-05:00"), 24, "calendar", NEW_YORK)
    assert closes_at == parse_instant("2026-03-08T03:30:00-04:00")


@given(INSTANTS, st.integers(1, 120), DAYS_OFF)
@example(parse_instant("2020-12-24T19:00:00Z"), 24, CHRISTMAS)
@example(parse_instant("2020-03-27T18:00:00Z"), 24, SATURDAY_AND_SUNDAY)
def test_working_days_count_every_hour_that_is_not_of_a_day_off(instant: datetime, hours: int, off: DaysOff) -> None:
    at = instant.replace(minute=0, second=0, microsecond=0)
    closes_at, counted = closing_of(at, hours, "working_days", NEW_YORK, off), 0
    while at < closes_at:
        local = at.astimezone(NEW_YORK)
        counted += local.weekday() not in off.weekend and local.date() not in off.holidays
        at += timedelta(hours=1)
    assert (at, counted) == (closes_at, hours)


@given(INSTANTS, st.integers(1, 120), DAYS_OFF)
def test_working_days_are_counted_back_from_the_close_as_forth_to_it(
    instant: datetime, hours: int, off: DaysOff
) -> None:
    closed = closing_of(instant, hours, "working_days", NEW_YORK, off)
    last = opening_of(closed, hours, "working_days", NEW_YORK, off)
    assert instant <= last
    assert closing_of(last, hours, "working_days", NEW_YORK, off) == closed


@pytest.mark.parametrize(
    ("opens", "off", "closes"),
    [
        ("2026-02-26T14:00:00+02:00", FRIDAY_AND_SATURDAY, "2026-03-01T14:00:00+02:00"),  # Thursday to Sunday
        ("2026-02-26T14:00:00+02:00", SATURDAY_AND_SUNDAY, "2026-02-27T14:00:00+02:00"),
        (
            "2026-04-23T14:00:00+02:00",
            FRIDAY_AND_SATURDAY,
            "2026-04-26T14:00:00+03:00",
        ),  # no midnight on Friday
        ("2020-12-24T14:00:00+02:00", CHRISTMAS, "2020-12-28T14:00:00+02:00"),
    ],
)
def test_the_days_off_are_those_of_the_body(opens: str, off: DaysOff, closes: str) -> None:
    assert closing_of(parse_instant(opens), 24, "working_days", CAIRO, off) == parse_instant(closes)


@pytest.mark.parametrize(
    ("opens", "hours", "closes"),
    [
        ("2020-03-27T14:00:00-04:00", 10, "2020-03-28T00:00:00-04:00"),
        ("2020-03-27T14:00:00-04:00", 11, "2020-03-30T01:00:00-04:00"),
        ("2026-03-06T14:00:00-05:00", 24, "2026-03-09T14:00:00-04:00"),
        ("2026-10-30T14:00:00-04:00", 24, "2026-11-02T14:00:00-05:00"),
    ],
)
def test_working_days_by_hand(opens: str, hours: int, closes: str) -> None:
    assert closing_of(parse_instant(opens), hours, "working_days", NEW_YORK) == parse_instant(closes)


def known(at: datetime) -> Span:
    return Span(at, at)


@pytest.mark.parametrize(
    ("opens", "closes", "arrival", "placed"),
    [
        (Span(), Span(), Span(), "indeterminate"),
        (Span(), Span(), known(OPENS), "indeterminate"),
        (known(OPENS), known(CLOSES), Span(), "indeterminate"),
        (known(OPENS), known(CLOSES), Span(None, CLOSES), "indeterminate"),
        (known(OPENS), known(CLOSES), Span(OPENS, None), "indeterminate"),
        (known(OPENS), known(CLOSES), Span(OPENS, CLOSES), "inside"),
        (known(OPENS), known(CLOSES), Span(OPENS - TICK, CLOSES), "indeterminate"),
        (known(OPENS), known(CLOSES), Span(OPENS, CLOSES + TICK), "indeterminate"),
        (known(OPENS), known(CLOSES), Span(CLOSES + TICK, None), "late"),
        (known(OPENS), known(CLOSES), Span(None, OPENS - TICK), "early"),
        (Span(OPENS, None), Span(CLOSES, None), Span(None, OPENS - TICK), "early"),
        (Span(OPENS, None), Span(CLOSES, None), known(OPENS), "indeterminate"),
        (Span(None, OPENS), Span(None, CLOSES), known(CLOSES + TICK), "late"),
        (Span(), known(CLOSES), known(CLOSES - TICK), "indeterminate"),
        (Span(), known(CLOSES), known(CLOSES + TICK), "late"),
    ],
)
def test_what_is_not_known_is_not_placed(opens: Span, closes: Span, arrival: Span, placed: str) -> None:
    assert Window(opens, closes).place(arrival) == placed


@given(
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.tuples(st.integers(5, 9), st.integers(5, 9)),
    st.tuples(st.integers(-2, 12), st.integers(-2, 12)),
    st.sampled_from(["inside", "late"]),
)
def test_placed_exactly_when_every_instant_agrees(
    opening: tuple[int, int], closing: tuple[int, int], arriving: tuple[int, int], at_close: Literal["inside", "late"]
) -> None:
    def ticks(pair: tuple[int, int]) -> range:
        return range(min(pair), max(pair) + 1)

    def span(pair: tuple[int, int]) -> Span:
        return Span(OPENS + min(pair) * TICK, OPENS + max(pair) * TICK)

    def truth(opens: int, closes: int, arrives: int) -> str:
        if arrives < opens:
            return "early"
        return "inside" if arrives < closes or (arrives == closes and at_close == "inside") else "late"

    truths = {truth(o, c, a) for o in ticks(opening) for c in ticks(closing) for a in ticks(arriving)}
    placed = Window(span(opening), span(closing), at_close).place(span(arriving))
    assert placed == (truths.pop() if len(truths) == 1 else "indeterminate")


def test_a_window_in_a_zone_that_does_not_exist_is_not_guessed() -> None:
    with pytest.raises(Malformed, match="IANA"):
        closing_of(OPENS, 24, "calendar", zone("Mars/Olympus"))
