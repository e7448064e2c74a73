"""What is in a message, as a value: its parts by their IMAP section path, and the text of those that have one.

It is made of hostile bytes in a process of its own (``ledger/intake``), and is read here as strictly as any document.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from .payload import Digest, Model

MAX_PARTS = 200
"""The most parts of a message that are listed; more, and it is not read."""
MAX_TEXT = 100_000
"""The most characters of one part's text."""

PartPath: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}(\.[1-9][0-9]{0,3}){0,15}$")]
"""The IMAP section of a part (RFC 9051, section 6.4.5.1): ``1``, or ``2.1`` for the first part within the second."""

_Word: TypeAlias = Annotated[str, StringConstraints(max_length=300)]
_Header: TypeAlias = Annotated[str, StringConstraints(max_length=1000)]


class Part(Model):
    """One part. ``name`` is the file's as the message gives it, ``sha256`` the digest of its decoded bytes.

    ``within`` is the part that is a message and that this one came in, if it did. ``pages`` are where the pages begin
    in ``text``. ``faults`` say in a line each what is wrong with it, or why its text is not read.
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
        """Whether it is a file that a letter may come as: PDF, a word processor's, a picture of a page."""
        return self.media_type in _DOCUMENTS or self.media_type.startswith("image/") or self.read_as in {"pdf", "docx"}

    def page_of(self, place: int) -> int | None:
        """The page, from 1, that the character at ``place`` of the text is on; None where it has no pages."""
        return sum(start <= place for start in self.pages) or None


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_DOCUMENTS = frozenset(
    {"application/pdf", _DOCX, "application/msword", "application/rtf", "text/rtf", "application/octet-stream"}
    | {"application/vnd.oasis.opendocument.text"}
)


class Contents(Model):
    """What is in one message. What a header says of sender and time is the sender's own word, and nothing more."""

    format: Literal["inblue-message-contents/1"] = "inblue-message-contents/1"
    sender: _Header | None = None
    subject: _Header | None = None
    date: _Header | None = None
    message_id: _Header | None = None
    parts: tuple[Part, ...] = Field(default=(), max_length=MAX_PARTS)
    faults: tuple[_Word, ...] = Field(default=(), max_length=20)

    def part(self, path: str) -> Part | None:
        """The part of that path."""
        return next((part for part in self.parts if part.path == path), None)
