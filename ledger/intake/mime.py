"""Parses the parts of a message. This runs only in the child process, on untrusted bytes.

It needs only the standard library, and returns plain values, which the parent reads as strictly as any document. Limits
are checked during parsing: parts, nesting, headers and their length.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from email._policybase import Compat32
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from typing import Any, NamedTuple, cast

from .document_texts import Text, text_of

MAX_PARTS, MAX_DEPTH = 200, 15
_MAX_HEADERS, _MAX_HEADER = 2_000, 8_000
_MAX_ALL_TEXT = 400_000

_CHARSETS = {
    *("utf-8", "ascii", "utf-16", "utf-16-le", "utf-16-be", "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "hz"),
    *("euc_jp", "euc_kr", "shift_jis", "iso2022_jp", "koi8-r", "koi8-u", "mac-roman"),
    *(f"iso8859-{number}" for number in range(1, 17) if number != 12),
    *(f"cp{number}" for number in (*range(1250, 1259), 437, 850, 866, 1256, 936, 949, 950, 932)),
}
"""The supported character sets, by Python name: plain tables, with time linear in the bytes."""


class TooMuchError(Exception):
    """The message exceeds a limit; the text says which."""


class _Bounded(Message):
    """A message that counts its parts and their depth."""

    depth = 0
    counted: list[int]
    charset: Any = None
    """The name of its character set, if no codec can have it."""

    def attach(self, payload: Any) -> None:
        """As the library's."""
        payload.depth, payload.counted = self.depth + 1, self.counted
        self.counted[0] += 1
        if payload.depth > MAX_DEPTH:
            raise TooMuchError(f"its parts are more than {MAX_DEPTH} deep within each other")
        if self.counted[0] > MAX_PARTS:
            raise TooMuchError(f"it has more than {MAX_PARTS} parts")
        super().attach(payload)

    def get_payload(self, i: int | None = None, decode: bool = False) -> Any:
        """Like the library's, which looks up the character set that the part names."""
        try:
            return super().get_payload(i, decode)  # type: ignore[call-overload]
        except ValueError:
            self.charset = self.get_param("charset")
            self.del_param("charset")
            return super().get_payload(i, decode)  # type: ignore[call-overload]


class _Policy(Compat32):
    """The library's policy for unmodified messages, with a limit on headers."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Like the library's, but truncates headers that are too long."""
        kept: list[str] = []
        size = 0
        for line in sourcelines:
            size += len(line)
            if size > _MAX_HEADER:
                kept.append(line[: max(0, _MAX_HEADER - size + len(line))])
                break
            kept.append(line)
        return super().header_source_parse(kept)


class Section(NamedTuple):
    """One part, its IMAP section path, and the path of the message part that it came in."""

    path: str
    part: Message
    within: str | None


def parsed(raw: bytes) -> Message:
    """The message, parsed.

    Raises:
        TooMuchError: it has too many parts, or they are too deep.
    """
    counted = [0]

    def made(policy: Any = None) -> _Bounded:
        message = _Bounded(policy=policy)
        message.counted = counted
        return message

    return BytesParser(made, policy=_Policy()).parsebytes(raw)


def sections(message: Message, before: str = "", within: str | None = None) -> Iterator[Section]:
    """The leaf parts, in order, numbered as in IMAP (RFC 9051, section 6.4.5.1)."""
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        for number, each in enumerate(payload, start=1):
            yield from _section(each, f"{before}{number}", within)
    else:
        yield from _section(message, f"{before}1", within)


def _section(part: Message, path: str, within: str | None) -> Iterator[Section]:
    payload = part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(payload, list):
        yield from sections(part, f"{path}.", within)
        return
    yield Section(path, part, within)
    if part.get_content_type() in {"message/rfc822", "message/global"} and isinstance(payload, list) and payload:
        yield from sections(cast("Message", payload[0]), f"{path}.", path)


def content_of(part: Message) -> bytes:
    """The bytes of a part, with its transfer encoding removed; empty for a part that is a message."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def contents(raw: bytes, *, documents: bool = True) -> dict[str, Any]:
    """The contents of a message, as ``inblue-message-contents/1``; without ``documents``, their text is not read."""
    try:
        message = parsed(raw)
    except TooMuchError as error:
        return {"format": "inblue-message-contents/1", "faults": [f"not read: {error}"]}
    parts, left = [], _MAX_ALL_TEXT
    for section in sections(message):
        part = _part(section, left, documents)
        left -= len(part.get("text") or "")
        parts.append(part)
    heads = {"sender": "From", "subject": "Subject", "date": "Date", "message_id": "Message-ID"}
    return {
        "format": "inblue-message-contents/1",
        **{field: _header(message, name) for field, name in heads.items()},
        "parts": parts,
        "faults": [] if parts and any(part["size"] for part in parts) else ["it is empty"],
    }


def _part(section: Section, left: int, documents: bool) -> dict[str, Any]:
    part = section.part
    content = content_of(part)
    charset = getattr(part, "charset", None) or part.get_param("charset")
    media_type = part.get_content_type()[:300]
    name = _file_name(part)
    read = Text(None, None, ())
    if part.get_content_maintype() != "message":
        read = text_of(content, media_type, name, lambda: decoded(content, charset), documents)
    text, faults = read.text, list(read.faults)
    if text is not None and len(text) > (most := max(0, min(left, 100_000))):
        text = text[:most]
        faults.append("its text is longer than what is read")
    return {
        "path": section.path,
        "media_type": _plain(media_type, 300),
        "name": name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "within": section.within,
        "attached": part.get_content_disposition() == "attachment" or (name is not None and media_type[:5] != "text/"),
        "read_as": read.read_as if text is not None else None,
        "text": None if text is None else _plain(text, 100_000),
        "pages": [start for start in read.pages if text is not None and start <= len(text)][:200],
        "faults": [_plain(fault, 300) for fault in faults][:20],
    }


def decoded(content: bytes, named: Any) -> tuple[str, list[str]]:
    """A text decoded with the character set that a part names, and what is wrong with it."""
    said = named[2] if isinstance(named, tuple) else named
    charset = _known(str(said)) if said else "utf-8"
    faults = []
    if charset is None:
        faults.append(f"its character set {str(said)[:40]!r} is not one that is read")
        charset = "utf-8"
    try:
        return content.decode(charset), faults
    except (UnicodeDecodeError, ValueError):
        faults.append(f"it is not in the character set that it names, {str(said or 'utf-8')[:40]}")
        return content.decode("utf-8", "replace"), faults


def _known(name: str) -> str | None:
    try:
        found = codecs.lookup(name[:40]).name
    except (LookupError, ValueError):
        return None
    return found if found in _CHARSETS else None


def _header(message: Message, name: str) -> str | None:
    value = message.get(name)
    return None if value is None else _words(str(value))


def _words(value: str) -> str:
    """A header for people (RFC 2047); undecodable parts are unchanged."""
    value = value[:_MAX_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        pieces = decode_header(value)
    except Exception:  # noqa: BLE001 - the library raises many types for odd words
        return _plain(" ".join(value.split()), 1000)
    text = ""
    for piece, charset in pieces:
        if isinstance(piece, str):
            text += piece
        else:
            text += piece.decode(_known(charset or "ascii") or "ascii", "replace")
    return _plain(" ".join(text.split()), 1000)


def _file_name(part: Message) -> str | None:
    """The name of a file (RFC 2231, or RFC 2047 as used in practice), without a folder."""
    try:
        name = part.get_filename()
    except Exception:  # noqa: BLE001 - as above: a name that cannot be read is ignored
        return None
    if not name:
        return None
    return _plain(_words(name).replace("\\", "/").rpartition("/")[2], 300) or None


def _plain(text: str, most: int) -> str:
    """``text`` as valid Unicode, truncated to that length."""
    return text[:most].encode("utf-8", "replace").decode()
