"""The eventsourcing application that keeps the streams: appending with optimistic concurrency, and reading in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, Mapper
from eventsourcing.utils import Environment

from .entry import StoredEntry
from .errors import ConflictError, LedgerError
from .log import LogStore
from .mapper import EnvelopeMapper, entry_in
from .storage import (
    DATABASE_ERRORS,
    DurableSQLiteFactory,
    MemoryFactory,
    check_is_ledger,
    environment,
    position_in,
    rows_behind,
    sqlite_address,
)

MAX_BATCH = 100
"""Entries written in one transaction; PostgreSQL's driver hangs on much more."""


class Streams(Application[str]):
    """Every stream of one ledger. Entries go in and out as signed; the store adds only its order."""

    name = "inblue"
    env: ClassVar[dict[str, str]] = {}

    def construct_env(self, name: str, env: Mapping[str, str] | None = None) -> Environment:
        """Only what the caller passes: the process environment must not move a ledger to another store."""
        return Environment(name, dict(env or {}))

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """The factory of the store named, never one that a setting could import."""
        return DurableSQLiteFactory(env) if env.get("SQLITE_DBNAME") else MemoryFactory(env)

    def construct_mapper(self) -> Mapper[str]:
        """Bytes through, unchanged."""
        return EnvelopeMapper()

    def construct_log(self) -> LogStore:
        """The log kept in the same store."""
        if not isinstance(self.factory, (DurableSQLiteFactory, MemoryFactory)):
            raise TypeError(f"{type(self.factory).__name__} keeps no log")
        return self.factory.log()

    def append(self, entries: Sequence[StoredEntry]) -> None:
        """Store entries in one transaction, durable on return.

        Raises:
            ConflictError: a place in a stream is taken; nothing was written.
        """
        if len(entries) > MAX_BATCH:
            raise ValueError(f"{len(entries)} entries in one batch; at most {MAX_BATCH}")
        try:
            self.events.put(entries)
        except IntegrityError:
            first = entries[0]
            raise ConflictError(
                f"{first.originator_id}: act {first.originator_version - 1} is recorded already"
            ) from None

    def stream(self, name: str, *, after: int = 0) -> Iterator[StoredEntry]:
        """The entries of one stream in order, behind version ``after``."""
        for event in self.events.get(name, gt=after or None):
            assert isinstance(event, StoredEntry)  # noqa: S101 - the mapper gives nothing else
            yield event

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """See :class:`inblue.ledger.log.EntryStore`."""
        return [entry_in(*row) for row in rows_behind(self.recorder, after, limit)]

    def position(self, stream: str, version: int) -> int:
        """See :class:`inblue.ledger.log.EntryStore`."""
        found = position_in(self.recorder, stream, version)
        if found is None:
            raise LedgerError(f"{stream}: there is no act {version - 1}")
        return found

    def last_position(self) -> int:
        """See :class:`inblue.ledger.log.EntryStore`."""
        return self.recorder.max_notification_id() or 0


def create_streams(path: Path | None) -> Streams:
    """New, empty streams: in a file that must not exist yet, or in memory."""
    if path is None:
        return Streams(environment(None, create=True))
    path.touch(exist_ok=False)
    streams = Streams(environment(sqlite_address(path, read_only=False), create=True))
    assert isinstance(streams.factory, DurableSQLiteFactory)  # noqa: S101 - chosen by the environment above
    streams.factory.log()
    streams.factory.add_tables()
    return streams


def open_streams(path: Path, *, read_only: bool) -> Streams:
    """The streams of the ledger in ``path``.

    Raises:
        LedgerError: no ledger there, or not one of ours.
    """
    check_is_ledger(path)
    try:
        return Streams(environment(sqlite_address(path, read_only=read_only), create=False))
    except DATABASE_ERRORS as error:
        raise LedgerError(f"{path}: cannot be opened: {error}") from None
