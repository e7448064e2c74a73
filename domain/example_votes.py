"""The examples in a procedure, counted by its own rules."""

from __future__ import annotations

from typing import NamedTuple

from .errors import Malformed
from .facts import fact_rules
from .optional_rules import Example
from .procedure import Procedure, Procedure2
from .roster import Roster, Seat
from .rules_of import by_choice
from .tally import Tally, decide_by


class Counted(NamedTuple):
    """An example and its result; ``fault`` says why it cannot be counted, if so."""

    example: Example
    tally: Tally | None
    fault: str | None = None

    @property
    def as_wanted(self) -> bool:
        """Whether the result is what the document says."""
        return self.tally is not None and self.tally.outcome == self.example.outcome


def count_examples(procedure: Procedure) -> tuple[Counted, ...]:
    """Every example of the procedure, in order; empty if it has none."""
    return tuple(_counted(procedure, each) for each in _examples(procedure))


def _examples(procedure: Procedure) -> tuple[Example, ...]:
    return procedure.examples if isinstance(procedure, Procedure2) else ()


def _counted(procedure: Procedure, example: Example) -> Counted:
    try:
        return Counted(example, count_example(procedure, example))
    except Malformed as error:
        return Counted(example, None, str(error))


def count_example(procedure: Procedure, example: Example) -> Tally:
    """The result of an example under the rules of ``procedure``.

    Raises:
        Malformed: it names an unknown seat, position, kind of question or outcome, or more seats than it has.
    """
    roster, question = _roster(example), example.question or procedure.kinds_of_question[0]
    if question not in procedure.kinds_of_question:
        raise Malformed(f"question: {procedure.id} knows no question of the kind {question!r}")
    by_facts = [rule.outcome for rule in fact_rules(procedure) if rule.outcome is not None]
    known = dict.fromkeys((*procedure.decision.outcomes, *by_facts))
    if example.outcome not in known:
        raise Malformed(f"outcome: {example.outcome!r} is none of {', '.join(known)}")
    _check_answers(procedure, example, roster)
    if strange := example.facts.keys() - {rule.id for rule in fact_rules(procedure)}:
        raise Malformed(f"facts: {procedure.id} knows no fact {min(strange)!r}")
    positions = _positions(procedure, example, roster)
    return decide_by(procedure, roster, question, positions, answers=example.answers, facts=example.facts)


def _roster(example: Example) -> Roster:
    if isinstance(example.seats, int):
        seats = tuple(Seat(member=f"S{number}") for number in range(1, example.seats + 1))
    else:
        seats = tuple(
            Seat(
                member=seat.member,
                permanent=seat.permanent,
                weights=dict(seat.weights),
                groups=seat.groups,
                advisory=seat.advisory,
            )
            for seat in example.seats
        )
    return Roster(name="of an example", members=seats)


def _check_answers(procedure: Procedure, example: Example, roster: Roster) -> None:
    for question, answers in example.answers.items():
        known = procedure.answers_to(question)
        if not known:
            raise Malformed(f"answers: {procedure.id} puts no question {question!r}")
        for member, answer in answers.items():
            if member not in roster:
                raise Malformed(f"answers: {member} has no seat")
            if answer not in known:
                raise Malformed(f"answers: {answer!r} is not an answer to {question}")


def _positions(procedure: Procedure, example: Example, roster: Roster) -> dict[str, str | None]:
    """The position of each seat.

    An example may give numbers of seats by choice; they are then assigned in the choices' order.
    """
    taken = example.positions
    if taken is None:
        counts = by_choice(procedure, example.counts or {})
        each = [name for name, number in counts.items() for _ in range(max(number, 0))]
        if len(each) > len(roster.ids):
            raise Malformed(f"counts: {len(each)} replies, and {len(roster.ids)} seats")
        taken = dict(zip(roster.ids, each, strict=False))
    for member, position in taken.items():
        if member not in roster:
            raise Malformed(f"positions: {member} has no seat")
        if position not in (*procedure.choices, procedure.silence.means):
            raise Malformed(f"positions: {position!r} is not a choice of {procedure.id}")
    silence = procedure.silence.means
    return {member: None if position == silence else position for member, position in taken.items()}
