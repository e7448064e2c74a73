"""The parts of a message in its original bytes (RFC 2046), since signatures cover those."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from email.message import Message as Headers
from typing import NamedTuple

from ...domain.errors import Malformed

MAX_PARTS, MAX_DEPTH = 200, 10

_NEWLINE = re.compile(rb"\r?\n")
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
_UNFOLD = re.compile(rb"\r?\n(?=[ \t])")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_FIELD = re.compile(rb"^(content-type|content-transfer-encoding):([^\r\n]{0,2000})", re.IGNORECASE | re.MULTILINE)


class Part(NamedTuple):
    """A part: ``path`` as in IMAP (``1.2`` is the second of the first), all its bytes, its body, and its header."""

    path: str
    raw: bytes
    body: bytes
    headers: Headers
    children: tuple[Part, ...] = ()

    @property
    def kind(self) -> str:
        """Its media type, in lower case."""
        return self.headers.get_content_type()

    def says(self, name: str) -> str:
        """A parameter of its media type, in lower case; empty if absent."""
        found = self.headers.get_param(name)
        return found.lower() if isinstance(found, str) else ""

    def content(self) -> bytes:
        """Its body with the transfer encoding removed; invalid characters are ignored."""
        match str(self.headers.get("Content-Transfer-Encoding", "")).strip().lower():
            case "base64":
                return _from_base64(self.body)
            case "quoted-printable":
                return binascii.a2b_qp(self.body)
            case _:
                return self.body

    def walk(self) -> Iterator[Part]:
        """This one and all parts in it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_parts(raw: bytes) -> Part:
    """The message as a tree of its parts.

    Raises:
        Malformed: too many parts, or too deep.
    """
    return _Reader().read(raw, "", 0)


class _Reader:
    def __init__(self) -> None:
        self._read = 0

    def read(self, raw: bytes, path: str, depth: int, *, forwarded: bool = False) -> Part:
        """The part at that path, and all parts in it. A message ``forwarded`` in a part has that part's path."""
        self._read += 1
        if self._read > MAX_PARTS or depth > MAX_DEPTH:
            raise Malformed(f"message: over {MAX_PARTS} parts, or deeper than {MAX_DEPTH}")
        head, body = _split(raw)
        headers = _headers(head)
        if headers.get_content_type() == "message/rfc822" and path:
            return Part(path, raw, body, headers, (self.read(body, path, depth + 1, forwarded=True),))
        boundary = headers.get_boundary() if headers.get_content_maintype() == "multipart" else None
        if not boundary or len(boundary) > 200:
            return Part(f"{path}.1" if forwarded else path or "1", raw, body, headers)
        before = f"{path}." if path else ""
        cut = _between(body, boundary.encode("ascii", "replace"))
        children = tuple(self.read(each, f"{before}{n}", depth + 1) for n, each in enumerate(cut, start=1))
        return Part(path, raw, body, headers, children)


def _split(raw: bytes) -> tuple[bytes, bytes]:
    if (empty := _NEWLINE.match(raw)) is not None:
        return b"", raw[empty.end() :]
    found = _EMPTY_LINE.search(raw)
    return (raw[: found.start()], raw[found.end() :]) if found else (raw, b"")


def _headers(head: bytes) -> Headers:
    """The header fields that say how to read the part; only the first of each name."""
    headers = Headers()
    for name, value in _FIELD.findall(_UNFOLD.sub(b"", head[:1_000_000])):
        key = name.decode().title()
        if key not in headers:
            headers[key] = value.decode("ascii", "replace").strip()
    return headers


def _between(body: bytes, boundary: bytes) -> list[bytes]:
    """The text between the lines of a boundary."""
    line = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]{0,100}(?=\r?\n|\Z)")
    found: list[bytes] = []
    start: int | None = None
    for mark in line.finditer(body):
        if start is not None:
            found.append(body[start : mark.start()] if mark.start() >= start else b"")
        if mark[1] or len(found) > MAX_PARTS:
            return found
        after = _NEWLINE.match(body, mark.end())
        start = after.end() if after else len(body)
    if start is not None:
        found.append(body[start:])
    return found


def _from_base64(body: bytes) -> bytes:
    """Decode as most programs do: other characters are ignored, and it ends at the padding."""
    text = _NOT_BASE64.sub(b"", body.partition(b"=")[0])
    text = text[:-1] if len(text) % 4 == 1 else text
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4))
