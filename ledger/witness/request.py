"""Requests to a witness (C2SP tlog-witness, add-checkpoint), and its responses."""

from __future__ import annotations

import re
from typing import NamedTuple

from ...domain.errors import Malformed
from ..standards.note import decode_base64, encode_base64, split_note

MAX_REQUEST = 65_536
MAX_HASHES = 63
SIZE_TYPE = "text/x.tlog.size"

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class Answer(NamedTuple):
    """An HTTP status, a body, and its media type."""

    status: int
    body: str
    kind: str = "text/plain; charset=utf-8"


class Request(NamedTuple):
    """A parsed add-checkpoint request. ``note`` is the checkpoint, not verified yet."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes

    @property
    def origin(self) -> str:
        """The claimed origin of the checkpoint's log."""
        return split_note(self.note)[0].split("\n")[0]


def write_request(old: int, proof: tuple[bytes, ...], note: bytes) -> bytes:
    """The body of an add-checkpoint request."""
    lines = "".join(f"{encode_base64(each)}\n" for each in proof)
    return f"old {old}\n{lines}\n".encode() + note


def read_request(raw: bytes) -> Request:
    """Read what :func:`write_request` writes.

    Raises:
        Malformed: anything else.
    """
    if len(raw) > MAX_REQUEST:
        raise Malformed(f"request: more than {MAX_REQUEST:,} bytes")
    head, gap, note = raw.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("request: not ASCII before the checkpoint") from None
    found = _OLD.fullmatch(first)
    if found is None or not gap or not note or len(lines) > MAX_HASHES:
        raise Malformed("request: not old N, hashes, an empty line and a checkpoint")
    proof = tuple(decode_base64(line, where="request: a hash") for line in lines)
    if any(len(each) != 32 for each in proof):
        raise Malformed("request: a hash is not of 32 bytes")
    split_note(note)
    return Request(int(found[1]), proof, note)
