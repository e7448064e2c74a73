"""The first entry of a ledger: its log's name and key, and the registrar's first key."""

from __future__ import annotations

import os
from datetime import datetime

from ...domain.errors import Malformed
from ...domain.register_acts import REGISTRAR, KeyGrant, LedgerFounded
from ..standards.checkpoint import check_origin
from ..standards.ed25519 import check_public_key
from ..standards.merkle import EMPTY_ROOT
from ..standards.note import NoteSigner
from ..standards.signing import CheckedSigner
from .entry import REGISTER_STREAM, Seen, StoredEntry, write_entry


def check_founders(registrar: CheckedSigner, log: CheckedSigner, origin: str | None) -> None:
    """Make sure that a ledger can be founded with these keys, and that its log can be named ``origin``.

    Raises:
        Malformed: a weak key, one key for both, or an origin that no checkpoint can carry.
    """
    for signer in (registrar, log):
        check_public_key(signer.public_key)
    if origin is not None:
        check_origin(origin)
    if registrar.key_id == log.key_id:
        raise Malformed("the registrar and the log need a key each")


def founding_entry(
    registrar: CheckedSigner, log: CheckedSigner, *, origin: str | None, holder: str | None, at: datetime
) -> StoredEntry:
    """The entry, signed by the registrar; ``origin`` defaults to ``inblue/`` and 16 random hex digits.

    Raises:
        Malformed: ``origin`` or ``holder`` is not allowed in it.
        SignerFailed: the registrar's signer gave no signature that holds.
    """
    origin = origin or f"inblue/{os.urandom(8).hex()}"
    vkey = str(NoteSigner(origin, log).verifier)
    grant = KeyGrant(key=registrar.key_id, public_key=registrar.public_key.hex(), office=REGISTRAR, holder=holder)
    return write_entry(
        LedgerFounded(origin=origin, log_key=vkey, registrar=grant),
        stream=REGISTER_STREAM,
        index=0,
        register=0,
        signer=registrar,
        office=REGISTRAR,
        recorded_at=at,
        seen=Seen(0, EMPTY_ROOT),
    )
