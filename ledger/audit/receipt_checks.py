"""What surfaces outside a log is held against it: members' receipts, and ballots that members say they sent.

A receipt proves that the log had an entry. A ballot, with the member's own timestamps, proves that it existed by then,
and no more: that it reached the registrar, only a receipt shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...domain.canonical import parse_json
from ...domain.errors import MalformedError
from ...domain.said import Said
from ..entries.ballot import BallotFile, read_ballot, signing_key
from ..standards.dsse import BALLOT_TYPE, open_envelope
from .entry_checks import EntryChecks
from .receipt import Receipt, hold_against_receipts

_MAX_FILE = 2_000_000


@dataclass(frozen=True, slots=True)
class Surfaced:
    """Receipts, and ballots."""

    receipts: tuple[Receipt, ...]
    ballots: tuple[BallotFile, ...]

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
        value = parse_json(raw, where=str(path), limit=_MAX_FILE)
        if isinstance(value, dict) and "envelope" in value:
            ballots.append(BallotFile.read(raw, where=str(path)))
        else:
            receipts.append(Receipt.read(raw, where=str(path), limit=_MAX_FILE))
    return Surfaced(tuple(receipts), tuple(ballots))


def _hold_ballot(checks: EntryChecks, given: BallotFile) -> None:
    ballot, key = given.ballot, signing_key(given.signed)
    whose = f"the ballot of {ballot.member} for {ballot.draft}"
    state = checks.votes.get(ballot.draft)
    if state is None or state.opening is None:
        raise MalformedError(f"{whose}: there is no such vote here")
    if (ballot.procedure, ballot.opening) != (state.procedure.sha256, state.opening.act.snapshot):
        raise MalformedError(f"{whose} was signed for another opening of it")
    grant = next((each for each in checks.register.grants if (each.key, each.member) == (key, ballot.member)), None)
    envelope = open_envelope(given.signed.envelope.encode(), BALLOT_TYPE)
    if grant is None or not envelope.verify(bytes.fromhex(grant.public_key)):
        raise MalformedError(f"{whose} is not signed with a key of that member")
    cast = [reply.act.ballot for reply in state.replies if reply.act.ballot is not None]
    if any(read_ballot(each.envelope).nonce == ballot.nonce for each in cast):
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
    checks.unchecked.append(text)
