"""The ballot: what a member that holds a key signs itself, and the registrar's entry carries unchanged.

A paper reply is entered and signed by the registrar alone. A ballot is signed by the member: nobody else can make one,
and nobody can use it for another draft, under another procedure, or twice.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .payload import Digest, Line, MemberId, Model, Name

_Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=20_000)]


class Ballot(Model):
    """A member's position on a draft.

    ``opening`` is the digest of the snapshot that the opening letter pins: procedure, roster and keys. ``nonce`` is 16
    random bytes in hex, so that two ballots are never the same.
    """

    format: Literal["inblue-ballot/1"] = "inblue-ballot/1"
    draft: Line
    procedure: Digest
    opening: Digest
    member: MemberId
    position: Name
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class OwnTimestamp(Model):
    """A timestamp that the member had put on its ballot before sending it: request and token (RFC 3161), base64."""

    query: _Base64
    token: _Base64


class SignedBallot(Model):
    """A ballot as it was signed, a DSSE envelope word for word, and the member's own timestamps over those bytes."""

    envelope: Annotated[str, StringConstraints(min_length=1, max_length=8_000)]
    timestamps: tuple[OwnTimestamp, ...] = Field(default=(), max_length=2)
