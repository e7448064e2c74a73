"""Procedures as data: what holds together, what is refused, and other bodies' rules without a line of code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from plain_rules import plain

from inblue.domain.acts import DraftCirculated, ReplyRejected
from inblue.domain.ending_acts import VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instant import format_instant
from inblue.domain.procedure import Procedure, Procedure1, Procedure2, built_in_procedure
from inblue.domain.roster import Roster, Seat, built_in_members, built_in_roster, shipped, shipped_names
from inblue.domain.tally import decide_by
from inblue.domain.window import DaysOff
from inblue.domain.window_rules import WEEKDAYS

Begin = Callable[..., Any]
BUILT_IN = shipped_names("procedures")
RULES = built_in_procedure("unsc-2020-253")
CLAUSES: Any = RULES.json_value()["clauses"]
PLAIN: Any = plain(RULES)


def variant(**rules: Any) -> Procedure:
    return Procedure.of({**PLAIN, **rules}, where="test")


def seats(count: int, *weights: int) -> Roster:
    shares = weights or (1,) * count
    return Roster(name="x", members=tuple(Seat(member=f"M{n}", weights={"share": shares[n]}) for n in range(count)))


def condition(name: str, *any_of: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "clause": "majority", "any_of": list(any_of)}


def decision(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"clause": "majority", "conditions": list(conditions), "unanimous": []}


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_rule_rests_on_a_clause_and_every_clause_has_a_source(name: str) -> None:
    rules = built_in_procedure(name)
    assert all(clause.source.strip() and clause.text.strip() for clause in rules.clauses)
    rested_on = {rule.clause for _, rule in rules.rules()}
    assert rested_on <= {clause.id for clause in rules.clauses}
    assert rested_on  # and a clause on which a reply can be rejected is one that a rule rests on
    assert {clause.id for clause in rules.clauses if clause.effect == "reject"} <= rested_on


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_no_source_settles_says_so(name: str) -> None:
    for clause in built_in_procedure(name).clauses:
        assert ("not found" in clause.source) == (clause.basis == "not_found") or clause.basis == "practice", clause.id


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_digest_is_that_of_the_bytes_as_given(name: str) -> None:
    rules, file = built_in_procedure(name), shipped("procedures", name)
    assert (rules.raw, rules.sha256) == (file, hashlib.sha256(file).hexdigest())
    again = Procedure.read(rules.canonical(), where=name)
    assert again.canonical() == rules.canonical()
    assert again.sha256 == hashlib.sha256(rfc8785.dumps(rules.json_value())).hexdigest() != rules.sha256


def test_a_copy_with_another_value_is_another_document() -> None:
    copied = RULES.model_copy(update={"title": "Another"})
    assert copied.raw == copied.canonical()
    assert copied.sha256 == hashlib.sha256(copied.canonical()).hexdigest()
    assert RULES.model_copy().sha256 == RULES.sha256


def test_documents_that_say_the_same_are_equal_however_they_are_laid_out() -> None:
    value = RULES.json_value()
    shuffled = json.dumps(dict(reversed(value.items())), indent=4).encode()
    assert Procedure.read(shuffled, where="shuffled").json_value() == value
    assert Procedure.read(shuffled, where="shuffled").sha256 == hashlib.sha256(shuffled).hexdigest()
    silence: Any = value["silence"]
    assert variant(silence={**silence, "means": "missing"}, decision=decision_without_absence()).sha256 != RULES.sha256


def decision_without_absence() -> dict[str, Any]:
    return decision(condition("majority", {"choices": ["in_favour"], "compare": "at_least", "number": 9}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vetoo": {"clause": "veto"}}, "vetoo: there is no such field"),
        ({"late": {"clause": "late", "grace": 5}}, "late.grace: there is no such field"),
        ({"late": {"clause": "nowhere"}}, "rests on the clause 'nowhere', which is not listed"),
        ({"silence": {"clause": "silence", "means": "abstention"}}, "must all differ"),
        ({"choices": ["in_favour", "against", "abstention", "against"]}, "must all differ"),
        ({"choices": ["in_favour", "against"], "silence": {"clause": "silence", "means": "none"}, "decision": decision(
            condition("x", {"choices": ["abstention"], "compare": "at_least", "number": 1}))}, "is not a choice"),
        ({"zone": "localtime"}, "no time zone is named 'localtime'"),
        ({"members": "martians"}, "no members named"),
        ({"window": {"clause": "window", "fixed_by": "whim", "hours": 24}}, "no such kind"),
        ({"window": {"clause": "window", "fixed_by": "procedure", "hours": 0}}, "hours"),
        ({"window": {"clause": "window", "fixed_by": "procedure", "hours": 24.5}}, "valid integer"),
        ({"statements": {"clause": "statements", "hours": 10**12}}, "statements.hours"),
        ({"decision": decision(condition("x", {"choices": ["against"], "compare": "at_most"}))}, "a number or a share"),
        ({"decision": decision(condition("x", {"choices": ["against"], "compare": "at_most", "number": 1,
                                               "base": ["against"]}))}, "only a share has a base"),
        ({"decision": decision(condition("x", {"choices": ["against"], "compare": "at_most", "share": "1/0"}))},
         "share"),
        ({"clauses": [*CLAUSES, CLAUSES[0]]}, "two clauses have one id"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_refused_in_one_line(change: dict[str, Any], says: str) -> None:
    with pytest.raises(Malformed, match=r"^test: ") as caught:
        variant(**change)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_shipped_agrees_with_itself() -> None:
    states = built_in_members("un-member-states")
    assert len(states) == 193
    for name in shipped_names("rosters"):
        assert set(built_in_roster(name).ids) <= set(states), name
    assert built_in_roster("unsc-2020").permanent == {"CHN", "FRA", "GBR", "RUS", "USA"}
    assert (len(built_in_roster("unsc-2020").ids), len(built_in_roster("unga-74").ids)) == (15, 193)


@pytest.mark.parametrize("name", ["../rosters/unsc-2020", "UNSC-2020-253", "", "unsc-2020-253.json"])
def test_only_what_is_shipped_is_found_by_name(name: str) -> None:
    with pytest.raises(Malformed, match=r"there are apache-voting, .*, unga-74-544, unsc-2020-253"):
        built_in_procedure(name)


def test_a_seat_weighs_nothing_or_more_and_sits_once() -> None:
    with pytest.raises(Malformed):
        Roster.of({"name": "x", "members": [{"member": "A", "weights": {"share": -1}}]}, where="roster")
    with pytest.raises(Malformed, match="A is listed twice"):
        Roster.of({"name": "x", "members": [{"member": "A"}, {"member": "A"}]}, where="roster")


# The Council of the European Union: 55 % of members and 65 % of their population, which a blocking minority has to be
# four members to prevent; an abstention counts as against.
FOR = {"choices": ["in_favour"], "compare": "at_least"}
EUROPE = variant(
    decision=decision(
        condition("members", {**FOR, "share": "55/100"}),
        condition(
            "population",
            {**FOR, "share": "65/100", "weight": "share"},
            {"choices": ["against", "abstention", "absent"], "compare": "fewer_than", "number": 4},
        ),
    )
)


@pytest.mark.parametrize(("yes", "outcome"), [(14, "not_adopted"), (15, "adopted"), (27, "adopted")])
@pytest.mark.parametrize("others", ["against", "abstention", None])
def test_fifteen_of_twenty_seven_are_55_per_cent(yes: int, outcome: str, others: str | None) -> None:
    votes = {f"M{n}": "in_favour" if n < yes else others for n in range(27)}
    assert decide_by(EUROPE, seats(27, *(1000,) * 15, *(1,) * 12), "substantive", votes).outcome == outcome


@pytest.mark.parametrize(("share", "outcome"), [(6499, "not_adopted"), (6500, "adopted")])
def test_population_is_counted_exactly(share: int, outcome: str) -> None:
    weights = (share, *(0,) * 19, 10_000 - share, *(0,) * 6)
    votes = dict.fromkeys([f"M{n}" for n in range(20)], "in_favour")
    assert decide_by(EUROPE, seats(27, *weights), "substantive", votes).outcome == outcome


@pytest.mark.parametrize(("blocking", "outcome"), [(3, "adopted"), (4, "not_adopted")])
def test_a_blocking_minority_is_four_members_however_many_people(blocking: int, outcome: str) -> None:
    weights = (1,) * 23 + (1000,) * 4
    votes = {f"M{n}": "in_favour" if n < 27 - blocking else "abstention" for n in range(27)}
    found = decide_by(EUROPE, seats(27, *weights), "substantive", votes)
    assert found.outcome == outcome
    assert any("by share, needed at least 65/100 of 4,023 (all); or" in reason for reason in found.reasons)


# A ballot of ISO: two thirds of the votes cast in favour, and no more than a quarter of the votes cast against.
CAST = ["in_favour", "against"]
ISO = variant(
    silence={"clause": "silence", "means": "not_voted"},
    decision=decision(
        condition("approval", {**FOR, "share": "2/3", "base": CAST}),
        condition("negatives", {"choices": ["against"], "compare": "at_most", "share": "1/4", "base": CAST}),
    ),
)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 20), st.integers(0, 20))
def test_two_thirds_of_votes_cast_and_a_quarter_against(yes: int, no: int, abstaining: int, silent: int) -> None:
    positions = ["in_favour"] * yes + ["against"] * no + ["abstention"] * abstaining + [None] * (silent + 1)
    roster = seats(len(positions))
    found = decide_by(ISO, roster, "substantive", dict(zip(roster.ids, positions, strict=True)))
    cast = yes + no
    holds = cast > 0 and Fraction(yes, cast) >= Fraction(2, 3) and Fraction(no, cast) <= Fraction(1, 4)
    assert (found.outcome == "adopted") == holds


# A private company's written resolution: more than half of all eligible votes, passed as soon as they are reached;
# an agreement cannot be withdrawn; a member that says nothing has not agreed.
COMPANY = variant(
    choices=["agree"],
    members=["CHN", "M0", "M1", "M2", "M3"],
    window={"clause": "window", "fixed_by": "procedure", "hours": 28 * 24, "countings": ["calendar"]},
    silence={"clause": "silence", "means": "not_agreed"},
    decision={
        **decision(
            condition("ordinary", {"choices": ["agree"], "compare": "more_than", "share": "1/2", "weight": "share"})
        ),
        "decided": {"adopted": "when_reached"},
    },
)


def test_a_written_resolution_passes_as_soon_as_more_than_half_of_all_votes_agree(story: Begin) -> None:
    vote = story(COMPANY, seats(4, 50, 30, 15, 5)).opens().at(hours=1)
    vote.reply("M0", "agree")
    with pytest.raises(Refused, match="the window is open until"):
        vote.do(VotingClosed(closed_at=vote.now))
    vote.at(hours=2)
    vote.reply("M3", "agree")
    vote.at(hours=3).do(VotingClosed(closed_at=vote.now))
    assert vote.tally.outcome == "adopted"
    assert vote.state.window.closes_at == vote.now
    vote.at(hours=4)
    assert isinstance(vote.reply("M1", "agree")[-1], ReplyRejected)


def test_an_early_close_cannot_be_dated_before_the_replies_that_it_would_leave_out(story: Begin) -> None:
    vote = story(COMPANY, seats(4, 50, 30, 15, 5)).opens().at(hours=1)
    vote.reply("M0", "agree")
    between = vote.now + timedelta(minutes=1)
    vote.at(hours=2)
    vote.reply("M3", "agree")
    with pytest.raises(Refused) as caught:
        vote.do(VotingClosed(closed_at=between))
    assert caught.value.clause == "window"
    vote.do(VotingClosed(closed_at=vote.now))
    assert vote.tally.counts == {"agree": 2, "not_agreed": 2}


def test_a_written_resolution_lapses_after_28_days_by_the_calendar(story: Begin) -> None:
    vote = story(COMPANY, seats(4, 50, 30, 15, 5)).opens()
    vote.reply("M0", "agree")
    assert vote.state.window.closes_at == vote.now + timedelta(days=28)
    vote.closes(days=28, seconds=1)
    assert vote.tally.outcome == "not_adopted"


# Maintainers of a project: two thirds of the votes cast with a quorum of half; the last reply counts, and an abstention
# takes a vote back.
MAINTAINERS = variant(
    members=["CHN", *(f"M{n}" for n in range(6))],
    second_reply={"clause": "second_reply", "stands": "last"},
    decision=decision(
        condition("quorum", {"choices": CAST, "compare": "at_least", "share": "1/2"}),
        condition("cast", {**FOR, "share": "2/3", "base": CAST}),
    ),
)


def test_the_last_reply_counts_and_an_abstention_takes_a_vote_back(story: Begin) -> None:
    vote = story(MAINTAINERS, seats(6)).opens().at(hours=1)
    for member, position in (("M0", "in_favour"), ("M1", "in_favour"), ("M2", "against"), ("M1", "against")):
        assert len(vote.reply(member, position)) == 1
    assert vote.tally.counts == {"in_favour": 1, "against": 2, "abstention": 0, "absent": 3}
    vote.reply("M1", "in_favour")
    vote.reply("M2", "abstention")
    assert vote.tally.counts == {"in_favour": 2, "against": 0, "abstention": 1, "absent": 3}
    vote.closes()
    assert vote.tally.outcome == "not_adopted"
    assert vote.tally.reasons[0].startswith("quorum: 2 in favour or against, needed at least 1/2 of 6 (all): not met")


def test_a_last_reply_that_cannot_count_leaves_the_one_before_it(story: Begin) -> None:
    vote = story(MAINTAINERS, seats(6)).opens().at(hours=1)
    vote.reply("M0", "in_favour")
    vote.reply("M0", None)
    vote.at(hours=25)
    vote.reply("M0", "against")
    assert vote.tally.positions["M0"] == "in_favour"


FIRST = {
    **{name: value for name, value in PLAIN.items() if value is not None},
    "format": "inblue-procedure/1",
    "window": {"clause": "window", "fixed_by": "procedure", "hours": 24, "counted": "elapsed"},
}
SECOND_WINDOW = {"clause": "window", "fixed_by": "procedure", "hours": 24, "countings": ["elapsed"]}


def test_a_procedure_is_of_one_format_and_has_the_fields_of_that() -> None:
    assert isinstance(Procedure.of(FIRST, where="test"), Procedure1)
    assert isinstance(RULES, Procedure2)
    for value, says in (
        ({**FIRST, "window": SECOND_WINDOW}, "window.procedure.countings: there is no such field"),
        ({**PLAIN, "window": FIRST["window"]}, "window.procedure.counted: there is no such field"),
        ({**FIRST, "format": "inblue-procedure/3"}, "this version reads inblue-procedure/1 and inblue-procedure/2"),
        ({**FIRST, "format": None}, "format: None"),
        ({name: each for name, each in FIRST.items() if name != "format"}, "format: None"),
    ):
        with pytest.raises(Malformed, match=f"^test: .*{says}"):
            Procedure.of(value, where="test")
    for cls in (Procedure1, Procedure2):
        other = PLAIN if cls is Procedure1 else FIRST
        with pytest.raises(Malformed, match="format"):
            cls.of(other, where="test")
    with pytest.raises(ValueError, match="one of its versions"):
        Procedure(**{name: getattr(RULES, name) for name in Procedure.model_fields})


@pytest.mark.parametrize(
    ("countings", "says"),
    [
        ([], "at least 1"),
        (["elapsed", "elapsed"], "listed twice"),
        (["working_days", "elapsed"], "elapsed is listed first"),
        (["moons"], "Input should be"),
    ],
)
def test_the_countings_are_some_each_once_and_elapsed_hours_first(countings: list[str], says: str) -> None:
    with pytest.raises(Malformed, match=says):
        variant(window={**SECOND_WINDOW, "countings": countings})


def test_the_days_that_working_days_leave_out_are_the_procedures_own() -> None:
    countings = {**SECOND_WINDOW, "countings": ["elapsed", "working_days"]}
    plain = variant(window=countings)
    assert plain.window.days_off == DaysOff(frozenset({5, 6}), frozenset())
    window: Any = plain.json_value()["window"]
    assert not {"weekend", "holidays"} & set(window)  # or yesterday's documents would have another digest
    own = variant(window={**countings, "weekend": ["friday", "saturday"], "holidays": ["2020-12-25"]})
    assert own.window.days_off == DaysOff(frozenset({4, 5}), frozenset({date(2020, 12, 25)}))
    assert Procedure.of(own.json_value(), where="again").sha256 == own.sha256 != plain.sha256


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"countings": ["elapsed"], "weekend": ["friday"]}, "weekend: no working_days are counted here"),
        ({"countings": ["elapsed"], "holidays": ["2020-12-25"]}, "holidays: no working_days are counted here"),
        ({"weekend": []}, "at least 1"),
        ({"weekend": ["friday", "friday"]}, "weekend: a day is listed twice"),
        ({"weekend": ["sabbath"]}, "Input should be"),
        ({"weekend": list(WEEKDAYS)}, "at most 6"),
        ({"holidays": ["2020-12-25T00:00:00Z"]}, "no date"),
    ],
)
def test_days_off_that_make_no_sense_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(Malformed, match=says):
        variant(window={**SECOND_WINDOW, "countings": ["working_days"], **given})


def test_an_opening_takes_one_of_the_countings_that_the_procedure_has(story: Begin) -> None:
    friday = {"elapsed": "2020-03-28T18:00:00Z", "working_days": "2020-03-30T18:00:00Z"}
    rules = variant(window={**SECOND_WINDOW, "countings": ["elapsed", "working_days"]})
    for counting, closes in ((None, friday["elapsed"]), *friday.items()):
        state = story(rules).opens(counting=counting).state
        assert format_instant(state.window.closes_at) == closes
    only = variant(window={**SECOND_WINDOW, "countings": ["working_days"]})
    assert format_instant(story(only).opens().state.window.closes_at) == friday["working_days"]
    with pytest.raises(
        Refused, match=r"does not count hours in this way \(calendar\), only so: elapsed or working days"
    ):
        story(rules).opens(counting="calendar")


def test_in_a_documented_history_another_counting_is_a_finding(story: Begin) -> None:
    vote = story(times="documented").opens(counting="calendar")
    assert format_instant(vote.state.window.closes_at) == "2020-03-28T18:00:00Z"
    assert any("does not count hours in this way (calendar)" in finding.text for finding in vote.raised())


def test_where_the_counting_places_a_reply_elsewhere_a_finding_says_so(story: Begin) -> None:
    rules = variant(window={**SECOND_WINDOW, "countings": ["elapsed", "working_days"]})
    for counting, said in (
        (None, "late as the hours are counted (elapsed); inside if counted otherwise (working days)"),
        (
            "working_days",
            "inside as the hours are counted (working days); late if counted otherwise (elapsed)",
        ),
    ):
        vote = story(rules).opens(counting=counting)
        vote.reply("BEL")
        vote.at(hours=30).reply("CHN")
        raised = [finding for finding in vote.raised() if "counted otherwise" in finding.text]
        assert [(each.member, each.clause, each.severity, each.text) for each in raised] == [
            ("CHN", "window", "flag", said)
        ]


def test_no_vote_is_opened_under_the_first_format_any_more(story: Begin) -> None:
    first = Procedure.of(FIRST, where="test")
    for times in ("live", "simulated", "documented"):
        with pytest.raises(Refused, match=r"translate it: inblue procedure translate FILE"):
            story(first, times=times)
    vote = story()
    begun = DraftCirculated.of({**vote.state.draft.act.json_value(), "procedure": first.sha256}, where="draft")
    vote.documents.procedures[first.sha256] = first
    vote.maybe, vote.recorded = None, []
    vote.force(begun)  # as the first round recorded it
    with pytest.raises(Refused, match=r"translate it: inblue procedure translate FILE"):
        vote.opens()


def test_the_office_of_messages_records_no_act_of_a_vote_whatever_the_procedure_says() -> None:
    allowed = variant(
        recorders={**PLAIN["recorders"], "offices": {"*": ["registrar", "intake"], "vote_cast": ["intake"]}}
    ).recorders
    assert allowed.may_record("letter_sent", "registrar")
    assert not allowed.may_record("letter_sent", "intake")
    assert not allowed.may_record("vote_cast", "intake")
    assert not allowed.may_record("vote_cast", "registrar")
