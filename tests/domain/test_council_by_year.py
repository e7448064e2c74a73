"""The Council's rosters by year, compared with who was elected when, as reported at the time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.acts import LetterSent
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.errors import Refused
from inblue.domain.instant import parse_instant
from inblue.domain.procedure import built_in_procedure
from inblue.domain.roster import Roster, built_in_members, built_in_roster, shipped_names
from inblue.domain.seats import fitting, unfit_seats

Begin = Callable[..., Any]
RULES = built_in_procedure("unsc-2020-253")
YEARS = range(2020, 2027)
ELECTIONS = json.loads((Path(__file__).parent / "council-elections.json").read_text())["elections"]
IDS = {name: id_ for id_, name in built_in_members("un-member-states").items()}


def council(year: int) -> Roster:
    return built_in_roster(f"unsc-{year}")


def elected(year: int) -> set[str]:
    """Those in their first or second year, by the reports."""
    return {IDS[name] for each in ELECTIONS if year in each["term"] for name in each["elected"]}


def test_every_year_is_shipped() -> None:
    assert [each for each in shipped_names("rosters") if each.startswith("unsc-")] == [f"unsc-{y}" for y in YEARS]


@pytest.mark.parametrize("year", YEARS)
def test_the_council_of_a_year_is_the_one_that_was_elected(year: int) -> None:
    roster = council(year)
    assert set(roster.ids) - roster.permanent == elected(year)
    for seat in roster.members:
        terms = [each["term"] for each in ELECTIONS if seat.member in map(IDS.get, each["elected"])]
        first = next((first for first, last in terms if first <= year <= last), None)
        said = (date(first, 1, 1), date(first + 2, 1, 1)) if first else (None, None)
        assert (seat.since, seat.until) == said, seat.member


def test_the_reports_agree_with_each_other_on_who_makes_room() -> None:
    by_term = {tuple(each["term"]): set(each["elected"]) for each in ELECTIONS}
    for each in ELECTIONS:
        first, last = each["term"]
        if "replacing" in each:
            assert set(each["replacing"]) == by_term[first - 2, last - 2]


@pytest.mark.parametrize("year", YEARS)
def test_a_council_is_what_the_procedure_says_of_its_seats(year: int) -> None:
    roster = council(year)
    assert not list(unfit_seats(RULES, roster))
    assert (len(roster.ids), len(roster.permanent)) == (15, 5)
    assert all(RULES.knows(member) for member in roster.ids)
    assert list(roster.ids) == [member for member in RULES.known if member in roster], "in English alphabetical order"
    assert roster.term == (date(year, 1, 1), date(year + 1, 1, 1))
    assert (roster.format, roster.name) == ("inblue-roster/2", f"unsc-{year}")
    assert roster.source is not None
    assert "Second source:" in roster.source


def test_five_of_the_elected_stay_from_year_to_year_and_nobody_is_elected_twice_in_a_row() -> None:
    for before, after in pairwise(map(council, YEARS)):
        staying = (set(before.ids) & set(after.ids)) - after.permanent
        begun = {seat.member for seat in before.members if seat.since == before.term[0]}
        assert staying == begun
        assert len(staying) == 5
        assert before.permanent == after.permanent


@given(st.dates(date(2020, 1, 1), date(2026, 12, 31)))
def test_one_roster_and_no_other_is_in_force_on_a_day(day: date) -> None:
    assert fitting(RULES, day) == (f"unsc-{day.year}",)


@given(st.dates(date(1946, 1, 1), date(2019, 12, 31)) | st.dates(date(2027, 1, 1), date(2100, 1, 1)))
def test_no_shipped_roster_is_taken_for_another_day(day: date) -> None:
    assert fitting(RULES, day) == ()


@pytest.mark.parametrize(
    ("name", "opens_at", "gone"),
    [
        ("unsc-2020", "2026-03-02T19:00:00Z", "BEL, DOM, EST, DEU, IDN, NER, VCT, ZAF, TUN, VNM"),
        ("unsc-2025", "2026-01-01T05:00:00Z", "DZA, GUY, KOR, SLE, SVN"),  # midnight in New York
        ("unsc-2026", "2026-01-01T04:59:59Z", "BHR, COL, COD, LVA, LBR"),
    ],
)
def test_seat_not_in_force(story: Begin, name: str, opens_at: str, gone: str) -> None:
    instant = parse_instant(opens_at)
    day = (instant - timedelta(hours=5)).date()
    says = f"not in force on {day}: {gone}; the roster of that day is unsc-{day.year}"
    live = story(roster=name)
    with pytest.raises(Refused, match=says) as caught:
        live.opens(instant)
    assert caught.value.clause == "roster"
    assert live.state.opening is None
    for times in ("simulated", "documented"):  # where it is on record, and said
        vote = story(roster=name, times=times).opens(instant)
        found = [each for each in vote.raised() if each.kind == "seat_not_in_force"]
        assert [(each.clause, each.severity) for each in found] == [("roster", "flag")]
        assert f"not in force when voting opens: {gone}" in found[0].text
        assert vote.state.opening is not None


@pytest.mark.parametrize("times", ["live", "simulated", "documented"])
@pytest.mark.parametrize("year", YEARS)
def test_the_council_of_the_year_is_in_force(story: Begin, year: int, times: str) -> None:
    vote = story(roster=f"unsc-{year}", times=times).opens(parse_instant(f"{year}-03-02T19:00:00Z"))
    assert not [each for each in vote.raised() if each.kind in {"seat_not_in_force", "roster_contradicts"}]


def test_of_an_opening_without_a_day_nothing_is_said(story: Begin) -> None:
    vote = story(roster="unsc-2026", times="documented")
    vote.do(LetterSent(kind="opening", snapshot=vote.snapshot()))
    assert not [each for each in vote.raised() if each.kind == "seat_not_in_force"]
    vote.do(ResultAnnounced(announced_at=date(2020, 3, 30)))  # it had opened before, when Bahrain had no seat
    assert any(each.kind == "seat_not_in_force" and "BHR" in each.text for each in vote.raised())
