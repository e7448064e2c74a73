"""The decision, with its reasons line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .offence import standing
from .procedure import Condition, Outcome, Procedure, Question, Threshold
from .roster import Roster
from .state import VoteState
from .wording import words


class Tally(NamedTuple):
    """The count and what follows from it.

    ``counts`` has the procedure's choices, then what silence means. ``positions`` has every seat's, silence included
    as None. ``unanimous`` and ``vetoed_by`` say nothing while the outcome is open.
    """

    counts: dict[str, int]
    positions: dict[str, str | None]
    outcome: Outcome
    unanimous: bool = False
    vetoed_by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def tally(state: VoteState, *, as_if_closed: bool = False) -> Tally:
    """Count the vote as it stands. Until it is closed the outcome is open; ``as_if_closed`` asks what it would be."""
    counted = {member: reply.act.position for member, reply in standing(state).items()}
    roster = state.roster
    if roster is None or not (state.is_closed or as_if_closed):
        seats = roster.ids if roster else ()
        positions = {member: counted.get(member) for member in seats}
        reason = "the draft is withdrawn" if state.withdrawn else "voting is not closed"
        return Tally(count(state.procedure, positions), positions, "open", reasons=(reason,))
    return decide_by(state.procedure, roster, state.draft.act.question, counted)


def decide_by(procedure: Procedure, roster: Roster, question: Question, counted: Mapping[str, str | None]) -> Tally:
    """Apply the decision rule to positions by member; a seat that is missing, or None, was silent."""
    positions = {member: counted.get(member) for member in roster.ids}
    counts = count(procedure, positions)
    reasons: list[str] = []
    outcome: Outcome = "adopted"
    vetoed_by: tuple[str, ...] = ()
    for condition in procedure.decision.conditions:
        holds = _reason(condition, procedure, roster, question, positions, reasons)
        if not holds:
            outcome = condition.failing
            if outcome == "vetoed":
                vetoed_by = tuple(sorted(_objecting(condition, procedure, roster, positions)))
            break
    _explain_negative_permanent_votes(procedure, roster, question, positions, outcome, reasons)
    unanimous = outcome == "adopted" and all(
        (position or procedure.silence.means) in procedure.decision.unanimous for position in positions.values()
    )
    said = {"adopted": "adopted", "not_adopted": "not adopted", "vetoed": "not adopted: vetoed"}[outcome]
    reasons.append(said + (" unanimously" if unanimous else "") + (f" by {', '.join(vetoed_by)}" if vetoed_by else ""))
    return Tally(counts, positions, outcome, unanimous, vetoed_by, tuple(reasons))


def count(procedure: Procedure, positions: Mapping[str, str | None]) -> dict[str, int]:
    """How many seats took each choice, and how many were silent."""
    counts = dict.fromkeys((*procedure.choices, procedure.silence.means), 0)
    for position in positions.values():
        counts[position or procedure.silence.means] += 1
    return counts


def _reason(
    condition: Condition,
    procedure: Procedure,
    roster: Roster,
    question: Question,
    positions: Mapping[str, str | None],
    reasons: list[str],
) -> bool:
    source = procedure.clause(condition.clause).source
    if question not in condition.questions:
        reasons.append(f"{words(condition.id)}: does not apply to a {question} question ({source})")
        return True
    holds = False
    lines = []
    for threshold in condition.any_of:
        met, line = _compare(threshold, procedure, roster, positions)
        holds = holds or met
        lines.append(line)
    reasons.append(f"{words(condition.id)}: {'; or '.join(lines)}: {'met' if holds else 'not met'} ({source})")
    return holds


def _compare(
    threshold: Threshold, procedure: Procedure, roster: Roster, positions: Mapping[str, str | None]
) -> tuple[bool, str]:
    silence = procedure.silence.means

    def summed(choices: Iterable[str] | None) -> int:
        wanted = None if choices is None else set(choices)
        return sum(
            1 if threshold.weight is None else seat.weights.get(threshold.weight, 0)
            for seat in roster.members
            if (threshold.among == "all" or seat.permanent)
            and (wanted is None or (positions[seat.member] or silence) in wanted)
        )

    left = summed(threshold.choices)
    what = " or ".join(words(choice) for choice in threshold.choices)
    if threshold.among == "permanent":
        what += " among the permanent members"
    if threshold.weight is not None:
        what += f" by {words(threshold.weight)}"
    if threshold.share is None:
        base, part, whole = 1, threshold.number or 0, 1
        wanted = f"{words(threshold.compare)} {threshold.number}"
    else:
        base = summed(threshold.base)
        part, whole = (int(digits) for digits in threshold.share.split("/"))
        of = "all" if threshold.base is None else " or ".join(words(choice) for choice in threshold.base)
        wanted = f"{words(threshold.compare)} {threshold.share} of {base:,} ({of})"
    scaled, bound = left * whole, part * base  # fractions compared exactly, as integers
    met = {
        "at_least": scaled >= bound,
        "more_than": scaled > bound,
        "at_most": scaled <= bound,
        "fewer_than": scaled < bound,
    }[threshold.compare]
    if threshold.share is not None and not base and threshold.compare in {"at_least", "more_than"}:
        met = False  # no share of nothing carries a text
    return met, f"{left:,} {what}, needed {wanted}"


def _objecting(
    condition: Condition, procedure: Procedure, roster: Roster, positions: Mapping[str, str | None]
) -> set[str]:
    return {
        seat.member
        for threshold in condition.any_of
        for seat in roster.members
        if (threshold.among == "all" or seat.permanent)
        and (positions[seat.member] or procedure.silence.means) in threshold.choices
    }


def _explain_negative_permanent_votes(
    procedure: Procedure,
    roster: Roster,
    question: Question,
    positions: Mapping[str, str | None],
    outcome: Outcome,
    reasons: list[str],
) -> None:
    """Say why a permanent member's negative vote is no veto, which readers would otherwise take it for."""
    for condition in procedure.decision.conditions:
        if condition.failing != "vetoed" or outcome == "vetoed":
            continue
        if outcome == "adopted" and question in condition.questions:
            continue  # fewer than the procedure takes for a veto
        if negative := sorted(_objecting(condition, procedure, roster, positions)):
            why = (
                f"a {question} question knows no veto"
                if question not in condition.questions
                else "the text failed without it"
            )
            reasons.append(f"the negative vote of {', '.join(negative)} is not a veto: {why}")
