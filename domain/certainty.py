"""Whether something unknown could change the outcome: condition by condition, over all possible counts.

A condition is met, not met, or open. Nothing here tries every order or completion: each seat adds to a threshold
independently of the others, so the least and the most of the sum are exact and quick to find. If a source prints how
many took each choice, the seats that it does not name share those positions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import NamedTuple

from .answers import answer_of, questions_of
from .ballot import DRAFT
from .course import course_of
from .fact_bearing import NO_FACTS, Bearing, bearing_of
from .lapses import possible_positions
from .on_record import list_is_complete, printed_counts, voided_after_close
from .procedure import Procedure
from .procedure_rules import Outcome, Question
from .roster import NOT_ON_RECORD, Roster
from .state import VoteState
from .validity import Standing, standings
from .weighing import Possible, Unnamed, Weighing, outcomes_by


class Known(NamedTuple):
    """What is known of who voted how: the positions that each seat may have, and the seats known only by number.

    ``answers`` are those to each question put beside the draft, as ``possible`` has those to the draft.
    """

    procedure: Procedure
    roster: Roster
    possible: Possible
    unnamed: Unnamed | None = None
    answers: Mapping[str, Possible] = {}
    facts: Bearing = NO_FACTS

    def weighing(self, question: Question) -> Weighing:
        """What the seats weigh in each condition that is for the kind of question."""
        weighing = Weighing(self.procedure, self.roster, question)
        weighing.fill(DRAFT, self.possible, self.unnamed)
        for each in self.procedure.asked:
            weighing.fill(each.id, self.answers.get(each.id, {}))
        return weighing

    def taken(self, question: str) -> dict[str, str | None]:
        """What each seat answered to a question, if that is certain."""
        given = self.possible if question == DRAFT else self.answers.get(question, {})
        each = {member: tuple(given.get(member) or (None,)) for member in self.roster.ids}
        return {member: answers[0] if len(answers) == 1 else NOT_ON_RECORD for member, answers in each.items()}

    def outcomes(self, question: Question) -> frozenset[Outcome]:
        """Every outcome that may follow. The set may include one that cannot."""
        return outcomes_by(self.procedure, self.weighing(question), self.facts)


def outcome_certain(state: VoteState) -> bool:
    """Whether neither another order of arrival nor a fact that is still due gives another outcome.

    True while it is open.
    """
    if not state.is_closed:
        return True
    undetermined = any(
        len(_answers(state, seat, question)) > 1
        for seat in standings(state).values()
        if not seat.certain
        for question in questions_of(state.procedure)
    )
    facts = bearing_of(state)
    if not undetermined and not facts.may_decide and not facts.perhaps and not course_of(state).perhaps:
        return True
    return len(possible_outcomes(state)) == 1


def possible_outcomes(state: VoteState) -> frozenset[Outcome]:
    """Every outcome that what is on record allows, as if the vote were closed."""
    known, course = known_of(state), course_of(state)
    if known is None:
        return frozenset({"open"})
    found = known.outcomes(state.draft.act.question)
    if course.outcome is not None and course.outcome in found:
        return frozenset({course.outcome})
    return found | course.perhaps


def known_of(state: VoteState) -> Known | None:
    """What is on record of who voted how; None before there is a roster.

    If the vote was decided early, it is what was on record then.
    """
    if state.roster is None:
        return None
    course, facts = course_of(state), bearing_of(state)
    if course.seats is not None:
        put = {each.id: course.seats[each.id] for each in state.procedure.asked}
        return Known(state.procedure, state.roster, course.seats[DRAFT], answers=put, facts=facts)
    possible, *others = (_by_member(state, state.roster, question) for question in questions_of(state.procedure))
    answers = {each.id: other for each, other in zip(state.procedure.asked, others, strict=True)}
    unnamed = None if list_is_complete(state) else _unnamed(state, state.roster, possible)
    return Known(state.procedure, state.roster, possible, unnamed, answers, facts)


def outcomes_of(procedure: Procedure, roster: Roster, question: Question, possible: Possible) -> frozenset[Outcome]:
    """Every outcome that may follow if each seat has one of its ``possible`` positions.

    It may include one that cannot.
    """
    return Known(procedure, roster, possible).outcomes(question)


def _by_member(state: VoteState, roster: Roster, question: str) -> dict[str, Collection[str | None]]:
    """What each seat may have answered to a question."""
    stands, complete, voided = standings(state), list_is_complete(state), voided_after_close(state)
    anything, found = _anything(state, question), dict[str, Collection[str | None]]()
    for member in roster.ids:
        if (seat := stands.get(member)) is not None:
            found[member] = _answers(state, seat, question)
        else:
            found[member] = anything if member in voided or not complete else (None,)
    return found


def _answers(state: VoteState, seat: Standing, question: str) -> Collection[str | None]:
    """What a seat that sent a reply may have answered to a question."""
    if any(reply.act.says == "not_on_record" for reply in seat.possible):
        return _anything(state, question)
    if question == DRAFT:
        found = {position for reply in seat.possible for position in possible_positions(state, reply)}
    else:
        found = {answer_of(state, reply, question) for reply in seat.possible}
    if NOT_ON_RECORD in found:
        return _anything(state, question)
    return found | {None} if seat.perhaps_none else found


def _anything(state: VoteState, question: str) -> Collection[str | None]:
    choices = [state.procedure.choices, *(each.choices for each in state.procedure.asked)]
    return (*choices[questions_of(state.procedure).index(question)], None)


def _unnamed(state: VoteState, roster: Roster, possible: Possible) -> Unnamed | None:
    """The seats whose position is open, given the printed counts; None if the counts contradict what is known."""
    printed, silence = printed_counts(state), state.procedure.silence.means
    if printed is None:
        return None
    taken = [(seat, tuple(possible.get(seat.member) or (None,))) for seat in roster.members]
    seats = tuple(seat for seat, positions in taken if len(positions) > 1)
    named = Counter(positions[0] or silence for _, positions in taken if len(positions) == 1)
    left = {name: number - named[name] for name, number in printed.items()}
    rest = len(seats) - sum(left.values())
    others = tuple(name for name in (*state.procedure.choices, silence) if name not in printed)
    if rest < 0 or (rest and not others) or any(number < 0 for number in left.values()):
        return None
    return Unnamed(seats, left, rest, others)
