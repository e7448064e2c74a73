"""The tables as CSV (RFC 4180): UTF-8, a header line, CRLF.

An empty cell is nothing; the word ``unknown`` is a value that the record does not have, and no other cell of those
columns can be that word. A text that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, "CSV
Injection"), and so does a text that begins with one: to restore a cell, remove one leading apostrophe.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ...domain.instant import format_instant
from .columns import EVERY, TABLES, UNKNOWN, Cell, Column, Row

SUFFIX = ".csv"
UNKNOWN_IN_WORDS = "an empty cell is nothing; the word unknown is what the record does not have"

_FORMULA = frozenset("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")


class CsvTables:
    """Writes the tables row by row: ``votes.csv`` and so on in ``folder``. A context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self._written: dict[str, tuple[Sequence[Column], Any]] = {}

    def __enter__(self) -> Self:
        for name in TABLES:
            self._begin(name)
        return self

    def _begin(self, name: str) -> None:
        columns, path = EVERY[name], self._folder / f"{name}{SUFFIX}"
        file = self._open.enter_context(path.open("x", encoding="utf-8", newline=""))
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([column.name for column in columns])
        self._written[name] = columns, writer

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def add(self, table: str, row: Row) -> None:
        """Write a row; an optional table is created with its first row."""
        if table not in self._written:
            self._begin(table)
        columns, writer = self._written[table]
        writer.writerow([cell_text(row[column.name]) for column in columns])


def cell_text(cell: Cell) -> str:
    """A cell as written."""
    if cell is None:
        return ""
    if cell is UNKNOWN:
        return UNKNOWN.value
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return format_instant(cell)
    if not isinstance(cell, str):
        return str(cell)
    return f"'{cell}" if cell.lstrip(" \u00a0")[:1] in _FORMULA and cell else cell
