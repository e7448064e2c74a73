"""Writes the tables of a verified ledger: a folder with a file for each, and one that describes their basis."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from ...domain.errors import Refused
from ...domain.instant import format_instant
from ...domain.state import VoteState
from .. import durable
from ..audit.result import Verification
from ..errors import Broken, NotFound, UnusableError
from ..projections.as_of import AsOf, as_of_json
from ..standards.note import encode_base64
from . import csv_tables, parquet_tables
from .columns import EVERY, FORMAT, TABLES, UNKNOWN, Column, Row
from .csv_tables import CsvTables
from .optional_rows import optional_rows_of
from .parquet_tables import ParquetTables
from .rows import deadline, rows_of

Form: TypeAlias = Literal["csv", "parquet"]

ABOUT = "about.json"
"""The file that describes the basis of the tables."""

_WRITERS: dict[Form, type[CsvTables] | type[ParquetTables]] = {"csv": CsvTables, "parquet": ParquetTables}
_FORMS = {"csv": csv_tables, "parquet": parquet_tables}


class NotDisclosed(NamedTuple):
    """A vote that is not over: only its name and the bounds of its deadline are written."""

    vote: str
    closes_earliest: datetime | None
    closes_latest: datetime | None


class Written(NamedTuple):
    """What was written: the folder, the number of rows of each table, and the votes without rows."""

    folder: Path
    rows: dict[str, int]
    not_disclosed: tuple[NotDisclosed, ...]
    as_of: AsOf | None


def write_tables(
    found: Verification, folder: Path, form: Form, *, vote: str | None = None, include_open: bool = False
) -> Written:
    """Write the tables of the votes in ``found``, or of one, to a new ``folder``: all of them, or nothing.

    A vote that is not over has no rows, unless ``include_open`` is set. One vote is held in memory at a time, and for
    Parquet a limited number of rows of each table. The store of a verified ledger must still be open.

    Raises:
        Refused: ``folder`` exists.
        NotFound: no such vote, or pyarrow is not installed.
        Broken: the verification failed, or ``folder`` cannot be written.
    """
    if not found.holds:
        raise Broken(f"it does not hold, and no table is made of it: {found.problems[0].text}")
    if vote is not None and vote not in found.states:
        raise NotFound(f"no vote on {vote!r} is on record")
    if folder.exists() or folder.is_symlink():
        raise Refused(None, f"{folder}: something is there already; nothing was changed")
    partial = durable.partial_name(folder)
    try:
        partial.mkdir(mode=0o700 if include_open else 0o777)
        try:
            written = _write(found, partial, form, (vote,) if vote is not None else found.states, include_open)
            for path in partial.iterdir():
                durable.sync_file(path)
            durable.sync_folder(partial)
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        durable.sync_folder(folder.absolute().parent)
    except OSError as error:
        raise UnusableError(f"{folder}: cannot be written: {error.strerror or error}") from None
    return written._replace(folder=folder)


def _write(found: Verification, folder: Path, form: Form, votes: Iterable[str], include_open: bool) -> Written:
    rows: Counter[str] = Counter(dict.fromkeys(TABLES, 0))
    withheld: list[NotDisclosed] = []
    with _WRITERS[form](folder) as tables:
        for name in votes:
            state = found.states[name]
            if state.ended is None and not include_open:
                withheld.append(NotDisclosed(name, *deadline(state)))
                continue
            for table, row in _rows(found, name, state):
                tables.add(table, row)
                rows[table] += 1
    written = Written(folder, dict(rows), tuple(withheld), found.as_of)
    how = _FORMS[form]
    about = json.dumps(_about(found, written, how.SUFFIX, how.UNKNOWN_IN_WORDS), ensure_ascii=False, indent=1)
    (folder / ABOUT).write_text(f"{about}\n", encoding="utf-8")
    return written


def _rows(found: Verification, name: str, state: VoteState) -> Iterator[tuple[str, Row]]:
    record = found.record(name, state=state)
    for table, row in chain(rows_of(record, found.as_of, found.checkpoint), optional_rows_of(record)):
        if wrong := [c.name for c in EVERY[table] if row[c.name] is UNKNOWN and not c.may_be_unknown]:
            raise AssertionError(f"{table}: {wrong} cannot be unknown")
        yield table, row


def _about(found: Verification, written: Written, suffix: str, unknown: str) -> dict[str, Any]:
    """``about.json``: the entry that the tables are as of, what was not proved, and the content of each column."""
    checkpoint = found.checkpoint
    return {
        "format": FORMAT,
        "as_of": as_of_json(found.as_of),
        "checkpoint": None
        if checkpoint is None
        else {"origin": checkpoint.origin, "size": checkpoint.size, "root": encode_base64(checkpoint.root)},
        "trusted": found.trusted,
        "not_proved": [str(each) for each in found.not_proved],
        "not_disclosed": [
            {"vote": each.vote, "closes_between": [_instant(each.closes_earliest), _instant(each.closes_latest)]}
            for each in written.not_disclosed
        ],
        "unknown": unknown,
        "tables": [
            {"name": name, "file": f"{name}{suffix}", "rows": written.rows[name], "columns": _columns(columns)}
            for name, columns in EVERY.items()
            if name in written.rows
        ],
    }


def _columns(columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    return [column._asdict() for column in columns]


def _instant(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
