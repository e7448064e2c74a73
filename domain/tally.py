"""The decision, with its reasons line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .answers import answer_of, questions_of
from .ballot import DRAFT
from .certainty import Known, known_of, possible_outcomes
from .course import Course, course_of, decided_at
from .fact_bearing import NO_FACTS, Status, bearing, bearing_of
from .facts import fact_rules
from .instant import Span
from .judged import Judged, judged
from .on_record import positions_of, printed_counts, said_of_unknown, unknown
from .phrase import Local, Said, Value
from .procedure import Procedure
from .procedure_rules import OPEN, Outcome, Question
from .reasons import negative_and_no_veto, objecting, reason_of, reasons_of_facts, subject_to
from .roster import Roster
from .said_counts import said_counts
from .state import VoteState
from .titles import failing_said, outcome_words
from .validity import standing
from .weighing import all_answers, outcomes_by, question_of


class QuestionTally(NamedTuple):
    """The count of a question put beside the draft, and its outcome under its own conditions."""

    question: str
    counts: dict[str, int]
    answers: dict[str, str | None]
    outcome: Outcome


class Tally(NamedTuple):
    """The count and the outcome.

    ``counts`` has the procedure's choices, then silence, then, if any, the seats whose position is not on record.
    ``positions`` has the position of every seat, with None for silence. ``conditions`` are those judged, in order, up
    to the first that is not met. ``unanimous`` and ``vetoed_by`` say nothing while the outcome is open. ``derived`` is
    false if the outcome is the announced one, since the record allows several. ``decided_at`` is when the outcome was
    decided, if the procedure says when, and ``decided_by`` the act that decided it; if it was decided when it was
    reached, ``conditions`` are those of that moment. ``questions`` are those put beside the draft.
    """

    counts: dict[str, int]
    positions: dict[str, str | None]
    outcome: Outcome
    unanimous: bool = False
    vetoed_by: tuple[str, ...] = ()
    reasons: tuple[Said, ...] = ()
    conditions: tuple[Judged, ...] = ()
    derived: bool = True
    decided_at: Span | None = None
    decided_by: int | None = None
    questions: tuple[QuestionTally, ...] = ()


def tally(state: VoteState, *, as_if_closed: bool = False) -> Tally:
    """Count the current state of the vote.

    Until the close the outcome is open; ``as_if_closed`` gives what it would be.
    """
    procedure, positions = state.procedure, positions_of(state)
    answers, question = _answers(state), state.draft.act.question
    if state.roster is None or not (state.is_closed or as_if_closed):
        reason = Said.of("voting is not closed")
        if state.withdrawn is not None or state.annulled is not None:
            reason = Said.of("the draft is withdrawn") if state.withdrawn else Said.of("the vote was annulled")
        put = tuple(QuestionTally(n, count(procedure, each, n), each, OPEN) for n, each in answers.items())
        return Tally(count(procedure, positions), positions, OPEN, reasons=(reason,), questions=put)
    known, exact = _known(state, positions, answers)
    assert known is not None  # noqa: S101 - there is a roster
    outcome, derived = _outcome_as_far_as_known(state, known, exact=exact)
    course = course_of(state)
    if exact:
        found = _exactly(known, question, positions, outcome)
    else:
        found = _as_far_as_known(state, known, positions, outcome, derived=derived)
    reasons = [*found.reasons[:-1], *_said_of_course(state, course, outcome), found.reasons[-1]]
    if not derived:
        reasons[-1] = _said_of_doubt(state, known, outcome, reasons[-1])
    return found._replace(
        reasons=tuple(reasons),
        derived=derived,
        decided_at=decided_at(state, outcome),
        decided_by=course.by if course.outcome == outcome else None,
        questions=_questions(known, question, answers),
    )


def counts_of(state: VoteState) -> dict[str, int]:
    """Only the counts of :func:`tally`."""
    return count(state.procedure, positions_of(state))


def outcome_of(state: VoteState) -> Outcome:
    """Only the outcome of :func:`tally`, as if the vote were closed."""
    if state.roster is None:
        return OPEN
    known, exact = _known(state, positions_of(state), _answers(state))
    assert known is not None  # noqa: S101 - there is a roster
    return _outcome_as_far_as_known(state, known, exact=exact)[0]


def decide_by(
    procedure: Procedure,
    roster: Roster,
    question: Question,
    counted: Mapping[str, str | None],
    *,
    answers: Mapping[str, Mapping[str, str | None]] = {},
    facts: Mapping[str, Status] = {},
) -> Tally:
    """Apply the decision rule to positions by member; a missing seat, or None, was silent.

    ``answers`` are those to the questions put beside the draft, by question and member; ``facts`` those on record.
    Advisory seats are not counted.
    """
    if any(seat.advisory for seat in roster.members):
        roster = Roster(name=roster.name, members=tuple(seat for seat in roster.members if not seat.advisory))
    positions = {member: counted.get(member) for member in roster.ids}
    given = {each.id: {m: answers.get(each.id, {}).get(m) for m in roster.ids} for each in procedure.asked}
    rules = [rule for rule in fact_rules(procedure) if rule.applies_to(question)]
    known = _nominal(procedure, roster, positions, given)._replace(facts=bearing(rules, facts) if rules else NO_FACTS)
    possible = known.outcomes(question)
    outcome = next(iter(possible)) if len(possible) == 1 else OPEN
    found = _exactly(known, question, positions, outcome)
    if outcome == OPEN:
        unsaid = Said.of("the outcome depends on what is not on record")
        found = found._replace(reasons=(*found.reasons[:-1], unsaid), derived=False)
    return found._replace(questions=_questions(known, question, given))


def count(procedure: Procedure, positions: Mapping[str, str | None], question: str = DRAFT) -> dict[str, int]:
    """How many seats took each choice, how many were silent, and how many, if any, are not on record."""
    *choices, silence = all_answers(procedure, question)
    counts = dict.fromkeys((*choices, silence), 0)
    for position in positions.values():
        name = position or silence
        counts[name] = counts.get(name, 0) + 1
    return counts


def _answers(state: VoteState) -> dict[str, dict[str, str | None]]:
    """The answer of every seat to each question put beside the draft, as :func:`positions_of` for the draft.

    If the position of a seat is not on record, neither are its answers.
    """
    found: dict[str, dict[str, str | None]] = {}
    if not state.procedure.asked:
        return found
    positions, stands = positions_of(state), standing(state)
    for question in questions_of(state.procedure)[1:]:
        found[question] = {
            member: answer_of(state, stands[member], question) if member in stands else position
            for member, position in positions.items()
        }
    return found


def _nominal(
    procedure: Procedure,
    roster: Roster,
    positions: Mapping[str, str | None],
    answers: Mapping[str, Mapping[str, str | None]],
) -> Known:
    """One position and one answer of each seat."""
    put = {question: {m: (each,) for m, each in given.items()} for question, given in answers.items()}
    return Known(procedure, roster, {member: (position,) for member, position in positions.items()}, answers=put)


def _known(
    state: VoteState, positions: Mapping[str, str | None], answers: Mapping[str, Mapping[str, str | None]]
) -> tuple[Known | None, bool]:
    """What is known of who voted how, and whether that is the position of every seat by its counted reply."""
    if any(map(unknown, (positions, *answers.values()))):
        return known_of(state), False
    if state.roster is None or course_of(state).seats is not None:
        return known_of(state), True
    return _nominal(state.procedure, state.roster, positions, answers)._replace(facts=bearing_of(state)), True


def _outcome_as_far_as_known(state: VoteState, known: Known, *, exact: bool) -> tuple[Outcome, bool]:
    """The outcome, and whether it is derived: every possible count, order of arrival and fact gives it.

    If not, it is the announced outcome, or open if none was announced. If every seat has a reply that counts
    (``exact``), the choice of that reply is not varied; a note beside the outcome says if another choice gives another
    outcome.
    """
    possible = possible_outcomes(state)
    if exact:
        possible = known.outcomes(state.draft.act.question) | course_of(state).perhaps
    if len(possible) == 1:
        return next(iter(possible)), True
    result = state.result.act if state.result else None
    if result is None or not state.documented:
        return OPEN, False
    return result.outcome or (state.procedure.decision.passing if result.resolution else OPEN), False


def _exactly(known: Known, question: Question, positions: dict[str, str | None], outcome: Outcome) -> Tally:
    """The tally where every position is known: ``outcome``, and why."""
    procedure = known.procedure
    conditions = tuple(judged(known, question)) if known.facts.decides is None else ()
    failed = conditions[-1].condition if conditions and conditions[-1].fails else None
    reasons = [
        *reasons_of_facts(known.facts, procedure),
        *(reason_of(each, procedure, question) for each in conditions),
    ]
    vetoed_by: tuple[str, ...] = ()
    if failed and outcome == "vetoed":
        taken = known.taken(question_of(failed))
        vetoed_by = tuple(sorted(objecting(failed, procedure, known.roster, taken)))
    if conditions and outcome != OPEN:
        reasons += negative_and_no_veto(procedure, known.roster, question, positions, outcome)
    unanimous = outcome == procedure.decision.passing and all(
        (position or procedure.silence.means) in procedure.decision.unanimous for position in positions.values()
    )
    reasons += (subject_to(rule, procedure) for rule in known.facts.awaited)
    reasons.append(_said_of_outcome(procedure, outcome, unanimous, vetoed_by))
    return Tally(count(procedure, positions), positions, outcome, unanimous, vetoed_by, tuple(reasons), conditions)


def _as_far_as_known(
    state: VoteState, known: Known, positions: dict[str, str | None], outcome: Outcome, *, derived: bool
) -> Tally:
    """The tally where some positions are not on record."""
    procedure, question = state.procedure, state.draft.act.question
    reasons: list[Said] = [said] if (said := said_of_unknown(state)) else []
    printed = printed_counts(state)
    if printed is not None:
        counts = said_counts(printed)
        text = Said.of("counts as printed: {counts}", counts=counts)
        if known.unnamed is None:
            text = Said.of("counts as printed: {counts}; the replies on record contradict them", counts=counts)
        reasons.append(text)
    conditions = tuple(judged(known, question)) if known.facts.decides is None else ()
    reasons += reasons_of_facts(known.facts, procedure)
    reasons += (reason_of(each, procedure, question) for each in conditions)
    vetoed_by: tuple[str, ...] = ()
    if outcome == "vetoed":
        failing = (each for each in procedure.decision.conditions if each.failing == "vetoed" and each.put is None)
        vetoed_by = tuple(sorted({m for each in failing for m in objecting(each, procedure, known.roster, positions)}))
    alike = sum((printed if known.unnamed and printed else {}).get(name, 0) for name in procedure.decision.unanimous)
    unanimous = outcome == procedure.decision.passing and derived and alike == len(positions)
    reasons += (subject_to(rule, procedure) for rule in known.facts.awaited)
    reasons.append(_said_of_outcome(procedure, outcome, unanimous, vetoed_by))
    return Tally(count(procedure, positions), positions, outcome, unanimous, vetoed_by, tuple(reasons), conditions)


def _questions(
    known: Known, question: Question, answers: Mapping[str, dict[str, str | None]]
) -> tuple[QuestionTally, ...]:
    """The outcome of each question put: the passing one, unless one of its own conditions fails."""
    if not known.procedure.asked:
        return ()
    weighing, found = known.weighing(question), list[QuestionTally]()
    for put in known.procedure.asked:
        own = outcomes_by(known.procedure, weighing, known.facts.of_conditions, only=put.id)
        outcome = next(iter(own)) if len(own) == 1 else OPEN
        found.append(QuestionTally(put.id, count(known.procedure, answers[put.id], put.id), answers[put.id], outcome))
    return tuple(found)


def _said_of_outcome(procedure: Procedure, outcome: Outcome, unanimous: bool, vetoed_by: tuple[str, ...]) -> Said:
    if outcome == "vetoed":
        return _vetoed(procedure, tuple(procedure.said(member) for member in vetoed_by))
    return outcome_words(procedure, outcome, unanimous=unanimous)


def _vetoed(procedure: Procedure, members: tuple[Value, ...]) -> Said:
    formula = failing_said(procedure, "vetoed")
    if formula is not None:
        return Said.of("{formula}: {members}", formula=formula, members=members) if members else formula
    by = Said.of("not adopted: vetoed by {members}", members=members)
    return by if members else Said.of("not adopted: vetoed")


def _said_of_doubt(state: VoteState, known: Known, outcome: Outcome, as_it_is: Said) -> Said:
    """The outcome to show if it does not follow from the record."""
    if outcome != OPEN:
        return Said.of("{outcome}, as announced: it does not follow from what is on record", outcome=as_it_is)
    if state.documented:
        return Said.of("the outcome does not follow from what is on record, and none was announced")
    if known.facts.may_decide or known.facts.perhaps:
        return Said.of("the outcome depends on what is not on record")
    if course_of(state).perhaps:
        return Said.of("the outcome depends on the order in which replies arrived, which is not certain")
    return Said.of("the outcome as amended does not follow from what is on record")


def _said_of_course(state: VoteState, course: Course, outcome: Outcome) -> Iterator[Said]:
    """When and by what the outcome was decided before the close."""
    if course.outcome != outcome:
        return
    when = said_of_span(course.at, state.zone)
    reply = state.reply_in(course.by) if course.by is not None else None
    if reply is not None:
        member = state.procedure.said(reply.member)
        when = Said.of("{when}, by the reply of {member}", when=when, member=member)
    if course.when == "when_reached":
        yield Said.of("decided {when}: what came after it changes nothing", when=when)
    else:
        yield Said.of("decided {when}: nothing that could still come would have changed it", when=when)


def said_of_span(span: Span, zone: ZoneInfo) -> Said:
    """When something happened, as far as that is known."""
    first = None if span.earliest is None else Local(span.earliest, zone)
    last = None if span.latest is None else Local(span.latest, zone)
    if last is None:
        return Said.of("at a time that is not known") if first is None else Said.of("not before {first}", first=first)
    if first is None:
        return Said.of("by {last}", last=last)
    return (
        Said.of("at {at}", at=last) if first == last else Said.of("between {first} and {last}", first=first, last=last)
    )
