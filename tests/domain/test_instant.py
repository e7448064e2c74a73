"""Instants as they are written, days as spans of time, and zones that mean the same on every machine."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inblue.domain.acts import WindowChanged
from inblue.domain.errors import Malformed
from inblue.domain.instant import (
    UNKNOWN,
    Span,
    format_instant,
    format_local,
    format_moment,
    parse_day,
    parse_instant,
    parse_moment,
    span_of,
)
from inblue.domain.zone import zone

NEW_YORK = "America/New_York"
TICK = timedelta(microseconds=1)
ZONES = st.sampled_from(
    ["UTC", NEW_YORK, "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati", "America/Havana", "Asia/Beirut"]
)
DAYS = st.dates(date(1996, 1, 1), date(2037, 12, 30))


@pytest.mark.parametrize(
    "text",
    [
        "2020-03-27T18:00:00+05:60",
        "2020-03-27T18:00:00+05:99",
        "2020-03-27T18:00:00+24:00",
        "2020-03-27T18:00:00+0500",
        "2020-03-27T18:00:00+05",
        "2020-03-27T18:00:00Z ",
        "2020-03-27T18:00:00Z\n",
        "2020-03-27T18:60:00Z",
        "2020-03-27T18:00:00.Z",
        "2020-03-27T18:00:00,5Z",
        "2020-086T18:00:00Z",
        "2020-W13-5T18:00:00Z",
        "2021-02-29T00:00:00Z",
        "0999-12-31T23:59:59Z",
        "9000-01-01T00:00:00Z",
        "8999-12-31T23:59:59-01:00",
        "-2020-03-27T18:00:00Z",
    ],
)
def test_what_is_not_an_instant_either(text: str) -> None:
    with pytest.raises(Malformed):
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2020-03-27T14:00:00", "names no zone"),
        ("2016-12-31T23:59:60Z", "leap second"),
        ("2020-02-30T00:00:00Z", "no such day"),
        ("9999-12-31T23:59:59Z", "years 1000 to 8999"),
        ("yesterday", "write one like"),
    ],
)
def test_the_message_says_what_is_wrong_in_one_line(text: str, says: str) -> None:
    with pytest.raises(Malformed, match=says) as caught:
        parse_instant(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2020-03-27T14:00:00-04:00", "2020-03-27T18:00:00Z"),
        ("2020-03-27T18:00:00.000000Z", "2020-03-27T18:00:00Z"),
        ("2020-03-27T18:00:00.5Z", "2020-03-27T18:00:00.500000Z"),
        ("2020-03-27T18:00:00.000001Z", "2020-03-27T18:00:00.000001Z"),
        ("2020-03-27T18:00:00-00:00", "2020-03-27T18:00:00Z"),
        ("2020-03-28T17:59:00+23:59", "2020-03-27T18:00:00Z"),
        ("1000-01-01T00:00:00Z", "1000-01-01T00:00:00Z"),
    ],
)
def test_an_instant_has_one_written_form(text: str, canonical: str) -> None:
    assert format_instant(parse_instant(text)) == canonical


@given(
    st.datetimes(datetime(1000, 1, 2), datetime(8999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - made aware
    st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
def test_writing_and_reading_give_the_same_instant_whatever_the_offset(instant: datetime, minutes: int) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(minutes=minutes)))
    text = format_instant(elsewhere)
    assert parse_instant(text) == instant
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", text)
    assert parse_instant(elsewhere.isoformat()) == instant


@given(st.text(alphabet="0123456789-+:.TZtz ", max_size=32))
def test_any_text_is_an_instant_in_canonical_reach_or_malformed(text: str) -> None:
    try:
        instant = parse_instant(text)
    except Malformed:
        return
    assert parse_instant(format_instant(instant)) == instant


@given(DAYS)
def test_a_day_keeps_being_a_day(day: date) -> None:
    assert parse_moment(format_moment(day)) == parse_day(day.isoformat()) == day
    assert not isinstance(parse_moment(day.isoformat()), datetime)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "2020-03-27Z", "２０２０-03-27", "2020-03-27\n"])
def test_what_is_not_a_date_either(text: str) -> None:
    with pytest.raises(Malformed):
        parse_day(text)


@given(DAYS, ZONES)
@example(date(2021, 11, 6), "America/Havana")  # clocks go back to midnight
@example(date(2024, 3, 30), "Asia/Beirut")  # clocks skip midnight
def test_days_follow_each_other_without_gap_or_overlap(day: date, name: str) -> None:
    today, tomorrow = span_of(day, zone(name)), span_of(day + timedelta(days=1), zone(name))
    assert today.earliest is not None
    assert today.latest is not None
    assert today.latest + TICK == tomorrow.earliest
    first, last = (each.astimezone(zone(name)).date() for each in (today.earliest, today.latest))
    assert first == last == day
    assert (today.earliest - TICK).astimezone(zone(name)).date() == day - timedelta(days=1)


def test_nothing_known_is_any_instant_and_an_instant_is_itself() -> None:
    instant = parse_instant("2020-03-27T18:00:00Z")
    assert span_of(None, zone(NEW_YORK)) == Span(None, None)
    assert span_of(instant, zone(NEW_YORK)).instant == instant
    assert Span().instant is None
    assert not Span().certainly_before(span_of(instant, zone(NEW_YORK)))
    assert not span_of(instant, zone(NEW_YORK)).certainly_before(span_of(instant, zone(NEW_YORK)))


def test_a_bound_that_contradicts_a_span_changes_nothing() -> None:
    day = span_of(date(2020, 3, 27), zone("UTC"))
    noon = parse_instant("2020-03-27T12:00:00Z")
    assert day.not_after(noon) == Span(day.earliest, noon)
    assert day.not_after(parse_instant("2020-03-26T12:00:00Z")) == day
    assert day.not_after(parse_instant("2020-03-29T12:00:00Z")) == day
    assert Span().not_after(noon) == Span(None, noon)


@pytest.mark.parametrize(
    ("instant", "name", "shown"),
    [
        ("2020-03-27T18:00:00Z", NEW_YORK, "2020-03-27 14:00:00-04"),
        ("2020-12-27T18:00:00Z", NEW_YORK, "2020-12-27 13:00:00-05"),
        ("2020-03-27T18:00:00Z", "Asia/Kathmandu", "2020-03-27 23:45:00+05:45"),
        ("2020-03-27T18:00:00Z", "UTC", "2020-03-27 18:00:00+00"),
    ],
)
def test_people_are_shown_the_clock_of_the_zone_with_its_offset(instant: str, name: str, shown: str) -> None:
    assert format_local(parse_instant(instant), zone(name)) == shown


@pytest.mark.parametrize("value", ["2020-03-27", "2020-03-27T18:00:00", "9999-12-31T00:00:00Z"])
def test_a_field_for_an_instant_takes_nothing_else(value: str) -> None:
    with pytest.raises(Malformed, match="closes_at"):
        WindowChanged.of({"closes_at": value}, where="change")


def test_a_day_ends_with_its_second_end_where_clocks_go_back_over_midnight() -> None:
    """St John's, 7 November 2010: at 00:01 it became 23:01 of the day before."""
    span = span_of(date(2010, 11, 6), zone("America/St_Johns"))
    assert span.latest == datetime(2010, 11, 7, 3, 29, 59, 999999, tzinfo=UTC)
    assert span_of(date(2010, 11, 7), zone("America/St_Johns")).earliest == datetime(2010, 11, 7, 2, 30, tzinfo=UTC)


def test_of_a_day_that_a_zone_left_out_nothing_is_known() -> None:
    before, left_out, after = (span_of(date(2011, 12, day), zone("Pacific/Apia")) for day in (29, 30, 31))
    assert left_out == UNKNOWN
    assert before.latest < after.earliest  # type: ignore[operator]
