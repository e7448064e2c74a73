"""What a message proposes to record: each field with where it was read, and why a person must decide.

A proposal is never a fact. What is not read is null, and says so; what may be meant and is not proposed is among the
candidates.
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
    """A stretch of a part's text, from the character ``start`` until before ``end``; null where it is the whole part.

    ``page`` is the one it begins on, from 1, where the part has pages.
    """

    part: PartPath
    start: int | None = None
    end: int | None = None
    page: int | None = None
    text: str


class Reading(Model):
    """What was read of a field: its ``value`` where one is proposed, else what may be meant."""

    value: str | None = None
    read_in: tuple[Passage, ...] = Field(default=(), max_length=_MOST)
    candidates: tuple[str, ...] = Field(default=(), max_length=_MOST)


class Reason(Model):
    """Why a person must decide. Where it ``blocks`` a field, nothing is proposed for that one."""

    kind: Name
    text: Text
    blocks: tuple[FieldName, ...] = ()
    read_in: tuple[Passage, ...] = Field(default=(), max_length=_MOST)


class Proposal(Model):
    """What one message proposes. ``part`` is the letter in it; ``basis`` what the phrase of the position is worth."""

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
        """Whether vote, member, position, form and date are read, and no reason asks for a person."""
        needed: tuple[FieldName, ...] = ("vote", "member", "position", "form", "dated")
        return not self.reasons and all(self.value(field) is not None for field in needed)

    @property
    def is_reply(self) -> bool:
        """Whether anything in it looks like a reply."""
        position = self.fields["position"]
        return bool(position.value or position.candidates)
