"""Reads PEM (RFC 7468) as common tools write it: with a byte order mark, any line endings, and text between blocks."""

from __future__ import annotations

import binascii
import re

from ...domain.errors import Malformed

_BEGIN = "-----BEGIN CERTIFICATE-----"
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----", re.ASCII)


def certificates_in(text: str, *, where: str) -> tuple[bytes, ...]:
    """Every certificate in a text, in DER; text between them is ignored, as in other programs.

    Raises:
        Malformed: no certificate, or one is incomplete.
    """
    blocks = _BLOCK.findall(text)
    if not blocks or len(blocks) != text.count(_BEGIN):
        raise Malformed(f"{where}: {'a PEM certificate that is not whole' if blocks else 'no PEM certificate in it'}")
    try:
        return tuple(binascii.a2b_base64("".join(block.split()), strict_mode=True) for block in blocks)
    except (binascii.Error, ValueError):
        raise Malformed(f"{where}: a PEM certificate that is not base64") from None


def pem_certificate(raw: bytes) -> str:
    """A certificate as PEM."""
    text = binascii.b2a_base64(raw, newline=False).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"{_BEGIN}\n{lines}\n-----END CERTIFICATE-----\n"
