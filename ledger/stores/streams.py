"""The eventsourcing application for the streams: appending with optimistic concurrency, and reading in order."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar, cast

from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, Mapper
from eventsourcing.utils import Environment

from ..entries.entry import StoredEntry
from ..errors import Busy, NotFound, UnusableError, needs
from ..log.log import Cover, Head, LogStore, Outlook
from ..process import check_process
from .address import Address
from .mapper import EnvelopeMapper
from .store import APPLICATION, DATABASE_ERRORS, EntryRecorder, News, Store


class Streams(Application[str]):
    """Every stream of one ledger. Entries go in and out as signed; the store adds only its order."""

    name = APPLICATION
    env: ClassVar[dict[str, str]] = {}

    def __init__(self, store: Store) -> None:
        self._store = store
        self._process = os.getpid()
        super().__init__()

    def construct_env(self, name: str, env: Mapping[str, str] | None = None) -> Environment:
        """Only settings from the caller: the process environment must not move a ledger to another store."""
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:  # noqa: ARG002
        """The factory of the store given, never one that a setting could import."""
        return self._store.factory

    def construct_mapper(self) -> Mapper[str]:
        """Passes bytes through unchanged."""
        return EnvelopeMapper()

    def construct_log(self) -> LogStore:
        """The log kept in the same store."""
        return self._store.log()

    def append(self, entries: Sequence[StoredEntry], cover: Cover | None = None) -> int:
        """Store entries in one transaction, durable on return; return a position not before that of the last one.

        With ``cover`` the head over them is written too. Entries already stored with the same bytes count as stored.

        Raises:
            Busy: a place in a stream is taken; nothing was written.
            ValueError: without ``cover``, more than :meth:`batches` would give at once.
        """
        if cover is None and len(entries) > self._store.batch.entries:
            raise ValueError(f"{len(entries)} entries in one batch; at most {self._store.batch.entries}")
        check_process(self._process)
        rows = [self.mapper.to_stored_event(entry) for entry in entries]
        try:  # events.put adds two objects per entry to notify subscribers, but there are none here
            positions = self.recorder.insert_events(rows, **({"cover": cover} if cover else {}))
            return positions[-1] if positions else self.last_position()
        except IntegrityError:
            if self._holds(entries):  # a connection broke after the commit, and the library retried
                self.settle()
                return self.last_position()
            first = entries[0]
            raise Busy(f"{first.originator_id}: act {first.originator_version - 1} is recorded already") from None

    def close(self) -> None:
        """The same as the library's; does nothing in a child of the process that opened it and owns the connections."""
        if os.getpid() == self._process:
            super().close()

    @property
    def _entries(self) -> EntryRecorder:
        check_process(self._process)
        return cast("EntryRecorder", self.recorder)

    def _holds(self, entries: Sequence[StoredEntry]) -> bool:
        for name, group in groupby(entries, attrgetter("originator_id")):
            wanted = list(group)
            stored = list(self.stream(name, after=wanted[0].originator_version - 1))[: len(wanted)]
            if [entry.envelope for entry in stored] != [entry.envelope for entry in wanted]:
                return False
        return True

    def batches(self, entries: Sequence[StoredEntry]) -> Iterator[Sequence[StoredEntry]]:
        """``entries`` in order, in batches that one transaction without a cover accepts."""
        return self._store.batch.cut(entries, lambda entry: len(entry.envelope))

    def stream(self, name: str, *, after: int = 0) -> Iterator[StoredEntry]:
        """The entries of one stream in order, after version ``after``, each with its position."""
        yield from self._entries.stream(name, after)

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """See :class:`..log.log.EntryStore`."""
        return self._entries.entries(after, limit)

    def position(self, stream: str, version: int) -> int:
        """See :class:`..log.log.EntryStore`."""
        found = self._entries.position(stream, version)
        if found is None:
            raise NotFound(f"{stream}: there is no act {version - 1}")
        return found

    def look(self, versions: Mapping[str, int], known: Head | None) -> Outlook:
        """See :data:`..log.log.Look`."""
        return self._entries.look(versions, known)

    def news(self) -> AbstractContextManager[News | None]:
        """Waits until something is recorded, within the block; None if the store has no notifications."""
        check_process(self._process)
        return self._store.news()

    def is_replica(self) -> bool:
        """See :class:`.store.Server`."""
        check_process(self._process)
        return self._store.server is not None and self._store.server.is_replica()

    def take_up(self, size: int) -> None:
        """See :class:`.store.Server`."""
        check_process(self._process)
        if self._store.server is not None:
            self._store.server.take_up(size)

    def settle(self) -> None:
        """See :class:`.store.Server`."""
        if self._store.server is not None:
            self._store.server.settle()

    def last_position(self) -> int:
        """See :class:`..log.log.EntryStore`."""
        return self.recorder.max_notification_id() or 0


def memory_streams() -> Streams:
    """New, empty streams in memory."""
    from .memory import memory_store

    return Streams(memory_store())


@contextmanager
def new_streams(address: Address) -> Iterator[Streams]:
    """Empty streams that become the ledger at ``address`` when the block ends; if it fails, nothing is created.

    Raises:
        Refused, UnusableError: something exists already, or nothing can be created there.
    """
    with _new_store(address) as store, Streams(store) as streams:
        yield streams


def open_streams(address: Address, *, read_only: bool) -> Streams:
    """The streams of the ledger at ``address``.

    Raises:
        NotFound, UnusableError: no ledger there, or not one of ours.
    """
    try:
        return Streams(_open_store(address, read_only=read_only))
    except DATABASE_ERRORS as error:
        raise UnusableError(f"{address}: cannot be opened: {error}") from None


def is_there(address: Address) -> bool:
    """Whether anything is at ``address``, a ledger or something else.

    Raises:
        Busy: the database cannot be reached.
    """
    if isinstance(address, Path):
        return address.exists()
    with needs(*_DRIVER):
        from . import postgres

    return postgres.is_there(address)


_DRIVER = ("postgresql", "a ledger in PostgreSQL")
# A database's modules are imported only for a ledger in it: PostgreSQL's take a third of a second.


def _new_store(address: Address) -> AbstractContextManager[Store]:
    if isinstance(address, Path):
        from . import sqlite

        return sqlite.new_store(address)
    with needs(*_DRIVER):
        from . import postgres

    return postgres.new_store(address)


def _open_store(address: Address, *, read_only: bool) -> Store:
    if isinstance(address, Path):
        from . import sqlite

        return sqlite.open_store(address, read_only=read_only)
    with needs(*_DRIVER):
        from . import postgres

    return postgres.open_store(address, read_only=read_only)
