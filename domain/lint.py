"""Checks for what a procedure's authors may not mean: a document that is valid, but misleads."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .decision_rules import Condition
from .errors import Malformed
from .judged import judged
from .lint_of_timing import on_an_early_close, on_when_it_is_decided
from .procedure import Procedure, Procedure1, Procedure2
from .reach import out_of_reach
from .sample_votes import said_by_silence, silent
from .threshold import Threshold


class Fault(NamedTuple):
    """One thing that is wrong, or probably not meant, in a sentence; ``clause`` is the id of its clause.

    >>> inblue.Fault("majority", "nobody can reach it").clause
    'majority'
    """

    clause: str | None
    text: str


def lint(document: Procedure | bytes | str | Mapping[str, Any]) -> tuple[Fault, ...]:
    """The faults of a procedure, or of a document meant as one; empty if nothing is wrong.

    >>> inblue.lint(inblue.built_in_procedure("unsc-2020-253"))
    ()
    >>> inblue.lint(b"{}")[0].text
    'procedure: format: None; this version reads inblue-procedure/1 and inblue-procedure/2'
    """
    try:
        procedure = document if isinstance(document, Procedure) else _read(document)
    except Malformed as error:
        return (Fault(None, str(error)),)
    return tuple(dict.fromkeys(_faults(procedure)))


def _read(document: bytes | str | Mapping[str, Any]) -> Procedure:
    if isinstance(document, Mapping):
        try:
            document = json.dumps(dict(document))
        except (TypeError, ValueError, RecursionError):
            raise Malformed("procedure: this is not a JSON value") from None
    try:
        raw = document.encode() if isinstance(document, str) else document
    except UnicodeEncodeError:
        raise Malformed("procedure: this is not a JSON value") from None
    return Procedure.read(raw, where="procedure")


def _faults(procedure: Procedure) -> Iterator[Fault]:
    yield from (Fault(clause, str(text)) for clause, text in out_of_reach(procedure))
    for condition in procedure.decision.conditions:
        for test in condition.any_of:
            yield from _on_an_empty_base(procedure, condition, test)
    for question in procedure.kinds_of_question:
        if not any(each.applies_to(question) for each in procedure.decision.conditions):
            text = f"no condition is for a {question} question: it is adopted whatever is replied"
            yield Fault(procedure.decision.clause, text)
    yield from (Fault(*each) for each in on_an_early_close(procedure))
    if isinstance(procedure, Procedure2):
        yield from (Fault(*each) for each in on_when_it_is_decided(procedure))
        yield from _on_silence(procedure)
        yield from _on_seats(procedure)
        yield from _on_questions(procedure)
        yield from _on_clauses(procedure)


def _on_an_empty_base(procedure: Procedure, condition: Condition, test: Threshold) -> Iterator[Fault]:
    """A share of votes that perhaps nobody casts. The first format never reached it; the second defines it."""
    base = test.base
    if base is None or set(test.choices) <= set(base) or not isinstance(procedure, Procedure1):
        return
    given, taken = " or ".join(test.choices), " or ".join(base)
    what = f"{condition.id}: where nobody takes {taken}, a share of it is not reached, however many take {given}"
    yield Fault(condition.clause, f"{what}; a second test with a number would say what holds then")


def _on_silence(procedure: Procedure2) -> Iterator[Fault]:
    """If nobody replies: a text that passes because the base is empty, or passes within a minute."""
    window, passing = procedure.window, procedure.decision.passing
    if not any(said_by_silence(procedure, question) == {passing} for question in procedure.kinds_of_question):
        return
    if window.length is None and not window.hours:
        text = f"where nobody replies the outcome is {passing}, and the window may be over in a minute"
        yield Fault(window.clause, f"{text}: give it a length")
    for question in procedure.kinds_of_question:
        if said_by_silence(procedure, question) != {passing}:
            continue
        for each in judged(silent(procedure), question):
            if each.met and all(found.base == 0 or not found.met for found in each.thresholds):
                base = " or ".join(each.condition.any_of[0].base or ())
                text = f"{each.condition.id}: where nobody takes {base}, a share of none of them is enough"
                yield Fault(each.condition.clause, f"{text}; a condition with a number would say how many must reply")


def _on_seats(procedure: Procedure2) -> Iterator[Fault]:
    """A condition on permanent members in a procedure that has none."""
    rule = procedure.seats
    for condition in procedure.decision.conditions:
        if rule is not None and not rule.permanent and any(each.among == "permanent" for each in condition.any_of):
            text = f"{condition.id}: it counts the permanent members, and the procedure has no permanent seat"
            yield Fault(condition.clause, text)
        if condition.tie is not None and not any(each.compare == "more_than" for each in condition.any_of):
            text = (
                f"{condition.id}: a casting vote decides where more than a bound is needed, and no test asks for that"
            )
            yield Fault(condition.tie.clause, text)


def _on_questions(procedure: Procedure2) -> Iterator[Fault]:
    """A question that is put but decides nothing."""
    for put in procedure.questions_put:
        if not any(condition.put == put.id for condition in procedure.decision.conditions):
            yield Fault(put.clause, f"{put.id}: the question is put, and no condition counts what is answered to it")


_NO_SOURCE = re.compile(r"\W*(not found|unknown|none|no source|todo|tbd|n/?a)?\W*", re.IGNORECASE)


def _on_clauses(procedure: Procedure2) -> Iterator[Fault]:
    """Clauses without a source that do not say so, and clauses that no rule names."""
    named = {rule.clause for _, rule in procedure.rules()}
    for clause in procedure.clauses:
        if clause.basis != "not_found" and _NO_SOURCE.fullmatch(clause.source):
            text = f"{clause.id}: it has no source; where none was found, say so by its basis: not_found"
            yield Fault(clause.id, text)
        if clause.id not in named and clause.unjudged is None:
            text = f"{clause.id}: no rule names the clause"
            yield Fault(clause.id, f"{text}; say in unjudged why nothing is judged by it, or leave it out")
