"""Receipts: what a member keeps to show that its reply is in the log, whatever the registrar says later.

A receipt, ``inblue-receipt/1``, is a JSON file with the entry of the reply, a C2SP tlog-proof that the entry stands in
the log under a signed checkpoint, and the timestamps over that checkpoint. The proof is text::

    c2sp.org/tlog-proof@v1
    index 17
    <base64 of a hash>          leaf's sibling first, root's child last; none in a log of one entry
                                (an empty line)
    <the checkpoint, word for word>

A ledger or bundle of the same log that has not this entry in this place has left it out; one whose first entries are
not those of the receipt's checkpoint is another history.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ...domain.errors import MalformedError
from ...domain.payload import Line, MemberId, Model
from ..standards.note import decode_base64, encode_base64
from .attestations import StampLine

_PROOF = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class LogProof:
    """A C2SP tlog-proof: the inclusion ``path`` of the leaf at ``index``, under the checkpoint in ``note``."""

    index: int
    path: tuple[bytes, ...]
    note: bytes

    def text(self) -> str:
        """The file ``.tlog-proof``."""
        hashes = "".join(f"{encode_base64(each)}\n" for each in self.path)
        return f"{_PROOF}\nindex {self.index}\n{hashes}\n{self.note.decode()}"

    @classmethod
    def parse(cls, text: str) -> LogProof:
        """Read what :meth:`text` writes. An ``extra`` line, which nothing authenticates, is passed over.

        Raises:
            MalformedError: anything else.
        """
        head, gap, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        if first != _PROOF or not gap:
            raise MalformedError("proof: not a C2SP tlog-proof of version 1")
        if lines and lines[0].startswith("extra "):
            decode_base64(lines.pop(0).removeprefix("extra "), where="proof: extra")
        found = _INDEX.fullmatch(lines[0]) if lines else None
        if found is None or len(lines) > 65:
            raise MalformedError("proof: no index, or too many hashes")
        path = tuple(decode_base64(line, where="proof: a hash") for line in lines[1:])
        if any(len(each) != 32 for each in path):
            raise MalformedError("proof: a hash is not of 32 bytes")
        return cls(int(found[1]), path, note.encode())


class Receipt(Model):
    """A reply's entry, word for word, with its proof and the timestamps over the proof's checkpoint."""

    format: Literal["inblue-receipt/1"] = "inblue-receipt/1"
    draft: Line
    member: MemberId
    entry: Annotated[str, StringConstraints(max_length=65_535)]
    proof: Annotated[str, StringConstraints(max_length=500_000)]
    timestamps: tuple[StampLine, ...] = Field(default=(), max_length=100)
