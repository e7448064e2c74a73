"""Where a line may end. Chinese has no blanks: its lines end anywhere but within a Latin word or before a stop."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.containers import Lines
from rich.text import Text

_NOT_FIRST = "，。；：、！？）》”」］"
_NOT_LAST = "（《“「［"
_PIECE = re.compile(rf"[{_NOT_LAST}]*(?:[⺀-￠]|[^\s⺀-￠]+)[{_NOT_FIRST}]*\s*|\s+")


def wrapped(text: Text, console: Console, width: int) -> Lines:
    """``text`` in lines of at most ``width`` cells."""
    if cell_len(text.plain) == len(text.plain) or not re.search("[⺀-￠]", text.plain):
        return text.wrap(console, width)
    return text.divide(_ends(text.plain, width))


def _ends(text: str, width: int) -> Iterator[int]:
    used = 0
    for piece in _PIECE.finditer(text):
        needed = cell_len(piece[0].rstrip())
        if used and used + needed > width:
            yield piece.start()
            used = 0
        start = piece.start()
        while needed > width:  # one word longer than a line
            start += width
            yield start
            needed -= width
        used += needed + len(piece[0]) - len(piece[0].rstrip())
