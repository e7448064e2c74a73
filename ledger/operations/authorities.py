"""Adopting and retiring the timestamp authorities whose tokens verdicts need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...domain.register_acts import REGISTRAR, AuthorityAdopted, AuthorityRetired
from ..entries.authorities import AuthorityDocument
from ..entries.files import StoredDocuments

if TYPE_CHECKING:
    from ..ledger import Ledger
    from ..standards.ed25519 import Signer


def adopt_authority(ledger: Ledger, document: AuthorityDocument, *, signer: Signer, office: str = REGISTRAR) -> bool:
    """Keep a document and have the register adopt it under its name; gives whether it was not adopted already.

    Votes that are opened from now on pin it; those that are open keep what they have.

    Raises:
        Refusal: not the registrar, or as many are adopted as a register holds.
        LedgerError: there is no room for the document.
    """
    sha256 = ledger.attach(document.raw)
    if ledger.register().authorities.get(document.name) == sha256:
        return False
    ledger.keep_register(AuthorityAdopted(name=document.name, sha256=sha256), signer=signer, office=office)
    return True


def retire_authority(ledger: Ledger, name: str, reason: str, *, signer: Signer, office: str = REGISTRAR) -> None:
    """Have the register no longer adopt the authority of that name.

    Raises:
        Refusal: not the registrar, or no such authority is adopted.
        MalformedError: the name or the reason has not its form.
    """
    act = AuthorityRetired.of({"act": "authority_retired", "name": name, "reason": reason}, where="authority")
    ledger.keep_register(act, signer=signer, office=office)


def adopted_authorities(ledger: Ledger) -> list[AuthorityDocument]:
    """The documents of the authorities that the register has adopted, in the order of their names.

    Raises:
        LedgerError, VerificationError, MalformedError: one is not kept, or not what was adopted.
    """
    documents = StoredDocuments(ledger.files)
    return [documents.authority(sha256) for sha256 in ledger.register().authorities.values()]
