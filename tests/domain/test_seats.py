"""A roster is compared with its procedure when a vote is opened: seats, permanent members, weights."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_rules import plain

from inblue.domain.errors import Malformed, Refused
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster, Seat, built_in_roster, in_figures
from inblue.domain.seats import unfit_seats
from inblue.domain.tally import decide_by

RULES, SEATS = built_in_procedure("unsc-2020-253"), built_in_roster("unsc-2020")
Begin = Callable[..., Any]
PERMANENT = ("CHN", "FRA", "GBR", "RUS", "USA")


def without(*gone: str, unmarked: tuple[str, ...] = (), marked: tuple[str, ...] = ()) -> Roster:
    members = (each for each in SEATS.ids if each not in gone)
    seats = (Seat(member=each, permanent=each in ({*PERMANENT, *marked} - {*unmarked})) for each in members)
    return Roster(name="by hand", members=tuple(seats))


def weighing(weights: dict[str, int | str], share: str = "1/2", **rules: Any) -> tuple[Procedure, Roster]:
    test = {"choices": ["in_favour"], "weight": "share", "compare": "more_than", "share": share}
    condition = {"id": "most", "clause": "majority", "any_of": [test]}
    given = plain(RULES)
    decision = {"clause": "majority", "conditions": [condition], "unanimous": []}
    seats = ({"member": each, "weights": {"share": weight}} for each, weight in weights.items())
    roster = Roster.of({"format": "inblue-roster/2", "name": "x", "members": list(seats)}, where="roster")
    return Procedure.of({**given, "decision": decision, **rules}, where="rules"), roster


CONTRADICTIONS = [
    (without("BEL"), "seats on the roster: 14; the procedure has 15"),
    (without(unmarked=PERMANENT), "no permanent seat of CHN, FRA, GBR, RUS, USA: list it and mark it"),
    (without("RUS"), "seats on the roster: 14"),
    (without(unmarked=("FRA",)), "no permanent seat of FRA"),
    (without(marked=("BEL",)), "marks as permanent what the procedure does not: BEL; take the mark away"),
]


@pytest.mark.parametrize("times", ["live", "simulated"])
@pytest.mark.parametrize(("roster", "says"), CONTRADICTIONS)
def test_no_vote_is_opened_with_a_roster_that_contradicts_the_procedure(
    story: Begin, roster: Roster, says: str, times: str
) -> None:
    vote = story(roster=roster, times=times)
    with pytest.raises(Refused, match=says) as caught:
        vote.opens()
    assert caught.value.clause == "seats"
    assert vote.state.opening is None


@pytest.mark.parametrize(("roster", "says"), CONTRADICTIONS)
def test_in_a_documented_history_such_a_roster_is_a_finding(story: Begin, roster: Roster, says: str) -> None:
    vote = story(roster=roster, times="documented").opens()
    assert vote.state.opening is not None
    found = [each for each in vote.raised() if each.kind == "roster_contradicts"]
    assert any(says in each.text and (each.clause, each.severity) == ("seats", "flag") for each in found)


@given(st.sets(st.sampled_from(SEATS.ids)), st.sets(st.sampled_from(SEATS.ids)))
def test_the_one_roster_that_fits_has_each_seat_and_marks_the_permanent_ones(gone: set[str], marked: set[str]) -> None:
    kept = [each for each in SEATS.ids if each not in gone]
    if not kept:
        return
    roster = Roster(name="any", members=tuple(Seat(member=each, permanent=each in marked) for each in kept))
    assert (not list(unfit_seats(RULES, roster))) == (not gone and marked == set(PERMANENT))


def test_a_decision_that_asks_for_permanent_members_is_not_put_to_a_roster_without(story: Begin) -> None:
    given = plain(RULES)
    rules = Procedure.of(given, where="rules")
    with pytest.raises(Refused, match="asks for permanent members and the roster has none") as caught:
        story(rules, without(unmarked=PERMANENT)).opens()
    assert caught.value.clause == "veto"
    story(rules, without("BEL", unmarked=PERMANENT[1:])).opens()


def test_a_weight_that_the_decision_counts_is_one_of_each_seat(story: Begin) -> None:
    rules, roster = weighing({"BEL": 3, "CHN": 0})
    story(rules, roster).opens()
    mistyped = Roster(name="x", members=(Seat(member="BEL", weights={"shaer": 3}), *roster.members[1:]))
    with pytest.raises(Refused, match="counts the weight share, which a seat lacks: BEL; give it") as caught:
        story(rules, mistyped).opens()
    assert caught.value.clause == "majority"
    printed = story(rules, mistyped, times="documented").opens()
    assert [each.kind for each in printed.raised() if "weight share" in each.text] == ["roster_contradicts"]


def test_what_was_opened_under_the_first_format_is_not_checked_against_it() -> None:
    given = plain(RULES)
    window = {"clause": "window", "fixed_by": "procedure", "hours": 24}
    first = Procedure.of({**given, "format": "inblue-procedure/1", "window": window}, where="first")
    assert not list(unfit_seats(first, without("BEL", unmarked=PERMANENT)))


@pytest.mark.parametrize(
    ("seats", "says"),
    [
        ({"number": 4, "permanent": list(PERMANENT)}, "more permanent members than seats"),
        ({"number": 15, "permanent": ["CHN", "CHN"]}, "listed twice"),
        ({"number": 15, "permanent": ["XXX"]}, "knows no member 'XXX'"),
        ({"number": 0}, "greater than or equal to 1"),
        ({"number": 15, "clause": "nowhere"}, "seats rests on the clause 'nowhere'"),
    ],
)
def test_a_rule_of_seats_that_does_not_hold_together_is_refused(seats: dict[str, Any], says: str) -> None:
    with pytest.raises(Malformed, match=says):
        Procedure.of({**RULES.json_value(), "seats": {"clause": "seats", **seats}}, where="rules")


def test_a_procedure_without_the_rule_is_written_without_it() -> None:
    given = plain(RULES)
    assert "seats" not in Procedure.of(given, where="rules").json_value()


WEIGHTS = st.integers(0, 2**53 - 1) | st.decimals(0, 10**30, allow_nan=False, places=3).map(lambda d: f"{d:f}")


@settings(deadline=None)
@given(WEIGHTS, WEIGHTS)
def test_weights_are_compared_exactly_whatever_their_size(one: int | str, other: int | str) -> None:
    rules, roster = weighing({"BEL": one, "CHN": other})
    found = decide_by(rules, roster, "substantive", {"BEL": "in_favour"})
    a, b = Fraction(one), Fraction(other)
    assert (found.outcome == "adopted") == (a > b)
    measured = found.conditions[0].thresholds[0]
    assert (measured.counted, measured.base) == (a, a + b)
    assert Fraction(in_figures(measured.counted)) == a


def test_a_majority_by_one_of_more_than_2_to_the_53_is_one() -> None:
    rules, roster = weighing({"BEL": "9007199254740993", "CHN": "9007199254740992"})
    found = decide_by(rules, roster, "substantive", {"BEL": "in_favour"})
    assert found.outcome == "adopted"
    assert "9,007,199,254,740,993 in favour" in found.reasons[0]
    rules, roster = weighing({"BEL": "12.5", "CHN": "10.25"})
    assert (
        "12.5 in favour by share, needed more than 1/2 of 22.75 (all)"
        in (decide_by(rules, roster, "substantive", {"BEL": "in_favour"}).reasons[0])
    )


@pytest.mark.parametrize("weight", [-1, "-1", "01", "1.", ".5", "1e3", " 1", "1\n", "١", "1" * 41, "", True, None, 1.5])
def test_what_is_not_a_weight_is_refused(weight: Any) -> None:
    with pytest.raises(Malformed):
        weighing({"BEL": weight})


def test_weights_as_text_belong_to_the_second_format() -> None:
    for number, fits in ((1, False), (2, True)):
        seats = [{"member": "BEL", "weights": {"share": "12.5"}}]
        given = {"format": f"inblue-roster/{number}", "name": "x", "members": seats}
        if fits:
            assert Roster.of(given, where="roster").members[0].weights == {"share": "12.5"}
            continue
        with pytest.raises(Malformed, match="the seat of BEL has a weight as text; inblue-roster/1"):
            Roster.of(given, where="roster")


@pytest.mark.parametrize("times", ["live", "simulated", "documented"])
@pytest.mark.parametrize("member", ["EU", "bel", "ZZZ", "PSE"])
def test_who_has_no_seat_is_kept_on_record_and_not_counted_known_or_not(story: Begin, member: str, times: str) -> None:
    vote = story(times=times).opens()
    acts = vote.reply(member, "against")
    assert [each.act for each in acts] == ["vote_cast", *(["reply_rejected"] if times != "documented" else [])]
    assert vote.state.reply(member, 1) is not None
    vote.closes(hours=26)
    assert vote.tally.counts["against"] == 0
    assert any(each.kind == "off_roster" and each.member == member for each in vote.raised())
