"""What the databases have in common. No rule and no signature lives in them, and nothing above them knows which it is.

Each (:mod:`.memory`, :mod:`.sqlite`, :mod:`.postgres`) takes eventsourcing's own recorders and adds the log's tables,
commits that are on disk when they return, triggers that refuse to change or delete what is recorded (a guard rail, not
the proof), and a mark that says what it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from eventsourcing.persistence import InfrastructureFactory, PersistenceError
from eventsourcing.utils import Environment

from .log import LogStore

APPLICATION = "inblue"
TRACKED = "inblue-log"

DATABASE_ERRORS: tuple[type[Exception], ...] = (PersistenceError, sqlite3.Error)
"""What the databases raise; eventsourcing makes its own errors of PostgreSQL's."""


class Store(NamedTuple):
    """A database, opened: eventsourcing's factory of it, and the log kept in it."""

    factory: InfrastructureFactory[Any]
    log: Callable[[], LogStore]


def environment(**settings: str) -> Environment:
    """What eventsourcing is told: all of it given here, nothing from the process's own environment."""
    return Environment(APPLICATION, {"ORIGINATOR_ID_TYPE": "text", **settings})


def with_lines(rows: Iterable[tuple[int, bytes, str]]) -> list[tuple[int, bytes]]:
    """Cosigned notes with the witnesses' lines put behind them; rows of one size stand together."""
    found: dict[int, bytes] = {}
    for size, note, line in rows:
        found[size] = found.get(size, note) + line.encode()
    return list(found.items())
