"""Check 15: what surfaces outside a log is held against it: members' receipts, and ballots that members say they sent.

A receipt proves that the log had an entry. A ballot, with the member's own timestamps, proves that it existed by then,
and no more: that it reached the registrar, only a receipt shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ...domain.canonical import parse_json
from ...domain.errors import InblueError, MalformedError, Refusal
from ...domain.naming import name_of
from ...domain.phrase import Number, Said
from ..entries.ballot import BallotFile, bound_otherwise, check_deadline, nonces_of, signing_key
from ..entries.entry import entry_digest, read_entry
from ..entries.streams import name_in
from ..errors import VerificationError
from ..evidence.receipt import MAX_RECEIPT_BYTES, LogProof, Receipt, read_receipt
from ..standards.checkpoint import Checkpoint
from ..standards.dsse import BALLOT_TYPE, open_envelope
from ..standards.merkle import leaf_hash, verify_inclusion
from .checks import RECEIPT
from .entry_checks import EntryChecks, Place


@dataclass(frozen=True, slots=True)
class Surfaced:
    """Receipts, and ballots."""

    receipts: tuple[Receipt, ...]
    ballots: tuple[BallotFile, ...] = ()

    @property
    def places(self) -> frozenset[Place]:
        """The acts that the receipts are of."""
        return frozenset((receipt.stream, receipt.act) for receipt in self.receipts)

    def hold_against(self, checks: EntryChecks, size: int) -> None:
        """Check 15 of the receipts; of the ballots, whether they are in the log. ``size`` is that of the log.

        Raises:
            MalformedError: one of them is of another log, or no ballot of a member of this vote.
        """
        hold_against_receipts(checks, size, self.receipts)
        for ballot in self.ballots:
            _hold_ballot(checks, ballot)


def read_surfaced(paths: Iterable[Path]) -> Surfaced:
    """Read files, each a receipt or a ballot.

    Raises:
        MalformedError: one cannot be read, or is neither.
    """
    receipts: list[Receipt] = []
    ballots: list[BallotFile] = []
    for path in paths:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise MalformedError(f"{path}: {error.strerror}") from None
        value = parse_json(raw, where=str(path), limit=MAX_RECEIPT_BYTES)
        if isinstance(value, dict) and "envelope" in value:
            ballots.append(BallotFile.read(raw, where=str(path)))
        else:
            receipts.append(read_receipt(raw, where=str(path)))
    return Surfaced(tuple(receipts), tuple(ballots))


def hold_against_receipts(checks: EntryChecks, size: int, receipts: Iterable[Receipt]) -> None:
    """Check 15: what each receipt shows in the log is here as the same act, and in the same place.

    ``size`` is that of the log as its checkpoint says; ``checks`` were asked for the acts of the receipts.

    Raises:
        MalformedError: it is no receipt of this log: nothing follows from it, for the log or against it.
    """
    for receipt in receipts:
        whose = f"the receipt of {receipt.member} for {name_in(receipt.stream)}"
        try:
            shown = _opened(checks, receipt)
            fault = _fault(checks, size, receipt, shown)
            if fault is None:
                checks.register.log_keys.open(shown.note)  # by the key of its time, or nothing follows from it
        except InblueError as error:
            raise MalformedError(f"{whose} is no receipt of this log: {error}") from None
        checks.result.known(shown.checkpoint.size)
        if fault is None and (voided := _voided(checks, receipt)) is not None:
            checks.result.not_checked(voided)
        if fault is not None:
            checks.result.problem(RECEIPT, None, f"{whose} shows {fault}")
        elif shown.found is None and checks.roots.leaf_at(shown.at) is None:
            checks.result.not_checked(
                Said.of("The entry in the receipt of {member} lies outside these entries.", member=receipt.member)
            )
        elif shown.checkpoint.size > size:
            text = Said.of(
                "The receipt of {member} is of a log of {known} entries; this is one of {size}: an older copy, or "
                "another history behind the reply.",
                member=receipt.member,
                known=Number(shown.checkpoint.size),
                size=Number(size),
            )
            checks.result.not_checked(text)


def _voided(checks: EntryChecks, receipt: Receipt) -> Said | None:
    """What became of the reply, if its entry was voided: it was received all the same, and is acknowledged for ever."""
    state = checks.votes.states.get(name_in(receipt.stream))
    reply = state.reply_in(receipt.act) if state is not None else None
    if reply is None or reply.voided is None:
        return None
    return Said.of(
        "The reply in the receipt of {member} was received, and its entry is voided by act {act}: {reason}",
        member=receipt.member,
        act=reply.voided.number,
        reason=reply.voided.act.reason,
    )


def _hold_ballot(checks: EntryChecks, given: BallotFile) -> None:
    ballot, key = given.ballot, signing_key(given.signed)
    whose = f"the ballot of {ballot.member} for {ballot.draft}"
    state = checks.votes.states.get(name_of(ballot.draft, ballot.round))
    if state is None or state.opening is None:
        raise MalformedError(f"{whose}: there is no such vote here")
    if (other := bound_otherwise(ballot, state, checks.register.state)) is not None:
        raise MalformedError(f"{whose} was signed for another {other}")
    try:
        check_deadline(given.signed, state)
    except Refusal as refusal:
        raise MalformedError(f"{whose}: {refusal.text}") from None
    grant = next(
        (each for each in checks.register.state.grants if (each.key, each.member) == (key, ballot.member)), None
    )
    envelope = open_envelope(given.signed.envelope.encode(), BALLOT_TYPE)
    if grant is None or not envelope.verify(bytes.fromhex(grant.public_key)):
        raise MalformedError(f"{whose} is not signed with a key of that member")
    if ballot.nonce in nonces_of(state):
        return
    known = [each.not_after for each in checks.proofs.own_timestamps(given.signed)]
    text = Said.of(
        "A ballot of {member} for {draft} has surfaced that is not in the log. When it was signed, and that it was "
        "ever sent, is not proved.",
        member=ballot.member,
        draft=ballot.draft,
    )
    if known:
        text = Said.of(
            "A ballot of {member} for {draft} has surfaced that is not in the log. It existed by {at}; that it was "
            "ever sent is not proved.",
            member=ballot.member,
            draft=ballot.draft,
            at=max(known),
        )
    checks.result.not_checked(text)


class _Shown(NamedTuple):
    """What a receipt shows: its entry's leaf hash and index, under a checkpoint; and where that act is here."""

    leaf: bytes
    at: int
    checkpoint: Checkpoint
    note: bytes
    found: tuple[int, bytes] | None


def _opened(checks: EntryChecks, receipt: Receipt) -> _Shown:
    raw = receipt.entry.encode()
    entry, proof = read_entry(raw), LogProof.parse(receipt.proof)
    checkpoint = checks.register.log_keys.open_of_any_time(proof.note)
    leaf = leaf_hash(raw)
    if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root):
        raise VerificationError("it does not prove that its entry stood in the log")
    says = (receipt.stream, receipt.act, receipt.digest, receipt.member)
    if (entry.stream, entry.index, entry_digest(raw), getattr(entry.act, "member", None)) != says:
        raise VerificationError("its entry is of another reply than it says")
    return _Shown(leaf, proof.index, checkpoint, proof.note, checks.found.get((entry.stream, entry.index)))


def _fault(checks: EntryChecks, size: int, receipt: Receipt, shown: _Shown) -> str | None:
    leaf, index, checkpoint, found = shown.leaf, shown.at, shown.checkpoint, shown.found
    held = checks.roots.leaf_at(index)
    if found is not None and found[1] != leaf:
        return f"another act {receipt.act} than there is here: one contradicts the other"
    if found is not None and found[0] != index:
        return f"act {receipt.act} as entry {index} of the log, and here it is entry {found[0]}"
    if held is not None and held != leaf:
        return f"an entry at {index} that was left out here, or changed"
    if held is None and index >= size:
        return f"an entry at {index}, and this is a state of {size}"
    if checks.roots.root_at(checkpoint.size) not in {None, checkpoint.root}:
        return f"that the log signed other entries: its first {checkpoint.size} are not those here"
    return None
