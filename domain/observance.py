"""Findings on rules other than on replies and deadlines: whether the procedure was in force, who presided, which
letters.

All of them need rules that only ``inblue-procedure/2`` has; a vote under the first format gets none.
"""

from __future__ import annotations

from collections.abc import Iterator

from .describe import letter_said
from .finding import Finding
from .phrase import AnyOf, Said, Value, Word
from .procedure import Procedure2
from .state import VoteState
from .tally import tally
from .validity import arrival


def observance(state: VoteState) -> Iterator[Finding]:
    """Every finding of this kind on the current state of the vote."""
    procedure = state.procedure
    if isinstance(procedure, Procedure2):
        yield from _on_validity(state, procedure)
        yield from _on_the_last_instant(state, procedure)
        yield from _on_unnamed_presiders(state, procedure)
        yield from _on_statements_of_others(state, procedure)
        yield from _on_later_letters(state, procedure)
        yield from _on_readings(state, procedure)


def _on_validity(state: VoteState, procedure: Procedure2) -> Iterator[Finding]:
    """An opening on a day when the procedure was not in force, or not known to be."""
    rule, opens = procedure.validity, state.window.opens
    if rule is None or state.draft.act.times == "simulated":
        return
    text: Said | None = None
    if opens.latest is not None and rule.since is not None and opens.certainly_before(state.span(rule.since)):
        day = opens.latest.astimezone(state.zone).date()
        text = Said.of("voting was opened on {day}; the procedure is in force from {since}", day=day, since=rule.since)
    last = rule.until or rule.known_until
    if opens.earliest is not None and last is not None:
        day = opens.earliest.astimezone(state.zone).date()
        if rule.until is not None and day >= rule.until:
            text = Said.of("voting was opened on {day}; the procedure ended on {until}", day=day, until=rule.until)
        elif rule.until is None and day > last:
            text = Said.of(
                "voting was opened on {day}; no source shows the procedure in use after {last}", day=day, last=last
            )
    if text is not None:
        yield Finding("outside_validity", rule.clause, procedure.effect(rule), text)


def _on_the_last_instant(state: VoteState, procedure: Procedure2) -> Iterator[Finding]:
    """A reply whose placement depends on the procedure's rule for the exact instant of closing."""
    clause, closes = procedure.window.at_close_clause, state.window.closes.instant
    if clause is None or closes is None or procedure.window.at_close != "inside":
        return
    for reply in state.replies:
        if arrival(state, reply).instant == closes:
            text = Said.of("received at the very instant of closing, which counts as inside")
            effect = procedure.clause(clause).effect or "note"
            yield Finding("at_the_last_instant", clause, effect, text, reply.member, reply.ordinal)


def _on_unnamed_presiders(state: VoteState, procedure: Procedure2) -> Iterator[Finding]:
    """The opening and the announcement, if nothing says who made them; a wrong presider is found elsewhere."""
    rule, unnamed = procedure.presider, list[Value]()
    if rule is None:
        return
    if state.opening is not None and state.opening.act.sender is None:
        unnamed.append(letter_said("opening"))
    if state.result is not None and state.result.act.by is None:
        unnamed.append(Said.of("announcement"))
    if unnamed:
        text = Said.of("by whom is not on record: {acts}", acts=tuple(unnamed))
        yield Finding("presider_unnamed", rule.clause, "note", text)


def _on_statements_of_others(state: VoteState, procedure: Procedure2) -> Iterator[Finding]:
    rule, roster = procedure.statements_of_others, state.roster
    if rule is None or roster is None:
        return
    for statement in state.explanations:
        if (member := statement.act.member) not in roster:
            text = Said.of(
                "statement of {member}, which is not on the roster of this vote", member=procedure.said(member)
            )
            yield Finding("statement_of_other", rule.clause, procedure.effect(rule), text, member)


def _on_later_letters(state: VoteState, procedure: Procedure2) -> Iterator[Finding]:
    """The letters that are due after the announcement, if none is on record."""
    if state.result is None:
        return
    kinds = {letter.act.kind for letter in state.letters}
    if (rule := procedure.outcome_letter) is not None and "outcome" not in kinds:
        text = Said.of("no letter on the outcome is on record")
        yield Finding("no_outcome_letter", rule.clause, procedure.effect(rule), text)
    if (rule := procedure.compendium_letter) is not None and "compendium" not in kinds:
        text = Said.of("no compendium letter is on record")
        yield Finding("no_compendium_letter", rule.clause, procedure.effect(rule), text)


def _on_readings(state: VoteState, procedure: Procedure2) -> Iterator[Finding]:
    """A finding if a text is adopted under a reading that the words of the decision alone do not give."""
    roster = state.roster
    if roster is None or not procedure.readings or (made := tally(state)).outcome != procedure.decision.passing:
        return
    for reading in procedure.readings:
        if not reading.applies_to(state.draft.act.question):
            continue
        members = tuple(
            procedure.said(seat.member)
            for seat in roster.members
            if seat.is_among(reading.among)
            and (made.positions[seat.member] or procedure.silence.means) in reading.choices
        )
        if members:
            choices = AnyOf(tuple(map(Word, reading.choices)))
            text = Said.of("the text is adopted; {choices}: {members}", choices=choices, members=members)
            if reading.among == "permanent":
                text = Said.of(
                    "the text is adopted; of the permanent members, {choices}: {members}",
                    choices=choices,
                    members=members,
                )
            yield Finding("rests_on_reading", reading.clause, procedure.effect(reading), text)
