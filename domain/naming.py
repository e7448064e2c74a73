"""The characters that names may have, and the name of a vote: its draft's symbol; from round 2 on, ``SYMBOL#ROUND``.

People take two names that look alike for one. So a new name must be in normal form C, with visible code points that
:mod:`.scripts` has, digits of one kind, and letters of one script, or Latin with Chinese, Japanese or Korean: UTS 39's
"highly restrictive". Names already on record stay, with a finding.

A symbol may no longer end in ``#`` and a number. If an earlier one does, its round is written out, ``A#2#1``, so that
no two votes have the same name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from .errors import Malformed
from .scripts import TOGETHER, scripts_of

MAX_ROUND = 9_999
MAX_NAME = 300
"""The most characters of a name, as of a symbol."""

MAX_MARKS = 4
"""The most combining marks in a row (UTS 39, section 5.4)."""

Named: TypeAlias = "str | Iterable[str] | Mapping[str, object] | None"
"""A name, several names, or a mapping whose keys are names."""

_NAME = re.compile(r"(.+)#(0|[1-9][0-9]*)")
_NUMBERED = re.compile(r".*#[0-9]+")


def name_of(symbol: str, round_: int) -> str:
    """The name of the vote on the draft of that symbol, in that round.

    Raises:
        Malformed: no vote can have it.
    """
    numbered = _NUMBERED.fullmatch(symbol) is not None
    if not symbol or not 1 <= round_ <= MAX_ROUND or (numbered and round_ > 1):
        raise Malformed(f"there is no round {round_} of {symbol!a}")
    name = f"{symbol}#{round_}" if numbered or round_ > 1 else symbol
    if len(name) > MAX_NAME:
        raise Malformed(f"the name of a vote has at most {MAX_NAME} characters")
    return name


@lru_cache(4096)
def read_name(name: str) -> tuple[str, int]:
    """Symbol and round of the vote of that name.

    Raises:
        Malformed: it is not the one form of a name.
    """
    found = _NAME.fullmatch(name)
    symbol, round_ = (found[1], int(found[2])) if found and len(found[2]) <= 4 else (name, 1)
    if name_of(symbol, round_) != name:
        raise Malformed(f"{name!a} is not the name of a vote: write SYMBOL, or from round 2 on SYMBOL#ROUND")
    return symbol, round_


def is_name(text: str) -> bool:
    """Whether a vote can have that name."""
    try:
        return bool(read_name(text))
    except Malformed:
        return False


def check_symbol(symbol: str) -> None:
    """Refuse a symbol that reads as the name of a later round.

    Raises:
        Malformed: it ends in ``#`` and a number.
    """
    if _NUMBERED.fullmatch(symbol):
        raise Malformed(f"symbol: {symbol} ends in # and a number, which is how a later round is named")


class Fault(NamedTuple):
    """What is wrong with a name: the first code point that makes it confusable, and why."""

    point: str
    why: str


@lru_cache(4096)
def fault_of(name: str) -> Fault | None:
    """Why people may mistake ``name`` for another; None if nothing is wrong.

    The result is the same on every machine: the code points come from a table here, all known to every supported
    Python.
    """
    if name.isascii():
        return (
            None if name.isprintable() else Fault(_point(next(c for c in name if not c.isprintable())), "is not seen")
        )
    common: frozenset[str] | None = None  # the scripts that all its letters share; None is any
    beside_latin: frozenset[str] = TOGETHER
    zero, marks = None, 0
    for char in name:
        scripts = scripts_of(char)
        if scripts is None:
            return Fault(_point(char), "is not a letter, digit or sign that a name may have")
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > MAX_MARKS:
            return Fault(_point(char), f"is one of more than {MAX_MARKS} marks in a row")
        if char.isdecimal():
            nought = ord(char) - unicodedata.decimal(char)
            if zero not in {None, nought}:
                return Fault(_point(char), "is a digit of another kind than those before it")
            zero = nought
        if scripts:
            common = scripts if common is None else common & scripts
            beside_latin = beside_latin if "Latn" in scripts else beside_latin & scripts
            if not common and not beside_latin:
                return Fault(_point(char), "is of another script than the letters before it")
    composed = unicodedata.normalize("NFC", name)
    if composed != name:
        first = next((c for c, other in zip(name, composed, strict=False) if c != other), name[len(composed) :])
        return Fault(_point(first[0]), "can be written in another way; write the name in Unicode's normal form C")
    return None


def check_names(named: Mapping[str, Named]) -> None:
    """Refuse names that people may mistake for others; each is given under its field.

    Raises:
        Malformed: one line with the field, the code point, and what is wrong with it.
    """
    for field, given in named.items():
        for name in (given,) if isinstance(given, str) else given or ():
            fault = fault_of(name)
            if fault is not None:
                raise Malformed(f"{field}: {fault.point} {fault.why}")


def _point(char: str) -> str:
    known = unicodedata.name(char, "")
    return f"U+{ord(char):04X}" + (f" ({known})" if known else "")
