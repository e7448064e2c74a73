"""Checkpoints (C2SP tlog-checkpoint v1.0.0): a log's signed statement of its size and root.

The note text is exactly three lines: origin, size (ASCII decimal without sign or leading zero), base64 of the 32-byte
root. Extension lines, which C2SP allows but advises against, are neither written nor read. The origin is the name of
the log's key, so a checkpoint of one log cannot pass as another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ...domain.errors import Malformed
from ..errors import Broken
from .merkle import EMPTY_ROOT
from .note import NoteKey, NoteSigner, decode_base64, encode_base64, open_note, sign

MAX_SIZE = 2**63 - 1
_MAX_ORIGIN = 200
_MAX_ORIGIN_BYTES = 255

# int() would also accept +1, 1_0, a space, digits of other scripts, and thousands of digits.
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log ``origin`` had ``size`` leaves and the 32-byte root ``root``.

    Raises:
        Malformed: an origin that is not one line, a size out of 0..2**63 - 1, a root that is not 32 bytes or, at
            size 0, not that of the empty tree.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise Malformed("checkpoint: the origin is not one line of text")
        if not 0 <= self.size <= MAX_SIZE:
            raise Malformed(f"checkpoint: a size out of 0..{MAX_SIZE}")
        if len(self.root) != 32:
            raise Malformed(f"checkpoint: a root of {len(self.root)} bytes, not 32")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Malformed("checkpoint: size 0, and a root other than the empty tree's")

    def text(self) -> str:
        """The note text, three lines."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read what ``text()`` writes. The text must come out of a verified note.

        Raises:
            Malformed: anything else.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise Malformed("checkpoint: not exactly three lines")
        if not _SIZE.fullmatch(lines[1]):
            raise Malformed(f"checkpoint: {lines[1][:40]!a} is not a tree size")
        return cls(lines[0], int(lines[1]), decode_base64(lines[2], where="checkpoint: the root"))

    def sign(self, *signers: NoteSigner) -> bytes:
        """The signed checkpoint; the first signer is the log itself, whose key has the origin as its name.

        Raises:
            Malformed: the first signer has another name, or the origin is not allowed in a note.
            SignerFailed: one of them gave no valid signature.
        """
        if not signers or signers[0].name != self.origin:
            raise Malformed(f"checkpoint of {self.origin!a}: the log's own key must sign first")
        return sign(self.text(), *signers)


def check_origin(origin: str) -> None:
    """Make sure that every witness can cosign a new log's origin. The note defines its characters.

    It has 1 to 200 characters, and at most 255 bytes: ML-DSA-44 cosignatures count them in one byte (C2SP
    tlog-cosignature, ``log_origin<1..2^8-1>``).

    Raises:
        Malformed: it is longer, or empty.
    """
    if not 1 <= len(origin) <= _MAX_ORIGIN:
        raise Malformed(f"origin: at most {_MAX_ORIGIN} characters")
    size = len(origin.encode("utf-8", "surrogatepass"))
    if size > _MAX_ORIGIN_BYTES:
        raise Malformed(
            f"origin: {size} bytes in UTF-8; at most {_MAX_ORIGIN_BYTES}, or no witness could cosign it with ML-DSA-44"
        )


def open_checkpoint(raw: bytes, *keys: NoteKey) -> Checkpoint:
    """Read a checkpoint signed by the log with one of ``keys``. Lines of others are ignored.

    Raises:
        Malformed: not a note, or its text not a checkpoint of ours.
        Broken: not signed by any of them, or of another origin.
    """
    return open_signed(raw, keys)[0]


def open_signed(raw: bytes, keys: Iterable[NoteKey]) -> tuple[Checkpoint, tuple[NoteKey, ...]]:
    """The same as :func:`open_checkpoint`, with the keys that signed.

    Raises:
        Malformed, Broken: as there.
    """
    note = open_note(raw, keys)
    checkpoint = Checkpoint.parse(note.text)
    for key in note.verified:
        if checkpoint.origin != key.name:
            raise Broken(f"checkpoint of {checkpoint.origin!a}, signed by the key of {key.name!a}")
    return checkpoint, note.verified
