"""Texts that stay in the words of the voting body, whatever the reader's language is, and are marked as such.

A procedure that says in which ``language`` its clauses are written is quoted in it: titles, clauses, sources, and its
names of outcomes, questions and facts. A procedure without ``language`` is shown as before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from ...domain.inert import inert
from ...domain.phrase import Said, Value
from ...domain.procedure import Procedure, Procedure2
from ...domain.wording import words
from .english import Language


class Run(NamedTuple):
    """A part of a text, and the code of its language if that is not the reader's."""

    text: str
    language: str | None = None


_SCRIPTS = {"ARABIC": "und-Arab", "CJK": "und-Hani", "CYRILLIC": "und-Cyrl", "LATIN": "und-Latn"}
_READ = {"ar": "und-Arab", "en": "und-Latn", "ru": "und-Cyrl", "zh": "und-Hani"}
"""The language that readers assume for unmarked text: French and Spanish pages quote much English."""


def from_outside(text: str, language: Language) -> tuple[Run, ...]:
    """What a person wrote, a title or a remark. The record does not name its language, so its script is marked."""
    letter = next((char for char in text if char.isalpha()), "")
    script = _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0]) if letter else None
    return (Run(inert(text), None if script == _READ.get(language.code) else script),)


class OwnWords:
    """The texts of one procedure, for a reader of ``language``."""

    def __init__(self, procedure: Procedure | None, language: Language) -> None:
        written_in = procedure.language if isinstance(procedure, Procedure2) else None
        self.language = language
        self.code = None if written_in in {None, language.code} else written_in
        self._texts = frozenset(_texts(procedure)) if procedure is not None and self.code is not None else frozenset()

    def said(self, said: Said) -> tuple[Run, ...]:
        """A text, cut where it changes to the body's own words and back."""
        if not self._texts:
            return (Run(self.language.again(said)),)
        mark = "own"
        while mark in said:
            mark += "-"
        found: list[str] = []
        whole = self.language.again(self._without(said, mark, found))
        parts = re.split(f"{mark}([0-9]+);", whole)
        return tuple(
            Run(found[int(part)], self.code) if number % 2 else Run(part) for number, part in enumerate(parts) if part
        )

    def written(self, text: str) -> tuple[Run, ...]:
        """A text of the procedure."""
        return (Run(self.language.written(text), self.code),)

    def word(self, identifier: str) -> tuple[Run, ...]:
        """An identifier as a word; marked if this language has no word for it."""
        said = self.language.word(identifier)
        return (Run(said, self.code if said == words(identifier) else None),)

    def _without(self, said: Said, mark: str, found: list[str]) -> Said:
        """``said`` with a placeholder for each of the body's own texts in it."""
        if not said.values:
            if said not in self._texts:
                return said
            found.append(str(said))
            return Said.written(f"{mark}{len(found) - 1};")
        return said.refilled({name: self._value(value, mark, found) for name, value in said.values.items()})

    def _value(self, value: Value, mark: str, found: list[str]) -> Value:
        if isinstance(value, Said):
            return self._without(value, mark, found)
        return tuple(self._value(each, mark, found) for each in value) if isinstance(value, tuple) else value


def _texts(procedure: Procedure) -> Iterator[str]:
    yield from (procedure.title, procedure.body, procedure.source, procedure.transmission.to)
    for clause in procedure.clauses:
        yield from (clause.text, clause.source)
    if not isinstance(procedure, Procedure2):
        return
    yield from (named.title for named in (*procedure.question_kinds, *procedure.groups, *procedure.outcomes))
    yield from (question.title for question in procedure.questions_put)
    yield from (fact.title for fact in procedure.facts)
    if procedure.formulas is not None:
        yield from (each for each in (procedure.formulas.not_adopted, procedure.formulas.vetoed) if each is not None)
