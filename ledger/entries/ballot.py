"""Ballots signed by members: making them, and checking them against the vote."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias, cast

from pydantic import Field

from ...domain.acts import VoteCast
from ...domain.ballot import DRAFT, Answer, Ballot, Bound, FirstBallot, SignedBallot
from ...domain.canonical import Json, parse_json
from ...domain.errors import Malformed, Refused
from ...domain.payload import Line, Name
from ...domain.recorded import Reply
from ...domain.register import Register
from ...domain.register_acts import KeyGrant
from ...domain.state import VoteState
from ..standards.dsse import BALLOT_TYPE, open_envelope, seal
from ..standards.ed25519 import Signer
from ..standards.note import decode_base64

AnyBallot: TypeAlias = Ballot | FirstBallot

_MAX_ENVELOPE = 8_000
_AGAIN = "ask for a blank again (inblue vote blank), and have a ballot signed with it"


class _Blank(Bound):
    """What a member needs to sign a ballot offline: the values that it is bound to, and the questions put."""

    questions: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)]

    def ballot(self, member: str, position: str | None, answers: Mapping[str, str] = MappingProxyType({})) -> Ballot:
        """The ballot of ``member``: its position on the draft, and ``answers`` by question, with a new nonce.

        Raises:
            Malformed: not a member's id, or not a position's name; no answers, or an answer to a question not on the
            blank.
        """
        if strange := [question for question in answers if question not in self.questions or question == DRAFT]:
            raise Malformed(f"the blank puts no question {strange[0]!r}; it puts {', '.join(self.questions)}")
        given = {name: value for name, value in self.json_value().items() if name in Bound.model_fields}
        said = {**({} if position is None else {DRAFT: position}), **answers}
        replies = [{"question": question, "position": each} for question, each in said.items()]
        return Ballot.of({**given, "member": member, "replies": replies, "nonce": os.urandom(16).hex()}, where="ballot")


class SecondBlank(_Blank):
    """A blank of the second format, ``inblue-blank/2``: it does not describe the vote."""

    format: Literal["inblue-blank/2"] = "inblue-blank/2"


class Blank(_Blank):
    """A blank that also describes the vote in words for the signer; a ballot is not bound to the description.

    ``title`` is the draft's, ``body`` names who votes, ``choices`` are the possible positions on the draft, and
    ``zone`` is the procedure's time zone.
    """

    format: Literal["inblue-blank/3"] = "inblue-blank/3"
    title: Line | None
    body: Line
    choices: Annotated[tuple[Name, ...], Field(min_length=1, max_length=32)]
    zone: Line

    def ballot(self, member: str, position: str | None, answers: Mapping[str, str] = MappingProxyType({})) -> Ballot:
        """As :meth:`_Blank.ballot`.

        Raises:
            Malformed: as there, or a position that is not one of the choices.
        """
        if position is not None and position not in self.choices:
            raise Malformed(f"{position[:64]!r} is not a position here; there is {', '.join(self.choices)}")
        return super().ballot(member, position, answers)


AnyBlank: TypeAlias = Blank | SecondBlank


def read_blank(raw: bytes, *, where: str) -> AnyBlank:
    """Read a blank of this or the previous format.

    Raises:
        Malformed: it is something else, or of the first format.
    """
    value = parse_json(raw, where=where)
    called = value.get("format") if isinstance(value, dict) else None
    if called == "inblue-blank/1":
        raise Malformed(f"{where}: a blank of the first format, with which no ballot is accepted any more; {_AGAIN}")
    return SecondBlank.of(value, where=where) if called == "inblue-blank/2" else Blank.of(value, where=where)


def blank_of(state: VoteState, register: Register) -> Blank:
    """The blank of a recorded vote in the ledger of that register.

    Raises:
        Refused: voting is not open.
    """
    if state.opening is None:
        raise Refused(state.procedure.opening.clause, f"voting on {state.name} is not open")
    questions: list[Json] = [DRAFT, *(each.id for each in state.procedure.asked)]
    rules = state.procedure
    about: dict[str, Json] = {"title": state.draft.act.title, "body": rules.body, "zone": rules.zone}
    about["choices"] = list(rules.choices)
    return Blank.of({**_bound(state, register).json_value(), **about, "questions": questions}, where="blank")


def sign(ballot: AnyBallot, signer: Signer) -> str:
    """The ballot's envelope.

    Raises:
        Malformed: it would be longer than an entry can carry.
        SignerFailed: the signer gave no signature that holds.
    """
    envelope = seal(ballot.canonical(), signer, BALLOT_TYPE).decode()
    if len(envelope) > _MAX_ENVELOPE:
        raise Malformed(f"ballot: {len(envelope):,} characters when signed; at most {_MAX_ENVELOPE:,} fit")
    return envelope


def read_ballot(envelope: str) -> AnyBallot:
    """The ballot in a canonical envelope. The signature is not checked here.

    Raises:
        Malformed: anything else.
    """
    payload = open_envelope(envelope.encode(), BALLOT_TYPE).payload
    value = parse_json(payload, where="ballot")
    first = isinstance(value, dict) and value.get("format") == "inblue-ballot/1"
    ballot = (FirstBallot if first else Ballot).of(value, where="ballot")
    if ballot.canonical() != payload:
        raise Malformed("ballot: not in its canonical form (RFC 8785)")
    return ballot


@dataclass(frozen=True, slots=True)
class BallotFile:
    """The file that ``inblue vote sign`` writes, and the ballot in it."""

    signed: SignedBallot
    ballot: AnyBallot

    @classmethod
    def read(cls, raw: bytes, *, where: str) -> BallotFile:
        """Read it; the signature is not checked here.

        Raises:
            Malformed: no such file.
        """
        signed = SignedBallot.read(raw, where=where)
        return cls(signed, read_ballot(signed.envelope))


def signing_key(ballot: SignedBallot) -> str:
    """The id of the key that the ballot says it is signed with."""
    return open_envelope(ballot.envelope.encode(), BALLOT_TYPE).key_id


def own_tokens(ballot: SignedBallot) -> list[tuple[bytes, bytes]]:
    """Token and request of each timestamp that the member put on its ballot.

    Raises:
        Malformed: one of them is not base64.
    """
    return [
        (decode_base64(each.token, where="ballot: a token"), decode_base64(each.query, where="ballot: a request"))
        for each in ballot.timestamps
    ]


def check_new_ballot(signed: SignedBallot) -> None:
    """Refuse a ballot of the first format, since it could have been signed for another log or text.

    Raises:
        Malformed: it is of that format, or not a ballot.
    """
    if isinstance(read_ballot(signed.envelope), FirstBallot):
        raise Malformed(f"ballot: of the first format, which does not say for which log and text it is; {_AGAIN}")


def check_deadline(signed: SignedBallot, state: VoteState) -> None:
    """Check that the deadline named by a ballot is the one that followed from the opening.

    Raises:
        Malformed: not a canonical ballot.
        Refused: it names another.
    """
    ballot = read_ballot(signed.envelope)
    if isinstance(ballot, Ballot) and (ballot.closes_at, ballot.rule) != _deadline(state):
        clause = state.procedure.signature.clause if state.procedure.signature else None
        raise Refused(clause, "the ballot was signed for another deadline")


def check_ballot(act: VoteCast, state: VoteState, register: Register, at: datetime) -> None:
    """Check the ballot of a reply against the vote, and the member's key against the register at ``at``.

    :func:`check_deadline` checks the deadline, which follows from the procedure.

    Raises:
        Malformed: not a canonical ballot.
        Refused: for another vote, not what the reply says, cast before, or not by a key of that member in force.
    """
    if act.ballot is None:
        return
    own_tokens(act.ballot)
    envelope = open_envelope(act.ballot.envelope.encode(), BALLOT_TYPE)
    ballot, procedure = read_ballot(act.ballot.envelope), state.procedure
    clause = procedure.signature.clause if procedure.signature else None
    if (other := bound_otherwise(ballot, state, register)) is not None:
        raise Refused(clause, f"the ballot was signed for another {other}")
    if (ballot.member, ballot.replies) != (act.member, act.replies):
        said = ", ".join(_said(each) for each in ballot.replies)
        raise Refused(clause, f"the ballot says {ballot.member}, {said}; the reply is another")
    if ballot.nonce in nonces_of(state):
        raise Refused(procedure.second_reply.clause, f"this ballot of {act.member} was cast already")
    grants = [grant for grant in register.by_key.get(envelope.key_id, ()) if grant.member == act.member]
    if not grants:
        raise Refused(clause, f"the key {envelope.key_id[:16]}, which signed the ballot, is not one of {act.member}")
    faults = [fault for grant in grants if (fault := _not_in_force(register, grant, at)) is not None]
    if len(faults) == len(grants):
        raise Refused(clause, f"the ballot of {act.member}: {faults[0]}")
    if not envelope.verify(bytes.fromhex(grants[0].public_key)):
        raise Refused(clause, f"the signature on the ballot of {act.member} does not hold")


def _said(answer: Answer) -> str:
    return answer.position if answer.question == DRAFT else f"{answer.question}: {answer.position}"


def bound_otherwise(ballot: AnyBallot, state: VoteState, register: Register) -> str | None:
    """Which of a ballot's bound values differ from this vote, in words, without the deadline; None if none does."""
    if isinstance(ballot, FirstBallot):
        return _first_bound_otherwise(ballot, state)
    if state.opening is None:
        return "vote than one that is not open"
    wanted = _bound(state, register)
    for field, what in _BOUND.items():
        if getattr(ballot, field) != getattr(wanted, field):
            return what.format(getattr(ballot, field))
    return None


def _bound(state: VoteState, register: Register) -> Bound:
    """The values that ballots are bound to in an open vote."""
    if register.founded is None or state.opening is None or state.opening.entry is None:
        raise Malformed("ballot: what it is bound to is not known; its opening is not on record")
    closes_at, rule = _deadline(state)
    return Bound(
        log=register.founded.origin,
        draft=state.symbol,
        round=state.round,
        texts=state.draft.act.texts,
        opening=state.opening.entry,
        closes_at=closes_at,
        rule=rule,
        rehearsal=state.draft.act.times == "simulated",
    )


def _deadline(state: VoteState) -> tuple[datetime | None, str | None]:
    """The deadline as of the opening; if it is not known, the clause that it follows from."""
    closes = state.closes_as_opened
    return closes, None if closes else state.procedure.window.clause


_BOUND = {
    "log": "log: {}",
    "draft": "vote: {}",
    "round": "round: {}",
    "texts": "text",
    "opening": "opening",
    "rehearsal": "kind of vote, a rehearsal or a real one",
}


def _first_bound_otherwise(ballot: FirstBallot, state: VoteState) -> str | None:
    opening = state.opening.act.snapshot if state.opening else None
    bound = (ballot.draft, ballot.procedure, ballot.opening)
    same = state.round == 1 and bound == (state.symbol, state.draft.act.procedure, opening)
    return None if same else f"vote: {ballot.draft}"


@dataclass(slots=True)
class _Nonces:
    """The nonces of the ballots among the first replies of a vote, and the last of these replies."""

    known: set[str]
    replies: int
    last: object

    def are_of(self, replies: Sequence[Reply]) -> bool:
        """Whether they are those of the first of these replies."""
        return self.replies == 0 or (self.replies <= len(replies) and replies[self.replies - 1].entered is self.last)


def nonces_of(state: VoteState) -> set[str]:
    """The nonces of the ballots on record. Each is read once: successive states of a vote share them."""
    found = cast("_Nonces | None", state.derived.get("ballots"))
    replies = state.replies
    if found is None or not found.are_of(replies):
        found = state.derived["ballots"] = _Nonces(set(), 0, None)
    for reply in replies[found.replies :]:
        try:
            if reply.entered.act.ballot is not None:
                found.known.add(read_ballot(reply.entered.act.ballot.envelope).nonce)
        except Malformed:
            pass  # what a registrar embedded is not a ballot, which is a fault of its entry
        found.replies, found.last = found.replies + 1, reply.entered
    return found.known


def _not_in_force(register: Register, grant: KeyGrant, at: datetime) -> str | None:
    try:
        register.authority(grant.key, grant.office, at, member=grant.member)
    except Refused as refusal:
        return refusal.text
    return None
