"""Documents of timestamp authorities, which the register adopts and openings pin by digest.

Which authority of a reader's trust file is one of these is asked of certificates, never of names: they share a root.
"""

from __future__ import annotations

from typing import Literal

from ...domain.payload import Document
from ..certificates import pem
from ..standards.timestamp import Authority

MAX_DOCUMENT_BYTES = 500_000
"""Bytes of such a document at most: twenty certificates of the largest size fit."""


class AuthorityDocument(Document, Authority):
    """What a ledger adopts: an authority as a trust file has it, under the name that the register calls it by."""

    format: Literal["inblue-authority/1"]

    @classmethod
    def read_document(cls, raw: bytes, *, where: str) -> AuthorityDocument:
        """Read a document.

        Raises:
            Malformed: it is not one.
        """
        return cls.read(raw, where=where, limit=MAX_DOCUMENT_BYTES)


def certificates_in(text: str, *, where: str) -> tuple[str, ...]:
    """The PEM certificates in a text, each by itself; what is between them is left out, as other programs do.

    Raises:
        Malformed: there is none, or one is not whole.
    """
    return tuple(map(pem.pem_certificate, pem.certificates_in(text, where=where)))
