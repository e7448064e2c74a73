"""Ballots that members sign: cast once, in the vote they were signed for, by a key of the member in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent, VoteCast
from inblue.domain.ballot import Ballot, OwnTimestamp, SignedBallot
from inblue.domain.errors import MalformedError, Refusal
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register import KeyEnrolled, KeyGrant, KeyRevoked
from inblue.domain.roster import built_in_roster
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.checks import SIGNATURE
from inblue.ledger.entries.ballot import blank_of, check_ballot, read_ballot, sign
from inblue.ledger.entries.entry import Seen, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.projections.record import record_of
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT

BELGIUM, ESTONIA = (Ed25519Signer.from_seed(letter * 32) for letter in (b"b", b"e"))
OPENED = datetime(2026, 3, 27, 18, tzinfo=UTC)


class Clock:
    now = OPENED - timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Iterator[Ledger]:
    """Two open votes; Belgium and Estonia hold keys."""
    made = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, clock=clock)
    for member, signer in (("BEL", BELGIUM), ("EST", ESTONIA)):
        grant = KeyGrant(
            key=signer.key_id, public_key=signer.public_key.hex(), office="permanent_representative", member=member
        )
        made.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    procedure = made.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    for symbol in ("S/1", "S/2"):
        draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure)
        made.perform(symbol, draft, signer=REGISTRAR)
    clock.now = OPENED
    for symbol in ("S/1", "S/2"):
        opening = LetterSent(kind="opening", opens_at=OPENED)
        made.perform(symbol, opening, signer=REGISTRAR, roster=built_in_roster("unsc-2020"))
    clock.now = OPENED + timedelta(hours=2)
    with made:
        yield made


def ballot(ledger: Ledger, member: str = "BEL", position: str = "in_favour", symbol: str = "S/1") -> Ballot:
    return blank_of(ledger.vote(symbol)).ballot(member, position)


def reply(
    clock: Clock, envelope: str, member: str = "BEL", position: str = "in_favour", **given: OwnTimestamp
) -> VoteCast:
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    signed = SignedBallot(envelope=envelope, timestamps=tuple(given.values()))
    return VoteCast(member=member, position=position, received_at=clock.now, instrument=paper, ballot=signed)


def test_a_ballot_is_cast_and_shows_in_the_record(ledger: Ledger, clock: Clock, tmp_path: Path) -> None:
    ledger.perform("S/1", reply(clock, sign(ballot(ledger), BELGIUM)), signer=REGISTRAR)
    (record,) = record_of(ledger.vote("S/1")).replies
    assert record.counted
    assert ("ballot", "signed by BEL itself, with a key of its own") in record.verdict.evidence
    assert ledger.verify().holds
    assert verify_bundle(export(ledger, tmp_path / "b.zip", include_open=True).path).holds


def test_the_same_ballot_twice_is_refused_and_another_one_is_a_second_reply(ledger: Ledger, clock: Clock) -> None:
    cast = reply(clock, sign(ballot(ledger), BELGIUM))
    ledger.perform("S/1", cast, signer=REGISTRAR)
    with pytest.raises(Refusal, match="was cast already") as refused:
        ledger.perform("S/1", cast, signer=REGISTRAR)
    assert refused.value.clause is not None
    ledger.perform("S/1", reply(clock, sign(ballot(ledger), BELGIUM)), signer=REGISTRAR)
    assert [each.counted for each in record_of(ledger.vote("S/1")).replies] == [True, False]


def test_a_ballot_for_another_draft_or_opening_is_refused(ledger: Ledger, clock: Clock) -> None:
    other = sign(ballot(ledger, symbol="S/2"), BELGIUM)
    with pytest.raises(Refusal, match="for another vote: S/2"):
        ledger.perform("S/1", reply(clock, other), signer=REGISTRAR)
    for field in ("procedure", "opening"):
        altered = sign(ballot(ledger).model_copy(update={field: "ab" * 32}), BELGIUM)
        with pytest.raises(Refusal, match="for another vote"):
            ledger.perform("S/1", reply(clock, altered), signer=REGISTRAR)


def test_the_registrar_cannot_say_otherwise_than_the_ballot(ledger: Ledger, clock: Clock) -> None:
    signed = sign(ballot(ledger), BELGIUM)
    for member, position in (("BEL", "against"), ("EST", "in_favour")):
        with pytest.raises(Refusal, match="the reply is another"):
            ledger.perform("S/1", reply(clock, signed, member, position), signer=REGISTRAR)


def test_a_key_of_another_member_signs_nothing_for_this_one(ledger: Ledger, clock: Clock) -> None:
    for signer in (ESTONIA, REGISTRAR, Ed25519Signer.from_seed(b"x" * 32)):
        with pytest.raises(Refusal, match="is not one of BEL"):
            ledger.perform("S/1", reply(clock, sign(ballot(ledger), signer)), signer=REGISTRAR)


def test_a_revoked_key_signs_nothing_more(ledger: Ledger, clock: Clock) -> None:
    signed = sign(ballot(ledger), BELGIUM)
    ledger.keep_register(KeyRevoked(key=BELGIUM.key_id, reason="lost laptop"), signer=REGISTRAR)
    with pytest.raises(Refusal, match="is revoked: lost laptop") as refused:
        ledger.perform("S/1", reply(clock, signed), signer=REGISTRAR)
    assert refused.value.clause == "signature"


def test_what_was_cast_before_a_revocation_stands(ledger: Ledger, clock: Clock) -> None:
    ledger.perform("S/1", reply(clock, sign(ballot(ledger), BELGIUM)), signer=REGISTRAR)
    ledger.keep_register(KeyRevoked(key=BELGIUM.key_id, reason="lost laptop"), signer=REGISTRAR)
    assert ledger.verify().holds


def test_a_forged_signature_does_not_hold(ledger: Ledger, clock: Clock) -> None:
    signed = sign(ballot(ledger), BELGIUM)
    other = sign(ballot(ledger), BELGIUM)
    at = signed.index('"sig":"')
    forged = signed[:at] + other[other.index('"sig":"') :]
    with pytest.raises(Refusal, match="does not hold"):
        ledger.perform("S/1", reply(clock, forged), signer=REGISTRAR)
    for broken in (signed.replace("ballot+json", "entry+json"), signed + " ", "{}"):
        with pytest.raises(MalformedError):
            ledger.perform("S/1", reply(clock, broken), signer=REGISTRAR)


def test_a_registrar_who_goes_past_the_rules_is_found_out(ledger: Ledger, clock: Clock) -> None:
    """A ballot that was used twice, entered with other software."""
    cast = reply(clock, sign(ballot(ledger), BELGIUM))
    ledger.perform("S/1", cast, signer=REGISTRAR)
    entry = write_entry(
        cast,
        stream=vote_stream("S/1"),
        index=ledger.vote("S/1").version,
        register=ledger.register().version,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=clock.now,
        seen=Seen(0, EMPTY_ROOT),
    )
    ledger.streams.append([entry])
    ledger.sequence()
    (problem,) = ledger.verify().problems
    assert (problem.check, "was cast already" in problem.text) == (SIGNATURE, True)


def test_timestamps_that_are_not_base64_are_refused(ledger: Ledger, clock: Clock) -> None:
    crooked = OwnTimestamp(query="AAAA", token="AAB=")
    with pytest.raises(MalformedError, match="base64"):
        ledger.perform("S/1", reply(clock, sign(ballot(ledger), BELGIUM), crooked=crooked), signer=REGISTRAR)


def test_a_ballot_is_read_in_its_one_form_only(ledger: Ledger) -> None:
    made = ballot(ledger)
    assert read_ballot(sign(made, BELGIUM)) == made
    with pytest.raises(MalformedError):
        blank_of(ledger.vote("S/1")).ballot("B E L", "in_favour")


def test_before_the_opening_there_is_nothing_to_sign(ledger: Ledger, clock: Clock) -> None:
    procedure = built_in_procedure("unsc-2020-253").sha256
    draft = DraftCirculated(symbol="S/3", question="substantive", times="live", procedure=procedure)
    ledger.perform("S/3", draft, signer=REGISTRAR)
    with pytest.raises(Refusal, match="not open"):
        blank_of(ledger.vote("S/3"))
    check_ballot(
        VoteCast(member="BEL", position=None, instrument=Instrument(form="letter")),
        ledger.vote("S/3"),
        ledger.register(),
        clock.now,
    )
