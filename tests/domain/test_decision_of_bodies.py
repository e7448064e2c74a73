"""Facts, questions put, outcomes with names of their own, a casting vote: what they do to a decision, and in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_rules import electorate, of_some, small
from stories import Story

from inblue.domain.acts import EntryVoided, VoteCast
from inblue.domain.ballot import Answer
from inblue.domain.close import said_of_close, settled
from inblue.domain.describe import describe
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instrument import Instrument
from inblue.domain.optional_acts import FactRecorded
from inblue.domain.procedure import Procedure
from inblue.domain.tally import Tally, decide_by

CAST = ["in_favour", "against"]
MAJORITY = of_some({"choices": ["in_favour"], "compare": "more_than", "share": "1/2", "base": CAST})
UNBROKEN = of_some({"choices": ["against"], "compare": "at_most", "number": 0}, name="silence", failing="broken")
FOUR = electorate(1, 1, 1, 1)
NAMES = [
    {"id": "adopted", "title": "Beschluss gefasst"},
    {"id": "broken", "title": "Silence broken"},
    {"id": "not_adopted", "title": "Abgelehnt"},
]


def fact(name: str, **given: Any) -> dict[str, Any]:
    return {"id": name, "title": f"The {name}", "clause": "majority", "due": "announcement", **given}


CONSENT = fact("consent", does="decides", if_it_is="missing", outcome="not_adopted")
OVERRULE = fact("overrule", does="overrides", conditions=["silence"])


def votes(*positions: str | None) -> dict[str, str | None]:
    return dict(zip("ABCD", positions, strict=False))


def told(procedure: Procedure, *positions: str | None) -> Story:
    story = Story(procedure, FOUR).opens().at(hours=1)
    for member, position in votes(*positions).items():
        if position is not None:
            story.now += timedelta(minutes=1)
            story.reply(member, position)
    return story


def record(story: Story, name: str, status: Any) -> Story:
    story.now += timedelta(minutes=1)
    story.do(FactRecorded(fact=name, status=status, established_at=story.now))
    return story


@pytest.mark.parametrize(
    ("status", "outcome"), [("missing", "not_adopted"), ("present", "adopted"), (None, "open")], ids=str
)
def test_a_fact_decides_before_any_condition_and_while_unknown_both_outcomes_are_possible(
    status: str | None, outcome: str
) -> None:
    facts: Any = {} if status is None else {"consent": status}
    found = decide_by(small(MAJORITY, facts=[CONSENT]), FOUR, "substantive", votes("in_favour"), facts=facts)
    assert (found.outcome, found.derived) == (outcome, status is not None)
    says = {
        "missing": "decided by a fact that is missing: The consent (Charter, Article 27(2) and (3))",
        "present": "majority: 1 in favour, needed more than 1/2 of 1 (in favour or against): met",
        None: "not on record: The consent; if that is missing, the outcome is not adopted (Charter",
    }
    assert found.reasons[0].startswith(says[status])
    assert (found.conditions == ()) == (status == "missing")


def test_a_fact_that_gives_the_same_outcome_leaves_nothing_open() -> None:
    found = decide_by(small(MAJORITY, facts=[CONSENT]), FOUR, "substantive", votes("against"))
    assert (found.outcome, found.derived) == ("not_adopted", True)


def test_a_fact_that_decides_where_it_is_present() -> None:
    procedure = small(MAJORITY, facts=[fact("waiver", does="decides", if_it_is="present", outcome="adopted")])
    found = decide_by(procedure, FOUR, "substantive", votes("against"), facts={"waiver": "present"})
    assert (found.outcome, found.reasons[0].startswith("decided by this fact: The waiver (")) == ("adopted", True)
    assert decide_by(procedure, FOUR, "substantive", votes("against"), facts={"waiver": "missing"}).outcome == (
        "not_adopted"
    )
    unknown = decide_by(procedure, FOUR, "substantive", votes("against"))
    assert "if that is so, the outcome is adopted" in unknown.reasons[0]


def test_a_fact_that_overrides_takes_its_conditions_out_and_says_so() -> None:
    procedure = small(UNBROKEN, facts=[OVERRULE], outcomes=NAMES)
    against = votes("against")

    def with_it(**facts: Any) -> Tally:
        return decide_by(procedure, FOUR, "substantive", against, facts=facts)

    assert with_it(overrule="missing").outcome == "broken"
    assert with_it(overrule="present").outcome == "adopted"
    reason = with_it(overrule="present").reasons[0]
    assert reason.startswith("silence: passed over, because of this fact: The overrule (Charter, Article 27")
    assert with_it().outcome == "open"
    assert "if that is so, passed over: silence" in with_it().reasons[0]
    assert decide_by(procedure, FOUR, "substantive", votes(None)).outcome == "adopted"


def test_a_fact_due_after_the_announcement_leaves_the_outcome_subject_to_it_and_amends_it_later() -> None:
    ratified = {**CONSENT, "id": "ratified", "title": "Ratified", "due": "after"}
    story = told(small(MAJORITY, facts=[ratified]), "in_favour").closes()
    assert (story.tally.outcome, story.tally.derived) == ("adopted", True)
    assert story.tally.reasons[-2] == "subject to: Ratified (Charter, Article 27(2) and (3))"
    story.announces(outcome="adopted").at(days=5)
    record(story, "ratified", "missing")
    assert (story.tally.outcome, settled(story.state)) == ("not_adopted", False)


def test_an_outcome_that_depends_on_a_fact_is_open_until_it_is_on_record() -> None:
    story = told(small(MAJORITY, facts=[CONSENT]), "in_favour").closes()
    assert (story.tally.outcome, story.tally.reasons[-1]) == ("open", "the outcome depends on what is not on record")
    (finding,) = [finding for finding in story.raised() if finding.kind == "outcome_open"]
    assert finding.text == "the outcome is not certain: by what is on record it could be one of adopted, not_adopted"
    assert record(story, "consent", "present").tally.outcome == "adopted"


def test_a_fact_for_other_kinds_of_question_bears_on_no_other() -> None:
    procedure = small(MAJORITY, facts=[{**CONSENT, "questions": ["procedural"]}])
    assert decide_by(procedure, FOUR, "substantive", votes("in_favour")).outcome == "adopted"
    assert decide_by(procedure, FOUR, "procedural", votes("in_favour")).outcome == "open"


# The Council of the European Union decides in writing only if all members agree to that (and then on the act).
USE = {"id": "use", "title": "Use of the written procedure", "clause": "majority", "choices": ["agreed", "opposed"]}
IN_WRITING = of_some(
    {"choices": ["opposed", "no_reply"], "compare": "at_most", "number": 0}, name="in_writing", failing="not_in_writing"
)
EU = small(
    {**IN_WRITING, "put": "use"},
    of_some({"choices": ["in_favour"], "compare": "at_least", "share": "1/2"}),
    questions_put=[{**USE, "silence": "no_reply"}],
    outcomes=[{"id": "not_in_writing", "title": "Not decided in writing"}],
)
AGREED = dict.fromkeys("ABCD", "agreed")


def test_one_reply_answers_two_questions_and_a_no_to_the_procedure_is_not_a_decision() -> None:
    found = decide_by(
        EU, FOUR, "substantive", dict.fromkeys("ABCD", "in_favour"), answers={"use": {**AGREED, "D": "opposed"}}
    )
    assert (found.outcome, found.counts["in_favour"]) == ("not_in_writing", 4)
    put = "in writing: on this question: Use of the written procedure: 1 opposed or no reply, needed at most 0: not met"
    assert found.reasons == (f"{put} (Charter, Article 27(2) and (3))", "Not decided in writing")
    ((question, counts, answers, outcome),) = found.questions
    assert (question, outcome, answers["D"]) == ("use", "not_in_writing", "opposed")
    assert counts == {"agreed": 3, "opposed": 1, "no_reply": 0}


def test_the_questions_put_come_to_outcomes_of_their_own() -> None:
    found = decide_by(EU, FOUR, "substantive", votes("in_favour", "against", "against"), answers={"use": AGREED})
    assert (found.outcome, found.questions[0].outcome) == ("not_adopted", "adopted")
    silent = decide_by(EU, FOUR, "substantive", votes("in_favour", "in_favour"))
    assert silent.questions[0].counts == {"agreed": 0, "opposed": 0, "no_reply": 4}
    assert (silent.outcome, silent.questions[0].outcome) == ("not_in_writing", "not_in_writing")


def test_a_reply_that_answers_a_question_alone_is_in_order_and_silent_on_the_draft() -> None:
    story = Story(EU, FOUR).opens().at(hours=1)
    for member in "ABCD":
        answers = (Answer(question="use", position="agreed"),)
        position = None if member == "D" else "in_favour"
        paper = Instrument(form="letter", signed=True)
        story.do(VoteCast(member=member, position=position, received_at=story.now, instrument=paper, answers=answers))
    assert story.tally.questions[0].outcome == "open"
    story.closes()
    assert story.tally.counts == {"in_favour": 3, "against": 0, "abstention": 0, "absent": 1}
    assert (story.tally.outcome, story.tally.questions[0].counts["agreed"]) == ("adopted", 4)
    assert not [finding for finding in story.raised("D") if finding.kind == "choice"]


def test_an_outcome_is_called_what_the_body_calls_it_wherever_it_is_named() -> None:
    procedure = small(UNBROKEN, outcomes=NAMES)
    assert decide_by(procedure, FOUR, "substantive", votes("against")).reasons[-1] == "Silence broken"
    assert decide_by(procedure, FOUR, "substantive", votes()).reasons[-1] == "Beschluss gefasst"
    everybody = dict.fromkeys("ABCD", "in_favour")
    assert decide_by(procedure, FOUR, "substantive", everybody).reasons[-1] == "Beschluss gefasst, unanimously"
    story = told(procedure, "against").closes()
    with pytest.raises(Refused, match="announced as “Beschluss gefasst”; by the rules the outcome is “Silence broken”"):
        story.announces(outcome="adopted")
    other = told(procedure, "against").closes().announces(outcome="broken")
    assert describe(other.recorded[-1].act, other.state) == "result announced: Silence broken"
    story.at(days=2).do(EntryVoided(number=2, reason="entered for another vote"))
    at_close, amended, *_ = said_of_close(story.state)
    assert at_close.startswith("at the close: Silence broken (in favour 0, against 1")
    assert amended.startswith("as amended by act 4: open (")
    assert "adopted" not in "".join(map(str, (*story.tally.reasons, *other.tally.reasons)))


def test_an_outcome_without_a_name_of_its_own_keeps_the_general_one() -> None:
    assert decide_by(small(MAJORITY), FOUR, "substantive", votes("in_favour")).reasons[-1] == "adopted"
    assert decide_by(small(MAJORITY), FOUR, "substantive", votes("against")).reasons[-1] == "not adopted"


# Four members, of whom A is in the chair and has the casting vote (SAPL #3381, the chair of ansible).
CHAIRED = electorate(1, 1, 1, 1, A="chair")
CASTING = small(
    {**MAJORITY, "tie": {"clause": "majority", "casting": "chair"}}, groups=[{"id": "chair", "title": "Chair"}]
)


@pytest.mark.parametrize(
    ("positions", "outcome"),
    [
        (("in_favour", "in_favour", "against", "against"), "adopted"),
        (("against", "in_favour", "in_favour", "against"), "not_adopted"),
        (("in_favour", "against", "against", "against"), "not_adopted"),
        (("abstention", "in_favour", "against", None), "not_adopted"),
        (("against", "in_favour", "in_favour", "in_favour"), "adopted"),
        ((None, None, None, None), "not_adopted"),
    ],
)
def test_where_a_count_is_exactly_its_bound_the_chair_decides(positions: Any, outcome: str) -> None:
    found = decide_by(CASTING, CHAIRED, "substantive", votes(*positions))
    assert found.outcome == outcome
    tied = positions.count("in_favour") == positions.count("against")
    assert ("a tie, which A decides" in found.reasons[0]) == tied


@given(st.lists(st.sampled_from(["in_favour", "against", "abstention", None]), min_size=4, max_size=4))
def test_a_casting_vote_is_the_same_as_three_votes_against_two(positions: Any) -> None:
    """The case weighed the chair with 3 and the others with 2: it comes to the same."""
    weighed = electorate(3, 2, 2, 2)
    by_weight = small(
        of_some({"choices": ["in_favour"], "compare": "more_than", "share": "1/2", "base": CAST, "weight": "votes"})
    )
    as_cast = decide_by(CASTING, CHAIRED, "substantive", votes(*positions)).outcome
    assert as_cast == decide_by(by_weight, weighed, "substantive", votes(*positions)).outcome


def test_a_tie_that_nobody_in_the_group_can_break_is_not_met() -> None:
    two = electorate(1, 1, 1, 1, A="chair", B="chair")
    assert decide_by(CASTING, two, "substantive", votes("in_favour", "in_favour", "against", "against")).outcome == (
        "not_adopted"
    )


# An Apache release: three in favour at least, and more in favour than against.
APACHE = small(
    of_some({"choices": ["in_favour"], "compare": "at_least", "number": 3}, name="three"),
    of_some({"choices": ["in_favour"], "compare": "more_than", "share": "1/1", "base": ["against"]}, name="more_for"),
)


@given(st.lists(st.sampled_from(["in_favour", "against", "abstention", None]), min_size=8, max_size=8))
def test_more_for_than_against_is_met_where_nobody_is_against(positions: Any) -> None:
    roster = electorate(*(1,) * 8)
    given = dict(zip(roster.ids, positions, strict=True))
    wanted = positions.count("in_favour") >= 3 and positions.count("in_favour") > positions.count("against")
    assert (decide_by(APACHE, roster, "substantive", given).outcome == "adopted") == wanted


def test_a_discuss_that_was_cleared_passes_with_two_thirds_of_those_not_recused() -> None:
    """IESG ballot (datatracker): of 14, ten and one in favour after the discuss was cleared, three without a record."""
    two_thirds = of_some({"choices": ["in_favour"], "compare": "at_least", "share": "2/3"})
    roster = electorate(*(1,) * 14)
    for number, outcome in ((9, "not_adopted"), (10, "adopted"), (11, "adopted")):
        given = dict.fromkeys(roster.ids[:number], "in_favour")
        assert decide_by(small(two_thirds), roster, "substantive", given).outcome == outcome


def test_a_procedure_of_the_first_format_has_no_casting_vote() -> None:
    value: Any = CASTING.json_value()
    kept = {name: each for name, each in value.items() if name not in {"groups", "seats", "validity", "formulas"}}
    window = {"clause": "window", "fixed_by": "procedure", "hours": 24, "counted": "elapsed"}
    with pytest.raises(Malformed, match="inblue-procedure/1"):
        Procedure.of({**kept, "format": "inblue-procedure/1", "members": ["A"], "window": window}, where="first")
