"""The name of a vote: its draft's symbol in round 1, ``SYMBOL#ROUND`` in each round after that.

A symbol may no longer end in ``#`` and a number. Where an earlier one does, its round is written out, ``A#2#1``, so
that no two votes have one name.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .errors import MalformedError

MAX_ROUND = 9_999
MAX_NAME = 300
"""Characters of a name at most, as of a symbol."""

_NAME = re.compile(r"(.+)#(0|[1-9][0-9]*)")
_NUMBERED = re.compile(r".*#[0-9]+")


def name_of(symbol: str, round_: int) -> str:
    """The name of the vote on the draft of that symbol, in that round.

    Raises:
        MalformedError: no vote can have it.
    """
    numbered = _NUMBERED.fullmatch(symbol) is not None
    if not symbol or not 1 <= round_ <= MAX_ROUND or (numbered and round_ > 1):
        raise MalformedError(f"there is no round {round_} of {symbol!a}")
    name = f"{symbol}#{round_}" if numbered or round_ > 1 else symbol
    if len(name) > MAX_NAME:
        raise MalformedError(f"the name of a vote has at most {MAX_NAME} characters")
    return name


@lru_cache(4096)
def read_name(name: str) -> tuple[str, int]:
    """Symbol and round of the vote of that name.

    Raises:
        MalformedError: it is not the one form of a name.
    """
    found = _NAME.fullmatch(name)
    symbol, round_ = (found[1], int(found[2])) if found and len(found[2]) <= 4 else (name, 1)
    if name_of(symbol, round_) != name:
        raise MalformedError(f"{name!a} is not the name of a vote: write SYMBOL, or from round 2 on SYMBOL#ROUND")
    return symbol, round_


def is_name(text: str) -> bool:
    """Whether a vote can be called so."""
    try:
        return bool(read_name(text))
    except MalformedError:
        return False


def check_symbol(symbol: str) -> None:
    """Refuse a symbol that reads as the name of a later round.

    Raises:
        MalformedError: it ends in ``#`` and a number.
    """
    if _NUMBERED.fullmatch(symbol):
        raise MalformedError(f"symbol: {symbol} ends in # and a number, which is how a later round is named")
