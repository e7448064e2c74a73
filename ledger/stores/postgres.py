"""A ledger in its own PostgreSQL schema.

eventsourcing's recorder locks its table during each insert, so that entries become visible in the order of their
numbers. LOCK TABLE needs MAINTAIN on PostgreSQL 17 and later, and UPDATE, DELETE or TRUNCATE before, which writers
should not have; and the lock would be held during a client round trip. The recorder's other mode calls a function that
inserts without locking. Here the ledger replaces that function: it belongs to the owner, and locks and inserts in one
statement. A writer may call it, and has no other way to insert an entry (:mod:`.postgres_schema`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import Lock
from typing import Any, Self, cast

import psycopg
from eventsourcing.persistence import ConnectionPoolClosedError, OperationalError, StoredEvent
from eventsourcing.postgres import (
    BasePostgresFactory,
    ConnectionPool,
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
)
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Identifier
from psycopg_pool import PoolTimeout

from ...domain.errors import Refused
from ..entries.entry import StoredEntry
from ..errors import Broken, Busy, NotFound, UnreachableError, UnusableError
from ..log.log import Cover, Head, Outlook
from ..process import Turn, check_process, limits
from .address import PostgresAddress
from .mapper import entry_in, placed
from .postgres_log import PostgresLog, again, insert, look_over, put
from .postgres_schema import SCHEMA_VERSION, add_tables, check_free, publish, taken, version_of
from .postgres_server import (
    LedgerConnection,
    PostgresServer,
    check_confirmed,
    configure,
    connect,
    listening,
    parameters,
    said_by,
    standing,
    transaction,
)
from .store import BEYOND, Batch, Store, environment

_BATCH = Batch(100, 150_000)  # libpq 17.6 and later can hang on some 400 KB in one pipelined insert


class _Pool(ConnectionPool[Connection[DictRow]]):
    """Connections of one process to one database, for every ledger that it has open there.

    Threads that record take ``turn`` before they request a connection: the recording thread may read over a second one,
    and if every thread held its first, all would wait forever.
    """

    def __init__(self, address: PostgresAddress, configure: Callable[[Connection[Any]], None]) -> None:
        self.turn = Turn(limits().wait)
        self.users = 0
        super().__init__(
            connection_class=LedgerConnection,
            kwargs={**parameters(address), "row_factory": dict_row},
            min_size=1,
            max_size=limits().connections,
            open=False,
            configure=configure,
            timeout=limits().wait,
        )

    def getconn(self, timeout: float | None = None) -> Connection[DictRow]:
        """The same as the library's; raises Busy if none is available in time."""
        try:
            return super().getconn(timeout)
        except PoolTimeout:
            seconds = self.timeout if timeout is None else timeout
            said = f"no connection to the database was to be had for {seconds:g} s; try again"
            raise UnreachableError(said) from None


class _Pools:
    """The pools of this process, by its id, their address, and whether they only read."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.of: dict[tuple[int, str, bool], _Pool] = {}


_pools = _Pools()
if hasattr(os, "register_at_fork"):  # a lock that another thread held at the fork would never be free in the child
    os.register_at_fork(after_in_child=lambda: setattr(_pools, "lock", Lock()))


class _Recorder(PostgresApplicationRecorder):
    """The library's recorder without its own function, which inserts unlocked; see :class:`~.store.EntryRecorder`."""

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        del self.sql_create_statements[self.create_insert_function_statement_index]
        self._turn = cast("_Datastore", datastore).pool.turn
        self._lock_seconds = limits().lock
        self._note = b""  # the head that was last written or seen

    @again
    def insert_events(
        self, stored_events: Sequence[StoredEvent], cover: Cover | None = None, **kwargs: Any
    ) -> Sequence[int] | None:
        """The same as the library's; with ``cover``, the head over the entries is written in the same transaction.

        Raises:
            Busy: another process holds the store for longer than the limit for its lock.
        """
        try:
            if cover is not None:
                return self._insert_covered(stored_events, cover)
            alone: Sequence[int] | None = super().insert_events(stored_events, **kwargs)
        except (OperationalError, psycopg.errors.LockNotAvailable) as error:
            if not isinstance(error.__cause__ or error, psycopg.errors.LockNotAvailable):
                raise
            said = f"another process has been recording for over {self._lock_seconds:g} s; nothing was done. Try again"
            raise UnreachableError(said) from None  # not retried here, unlike a lost connection
        return alone

    def _insert_covered(self, stored_events: Sequence[StoredEvent], cover: Cover) -> Sequence[int]:
        # The cover may read over a second connection; threads that all held their first would wait forever.
        schema = self.datastore.schema
        with self._turn, self.datastore.get_connection() as connection, transaction(connection):
            parts = list(_BATCH.cut(stored_events, lambda event: len(event.state)))
            positions, look = insert(
                connection, schema, parts, self.construct_pg_stored_event, self._note, self._lock_seconds
            )
            nodes, head = cover(placed(stored_events, positions), look)
            try:
                put(connection, schema, nodes, head, commit=True)
            except psycopg.errors.IntegrityError:
                connection.rollback()
                edge = look_over(connection, schema, {}, None).edge
                if (edge[0].size if edge else 0) <= min(index for level, index in nodes if level == 0):
                    raise Broken(BEYOND) from None
                raise Busy("these leaves are in the log already") from None
            check_confirmed(connection)
            self._note = head.note
        return positions

    def entries(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """See :class:`.store.EntryRecorder`."""
        found = self.select_notifications(after, limit, inclusive_of_start=False)
        return [entry_in(n.id, str(n.originator_id), n.originator_version, n.topic, n.state) for n in found]

    @again
    def stream(self, name: str, after: int) -> Sequence[StoredEntry]:
        """See :class:`.store.EntryRecorder`."""
        statement = SQL(
            "SELECT notification_id, originator_version, topic, state FROM {t} "
            "WHERE originator_id = %s AND originator_version > %s ORDER BY originator_version"
        ).format(t=Identifier(self.datastore.schema, self.events_table_name))
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            rows = cursor.execute(statement, (name, after), prepare=True, binary=True).fetchall()
        return [
            entry_in(row["notification_id"], name, row["originator_version"], row["topic"], bytes(row["state"]))
            for row in rows
        ]

    @again
    def position(self, stream: str, version: int) -> int | None:
        """See :class:`.store.EntryRecorder`."""
        statement = SQL("SELECT notification_id FROM {t} WHERE originator_id = %s AND originator_version = %s").format(
            t=Identifier(self.datastore.schema, self.events_table_name)
        )
        with self.datastore.get_connection() as connection, connection.cursor() as cursor:
            cursor.execute(statement, (stream, version), prepare=True)
            row = cursor.fetchone()
        return None if row is None else int(row["notification_id"])

    @again
    def look(self, versions: Mapping[str, int], known: Head | None) -> Outlook:
        """See :class:`.store.EntryRecorder`."""
        with self.datastore.get_connection() as connection:
            found = look_over(connection, self.datastore.schema, versions, known)
        if found.edge is not None:
            self._note = found.edge[0].note
        return found


class _Datastore(PostgresDatastore):
    """The library's, with every libpq parameter passed on, and commits that are durable when they return."""

    def __init__(self, address: PostgresAddress, schema: str, *, read_only: bool) -> None:
        super().__init__(
            *("", "", "", "", ""),
            idle_in_transaction_session_timeout=limits().lock,
            schema=schema,
            originator_id_type="text",
            enable_db_functions=True,
        )
        self._read_only = read_only
        self._process = os.getpid()
        self._shared = (self._process, address.uri, read_only)
        with _pools.lock:
            pool = _pools.of.get(self._shared)
            if pool is None:
                pool = _pools.of[self._shared] = _Pool(address, self._configured())
            pool.users += 1
        self.pool: _Pool = pool
        self._closed = False

    @contextmanager
    def get_connection(self) -> Iterator[Connection[DictRow]]:
        """The same as the library's; raises Broken in a child of the process that opened it."""
        check_process(self._process)
        if self._closed:
            raise ConnectionPoolClosedError
        with super().get_connection() as connection:
            yield connection

    def close(self) -> None:
        """Close the connections, if no other ledger of the process uses them; a child does not own them."""
        if self._closed or os.getpid() != self._process:
            return
        self._closed = True
        with _pools.lock:
            self.pool.users -= 1
            if self.pool.users:
                return
            del _pools.of[self._shared]
        self.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _configured(self) -> Callable[[Connection[Any]], None]:
        return partial(configure, of_the_library=self.after_connect_func(), read_only=self._read_only)


class LedgerPostgresFactory(PostgresFactory):
    """eventsourcing's PostgreSQL factory, for one schema."""

    application_recorder_class = _Recorder

    def __init__(self, address: PostgresAddress, schema: str, *, read_only: bool, create: bool) -> None:
        # The library's own constructor accepts five connection parameters, and no TLS.
        super(BasePostgresFactory, self).__init__(environment(CREATE_TABLE="yes" if create else "no"))
        self.datastore = _Datastore(address, schema, read_only=read_only)

    def log(self) -> PostgresLog:
        """The log in this schema."""
        return self.tracking_recorder(PostgresLog)


def open_store(address: PostgresAddress, *, read_only: bool) -> Store:
    """The ledger at ``address``.

    Raises:
        NotFound, Busy, UnusableError: no server, access denied, no ledger there, or one of another version.
    """
    with connect(address) as connection:
        version = version_of(connection, address)
        found = standing(connection, address)
    if version is None:
        raise NotFound(
            f"{address}: there is no ledger in the schema {address.schema}; make one with inblue init, or inblue play"
        )
    if version != SCHEMA_VERSION:
        raise UnusableError(f"{address}: a ledger of version {version}; this inblue reads version {SCHEMA_VERSION}")
    factory = LedgerPostgresFactory(address, address.schema, read_only=read_only, create=False)
    listens = not (found.replica or found.pooled)
    news = partial(listening, address) if listens else nullcontext
    return Store(factory, factory.log, _BATCH, news, PostgresServer(factory.datastore))


def is_there(address: PostgresAddress) -> bool:
    """Whether the schema exists, whatever is in it.

    Raises:
        Busy: no server, or access denied.
    """
    with connect(address) as connection:
        found = connection.execute("SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL", [address.schema]).fetchone()
    return bool(found and found[0])


@contextmanager
def new_store(address: PostgresAddress) -> Iterator[Store]:
    """An empty store that becomes the ledger at ``address`` when the block ends; if it fails, nothing is created.

    It is made in a schema with a temporary name, which is renamed when it is complete. The store is closed by then.

    Raises:
        Refused, UnusableError: something exists already, or nothing can be created there.
    """
    partial = f"{address.schema[:40]}_unfinished_{os.urandom(4).hex()}"
    with connect(address) as connection:
        try:
            check_free(connection, address)
            connection.execute(SQL("CREATE SCHEMA {s}").format(s=Identifier(partial)))
            try:
                factory = LedgerPostgresFactory(address, partial, read_only=False, create=True)
                factory.application_recorder()
                factory.log()
                add_tables(connection, partial)
                yield Store(factory, factory.log, _BATCH)
                publish(connection, partial, address.schema)
            except BaseException:
                connection.execute(SQL("DROP SCHEMA IF EXISTS {s} CASCADE").format(s=Identifier(partial)))
                raise
        except psycopg.errors.DuplicateSchema:
            raise Refused(None, taken(address)) from None
        except psycopg.Error as error:
            raise UnusableError(f"{address}: cannot be created: {said_by(address, error)}") from None
