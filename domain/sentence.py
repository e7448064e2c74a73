"""A rule of a procedure as a sentence, with its clause and its place in the document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .phrase import Said, Value, Word
from .procedure import Procedure, Procedure2
from .procedure_rules import Rule


class Sentence(NamedTuple):
    """One sentence on ``field``, such as ``window.extendable``; ``clause`` is the id of its clause, if any."""

    field: str
    text: Said
    clause: str | None = None


class Telling:
    """Collects sentences one after the other."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.sentences: list[Sentence] = []

    def tell(self, field: str, text: Said, clause: Rule | str | None = None) -> None:
        """Add a sentence."""
        self.sentences.append(Sentence(field, text, clause.clause if isinstance(clause, Rule) else clause))

    def tell_if(self, field: str, rule: Rule | None, text: Said) -> None:
        """Add a sentence if the procedure has the ``rule``."""
        if rule is not None:
            self.tell(field, text, rule)

    def tell_offence(self, field: str, rule: Rule | None, what: Said, *, may_count: bool = True) -> None:
        """Add what happens to a reply, described by ``what``, that offends a rule; nothing if there is no rule.

        One that could not be counted anyway (not ``may_count``) is only kept, whatever the effect of the clause.
        """
        if rule is None:
            return
        match self.procedure.effect(rule), may_count:
            case "reject", _:
                text = Said.of("{what}: it is kept, and does not count.", what=what)
            case "flag", False:
                text = Said.of("{what}: it is kept, and is flagged for the auditor.", what=what)
            case _, False:
                text = Said.of("{what}: it is kept, with a note.", what=what)
            case "flag", _:
                text = Said.of("{what}: it counts, and is flagged for the auditor.", what=what)
            case _:
                text = Said.of("{what}: it counts, with a note.", what=what)
        self.tell(field, text, rule)


def names_of(names: Iterable[str]) -> tuple[Value, ...]:
    """Identifiers as a list of words in a sentence."""
    return tuple(Word(name) for name in names)


def kind_said(procedure: Procedure, kind: str) -> Value:
    """The name of a kind of question: the body's own name, if it has one."""
    kinds = procedure.question_kinds if isinstance(procedure, Procedure2) else ()
    return next((Said.written(each.title) for each in kinds if each.id == kind), Word(kind))
