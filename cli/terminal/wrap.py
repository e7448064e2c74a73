"""Text for the terminal, inert, and its line breaks.

Chinese has no spaces: its lines break anywhere except within a Latin word or before a full stop. No line breaks at a
no-break space, such as French has before a colon, although rich treats it as a space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Self

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.containers import Lines
from rich.measure import Measurement
from rich.style import Style
from rich.text import Span
from rich.text import Text as Plain

from ...domain.inert import CLOSES, ISOLATES, inert, still_open

_NOT_FIRST = "，。；：、！？）》”」］"
_NOT_LAST = "（《“「［"
_WIDE = "⺀-￠"


class Text(Plain):
    """A text that cannot control a terminal: control characters are written out, marks of direction kept."""

    def __init__(self, text: str = "", style: str | Style = "", **given: Any) -> None:
        super().__init__(inert(text, marked=True), style, **given)

    def append(self, text: Plain | str, style: str | Style | None = None) -> Self:
        """As rich's."""
        super().append(inert(text, marked=True) if isinstance(text, str) else text, style)
        return self

    def wrap(self, console: Console, width: int, **given: Any) -> Lines:
        """As rich's; a part with its own direction keeps it on each line."""
        return _closed(super().wrap(console, width, **given))


def wrapped(text: Plain, console: Console, width: int) -> Lines:
    """``text`` in lines of at most ``width`` cells."""
    if text.plain.isascii() or not _ours().search(text.plain):
        return text.wrap(console, width)
    lines = text.divide(_ends(text.plain, width))
    for line in lines:
        line.rstrip()
    return _closed(lines)


def _closed(lines: Lines) -> Lines:
    """The lines, in which an isolate that goes over their end is closed there, and opened again in the next."""
    if not any(isolate in line.plain for line in lines for isolate in ISOLATES):
        return lines
    closed, going_on = Lines(), ""
    for line in lines:
        before, size, text = len(going_on), len(line), going_on + line.plain
        going_on = still_open(text)
        whole = line.copy()
        whole.plain = text + CLOSES * len(going_on)
        whole.spans = [  # the marks take the style at either end: a part of a line is shown by itself
            Span(at.start and at.start + before, len(whole) if at.end >= size else at.end + before, at.style)
            for at in line.spans
        ]
        closed.append(whole)
    return closed


class Prose:
    """A text as a cell of a table, in lines that end where they may."""

    def __init__(self, text: str) -> None:
        self.text = Text(text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Its lines, in the available width."""
        yield from wrapped(self.text, console, options.max_width)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """The narrowest and the widest it can be."""
        return Measurement.get(console, options, self.text)


# Made when a language first needs them: that takes longer than everything else here.


@cache
def _ours() -> re.Pattern[str]:
    return re.compile(f"[{_WIDE}\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]")


@cache
def _piece() -> re.Pattern[str]:
    """What holds together."""
    return re.compile(f"[{_NOT_LAST}]*(?:[{_WIDE}]|[^ {_WIDE}]+)[{_NOT_FIRST}]* *| +")


def _ends(text: str, width: int) -> Iterator[int]:
    used = 0
    for piece in _piece().finditer(text):
        needed = cell_len(piece[0].rstrip(" "))
        if used and used + needed > width:
            yield piece.start()
            used = 0
        start = piece.start()
        while needed > width:  # one word longer than a line
            start += width
            yield start
            needed -= width
        used += needed + len(piece[0]) - len(piece[0].rstrip(" "))
