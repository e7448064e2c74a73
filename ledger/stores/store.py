"""What the databases share. They have no rules and no signatures, and no code above them knows which one it is.

Each (:mod:`.memory`, :mod:`.sqlite`, :mod:`.postgres`) takes eventsourcing's own recorders and adds the log's tables,
commits that are durable when they return, triggers that refuse to change or delete records (a guard rail, not the
proof), and a mark that identifies it.
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
"""The errors of the databases; eventsourcing wraps PostgreSQL's in its own."""


BEYOND = "the log's index reaches beyond its signed head; run inblue verify, and inblue mend to take that out"


class EntryRecorder(Protocol):
    """Operations of a database's recorder that eventsourcing's lacks, or that are twice as fast.

    Also, its ``insert_events`` accepts ``cover``, a :data:`..log.log.Cover`, and writes its nodes and head in the
    exclusive transaction of the insert. It then accepts any number of entries.
    """

    def entries(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """The stored entries after position ``after``, in order."""

    def stream(self, name: str, after: int) -> Sequence[StoredEntry]:
        """The entries of one stream after version ``after``, in order, each with its position."""

    def position(self, stream: str, version: int) -> int | None:
        """The position of an entry by its place in its stream; None if there is none."""

    def look(self, versions: Mapping[str, int], known: Head | None) -> Outlook:
        """See :data:`..log.log.Look`."""


class Batch(NamedTuple):
    """How much is written at once: the most entries, and bytes."""

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
"""Waits a number of seconds, or less if something was recorded meanwhile."""


class Server(Protocol):
    """Operations for a ledger in a server that may have replicas."""

    def is_replica(self) -> bool:
        """Whether it is a replica: it only reads what another server records, and may lag."""

    def take_up(self, size: int) -> None:
        """Allow writing in the server's current history, which a checkpoint of ``size`` showed to be complete."""

    def settle(self) -> None:
        """Return when everything readable here is as durable as acknowledged writes.

        Raises:
            UnreachableError: that is not certain yet.
        """


class Store(NamedTuple):
    """An open database: eventsourcing's factory, the log in it, and the best batch size.

    ``news`` listens for new records, if the database has notifications; ``server`` is the server, if it is one.
    """

    factory: InfrastructureFactory[Any]
    log: Callable[[], LogStore]
    batch: Batch
    news: Callable[[], AbstractContextManager[News | None]] = nullcontext
    server: Server | None = None


def environment(**settings: str) -> Environment:
    """The settings for eventsourcing: all are given here, none come from the process's environment."""
    return Environment(APPLICATION, {"ORIGINATOR_ID_TYPE": "text", **settings})


def with_lines(rows: Iterable[tuple[int, bytes, str]]) -> list[tuple[int, bytes]]:
    """Cosigned notes followed by the witnesses' lines; rows of one size are adjacent."""
    found: dict[int, bytes] = {}
    for size, note, line in rows:
        found[size] = found.get(size, note) + line.encode("utf-8", "surrogateescape")
    return list(found.items())
