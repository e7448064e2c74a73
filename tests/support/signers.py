"""The keys of the tests' ledgers, from seeds that everybody may know; ``SECOND`` is the log's after ``LOG``."""

from __future__ import annotations

from inblue.ledger.standards.ed25519 import Ed25519Signer

REGISTRAR, LOG, SECOND = (Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l", b"2"))
