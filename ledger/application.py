"""The eventsourcing application that keeps the streams: appending with optimistic concurrency, and reading in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, Mapper, StoredEvent
from eventsourcing.utils import Environment

from .address import Address
from .entry import StoredEntry
from .errors import ConflictError, LedgerError
from .log import LogStore
from .mapper import EnvelopeMapper
from .storage import APPLICATION, DATABASE_ERRORS, Store

MAX_BATCH = 100
MAX_BATCH_BYTES = 150_000
"""What is written in one transaction: libpq 17.6 and later can hang on some 400 KB in one pipelined insert."""


class Streams(Application[str]):
    """Every stream of one ledger. Entries go in and out as signed; the store adds only its order."""

    name = APPLICATION
    env: ClassVar[dict[str, str]] = {}

    def __init__(self, store: Store) -> None:
        self._store = store
        super().__init__()

    def construct_env(self, name: str, env: Mapping[str, str] | None = None) -> Environment:
        """Only what the caller passes: the process environment must not move a ledger to another store."""
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:  # noqa: ARG002
        """The factory of the store given, never one that a setting could import."""
        return self._store.factory

    def construct_mapper(self) -> Mapper[str]:
        """Bytes through, unchanged."""
        return EnvelopeMapper()

    def construct_log(self) -> LogStore:
        """The log kept in the same store."""
        return self._store.log()

    def append(self, entries: Sequence[StoredEntry]) -> int:
        """Store entries in one transaction, durable on return; gives a position that is not before the last one's.

        What is stored already, to the byte, is stored.

        Raises:
            ConflictError: a place in a stream is taken; nothing was written.
        """
        if len(entries) > MAX_BATCH:
            raise ValueError(f"{len(entries)} entries in one batch; at most {MAX_BATCH}")
        try:
            return self.events.put(entries)[-1].notification.id
        except IntegrityError:
            if self._holds(entries):  # a connection broke after the commit, and the library tried again
                return self.last_position()
            first = entries[0]
            raise ConflictError(
                f"{first.originator_id}: act {first.originator_version - 1} is recorded already"
            ) from None

    def _holds(self, entries: Sequence[StoredEntry]) -> bool:
        first = entries[0]
        stored = [entry.envelope for entry in self.stream(first.originator_id, after=first.originator_version - 1)]
        return stored[: len(entries)] == [entry.envelope for entry in entries]

    def stream(self, name: str, *, after: int = 0) -> Iterator[StoredEntry]:
        """The entries of one stream in order, behind version ``after``."""
        for event in self.events.get(name, gt=after or None):
            assert isinstance(event, StoredEntry)  # noqa: S101 - the mapper gives nothing else
            yield event

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """See :class:`inblue.ledger.log.EntryStore`."""
        found = self.recorder.select_notifications(after, limit, inclusive_of_start=False)
        return [replace(self._entry_of(n), position=n.id) for n in found]

    def _entry_of(self, row: StoredEvent) -> StoredEntry:
        entry = self.mapper.to_domain_event(row)
        assert isinstance(entry, StoredEntry)  # noqa: S101 - the mapper gives nothing else
        return entry

    def last_position(self) -> int:
        """See :class:`inblue.ledger.log.EntryStore`."""
        return self.recorder.max_notification_id() or 0


def batches(entries: Sequence[StoredEntry]) -> Iterator[Sequence[StoredEntry]]:
    """``entries`` in order, cut into what one transaction takes."""
    start, size = 0, 0
    for end, entry in enumerate(entries):
        if end > start and (end - start == MAX_BATCH or size + len(entry.envelope) > MAX_BATCH_BYTES):
            yield entries[start:end]
            start, size = end, 0
        size += len(entry.envelope)
    if start < len(entries):
        yield entries[start:]


def memory_streams() -> Streams:
    """New, empty streams in memory."""
    from .memory import memory_store

    return Streams(memory_store())


@contextmanager
def new_streams(address: Address) -> Iterator[Streams]:
    """Empty streams that are the ledger at ``address`` once the block is over; if it fails, nothing is there.

    Raises:
        LedgerError: something is there already, or nothing can be put there.
    """
    with _new_store(address) as store, Streams(store) as streams:
        yield streams


def open_streams(address: Address, *, read_only: bool) -> Streams:
    """The streams of the ledger at ``address``.

    Raises:
        LedgerError: no ledger there, or not one of ours.
    """
    try:
        return Streams(_open_store(address, read_only=read_only))
    except DATABASE_ERRORS as error:
        raise LedgerError(f"{address}: cannot be opened: {error}") from None


def is_there(address: Address) -> bool:
    """Whether anything is at ``address``, a ledger or something else.

    Raises:
        LedgerError: the database cannot be reached.
    """
    if isinstance(address, Path):
        return address.exists()
    from . import postgres

    return postgres.is_there(address)


# One database's modules are imported only where a ledger is in it: PostgreSQL's cost a third of a second.


def _new_store(address: Address) -> AbstractContextManager[Store]:
    if isinstance(address, Path):
        from . import sqlite

        return sqlite.new_store(address)
    from . import postgres

    return postgres.new_store(address)


def _open_store(address: Address, *, read_only: bool) -> Store:
    if isinstance(address, Path):
        from . import sqlite

        return sqlite.open_store(address, read_only=read_only)
    from . import postgres

    return postgres.open_store(address, read_only=read_only)
