"""Checks that the rules of a procedure fit together: each name that a rule uses must be defined."""

from __future__ import annotations

from collections.abc import Iterable

from .decision_rules import Decision
from .errors import Malformed
from .optional_rules import OptionalRules
from .procedure_rules import KINDS_OF_QUESTION, OPEN, OUTCOMES, Reading

_ALL = {"all", "permanent"}


def check_first_format(decision: Decision) -> None:
    """Check that a decision of the first format has no newer fields.

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


def check_optional_rules(
    rules: OptionalRules, decision: Decision, readings: Iterable[Reading], choices: tuple[str, ...]
) -> None:
    """Check that the optional rules of a procedure use only defined names; the last of its ``choices`` is silence.

    Raises:
        Malformed: one names an undefined choice, group, outcome, question or condition, or names one twice.
    """
    for field in ("question_kinds", "questions_put", "groups", "outcomes", "facts"):
        _once(field, [each.id for each in getattr(rules, field)])
    _once("positions", [position.choice for position in rules.positions])
    _once("decision.conditions", [condition.id for condition in decision.conditions])
    groups = {*_ALL, *(group.id for group in rules.groups)}
    outcomes = {*(outcome.id for outcome in rules.outcomes), *OUTCOMES}
    if rules.outcomes and OPEN in outcomes:
        raise Malformed(f"outcomes: {OPEN} is not an outcome: a vote that has none yet is called so")
    _known("decision.passing", (decision.passing,), outcomes)
    kinds = tuple(kind.id for kind in rules.question_kinds) or KINDS_OF_QUESTION
    for condition in decision.conditions:
        where = f"decision.{condition.id}"
        _known(f"{where}: among", (test.among for test in condition.any_of), groups)
        _known(f"{where}: failing", (condition.failing,), outcomes - {decision.passing})
        _known(f"{where}: questions", condition.questions or (), kinds)
        if condition.put is not None:
            _known(f"{where}: put", (condition.put,), [each.id for each in rules.questions_put])
        if condition.tie is not None:
            _known(f"{where}: tie", (condition.tie.casting,), groups - _ALL)
    _known("decision.decided", decision.decided, decision.outcomes)
    ids = [condition.id for condition in decision.conditions]
    for fact in rules.facts:
        _known(f"facts.{fact.id}: conditions", fact.conditions or (), ids)
        _known(f"facts.{fact.id}: outcome", (fact.outcome,) if fact.outcome else (), outcomes)
        _known(f"facts.{fact.id}: questions", fact.questions or (), kinds)
    _known("positions", (each.choice for each in rules.positions), choices[:-1])
    _known("positions: lapses", (each.lapses.to for each in rules.positions if each.lapses), choices)
    for each in rules.positions:
        _known(f"positions.{each.choice}: questions", each.questions or (), kinds)
    for reading in readings:
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
