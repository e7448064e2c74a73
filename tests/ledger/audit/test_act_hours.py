"""The hours of acts: kept as numbers, compared with timestamps, and those that are earlier than an earlier act's."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.register_acts import ClockDisowned
from inblue.ledger.audit.act_hours import OF_OTHERS, behind_hours, disowned_hour, hour_of, instant_of

NOON = datetime(2026, 3, 27, 12, tzinfo=UTC)


def disowned(number: int, at: datetime) -> dict[tuple[int, datetime], ClockDisowned]:
    act = ClockDisowned(stream="vote:S/1", index=number, recorded_at=at, reason="the clock had stopped")
    return {(number, at): act}


def row(*acts: tuple[int, timedelta]) -> tuple[array[int], int]:
    return array(
        "Q", [each for number, late in acts for each in (number, 90 + number, hour_of(NOON + late))]
    ), OF_OTHERS


@given(st.timedeltas(timedelta(days=-300_000), timedelta(days=2_000_000)))
def test_an_hour_is_kept_to_the_microsecond(late: timedelta) -> None:
    assert instant_of(hour_of(NOON + late)) == NOON + late


def test_an_act_is_out_of_order_if_an_earlier_one_was_recorded_more_than_a_minute_later() -> None:
    second = timedelta(seconds=1)
    acts = row((0, 100 * second), (1, 40 * second), (2, 39 * second), (3, 200 * second), (4, 139 * second))
    assert behind_hours({}, [acts]) == {2: NOON + 100 * second, 4: NOON + 200 * second}


def test_rows_of_replies_and_of_other_acts_are_taken_by_number() -> None:
    hour = timedelta(hours=1)
    reply = array("Q", [1, 91, 1, 0, hour_of(NOON + 5 * hour)]), 5
    assert behind_hours({}, [row((0, 0 * hour), (2, hour)), reply]) == {2: NOON + 5 * hour}


def test_an_hour_that_is_disowned_puts_no_later_act_out_of_order_and_is_itself_said() -> None:
    hour = timedelta(hours=1)
    hours = disowned(0, NOON + 9 * hour)
    acts = row((0, 9 * hour), (1, hour), (2, 2 * hour))
    assert behind_hours(hours, [acts]) == {}
    said = disowned_hour(hours, 0, NOON + 9 * hour)
    assert said == "Its hour, 2026-03-27T21:00:00Z, was disowned: the clock had stopped."
    assert disowned_hour(hours, 1, NOON + 9 * hour) is None
    assert disowned_hour(hours, 0, NOON) is None
