"""A letter as a draft e-mail (RFC 5322): 7-bit lines, headers encoded where they must be, nothing hidden in them.

It has no date and no message id, and no sender unless one is given: those are for the program that sends it. The header
``X-Unsent`` has mail programs open it as a draft. Nobody is put in Bcc.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from typing import NamedTuple

from ...domain.errors import Malformed
from ...domain.inert import MARKS, one_line
from .letter import Letter

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_POLICY = SMTP.clone(max_line_length=78, cte_type="7bit")
_UNMARKED = dict.fromkeys(map(ord, MARKS))
_BEGINNINGS = {b"%PDF-": "application/pdf", b"PK\x03\x04": "application/zip", b"\x89PNG": "image/png"}
_ENDINGS = {"application/pdf": "pdf", "text/plain": "txt", "image/png": "png"}


class Part(NamedTuple):
    """An attachment. ``parameters`` are of its media type."""

    name: str
    content: bytes
    media_type: str
    parameters: dict[str, str] = {}  # noqa: RUF012 - never changed


def address(text: str) -> str:
    """A plain mail address.

    Raises:
        Malformed: it is not one, or contains more than that.
    """
    if not _ADDRESS.fullmatch(text) or ".." in text:
        raise Malformed(f"{text[:60]!r} is not a mail address; write one like registry@example.org")
    return text


def eml_of(
    letter: Letter,
    *,
    to: Sequence[str] = (),
    sender: str | None = None,
    reply_to: str | None = None,
    parts: Sequence[Part] = (),
) -> bytes:
    """The message. The same letter, addresses and parts give the same bytes."""
    message, body = EmailMessage(policy=_POLICY), letter.text()
    message["Subject"] = plain(letter.title)
    if sender is not None:
        message["From"] = address(sender)
    if to:
        message["To"] = ", ".join(address(each) for each in to)
    if reply_to is not None:
        message["Reply-To"] = address(reply_to)
    message["X-Unsent"] = "1"
    foreign = sum(not char.isascii() for char in body)
    message.set_content(body, cte="base64" if foreign * 4 > len(body) else "quoted-printable")
    for part in parts:
        main, _, sub = part.media_type.partition("/")
        message.add_attachment(
            part.content, maintype=main, subtype=sub, cte="base64", filename=part.name, params=part.parameters
        )
    if parts:
        seen = hashlib.sha256(body.encode())
        for part in parts:
            seen.update(hashlib.sha256(part.content).digest())
        message.set_boundary(f"inblue-{seen.hexdigest()[:40]}")
    message["Content-Language"] = letter.language.code
    return message.as_bytes()


def plain(text: str) -> str:
    """A text for a header or a calendar: on one line, without marks of direction."""
    return one_line(text.translate(_UNMARKED))


def named(name: str) -> str:
    """A symbol or member as part of a file's name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.") or "vote"


def text_of_draft(symbol: str, language: str, content: bytes) -> Part:
    """A version of the draft as an attachment."""
    found = next((kind for start, kind in _BEGINNINGS.items() if content.startswith(start)), None)
    kind = found or ("text/plain" if _is_text(content) else "application/octet-stream")
    parameters = {"charset": "utf-8"} if kind == "text/plain" else {}
    return Part(f"{named(symbol)}.{named(language)}.{_ENDINGS.get(kind, 'bin')}", content, kind, parameters)


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in content
