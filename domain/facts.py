"""Facts of a vote: what its procedure asks for, and what is on record of each: present, missing, or unknown."""

from __future__ import annotations

from .errors import Refused
from .instant import Span
from .optional_acts import FactRecorded
from .optional_rules import Due, FactRule
from .phrase import Said
from .procedure import Procedure, Procedure2
from .recorded import Recorded
from .state import VoteState


def fact_rules(procedure: Procedure) -> tuple[FactRule, ...]:
    """The facts that bear on votes under the procedure."""
    return procedure.facts if isinstance(procedure, Procedure2) else ()


def facts_of(state: VoteState) -> tuple[FactRule, ...]:
    """The facts that bear on this vote: those of its procedure that apply to its kind of question."""
    return tuple(rule for rule in fact_rules(state.procedure) if rule.applies_to(state.draft.act.question))


def on_record(state: VoteState) -> dict[str, Recorded[FactRecorded]]:
    """What is on record of each fact, by id; a fact that is missing here is unknown.

    Of several acts about one fact, the one that happened last counts; if that is not certain, the one recorded last.
    """
    found: dict[str, Recorded[FactRecorded]] | None = state.derived.get("facts")
    if found is None:
        found = {}
        for recorded in state.facts:
            before = found.get(recorded.act.fact)
            if before is None or not happened(state, recorded).certainly_before(happened(state, before)):
                found[recorded.act.fact] = recorded
        state.derived["facts"] = found
    return found


def happened(state: VoteState, recorded: Recorded[FactRecorded]) -> Span:
    """When a fact came about, or was found missing: never later than its recording."""
    return state.span(recorded.act.established_at).not_after(recorded.recorded_at)


def check_facts_due(state: VoteState, due: Due) -> None:
    """Check that every fact that must be present before the ``due`` act is present.

    Raises:
        Refused: one is missing or unknown, and the vote is not a documented history.
    """
    if state.documented:
        return
    known = on_record(state)
    for rule in facts_of(state):
        if rule.does != "forbids" or rule.due != due:
            continue
        recorded = known.get(rule.id)
        if recorded is None:
            text = Said.of("it is not on record whether this is so: {fact}", fact=Said.written(rule.title))
            raise Refused(rule.clause, text)
        if recorded.act.status == "missing":
            raise Refused(rule.clause, Said.of("this is not so: {fact}", fact=Said.written(rule.title)))
