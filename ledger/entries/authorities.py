"""Documents of timestamp authorities, which the register adopts and openings pin by digest.

They are matched with a reader's trust file by certificates, never by names: a match shares a root.
"""

from __future__ import annotations

from typing import Literal

from ...domain.payload import Document
from ..certificates import pem
from ..standards.timestamp import Authority

MAX_DOCUMENT_BYTES = 500_000
"""The most bytes of such a document: twenty certificates of the largest size fit."""


class AuthorityDocument(Document, Authority):
    """What a ledger adopts: an authority as in a trust file, under the register's name for it."""

    format: Literal["inblue-authority/1"]

    @classmethod
    def read_document(cls, raw: bytes, *, where: str) -> AuthorityDocument:
        """Read a document.

        Raises:
            Malformed: it is not one.
        """
        return cls.read(raw, where=where, limit=MAX_DOCUMENT_BYTES)


def certificates_in(text: str, *, where: str) -> tuple[str, ...]:
    """The PEM certificates in a text, one by one; text between them is ignored, as in other programs.

    Raises:
        Malformed: no certificate, or one is incomplete.
    """
    return tuple(map(pem.pem_certificate, pem.certificates_in(text, where=where)))
