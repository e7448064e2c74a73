"""Check 15: evidence from outside is compared with the log: members' receipts, and ballots that members say they sent.

A receipt proves that the log had an entry. A ballot with the member's own timestamps proves only that it existed by
then; only a receipt shows that it reached the registrar.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ...domain.ballot import Ballot
from ...domain.canonical import parse_json
from ...domain.errors import InblueError, Malformed, Refused
from ...domain.naming import name_of
from ...domain.phrase import Number, Said
from ...domain.recorded import Reply
from ...domain.state import VoteState
from ..entries.ballot import BallotFile, bound_otherwise, check_deadline, nonces_of, signing_key
from ..entries.entry import entry_digest, read_entry
from ..entries.streams import name_in, vote_stream
from ..errors import Broken, UnsignedError
from ..evidence.receipt import MAX_RECEIPT_BYTES, LogProof, Receipt, read_receipt
from ..log.key_terms import LogKeys
from ..outside import read_outside
from ..standards.checkpoint import Checkpoint
from ..standards.dsse import BALLOT_TYPE, open_envelope
from ..standards.merkle import leaf_hash, verify_inclusion
from ..standards.note import split_note
from .checks import RECEIPT
from .entry_checks import EntryChecks, Place
from .result import Answer, Compared


@dataclass(frozen=True, slots=True)
class Surfaced:
    """Receipts, and ballots."""

    receipts: tuple[Receipt, ...]
    ballots: tuple[BallotFile, ...] = ()

    @property
    def places(self) -> frozenset[Place]:
        """The acts of the receipts."""
        return frozenset((receipt.stream, receipt.act) for receipt in self.receipts)

    def hold_against(self, checks: EntryChecks, size: int) -> None:
        """Check 15 for the receipts; for the ballots, whether they are in the log. ``size`` is that of the log.

        Raises:
            Malformed: one of them is of another log, or not a ballot of a member here.
        """
        hold_against_receipts(checks, size, self.receipts)
        cast: dict[str, dict[str, Reply]] = {}
        for ballot in self.ballots:
            checks.result.compared(_hold_ballot(checks, size, ballot, cast))


def read_surfaced(paths: Iterable[Path]) -> Surfaced:
    """Read files, each a receipt or a ballot.

    Raises:
        Malformed: one cannot be read, or is neither.
    """
    receipts: list[Receipt] = []
    ballots: list[BallotFile] = []
    for path in paths:
        try:
            raw = read_outside(path, MAX_RECEIPT_BYTES)
        except OSError as error:
            raise Malformed(f"{path}: {error.strerror}") from None
        value = parse_json(raw, where=str(path), limit=MAX_RECEIPT_BYTES)
        if isinstance(value, dict) and "envelope" in value:
            ballots.append(BallotFile.read(raw, where=str(path)))
        else:
            receipts.append(read_receipt(raw, where=str(path)))
    return Surfaced(tuple(receipts), tuple(ballots))


def hold_against_receipts(checks: EntryChecks, size: int, receipts: Iterable[Receipt]) -> None:
    """Check 15: the entry of each receipt is here as the same act, in the same place.

    ``size`` is that of the log as its checkpoint says; ``checks`` have looked for the acts of the receipts.

    Raises:
        Malformed: it is not a receipt of this log: it says nothing for the log or against it.
    """
    for receipt in receipts:
        member, vote = receipt.member, name_in(receipt.stream)
        try:
            shown = _opened(checks, receipt)
        except InblueError as error:
            raise Malformed(f"the receipt of {member} for {vote} is not a receipt of this log: {error}") from None
        answer, said = _answer(checks, size, receipt, shown)
        checks.result.compared(Compared("receipt", member, vote, answer, said))
        if answer in {"missing", "another"}:
            checks.result.problem(RECEIPT, None, f"the receipt of {member} for {vote} shows {said}")
        elif answer == "undecided":
            checks.result.not_checked(said)


class _Shown(NamedTuple):
    """What a receipt shows: its entry's leaf hash and index, under a checkpoint; and the place of that act here.

    ``doubt`` says why its checkpoint proves nothing, if it is not signed by this log's key at that size.
    """

    leaf: bytes
    at: int
    checkpoint: Checkpoint
    found: tuple[int, bytes] | None
    doubt: str | None


def _opened(checks: EntryChecks, receipt: Receipt) -> _Shown:
    raw = receipt.entry.encode()
    entry, proof = read_entry(raw), LogProof.parse(receipt.proof)
    checkpoint, doubt = _checkpoint(checks.register.log_keys, proof.note)
    leaf = leaf_hash(raw)
    if not verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root):
        raise Broken("it does not prove that its entry stood in the log")
    says = (receipt.stream, receipt.act, receipt.digest, receipt.member)
    if (entry.stream, entry.index, entry_digest(raw), getattr(entry.act, "member", None)) != says:
        raise Broken("its entry is of another reply than it says")
    return _Shown(leaf, proof.index, checkpoint, checks.found.get((entry.stream, entry.index)), doubt)


def _checkpoint(keys: LogKeys, note: bytes) -> tuple[Checkpoint, str | None]:
    """The checkpoint of a receipt, and, if it proves nothing, why.

    Raises:
        Malformed, Broken: it is not a checkpoint of a log of this name, or a line in it is not valid.
    """
    try:
        return keys.open_across(note), None
    except UnsignedError as error:
        checkpoint = Checkpoint.parse(split_note(note)[0])
        if not keys.terms or checkpoint.origin != keys.terms[0].key.name:
            raise
        return checkpoint, str(error)
    except Broken as error:
        return keys.open_of_any_time(note), str(error)


def _answer(checks: EntryChecks, size: int, receipt: Receipt, shown: _Shown) -> tuple[Answer, Said]:
    """What happened to the entry in a receipt, with a text."""
    fault = _fault(checks, size, receipt, shown)
    if shown.doubt is not None and fault is not None:
        said = Said.of(
            "The receipt of {member} contradicts what is here, and does not prove it: {reason}.",
            member=receipt.member,
            reason=shown.doubt,
        )
        return "undecided", said
    if shown.doubt is not None:
        said = Said.of(
            "The receipt of {member} agrees with what is here, and proves nothing: {reason}.",
            member=receipt.member,
            reason=shown.doubt,
        )
        return "undecided", said
    checks.result.known(shown.checkpoint.size)
    if fault is not None:
        return fault
    if shown.found is None and checks.roots.leaf_at(shown.at) is None:
        return "undecided", Said.of(
            "The entry in the receipt of {member} lies outside these entries.", member=receipt.member
        )
    if (voided := _voided(checks, receipt.member, receipt.stream, receipt.act)) is not None:
        checks.result.not_checked(voided)
    if shown.checkpoint.size > size:
        text = Said.of(
            "The receipt of {member} is of a log of {known} entries; this is one of {size}: an older copy, "
            "or another history after the reply.",
            member=receipt.member,
            known=Number(shown.checkpoint.size),
            size=Number(size),
        )
        checks.result.not_checked(text)
    return "there", Said.of("act {act}, entry {entry} of the log", act=receipt.act, entry=shown.at)


def _fault(checks: EntryChecks, size: int, receipt: Receipt, shown: _Shown) -> tuple[Answer, Said] | None:
    """How the log here contradicts a receipt."""
    act, index, found = receipt.act, shown.at, shown.found
    held = checks.roots.leaf_at(index)
    if found is not None and found[1] != shown.leaf:
        return "another", Said.of("another act {act} than there is here: one contradicts the other", act=act)
    if found is not None and found[0] != index:
        said = Said.of(
            "act {act} as entry {index} of the log, and here it is entry {here}", act=act, index=index, here=found[0]
        )
        return "another", said
    if held is not None and held != shown.leaf:
        return "missing", Said.of("an entry at {index} that was left out here, or changed", index=index)
    if held is None and index >= size:
        return "missing", Said.of("an entry at {index}, and this is a state of {size}", index=index, size=size)
    if checks.roots.root_at(shown.checkpoint.size) not in {None, shown.checkpoint.root}:
        said = Said.of(
            "that the log signed other entries: its first {size} are not those here", size=shown.checkpoint.size
        )
        return "another", said
    acts = _stated(checks, size, receipt.stream)
    if found is None and acts is not None and acts <= act and shown.checkpoint.size <= size:
        return "missing", Said.of("act {act}, and the log says here that its vote has {acts}", act=act, acts=acts)
    return None


def _stated(checks: EntryChecks, size: int, stream: str) -> int | None:
    """How many acts a vote has at the end of the log, if its last entry says so."""
    stated = checks.register.stated
    if stated is None or stated[0] != size - 1:
        return None
    return next((each.acts for each in stated[1].votes if each.stream == stream), None)


def _voided(checks: EntryChecks, member: str, stream: str, act: int) -> Said | None:
    """What happened to the reply if its entry was voided: it was still received, and its acknowledgement stays."""
    state = checks.votes.states.get(name_in(stream))
    reply = state.reply_in(act) if state is not None else None
    if reply is None or reply.voided is None:
        return None
    return Said.of(
        "The reply in the receipt of {member} was received, and its entry is voided by act {act}: {reason}",
        member=member,
        act=reply.voided.number,
        reason=reply.voided.act.reason,
    )


def _hold_ballot(checks: EntryChecks, size: int, given: BallotFile, cast: dict[str, dict[str, Reply]]) -> Compared:
    """What was found about a ballot. ``cast`` has the ballots of each requested vote, by envelope."""
    ballot = given.ballot
    name, whose = name_of(ballot.draft, ballot.round), f"the ballot of {ballot.member} for {ballot.draft}"
    founded = checks.register.state.founded
    if isinstance(ballot, Ballot) and founded is not None and ballot.log != founded.origin:
        raise Malformed(f"{whose} was signed for another log: {ballot.log}")
    _check_signed(checks, given, whose)
    answer, said = _ballot_found(checks, size, given, name, cast)
    if answer != "there":
        checks.result.not_checked(said)
    return Compared("ballot", ballot.member, name, answer, said)


def _ballot_found(
    checks: EntryChecks, size: int, given: BallotFile, name: str, cast: dict[str, dict[str, Reply]]
) -> tuple[Answer, Said]:
    ballot, state = given.ballot, checks.votes.states.get(name)
    about = {"member": ballot.member, "draft": ballot.draft}
    if state is None or state.opening is None:
        if checks.start == 0 and (state is not None or name not in checks.votes.states):
            said = Said.of(
                "The ballot of {member} for {draft} is of a vote that is not open here: it contradicts what is here, "
                "and does not prove it.",
                **about,
            )
            return "undecided", said
        said = Said.of(
            "It cannot be told here whether the ballot of {member} for {draft} is in the log: its vote is not shown.",
            **about,
        )
        return "undecided", said
    if name not in cast:
        cast[name] = {each.act.ballot.envelope: each for each in state.replies if each.act.ballot is not None}
    reply = cast[name].get(given.signed.envelope)
    if reply is not None:
        if (voided := _voided(checks, ballot.member, vote_stream(name), reply.entered.number)) is not None:
            checks.result.not_checked(voided)
        return "there", Said.of("act {act}", act=reply.entered.number)
    if (other := _signed_for_another(checks, given, state)) is not None:
        said = Said.of(
            "The ballot of {member} for {draft} was signed for another {what}: it contradicts what is here, and does "
            "not prove it.",
            **about,
            what=other,
        )
        return "undecided", said
    if ballot.nonce in nonces_of(state):
        said = Said.of("The log has another ballot with the same nonce as that of {member} for {draft}.", **about)
        return "another", said
    if checks.size < size and _stated(checks, size, vote_stream(name)) != state.version:
        said = Said.of(
            "A ballot of {member} for {draft} is not among these entries; whether it comes after them is not shown.",
            **about,
        )
        return "undecided", said
    return "missing", _surfaced(checks, given)


def _signed_for_another(checks: EntryChecks, given: BallotFile, state: VoteState) -> str | None:
    """What else a ballot was signed for; None if it fits the vote here.

    Raises:
        Malformed: it is of a rehearsal and this is not, or the reverse.
    """
    ballot = given.ballot
    if isinstance(ballot, Ballot) and ballot.rehearsal != (state.draft.act.times == "simulated"):
        kind = "a rehearsal" if ballot.rehearsal else "a real vote"
        raise Malformed(f"the ballot of {ballot.member} for {ballot.draft} was signed for {kind}, and this is none")
    if (other := bound_otherwise(ballot, state, checks.register.state)) is not None:
        return other
    try:
        check_deadline(given.signed, state)
    except Refused:
        return "deadline"
    return None


def _check_signed(checks: EntryChecks, given: BallotFile, whose: str) -> None:
    key, member = signing_key(given.signed), given.ballot.member
    grants = [each for each in checks.register.state.by_key.get(key, ()) if each.member == member]
    envelope = open_envelope(given.signed.envelope.encode(), BALLOT_TYPE)
    if not grants or not envelope.verify(bytes.fromhex(grants[0].public_key)):
        raise Malformed(f"{whose} is not signed with a key of that member")


def _surfaced(checks: EntryChecks, given: BallotFile) -> Said:
    ballot = given.ballot
    known = [each.not_after for each in checks.proofs.own_timestamps(given.signed)]
    if known:
        return Said.of(
            "The log does not have a ballot of {member} for {draft}. It existed by {at}; that it was ever "
            "sent is not proved.",
            member=ballot.member,
            draft=ballot.draft,
            at=max(known),
        )
    return Said.of(
        "The log does not have a ballot of {member} for {draft}. When it was signed, and that it was "
        "ever sent, is not proved.",
        member=ballot.member,
        draft=ballot.draft,
    )
