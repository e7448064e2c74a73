"""Ballots, signed by members: making one, and holding one against the vote that it is cast in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ...domain.acts import VoteCast
from ...domain.ballot import Ballot, SignedBallot
from ...domain.errors import MalformedError, Refusal
from ...domain.payload import Digest, Line, Model
from ...domain.register import KeyGrant, Register
from ...domain.state import VoteState
from ..standards.dsse import BALLOT_TYPE, open_envelope, seal
from ..standards.ed25519 import Signer
from ..standards.note import decode_base64


class Blank(Model):
    """What a member needs to sign a ballot offline."""

    format: Literal["inblue-blank/1"] = "inblue-blank/1"
    draft: Line
    procedure: Digest
    opening: Digest

    def ballot(self, member: str, position: str) -> Ballot:
        """The ballot of ``member``, with a new nonce.

        Raises:
            MalformedError: no member's id, or no position's name.
        """
        given = {"draft": self.draft, "procedure": self.procedure, "opening": self.opening}
        return Ballot.of(
            {**given, "member": member, "position": position, "nonce": os.urandom(16).hex()}, where="ballot"
        )


def blank_of(state: VoteState) -> Blank:
    """The blank of a vote.

    Raises:
        Refusal: voting is not open.
    """
    if state.opening is None or state.opening.act.snapshot is None:
        raise Refusal(state.procedure.opening.clause, f"voting on {state.symbol} is not open")
    return Blank(draft=state.symbol, procedure=state.draft.act.procedure, opening=state.opening.act.snapshot)


def sign(ballot: Ballot, signer: Signer) -> str:
    """The ballot's envelope.

    Raises:
        SignerFailed: the signer gave no signature that holds.
    """
    return seal(ballot.canonical(), signer, BALLOT_TYPE).decode()


def read_ballot(envelope: str) -> Ballot:
    """The ballot in an envelope of the one form. The signature is not checked here.

    Raises:
        MalformedError: anything else.
    """
    payload = open_envelope(envelope.encode(), BALLOT_TYPE).payload
    ballot = Ballot.read(payload, where="ballot")
    if ballot.canonical() != payload:
        raise MalformedError("ballot: not in its canonical form (RFC 8785)")
    return ballot


@dataclass(frozen=True, slots=True)
class BallotFile:
    """What ``inblue vote sign`` writes, and the ballot in it."""

    signed: SignedBallot
    ballot: Ballot

    @classmethod
    def read(cls, raw: bytes, *, where: str) -> BallotFile:
        """Read it; the signature is not checked here.

        Raises:
            MalformedError: no such file.
        """
        signed = SignedBallot.read(raw, where=where)
        return cls(signed, read_ballot(signed.envelope))


def signing_key(ballot: SignedBallot) -> str:
    """The id of the key that the ballot says it is signed with."""
    return open_envelope(ballot.envelope.encode(), BALLOT_TYPE).key_id


def own_tokens(ballot: SignedBallot) -> list[tuple[bytes, bytes]]:
    """Token and request of each timestamp that the member has put on its ballot.

    Raises:
        MalformedError: one of them is not base64.
    """
    return [
        (decode_base64(each.token, where="ballot: a token"), decode_base64(each.query, where="ballot: a request"))
        for each in ballot.timestamps
    ]


def check_ballot(act: VoteCast, state: VoteState, register: Register, at: datetime) -> None:
    """Hold the ballot of a reply against the vote, and the member's key against the register at ``at``.

    Raises:
        MalformedError: no ballot of the one form.
        Refusal: for another vote, not what the reply says, cast before, or not by a key of that member in force.
    """
    if act.ballot is None:
        return
    own_tokens(act.ballot)
    envelope = open_envelope(act.ballot.envelope.encode(), BALLOT_TYPE)
    ballot, procedure = read_ballot(act.ballot.envelope), state.procedure
    clause = procedure.signature.clause if procedure.signature else None
    opening = state.opening.act.snapshot if state.opening else None
    if (ballot.draft, ballot.procedure, ballot.opening) != (state.symbol, state.draft.act.procedure, opening):
        raise Refusal(clause, f"the ballot was signed for another vote: {ballot.draft}")
    if (ballot.member, ballot.position) != (act.member, act.position):
        raise Refusal(clause, f"the ballot says {ballot.member}, {ballot.position}; the reply is another")
    if any(_nonce(reply.act.ballot) == ballot.nonce for reply in state.replies):
        raise Refusal(procedure.second_reply.clause, f"this ballot of {act.member} was cast already")
    grants = [grant for grant in register.grants if (grant.key, grant.member) == (envelope.key_id, act.member)]
    if not grants:
        raise Refusal(clause, f"the key {envelope.key_id[:16]}, which signed the ballot, is not one of {act.member}")
    faults = [fault for grant in grants if (fault := _not_in_force(register, grant, at)) is not None]
    if len(faults) == len(grants):
        raise Refusal(clause, f"the ballot of {act.member}: {faults[0]}")
    if not envelope.verify(bytes.fromhex(grants[0].public_key)):
        raise Refusal(clause, f"the signature on the ballot of {act.member} does not hold")


def _nonce(signed: SignedBallot | None) -> str | None:
    """That of a ballot on record; None where what a registrar embedded is no ballot, which is its entry's fault."""
    try:
        return read_ballot(signed.envelope).nonce if signed else None
    except MalformedError:
        return None


def _not_in_force(register: Register, grant: KeyGrant, at: datetime) -> str | None:
    try:
        register.authority(grant.key, grant.office, at, member=grant.member)
    except Refusal as refusal:
        return refusal.text
    return None
