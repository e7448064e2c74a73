"""Parts of a message (RFC 5322, 2045, 2046), each by its section number (RFC 9051, 6.4.5.1), parsed unambiguously.

It is for comparing the bytes of a part, in any language and any year, not for reading mail: anything that a lenient
reader would guess is refused. A line ends with LF or CRLF. A header that does not begin with a field, two relevant
fields of one name, comments in them, a multipart without its last delimiter, and an ambiguous encoding are Malformed.
Time is linear in the size of the message for each level of nesting, of which a path has at most 16.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Iterator
from typing import NamedTuple

from ...domain.errors import Malformed

MAX_HEADER = 256 * 1024
"""The most bytes of the header of a message, or of a part."""

_MAX_PARTS = 1_000
_TOKEN = rb"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+"
_FIELD = re.compile(rb"([!-9;-~]+):(.*)", re.DOTALL)
_TYPE = re.compile(rb"[ \t]*(" + _TOKEN + rb")/(" + _TOKEN + rb")[ \t]*(?:;(.*))?", re.DOTALL)
_PARAMETER = re.compile(rb"[ \t]*(" + _TOKEN + rb")=(?:(" + _TOKEN + rb')|"([^"\\\x00-\x1f\x7f]*)")[ \t]*(?:;|$)')
_REST = re.compile(rb"[ \t]*")
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_BLANKS = b" \t\r\n"
_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})?")
_TRAILING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
_SOFT = re.compile(rb"=(?:\r?\n|\Z)")


class Part(NamedTuple):
    """The decoded content of a part, and the media type in its header, in lower case."""

    content: bytes
    media_type: str


class _Entity(NamedTuple):
    """The header fields that say how to read the rest, and the rest."""

    kind: str
    parameters: bytes
    encoding: bytes
    body: bytes


def part_of(raw: bytes, path: str) -> Part:
    """The part of a message at ``path``, ``2`` or ``1.2``; in a message without parts, ``1`` is its body.

    Raises:
        Malformed: no such part, it has parts itself, or it is ambiguous.
    """
    at, begins = _entity(raw), True
    for step in map(int, path.split(".")):
        if not begins and at.kind == "message/rfc822":
            at, begins = _entity(_decoded(at)), True
        if at.kind.startswith("multipart/"):
            at = _child(at, step, path)
        elif not begins or step != 1:
            raise Malformed(f"the message has no part {path}")
        begins = False
    if at.kind.startswith("multipart/"):
        raise Malformed(f"part {path} of the message holds other parts; name one of them")
    return Part(_decoded(at), at.kind)


def _entity(raw: bytes, default: str = "text/plain") -> _Entity:
    """A message, or a part, split at the first empty line."""
    found: dict[bytes, list[bytes]] = {}
    name, end = b"", 0
    for line, after in _lines(raw):
        if after > MAX_HEADER:
            raise Malformed(f"a header of the message has more than {MAX_HEADER:,} bytes")
        end = after
        if not line:
            break
        if line[:1] in {b" ", b"\t"} and name:
            if name in found:
                found[name].append(line)
            continue
        field = _FIELD.fullmatch(line)
        if field is None:
            raise Malformed("a line in a header of the message is not a field")
        name = field[1].lower()
        if name in _READ:
            if name in found:
                raise Malformed(f"a header of the message has the field {name.decode()} twice")
            found[name] = [field[2]]
    unfolded = {name: b"".join(lines) for name, lines in found.items()}
    kind, parameters = _typed(unfolded, default)
    encoding = unfolded.get(b"content-transfer-encoding", b"7bit").strip(_BLANKS).lower()
    return _Entity(kind, parameters, encoding, raw[end:])


_READ = frozenset({b"content-type", b"content-transfer-encoding"})


def _typed(found: dict[bytes, bytes], default: str) -> tuple[str, bytes]:
    if b"content-type" not in found:
        return default, b""
    typed = _TYPE.fullmatch(found[b"content-type"])
    if typed is None:
        raise Malformed("a type in the message is not of its form")
    return (typed[1] + b"/" + typed[2]).decode().lower(), typed[3] or b""


def _lines(raw: bytes) -> Iterator[tuple[bytes, int]]:
    """Each line without its end, and where the next one begins."""
    at = 0
    while at < len(raw):
        end = raw.find(b"\n", at)
        after = len(raw) if end < 0 else end + 1
        if after - at > MAX_HEADER:
            raise Malformed(f"a header of the message has more than {MAX_HEADER:,} bytes")
        yield _without_end(raw[at:after]), after
        at = after


def _without_end(line: bytes) -> bytes:
    """Without the LF that ends it, and a CR directly before that; a CR alone ends no line."""
    return line[:-1].removesuffix(b"\r") if line.endswith(b"\n") else line


def _child(parent: _Entity, number: int, path: str) -> _Entity:
    """The part with that number, from 1, of a multipart."""
    if parent.encoding not in _AS_IT_IS:
        raise Malformed("a multipart in the message is encoded as a whole, which none may be")
    boundary, body = _boundary(parent.parameters), parent.body
    delimiter, at, begun, found = b"--" + boundary, 0, -1, 0
    while (at := body.find(delimiter, at)) >= 0:
        end = body.find(b"\n", at)
        after = len(body) if end < 0 else end + 1
        rest = body[at + len(delimiter) : after].rstrip(_BLANKS)
        if (at and body[at - 1 : at] != b"\n") or rest not in {b"", b"--"}:
            at = after
            continue
        if found == number:
            content = _without_end(body[begun:at])
            digest = parent.kind == "multipart/digest"
            entity = _entity(content, "message/rfc822" if digest else "text/plain")
        if rest == b"--":
            if 0 < number <= found:
                return entity
            raise Malformed(f"the message has no part {path}")
        at, begun, found = after, after, found + 1
        if found > _MAX_PARTS:
            raise Malformed(f"a multipart in the message has more than {_MAX_PARTS:,} parts")
    raise Malformed("a multipart in the message is not ended")


def _boundary(parameters: bytes) -> bytes:
    found, at = None, 0
    while not _REST.fullmatch(parameters, at):
        each = _PARAMETER.match(parameters, at)
        if each is None:
            raise Malformed("the parameters of a multipart in the message are not of their form")
        if each[1].lower() == b"boundary":
            if found is not None:
                raise Malformed("a multipart in the message has two boundaries")
            found = each[2] if each[3] is None else each[3]
        at = each.end()
    if found is None or not _BOUNDARY.fullmatch(found):
        raise Malformed("a multipart in the message has no boundary of its form")
    return found


_AS_IT_IS = frozenset({b"7bit", b"8bit", b"binary"})


def _decoded(part: _Entity) -> bytes:
    if part.encoding in _AS_IT_IS:
        return part.body
    if part.encoding == b"base64":
        text = part.body.translate(None, _BLANKS)
        try:
            content = a2b_base64(text, strict_mode=True) if text else b""
        except Error:
            raise Malformed("a part of the message is not base64") from None
        if b2a_base64(content, newline=False) != text:
            raise Malformed("a part of the message is base64 with bits that mean nothing")
        return content
    if part.encoding == b"quoted-printable":
        return _ESCAPE.sub(_byte, _SOFT.sub(b"", _TRAILING.sub(b"", part.body)))
    raise Malformed("a part of the message is in an encoding that is not read")


def _byte(escape: re.Match[bytes]) -> bytes:
    if escape[1] is None:
        raise Malformed("a part of the message is not quoted-printable")
    return bytes.fromhex(escape[1].decode())
