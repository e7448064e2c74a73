"""The ballot: a member that holds a key signs it, and the registrar's entry carries it unchanged.

A paper reply is entered and signed by the registrar alone. A ballot is signed by the member: nobody else can make one,
and nobody can use it in another log or vote, for another text, after another opening, or twice.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from .errors import Malformed
from .instant import Instant
from .naming import MAX_ROUND, name_of
from .payload import Digest, InOrder, Line, MemberId, Model, Name

_Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=20_000)]
_Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

DRAFT = "draft"
"""The question that a draft puts."""


class Bound(Model):
    """What a ballot is bound to, so that it counts nowhere else.

    ``log`` is the log's origin, ``draft`` the symbol. ``texts`` are the digests of what is put to the vote, by
    language; ``opening`` is the digest of the entry with the opening letter. ``closes_at`` is the deadline as of the
    opening, or ``rule`` the clause that it follows from, if it is not known.
    """

    log: Line
    draft: Line
    round: Annotated[int, Field(ge=1, le=MAX_ROUND)]
    texts: dict[Line, Digest]
    opening: Digest
    closes_at: Instant | None
    rule: Name | None
    rehearsal: bool

    @model_validator(mode="after")
    def _of_one_vote(self) -> Self:
        name_of(self.draft, self.round)
        if (self.closes_at is None) == (self.rule is None):
            raise Malformed("a deadline is given by closes_at or by rule, and not by both")
        return self


class Answer(InOrder):
    """A member's position on one question."""

    question: Name
    position: Name


class Ballot(Bound):
    """A member's positions. ``nonce`` is 16 random bytes in hex, so that no two ballots are the same."""

    format: Literal["inblue-ballot/2"] = "inblue-ballot/2"
    member: MemberId
    replies: tuple[Answer, ...] = Field(min_length=1, max_length=20)
    nonce: _Nonce

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({reply.question for reply in self.replies}) != len(self.replies):
            raise Malformed("replies: a question is answered once")
        return self

    @property
    def position(self) -> str | None:
        """The position on the draft, if it takes one."""
        return next((reply.position for reply in self.replies if reply.question == DRAFT), None)


class FirstBallot(Model):
    """A ballot of the first format, ``inblue-ballot/1``, which is still read but no longer accepted.

    It is bound to the snapshot that the opening pins (``opening``), but not to the log or the text.
    """

    format: Literal["inblue-ballot/1"] = "inblue-ballot/1"
    draft: Line
    procedure: Digest
    opening: Digest
    member: MemberId
    position: Name
    nonce: _Nonce

    @property
    def replies(self) -> tuple[Answer, ...]:
        """What it says, as a ballot of the second format would say it."""
        return (Answer(question=DRAFT, position=self.position),)

    @property
    def round(self) -> int:
        """Ballots of this format exist in round 1 only."""
        return 1


class OwnTimestamp(InOrder):
    """A timestamp that the member had put on its ballot before sending it: request and token (RFC 3161), base64."""

    query: _Base64
    token: _Base64


class SignedBallot(InOrder):
    """A ballot as it was signed, a DSSE envelope word for word, and the member's own timestamps over those bytes."""

    envelope: Annotated[str, StringConstraints(min_length=1, max_length=8_000)]
    timestamps: tuple[OwnTimestamp, ...] = Field(default=(), max_length=2)
