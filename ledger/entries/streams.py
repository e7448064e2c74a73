"""The streams of votes: ``vote:SYMBOL`` in round 1, then ``vote#2:SYMBOL`` and so on."""

from __future__ import annotations

import re
from functools import lru_cache

from ...domain.errors import Malformed
from ...domain.naming import name_of, read_name

_STREAM = re.compile(r"vote(?:#([1-9][0-9]{0,3}))?:(.+)")


def vote_stream(name: str) -> str:
    """The stream of the vote of that name.

    Raises:
        Malformed: it is not the name of a vote.
    """
    symbol, round_ = read_name(name)
    return f"vote:{symbol}" if round_ == 1 else f"vote#{round_}:{symbol}"


@lru_cache(4096)
def vote_in(stream: str) -> str | None:
    """The name of the vote in a stream; None for any other stream, such as the register."""
    found = _STREAM.fullmatch(stream)
    if found is None or found[1] == "1":
        return None
    try:
        return name_of(found[2], int(found[1] or 1))
    except Malformed:
        return None


def name_in(stream: str) -> str:
    """The name of the vote in a stream; for any other stream, the stream's name."""
    return vote_in(stream) or stream


def round_before(stream: str) -> str | None:
    """The stream of the round before, if a stream has a later round; otherwise None."""
    name = vote_in(stream)
    symbol, round_ = read_name(name) if name else ("", 1)
    return vote_stream(name_of(symbol, round_ - 1)) if round_ > 1 else None
