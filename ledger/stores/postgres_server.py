"""The server at an address: connecting to it, poolers in between, and whether the ledger may be written there.

PostgreSQL numbers its histories. A promoted standby, or a recovered backup, continues in the next *timeline*; if it
lagged, it lacks acknowledged acts, and signing after it would create a fork. So a ledger stores in its cursor table the
timelines it was written in, and is not written in another until a checkpoint from elsewhere has shown that nothing is
missing. Each transaction checks this, since standbys are promoted under open connections.

Behind a pooler that gives each transaction another connection, as PgBouncer can, sessions are shared: nothing is set,
prepared or listened for in them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any, NamedTuple, TypeVar, cast

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, tuple_row
from psycopg.sql import SQL, Identifier, Literal

from ...domain.errors import Malformed
from ..errors import Broken, Busy, UnreachableError
from ..process import limits
from .address import PostgresAddress
from .store import APPLICATION, News

R = TypeVar("R")

TIMELINE = """
SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint AS timeline,
  ARRAY(SELECT notification_id FROM {s}.inblue_tracking WHERE starts_with(application_name, 'inblue-timeline-'))
    AS timelines
"""
TAKE_UP = f"""
INSERT INTO {{s}}.inblue_tracking
  SELECT name || t.timeline, value FROM ({TIMELINE}) AS t,
    LATERAL (VALUES ('inblue-timeline-', t.timeline), ('inblue-resumed-', {{size}})) AS kept (name, value)
  ON CONFLICT DO NOTHING
"""  # noqa: S608 - ours
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
_FOR_A_SESSION = """;
SET LOCAL idle_in_transaction_session_timeout = {wait};
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"""

ONLY_READS = "this database only reads: it is a replica, or was set to read only. Record at the primary"
_UNCONFIRMED = "recorded on this server, but its synchronous standby has not confirmed it; ask again, with the same key"
_WAITS_FOR_STANDBY = "SyncRepWaitForLSN"  # where PostgreSQL warns that it has stopped waiting (syncrep.c)


class LedgerConnection(Connection[Any]):
    """A connection that never waits forever. ``pooled``: whether a pooler is between it and the server.

    A server that hangs, or disappears silently with its network, would block the client forever, since limits kept by
    the server (``lock_timeout``) do not help then. A connection without an answer is closed.
    """

    pooled = False
    unconfirmed = False

    def wait(self, gen: PQGen[R], *given: Any, **named: Any) -> R:
        """The same as the driver's, which every request to the server uses.

        Raises:
            UnreachableError: no answer within the limits for a lock and for a connection together.
        """
        seconds = limits().lock + limits().wait
        try:
            return super().wait(_within(gen, seconds), *given, **named)
        except _UnansweredError:
            self.pgconn.finish()
            said = (
                f"no answer from the database for over {seconds:g} s; it may have recorded: try again with the same key"
            )
            raise UnreachableError(said) from None


class _UnansweredError(Exception):
    """No answer came in time."""


def _within(gen: PQGen[R], seconds: float) -> PQGen[R]:
    """``gen``, to which the driver sends the connection's readiness, or, several times a second, nothing."""
    until = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                raise _UnansweredError
            wanted = gen.send(ready)
    except StopIteration as done:
        return cast("R", done.value)


def configure(connection: Connection[Any], of_the_library: Callable[[Connection[Any]], None], read_only: bool) -> None:
    """The settings of each session, if not shared; a read-only session cannot write, whatever the user."""
    connection.autocommit = True
    if isinstance(connection, LedgerConnection):
        _heed_warnings(connection)
        (pid,) = connection.cursor(row_factory=tuple_row).execute("SELECT pg_backend_pid()").fetchone() or (0,)
        connection.pooled = pid != connection.info.backend_pid
        if connection.pooled:
            connection.prepare_threshold = None
            connection.read_only = read_only
            connection.autocommit = not read_only
            return
    of_the_library(connection)
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.execute("SET plan_cache_mode = force_generic_plan")  # each of our queries has one good plan
    if read_only:
        connection.execute("SET default_transaction_read_only = on")


def _heed_warnings(connection: LedgerConnection) -> None:
    def heed(diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.source_function == _WAITS_FOR_STANDBY:
            connection.unconfirmed = True

    connection.add_notice_handler(heed)


def begin(connection: Connection[Any], seconds: float) -> str:
    """The statements that begin a recording transaction, with a limit on the wait for another."""
    wait = max(1, round(seconds * 1000))
    pooled = getattr(connection, "pooled", False)
    return f"{BEGIN}; SET LOCAL lock_timeout = {wait}{_FOR_A_SESSION.format(wait=wait) if pooled else ''}"


@contextmanager
def transaction(connection: Connection[Any]) -> Iterator[None]:
    """A transaction that its first statement begins and its last commits; otherwise it is rolled back."""
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()  # which does nothing after a commit


def check_confirmed(connection: Connection[Any]) -> None:
    """Make sure that the commit just before waited for the synchronous standby, if there is one.

    A server that is told to stop waiting still commits, and only warns.

    Raises:
        UnreachableError: it did not.
    """
    if getattr(connection, "unconfirmed", False):
        cast("LedgerConnection", connection).unconfirmed = False
        raise UnreachableError(_UNCONFIRMED)


def check_timeline(row: DictRow) -> None:
    """Make sure, from the result of :data:`TIMELINE`, that the ledger may be written in this timeline.

    Raises:
        Broken: it is not yet shown that nothing is missing.
    """
    now, known = row["timeline"], row["timelines"] or [1]
    if now not in known:
        raise Broken(
            f"this database was promoted or restored: it is in timeline {now}, the ledger was written in {max(known)}, "
            "and acts may be missing; nothing is recorded or signed until inblue resume has compared it with the "
            "newest checkpoint that anybody holds"
        )


class PostgresServer:
    """See :class:`.store.Server`."""

    def __init__(self, datastore: PostgresDatastore) -> None:
        self._datastore = datastore

    def is_replica(self) -> bool:
        """See :class:`.store.Server`."""
        with self._datastore.get_connection() as connection:
            row = connection.execute("SELECT pg_is_in_recovery() AS replica").fetchone()
        return bool(row and row["replica"])

    def take_up(self, size: int) -> None:
        """See :class:`.store.Server`."""
        query = SQL(TAKE_UP).format(s=Identifier(self._datastore.schema), size=Literal(size))
        with self._datastore.get_connection() as connection:
            try:
                connection.execute(query)
            except (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.ObjectNotInPrerequisiteState):
                raise UnreachableError(ONLY_READS) from None
            check_confirmed(connection)

    def settle(self) -> None:
        """See :class:`.store.Server`."""
        with self._datastore.get_connection() as connection:
            connection.execute(  # a commit waits until the standby has everything written before it
                "SELECT pg_logical_emit_message(true, 'inblue', '') "
                "WHERE current_setting('synchronous_standby_names') <> ''"
            )
            check_confirmed(connection)


class Standing(NamedTuple):
    """The properties of a server, found when it is opened."""

    replica: bool
    pooled: bool


def standing(connection: Connection[Any], address: PostgresAddress) -> Standing:
    """The server behind a connection.

    Raises:
        Broken: a pooler is in between, and the server does not force commits to disk.
    """
    query = "SELECT pg_is_in_recovery(), pg_backend_pid(), current_setting('synchronous_commit')"
    replica, pid, synchronous = connection.execute(query).fetchone() or (False, 0, "")
    pooled = pid != connection.info.backend_pid
    if pooled and synchronous == "off":
        raise Broken(
            f"{address}: synchronous_commit is off, and behind a pooler a ledger cannot set it; ALTER ROLE ... SET "
            "synchronous_commit = on, and restart the pooler"
        )
    return Standing(replica, pooled)


@contextmanager
def listening(address: PostgresAddress) -> Iterator[News]:
    """Waits for the next recording transaction, by LISTEN on a separate connection, within the block.

    If that connection breaks, or a pooler drops LISTEN, it waits for its time limit.
    """
    connection: LedgerConnection | None = None
    process = os.getpid()

    def wait(seconds: float) -> None:
        nonlocal connection
        until = time.monotonic() + seconds
        try:
            if connection is None:
                connection = LedgerConnection.connect(**parameters(address), autocommit=True)
                connection.execute("LISTEN inblue_events")
                return  # entries recorded before it listened are looked for once more
            for _ in connection.notifies(timeout=seconds, stop_after=1):
                return
        except (psycopg.Error, UnreachableError):
            if connection is not None:
                connection.close()
            connection = None
            time.sleep(max(0.0, until - time.monotonic()))

    try:
        yield wait
    finally:
        if connection is not None and os.getpid() == process:  # in a child it would end the parent's
            connection.close()


@contextmanager
def connect(address: PostgresAddress) -> Iterator[Connection[Any]]:
    """A single connection, so that errors are reported at once; the pool would retry for long.

    Raises:
        Busy: the server cannot be reached, or denies access.
    """
    try:
        connection = LedgerConnection.connect(
            **parameters(address), autocommit=True, row_factory=tuple_row, prepare_threshold=None
        )
    except psycopg.Error as error:
        raise Busy(f"{address}: {said_by(address, error)}") from None
    with connection:
        yield connection


def parameters(address: PostgresAddress) -> dict[str, Any]:
    """The parameters for libpq. The address alone says where the ledger is, and how it is written.

    Variables such as PGHOST or PGOPTIONS do not change that. Credentials and TLS settings missing from the address come
    from libpq's usual places: PGPASSWORD, PGPASSFILE, PGSSLROOTCERT and the like.

    Raises:
        Malformed: libpq cannot read the address.
    """
    try:
        given = conninfo_to_dict(address.uri)
    except psycopg.Error as error:
        raise Malformed(f"{address}: {said_by(address, error)}") from None
    fixed = {} if "service" in given else {"host": "", "port": "5432", "options": ""}
    return {**fixed, "connect_timeout": f"{ceil(limits().connect)}", "fallback_application_name": APPLICATION, **given}


def said_by(address: PostgresAddress, error: psycopg.Error) -> str:
    """The first line of an error, without passwords."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return address.redact(lines[0])
