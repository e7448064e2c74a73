"""The parameters of a request, read by the same declarations that the OpenAPI document is made from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...domain.errors import Malformed
from ...domain.instant import parse_moment
from ...domain.naming import is_name
from ..language.english import LANGUAGES

MOST_VOTES, MOST_ENTRIES, MOST_PASTED = 50, 100, 4_000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DAY, _TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")


class Parameter(NamedTuple):
    """One parameter: its name, what it means, its JSON Schema, and what reads it."""

    name: str
    said: str
    schema: dict[str, Any]
    read: Callable[[str], Any]
    required: bool = False
    default: Any = None


def read_parameters(wanted: Sequence[Parameter], given: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The values of a request.

    Raises:
        Malformed: one is missing, given twice, unknown, or malformed.
    """
    known = {each.name: each for each in wanted}
    found: dict[str, Any] = {}
    for name, text in given:
        if name not in known:
            raise Malformed(f"unknown parameter {name!r:.60}; known here: {', '.join(known) or 'none'}")
        if name in found:
            raise Malformed(f"{name} is given twice")
        found[name] = known[name].read(text)
    for each in wanted:
        if each.name not in found:
            if each.required:
                raise Malformed(f"{each.name} is needed: {each.said}")
            found[each.name] = each.default
    return found


def _vote(text: str) -> str:
    if not is_name(text):
        raise Malformed("vote: not the name of a vote: a symbol, with #ROUND where the draft was put again")
    return text


def _digest(text: str) -> str:
    if not _DIGEST.fullmatch(text):
        raise Malformed("a digest has 64 hex digits, 0 to 9 and a to f")
    return text


def _pasted(text: str) -> str:
    if len(text) > MOST_PASTED:
        raise Malformed(f"q: at most {MOST_PASTED} characters in an address; send the form instead")
    return text


def _number(name: str, least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise Malformed(f"{name}: a whole number from {least} to {most}")
        return int(text)

    return read


def _one_of(name: str, *words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise Malformed(f"{name}: one of {', '.join(words)}")
        return text

    return read


def number(name: str, said: str, *, least: int = 0, most: int = 999_999_999_999_999, **more: Any) -> Parameter:
    """A whole number."""
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Parameter(name, said, schema, _number(name, least, most), **more)


VOTE = Parameter(
    "vote",
    "the draft's symbol, with #ROUND where it was put again",
    {"type": "string", "minLength": 1, "maxLength": 300},
    _vote,
    required=True,
)
AT = Parameter(
    "at",
    "an instant (RFC 3339, with its zone), or a day, meaning its end; without it, now",
    {
        "type": "string",
        "pattern": rf"^{_DAY}(T{_TIME}(Z|[+-][0-9]{{2}}:[0-9]{{2}}))?$",
    },
    parse_moment,
)
AXIS = Parameter(
    "as",
    "what the ledger knew, or what had happened",
    {"type": "string", "enum": ["known", "happened"]},
    _one_of("as", "known", "happened"),
)
LANG = Parameter(
    "lang",
    "the language of texts for people",
    {"type": "string", "enum": list(LANGUAGES), "default": "en"},
    _one_of("lang", *LANGUAGES),
    default="en",
)
DIGEST = Parameter(
    "digest", "an entry's leaf hash, or the SHA-256 of a file", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, _digest
)
TILE = Parameter(
    "path",
    "level and number of a tile, as C2SP tlog-tiles has them",
    {"type": "string", "minLength": 1},
    str,
    required=True,
)
Q = Parameter("q", "a digest, or a short receipt", {"type": "string", "maxLength": MOST_PASTED}, _pasted, default="")
AFTER = number("after", "the index of the last entry that you have; without it, from the first")
