"""Which member is meant by what an officer types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.domain.member_search import find_members, nearest_members
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import built_in_names
from inblue.domain.rules_of import known_member

RULES = built_in_procedure("unsc-2020-253")
NAMES = built_in_names("un-member-states")
COMMITTEE = Procedure.of(
    {
        **{name: each for name, each in RULES.json_value().items() if name != "seats"},
        "members": ["ANNA", "BERT", "CARLA"],
    },
    where="committee",
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gbr", ["GBR"]),
        ("UK", ["GBR"]),
        ("U.K.", ["GBR"]),
        ("Great Britain", ["GBR"]),
        ("UAE", ["ARE"]),
        ("DRC", ["COD"]),
        ("DPRK", ["PRK"]),
        ("Korea", ["PRK", "KOR"]),
        ("Vietnam", ["VNM"]),
        ("GER", ["DEU"]),
        ("germany", ["DEU"]),
        ("Allemagne", ["DEU"]),
        ("cote d'ivoire", ["CIV"]),
        ("Россия", []),
        ("Российская", ["RUS"]),
        ("法国", ["FRA"]),
        ("BLE", ["BEL"]),
        ("Switzerlnad", ["CHE"]),
        ("EU", []),
        ("ZZZ", []),
        ("", []),
        ("?", []),
    ],
)
def test_the_nearest_are_named(typed: str, meant: list[str]) -> None:
    assert list(nearest_members(typed, RULES.known)) == meant


@given(st.sampled_from([(id_, name) for id_, names in NAMES.items() for name in (id_, *names.values())]), st.booleans())
def test_a_member_is_found_by_each_of_its_names(asked: tuple[str, str], upper: bool) -> None:
    member, name = asked
    typed = name.upper() if upper else name.casefold()
    assert member in nearest_members(typed, RULES.known)
    assert member in find_members(typed, RULES.known)


@given(st.text(max_size=300))
def test_whatever_is_typed_three_members_are_named_at_most(typed: str) -> None:
    assert len(nearest_members(typed, RULES.known)) <= 3
    assert set(find_members(typed, RULES.known)) <= set(RULES.known)


def test_nothing_typed_finds_everybody() -> None:
    assert list(find_members("", RULES.known)) == list(RULES.known)


def test_members_without_names_are_found_by_their_ids() -> None:
    assert nearest_members("anna", COMMITTEE.known) == ("ANNA",)
    assert nearest_members("CARLO", COMMITTEE.known) == ("CARLA",)
    assert find_members("r", COMMITTEE.known) == ("BERT", "CARLA")


def test_who_is_not_known_is_said_with_who_may_be_meant() -> None:
    with pytest.raises(Malformed) as caught:
        known_member(RULES, "UK")
    name = "United Kingdom of Great Britain and Northern Ireland"
    assert str(caught.value) == f"member: unsc-2020-253 knows no member 'UK'; did you mean GBR ({name})?"
    assert RULES.unknown("XXX") == "unsc-2020-253 knows no member 'XXX'"
    assert COMMITTEE.unknown("bret").endswith("did you mean BERT?")
