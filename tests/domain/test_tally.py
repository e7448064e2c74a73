"""The count and its reasons, line by line, as a delegate or a journalist reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_rules import plain

from inblue.domain.acts import DraftWithdrawn
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import built_in_roster
from inblue.domain.tally import Tally, decide_by

Begin = Callable[..., Any]
RULES, SEATS = built_in_procedure("unsc-2020-253"), built_in_roster("unsc-2020")
PERMANENT = ("CHN", "FRA", "RUS", "GBR", "USA")
ELECTED = tuple(member for member in SEATS.ids if member not in PERMANENT)


def vote(question: Any = "substantive", **positions: tuple[str, ...]) -> Tally:
    """Positions by choice; members that are not named are silent."""
    return decide_by(RULES, SEATS, question, {m: choice for choice, members in positions.items() for m in members})


def test_the_reasons_of_an_adoption() -> None:
    assert vote(in_favour=SEATS.ids).reasons == (
        "majority: 15 in favour, needed at least 9: met (Charter, Article 27(2) and (3))",
        (
            "concurrence of the permanent members: 0 against among the permanent members, needed at most 0: met "
            "(Charter, Article 27(3))"
        ),
        "adopted unanimously",
    )


def test_the_reasons_of_a_veto_name_those_who_cast_it() -> None:
    found = vote(in_favour=ELECTED, against=("USA", "FRA"), abstention=("CHN",))
    assert (found.outcome, found.vetoed_by) == ("vetoed", ("FRA", "USA"))
    assert found.reasons[1].startswith(
        "concurrence of the permanent members: 2 against among the permanent members, needed at most 0: not met"
    )
    assert found.reasons[-1] == (
        "not adopted owing to the negative vote of a permanent member of the Council: FRA, USA"
    )


def test_under_nine_the_reasons_say_that_the_negative_vote_is_not_a_veto() -> None:
    found = vote(in_favour=ELECTED[:8], against=("RUS",))
    assert (found.outcome, found.vetoed_by) == ("not_adopted", ())
    assert found.reasons == (
        "majority: 8 in favour, needed at least 9: not met (Charter, Article 27(2) and (3))",
        "the negative vote of RUS is not a veto: the text failed without it",
        "not adopted: it did not obtain the required number of votes",
    )


@pytest.mark.parametrize("against", [("RUS",), PERMANENT])
def test_a_procedural_question_knows_no_veto(against: tuple[str, ...]) -> None:
    found = vote("procedural", in_favour=ELECTED[:9], against=against)
    assert (found.outcome, found.vetoed_by) == ("adopted", ())
    assert f"the negative vote of {', '.join(sorted(against))} is not a veto: a procedural question knows no veto" in (
        found.reasons
    )
    assert any("does not apply to a procedural question" in reason for reason in found.reasons)


@pytest.mark.parametrize("position", ["abstention", None])
@given(who=st.sets(st.sampled_from(PERMANENT)))
def test_permanent_members_that_abstain_or_are_absent_do_not_block(position: str | None, who: set[str]) -> None:
    votes = {member: position if member in who else "in_favour" for member in SEATS.ids}
    found = decide_by(RULES, SEATS, "substantive", votes)
    assert (found.outcome, found.unanimous) == ("adopted", not who)
    assert not any("veto" in reason for reason in found.reasons if not reason.startswith("concurrence"))


def test_an_elected_members_negative_vote_is_neither_a_veto_nor_called_one() -> None:
    found = vote(in_favour=SEATS.ids[1:], against=("BEL",))
    assert (found.outcome, found.unanimous) == ("adopted", False)
    assert not any("BEL" in reason for reason in found.reasons)


def test_who_is_not_on_the_roster_is_not_counted() -> None:
    found = vote(in_favour=(*ELECTED[:8], "NOR", "IND"))
    assert (found.counts["in_favour"], found.counts["absent"], found.outcome) == (8, 7, "not_adopted")
    assert list(found.positions) == list(SEATS.ids)


def test_two_negative_votes_short_of_what_blocks_are_not_called_a_failure() -> None:
    yes = {"choices": ["in_favour"], "compare": "at_least", "number": 1}
    three_against = {"choices": ["against"], "among": "permanent", "compare": "fewer_than", "number": 3}
    conditions = [
        {"id": "enough", "clause": "majority", "any_of": [yes]},
        {"id": "block", "clause": "veto", "any_of": [three_against], "failing": "vetoed"},
    ]
    decision: Any = {"clause": "majority", "conditions": conditions, "unanimous": []}
    rules = Procedure.of({**RULES.json_value(), "decision": decision}, where="test")
    two = decide_by(rules, SEATS, "substantive", {"BEL": "in_favour", "USA": "against", "CHN": "against"})
    assert two.outcome == "adopted"
    assert not any("failed" in reason for reason in two.reasons)
    three = decide_by(rules, SEATS, "substantive", {"BEL": "in_favour", **dict.fromkeys(PERMANENT[:3], "against")})
    assert (three.outcome, three.vetoed_by) == ("vetoed", ("CHN", "FRA", "RUS"))


@given(st.integers(0, 3))
def test_silence_is_consent_until_one_objects(objections: int) -> None:
    assembly, states = built_in_procedure("unga-74-544"), built_in_roster("unga-74")
    found = decide_by(assembly, states, "substantive", dict.fromkeys(states.ids[:objections], "objection"))
    assert found.outcome == ("not_adopted" if objections else "adopted")
    assert found.counts == {"objection": objections, "consent": 193 - objections}
    assert not found.unanimous  # nobody voted
    told = "objection" if objections == 1 else "objections"
    assert found.reasons[0].startswith(f"unbroken silence: {objections} {told}, needed at most 0:")


def test_a_withdrawn_draft_is_never_decided(story: Begin) -> None:
    withdrawn = story()
    withdrawn.do(DraftWithdrawn())
    assert (withdrawn.tally.outcome, withdrawn.tally.reasons) == ("open", ("the draft is withdrawn",))


def test_while_voting_is_open_nothing_is_decided(story: Begin) -> None:
    begun = story()
    assert (begun.tally.outcome, begun.tally.counts["in_favour"]) == ("open", 0)
    begun.opens()
    for member in SEATS.ids:
        begun.reply(member)
    assert (begun.tally.outcome, begun.tally.counts["in_favour"]) == ("open", 15)
    assert begun.tally.reasons == ("voting is not closed",)
    assert (begun.tally.unanimous, begun.tally.vetoed_by) == (False, ())


# A share of a base that is empty: fifteen for and nobody in the base, or nobody at all.
OF_NOTHING = [  # compare, counted, whether it is met in the first format, and in the second
    ("at_least", 0, False, False),
    ("more_than", 0, False, False),
    ("at_most", 0, True, True),
    ("fewer_than", 0, False, True),
    ("at_least", 15, False, True),
    ("more_than", 15, False, True),
    ("at_most", 15, False, False),
    ("fewer_than", 15, False, False),
]


def with_share(number: int, compare: str, share: str, base: tuple[str, ...]) -> Procedure:
    threshold = {"choices": ["in_favour"], "compare": compare, "share": share, "base": list(base)}
    condition = {"id": "share", "clause": "majority", "any_of": [threshold]}
    window = {"clause": "window", "fixed_by": "procedure", "hours": 24}
    rules: Any = {**plain(RULES), "format": f"inblue-procedure/{number}", "window": window}
    return Procedure.of(
        {**rules, "decision": {"clause": "majority", "conditions": [condition], "unanimous": []}}, where="x"
    )


@pytest.mark.parametrize("share", ["1/3", "1/1", "3/1"])
@pytest.mark.parametrize(("compare", "counted", "first", "second"), OF_NOTHING)
def test_anything_is_above_every_share_of_nothing_and_nothing_is_below(
    compare: str, counted: int, first: bool, second: bool, share: str
) -> None:
    for number, met in ((1, first), (2, second)):
        rules = with_share(number, compare, share, ("against",))
        votes = dict.fromkeys(SEATS.ids[:counted], "in_favour")
        assert (decide_by(rules, SEATS, "substantive", votes).outcome == "adopted") == met


@given(st.integers(0, 15), st.integers(0, 15), st.sampled_from(["1/3", "1/1", "3/1"]), st.sampled_from([1, 2]))
def test_of_two_comparisons_one_is_the_others_contrary(yes: int, no: int, share: str, number: int) -> None:
    no = min(no, 15 - yes)
    votes = {**dict.fromkeys(SEATS.ids[:yes], "in_favour"), **dict.fromkeys(SEATS.ids[yes : yes + no], "against")}

    def met(compare: str) -> bool:
        rules = with_share(number, compare, share, ("against",))
        return decide_by(rules, SEATS, "substantive", votes).outcome == "adopted"

    if no or number == 2:
        assert met("at_least") != met("fewer_than")
        assert met("more_than") != met("at_most")


def test_more_for_than_against_is_met_with_nobody_against_and_not_with_nobody_at_all() -> None:
    rules = with_share(2, "more_than", "1/1", ("against",))
    assert decide_by(rules, SEATS, "substantive", {"BEL": "in_favour"}).outcome == "adopted"
    assert decide_by(rules, SEATS, "substantive", {"BEL": "abstention"}).outcome == "not_adopted"
    tied = {"BEL": "in_favour", "CHN": "against"}
    assert decide_by(rules, SEATS, "substantive", tied).outcome == "not_adopted"
