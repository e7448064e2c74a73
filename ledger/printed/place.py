"""Places in a printed document, and text that can be matched without losing them."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...domain.errors import Malformed

MAX_CHARACTERS = 2_000_000
MAX_LINES = 40_000
MAX_LINE = 4_000


class Span(NamedTuple):
    """From ``line`` and ``column`` up to but not including ``end_column`` of ``end_line``; all count from 1. ``page``
    is that of the first line, if the document has page breaks.
    """

    page: int
    line: int
    column: int
    end_line: int
    end_column: int

    def said(self) -> str:
        """The place in a few words."""
        lines = f"line {self.line}" if self.line == self.end_line else f"lines {self.line} to {self.end_line}"
        return f"page {self.page}, {lines}" if self.page else lines


class Line(NamedTuple):
    """One line as printed. ``page`` is 0 if the document has no page breaks."""

    page: int
    number: int
    text: str

    @property
    def bare(self) -> str:
        """The line without blanks at its ends, with full-width characters as plain ones."""
        return " ".join(plain(self.text).split())

    @property
    def span(self) -> Span:
        """The whole line, without the blanks at its ends."""
        start = len(self.text) - len(self.text.lstrip())
        return Span(self.page, self.number, start + 1, self.number, max(len(self.text.rstrip()), start) + 1)


def plain(text: str) -> str:
    """Full-width letters, digits and signs as plain ones, one character for one."""
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    if character < "\u2000":
        return character
    if character in "\u2018\u2019":
        return "'"
    other = unicodedata.normalize("NFKC", character)
    return other if len(other) == 1 else character


def read_lines(text: str, where: str) -> tuple[Line, ...]:
    """The lines of a document; a form feed begins a page.

    Raises:
        Malformed: too long, or a control character in it.
    """
    if len(text) > MAX_CHARACTERS:
        raise Malformed(f"{where}: more than {MAX_CHARACTERS:,} characters; a compendium has fewer")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    paged = "\f" in text
    found: list[Line] = []
    for page, sheet in enumerate(text.split("\f"), 1):
        for line in sheet.split("\n"):
            number = len(found) + 1
            if number > MAX_LINES:
                raise Malformed(f"{where}: more than {MAX_LINES:,} lines; a compendium has fewer")
            if len(line) > MAX_LINE:
                raise Malformed(f"{where}, line {number}: more than {MAX_LINE:,} characters")
            bad = next((c for c in line if c != "\t" and unicodedata.category(c) in {"Cc", "Zl", "Zp"}), None)
            if bad is not None:
                raise Malformed(
                    f"{where}, line {number}: the control character U+{ord(bad):04X} cannot stand in a text"
                )
            found.append(Line(page if paged else 0, number, line))
    return tuple(found)


_FURNITURE = re.compile(r"(?:[A-Z]{1,6}/[A-Z0-9./]{1,60}|\d{1,3} ?/ ?\d{1,3}|\d\d-\d{5}(?: \([A-Z]\))?|\*\d{5,9}\*| )+")
_MARGIN = 3


def without_furniture(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without page headers and footers: the symbol, the page number and the job number."""
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    found: list[Line] = []
    for page, listed in pages.items():
        written = [line for line in listed if line.text.strip()]
        edges = (
            {id(line) for line in (*(written[:_MARGIN] if page > 1 else ()), *written[-_MARGIN:])} if page else set()
        )
        found += [line for line in listed if id(line) not in edges or not _FURNITURE.fullmatch(line.bare)]
    return tuple(found)


class Flow:
    """Lines as one text for matching: without blanks in Chinese, with one between words in English.

    Each character knows its place, and how it was printed.
    """

    def __init__(self, lines: Sequence[Line], *, blanks: bool) -> None:
        self.lines = [line for line in lines if line.text.strip()]
        self._starts: list[int] = []
        self._columns: list[int] = []
        parts: list[str] = []
        raw: list[str] = []
        for line in self.lines:
            if blanks and parts:
                self._put(parts, raw, " ", 0)
            self._starts.append(len(self._columns))
            gap = False
            for column, character in enumerate(line.text, 1):
                if character.isspace():
                    gap = True
                    continue
                if gap and blanks and self._starts[-1] < len(self._columns):
                    self._put(parts, raw, " ", column - 1)
                gap = False
                self._put(parts, raw, character, column)
        self.text, self._raw = "".join(parts), "".join(raw)

    def _put(self, parts: list[str], raw: list[str], character: str, column: int) -> None:
        parts.append(_plain(character))
        raw.append(character)
        self._columns.append(column)

    def raw(self, start: int, end: int) -> str:
        """The text printed there, without line ends."""
        return self._raw[start:end].strip()

    def span(self, start: int, end: int) -> Span:
        """Its place."""
        first, last = (self.lines[bisect_right(self._starts, at) - 1] for at in (start, max(end - 1, start)))
        return Span(first.page, first.number, self._columns[start], last.number, self._columns[max(end - 1, start)] + 1)


def whole(lines: Iterable[Line]) -> Span:
    """From the first non-empty line to the last."""
    spans = [line.span for line in lines if line.text.strip()]
    first, last = spans[0], spans[-1]
    return first._replace(end_line=last.end_line, end_column=last.end_column)
