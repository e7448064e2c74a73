"""The contents of a message as a value: its parts by IMAP section path, and the text of those that have one.

A separate process (``ledger/intake``) makes it from untrusted bytes; it is read here as strictly as any document.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from .errors import Malformed
from .payload import Digest, Model

MAX_PARTS = 200
"""The most parts of a message; one with more is not read."""
MAX_TEXT = 100_000
"""The most characters in the text of one part."""

PartPath: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}(\.[1-9][0-9]{0,3}){0,15}$")]
"""The IMAP section of a part (RFC 9051, section 6.4.5.1): ``1``, or ``2.1`` for the first part within the second."""

_Word: TypeAlias = Annotated[str, StringConstraints(max_length=300)]
_Header: TypeAlias = Annotated[str, StringConstraints(max_length=1000)]


class Part(Model):
    """One part. ``name`` is the file's as the message gives it, ``sha256`` the digest of its decoded bytes.

    ``within`` is the enclosing part that is itself a message, if any. ``pages`` are the places in ``text`` where pages
    begin. ``faults`` say what is wrong with it or why its text is not read, one line each.
    """

    path: PartPath
    media_type: _Word
    name: _Word | None = None
    size: int
    sha256: Digest
    within: PartPath | None = None
    attached: bool = False
    read_as: Literal["plain", "html", "pdf", "docx"] | None = None
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT)] | None = None
    pages: tuple[int, ...] = Field(default=(), max_length=200)
    faults: tuple[_Word, ...] = Field(default=(), max_length=20)

    @property
    def is_document(self) -> bool:
        """Whether it is a file type that a letter may have: PDF, a word processor's, a picture of a page."""
        return self.media_type in _DOCUMENTS or self.media_type.startswith("image/") or self.read_as in {"pdf", "docx"}

    def page_of(self, place: int) -> int | None:
        """The page, from 1, of the character at ``place`` of the text; None if it has no pages."""
        return sum(start <= place for start in self.pages) or None


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_DOCUMENTS = frozenset(
    {"application/pdf", _DOCX, "application/msword", "application/rtf", "text/rtf", "application/octet-stream"}
    | {"application/vnd.oasis.opendocument.text"}
)


class Contents(Model):
    """The contents of one message. The sender and time in its headers are only the sender's claims."""

    format: Literal["inblue-message-contents/1"] = "inblue-message-contents/1"
    sender: _Header | None = None
    subject: _Header | None = None
    date: _Header | None = None
    message_id: _Header | None = None
    parts: tuple[Part, ...] = Field(default=(), max_length=MAX_PARTS)
    faults: tuple[_Word, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({part.path for part in self.parts}) != len(self.parts):
            raise Malformed("parts: a path occurs twice")
        return self

    def part(self, path: str) -> Part | None:
        """The part of that path."""
        return next((part for part in self.parts if part.path == path), None)
