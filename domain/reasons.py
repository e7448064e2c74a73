"""Why a vote has its outcome, line by line: each condition with its numbers and its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from .decision_rules import Condition
from .fact_bearing import Bearing
from .judged import Judged, Measured
from .optional_rules import FactRule
from .phrase import AnyOf, Number, Said, Value, Word
from .procedure import Procedure
from .procedure_rules import Outcome, Question
from .roster import Roster, in_figures
from .said_counts import said_number_of
from .threshold import Threshold
from .titles import fact_said, group_said, outcome_said, question_put_said, question_said
from .weighing import all_answers, question_of


def reason_of(judged: Judged, procedure: Procedure, question: Question) -> Said:
    """The result of a condition, and whether it is met."""
    condition = judged.condition
    name, source = Word(condition.id), Said.written(procedure.clause(condition.clause).source)
    if not judged.thresholds and judged.passed_over is not None:
        return Said.of(
            "{condition}: passed over, because of this fact: {fact} ({source})",
            condition=name,
            fact=fact_said(judged.passed_over),
            source=_source(judged.passed_over, procedure),
        )
    if not judged.thresholds:
        kind = question_said(question, procedure)
        return Said.of(
            "{condition}: does not apply to {question} ({source})", condition=name, question=kind, source=source
        )
    line = _line(judged, procedure)
    if judged.met:
        return Said.of("{condition}: {comparison}: met ({source})", condition=name, comparison=line, source=source)
    if judged.met is None:
        return Said.of("{condition}: {comparison}: open ({source})", condition=name, comparison=line, source=source)
    return Said.of("{condition}: {comparison}: not met ({source})", condition=name, comparison=line, source=source)


def reasons_of_facts(facts: Bearing, procedure: Procedure) -> Iterator[Said]:
    """How the facts that decide the vote, or may, bear on it."""
    for rule in facts.may_decide:
        assert rule.outcome is not None  # noqa: S101 - the model wants one of a fact that decides
        values: dict[str, Value] = {"fact": fact_said(rule), "outcome": outcome_said(procedure, rule.outcome)}
        values["source"] = _source(rule, procedure)
        if rule.if_it_is == "missing":
            yield Said.of("not on record: {fact}; if that is missing, the outcome is {outcome} ({source})", **values)
        else:
            yield Said.of("not on record: {fact}; if that is so, the outcome is {outcome} ({source})", **values)
    if (decides := facts.decides) is not None:
        fact, source = fact_said(decides), _source(decides, procedure)
        if decides.if_it_is == "missing":
            yield Said.of("decided by a fact that is missing: {fact} ({source})", fact=fact, source=source)
        else:
            yield Said.of("decided by this fact: {fact} ({source})", fact=fact, source=source)
    for rule in dict.fromkeys(facts.perhaps.values()):
        conditions = tuple(Word(each) for each in rule.conditions or ())
        yield Said.of(
            "not on record: {fact}; if that is so, passed over: {conditions} ({source})",
            fact=fact_said(rule),
            conditions=conditions,
            source=_source(rule, procedure),
        )


def subject_to(rule: FactRule, procedure: Procedure) -> Said:
    """That the outcome may still change by a fact that is due after the announcement."""
    return Said.of("subject to: {fact} ({source})", fact=fact_said(rule), source=_source(rule, procedure))


def _source(rule: FactRule, procedure: Procedure) -> Said:
    return Said.written(procedure.clause(rule.clause).source)


def _line(judged: Judged, procedure: Procedure) -> Said:
    """The comparisons of a condition, any of which is enough."""
    condition, line = judged.condition, None
    for threshold, measured in zip(condition.any_of, judged.thresholds, strict=True):
        compared = _comparison(threshold, measured, procedure)
        line = Said.of("{comparison}; or {other}", comparison=line, other=compared) if line else compared
    assert line is not None  # noqa: S101 - the model wants one threshold at least
    if condition.put is not None:
        asked = question_put_said(condition.put, procedure)
        line = Said.of("on this question: {question}: {comparison}", question=asked, comparison=line)
    if judged.casting is not None:
        member = procedure.said(judged.casting)
        line = Said.of("{comparison}: a tie, which {member} decides", comparison=line, member=member)
    return line


def _comparison(threshold: Threshold, measured: Measured, procedure: Procedure) -> Said:
    most, most_base = measured.most or (measured.counted, measured.base)
    number, choices = _between(measured.counted, most), AnyOf(tuple(map(Word, threshold.choices)))
    what = Said.of("{number} {choices}", number=number, choices=choices)
    if isinstance(number, Number):
        what = said_number_of(number.value, tuple(threshold.choices)) or what
    if threshold.among == "permanent":
        what = Said.of("{counted} among the permanent members", counted=what)
    elif threshold.among != "all":
        what = Said.of("{counted} among {group}", counted=what, group=group_said(threshold.among, procedure))
    if threshold.weight is not None:
        what = Said.of("{counted} by {weight}", counted=what, weight=Word(threshold.weight))
    if threshold.share is None or measured.base is None:
        return needed(threshold, what, threshold.number or 0)
    of = Said.of("all") if threshold.base is None else AnyOf(tuple(map(Word, threshold.base)))
    base = _between(measured.base, most_base or measured.base)
    return needed(threshold, what, Said.of("{share} of {base} ({of})", share=threshold.share, base=base, of=of))


def _between(least: int | Fraction, most: int | Fraction) -> Value:
    if least == most:
        return _figures(least)
    return Said.of("{least} to {most}", least=_figures(least), most=_figures(most))


def _figures(value: int | Fraction) -> Value:
    return Number(value) if isinstance(value, int) else in_figures(value)


def needed(threshold: Threshold, counted: Said, bound: Value) -> Said:
    """What a threshold counts, and what it compares that with."""
    match threshold.compare:
        case "at_least":
            return Said.of("{counted}, needed at least {bound}", counted=counted, bound=bound)
        case "more_than":
            return Said.of("{counted}, needed more than {bound}", counted=counted, bound=bound)
        case "at_most":
            return Said.of("{counted}, needed at most {bound}", counted=counted, bound=bound)
        case "fewer_than":
            return Said.of("{counted}, needed fewer than {bound}", counted=counted, bound=bound)


def objecting(
    condition: Condition, procedure: Procedure, roster: Roster, positions: Mapping[str, str | None]
) -> set[str]:
    """The members that took one of the choices that a condition counts; ``positions`` are those on its question."""
    silence = all_answers(procedure, question_of(condition))[-1]
    return {
        seat.member
        for threshold in condition.any_of
        for seat in roster.members
        if seat.is_among(threshold.among) and (positions.get(seat.member) or silence) in threshold.choices
    }


def negative_and_no_veto(
    procedure: Procedure,
    roster: Roster,
    question: Question,
    positions: Mapping[str, str | None],
    outcome: Outcome,
) -> Iterator[Said]:
    """Say why a permanent member's negative vote is not a veto, since readers would take it for one."""
    for condition in procedure.decision.conditions:
        if condition.failing != "vetoed" or outcome == "vetoed":
            continue
        if outcome == procedure.decision.passing and condition.applies_to(question):
            continue  # fewer than a veto needs under the procedure
        if negative := sorted(objecting(condition, procedure, roster, positions)):
            members = tuple(procedure.said(member) for member in negative)
            text = Said.of("the negative vote of {members} is not a veto: the text failed without it", members=members)
            if not condition.applies_to(question):
                kind = question_said(question, procedure)
                text = Said.of(
                    "the negative vote of {members} is not a veto: {question} knows no veto",
                    members=members,
                    question=kind,
                )
            yield text
