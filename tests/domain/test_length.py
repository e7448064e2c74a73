"""Lengths in hours, days, working days and months: when they end, and when they can have begun."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.domain.instant import span_of
from inblue.domain.length import MOST, Length
from inblue.domain.window import SATURDAY_AND_SUNDAY, DaysOff
from inblue.domain.zone import zone

ZONES = tuple(
    map(
        zone,
        (
            *("UTC", "America/New_York", "Europe/Zurich", "Africa/Cairo", "Pacific/Apia", "Australia/Lord_Howe"),
            *("America/St_Johns", "Europe/London", "Asia/Kathmandu"),
        ),
    )
)
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
DAYS_OFF = st.builds(
    DaysOff,
    st.frozensets(st.integers(0, 6), max_size=6),
    st.frozensets(st.dates(date(1990, 1, 1), date(2060, 1, 1)), max_size=5),
)
LONGEST = {"hours": 2000, "days": 400, "working_days": 120, "months": 30}


@st.composite
def lengths(draw: st.DrawFn, units: tuple[str, ...] = ("hours", "days", "working_days", "months")) -> Length:
    unit = draw(st.sampled_from(units))
    given_: dict[str, Any] = {"number": draw(st.integers(1, LONGEST[unit])), "unit": unit}
    if unit != "hours":
        given_["first_day"] = draw(st.sampled_from(["counted", "not_counted"]))
        given_["ends"] = draw(st.sampled_from(["same_time", "end_of_day", "17:00", "00:00", "02:30"]))
    return Length(**given_)


def at(name: str, *clock: int, fold: int = 0) -> datetime:
    return datetime(*clock, tzinfo=zone(name), fold=fold).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("length", "name", "begins", "ends"),
    [  # the published examples, and what they do not say beside them
        ({"number": 28, "unit": "days", "first_day": "counted", "ends": "end_of_day"}, "Europe/London",
         at("Europe/London", 2026, 3, 3, 10, 15), at("Europe/London", 2026, 3, 30, 23, 59, 59, 999_999)),
        ({"number": 1, "unit": "days"}, "Europe/Zurich", at("Europe/Zurich", 2026, 3, 28, 14, 0),
         at("Europe/Zurich", 2026, 3, 29, 14, 0)),
        ({"number": 24, "unit": "hours"}, "Europe/Zurich", at("Europe/Zurich", 2026, 3, 28, 14, 0),
         at("Europe/Zurich", 2026, 3, 29, 15, 0)),
        ({"number": 1, "unit": "days"}, "Europe/Zurich", at("Europe/Zurich", 2026, 10, 24, 2, 30),
         at("Europe/Zurich", 2026, 10, 25, 2, 30)),  # the first of the two
        ({"number": 1, "unit": "days"}, "Europe/Zurich", at("Europe/Zurich", 2026, 10, 25, 2, 30, fold=1),
         at("Europe/Zurich", 2026, 10, 26, 2, 30)),
        ({"number": 1, "unit": "days"}, "Europe/Zurich", at("Europe/Zurich", 2026, 3, 28, 2, 30),
         at("Europe/Zurich", 2026, 3, 29, 3, 0)),  # that day has no 02:30
        ({"number": 1, "unit": "days"}, "Australia/Lord_Howe", at("Australia/Lord_Howe", 2026, 10, 3, 14, 0),
         at("Australia/Lord_Howe", 2026, 10, 4, 14, 0)),
        ({"number": 1, "unit": "days"}, "Pacific/Apia", at("Pacific/Apia", 2011, 12, 29, 10, 0),
         at("Pacific/Apia", 2011, 12, 31, 10, 0)),  # 30 December was left out
        ({"number": 72, "unit": "hours"}, "Pacific/Apia", at("Pacific/Apia", 2011, 12, 27, 10, 0),
         at("Pacific/Apia", 2011, 12, 31, 10, 0)),
        ({"number": 2, "unit": "working_days", "ends": "17:00"}, "Africa/Cairo", at("Africa/Cairo", 2026, 4, 23, 14, 0),
         at("Africa/Cairo", 2026, 4, 27, 17, 0)),  # Friday the 24th begins at one o'clock
        ({"number": 1, "unit": "months"}, "UTC", at("UTC", 2028, 1, 31, 9, 0), at("UTC", 2028, 2, 29, 9, 0)),
        ({"number": 5, "unit": "months", "ends": "end_of_day"}, "Europe/Zurich",
         at("Europe/Zurich", 2026, 10, 31, 9, 0), at("Europe/Zurich", 2027, 3, 31, 23, 59, 59, 999_999)),
    ],
)  # fmt: skip
def test_where_a_length_ends(length: dict[str, Any], name: str, begins: datetime, ends: datetime) -> None:
    assert Length(**length).end(begins, zone(name)) == ends


def test_holidays_and_another_weekend_are_left_out_of_working_days() -> None:
    two, opens = Length(number=2, unit="working_days"), at("Europe/Zurich", 2026, 4, 2, 10, 0)  # before Easter
    easter = DaysOff(holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    where = zone("Europe/Zurich")
    assert two.end(opens, where).astimezone(where).date() == date(2026, 4, 6)
    assert two.end(opens, where, easter).astimezone(where).date() == date(2026, 4, 8)
    assert two.end(opens, where, DaysOff(frozenset({4, 5}))).astimezone(where).date() == date(2026, 4, 6)


@given(lengths(), INSTANTS, st.integers(0, 10**13), st.sampled_from(ZONES), DAYS_OFF)
def test_what_begins_later_by_the_clock_on_the_wall_ends_no_earlier(
    length: Length, begins: datetime, later: int, where: Any, off: DaysOff
) -> None:
    other = begins + timedelta(microseconds=later)
    assume(other.astimezone(where).replace(tzinfo=None) >= begins.astimezone(where).replace(tzinfo=None))
    assert length.end(other, where, off) >= length.end(begins, where, off)


@given(lengths(), INSTANTS, st.integers(0, 10**13), st.sampled_from(ZONES))
def test_where_clocks_go_back_a_later_beginning_ends_earlier_by_no_more_than_a_day(
    length: Length, begins: datetime, later: int, where: Any
) -> None:
    other, every_day = begins + timedelta(microseconds=later), DaysOff(frozenset())
    apart = timedelta(0) if length.unit == "hours" else timedelta(days=1, hours=2)
    assert length.end(other, where, every_day) >= length.end(begins, where, every_day) - apart


@given(lengths(("days", "working_days", "months")), INSTANTS, st.sampled_from(ZONES), DAYS_OFF)
def test_a_first_day_that_counts_never_makes_it_longer(
    length: Length, begins: datetime, where: Any, off: DaysOff
) -> None:
    counted = length.model_copy(update={"first_day": "counted"})
    not_counted = length.model_copy(update={"first_day": "not_counted"})
    assert counted.end(begins, where, off) <= not_counted.end(begins, where, off)


@given(st.integers(1, 400), INSTANTS, st.sampled_from(ZONES))
def test_days_are_those_of_the_calendar_whatever_clocks_do(number: int, begins: datetime, where: Any) -> None:
    day = begins.astimezone(where).date() + timedelta(days=number)
    assume(span_of(day, where).latest is not None)
    end = Length(number=number, unit="days").end(begins, where).astimezone(where)
    assert end.date() == day
    time = begins.astimezone(where).time()
    at_the_change = (end - timedelta(microseconds=1)).astimezone(UTC).astimezone(where).utcoffset() != end.utcoffset()
    assert end.time().replace(fold=0) == time.replace(fold=0) or at_the_change
    assert Length(number=number, unit="days", ends="end_of_day").end(begins, where) == span_of(day, where).latest


@given(st.integers(1, 60), INSTANTS, st.sampled_from(ZONES))
def test_months_end_on_the_same_day_or_on_the_last_of_a_shorter_one(number: int, begins: datetime, where: Any) -> None:
    first = begins.astimezone(where).date()
    end = Length(number=number, unit="months", ends="end_of_day").end(begins, where).astimezone(where).date()
    assert (end.year * 12 + end.month) - (first.year * 12 + first.month) == number
    assert end.day == min(first.day, calendar.monthrange(end.year, end.month)[1])


@given(st.integers(1, 60), INSTANTS, DAYS_OFF)
def test_working_days_are_counted_and_the_last_day_is_one(number: int, begins: datetime, off: DaysOff) -> None:
    where = zone("America/New_York")
    last = (
        Length(number=number, unit="working_days", ends="end_of_day").end(begins, where, off).astimezone(where).date()
    )
    first = begins.astimezone(where).date()
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(not off.has_day(day) for day in days) == number
    assert not off.has_day(last)


@given(lengths(), INSTANTS, st.sampled_from(ZONES), DAYS_OFF)
@example(Length(number=1, unit="months"), datetime(2027, 1, 31, 9, tzinfo=UTC), ZONES[0], SATURDAY_AND_SUNDAY)
def test_none_began_after_the_last_instant_for_its_end(
    length: Length, begins: datetime, where: Any, off: DaysOff
) -> None:
    over = length.end(begins, where, off)
    last = length.begin(over, where, off)
    assert last >= begins
    for later in (timedelta(microseconds=1), timedelta(hours=3), timedelta(days=2)):
        assert length.end(last + later, where, off) > over


@given(lengths(), INSTANTS)
def test_where_no_clock_changes_it_is_the_very_last(length: Length, over: datetime) -> None:
    last = length.begin(over, ZONES[0])
    assert length.end(last, ZONES[0]) <= over
    assert length.end(last + timedelta(microseconds=1), ZONES[0]) > over


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"number": 0, "unit": "days"}, "greater than"),
        ({"number": MOST["days"] + 1, "unit": "days"}, "ten years"),
        ({"number": 24, "unit": "hours", "ends": "end_of_day"}, "hours are counted from the instant"),
        ({"number": 24, "unit": "hours", "first_day": "counted"}, "hours are counted from the instant"),
        ({"number": 1, "unit": "days", "ends": "24:00"}, "ends"),
        ({"number": 1, "unit": "weeks"}, "unit"),
    ],
)
def test_what_is_not_a_length_is_refused(given_: dict[str, Any], said: str) -> None:
    with pytest.raises((Malformed, ValueError), match=said):
        Length(**given_)
