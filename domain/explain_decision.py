"""Sentences on what decides a vote: each condition with its bounds, and when an outcome is decided."""

from __future__ import annotations

from .decision_rules import Condition
from .optional_rules import FactRule, When
from .phrase import AnyOf, Number, Said, Value, Word
from .procedure import Procedure, Procedure2
from .procedure_rules import Reading
from .reasons import needed
from .rules_of import early_close
from .sentence import Telling, kind_said, names_of
from .threshold import Threshold
from .titles import group_said, outcome_said


def tell_decision(telling: Telling) -> None:
    """The conditions in order, and the outcomes they give."""
    procedure, decision = telling.procedure, telling.procedure.decision
    for condition in decision.conditions:
        _tell_condition(telling, condition)
    if len(decision.conditions) > 1:
        order = names_of(condition.id for condition in decision.conditions)
        text = Said.of(
            "They are read in this order, and the first that is not met decides: {conditions}.", conditions=order
        )
        telling.tell("decision.conditions", text, decision)
    passing = outcome_said(procedure, decision.passing)
    text = Said.of("Where every condition is met the outcome is {outcome}.", outcome=passing)
    telling.tell("decision.passing", text, decision)
    text = Said.of("No outcome is called unanimous.")
    if decision.unanimous:
        all_of = AnyOf(names_of(decision.unanimous))
        text = Said.of("It is unanimous where the position of every seat is {choices}.", choices=all_of)
    telling.tell("decision.unanimous", text, decision)
    if isinstance(procedure, Procedure2):
        for outcome in procedure.outcomes:
            title = Said.written(outcome.title)
            text = Said.of("The outcome {id} is called: {title}.", id=outcome.id, title=title)
            telling.tell(f"outcomes.{outcome.id}", text, outcome.clause)
        _tell_formulas(telling, procedure)
        for reading in procedure.readings:
            _tell_reading(telling, reading)


def tell_when_decided(telling: Telling) -> None:
    """When each outcome is decided, if not at the close."""
    procedure, decision = telling.procedure, telling.procedure.decision
    for outcome, when in decision.decided.items():
        text = _decided(when, outcome_said(procedure, outcome))
        telling.tell(f"decision.decided.{outcome}", text, decision)
    if any(outcome not in decision.decided for outcome in decision.outcomes):
        text = Said.of("Every outcome is decided at the close.")
        if decision.decided:
            text = Said.of("Every other outcome is decided at the close.")
        telling.tell("decision.decided", text, decision)
    rule = early_close(procedure)
    if rule is not None:
        outcomes = AnyOf(names_of(rule.on))
        text = Said.of(
            "Voting may close before the deadline once the replies so far give {outcomes}.", outcomes=outcomes
        )
        telling.tell("early_close", text, rule)


def _decided(when: When, outcome: Value) -> Said:
    match when:
        case "at_close":
            return Said.of("That it is {outcome} is decided at the close.", outcome=outcome)
        case "when_reached":
            return Said.of("That it is {outcome} is decided by the reply that first gives it.", outcome=outcome)
        case "when_certain":
            return Said.of(
                "That it is {outcome} is decided as soon as nothing that can still come changes it.", outcome=outcome
            )


def _tell_condition(telling: Telling, condition: Condition) -> None:
    procedure, where, name = telling.procedure, f"decision.conditions.{condition.id}", Word(condition.id)
    bound: Said | None = None
    for test in condition.any_of:
        said = threshold_said(procedure, test)
        bound = Said.of("{one}; or {other}", one=bound, other=said) if bound else said
    assert bound is not None  # noqa: S101 - the model wants one threshold at least
    failing = outcome_said(procedure, condition.failing)
    text = Said.of("{condition}: {bound}. Otherwise it is {outcome}.", condition=name, bound=bound, outcome=failing)
    telling.tell(where, text, condition)
    if condition.questions is not None and set(condition.questions) != set(procedure.kinds_of_question):
        kinds = AnyOf(tuple(kind_said(procedure, kind) for kind in condition.questions))
        text = Said.of("{condition} is for questions of this kind alone: {kinds}.", condition=name, kinds=kinds)
        telling.tell(f"{where}.questions", text, condition)
    if condition.put is not None:
        text = Said.of(
            "{condition} counts the answers to the question {question}.", condition=name, question=Word(condition.put)
        )
        telling.tell(f"{where}.put", text, condition)
    if condition.tie is not None:
        casting = group_said(condition.tie.casting, procedure)
        text = Said.of(
            "{condition}: where the count is exactly its bound, the seat of {group} decides.",
            condition=name,
            group=casting,
        )
        telling.tell(f"{where}.tie", text, condition.tie)


def threshold_said(procedure: Procedure, test: Threshold) -> Said:
    """What a threshold requires, as a phrase: ``in favour, needed at least 9 seats``."""
    seats, what = _seats(procedure, test.among), Said.of("{choices}", choices=AnyOf(names_of(test.choices)))
    if test.weight is not None:
        what = Said.of("{counted} by {weight}", counted=what, weight=Word(test.weight))
    if test.number is not None:
        if test.compare == "at_most" and test.number == 0:
            return Said.of("{counted}, needed from none of the {seats}", counted=what, seats=seats)
        return needed(test, what, Said.of("{number} {seats}", number=Number(test.number), seats=seats))
    share = test.share or ""
    if test.base is None:
        return needed(test, what, Said.of("{share} of all {seats}", share=share, seats=seats))
    base = AnyOf(names_of(test.base))
    if share == "1/1" and test.compare == "more_than":
        return Said.of("{counted}, needed more {seats} than {base}", counted=what, seats=seats, base=base)
    return needed(test, what, Said.of("{share} of the {seats} {base}", share=share, seats=seats, base=base))


def _seats(procedure: Procedure, among: str) -> Value:
    match among:
        case "all":
            return Said.of("seats")
        case "permanent":
            return Said.of("permanent members")
        case group:
            return Said.of("seats of {group}", group=group_said(group, procedure))


def _tell_formulas(telling: Telling, procedure: Procedure2) -> None:
    if procedure.formulas is None:
        return
    for outcome in ("not_adopted", "vetoed"):
        words = procedure.formulas.words_for(outcome)
        if words is not None:
            text = Said.of("The outcome {id} is called: {title}.", id=outcome, title=Said.written(words))
            telling.tell(f"formulas.{outcome}", text, procedure.formulas)
    if procedure.formulas.not_adopted is None and procedure.formulas.vetoed is None:
        telling.tell("formulas", Said.of("No outcome has a name of its own."), procedure.formulas)


def _tell_reading(telling: Telling, rule: Reading) -> None:
    procedure, choices = telling.procedure, AnyOf(names_of(rule.choices))
    seats = _seats(procedure, rule.among)
    text = Said.of(
        "That it passes although the position of {seats} is {choices} is noted.", seats=seats, choices=choices
    )
    if rule.questions is not None:
        kinds = AnyOf(tuple(kind_said(procedure, kind) for kind in rule.questions))
        text = Said.of(
            "That a question of this kind ({kinds}) passes although the position of {seats} is {choices} is noted.",
            kinds=kinds,
            seats=seats,
            choices=choices,
        )
    telling.tell(f"readings.{rule.clause}", text, rule)


def tell_facts(telling: Telling) -> None:
    """Which facts bear on a vote, until when each is due, and what it does."""
    procedure = telling.procedure
    for fact in procedure.facts if isinstance(procedure, Procedure2) else ():
        title, where = Said.written(fact.title), f"facts.{fact.id}"
        text = Said.of("{fact} ({id}): {due}.", fact=title, id=fact.id, due=_due(fact))
        telling.tell(f"{where}.due", text, fact)
        telling.tell(f"{where}.does", _does(procedure, fact, title), fact)
        if fact.questions is not None:
            kinds = AnyOf(tuple(kind_said(procedure, kind) for kind in fact.questions))
            text = Said.of("{condition} is for questions of this kind alone: {kinds}.", condition=title, kinds=kinds)
            telling.tell(f"{where}.questions", text, fact)


def _due(fact: FactRule) -> Said:
    match fact.due:
        case "opening":
            return Said.of("due before the opening")
        case "close":
            return Said.of("due before the close")
        case "announcement":
            return Said.of("due before the announcement")
        case "after":
            return Said.of("due after the announcement")


def _does(procedure: Procedure, fact: FactRule, title: Said) -> Said:
    match fact.does:
        case "forbids":
            return Said.of("Until it is on record that this is so, that is refused: {fact}.", fact=title)
        case "flags":
            return Said.of("Where this is not so, or not known, there is a finding: {fact}.", fact=title)
        case "overrides":
            conditions = names_of(fact.conditions or ())
            return Said.of(
                "Where this is so, these conditions do not apply: {conditions}: {fact}.",
                conditions=conditions,
                fact=title,
            )
        case "decides":
            outcome = outcome_said(procedure, fact.outcome or "")
            if fact.if_it_is == "present":
                return Said.of("Where this is so, the outcome is {outcome}: {fact}.", outcome=outcome, fact=title)
            return Said.of("Where this is not so, the outcome is {outcome}: {fact}.", outcome=outcome, fact=title)
