"""One value, one byte string: strict JSON in, RFC 8785 (JCS) out.

The profile is narrower than RFC 8785, to avoid its corner cases: no floating-point numbers, integers within +-(2**53 -
1), and object keys of printable ASCII (for which code-point order is the UTF-16 order of section 3.2.3).

Reading is strict where ``json.loads`` is lenient: duplicate keys, NaN and Infinity, lone surrogates, integers out of
range, nesting beyond ``MAX_DEPTH`` and input beyond the given size are refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from .errors import Malformed

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
MAX_BYTES = 4 * 1024 * 1024
_AS_TEXT = "; where the format allows it, write it as text, in quotes"

# Made once: json.dumps builds a new encoder for each call with other options than its defaults. Values were checked
# before, to a limited depth, so they hold no cycle.
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def parse_json(raw: bytes, *, where: str = "JSON", limit: int = MAX_BYTES) -> Json:
    """Parse ``raw`` strictly.

    Raises:
        Malformed: not UTF-8, not JSON, or outside the profile above; the message begins with ``where``.
    """
    if len(raw) > limit:
        raise Malformed(f"{where}: {len(raw):,} bytes; at most {limit:,} are read")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
        _check(value, 1)
    except RecursionError:
        raise Malformed(f"{where}: nested deeper than {MAX_DEPTH} levels") from None
    except UnicodeDecodeError as error:
        raise Malformed(f"{where}: not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"{where}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except _Unfit as unfit:
        raise Malformed(f"{where}: {unfit}") from None
    parsed: Json = value
    return parsed


def canonical(value: Json) -> bytes:
    """The RFC 8785 form of ``value``.

    Raises:
        Malformed: a value outside the profile (a float, a key that is not ASCII, a lone surrogate).
    """
    try:
        _check(value, 1)
    except _Unfit as unfit:
        raise Malformed(f"value has no canonical form: {unfit}") from None
    return reencode(value)


def reencode(value: Json) -> bytes:
    """The RFC 8785 form of a value from :func:`parse_json`, or of a part of one: known to be in the profile."""
    return _encode(value).encode("utf-8")


def digest(raw: bytes) -> str:
    """SHA-256 of ``raw``, 64 lowercase hex digits."""
    return hashlib.sha256(raw).hexdigest()


class _Unfit(Exception):
    """Why a value is outside the profile."""


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise _Unfit(f"the key {_shown(key)} stands twice in one object")
        found[key] = value
    return found


def _integer(digits: str) -> int:
    if digits == "-0":
        raise _Unfit("the number -0 has no canonical form")
    if len(digits) > 17:
        raise _Unfit(f"the integer {digits[:17]}... is out of range{_AS_TEXT}")
    return int(digits)


def _refuse_number(literal: str) -> None:
    raise _Unfit(f"the number {literal[:20]} is not an integer{_AS_TEXT}")


def _check(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _Unfit(f"nested deeper than {MAX_DEPTH} levels")
    if value is None or value is True or value is False:
        return
    if isinstance(value, (dict, Mapping)):  # a check for dict itself takes a fifth of the time
        for key, inner in value.items():
            if not (isinstance(key, str) and key.isascii() and key.isprintable()):
                raise _Unfit(f"the key {_shown(str(key))} is not printable ASCII")
            if depth == MAX_DEPTH or not (inner is None or (type(inner) is str and inner.isascii())):
                # Most values are plain strings, for which a call would cost more than the check.
                _check(inner, depth + 1)
    elif isinstance(value, str):
        if not value.isascii():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise _Unfit("a text holds a lone surrogate") from None
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise _Unfit(f"an integer is out of range{_AS_TEXT}")
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check(inner, depth + 1)
    else:
        raise _Unfit(f"a {type(value).__name__} is no JSON value here")


def _shown(key: str) -> str:
    return ascii(key if len(key) <= 40 else key[:40] + "...")
