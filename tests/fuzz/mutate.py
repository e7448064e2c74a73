"""Mutations that know JSON: of a document, or of one line of several, besides plain ones of bytes."""

from __future__ import annotations

import json
import random
from typing import Any

_WORDS = """
1/2 9/2 2020-03 2020-03-27 1000-01-01 8999-12-31 2024-02-29 9999-12-31
2020-03-27T18:00:00Z 1000-01-01T00:00:00Z 8999-12-31T23:59:59.999999Z 2020-03-29T02:30:00+02:00
2026-03-27T18:00:00Z 2026-03-28T18:00:00Z 2026-03-27T18:00:00.000001Z 2016-12-31T23:59:60Z
UTC America/New_York Pacific/Apia America/St_Johns America ../UTC localtime @0@ @1@ @2@ @3@ @note@
CHN EST VNM FRA XXX registrar president secretariat in_favour against abstention absent a A *
adopted not_adopted vetoed open first last opening outcome live documented simulated substantive procedural
letter procedure reject flag note elapsed calendar working_days position received_at rejected explanation silent
"""

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 24, 9999, 2**53 - 1, -(2**53) + 1, [], {}, [None], [[]], {"": 0}, "ab" * 32),
    *("", " ", "\n", "a\nb", "\x1b[2J", "\u202e", "\u00e9", "\U0001f5f3", *_WORDS.split()),
)
"""What replaces something else."""

BYTES = (
    b"\x00",
    b"\xff",
    b"\n",
    b"\r",
    b" ",
    b'"',
    b"{",
    b"}",
    b"+",
    b"=",
    b"-",
    b"0",
    b"1e9",
    b"\xe2\x80\xa8",
    b"PK\x05\x06",
    b"\\ud800",
)


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Some bytes like ``data``: three times in four by its JSON, if it holds any."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        changed = _by_lines(data, chance) if chance.random() < 0.75 else None
        data = _by_bytes(data, chance) if changed is None else changed
    return data


def _by_lines(data: bytes, chance: random.Random) -> bytes | None:
    lines = data.split(b"\n")
    if len(lines) > 1 and chance.random() < 0.15:
        return b"\n".join(_shuffled(lines, chance))
    at = chance.randrange(len(lines))
    line = lines[at]
    begins = next((n for n, char in enumerate(line[:2]) if char in b"{["), None)
    if begins is None:
        return None
    try:
        value = json.loads(line[begins:])
        changed = _changed(value, chance)
        lines[at] = line[:begins] + json.dumps(
            changed, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return None
    return b"\n".join(lines)


def _shuffled(lines: list[bytes], chance: random.Random) -> list[bytes]:
    lines = list(lines)
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(to, lines[at])
        case 2:
            lines[at], lines[to] = lines[to], lines[at]
        case _:
            lines.insert(to, lines.pop(at))
    return lines


def _changed(value: Any, chance: random.Random) -> Any:
    places: list[tuple[Any, Any]] = []
    _places(value, places)
    if not places:
        return chance.choice(VALUES)
    parent, key = chance.choice(places)
    match chance.randrange(8):
        case 0:
            del parent[key]
        case 1 | 2 | 3:
            parent[key] = chance.choice(VALUES)
        case 4 | 5:
            other, at = chance.choice(places)
            parent[key] = json.loads(json.dumps(other[at]))
        case 6 if isinstance(parent, list):
            parent.insert(chance.randrange(len(parent) + 1), json.loads(json.dumps(parent[key])))
        case 6:
            name = chance.choice([*(k for p, k in places if isinstance(p, dict)), "x", "é", ""])
            parent[name] = parent[key]
        case _:
            parent[key] = _nudged(parent[key], chance)
    return value


def _nudged(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool) or value is None:
        return chance.choice((None, True, False))
    if isinstance(value, int):
        return value + chance.choice((-1, 1, -value, 10, 1000, 2**31, 2**53))
    if isinstance(value, str):
        at = chance.randrange(len(value) + 1)
        put = chance.choice(("", "0", "9", "a", "\u0000", "\u200b", " ", "-", "\ud800", value))
        return value[:at] + put + value[at + chance.randrange(2) :]
    return [value] if chance.randrange(2) else {"a": value}


def _places(value: Any, found: list[tuple[Any, Any]], depth: int = 0) -> None:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        found.append((value, key))
        if depth < 40:
            _places(each, found, depth + 1)


def _by_bytes(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    to = min(len(data), at + chance.choice((1, 1, 2, 4, 8, 64, 1000)))
    match chance.randrange(6):
        case 0 if data:
            at = min(at, len(data) - 1)
            return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
        case 1:
            return data[:at] + data[to:]
        case 2:
            return data[:at] + data[at:to] * 2 + data[to:]
        case 3:
            return data[:at] + chance.choice(BYTES) + data[at:]
        case 4:
            return data[:at] + bytes(chance.randrange(256) for _ in range(min(4, to - at))) + data[min(to, at + 4) :]
        case _:
            return data[:at] if chance.randrange(4) == 0 else data[:at] + chance.choice(BYTES) + data[to:]
