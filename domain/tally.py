"""The decision, with its reasons line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from .certainty import Known, known_of, may_be_met, possible_outcomes, sums_of
from .decision_rules import Condition
from .on_record import positions_of, printed_counts, said_of_unknown, unknown
from .phrase import AnyOf, Number, Said, Value, Word
from .procedure import Procedure, Procedure2
from .procedure_rules import Outcome, Question
from .roster import Roster, in_figures
from .state import VoteState
from .threshold import Threshold
from .threshold_arithmetic import compared, share_of_nothing, weight_of


class Measured(NamedTuple):
    """What a threshold counts, of what (None where it names a number), and whether that is enough.

    Where positions are not on record these are the least that it may count; ``most`` is then the most of both, and
    ``met`` is None where either may be.
    """

    counted: int | Fraction
    base: int | Fraction | None
    met: bool | None
    most: tuple[int | Fraction, int | Fraction | None] | None = None


class Judged(NamedTuple):
    """A condition of the decision, and what each of its thresholds came to; none where it does not apply."""

    condition: Condition
    thresholds: tuple[Measured, ...]

    @property
    def met(self) -> bool | None:
        """Whether one threshold at least is met; None where the condition does not apply, or that is not on record."""
        if any(each.met for each in self.thresholds):
            return True
        return False if self.thresholds and all(each.met is False for each in self.thresholds) else None


class Tally(NamedTuple):
    """The count and what follows from it.

    ``counts`` has the procedure's choices, then what silence means, then, where there are any, the seats whose position
    is not on record. ``positions`` has every seat's, silence included as None. ``conditions`` are those judged, in
    order, up to the first that is not met. ``unanimous`` and ``vetoed_by`` say nothing while the outcome is open.
    ``derived`` is false where the outcome is the one that was announced, since what is on record allows several.
    """

    counts: dict[str, int]
    positions: dict[str, str | None]
    outcome: Outcome
    unanimous: bool = False
    vetoed_by: tuple[str, ...] = ()
    reasons: tuple[Said, ...] = ()
    conditions: tuple[Judged, ...] = ()
    derived: bool = True


def tally(state: VoteState, *, as_if_closed: bool = False) -> Tally:
    """Count the vote as it stands. Until it is closed the outcome is open; ``as_if_closed`` asks what it would be."""
    positions, roster = positions_of(state), state.roster
    if roster is None or not (state.is_closed or as_if_closed):
        reason = Said.of("voting is not closed")
        if state.withdrawn is not None or state.annulled is not None:
            reason = Said.of("the draft is withdrawn") if state.withdrawn else Said.of("the vote was annulled")
        return Tally(count(state.procedure, positions), positions, "open", reasons=(reason,))
    if unknown(positions) and (known := known_of(state)) is not None:
        return _as_far_as_known(state, known, positions)
    return decide_by(state.procedure, roster, state.draft.act.question, positions)


def counts_of(state: VoteState) -> dict[str, int]:
    """The counts alone of :func:`tally`."""
    return count(state.procedure, positions_of(state))


def outcome_of(state: VoteState) -> Outcome:
    """The outcome alone of :func:`tally`, as if the vote were closed."""
    if state.roster is None:
        return "open"
    positions = positions_of(state)
    if unknown(positions):
        return _outcome_as_far_as_known(state)[0]
    failing = _failing(state.procedure, state.roster, state.draft.act.question, positions)
    return failing.failing if failing else state.procedure.decision.passing


def decide_by(procedure: Procedure, roster: Roster, question: Question, counted: Mapping[str, str | None]) -> Tally:
    """Apply the decision rule to positions by member; a seat that is missing, or None, was silent."""
    positions = {member: counted.get(member) for member in roster.ids}
    failing = _failing(procedure, roster, question, positions)
    outcome: Outcome = failing.failing if failing else procedure.decision.passing
    reasons: list[Said] = []
    conditions: list[Judged] = []
    for condition in procedure.decision.conditions:
        applies = condition.any_of if condition.applies_to(question) else ()
        conditions.append(Judged(condition, tuple(_measure(each, procedure, roster, positions) for each in applies)))
        reasons.append(_reason(conditions[-1], procedure, question))
        if condition is failing:
            break
    vetoed_by: tuple[str, ...] = ()
    if failing and outcome == "vetoed":
        vetoed_by = tuple(sorted(_objecting(failing, procedure, roster, positions)))
    _explain_negative_permanent_votes(procedure, roster, question, positions, outcome, reasons)
    unanimous = outcome == procedure.decision.passing and all(
        (position or procedure.silence.means) in procedure.decision.unanimous for position in positions.values()
    )
    reasons.append(_said_of_outcome(procedure, outcome, unanimous, vetoed_by))
    return Tally(
        count(procedure, positions), positions, outcome, unanimous, vetoed_by, tuple(reasons), tuple(conditions)
    )


def _said_of_outcome(procedure: Procedure, outcome: Outcome, unanimous: bool, vetoed_by: tuple[str, ...]) -> Said:
    if outcome == "vetoed":
        return _vetoed(procedure, tuple(procedure.said(member) for member in vetoed_by))
    if outcome == "adopted":
        return Said.of("adopted unanimously") if unanimous else Said.of("adopted")
    return failing_said(procedure, outcome) or Said.of("not adopted")


def failing_said(procedure: Procedure, outcome: Outcome) -> Said | None:
    """What the body itself says of a text that was not adopted, where its procedure has words for it."""
    formulas = procedure.formulas if isinstance(procedure, Procedure2) else None
    found = formulas.words_for(outcome) if formulas else None
    return None if found is None else Said.written(found)


def _vetoed(procedure: Procedure, members: tuple[Value, ...]) -> Said:
    formula = failing_said(procedure, "vetoed")
    if formula is not None:
        return Said.of("{formula}: {members}", formula=formula, members=members) if members else formula
    by = Said.of("not adopted: vetoed by {members}", members=members)
    return by if members else Said.of("not adopted: vetoed")


def count(procedure: Procedure, positions: Mapping[str, str | None]) -> dict[str, int]:
    """How many seats took each choice, how many were silent, and of how many, if any, it is not on record."""
    counts = dict.fromkeys((*procedure.choices, procedure.silence.means), 0)
    for position in positions.values():
        name = position or procedure.silence.means
        counts[name] = counts.get(name, 0) + 1
    return counts


def said_counts(counts: Mapping[str, int]) -> tuple[Value, ...]:
    """Counts as a list in a sentence."""
    return tuple(Said.of("{choice} {number}", choice=Word(name), number=number) for name, number in counts.items())


def question_said(question: Question) -> Said:
    """What kind of question a draft is, as a phrase."""
    return Said.of("a substantive question") if question == "substantive" else Said.of("a procedural question")


def _outcome_as_far_as_known(state: VoteState) -> tuple[Outcome, bool]:
    """The outcome where positions are not on record, and whether it follows: every count that is possible gives it.

    Where it does not, it is what was announced, or open where nothing was.
    """
    possible = possible_outcomes(state)
    if len(possible) == 1:
        return next(iter(possible)), True
    result = state.result.act if state.result else None
    if result is None or not state.documented:
        return "open", False
    return result.outcome or (state.procedure.decision.passing if result.resolution else "open"), False


def _as_far_as_known(state: VoteState, known: Known, positions: dict[str, str | None]) -> Tally:
    """The tally where some positions are not on record."""
    procedure, question = state.procedure, state.draft.act.question
    outcome, derived = _outcome_as_far_as_known(state)
    reasons: list[Said] = [said] if (said := said_of_unknown(state)) else []
    printed = printed_counts(state)
    if printed is not None:
        counts = said_counts(printed)
        text = Said.of("counts as printed: {counts}", counts=counts)
        if known.unnamed is None:
            text = Said.of("counts as printed: {counts}; the replies on record contradict them", counts=counts)
        reasons.append(text)
    conditions: list[Judged] = []
    for condition in procedure.decision.conditions:
        applies = condition.any_of if condition.applies_to(question) else ()
        conditions.append(Judged(condition, tuple(_measured(each, known) for each in applies)))
        reasons.append(_reason(conditions[-1], procedure, question))
        if applies and conditions[-1].met is False:
            break
    vetoed_by: tuple[str, ...] = ()
    if outcome == "vetoed":
        failing = (condition for condition in procedure.decision.conditions if condition.failing == "vetoed")
        vetoed_by = tuple(sorted({m for each in failing for m in _objecting(each, procedure, known.roster, positions)}))
    alike = sum((printed if known.unnamed and printed else {}).get(name, 0) for name in procedure.decision.unanimous)
    unanimous = outcome == procedure.decision.passing and derived and alike == len(positions)
    reasons.append(_said_of_outcome(procedure, outcome, unanimous, vetoed_by))
    if not derived:
        text = Said.of("{outcome}, as announced: it does not follow from what is on record", outcome=reasons[-1])
        unsaid = Said.of("the outcome does not follow from what is on record, and none was announced")
        if not state.documented:
            unsaid = Said.of("the outcome as amended does not follow from what is on record")
        reasons[-1] = unsaid if outcome == "open" else text
    return Tally(
        count(procedure, positions),
        positions,
        outcome,
        unanimous,
        vetoed_by,
        tuple(reasons),
        tuple(conditions),
        derived,
    )


def _measured(threshold: Threshold, known: Known) -> Measured:
    counted, base = sums_of(threshold, known)
    can_be = may_be_met(threshold, known)
    met = next(iter(can_be)) if len(can_be) == 1 else None
    exact = counted.least == counted.most and (base is None or base.least == base.most)
    most = None if exact else (counted.most, None if base is None else base.most)
    return Measured(counted.least, None if base is None else base.least, met, most)


def _failing(
    procedure: Procedure, roster: Roster, question: Question, positions: Mapping[str, str | None]
) -> Condition | None:
    """The first condition that applies and is not met."""
    for condition in procedure.decision.conditions:
        if condition.applies_to(question) and not any(
            _measure(threshold, procedure, roster, positions).met for threshold in condition.any_of
        ):
            return condition
    return None


def _measure(
    threshold: Threshold, procedure: Procedure, roster: Roster, positions: Mapping[str, str | None]
) -> Measured:
    silence = procedure.silence.means

    def summed(choices: Iterable[str] | None) -> int | Fraction:
        wanted = None if choices is None else set(choices)
        return sum(
            weight_of(threshold, seat)
            for seat in roster.members
            if wanted is None or (positions[seat.member] or silence) in wanted
        )

    counted = summed(threshold.choices)
    base: int | Fraction
    if threshold.share is None:
        base, part, whole = 1, threshold.number or 0, 1
    else:
        base = summed(threshold.base)
        part, whole = (int(digits) for digits in threshold.share.split("/"))
    met = compared(threshold, counted * whole, part * base)  # fractions compared exactly
    if threshold.share is not None and not base:
        met = share_of_nothing(threshold, counted, procedure)
    return Measured(counted, None if threshold.share is None else base, met)


def _reason(judged: Judged, procedure: Procedure, question: Question) -> Said:
    condition = judged.condition
    name, source = Word(condition.id), Said.written(procedure.clause(condition.clause).source)
    if not judged.thresholds:
        kind = question_said(question)
        return Said.of(
            "{condition}: does not apply to {question} ({source})", condition=name, question=kind, source=source
        )
    line: Said | None = None
    for threshold, measured in zip(condition.any_of, judged.thresholds, strict=True):
        compared = _comparison(threshold, measured)
        line = Said.of("{comparison}; or {other}", comparison=line, other=compared) if line else compared
    assert line is not None  # noqa: S101 - the model wants one threshold at least
    if judged.met:
        return Said.of("{condition}: {comparison}: met ({source})", condition=name, comparison=line, source=source)
    if judged.met is None:
        return Said.of("{condition}: {comparison}: open ({source})", condition=name, comparison=line, source=source)
    return Said.of("{condition}: {comparison}: not met ({source})", condition=name, comparison=line, source=source)


def _comparison(threshold: Threshold, measured: Measured) -> Said:
    most, most_base = measured.most or (measured.counted, measured.base)
    number, choices = _between(measured.counted, most), AnyOf(tuple(map(Word, threshold.choices)))
    what = Said.of("{number} {choices}", number=number, choices=choices)
    if threshold.among == "permanent":
        what = Said.of("{counted} among the permanent members", counted=what)
    if threshold.weight is not None:
        what = Said.of("{counted} by {weight}", counted=what, weight=Word(threshold.weight))
    if threshold.share is None or measured.base is None:
        return _needed(threshold, what, threshold.number or 0)
    of = Said.of("all") if threshold.base is None else AnyOf(tuple(map(Word, threshold.base)))
    base = _between(measured.base, most_base or measured.base)
    return _needed(threshold, what, Said.of("{share} of {base} ({of})", share=threshold.share, base=base, of=of))


def _between(least: int | Fraction, most: int | Fraction) -> Value:
    if least == most:
        return _figures(least)
    return Said.of("{least} to {most}", least=_figures(least), most=_figures(most))


def _figures(value: int | Fraction) -> Value:
    return Number(value) if isinstance(value, int) else in_figures(value)


def _needed(threshold: Threshold, counted: Said, bound: Value) -> Said:
    match threshold.compare:
        case "at_least":
            return Said.of("{counted}, needed at least {bound}", counted=counted, bound=bound)
        case "more_than":
            return Said.of("{counted}, needed more than {bound}", counted=counted, bound=bound)
        case "at_most":
            return Said.of("{counted}, needed at most {bound}", counted=counted, bound=bound)
        case "fewer_than":
            return Said.of("{counted}, needed fewer than {bound}", counted=counted, bound=bound)


def _objecting(
    condition: Condition, procedure: Procedure, roster: Roster, positions: Mapping[str, str | None]
) -> set[str]:
    return {
        seat.member
        for threshold in condition.any_of
        for seat in roster.members
        if seat.is_among(threshold.among) and (positions[seat.member] or procedure.silence.means) in threshold.choices
    }


def _explain_negative_permanent_votes(
    procedure: Procedure,
    roster: Roster,
    question: Question,
    positions: Mapping[str, str | None],
    outcome: Outcome,
    reasons: list[Said],
) -> None:
    """Say why a permanent member's negative vote is no veto, which readers would otherwise take it for."""
    for condition in procedure.decision.conditions:
        if condition.failing != "vetoed" or outcome == "vetoed":
            continue
        if outcome == procedure.decision.passing and condition.applies_to(question):
            continue  # fewer than the procedure takes for a veto
        if negative := sorted(_objecting(condition, procedure, roster, positions)):
            members = tuple(procedure.said(member) for member in negative)
            text = Said.of("the negative vote of {members} is not a veto: the text failed without it", members=members)
            if not condition.applies_to(question):
                kind = question_said(question)
                text = Said.of(
                    "the negative vote of {members} is not a veto: {question} knows no veto",
                    members=members,
                    question=kind,
                )
            reasons.append(text)
