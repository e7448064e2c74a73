"""The payload of an entry: its formats, the fields of each, and their canonical form."""

from __future__ import annotations

import re
from typing import Any

from ...domain.canonical import Json
from ...domain.errors import Malformed
from ...domain.payload import one_line
from ..standards.note import decode_base64

FORMAT = "inblue-entry/2"
FIRST_FORMAT = "inblue-entry/1"
"""Always read, no longer written."""

_FIRST_PAYLOAD = {
    "act": dict,
    "actor": dict,
    "format": str,
    "index": int,
    "kind": str,
    "recorded_at": str,
    "seen": dict,
    "stream": str,
}
_PAYLOAD = {**_FIRST_PAYLOAD, "register": int}
ACTOR = {"key": str, "office": str}
SEEN = {"root": str, "size": int, "tokens": list}
_MAX_TOKENS = 20
_MAX_STREAM = 320  # a symbol has at most 300
_KEY = re.compile(r"[0-9a-f]{64}")
_OFFICE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9._:-]{1,64}")

# The part of an entry's payload after the act; fields are in the order of their names. (?(3) ...) matches only in the
# second format. Of the last character of a root's base64 the two spare bits are zero.
AFTER_ACT = re.compile(
    r',"actor":\{"key":"([0-9a-f]{64})","office":"([a-z][a-z0-9_]{0,63})"\},"format":"inblue-entry/(?:1|(2))",'
    r'(?(3)(?:"idempotency_key":"([A-Za-z0-9._:-]{1,64})",)?)"index":(0|[1-9][0-9]{0,14}),'
    r'"kind":"([a-z0-9-]{1,60}@[0-9]{1,9})","recorded_at":"([0-9-]{10}T[0-9:]{8}(?:\.(?!0{6})[0-9]{6})?Z)",'
    r'(?(3)"register":(0|[1-9][0-9]{0,14}),)"seen":\{"root":"([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)","size":(0|[1-9][0-9]{0,14}),'
    r'"tokens":\[([0-9a-f",]*)\]\},"stream":"([!#-\[\]-~](?:[ !#-\[\]-~]{0,318}[!#-\[\]-~])?)"\}'
)


def check_frame(key: str, office: str, stream: str, register: int, idempotency_key: str | None) -> None:
    """Check the fields of a payload other than the act and what its recorder had seen.

    Raises:
        Malformed: one of them is not of its form.
    """
    if not _OFFICE.fullmatch(office):
        raise Malformed("payload: the office is no name of an office")
    if not _KEY.fullmatch(key):
        raise Malformed("payload: a key is not 64 hex digits")
    if not 1 <= len(stream) <= _MAX_STREAM:
        raise Malformed(f"payload: a stream's name has 1 to {_MAX_STREAM} characters")
    one_line(stream)
    if register < 0:
        raise Malformed("payload: a negative count of the register's entries")
    if idempotency_key is not None and not _IDEMPOTENCY_KEY.fullmatch(idempotency_key):
        raise Malformed("payload: an idempotency key has 1 to 64 letters, digits and . _ : -")


def payload_fields(value: Json) -> dict[str, Any]:
    """The fields of a payload, with their types, for its stated format.

    Raises:
        Malformed: an unknown format.
    """
    found = value.get("format", FORMAT) if isinstance(value, dict) else FORMAT
    if found not in (FORMAT, FIRST_FORMAT):  # in a tuple, since it may be a list
        raise Malformed(f"payload: format {found!a}; this version reads {FIRST_FORMAT} and {FORMAT}")
    if found == FIRST_FORMAT:
        return _FIRST_PAYLOAD
    keyed = isinstance(value, dict) and "idempotency_key" in value
    return {**_PAYLOAD, "idempotency_key": str} if keyed else _PAYLOAD


def fields(value: Json, where: str, types: dict[str, Any]) -> dict[str, Any]:
    """The object ``value``, which has exactly the fields of ``types``, each of its type.

    Raises:
        Malformed: it has others.
    """
    if not isinstance(value, dict) or value.keys() != types.keys():
        raise Malformed(f"payload: {where} has not exactly the fields {', '.join(types)}")
    for name, wanted in types.items():
        if not isinstance(value[name], wanted) or value[name] is True or value[name] is False:
            raise Malformed(f"payload: {where}.{name} is of the wrong type")
    return value


def read_tokens(values: list[Any]) -> tuple[str, ...]:
    """The digests of tokens.

    Raises:
        Malformed: too many, something else, or not in rising order.
    """
    if len(values) > _MAX_TOKENS or not all(isinstance(each, str) and _KEY.fullmatch(each) for each in values):
        raise Malformed(f"payload: seen.tokens is not up to {_MAX_TOKENS} times 64 hex digits")
    if values != sorted(set(values)):
        raise Malformed("payload: seen.tokens is not in rising order, or names one twice")
    return tuple(values)


def read_root(text: str) -> bytes:
    """The root of a tree.

    Raises:
        Malformed: it is not base64 of 32 bytes.
    """
    root = decode_base64(text, where="payload: seen.root")
    if len(root) != 32:
        raise Malformed("payload: seen.root is not a 32-byte hash")
    return root
