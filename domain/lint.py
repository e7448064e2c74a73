"""What a procedure says that its authors may not mean: a document that is read and judged by, and misleads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from .decision_rules import Condition
from .errors import Malformed
from .procedure import Procedure
from .rules_of import early_close
from .threshold import Threshold


class Fault(NamedTuple):
    """One thing that is wrong, or probably not meant, in a sentence; ``clause`` is the id of the clause it rests on.

    >>> inblue.Fault("majority", "nobody can reach it").clause
    'majority'
    """

    clause: str | None
    text: str


def lint(document: Procedure | bytes | str | Mapping[str, Any]) -> tuple[Fault, ...]:
    """The faults of a procedure, or of a document that is to be one; none where nothing is wrong.

    >>> inblue.lint(inblue.built_in_procedure("unsc-2020-253"))
    ()
    >>> inblue.lint(b"{}")[0].text
    'procedure: format: None; this version reads inblue-procedure/1 and inblue-procedure/2'
    """
    try:
        procedure = document if isinstance(document, Procedure) else _read(document)
    except Malformed as error:
        return (Fault(None, str(error)),)
    return tuple(_faults(procedure))


def _read(document: bytes | str | Mapping[str, Any]) -> Procedure:
    if isinstance(document, Mapping):
        try:
            document = json.dumps(dict(document))
        except (TypeError, ValueError, RecursionError):
            raise Malformed("procedure: this is no JSON value") from None
    try:
        raw = document.encode() if isinstance(document, str) else document
    except UnicodeEncodeError:
        raise Malformed("procedure: this is no JSON value") from None
    return Procedure.read(raw, where="procedure")


def _faults(procedure: Procedure) -> Iterator[Fault]:
    for condition in procedure.decision.conditions:
        for test in condition.any_of:
            yield from _faults_of(procedure, condition, test)
    for question in procedure.kinds_of_question:
        if not any(each.applies_to(question) for each in procedure.decision.conditions):
            text = f"no condition is for a {question} question: it is adopted whatever is replied"
            yield Fault(procedure.decision.clause, text)
    yield from _early(procedure)


def _faults_of(procedure: Procedure, condition: Condition, test: Threshold) -> Iterator[Fault]:
    if test.share is None:
        return
    share, base = Fraction(test.share), test.base
    everything = {*procedure.choices, procedure.silence.means}
    most = share > 1 or (share == 1 and test.compare == "more_than")
    if most and test.compare in {"at_least", "more_than"} and set(test.choices) <= set(base or everything):
        yield Fault(condition.clause, f"{condition.id}: no part is {_compared(test)} of the whole that it is a part of")
    if base is not None and not set(test.choices) <= set(base):
        given, taken = " or ".join(test.choices), " or ".join(base)
        what = f"{condition.id}: where nobody takes {taken}, a share of it is not reached, however many take {given}"
        yield Fault(condition.clause, f"{what}; a second test with a number would say what holds then")


def _compared(test: Threshold) -> str:
    return f"{test.compare.replace('_', ' ')} {test.share}"


def _early(procedure: Procedure) -> Iterator[Fault]:
    """An early close is by what the tally gives now, and later replies may give another outcome."""
    rule = early_close(procedure)
    if rule is None:
        return
    silence = procedure.silence.means
    tests = [test for each in procedure.decision.conditions for test in each.any_of]
    if "adopted" in rule.on and not all(_stays(test, silence, met=True) for test in tests):
        text = "voting may close as soon as the replies so far would adopt the text; later ones could undo that"
        yield Fault(rule.clause, text)
    if "not_adopted" in rule.on and not any(
        all(_stays(test, silence, met=False) for test in each.any_of) for each in procedure.decision.conditions
    ):
        text = "voting may close as soon as the replies so far would not adopt the text; later ones could adopt it"
        yield Fault(rule.clause, text)


def _stays(test: Threshold, silence: str, *, met: bool) -> bool:
    """Whether a test, once met (or not met), is so whatever silent seats reply later."""
    if test.share is not None and test.base is not None:
        return False
    rises = silence not in test.choices  # a reply only adds to what it counts
    falls = set(test.choices) == {silence}  # a reply only takes from it
    upward = test.compare in {"at_least", "more_than"}
    return rises if upward == met else falls
