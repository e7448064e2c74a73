"""A vote on a clock that is set by hand, whose head is stamped by real authorities at that hour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authority import Tsa
from seats import COUNCIL_2020
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent, VoteCast
from inblue.domain.ballot import SignedBallot
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.timestamp import request, token_of

BELGIUM = Ed25519Signer.from_seed(b"b" * 32)
OPENED = datetime(2026, 3, 27, 18, tzinfo=UTC)
CLOSES = OPENED + timedelta(hours=24)
SYMBOL = "S/1"


@dataclass
class Desk:
    """A ledger whose clock is set by hand, and whose head is stamped at that hour."""

    authorities: list[Tsa]
    now: datetime = OPENED - timedelta(hours=1)

    def __post_init__(self) -> None:
        self.ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, clock=lambda: self.now)

    def at(self, hours: float) -> Desk:
        self.now = OPENED + timedelta(hours=hours)
        return self

    def stamp(self, *only: Tsa, at: datetime | None = None) -> None:
        head = self.ledger.log.head()
        assert head is not None
        for tsa in only or self.authorities:
            query = request(head.note, int(self.now.timestamp()))
            token = token_of(tsa.answer(query, at or self.now), query)
            claim = tsa.authority.canonical().decode()
            self.ledger.log.keep_stamp(Stamp(head.size, claim, head.note, query, token))

    def cast(self, member: str, *, file: bytes | None = None, ballot: str | None = None, **given: Any) -> None:
        paper = Instrument(
            form="letter",
            office="permanent_representative",
            signed=True,
            addressee="president",
            sha256=self.ledger.attach(file) if file else None,
        )
        signed = SignedBallot(envelope=ballot) if ballot else given.pop("signed", None)
        arrived = given.pop("received_at", self.now)
        act = VoteCast(member=member, position="in_favour", received_at=arrived, instrument=paper, ballot=signed)
        self.ledger.perform(SYMBOL, act, signer=REGISTRAR)


def opened(*authorities: Tsa, before: Callable[[Desk], None] | None = None, rules: Procedure | None = None) -> Desk:
    desk = Desk(list(authorities))
    if before is not None:
        before(desk)
    grant = KeyGrant(
        key=BELGIUM.key_id, public_key=BELGIUM.public_key.hex(), office="permanent_representative", member="BEL"
    )
    desk.ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    procedure = desk.ledger.adopt_procedure(rules or built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    draft = DraftCirculated(symbol=SYMBOL, question="substantive", times="live", procedure=procedure)
    desk.ledger.perform(SYMBOL, draft, signer=REGISTRAR)
    opening = LetterSent(kind="opening", opens_at=OPENED)
    desk.at(0).ledger.perform(SYMBOL, opening, signer=REGISTRAR, roster=COUNCIL_2020)
    desk.at(0.1).stamp()
    return desk


def trust(*tsas: Tsa) -> Trust:
    return Trust(authorities=tuple(tsa.authority for tsa in tsas))
