"""What a procedure asks beside replies and deadlines, each finding by its kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_rules import plain
from seats import COUNCIL_2020
from stories import OPENING, Story

from inblue.domain.acts import ExplanationFiled, LetterSent
from inblue.domain.describe import describe
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instant import parse_instant
from inblue.domain.procedure import Procedure, Procedure2, built_in_procedure
from inblue.domain.roster import built_in_roster

Begin = Callable[..., Any]
RULES, SEATS = built_in_procedure("unsc-2020-253"), built_in_roster("unsc-2020")
PERMANENT = tuple(sorted(SEATS.permanent))


def with_rules(**changed: Any) -> Procedure:
    return Procedure.of({**RULES.json_value(), **changed}, where="rules")


def of_kind(vote: Any, kind: str) -> list[tuple[Any, ...]]:
    return [(each.clause, each.severity, each.text) for each in vote.raised() if each.kind == kind]


def voted(vote: Any, **positions: str | None) -> Any:
    """Every member in favour, but for ``positions``; None is silent. Closed and announced."""
    for member in vote.roster.ids:
        if (position := positions.get(member, "in_favour")) is not None:
            vote.reply(member, position)
    vote.closes()
    vote.announces(by="CHN")
    return vote


# outside_validity


@pytest.mark.parametrize(
    ("opened", "says"),
    [
        ("2020-03-26T23:59:59-04:00", "voting was opened on 2020-03-26; the procedure is in force from 2020-03-27"),
        ("2020-03-27T00:00:00-04:00", None),
        ("2021-12-30T23:59:59-05:00", None),
        (
            "2021-12-31T00:00:00-05:00",
            "voting was opened on 2021-12-31; no source shows the procedure in use after 2021-12-30",
        ),
    ],
)
def test_outside_validity_is_an_opening_on_a_day_outside_the_known_period(
    story: Begin, opened: str, says: str | None
) -> None:
    vote = story(roster=COUNCIL_2020)
    vote.now = parse_instant(opened)
    vote.do(LetterSent(kind="opening", opens_at=vote.now, snapshot=vote.snapshot()))
    assert of_kind(vote, "outside_validity") == ([("validity", "flag", says)] if says else [])


def test_outside_validity_is_never_said_of_a_rehearsal_nor_where_the_day_is_not_known(story: Begin) -> None:
    assert of_kind(story(times="simulated").opens(parse_instant("2026-12-01T14:00:00Z")), "outside_validity") == []
    unknown = story(times="documented")
    unknown.do(LetterSent(kind="opening", snapshot=unknown.snapshot()))
    assert of_kind(unknown, "outside_validity") == []
    late = story(times="documented")
    late.do(LetterSent(kind="opening", dated=date(2026, 12, 1), snapshot=late.snapshot()))
    assert len(of_kind(late, "outside_validity")) == 1


def test_outside_validity_where_the_end_is_known_is_from_that_day_on(story: Begin) -> None:
    rules = with_rules(validity={"clause": "validity", "until": "2020-03-27"})
    vote = story(rules).opens()
    assert of_kind(vote, "outside_validity") == [
        ("validity", "flag", "voting was opened on 2020-03-27; the procedure ended on 2020-03-27")
    ]


@given(st.integers(-100 * 24, 800 * 24))
def test_outside_validity_is_by_the_days_of_the_zone(hours: int) -> None:
    at = OPENING + timedelta(hours=hours)
    vote = Story(RULES, COUNCIL_2020)
    vote.now = at
    vote.do(LetterSent(kind="opening", opens_at=at, snapshot=vote.snapshot()))
    inside = date(2020, 3, 27) <= at.astimezone(vote.state.zone).date() <= date(2021, 12, 30)
    assert bool(of_kind(vote, "outside_validity")) == (not inside)


# at_the_last_instant


@pytest.mark.parametrize(("late", "raised"), [(-1, 0), (0, 1), (1, 0)])
def test_at_the_last_instant_the_setting_that_decides_is_named(story: Begin, late: int, raised: int) -> None:
    vote = story().opens().at(hours=24, microseconds=late)
    vote.reply("BEL")
    text = "received at the very instant of closing, which counts as inside"
    assert of_kind(vote, "at_the_last_instant") == [("last_instant", "note", text)] * raised


# presider_unnamed


def test_presider_unnamed_says_which_acts_nobody_is_named_for(story: Begin) -> None:
    vote = story().opens().closes().announces()
    text = "by whom is not on record: opening letter, announcement"
    assert of_kind(vote, "presider_unnamed") == [("presidency", "note", text)]
    vote = story().opens(sender="CHN").closes().announces()
    assert of_kind(vote, "presider_unnamed") == [("presidency", "note", "by whom is not on record: announcement")]
    assert of_kind(story().opens(sender="CHN").closes().announces(by="CHN"), "presider_unnamed") == []


# statement_of_other


def test_statement_of_other_is_one_of_a_state_without_a_seat(story: Begin) -> None:
    vote = story().opens()
    for member in ("NOR", "BEL"):
        vote.do(ExplanationFiled(member=member, filed_at=vote.now))
    assert of_kind(vote, "statement_of_other") == [
        ("statements_of_others", "note", "statement of NOR, which is not on the roster of this vote")
    ]
    filed = describe(vote.state.explanations[0].act, vote.state)
    assert filed == "NOR, which is not on the roster of this vote: statement filed"
    assert describe(vote.state.explanations[1].act, vote.state) == "BEL: statement filed"


# no_outcome_letter, no_compendium_letter


def test_no_outcome_letter_and_no_compendium_letter_once_the_result_is_announced(story: Begin) -> None:
    vote = story().opens().closes()
    assert not of_kind(vote, "no_outcome_letter")
    vote.announces()
    assert of_kind(vote, "no_outcome_letter") == [("outcome_letter", "note", "no letter on the outcome is on record")]
    assert [clause for clause, *_ in of_kind(vote, "no_compendium_letter")] == ["compendium_letter"]
    for kind in ("outcome", "compendium"):
        vote.do(LetterSent(kind=kind, sent_at=vote.now))
    assert not of_kind(vote, "no_outcome_letter")
    assert not of_kind(vote, "no_compendium_letter")


def test_no_outcome_letter_is_what_the_assembly_calls_the_notification(story: Begin) -> None:
    vote = story("unga-74-544")
    closes = OPENING + timedelta(hours=73)
    vote.opens(closes_at=closes)
    vote.now = closes + timedelta(seconds=1)
    vote.closes(hours=73, seconds=1).announces()
    assert [clause for clause, *_ in of_kind(vote, "no_outcome_letter")] == ["notification"]


# rests_on_reading


def test_rests_on_reading_where_a_text_is_adopted_without_the_vote_of_a_permanent_member(story: Begin) -> None:
    vote = voted(story().opens(), USA="abstention", RUS=None, BEL="abstention")
    assert vote.tally.outcome == "adopted"
    assert of_kind(vote, "rests_on_reading") == [
        ("abstention", "note", "the text is adopted; of the permanent members, abstention: USA"),
        ("absence", "flag", "the text is adopted; of the permanent members, absent: RUS"),
    ]
    assert of_kind(voted(story(question="procedural").opens(), USA="abstention"), "rests_on_reading") == []


@given(st.lists(st.sampled_from(["in_favour", "against", "abstention", None]), min_size=5, max_size=5))
def test_rests_on_reading_exactly_where_adoption_does(five: list[str | None]) -> None:
    vote = voted(Story(RULES, SEATS).opens(), **dict(zip(PERMANENT, five, strict=True)))
    readings = {clause for clause, *_ in of_kind(vote, "rests_on_reading")}
    adopted = "against" not in five
    assert ("abstention" in readings) == (adopted and "abstention" in five)
    assert ("absence" in readings) == (adopted and None in five)


# the number of a resolution


@pytest.mark.parametrize("number", ["banana", "2518", "2518 (20)", "2518(2020)", "12518 (2020)", "٢٥١٨ (٢٠٢٠)"])
def test_a_number_of_another_form_is_refused_and_what_is_right_is_shown(story: Begin, number: str) -> None:
    vote = voted_but_not_announced(story)
    with pytest.raises(Refused) as caught:
        vote.announces(resolution=number)
    assert caught.value.clause == "numbering"
    assert str(caught.value) == (
        f"{number} is not the number of a resolution: NNNN (YYYY), such as 2518 (2020) (clause numbering)"
    )
    assert vote.state.result is None
    vote.announces(resolution="2518 (2020)")


def voted_but_not_announced(story: Begin, **given: str) -> Any:
    vote = story(**given).opens()
    for member in SEATS.ids:
        vote.reply(member)
    return vote.closes()


def test_in_a_documented_history_such_a_number_is_a_finding_and_a_rehearsal_may_have_any(story: Begin) -> None:
    vote = voted_but_not_announced(story, times="documented")
    vote.announces(resolution="banana")
    ((clause, severity, text),) = of_kind(vote, "forbidden_act")
    assert (clause, severity) == ("numbering", "flag")
    assert "banana is not the number of a resolution" in text
    voted_but_not_announced(story, times="simulated").announces(resolution="SIM-1 (2026)")


# formulas


def test_a_text_that_fails_is_announced_in_the_bodys_own_words(story: Begin) -> None:
    for votes, words in (
        ({"RUS": "against"}, "not adopted owing to the negative vote of a permanent member of the Council"),
        (dict.fromkeys(SEATS.ids[:8], "abstention"), "not adopted: it did not obtain the required number of votes"),
    ):
        vote = voted(story().opens(), **votes)
        assert vote.tally.reasons[-1].startswith(words)
        assert isinstance(vote.state.result.act, ResultAnnounced)
        assert describe(vote.state.result.act, vote.state) == f"CHN: result announced: {words}"


def test_where_the_body_has_no_words_of_its_own_general_ones_are_used(story: Begin) -> None:
    vote = voted(story(Procedure.of(plain(RULES), where="rules")).opens(), RUS="against")
    assert vote.tally.reasons[-1] == "not adopted: vetoed by RUS"
    assert describe(vote.state.result.act, vote.state) == "CHN: result announced: vetoed"


# the document


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"validity": {"clause": "validity", "from": "2020-03-27", "until": "2020-03-26"}}, "must be after from"),
        (
            {"validity": {"clause": "validity", "until": "2021-01-01", "known_until": "2020-12-31"}},
            "known_until is given only where until is not known",
        ),
        ({"resolution": {"clause": "numbering", "form": "NNNN", "example": "2518 (2020)"}}, "has not the form NNNN"),
        ({"readings": [{"clause": "absence", "choices": ["asleep"]}]}, "'asleep' is not a choice of this procedure"),
        ({"presider": {"clause": "proviso"}}, "the clause 'proviso' is unjudged, and a rule rests on it"),
        ({"outcome_letter": {"clause": "nowhere"}}, "rests on the clause 'nowhere', which is not listed"),
    ],
)
def test_rules_that_do_not_hold_together_are_refused(changed: Any, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        with_rules(**changed)


@pytest.mark.parametrize("name", ["unsc-2020-253", "unga-74-544"])
def test_every_clause_is_named_by_a_rule_or_says_why_it_is_not_judged(name: str) -> None:
    rules = built_in_procedure(name)
    assert isinstance(rules, Procedure2)
    judged = {rule.clause for _, rule in rules.rules()}
    assert {clause.id: clause.unjudged is None for clause in rules.clauses} == {
        clause.id: clause.id in judged for clause in rules.clauses
    }


def test_what_a_procedure_does_not_say_is_not_written() -> None:
    given = plain(RULES)
    assert set(Procedure.of(given, where="rules").json_value()) == set(given)
    assert Procedure.of(given, where="rules").json_value() == given
