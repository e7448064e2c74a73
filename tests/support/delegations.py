"""A delegation and a registrar that has enrolled it, without a command line."""

from __future__ import annotations

from datetime import UTC, datetime

from signers import LOG, REGISTRAR

from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.delegation.request import Asking, DelegationRequest, enrolment_of
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer

ORIGIN = "example.org/votes"
AT = datetime(2026, 11, 28, 9, tzinfo=UTC)
LATVIA, WITNESS, CLERK = (Ed25519Signer.from_seed(letter * 32) for letter in (b"v", b"w", b"k"))
ASKING = Asking(ORIGIN, "LVA", "permanent_representative")


def asked(asking: Asking = ASKING, own: Ed25519Signer = LATVIA, witness: Ed25519Signer = WITNESS) -> DelegationRequest:
    return asking.request(own, "delegation.example", witness, AT)


def founded(origin: str = ORIGIN) -> Ledger:
    return Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin=origin, clock=lambda: AT)


def enrolled(request: DelegationRequest, origin: str = ORIGIN, *, by_a_clerk: bool = False) -> Ledger:
    """A ledger in which the key of a request is enrolled; ``by_a_clerk``, whom the founder has enrolled."""
    ledger = founded(origin)
    signer = REGISTRAR
    if by_a_clerk:
        grant = KeyGrant(key=CLERK.key_id, public_key=CLERK.public_key.hex(), office="registrar", holder="A clerk")
        ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
        signer = CLERK
    ledger.keep_register(enrolment_of(request), signer=signer)
    return ledger
