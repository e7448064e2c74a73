"""A rule of a procedure as a sentence, with the clause that it rests on and where it is in the document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .phrase import Said, Value, Word
from .procedure import Procedure, Procedure2
from .procedure_rules import Rule


class Sentence(NamedTuple):
    """One sentence on ``field``, such as ``window.extendable``; ``clause`` is the id of that it rests on, if on one."""

    field: str
    text: Said
    clause: str | None = None


class Telling:
    """Sentences as they are told, one after the other."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.sentences: list[Sentence] = []

    def tell(self, field: str, text: Said, clause: Rule | str | None = None) -> None:
        """One more sentence."""
        self.sentences.append(Sentence(field, text, clause.clause if isinstance(clause, Rule) else clause))

    def tell_if(self, field: str, rule: Rule | None, text: Said) -> None:
        """One more sentence, where the procedure has the ``rule``."""
        if rule is not None:
            self.tell(field, text, rule)

    def tell_offence(self, field: str, rule: Rule | None, what: Said, *, may_count: bool = True) -> None:
        """What becomes of a reply, which ``what`` describes, by a rule that it offends; nothing where there is none.

        One that could not be counted anyway, whatever the effect of the clause, is only kept (``may_count``).
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
    """What a kind of question is called: by the body's own name, where it has one."""
    kinds = procedure.question_kinds if isinstance(procedure, Procedure2) else ()
    return next((Said.written(each.title) for each in kinds if each.id == kind), Word(kind))
