"""Receipts: a member keeps one to prove that its reply is in the log, whatever the registrar says later.

A receipt, ``inblue-receipt/2``, is a JSON file that names the reply by stream, number of the act and digest of its
entry. It holds that entry, a C2SP tlog-proof that the entry is in the log under a signed checkpoint, and the
timestamps over that checkpoint. The proof is text::

    c2sp.org/tlog-proof@v1
    index 17
    <base64 of a hash>          leaf's sibling first, root's child last; none in a log of one entry
                                (an empty line)
    <the checkpoint, word for word>

A ledger or bundle of the same log with another entry as this act, anywhere in the log, contradicts the receipt; one
without an entry in its place has left it out; one whose first entries do not give the receipt's checkpoint is another
history. ``inblue-receipt/1`` named the reply only by the draft, and is still read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ...domain.canonical import parse_json
from ...domain.errors import Malformed
from ...domain.payload import Digest, Line, MemberId, Model
from ..entries.entry import entry_digest, read_entry
from ..entries.streams import vote_stream
from ..standards.note import decode_base64, encode_base64
from .attestations import StampLine

MAX_RECEIPT_BYTES = 2_000_000

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
        """Read what :meth:`text` writes. An ``extra`` line, which is not authenticated, is ignored.

        Raises:
            Malformed: anything else.
        """
        head, gap, note = text.partition("\n\n")
        first, *lines = head.split("\n")
        if first != _PROOF or not gap:
            raise Malformed("proof: not a C2SP tlog-proof of version 1")
        if lines and lines[0].startswith("extra "):
            decode_base64(lines.pop(0).removeprefix("extra "), where="proof: extra")
        found = _INDEX.fullmatch(lines[0]) if lines else None
        if found is None or len(lines) > 65:
            raise Malformed("proof: no index, or too many hashes")
        path = tuple(decode_base64(line, where="proof: a hash") for line in lines[1:])
        if any(len(each) != 32 for each in path):
            raise Malformed("proof: a hash is not of 32 bytes")
        return cls(int(found[1]), path, note.encode())


class _Shown(Model):
    """What a receipt shows: a reply's entry, word for word, with its proof and the timestamps over the checkpoint."""

    member: MemberId
    entry: Annotated[str, StringConstraints(max_length=65_535)]
    proof: Annotated[str, StringConstraints(max_length=500_000)]
    timestamps: tuple[StampLine, ...] = Field(default=(), max_length=100)


class Receipt(_Shown):
    """A receipt of act ``act`` of ``stream``, whose entry has that ``digest`` (:func:`..entries.entry.entry_digest`).

    The comparison with a log checks whether the entry in it is that one.
    """

    format: Literal["inblue-receipt/2"] = "inblue-receipt/2"
    stream: Annotated[Line, StringConstraints(max_length=320)]
    act: Annotated[int, Field(ge=0, le=999_999_999_999_999)]
    digest: Digest


class _FirstReceipt(_Shown):
    format: Literal["inblue-receipt/1"]
    draft: Line

    def translated(self) -> Receipt:
        raw = self.entry.encode()
        return Receipt(
            stream=vote_stream(self.draft),
            act=read_entry(raw).index,
            digest=entry_digest(raw),
            member=self.member,
            entry=self.entry,
            proof=self.proof,
            timestamps=self.timestamps,
        )


def read_receipt(raw: bytes, *, where: str) -> Receipt:
    """Read a receipt; one of the first format is converted to the second. Nothing is verified.

    Raises:
        Malformed: it is not a receipt.
    """
    value = parse_json(raw, where=where, limit=MAX_RECEIPT_BYTES)
    if not isinstance(value, dict) or value.get("format") != "inblue-receipt/1":
        return Receipt.read(raw, where=where, limit=MAX_RECEIPT_BYTES)
    first = _FirstReceipt.read(raw, where=where, limit=MAX_RECEIPT_BYTES)
    try:
        return first.translated()
    except ValueError as error:
        raise Malformed(f"{where}: {error}") from None
