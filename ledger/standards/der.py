"""Reading and writing DER (X.690): definite lengths in their shortest form, one-byte tags, nothing left over."""

from __future__ import annotations

from typing import NamedTuple

from ...domain.errors import MalformedError

MAX_BYTES = 65_536

BOOLEAN, INTEGER, BITS, OCTETS, NULL, OID, UTF8, SEQUENCE, SET, GENERALIZED_TIME = (
    0x01,
    0x02,
    0x03,
    0x04,
    0x05,
    0x06,
    0x0C,
    0x30,
    0x31,
    0x18,
)


class Value(NamedTuple):
    """One value: its tag, its content, and its whole encoding."""

    tag: int
    content: bytes
    raw: bytes


def read_all(raw: bytes, *, where: str) -> list[Value]:
    """The values that ``raw`` is made of, one after the other.

    Raises:
        MalformedError: not DER, or over 64 KiB; the message begins with ``where``.
    """
    if len(raw) > MAX_BYTES:
        raise MalformedError(f"{where}: {len(raw):,} bytes; at most {MAX_BYTES:,} are read")
    values: list[Value] = []
    at = 0
    while at < len(raw):
        start, tag = at, raw[at]
        if tag & 0x1F == 0x1F or at + 2 > len(raw):
            raise MalformedError(f"{where}: not DER at byte {at}")
        length, at = raw[at + 1], at + 2
        if length & 0x80:
            digits = raw[at : at + (length & 0x7F)]
            length, at = int.from_bytes(digits, "big"), at + len(digits)
            if not 1 <= len(digits) <= 3 or digits[0] == 0 or length < 0x80:
                raise MalformedError(f"{where}: a length at byte {start} is not in its one form")
        if at + length > len(raw):
            raise MalformedError(f"{where}: cut off")
        values.append(Value(tag, raw[at : at + length], raw[start : at + length]))
        at += length
    return values


def read_one(raw: bytes, tag: int, *, where: str) -> Value:
    """The one value that ``raw`` is.

    Raises:
        MalformedError: not DER, more than one value, or one of another tag.
    """
    values = read_all(raw, where=where)
    if len(values) != 1 or values[0].tag != tag:
        raise MalformedError(f"{where}: not what it should be")
    return values[0]


def integer(value: Value, *, where: str) -> int:
    """A non-negative INTEGER of at most 64 bytes.

    Raises:
        MalformedError: anything else, or not in its shortest form.
    """
    content = value.content
    shortest = len(content) == 1 or (len(content) > 1 and not (content[0] == 0 and content[1] < 0x80))
    if value.tag != INTEGER or not shortest or len(content) > 64 or content[0] & 0x80:
        raise MalformedError(f"{where}: not a non-negative integer in its one form")
    return int.from_bytes(content, "big")


def object_identifier(value: Value, *, where: str) -> str:
    """An OBJECT IDENTIFIER in dotted form.

    Raises:
        MalformedError: anything else.
    """
    content = value.content
    if value.tag != OID or not content or len(content) > 64 or content[-1] & 0x80:
        raise MalformedError(f"{where}: not an object identifier")
    arcs: list[int] = []
    arc = 0
    for byte in content:
        if arc == 0 and byte == 0x80:
            raise MalformedError(f"{where}: an object identifier that is not in its one form")
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def encode(tag: int, *contents: bytes) -> bytes:
    """One value."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    digits = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def encode_integer(number: int) -> bytes:
    """A non-negative INTEGER."""
    return encode(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def encode_object_identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER, from its dotted form."""
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray()
    for arc in (40 * first + second, *rest):
        digits = [arc >> shift & 0x7F for shift in range(0, max(arc.bit_length(), 1), 7)]
        content += bytes([*(digit | 0x80 for digit in digits[:0:-1]), digits[0]])
    return encode(OID, bytes(content))
