"""A finding: one point that an auditor would raise, by clause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from .phrase import Said, Value
from .procedure_rules import Effect

Fact: TypeAlias = "Value | Mapping[str, int] | None"
"""A value in a finding: one that a sentence holds, counts by name, or None for nothing on record."""


class Finding(NamedTuple):
    """``kind`` identifies what was found, in no language: for an offence, the rule's name in the procedure.

    ``severity`` is the effect of the clause: ``reject``, ``flag`` or ``note``; ``reply`` counts the member's.
    ``values`` are the fields of ``text``, unless others are given. ``contested``: the clause says that the reply does
    not count, but it does, or no act rejects it.
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
        """The numbers, instants and names in the finding, by field name."""
        return self.text.all_values() if self.given is None else self.given
