"""Ledgers with everything in them that can be left out: two authorities, two witnesses, revocations, corrections,
voidings, receipts and rounds; and one whose clock and authorities contradict each other.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from ledgers import OPENED, SMALL, clock_unchecked
from signers import REGISTRAR, SECOND
from stamped import MEMBER, ROSTER, Desk, Kept, own_ballot

from inblue.domain.acts import (
    Act,
    ClericalErrorCorrected,
    DraftCirculated,
    DraftWithdrawn,
    EntryVoided,
    LetterSent,
    ReceiptAcknowledged,
    VoteCast,
)
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.instrument import Instrument
from inblue.domain.register_acts import (
    AuthorityRetired,
    KeyEnrolled,
    KeyGrant,
    KeyRevoked,
    PresidencyAssigned,
    RegisterStated,
    StreamStated,
)
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.operations.export import state_acts
from inblue.ledger.standards.ed25519 import Ed25519Signer

OTHER, AGAIN = "S/2", "S/2#2"


def eventful(kept: Kept) -> Desk:
    """Two votes, one in its second round, after which the first registrar's key and a member's turn out stolen."""
    desk = Desk(kept).opened()
    procedure = next(iter(desk.ledger.register().procedures.values()))

    def act(vote: str, done: Act, signer: Ed25519Signer = REGISTRAR) -> None:
        desk.ledger.perform(vote, done, signer=signer, roster=ROSTER)

    def received(member: str, **given: Any) -> None:
        act(SMALL, ReceiptAcknowledged(member=member, acknowledged_at=desk.now, **given))

    desk.at(2).cast("CHN", b"China votes in favour.\n")
    desk.stamp()
    desk.cosign()
    desk.at(2.5)
    received("CHN")
    desk.at(3).cast("VNM", ballot=own_ballot(desk))
    desk.stamp()
    desk.at(4).cast("EST", b"Estonia votes in favour.\n")
    desk.stamp("first")
    paper = _paper(desk, "EST")
    desk.at(4.1)
    misread = ClericalErrorCorrected(
        member="EST",
        field="position",
        was="in_favour",
        now="against",
        reason="misread",
        corrected_at=desk.now,
        sha256=paper,
    )
    act(SMALL, misread)
    desk.stamp()
    desk.at(5)
    presides = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
    desk.ledger.keep_register(presides, signer=REGISTRAR)
    desk.cast("TUN", b"Tunisia votes in favour.\n")
    desk.stamp()
    again = _entered(desk, "TUN")
    desk.at(5.1)
    act(SMALL, EntryVoided(number=again, reason="the wrong letter", voided_at=desk.now))
    desk.cast("TUN", b"Tunisia votes in favour.\n", received=5, replaces=again)
    desk.stamp("second")
    desk.cosign()

    grant = KeyGrant(key=SECOND.key_id, public_key=SECOND.public_key.hex(), office="registrar")
    desk.at(6).ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    draft = partial(DraftCirculated, symbol=OTHER, question="substantive", times="simulated", procedure=procedure)
    act(OTHER, draft(), SECOND)
    act(OTHER, DraftWithdrawn(withdrawn_at=desk.now), SECOND)
    act(AGAIN, draft(round=2), SECOND)
    desk.at(7)
    act(AGAIN, LetterSent(kind="opening", opens_at=desk.now), SECOND)
    desk.stamp()
    desk.at(8)
    act(AGAIN, _reply(desk, "IDN", b"Indonesia votes in favour of the second text.\n"), SECOND)
    desk.stamp()
    desk.ledger.keep_register(AuthorityRetired(name="second", reason="its last month"), signer=SECOND)
    state_acts(desk.ledger, SMALL, signer=SECOND, include_open=True)

    desk.at(23.9).cast("FRA", b"France votes in favour.\n")
    desk.at(25).stamp()
    desk.cast("IDN", b"Indonesia votes in favour.\n")
    desk.stamp("first")
    desk.at(50)
    act(SMALL, VotingClosed(closed_at=desk.now))
    act(AGAIN, VotingClosed(closed_at=desk.now), SECOND)
    desk.stamp()
    desk.cosign()
    desk.at(52)
    act(SMALL, EntryVoided(number=_entered(desk, "FRA"), reason="a letter to another body", voided_at=desk.now))
    act(SMALL, ResultAnnounced(announced_at=desk.now))
    act(AGAIN, ResultAnnounced(announced_at=desk.now), SECOND)
    desk.stamp("second")
    desk.cosign()
    for key, since in ((MEMBER, -1.0), (REGISTRAR, 3.5)):
        stolen = KeyRevoked(key=key.key_id, reason="stolen", compromised_since=OPENED + timedelta(hours=since))
        desk.at(60).ledger.keep_register(stolen, signer=SECOND)
    stated = (StreamStated(stream=vote_stream(vote), acts=desk.ledger.vote(vote).version) for vote in (AGAIN, SMALL))
    desk.ledger.keep_register(RegisterStated(votes=tuple(stated)), signer=SECOND)
    desk.stamp()
    return desk


def contested(kept: Kept) -> Desk:
    """An authority that backdates beside an honest one, and a clock that is set back: two replies that were late."""
    desk = Desk(kept).opened()
    desk.at(3).cast("VNM", b"Viet Nam votes in favour.\n")
    desk.stamp("second")
    desk.cosign()
    desk.at(24.5).stamp("second")
    with clock_unchecked():
        desk.at(22.9).cast("CHN", b"China votes in favour.\n")
    desk.stamp("first", hours=23)
    desk.at(25).cast("EST", b"Estonia votes in favour.\n", received=23.9)
    desk.stamp("first", hours=23.5)
    desk.stamp("second")
    desk.ended().cosign()
    return desk


def forward(kept: Kept) -> Desk:
    """Closed and announced an hour after the opening by a clock that is two days ahead, as tokens show."""
    desk = Desk(kept).opened()
    desk.at(50).perform(VotingClosed(closed_at=desk.now))
    desk.stamp(hours=1)
    desk.at(50).perform(ResultAnnounced(announced_at=desk.now))
    desk.stamp(hours=1.1)
    desk.cosign()
    return desk


def unfinished(kept: Kept) -> Desk:
    """A reply that is late by the honest authority, and in time by the other and by the recorder; nothing after it."""
    desk = Desk(kept).opened()
    desk.at(23).cast("CHN", b"China votes in favour.\n")
    desk.stamp("first")
    desk.at(25).stamp("second")
    desk.cosign()
    return desk


def _reply(desk: Desk, member: str, file: bytes) -> VoteCast:
    paper = Instrument(form="letter", signed=True, addressee="president", sha256=desk.ledger.attach(file))
    return VoteCast(member=member, position="in_favour", received_at=desk.now, instrument=paper)


def _entered(desk: Desk, member: str) -> int:
    return next(each.entered.number for each in desk.ledger.vote(SMALL).replies if each.member == member)


def _paper(desk: Desk, member: str) -> str:
    return next(str(each.act.instrument.sha256) for each in desk.ledger.vote(SMALL).replies if each.member == member)
