"""What letters say, as data: by which phrases a reply takes a position, and what makes a person look at it.

Each phrase of a position has its source, and what that is worth: ``letter``, where a member's letter has it; ``usage``,
where a document says by it how a member voted. One without a source is shown, and never proposes a position.
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
    """What is said of an explanation of vote; ``touched``: that something is, which a person reads."""

    none_stated: tuple[Line, ...]
    enclosed: tuple[Line, ...]
    announced: tuple[Line, ...]
    touched: tuple[Line, ...]


class OfficePhrase(Model):
    """An office, as a signature block has it."""

    office: Name
    text: Line


class AddresseePhrase(Model):
    """Whom a letter is addressed to."""

    addressee: Name
    text: Line


class Phrases(Model):
    """The phrases of one language.

    ``signs`` of a position, anywhere in a letter, are not by themselves one; ``near`` ones only in the sentence of
    another. ``negations`` and ``conditions`` in the sentence of a position leave it to a person, but for those within
    a ``benign`` phrase. ``heading`` is the form of a heading as the Council's documents have it. Between a member and
    its position may be the words ``between``. A note verbale begins in the ``third_person``. ``names`` are other names
    of members, by id.
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
    """Those of every language there are phrases of, in the order of their codes."""
    return tuple(Phrases.read(shipped("phrases", name), where=f"phrases {name}") for name in shipped_names("phrases"))
