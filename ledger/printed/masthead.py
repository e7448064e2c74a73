"""The masthead of a document of the United Nations: body, symbol, series, dates, and language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from .chinese import Chinese
from .english import English
from .grammar import TONGUES, Grammar
from .papers import Value
from .place import Line

_SYMBOL = re.compile(r"(?<![A-Za-z0-9/])[A-Z]{1,6}/(?:[A-Z0-9.]{1,20}/){0,4}[A-Z]{0,2}\.?\d{1,6}(?![A-Za-z0-9/])")
_BODIES = (
    "United Nations Security Council",
    "联合国安全理事会",
    "Security Council",
    "安全理事会",
    "United Nations",
    "联合国",
)
_SERIES = re.compile(r"Distr\.? ?:? ?(General|Limited|Restricted)|Distr\.? ?:? ?(普通|限制|有限)")
_PROVISIONAL = re.compile(r"\b[Pp]rovisional\b|临时文本|^临时$")
_VERSION = {"Arabic": "ar", "Chinese": "zh", "English": "en", "French": "fr", "Russian": "ru", "Spanish": "es"}


class Masthead(NamedTuple):
    """What was read, by field (``symbol``, ``distribution``, ``day``, ``version``, ``original``, ``provisional``), and
    the lines that were not fully read.
    """

    fields: dict[str, Value]
    left: tuple[Line, ...]


def read_masthead(lines: Sequence[Line], grammar: Grammar) -> Masthead:
    """Read a masthead. It is in English in every version, but may also contain the language of the document."""
    found: dict[str, Value] = {}
    left: list[Line] = []
    for line in lines:
        rest = line.bare
        for name, value, end in _said(rest, grammar):
            found.setdefault(name, Value(value, line.span))
            rest = rest.replace(end, " ", 1)
        for body in _BODIES:
            rest = rest.replace(body, " ", 1)
        if rest.strip(" ,"):
            left.append(line)
    return Masthead(found, tuple(left))


def symbols_in(text: str) -> set[str]:
    """The document symbols in a text."""
    return {hit[0] for hit in _SYMBOL.finditer(text)}


def _said(bare: str, grammar: Grammar) -> list[tuple[str, object, str]]:
    """Fields of one line: name, value, and the words for it."""
    found: list[tuple[str, object, str]] = []
    for grams in (grammar, English(), Chinese()):
        original = grams.original(bare)
        if original is not None:
            return [("original", original[0], bare)] if len(original) == 1 else []
    if hit := _SYMBOL.search(bare):
        found.append(("symbol", hit[0], hit[0]))
    if hit := _SERIES.search(bare):
        found.append(("distribution", hit[1] or hit[2], hit[0]))
    if hit := _PROVISIONAL.search(bare):
        found.append(("provisional", True, hit[0]))
    words = bare.replace(found[-1][2], " ").strip() if found else bare
    for read in (English().day, Chinese().day):
        said: date | None = read(words if read == English().day else "".join(words.split()))
        if said is not None:
            found.append(("day", said, words))
            break
    version = _VERSION.get(words) or _tongue(words)
    if version is not None:
        found.append(("version", version, words))
    return found


def _tongue(words: str) -> str | None:
    """The language named by a Chinese word."""
    said = Chinese().original(f"原件:{words}") if words else None
    return said[0] if said is not None and len(said) == 1 and said[0] in TONGUES else None
