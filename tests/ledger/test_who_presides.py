"""A vote is opened, and its result announced, by the key of the member that presides at that instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from seats import COUNCIL_2020
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Refused
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, PresidencyAssigned
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer

RULES, ROSTER = built_in_procedure("unsc-2020-253"), COUNCIL_2020
CHINA, DOMINICANS = (Ed25519Signer.from_seed(letter * 32) for letter in (b"C", b"D"))
OPENED = datetime(2020, 3, 31, 18, tzinfo=UTC)


class Clock:
    now = OPENED

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


def opened_over_the_end_of_the_month(clock: Clock, *months: tuple[str, str]) -> Ledger:
    ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/presidency", clock=clock)
    for key, member in ((CHINA, "CHN"), (DOMINICANS, "DOM")):
        grant = KeyGrant(key=key.key_id, public_key=key.public_key.hex(), office="president", member=member)
        ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    for month, member in months:
        assigned = PresidencyAssigned(body=RULES.body, month=month, member=member)
        ledger.keep_register(assigned, signer=REGISTRAR)
    procedure = ledger.adopt_procedure(RULES, signer=REGISTRAR)
    draft = DraftCirculated(symbol="S/1", question="substantive", times="live", procedure=procedure)
    ledger.perform("S/1", draft, signer=REGISTRAR)
    if months:
        with pytest.raises(Refused, match="CHN presides now, by the register; the key acts for DOM") as caught:
            ledger.perform("S/1", LetterSent(kind="opening", opens_at=clock.now), signer=DOMINICANS, roster=ROSTER)
        assert caught.value.clause == "presidency"
    ledger.perform("S/1", LetterSent(kind="opening", opens_at=clock.now), signer=CHINA, roster=ROSTER)
    clock.now += timedelta(hours=25)
    ledger.perform("S/1", VotingClosed(closed_at=clock.now), signer=REGISTRAR)
    return ledger


def test_the_months_next_president_announces_and_the_last_one_does_not() -> None:
    clock = Clock()
    ledger = opened_over_the_end_of_the_month(clock, ("2020-03", "CHN"), ("2020-04", "DOM"))
    with pytest.raises(Refused, match="DOM presides now, by the register; the key acts for CHN") as caught:
        ledger.perform("S/1", ResultAnnounced(announced_at=clock.now), signer=CHINA)
    assert caught.value.clause == "presidency"
    (announced,) = ledger.perform("S/1", ResultAnnounced(announced_at=clock.now), signer=DOMINICANS)
    assert isinstance(announced.act, ResultAnnounced)
    assert announced.act.by == "DOM"
    assert [each.act.sender for each in ledger.vote("S/1").letters] == ["CHN"]  # as the key's, which opened it
    ledger.perform("S/1", LetterSent(kind="outcome", sent_at=clock.now), signer=DOMINICANS)
    assert [each.act.sender for each in ledger.vote("S/1").letters] == ["CHN", "DOM"]
    snapshot = ledger.vote("S/1").snapshot
    assert snapshot is not None
    assert (snapshot.president, snapshot.presidencies) == ("CHN", {"2020-03": "CHN", "2020-04": "DOM"})
    assert not ledger.verify().problems


def test_where_no_month_is_assigned_nothing_is_said_of_who_presides() -> None:
    clock = Clock()
    ledger = opened_over_the_end_of_the_month(clock)
    ledger.perform("S/1", ResultAnnounced(announced_at=clock.now), signer=CHINA)
    ledger.perform("S/1", LetterSent(kind="outcome", sender="DOM", dated=clock.now.date()), signer=REGISTRAR)


def test_the_registrar_acts_for_no_member_and_says_who_announced_if_anybody() -> None:
    clock = Clock()
    ledger = opened_over_the_end_of_the_month(clock, ("2020-03", "CHN"))
    (announced,) = ledger.perform("S/1", ResultAnnounced(announced_at=clock.now), signer=REGISTRAR)
    assert isinstance(announced.act, ResultAnnounced)
    assert announced.act.by is None
