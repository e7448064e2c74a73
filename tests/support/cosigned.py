"""The small log with checkpoints that two witnesses have cosigned, and policies that ask for both or for either."""

from __future__ import annotations

from signers import LOG

from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import root
from inblue.ledger.standards.note import NoteSigner

ORIGIN = "example.org/small"
ONE, TWO = (CosignatureSigner(name, Ed25519Signer.from_seed(name.encode() * 8)) for name in ("one.", "two."))
AT = 1_774_800_000
BOTH = f"witness one {ONE.verifier}\nwitness two {TWO.verifier}\ngroup both all one two\nquorum both\n"
EITHER = BOTH.replace("all one two", "any one two")


def checkpoint(ledger: Ledger, size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root(size, ledger.log.node))


def cosign(ledger: Ledger, size: int, *by: CosignatureSigner, at: int = AT, other: bool = False) -> None:
    true = checkpoint(ledger, size)
    signed = Checkpoint(ORIGIN, size, bytes(32)) if other else true
    note = signed.sign(NoteSigner(ORIGIN, LOG))
    for each in by:
        ledger.log.keep_cosignature(size, note, each.line(signed.text(), at))
