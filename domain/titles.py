"""A procedure's own names for things: outcomes, kinds of question, groups of seats.

Such a name is the body's own word, in the language of its source: it is shown unchanged, never translated.
"""

from __future__ import annotations

from collections.abc import Iterable

from .optional_rules import FactRule, Named
from .phrase import Code, Said, Value, Word
from .procedure import Procedure, Procedure2
from .procedure_rules import Outcome, Question


def outcome_title(procedure: Procedure, outcome: Outcome) -> Said | None:
    """The body's own name for an outcome; None if its procedure gives none."""
    return _title(procedure.outcomes, outcome) if isinstance(procedure, Procedure2) else None


def outcome_said(procedure: Procedure, outcome: Outcome) -> Said | Word:
    """An outcome in words: the body's own name for it, or the general one."""
    return outcome_title(procedure, outcome) or Word(outcome)


def outcome_code(procedure: Procedure, outcome: Outcome) -> Said | Code:
    """For use in a sentence: the body's own name in quotation marks, or the identifier of the general one."""
    title = outcome_title(procedure, outcome)
    return Code(outcome) if title is None else Said.of("“{name}”", name=title)


def outcome_words(procedure: Procedure, outcome: Outcome, *, unanimous: bool = False) -> Said:
    """The sentence that states an outcome other than a veto."""
    title = outcome_title(procedure, outcome)
    if title is not None:
        return Said.of("{outcome}, unanimously", outcome=title) if unanimous else title
    if outcome == "adopted":
        return Said.of("adopted unanimously") if unanimous else Said.of("adopted")
    return failing_said(procedure, outcome) or Said.of("not adopted")


def failing_said(procedure: Procedure, outcome: Outcome) -> Said | None:
    """How the body itself says that a text was not adopted, if its procedure has words for it."""
    formulas = procedure.formulas if isinstance(procedure, Procedure2) else None
    found = formulas.words_for(outcome) if formulas else None
    if found is None and outcome != procedure.decision.passing:
        return outcome_title(procedure, outcome)
    return None if found is None else Said.written(found)


def question_said(question: Question, procedure: Procedure) -> Said:
    """The kind of question of a draft, as a phrase; by the body's own name, if it has one."""
    if isinstance(procedure, Procedure2) and (title := _title(procedure.question_kinds, question)) is not None:
        return Said.of("a question of this kind: {kind}", kind=title)
    return Said.of("a substantive question") if question == "substantive" else Said.of("a procedural question")


def group_said(group: str, procedure: Procedure) -> Value:
    """The name of a group of seats."""
    title = _title(procedure.groups, group) if isinstance(procedure, Procedure2) else None
    return title or Word(group)


def question_put_said(question: str, procedure: Procedure) -> Said:
    """The text of a question put beside the draft, as its procedure words it."""
    return Said.written(next(each.title for each in procedure.asked if each.id == question))


def fact_said(rule: FactRule) -> Said:
    """A fact, as its procedure words it."""
    return Said.written(rule.title)


def _title(named: Iterable[Named], name: str) -> Said | None:
    return next((Said.written(each.title) for each in named if each.id == name), None)
