"""The decision, against an independent reading of Article 27 of the Charter; and other bodies' rules as data alone."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.errors import Malformed
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster, Seat
from inblue.domain.tally import decide_by

RULES = built_in_procedure("unsc-2020-253")
POSITIONS = ("in_favour", "against", "abstention", None)


def charter(question: str, permanent: set[str], votes: dict[str, str | None]) -> tuple[str, set[str]]:
    """Article 27, read by hand: nine affirmative votes and, unless procedural, no permanent member against."""
    if sum(position == "in_favour" for position in votes.values()) < 9:
        return "not_adopted", set()
    against = {member for member in permanent if votes.get(member) == "against"}
    if question == "substantive" and against:
        return "vetoed", against
    return "adopted", set()


def roster(permanent: int, elected: int) -> Roster:
    seats = [Seat(member=f"P{n}", permanent=True) for n in range(permanent)]
    return Roster(name="test", members=(*seats, *(Seat(member=f"E{n}") for n in range(elected))))


def agrees(seats: Roster, question: Any, votes: dict[str, str | None]) -> None:
    found = decide_by(RULES, seats, question, votes)
    assert (found.outcome, set(found.vetoed_by)) == charter(question, set(seats.permanent), votes)
    assert sum(found.counts.values()) == len(seats.members)
    assert found.unanimous == (found.outcome == "adopted" and found.counts["in_favour"] == len(seats.members))


@pytest.mark.long
@pytest.mark.parametrize("question", ["substantive", "procedural"])
def test_every_position_of_the_permanent_five_with_every_number_in_favour_of_the_ten(question: str) -> None:
    seats = roster(5, 10)
    for five in product(POSITIONS, repeat=5):
        for yes in range(11):
            rest = ("against", "abstention", None)
            ten = ["in_favour" if n < yes else rest[n % 3] for n in range(10)]
            agrees(seats, question, dict(zip(seats.ids, (*five, *ten), strict=True)))


@given(st.data(), st.integers(0, 12), st.integers(0, 20), st.sampled_from(["substantive", "procedural"]))
def test_any_roster(data: st.DataObject, permanent: int, elected: int, question: str) -> None:
    seats = roster(permanent, elected or 1)
    votes = {member: data.draw(st.sampled_from(POSITIONS)) for member in seats.ids}
    agrees(seats, question, votes)


def test_a_negative_permanent_vote_under_nine_is_not_a_veto_and_the_reasons_say_so() -> None:
    seats = roster(5, 10)
    votes = {**dict.fromkeys(seats.ids[5:13], "in_favour"), "P0": "against"}
    found = decide_by(RULES, seats, "substantive", votes)
    assert (found.outcome, found.vetoed_by) == ("not_adopted", ())
    assert any("P0 is not a veto: the text failed without it" in reason for reason in found.reasons)
    nine = {**dict.fromkeys(seats.ids[5:14], "in_favour"), "P0": "against", "P3": "against"}
    assert decide_by(RULES, seats, "substantive", nine).vetoed_by == ("P0", "P3")
    procedural = decide_by(RULES, seats, "procedural", nine)
    assert procedural.outcome == "adopted"
    assert any("a procedural question knows no veto" in reason for reason in procedural.reasons)


def variant(**rules: Any) -> Procedure:
    return Procedure.of({**RULES.json_value(), **rules}, where="test")


def condition(name: str, *any_of: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "clause": "majority", "any_of": list(any_of)}


def test_a_qualified_majority_of_members_and_of_population_is_data() -> None:
    share = {"choices": ["in_favour"], "compare": "at_least"}
    conditions = [
        condition("members", {**share, "share": "55/100"}),
        condition(
            "population",
            {**share, "share": "65/100", "weight": "population"},
            {"choices": ["against", "abstention", "absent"], "compare": "fewer_than", "number": 4},
        ),
    ]
    rules = variant(decision={"clause": "majority", "conditions": conditions, "unanimous": ["in_favour"]})
    seats = Roster(
        name="x", members=tuple(Seat(member=f"M{n}", weights={"population": 1 + 99 * (n < 3)}) for n in range(20))
    )
    small = dict.fromkeys([f"M{n}" for n in range(3, 20)], "in_favour")
    assert decide_by(rules, seats, "substantive", small).outcome == "adopted"  # three do not make a blocking minority
    assert decide_by(rules, seats, "substantive", {**small, "M19": "against"}).outcome == "not_adopted"
    ten = dict.fromkeys([f"M{n}" for n in range(10)], "in_favour")
    assert decide_by(rules, seats, "substantive", ten).outcome == "not_adopted"
    assert decide_by(rules, seats, "substantive", {**ten, "M10": "in_favour"}).outcome == "adopted"


def test_two_thirds_of_votes_cast_are_counted_exactly_and_nothing_cast_adopts_nothing() -> None:
    cast = {"choices": ["in_favour"], "compare": "at_least", "share": "2/3", "base": ["in_favour", "against"]}
    decision = {"clause": "majority", "conditions": [condition("cast", cast)], "unanimous": ["in_favour"]}
    rules, seats = variant(decision=decision), roster(0, 9)
    votes: dict[str, str | None] = {"E0": "in_favour", "E1": "in_favour", "E2": "against", "E3": "abstention"}
    assert decide_by(rules, seats, "substantive", votes).outcome == "adopted"
    assert decide_by(rules, seats, "substantive", {**votes, "E4": "against"}).outcome == "not_adopted"
    assert decide_by(rules, seats, "substantive", {}).outcome == "not_adopted"


@pytest.mark.parametrize(
    "change",
    [
        {"vetoo": 1},
        {"late": {"clause": "nowhere"}},
        {"silence": {"clause": "silence", "means": "against"}},
        {"choices": ["in_favour"]},
        {"zone": "Mars/Olympus"},
        {"members": "martians"},
    ],
)
def test_a_procedure_that_does_not_hold_together_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        variant(**change)


@pytest.mark.parametrize("name", ["unsc-2020-253", "unga-74-544"])
def test_every_rule_rests_on_a_clause_with_a_source(name: str) -> None:
    rules = built_in_procedure(name)
    for _, rule in rules.rules():
        assert rules.clause(rule.clause).source
    assert rules.canonical() == rfc8785.dumps(dict(rules.json_value()))
