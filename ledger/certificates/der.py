"""Reads BER and writes DER (X.690), within bounds: one-byte tags, at most 256 KiB, sixteen levels of indefinite length.

Authorities also write their tokens in BER: lengths that are longer than needed or indefinite, octets in parts. Signed
or hashed bytes are used unchanged (``raw``), so accepting more encodings never makes two of them equal.
"""

from __future__ import annotations

from typing import NamedTuple

from ...domain.errors import Malformed

MAX_BYTES = 262_144

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
CONSTRUCTED = 0x20

_MAX_OPEN = 16
_MAX_PARTS_DEEP = 4


class Value(NamedTuple):
    """One value: its tag, its content, and its whole encoding."""

    tag: int
    content: bytes
    raw: bytes


def read_all(raw: bytes, *, where: str) -> list[Value]:
    """The values in ``raw``, in order.

    Raises:
        Malformed: not BER, or over 256 KiB; the message begins with ``where``.
    """
    if len(raw) > MAX_BYTES:
        raise Malformed(f"{where}: {len(raw):,} bytes; at most {MAX_BYTES:,} are read")
    values: list[Value] = []
    at = 0
    while at < len(raw):
        tag, start, length = _header(raw, at, where)
        if length is None:
            behind = _end_of_open(raw, start, where)
            content = raw[start : behind - 2]
        else:
            behind = start + length
            content = raw[start:behind]
        values.append(Value(tag, content, raw[at:behind]))
        at = behind
    return values


def _header(raw: bytes, at: int, where: str) -> tuple[int, int, int | None]:
    """The tag of the value at ``at``, where its content begins, and its length, None if indefinite."""
    if at + 2 > len(raw) or raw[at] & 0x1F == 0x1F:
        raise Malformed(f"{where}: neither DER nor BER at byte {at}")
    tag, length, start = raw[at], raw[at + 1], at + 2
    if length == 0x80 and tag & CONSTRUCTED:
        return tag, start, None
    if length & 0x80:
        digits = raw[start : start + (length & 0x7F)]
        if not 1 <= len(digits) <= 8 or len(digits) < length & 0x7F:
            raise Malformed(f"{where}: no length at byte {at}")
        length, start = int.from_bytes(digits, "big"), start + len(digits)
    if start + length > len(raw):
        raise Malformed(f"{where}: cut off")
    return tag, start, length


def _end_of_open(raw: bytes, at: int, where: str) -> int:
    """The place after the end of a value of indefinite length whose content begins at ``at``."""
    levels = 1
    while levels:
        if raw[at : at + 2] == b"\0\0":
            levels, at = levels - 1, at + 2
            continue
        _, start, length = _header(raw, at, where)
        if length is None:
            levels += 1
            if levels > _MAX_OPEN:
                raise Malformed(f"{where}: over {_MAX_OPEN} levels of open length")
        at = start + (length or 0)
    return at


def read_one(raw: bytes, tag: int, *, where: str) -> Value:
    """The single value in ``raw``.

    Raises:
        Malformed: not BER, more than one value, or one of another tag.
    """
    values = read_all(raw, where=where)
    if len(values) != 1 or values[0].tag != tag:
        raise Malformed(f"{where}: not what it should be")
    return values[0]


def sequence(raw: bytes, *, where: str) -> list[Value]:
    """The contents of the single SEQUENCE in ``raw``.

    Raises:
        Malformed: it is none.
    """
    return read_all(read_one(raw, SEQUENCE, where=where).content, where=where)


def first_value(raw: bytes, *, where: str) -> Value:
    """The first of the values in ``raw``.

    Raises:
        Malformed: not BER, or empty.
    """
    values = read_all(raw, where=where)
    if not values:
        raise Malformed(f"{where}: something in it is empty")
    return values[0]


def octets(value: Value, *, where: str) -> bytes:
    """An OCTET STRING, whole or in parts.

    Raises:
        Malformed: anything else, or parts within parts over four levels deep.
    """
    found: list[bytes] = []
    waiting = [(value, 0)]
    while waiting:
        each, deep = waiting.pop()
        if each.tag == OCTETS:
            found.append(each.content)
        elif each.tag == OCTETS | CONSTRUCTED and deep < _MAX_PARTS_DEEP:
            waiting += [(part, deep + 1) for part in reversed(read_all(each.content, where=where))]
        else:
            raise Malformed(f"{where}: no octets where they should be")
    return b"".join(found)


def bits(value: Value, *, where: str) -> bytes:
    """A BIT STRING of whole bytes.

    Raises:
        Malformed: anything else.
    """
    if value.tag != BITS or value.content[:1] != b"\0":
        raise Malformed(f"{where}: no whole bytes in a bit string")
    return value.content[1:]


def flag_bits(value: Value, *, where: str) -> frozenset[int]:
    """Which bits of a BIT STRING of named bits are set, at most 64 of them.

    Raises:
        Malformed: anything else.
    """
    if value.tag != BITS or not 1 <= len(value.content) <= 9 or value.content[0] > 7:
        raise Malformed(f"{where}: no flags in a bit string")
    return frozenset(
        8 * at + bit for at, byte in enumerate(value.content[1:]) for bit in range(8) if byte & (0x80 >> bit)
    )


def boolean(value: Value, *, where: str) -> bool:
    """A BOOLEAN; in BER any nonzero value is true.

    Raises:
        Malformed: anything else.
    """
    if value.tag != BOOLEAN or len(value.content) != 1:
        raise Malformed(f"{where}: no boolean where it should be")
    return value.content != b"\0"


def integer(value: Value, *, where: str, signed: bool = False) -> int:
    """An INTEGER of at most 128 bytes, negative only if allowed.

    Raises:
        Malformed: anything else, or not in its shortest form.
    """
    content = value.content
    shortest = len(content) == 1 or (
        len(content) > 1
        and not (content[0] == 0 and content[1] < 0x80)
        and not (content[0] == 0xFF and content[1] & 0x80)
    )
    if value.tag != INTEGER or not shortest or len(content) > 128 or (content[0] & 0x80 and not signed):
        raise Malformed(f"{where}: not {'an' if signed else 'a non-negative'} integer in its shortest form")
    return int.from_bytes(content, "big", signed=True)


def object_identifier(value: Value, *, where: str) -> str:
    """An OBJECT IDENTIFIER in dotted form.

    Raises:
        Malformed: anything else.
    """
    content = value.content
    if value.tag != OID or not content or len(content) > 64 or content[-1] & 0x80:
        raise Malformed(f"{where}: not an object identifier")
    arcs: list[int] = []
    arc = 0
    for byte in content:
        if arc == 0 and byte == 0x80:
            raise Malformed(f"{where}: an object identifier that is not in its shortest form")
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
    """An INTEGER that is not negative."""
    return encode(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def encode_object_identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER, from its dotted form."""
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray()
    for arc in (40 * first + second, *rest):
        digits = [arc >> shift & 0x7F for shift in range(0, max(arc.bit_length(), 1), 7)]
        content += bytes([*(digit | 0x80 for digit in digits[:0:-1]), digits[0]])
    return encode(OID, bytes(content))
