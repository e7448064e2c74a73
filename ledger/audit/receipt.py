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
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ...domain.errors import InblueError, MalformedError
from ...domain.model import Line, MemberId, Model
from ...domain.said import Number, Said
from ..entries.entry import read_entry, vote_stream
from ..errors import VerificationError
from ..standards.checkpoint import Checkpoint
from ..standards.merkle import leaf_hash, verify_inclusion
from ..standards.note import decode_base64, encode_base64
from .bundle import StampLine
from .checks import RECEIPT
from .entry_checks import EntryChecks

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


def hold_against_receipts(checks: EntryChecks, size: int, receipts: Iterable[Receipt]) -> None:
    """Check 15: what each receipt shows in the log stands here, in its place.

    ``size`` is that of the log as its checkpoint says.

    Raises:
        MalformedError: it is no receipt of this log: nothing follows from it, for the log or against it.
    """
    for receipt in receipts:
        whose = f"the receipt of {receipt.member} for {receipt.draft}"
        try:
            index, leaf, checkpoint = _opened(checks, receipt)
        except InblueError as error:
            raise MalformedError(f"{whose} is no receipt of this log: {error}") from None
        if fault := _fault(checks, size, index, leaf, checkpoint):
            checks.problem(RECEIPT, None, f"{whose} shows {fault}")
        elif checks.leaf_at(index) is None:
            checks.unchecked.append(
                Said.of("The entry in the receipt of {member} lies outside these entries.", member=receipt.member)
            )
        elif checkpoint.size > size:
            text = Said.of(
                "The receipt of {member} is of a log of {known} entries; this is one of {size}: an older copy, or "
                "another history behind the reply.",
                member=receipt.member,
                known=Number(checkpoint.size),
                size=Number(size),
            )
            checks.unchecked.append(text)


def _opened(checks: EntryChecks, receipt: Receipt) -> tuple[int, bytes, Checkpoint]:
    """The entry's index and leaf hash, and the checkpoint that it was under when the log signed it."""
    raw = receipt.entry.encode()
    entry, proof = read_entry(raw), LogProof.parse(receipt.proof)
    checkpoint = checks.log_keys.open(proof.note)
    leaf = leaf_hash(raw)
    if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root):
        raise VerificationError("it does not prove that its entry stood in the log")
    if (entry.stream, getattr(entry.act, "member", None)) != (vote_stream(receipt.draft), receipt.member):
        raise VerificationError("its entry is of another reply than it says")
    return proof.index, leaf, checkpoint


def _fault(checks: EntryChecks, size: int, index: int, leaf: bytes, checkpoint: Checkpoint) -> str | None:
    held = checks.leaf_at(index)
    if held is not None and held != leaf:
        return f"an entry at {index} that was left out here, or changed"
    if held is None and index >= size:
        return f"an entry at {index}, and this is a state of {size}"
    if checks.root_at(checkpoint.size) not in {None, checkpoint.root}:
        return f"that the log signed other entries: its first {checkpoint.size} are not those here"
    return None
