"""Checks a receipt by itself, for a reader who knows some keys, without a ledger or bundle.

Five checks are reported separately: whether its entry is the reply that it names, whether the named officer signed the
entry, whether the member signed a ballot in it, whether the entry is under the checkpoint, and whether the log signed
the checkpoint. If its key is not known, a signature is ``unknown``: it was not checked, and nothing depends on it. A
receipt does not say what happened to the reply since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeAlias

from ...domain.acts import VoteCast
from ...domain.errors import InblueError, Malformed
from ...domain.phrase import Said
from ...domain.register import Register
from ..entries.ballot import AnyBallot, read_ballot, signing_key
from ..entries.entry import Entry, entry_digest, read_entry
from ..errors import Broken
from ..standards.checkpoint import Checkpoint, open_signed
from ..standards.cosignature import cosigners, log_key
from ..standards.dsse import BALLOT_TYPE, Envelope, open_envelope
from ..standards.merkle import leaf_hash, verify_inclusion
from ..standards.note import split_note
from ..standards.timestamp import Timestamp, verify_token
from ..standards.witness_policy import parse_policy
from .receipt import LogProof, Receipt
from .trust import Trust

Found: TypeAlias = Literal["holds", "broken", "unknown"]

CHECKS = ("reply", "signature", "ballot", "inclusion", "checkpoint")
"""The checks of a receipt, in order; a paper reply has no ballot to check."""


class KnownKeys(NamedTuple):
    """The keys that a reader knows: the log's, as vkeys; officers' by id; members' by id, with the member."""

    log_keys: tuple[str, ...] = ()
    officers: Mapping[str, str] = {}
    members: Mapping[str, tuple[str, str]] = {}

    @classmethod
    def of_register(cls, register: Register) -> KnownKeys:
        """The keys in a register that was checked elsewhere."""
        members = {each.key: (each.member, each.public_key) for each in register.grants if each.member is not None}
        return cls(register.log_keys, {each.key: each.public_key for each in register.grants}, members)

    def believing(self, trust: Trust | None) -> KnownKeys:
        """These keys; if a trust file names the log's key, only that one for the log."""
        return self if trust is None or trust.log_key is None else self._replace(log_keys=(trust.log_key,))


class Checked(NamedTuple):
    """A check, and its result."""

    name: str
    found: Found


class Heard(NamedTuple):
    """A witness named by the reader that cosigned the checkpoint, and when by its own clock."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AloneReceipt:
    """What a receipt shows by itself."""

    receipt: Receipt
    entry: Entry
    act: VoteCast
    ballot: AnyBallot | None
    index: int
    checkpoint: Checkpoint
    checks: tuple[Checked, ...]
    timestamps: tuple[Timestamp, ...] = ()
    witnesses: tuple[Heard, ...] = ()

    @property
    def ballot_key(self) -> str:
        """The id of the key stated by a ballot in it; empty for a paper."""
        return signing_key(self.act.ballot) if self.act.ballot is not None else ""

    def found(self, name: str) -> Found | None:
        """The result of one check; None if it does not apply."""
        return next((each.found for each in self.checks if each.name == name), None)

    @property
    def holds(self) -> bool:
        """Whether nothing is broken."""
        return all(each.found != "broken" for each in self.checks)

    @property
    def whole(self) -> bool:
        """Whether every check holds."""
        return all(each.found == "holds" for each in self.checks)


def check_alone(receipt: Receipt, keys: KnownKeys, trust: Trust | None = None) -> AloneReceipt:
    """Check a receipt with the keys that a reader knows; ``trust`` also names authorities, witnesses and algorithms.

    Raises:
        Broken: its content cannot be read, or is not a reply.
    """
    raw = receipt.entry.encode()
    try:
        entry, proof = read_entry(raw), LogProof.parse(receipt.proof)
        checkpoint = Checkpoint.parse(split_note(proof.note)[0])
    except ValueError as error:
        raise Broken(f"the receipt cannot be read: {error}") from None
    act = entry.act
    if not isinstance(act, VoteCast):
        raise Broken("the receipt is of no reply")
    ballot, envelope = _ballot_in(act)
    says = (receipt.stream, receipt.act, receipt.digest, receipt.member)
    same = (entry.stream, entry.index, entry_digest(raw), act.member) == says
    asked: list[tuple[str, Found]] = [
        ("reply", "holds" if same else "broken"),
        ("signature", _signed(entry.envelope, entry.key, keys.officers.get(entry.key))),
        *([("ballot", _signed_by_member(envelope, act.member, keys))] if envelope is not None else []),
        (
            "inclusion",
            _holds(verify_inclusion(leaf_hash(raw), proof.index, checkpoint.size, proof.path, checkpoint.root)),
        ),
        ("checkpoint", _signed_by_log(proof.note, keys)),
    ]
    checks = tuple(Checked(*each) for each in asked)
    holds = all(each.found != "broken" for each in checks)
    shows = dict(asked)["checkpoint"] == "holds" and holds
    return AloneReceipt(
        receipt,
        entry,
        act,
        ballot,
        proof.index,
        checkpoint,
        checks,
        tuple(_timestamps(receipt, checkpoint, keys, trust)) if shows and trust is not None else (),
        tuple(_witnesses(proof.note, trust)) if shows and trust is not None else (),
    )


def _holds(found: bool) -> Found:
    return "holds" if found else "broken"


def _ballot_in(act: VoteCast) -> tuple[AnyBallot | None, Envelope | None]:
    if act.ballot is None:
        return None, None
    try:
        ballot = read_ballot(act.ballot.envelope)
        envelope = open_envelope(act.ballot.envelope.encode(), BALLOT_TYPE)
    except Malformed as error:
        raise Broken(f"the ballot in the receipt cannot be read: {error}") from None
    if (ballot.member, ballot.replies) != (act.member, act.replies):
        raise Broken("the ballot in the receipt says something else than the reply")
    return ballot, envelope


def _signed(envelope: Envelope, key: str, public: str | None) -> Found:
    if envelope.key_id != key:
        return "broken"
    return "unknown" if public is None else _holds(envelope.verify(bytes.fromhex(public)))


def _signed_by_member(envelope: Envelope, member: str, keys: KnownKeys) -> Found:
    whose, public = keys.members.get(envelope.key_id, (member, None))
    return _signed(envelope, envelope.key_id, public) if whose == member else "broken"


def _signed_by_log(note: bytes, keys: KnownKeys) -> Found:
    if not keys.log_keys:
        return "unknown"
    try:
        open_signed(note, [log_key(each) for each in keys.log_keys])
    except InblueError:
        return "broken"
    return "holds"


def _timestamps(receipt: Receipt, checkpoint: Checkpoint, keys: KnownKeys, trust: Trust) -> Iterator[Timestamp]:
    """The valid timestamps over this checkpoint by authorities named in the trust file."""
    for line in receipt.timestamps:
        try:
            stamp = line.stamp()
            if open_signed(stamp.note, [log_key(each) for each in keys.log_keys])[0] != checkpoint:
                continue
        except InblueError:
            continue  # which proves nothing, and disproves nothing
        for authority in trust.authorities:
            try:
                yield verify_token(stamp.token, stamp.note, authority, query=stamp.query, algorithms=trust.believed)
                break
            except InblueError:
                continue


def _witnesses(note: bytes, trust: Trust) -> Iterator[Heard]:
    if trust.policy is None:
        return
    for witness in parse_policy(trust.policy).witnesses:
        try:
            at = cosigners(note, [witness.key]).get(witness.key)
            if at:
                yield Heard(witness.name, datetime.fromtimestamp(at, UTC))
        except (InblueError, ValueError, OverflowError, OSError):
            continue


def check_said(name: str) -> Said:
    """A check, in words."""
    match name:
        case "reply":
            return Said.of("the entry is the reply that the receipt names")
        case "signature":
            return Said.of("the officer who entered it has signed the entry")
        case "ballot":
            return Said.of("the member has signed the ballot in it")
        case "inclusion":
            return Said.of("the entry is in the log, under the signed checkpoint")
        case _:
            return Said.of("the log has signed the checkpoint")
