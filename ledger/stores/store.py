"""What the databases have in common. No rule and no signature lives in them, and nothing above them knows which it is.

Each (:mod:`.memory`, :mod:`.sqlite`, :mod:`.postgres`) takes eventsourcing's own recorders and adds the log's tables,
commits that are on disk when they return, triggers that refuse to change or delete what is recorded (a guard rail, not
the proof), and a mark that says what it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from eventsourcing.persistence import ConnectionPoolClosedError, InfrastructureFactory, PersistenceError
from eventsourcing.utils import Environment

from ..entries.entry import StoredEntry
from ..log.log import Head, LogStore, Outlook

T = TypeVar("T")

APPLICATION = "inblue"
TRACKED = "inblue-log"
DATABASE_ERRORS: tuple[type[Exception], ...] = (PersistenceError, ConnectionPoolClosedError, sqlite3.Error)
"""What the databases raise; eventsourcing makes its own errors of PostgreSQL's."""


BEYOND = "the log's index reaches beyond its signed head; run inblue verify, and inblue mend to take that out"


class EntryRecorder(Protocol):
    """What a database's recorder does that eventsourcing's has no question for, or takes twice the time for.

    Also, its ``insert_events`` takes ``cover``, a :data:`..log.log.Cover`, and writes the nodes and the head
    that this gives in the transaction of the insert, in which nobody else writes. It then takes any number of entries.
    """

    def entries(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """The entries behind position ``after``, in order, as they lie there."""

    def stream(self, name: str, after: int) -> Sequence[StoredEntry]:
        """The entries of one stream behind version ``after``, in order, each with its position."""

    def position(self, stream: str, version: int) -> int | None:
        """The position of an entry by its place in its stream; None if there is none."""

    def look(self, versions: Mapping[str, int], known: Head | None) -> Outlook:
        """See :data:`..log.log.Look`."""


class Batch(NamedTuple):
    """How much is written at once: so many entries, and bytes."""

    entries: int
    size: int

    def cut(self, items: Sequence[T], size_of: Callable[[T], int]) -> Iterator[Sequence[T]]:
        """``items`` in order, cut into what is written at once."""
        start, size = 0, 0
        for end, item in enumerate(items):
            if end > start and (end - start == self.entries or size + size_of(item) > self.size):
                yield items[start:end]
                start, size = end, 0
            size += size_of(item)
        if start < len(items):
            yield items[start:]


News: TypeAlias = Callable[[float], None]
"""Waits so many seconds, or less if something was recorded meanwhile."""


class Server(Protocol):
    """What is to be known, where a ledger is in a server of which there may be several."""

    def is_replica(self) -> bool:
        """Whether it only reads what another one records, and may be behind that."""

    def take_up(self, size: int) -> None:
        """The ledger may be written from now on in the server's present history; a checkpoint of ``size`` showed it."""

    def settle(self) -> None:
        """Return when all that can be read here is as safe as what was acknowledged.

        Raises:
            UnreachableError: that cannot be said yet.
        """


class Store(NamedTuple):
    """A database, opened: eventsourcing's factory of it, and the log kept in it; and what is best written at once.

    ``news`` listens for what is recorded, where the database says so by itself; ``server`` is it, where it is one.
    """

    factory: InfrastructureFactory[Any]
    log: Callable[[], LogStore]
    batch: Batch
    news: Callable[[], AbstractContextManager[News | None]] = nullcontext
    server: Server | None = None


def environment(**settings: str) -> Environment:
    """What eventsourcing is told: all of it given here, nothing from the process's own environment."""
    return Environment(APPLICATION, {"ORIGINATOR_ID_TYPE": "text", **settings})


def with_lines(rows: Iterable[tuple[int, bytes, str]]) -> list[tuple[int, bytes]]:
    """Cosigned notes with the witnesses' lines put behind them; rows of one size stand together."""
    found: dict[int, bytes] = {}
    for size, note, line in rows:
        found[size] = found.get(size, note) + line.encode("utf-8", "surrogateescape")
    return list(found.items())
