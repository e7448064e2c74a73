"""The keys of the register, and those that are only in the key folder."""

from __future__ import annotations

from ...domain.register import Register
from ...domain.zone import zone
from ..language.english import ENGLISH
from .tables import console, new_table


def print_keys(register: Register, names: dict[str, str]) -> None:
    """The keys of the register, then those in the folder that are not enrolled."""
    out, utc = console(), zone("UTC")
    table = new_table("key", "name here", "office", "in force")
    for grant in register.grants:
        office = grant.office + (f" of {grant.member}" if grant.member else "")
        since = f"from {ENGLISH.instant(grant.valid_from, utc)} " if grant.valid_from else ""
        until = f"until {ENGLISH.instant(grant.valid_until, utc)}" if grant.valid_until else ""
        force = "revoked" if grant.key in register.revoked else (since + until).strip() or "yes"
        table.add_row(grant.key[:16], names.get(grant.key, ""), office, force)
    enrolled = {grant.key for grant in register.grants}
    for key, name in names.items():
        if key not in enrolled:
            table.add_row(key[:16], name, *_role_in_log(key, register))
    out.print(table)


def _role_in_log(key: str, register: Register) -> tuple[str, str]:
    """What a key that acts for nobody does for the log, and whether it still does."""
    from ...ledger.standards.cosignature import log_key
    from ...ledger.standards.ed25519 import key_id
    from ...ledger.standards.note import Verifier

    def is_of(vkey: str) -> bool:
        verifier = log_key(vkey)
        return isinstance(verifier, Verifier) and key_id(verifier.public) == key

    if register.next_log_key and is_of(register.next_log_key):
        return "signs checkpoints next", "announced"
    if not any(is_of(vkey) for vkey in register.log_keys):
        return "not enrolled", ""
    return "signs checkpoints", "yes" if is_of(register.log_keys[-1]) else "replaced"
