"""inblue: an event-sourced ledger for written votes.

The face for tools that embed it. Names are loaded when they are first used (PEP 562), so that importing a part of the
package costs only that part. See examples/embed.py for a host program, docs/ for the formats.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .domain.errors import InblueError, MalformedError, Refusal
    from .domain.procedure import Procedure, built_in_procedure
    from .domain.roster import Roster, built_in_roster
    from .ledger.address import read_address
    from .ledger.errors import ConflictError, KeyStoreError, LedgerError, VerificationError
    from .ledger.keys import Ed25519Signer, Signer
    from .ledger.keystore import KeyStore
    from .ledger.ledger import Ledger
    from .ledger.play import play, read_case, rehearse
    from .ledger.record import Record, audit_json, record_of
    from .ledger.rollcall import RollCall, history, roll_call, roll_call_at, status_json
    from .ledger.verification import Problem, Verification

_HOMES = {
    "domain.errors": ("InblueError", "MalformedError", "Refusal"),
    "domain.procedure": ("Procedure", "built_in_procedure"),
    "domain.roster": ("Roster", "built_in_roster"),
    "ledger.address": ("read_address",),
    "ledger.errors": ("ConflictError", "KeyStoreError", "LedgerError", "VerificationError"),
    "ledger.keys": ("Ed25519Signer", "Signer"),
    "ledger.keystore": ("KeyStore",),
    "ledger.ledger": ("Ledger",),
    "ledger.play": ("play", "read_case", "rehearse"),
    "ledger.record": ("Record", "audit_json", "record_of"),
    "ledger.rollcall": ("RollCall", "history", "roll_call", "roll_call_at", "status_json"),
    "ledger.verify": ("Problem", "Verification"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ConflictError",
    "Ed25519Signer",
    "InblueError",
    "KeyStore",
    "KeyStoreError",
    "Ledger",
    "LedgerError",
    "MalformedError",
    "Problem",
    "Procedure",
    "Record",
    "Refusal",
    "RollCall",
    "Roster",
    "Signer",
    "Verification",
    "VerificationError",
    "audit_json",
    "built_in_procedure",
    "built_in_roster",
    "history",
    "play",
    "read_address",
    "read_case",
    "record_of",
    "rehearse",
    "roll_call",
    "roll_call_at",
    "status_json",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME_OF})
