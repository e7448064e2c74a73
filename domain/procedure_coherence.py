"""Whether the rules of a procedure agree with each other: each name that one uses is one that another gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .decision_rules import Decision
from .errors import Malformed
from .procedure_rules import KINDS_OF_QUESTION, OPEN, OUTCOMES

if TYPE_CHECKING:
    from .procedure import Procedure2

_ALL = {"all", "permanent"}


def check_first_format(decision: Decision) -> None:
    """Check that a decision of the first format has nothing that came later.

    Raises:
        Malformed: it has.
    """
    later: list[str] = [name for name in ("passing", "decided") if name in decision.model_fields_set]
    for condition in decision.conditions:
        later += [name for name in ("put", "tie") if name in condition.model_fields_set]
        _known("questions", condition.questions or (), KINDS_OF_QUESTION)
        _known("failing", (condition.failing,), OUTCOMES[1:])
        _known("among", (test.among for test in condition.any_of), _ALL)
    if later:
        raise Malformed(f"decision: {later[0]}: inblue-procedure/1 has no such field")


def check_optional_rules(procedure: Procedure2) -> None:
    """Check that the optional rules of a procedure name what there is.

    Raises:
        Malformed: one names a choice, group, outcome, question or condition that there is not, or names one twice.
    """
    decision = procedure.decision
    for field in ("question_kinds", "questions_put", "groups", "outcomes", "facts"):
        _once(field, [each.id for each in getattr(procedure, field)])
    _once("positions", [position.choice for position in procedure.positions])
    _once("decision.conditions", [condition.id for condition in decision.conditions])
    groups = {*_ALL, *(group.id for group in procedure.groups)}
    outcomes = {*(outcome.id for outcome in procedure.outcomes), *OUTCOMES}
    if procedure.outcomes and OPEN in outcomes:
        raise Malformed(f"outcomes: {OPEN} is no outcome: so a vote is called that has none yet")
    _known("decision.passing", (decision.passing,), outcomes)
    kinds = procedure.kinds_of_question
    for condition in decision.conditions:
        where = f"decision.{condition.id}"
        _known(f"{where}: among", (test.among for test in condition.any_of), groups)
        _known(f"{where}: failing", (condition.failing,), outcomes - {decision.passing})
        _known(f"{where}: questions", condition.questions or (), kinds)
        if condition.put is not None:
            _known(f"{where}: put", (condition.put,), [each.id for each in procedure.asked])
        if condition.tie is not None:
            _known(f"{where}: tie", (condition.tie.casting,), groups - _ALL)
    _known("decision.decided", decision.decided, decision.outcomes)
    ids = [condition.id for condition in decision.conditions]
    for fact in procedure.facts:
        _known(f"facts.{fact.id}: conditions", fact.conditions or (), ids)
        _known(f"facts.{fact.id}: outcome", (fact.outcome,) if fact.outcome else (), outcomes)
    known = {*procedure.choices, procedure.silence.means}
    _known("positions", (each.choice for each in procedure.positions), procedure.choices)
    _known("positions: lapses", (each.lapses.to for each in procedure.positions if each.lapses), known)
    for reading in procedure.readings:
        _known("readings: among", (reading.among,), groups)
        _known("readings: questions", reading.questions or (), kinds)


def _known(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    listed = list(known)
    for name in names:
        if name not in listed:
            raise Malformed(f"{where}: {name!r} is none of {', '.join(sorted(listed)) or 'those of this procedure'}")


def _once(where: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise Malformed(f"{where}: {name} is listed twice")
