"""A finding: one thing that an auditor would raise, by clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from .phrase import Said, Value
from .procedure_rules import Effect

Fact: TypeAlias = "Value | Mapping[str, int] | None"
"""A value that a finding gives: as in a sentence, or counts by name, or nothing on record."""


class Finding(NamedTuple):
    """``kind`` is what was found, in no language: of an offence the rule's name in the procedure.

    ``severity`` is the effect of the clause: ``reject``, ``flag`` or ``note``; ``reply`` counts the member's.
    ``values`` are those in the fields of ``text``, unless others are given. ``contested``: by the clause the reply does
    not count, and it does, or no act rejects it.
    """

    kind: str
    clause: str | None
    severity: Effect
    text: Said
    member: str | None = None
    reply: int | None = None
    given: Mapping[str, Fact] | None = None
    contested: bool = False

    @property
    def values(self) -> Mapping[str, Fact]:
        """What the finding says in numbers, instants and names, by the names of its fields."""
        return self.text.all_values() if self.given is None else self.given
