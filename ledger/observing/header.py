"""The header of a message, field by field, in its original bytes (RFC 5322, section 2.2)."""

from __future__ import annotations

import re
from typing import NamedTuple

from ...domain.errors import Malformed
from ...domain.wording import shown

MAX_HEADER_BYTES = 1_000_000
MAX_FIELDS = 1_000

_END = re.compile(rb"\r?\n\r?\n")
_LINE = re.compile(rb"\r?\n")
_LAST = re.compile(rb"\r?\n\Z")
_NAME = re.compile(rb"([!-9;-~]{1,200}):")


class Field(NamedTuple):
    """A field: its name, and everything after the colon, each line ending in CRLF, as DKIM requires."""

    name: bytes
    value: bytes


class Message(NamedTuple):
    """A message: its fields in order, and its body with every line ending in CRLF."""

    fields: tuple[Field, ...]
    body: bytes

    def named(self, name: bytes) -> list[Field]:
        """The fields with that lower-case name, topmost first."""
        return [each for each in self.fields if each.name.lower() == name]


def split_message(raw: bytes) -> Message:
    """Parse a message in one pass. A line that ends in LF alone, as in files on disk, is read as one with CRLF.

    Raises:
        Malformed: its header is too large, or has a line that belongs to no field.
    """
    head, body = _split(raw)
    fields: list[tuple[bytes, list[bytes]]] = []
    for number, line in enumerate(_LINE.split(head) if head else []):
        if line[:1] in {b" ", b"\t"} and fields:
            fields[-1][1].append(line)
            continue
        found = _NAME.match(line)
        if found is None:
            raise Malformed(f"header: line {number + 1} belongs to no field: {shown(_text(line), most=60)!r}")
        if len(fields) == MAX_FIELDS:
            raise Malformed(f"header: over {MAX_FIELDS:,} fields")
        fields.append((found[1], [line[found.end() :]]))
    listed = tuple(Field(name, b"\r\n".join(lines) + b"\r\n") for name, lines in fields)
    return Message(listed, _LINE.sub(b"\r\n", body))


def _split(raw: bytes) -> tuple[bytes, bytes]:
    if (empty := _LINE.match(raw)) is not None:
        return b"", raw[empty.end() :]
    found = _END.search(raw, 0, MAX_HEADER_BYTES)
    if found is None and len(raw) > MAX_HEADER_BYTES:
        raise Malformed(f"header: over {MAX_HEADER_BYTES:,} bytes")
    return (raw[: found.start()], raw[found.end() :]) if found else (_LAST.sub(b"", raw), b"")


def unfolded(value: bytes) -> str:
    """A field's value in one line, unfolded (RFC 5322, section 2.2.3).

    Raises:
        Malformed: it has bytes that are not ASCII, or control characters.
    """
    text = value.replace(b"\r\n", b"").decode("ascii", "replace")
    if not text.replace("\t", " ").isprintable() or "\ufffd" in text:
        raise Malformed("bytes that are not printable ASCII")
    return text


def said(raw: bytes, *, most: int = 300) -> str | None:
    """Text from outside, in one line that is safe to keep and show, truncated if too long; None for nothing."""
    return shown(_text(raw), most=most)[:most].strip() or None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
