"""Phrases of letters, as data: which ones take a position, and which ones require a person.

Each phrase of a position has its source and the source's kind: ``letter`` if a member's letter has it; ``usage`` if a
document uses it to say how a member voted. A phrase without a source is shown, but never proposes a position.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from .payload import Line, Model, Name, Text
from .roster import shipped, shipped_names

Basis = Literal["letter", "usage"]


class PositionPhrase(Model):
    """A phrase by which a reply takes a position."""

    position: Name
    text: Line
    basis: Basis | None
    source: Line | None


class ExplanationPhrases(Model):
    """A statement on an explanation of vote; ``touched``: something is said, which a person must read."""

    none_stated: tuple[Line, ...]
    enclosed: tuple[Line, ...]
    announced: tuple[Line, ...]
    touched: tuple[Line, ...]


class OfficePhrase(Model):
    """An office, as written in a signature block."""

    office: Name
    text: Line


class AddresseePhrase(Model):
    """Whom a letter is addressed to."""

    addressee: Name
    text: Line


class Phrases(Model):
    """The phrases of one language.

    ``signs`` hint at a position anywhere in a letter but do not take one; ``near`` ones count only in the sentence of
    another. ``negations`` and ``conditions`` in the sentence of a position leave it to a person, unless within a
    ``benign`` phrase. ``heading`` is the form of a heading in the Council's documents. The words ``between`` may
    separate a member from its position. A note verbale begins in the ``third_person``. ``names`` are other names of
    members, by id.
    """

    format: Literal["inblue-phrases/1"]
    language: Line
    note: Text
    positions: tuple[PositionPhrase, ...]
    signs: dict[Name, tuple[Line, ...]]
    near: dict[Name, tuple[Line, ...]]
    negations: tuple[Line, ...]
    conditions: tuple[Line, ...]
    benign: tuple[Line, ...]
    explanation: ExplanationPhrases
    offices: tuple[OfficePhrase, ...]
    missions: tuple[Line, ...]
    addressees: tuple[AddresseePhrase, ...]
    honours: tuple[Line, ...]
    third_person: tuple[Line, ...]
    notes: tuple[Line, ...]
    letters: tuple[Line, ...]
    salutations: tuple[Line, ...]
    heading: Line | None
    signed: tuple[Line, ...]
    quotes: tuple[Line, ...]
    dates: tuple[Line, ...]
    months: tuple[Line, ...]
    between: tuple[Line, ...]
    names: dict[str, tuple[Line, ...]]


@cache
def phrases() -> tuple[Phrases, ...]:
    """The phrases of every language available, in the order of language codes."""
    return tuple(Phrases.read(shipped("phrases", name), where=f"phrases {name}") for name in shipped_names("phrases"))
