"""What a message suggests recording: each field with the place it was read from, and why a person must decide.

A proposal is never a fact. A field that was not read is null and says so; values that may be meant but are not proposed
are listed as candidates.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from pydantic import Field

from .message_contents import PartPath
from .payload import Model, Name, Text

FieldName: TypeAlias = Literal[
    "vote",
    "member",
    "position",
    "form",
    "dated",
    "signatory",
    "signed",
    "office",
    "addressee",
    "language",
    "explanation",
]
FIELDS: tuple[FieldName, ...] = get_args(FieldName)
_MOST = 20


class Passage(Model):
    """A range of a part's text, from the character ``start`` to before ``end``; null for the whole part.

    ``page`` is the page it begins on, from 1, if the part has pages.
    """

    part: PartPath
    start: int | None = None
    end: int | None = None
    page: int | None = None
    text: str


class Reading(Model):
    """What was read for a field: its ``value`` if one is proposed, else the candidates."""

    value: str | None = None
    read_in: tuple[Passage, ...] = Field(default=(), max_length=_MOST)
    candidates: tuple[str, ...] = Field(default=(), max_length=_MOST)


class Reason(Model):
    """Why a person must decide. If it ``blocks`` a field, nothing is proposed for that field."""

    kind: Name
    text: Text
    blocks: tuple[FieldName, ...] = ()
    read_in: tuple[Passage, ...] = Field(default=(), max_length=_MOST)


class Proposal(Model):
    """What one message suggests.

    ``part`` is the letter in it; ``basis`` says how reliable the phrase of the position is.
    """

    format: Literal["inblue-proposal/1"] = "inblue-proposal/1"
    part: PartPath | None = None
    read_as: Literal["plain", "html", "pdf", "docx"] | None = None
    basis: Literal["letter", "usage"] | None = None
    fields: dict[FieldName, Reading]
    reasons: tuple[Reason, ...] = ()

    def value(self, field: FieldName) -> str | None:
        """What is proposed for a field."""
        return self.fields[field].value

    @property
    def is_complete(self) -> bool:
        """Whether vote, member, position, form and date were read, and no reason requires a person."""
        needed: tuple[FieldName, ...] = ("vote", "member", "position", "form", "dated")
        return not self.reasons and all(self.value(field) is not None for field in needed)

    @property
    def is_reply(self) -> bool:
        """Whether anything in it looks like a reply."""
        position = self.fields["position"]
        return bool(position.value or position.candidates)
