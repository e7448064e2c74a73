"""Looks up whether a digest or a receipt is in the log.

A receipt is checked as in check 15 (docs/verifying.md) against the public log: its entry must be in its place, under a
checkpoint that is an earlier state. Nothing is said about an open vote, even to the holder of a receipt.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

from ...domain.errors import InblueError, Malformed
from ...domain.phrase import Number, Said, Value
from ..entries.entry import entry_digest, read_entry
from ..entries.streams import name_in, vote_in
from ..evidence.receipt import LogProof, Receipt, read_receipt
from ..ledger import Ledger
from ..standards.checkpoint import open_checkpoint
from ..standards.merkle import leaf_hash, root, verify_inclusion
from .horizon import Horizon
from .shelf import entry_bytes, signed_state

Answer: TypeAlias = Literal["there", "missing", "another", "not_shown"]


class Found(NamedTuple):
    """The answer, in a word and in a sentence; and the entry, if it is in the log."""

    answer: Answer
    said: Said
    place: int | None = None
    vote: str | None = None
    kind: str | None = None
    named_by: bool = False
    """Whether the digest is that of a file which the entry names, not of the entry itself."""


def found_json(found: Found) -> dict[str, Any]:
    """``inblue-lookup/1``, without its format."""
    return {
        "answer": found.answer,
        "said": found.said,
        "index": found.place,
        "vote": found.vote,
        "kind": found.kind,
        "named_by": found.named_by,
    }


def digest_found(horizon: Horizon, ledger: Ledger, sha256: str, size: int) -> Found:
    """Whether a digest, 64 hex digits, is that of an entry among the first ``size``, or of a file that one names."""
    index = horizon.named.get(sha256)
    if index is None or index >= size:
        return Found("missing", Said.of("No entry that is shown here has this digest, and none names a file with it."))
    try:
        entry = read_entry(entry_bytes(ledger, index))
    except InblueError:  # beyond the public signed log
        return Found("not_shown", Said.of("No checkpoint that can be shown yet covers this entry."), index)
    vote = vote_in(entry.stream)
    own = entry_digest(entry.raw) == sha256
    about: dict[str, Value] = {"number": Number(index), "kind": entry.kind}
    if own:
        said = Said.of("This is entry {number} of the log, {kind}.", **about)
    else:
        said = Said.of("This is a file that entry {number} of the log names, {kind}.", **about)
    return Found("there", said, index, vote, entry.kind, not own)


def receipt_found(horizon: Horizon, ledger: Ledger, raw: bytes) -> Found:
    """Whether the entry of a receipt is in the public log.

    Raises:
        Malformed: it is not a receipt of this log: it says nothing for the log or against it.
    """
    receipt = read_receipt(raw, where="the receipt")
    proof = _opened(ledger, receipt)
    vote = name_in(receipt.stream)
    if ledger is not horizon.ledger and horizon.open_vote(vote) is not None:
        return Found(
            "not_shown", Said.of("The vote is open. The answer is given once the result is announced."), vote=vote
        )
    now = signed_state(ledger)[1]
    checkpoint = open_checkpoint(proof.note, *ledger.log_keys())
    if checkpoint.size > now.size:
        said = Said.of(
            "The receipt is of a state of the log with {size} entries; the one that is shown here has {now}.",
            size=Number(checkpoint.size),
            now=Number(now.size),
        )
        return _by_entry(horizon, ledger, receipt, vote, now.size) or Found("not_shown", said, vote=vote)
    if root(checkpoint.size, ledger.log.node) != checkpoint.root:
        said = Said.of("The log of the receipt has another history than the one shown here.")
        return Found("another", said, vote=vote)
    if next(iter(ledger.log.leaves(proof.index, 1)), None) != leaf_hash(receipt.entry.encode()):
        return Found("missing", Said.of("The log has another entry in the place of this one."), proof.index, vote)
    return _there(ledger, receipt, vote, proof.index)


def _opened(ledger: Ledger, receipt: Receipt) -> LogProof:
    """The verified proof in a receipt.

    Raises:
        Malformed: it is not valid, or not signed by this log.
    """
    raw = receipt.entry.encode()
    try:
        entry, proof = read_entry(raw), LogProof.parse(receipt.proof)
        checkpoint = open_checkpoint(proof.note, *ledger.log_keys())
    except InblueError as error:
        raise Malformed(f"this is not a receipt of this log: {error}") from None
    if not verify_inclusion(leaf_hash(raw), proof.index, checkpoint.size, proof.path, checkpoint.root):
        raise Malformed("this is not a receipt of this log: it does not prove that its entry stood in it")
    says = (receipt.stream, receipt.act, receipt.digest, receipt.member)
    if (entry.stream, entry.index, entry_digest(raw), getattr(entry.act, "member", None)) != says:
        raise Malformed("this is not a receipt of this log: its entry is of another reply than it says")
    return proof


def _by_entry(horizon: Horizon, ledger: Ledger, receipt: Receipt, vote: str, size: int) -> Found | None:
    index = horizon.named.get(receipt.digest)
    return _there(ledger, receipt, vote, index) if index is not None and index < size else None


def _there(ledger: Ledger, receipt: Receipt, vote: str, index: int) -> Found:
    about: dict[str, Value] = {"number": Number(index), "member": receipt.member, "vote": vote}
    reply = next((each for each in ledger.vote(vote).replies if each.entered.number == receipt.act), None)
    kind = read_entry(receipt.entry.encode()).kind
    if reply is None:
        said = Said.of("Entry {number} of the log is in its place, and has no effect: it was disowned.", **about)
    elif reply.voided is not None:
        said = Said.of("The reply of {member} to {vote} is entry {number} of the log; it was voided later.", **about)
    else:
        said = Said.of("The reply of {member} to {vote} is entry {number} of the log, as the receipt shows.", **about)
    return Found("there", said, index, vote, kind)
