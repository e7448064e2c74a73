"""What compromised keys put in doubt is said even if no authority is believed."""

from __future__ import annotations

from datetime import timedelta

from ledgers import OPENED, SMALL, small
from signers import REGISTRAR, SECOND

from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked
from inblue.ledger.ledger import Ledger
from inblue.ledger.projections.record import record_of
from inblue.ledger.standards.ed25519 import Ed25519Signer

CHINA = Ed25519Signer.from_seed(b"c" * 32)


def revoked(key: str, hours: float | None) -> Ledger:
    """The small vote, in which China signs its reply; later it turns out that the key was compromised."""
    ledger = small(members={"CHN": CHINA})
    grant = KeyGrant(key=SECOND.key_id, public_key=SECOND.public_key.hex(), office="registrar")
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    since = None if hours is None else OPENED + timedelta(hours=hours)
    ledger.keep_register(KeyRevoked(key=key, reason="stolen", compromised_since=since), signer=SECOND)
    return ledger


def strengths(ledger: Ledger) -> dict[str, tuple[str, bool]]:
    """Of each reply the strength of its evidence, and whether a compromised key is named."""
    found = ledger.verify()
    assert found.holds
    record = record_of(ledger.vote(SMALL), found.bounds.get(SMALL))
    return {
        each.reply.member: (each.verdict.strength, "compromised" in each.verdict.not_proved) for each in record.replies
    }


def test_a_registrars_key_puts_what_it_entered_in_doubt() -> None:
    assert strengths(revoked(REGISTRAR.key_id, -1)) == {"CHN": ("documented", True), "EST": ("documented", True)}


def test_a_members_key_puts_its_ballot_in_doubt() -> None:
    assert strengths(revoked(CHINA.key_id, -1)) == {"CHN": ("attested", True), "EST": ("documented", False)}


def test_a_key_that_was_revoked_and_never_compromised_puts_nothing_in_doubt() -> None:
    assert strengths(revoked(REGISTRAR.key_id, None)) == {"CHN": ("attested", False), "EST": ("documented", False)}
