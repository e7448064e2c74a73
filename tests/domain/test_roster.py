"""Rosters: what a seat may say in each format, and that who opens a vote lists the seats of that day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seats import COUNCIL_2020

from inblue.domain.errors import Malformed, Refused
from inblue.domain.instant import parse_instant
from inblue.domain.roster import Roster, Seat, built_in_roster, shipped, shipped_names

Begin = Callable[..., Any]
TERM = {"from": "2020-01-01", "until": "2022-01-01"}
DAYS = st.dates(date(2019, 1, 1), date(2023, 1, 1))


def roster(number: int, **seat: Any) -> Roster:
    others = [{"member": each} for each in ("CHN", "FRA")]
    return Roster.of(
        {"format": f"inblue-roster/{number}", "name": "x", "members": [{"member": "BEL", **seat}, *others]},
        where="roster",
    )


@pytest.mark.parametrize(
    "seat", [{"from": "2020-01-01"}, {"until": "2022-01-01"}, {"groups": ["weog"]}, {"from": None}]
)
def test_terms_and_groups_belong_to_the_second_format(seat: dict[str, Any]) -> None:
    assert roster(2, **seat).raw
    with pytest.raises(Malformed, match="the seat of BEL has a field that inblue-roster/1 does not have"):
        roster(1, **seat)


def test_what_is_not_said_of_a_seat_is_not_written() -> None:
    plain = {"member": "BEL", "permanent": False, "weights": {}}
    assert roster(2).json_value()["members"][0] == plain  # type: ignore[index]
    assert roster(1).json_value()["members"][0] == plain  # type: ignore[index]
    said = {**plain, **TERM, "groups": ["weog"]}
    full = roster(2, **TERM, groups=["weog"])
    assert full.json_value()["members"][0] == said  # type: ignore[index]
    assert Roster.read(full.raw, where="roster") == full


def test_what_is_shipped_is_read_as_ever() -> None:
    for name in shipped_names("rosters"):
        assert built_in_roster(name).raw == shipped("rosters", name)


@pytest.mark.parametrize(
    ("seat", "says"),
    [
        ({"from": "2022-01-01", "until": "2022-01-01"}, "until must be after from"),
        ({"groups": ["weog", "weog"]}, "listed twice"),
        ({"from": "2022"}, "is no date"),
        ({"since": "2022-01-01"}, "no such field"),
    ],
)
def test_a_seat_that_does_not_hold_together_is_refused(seat: dict[str, Any], says: str) -> None:
    with pytest.raises(Malformed, match=says):
        roster(2, **seat)


def council(**seat: Any) -> Roster:
    given: Any = COUNCIL_2020.json_value()
    given["members"] = [{**each, **(seat if each["member"] == "BEL" else {})} for each in given["members"]]
    return Roster.of(given, where="roster")


@given(st.none() | DAYS, st.none() | DAYS, DAYS)
def test_a_seat_is_in_force_from_its_first_day_until_before_its_last(
    first: date | None, last: date | None, day: date
) -> None:
    if first and last and first >= last:
        return
    seat = Seat.of({"member": "BEL", "from": first and str(first), "until": last and str(last)}, where="seat")
    assert seat.in_force(day) == ((first or date.min) <= day < (last or date.max))


@pytest.mark.parametrize(
    ("opens_at", "day"),
    [
        ("2019-12-31T23:59:59-05:00", "2019-12-31"),
        ("2020-01-01T00:00:00-05:00", None),
        ("2021-12-31T23:59:59-05:00", None),  # in New York, where it is the next year already in Geneva
        ("2022-01-01T00:00:00-05:00", "2022-01-01"),
    ],
)
def test_who_opens_a_vote_lists_the_seats_of_that_day(story: Begin, opens_at: str, day: str | None) -> None:
    vote = story(roster=council(**TERM))
    if day is None:
        vote.opens(parse_instant(opens_at))
        return
    with pytest.raises(Refused, match=f"these seats of the roster are not in force on {day}: BEL;") as caught:
        vote.opens(parse_instant(opens_at))
    assert caught.value.clause == "roster"
    printed = story(roster=council(**TERM), times="documented").opens(parse_instant(opens_at))
    assert any("not in force" in finding.text for finding in printed.raised())
