"""Outcomes that a procedure treats as decided before they are certain, or that are never certain before the close."""

from __future__ import annotations

from collections.abc import Iterator

from .decision_rules import Condition
from .procedure import Procedure, Procedure2
from .procedure_rules import Outcome
from .rules_of import early_close, electorate, may_be_withdrawn
from .threshold import Threshold
from .weighing import all_answers, question_of


def on_an_early_close(procedure: Procedure) -> Iterator[tuple[str, str]]:
    """An early close uses the tally so far, and later replies may give another outcome."""
    rule = early_close(procedure)
    if rule is None:
        return
    if "adopted" in rule.on and not _stays_decided(procedure, "adopted"):
        text = "voting may close as soon as the replies so far would adopt the text; later ones could undo that"
        yield rule.clause, text
    if "not_adopted" in rule.on and not _stays_decided(procedure, "not_adopted"):
        text = "voting may close as soon as the replies so far would not adopt the text; later ones could adopt it"
        yield rule.clause, text


def on_when_it_is_decided(procedure: Procedure2) -> Iterator[tuple[str, str]]:
    """An outcome that is decided when reached but could change later, or that is never certain early."""
    rule, clause = electorate(procedure), procedure.decision.clause
    for outcome, when in procedure.decision.decided.items():
        if when == "when_reached" and (may_change := _replies_may_change(procedure)):
            yield clause, f"{outcome} is decided as soon as it is reached, and {may_change} later"
        elif when == "when_reached" and not _stays_decided(procedure, outcome):
            text = f"{outcome} is decided as soon as the replies so far give it; later ones could undo that"
            yield clause, f"{text}: when_certain waits for them"
        elif when == "when_certain" and (may_change := _replies_may_change(procedure)):
            yield clause, f"{outcome} is decided when it is certain, and that is not before the close: {may_change}"
        elif when == "when_certain" and rule is not None and rule.changes is not None:
            text = f"{outcome} is decided when it is certain, and that is not before the close: seats may change"
            yield clause, text


def _replies_may_change(procedure: Procedure) -> str | None:
    if procedure.second_reply.stands == "last":
        return "a reply may be changed"
    return "a reply may be withdrawn" if may_be_withdrawn(procedure) else None


def _stays_decided(procedure: Procedure, outcome: Outcome) -> bool:
    """Whether an outcome that the replies so far give is the same whatever silent seats reply later."""
    conditions = procedure.decision.conditions
    if outcome == procedure.decision.passing:
        return all(_stays(each, procedure, met=True) for each in conditions)
    for place, condition in enumerate(conditions):
        if condition.failing != outcome:
            continue
        before = (each for each in conditions[:place] if each.failing != outcome)
        if not _stays(condition, procedure, met=False) or not all(_stays(b, procedure, met=True) for b in before):
            return False
    return True


def _stays(condition: Condition, procedure: Procedure, *, met: bool) -> bool:
    silence = all_answers(procedure, question_of(condition))[-1]
    return all(_test_stays(test, silence, met=met) for test in condition.any_of)


def _test_stays(test: Threshold, silence: str, *, met: bool) -> bool:
    """Whether a test, once met (or not met), stays so whatever silent seats reply later."""
    if test.share is not None and test.base is not None:
        return False
    rises = silence not in test.choices  # a reply only adds to what it counts
    falls = set(test.choices) == {silence}  # a reply only takes from it
    upward = test.compare in {"at_least", "more_than"}
    return rises if upward == met else falls
