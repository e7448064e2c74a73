"""Findings on the facts that bear on a vote: missing, late, or not on record."""

from __future__ import annotations

from collections.abc import Iterator

from .countings import milder
from .facts import facts_of, happened, on_record
from .finding import Fact, Finding
from .instant import Span
from .optional_acts import FactRecorded
from .optional_rules import FactRule
from .phrase import Code, Said
from .recorded import Recorded
from .state import VoteState


def on_facts(state: VoteState) -> Iterator[Finding]:
    """Each fact that is not present, once the act that it was due before has happened.

    For a fact that decides, the tally says what follows from its absence; one that overrides may always be missing.
    """
    known = on_record(state)
    for rule in facts_of(state):
        if (due := _due(state, rule)) is None or rule.does == "overrides":
            continue
        effect, recorded, fact = state.procedure.effect(rule), known.get(rule.id), Said.written(rule.title)
        given: dict[str, Fact] = {"fact": Code(rule.id)}
        if recorded is None:
            text = Said.of("it is not on record whether this is so: {fact}", fact=fact)
            yield Finding("fact_unknown", rule.clause, milder(effect), text, given=given)
        elif recorded.act.status == "missing" and rule.does != "decides":
            text = Said.of("this is not so: {fact}", fact=fact)
            yield Finding("fact_missing", rule.clause, effect, text, given=given)
        elif recorded.act.status == "present" and rule.due != "after":
            yield from _on_its_time(state, rule, recorded, due)


def _on_its_time(state: VoteState, rule: FactRule, recorded: Recorded[FactRecorded], due: Span) -> Iterator[Finding]:
    """A fact that came about after the act that it was due before, or perhaps did."""
    came, effect, fact = happened(state, recorded), state.procedure.effect(rule), Said.written(rule.title)
    given: dict[str, Fact] = {"fact": Code(rule.id), "act": recorded.number}
    if due.certainly_before(came):
        text = Said.of("this was so only after it was due: {fact}", fact=fact)
        yield Finding("fact_late", rule.clause, effect, text, given=given)
    elif came.latest is None or due.earliest is None or came.latest > due.earliest:
        text = Said.of("whether this was so when it was due is not certain: {fact}", fact=fact)
        yield Finding("fact_time_unknown", rule.clause, milder(effect), text, given=given)


def _due(state: VoteState, rule: FactRule) -> Span | None:
    """When the act happened that a fact is due before, or after; None if it has not."""
    announced = state.first_result
    match rule.due:
        case "opening":
            return None if state.opening is None else state.window.opens
        case "close" if state.closed is not None:
            at, recorded = state.closed.act.closed_at, state.closed.recorded_at
            return Span(recorded, recorded) if at is None and not state.documented else state.span(at)
        case "close":
            return state.window.closes if state.is_closed else None
        case _:
            return None if announced is None else state.span(announced.act.announced_at)
