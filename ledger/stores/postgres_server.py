"""The server behind an address: how it is reached, what may be between, and whether the ledger may be written there.

PostgreSQL numbers its histories. A standby that is promoted, or a backup that is recovered, goes on in the next
*timeline*; if it lagged, it lacks acts that were acknowledged, and what is signed behind it is a fork. So a ledger
keeps in its cursor table in which timelines it was written, and is not written in another before a checkpoint from
elsewhere has shown that nothing is missing. Each transaction asks: standbys are promoted under open connections.

Behind a pooler that gives each transaction another connection, as PgBouncer can, a session is nobody's own: nothing is
set in it, prepared in it or listened for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any, NamedTuple, cast

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, tuple_row
from psycopg.sql import SQL, Identifier, Literal

from ...domain.errors import Malformed
from ..errors import Broken, Busy, UnreachableError
from ..process import limits
from .address import PostgresAddress
from .store import APPLICATION, News

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


class LedgerConnection(Connection[DictRow]):
    """A connection of the pool. ``pooled``: whether a pooler is between it and the server."""

    pooled = False
    unconfirmed = False


def configure(connection: Connection[Any], of_the_library: Callable[[Connection[Any]], None], read_only: bool) -> None:
    """What each session needs, if it is one's own; who reads only cannot write by it, whoever connects."""
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
    connection.execute("SET plan_cache_mode = force_generic_plan")  # every query of ours has one good plan
    if read_only:
        connection.execute("SET default_transaction_read_only = on")


def _heed_warnings(connection: LedgerConnection) -> None:
    def heed(diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.source_function == _WAITS_FOR_STANDBY:
            connection.unconfirmed = True

    connection.add_notice_handler(heed)


def begin(connection: Connection[Any], seconds: float) -> str:
    """What begins a transaction that records, and waits so long for another one's."""
    wait = max(1, round(seconds * 1000))
    pooled = getattr(connection, "pooled", False)
    return f"{BEGIN}; SET LOCAL lock_timeout = {wait}{_FOR_A_SESSION.format(wait=wait) if pooled else ''}"


@contextmanager
def transaction(connection: Connection[Any]) -> Iterator[None]:
    """A transaction that its first statement begins and its last commits; what does not come so far is rolled back."""
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()  # which does nothing after a commit


def check_confirmed(connection: Connection[Any]) -> None:
    """Make sure that the commit just before waited for the synchronous standby, where there is to be one.

    A server that is told to stop waiting commits all the same, and only warns.

    Raises:
        UnreachableError: it did not.
    """
    if getattr(connection, "unconfirmed", False):
        cast("LedgerConnection", connection).unconfirmed = False
        raise UnreachableError(_UNCONFIRMED)


def check_timeline(row: DictRow) -> None:
    """Make sure, by what :data:`TIMELINE` gave, that the ledger may be written in this timeline.

    Raises:
        Broken: nobody has shown yet that nothing is missing.
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
            connection.execute(  # a commit waits for the standby to have all that was written before it
                "SELECT pg_logical_emit_message(true, 'inblue', '') "
                "WHERE current_setting('synchronous_standby_names') <> ''"
            )
            check_confirmed(connection)


class Standing(NamedTuple):
    """What a server is found to be when it is opened."""

    replica: bool
    pooled: bool


def standing(connection: Connection[Any], address: PostgresAddress) -> Standing:
    """What is behind a connection.

    Raises:
        Broken: a pooler is between, and the server does not force commits to disk.
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
    """What waits for the next transaction that records, by LISTEN on a connection of its own, within the block.

    Where that connection breaks, or a pool between takes LISTEN away, it waits its seconds.
    """
    connection: Connection[Any] | None = None

    def wait(seconds: float) -> None:
        nonlocal connection
        until = time.monotonic() + seconds
        try:
            if connection is None:
                connection = Connection.connect(**parameters(address), autocommit=True)
                connection.execute("LISTEN inblue_events")
                return  # what was recorded before it listened is looked for once more
            for _ in connection.notifies(timeout=seconds, stop_after=1):
                return
        except psycopg.Error:
            if connection is not None:
                connection.close()
            connection = None
            time.sleep(max(0.0, until - time.monotonic()))

    try:
        yield wait
    finally:
        if connection is not None:
            connection.close()


@contextmanager
def connect(address: PostgresAddress) -> Iterator[Connection[Any]]:
    """One connection, so that what is wrong with it is said at once; the pool would try again for long.

    Raises:
        Busy: the server cannot be reached, or lets nobody in.
    """
    try:
        connection = Connection.connect(
            **parameters(address), autocommit=True, row_factory=tuple_row, prepare_threshold=None
        )
    except psycopg.Error as error:
        raise Busy(f"{address}: {said_by(address, error)}") from None
    with connection:
        yield connection


def parameters(address: PostgresAddress) -> dict[str, Any]:
    """What libpq is told. Where the ledger is, and how it is written, is what the address says.

    A variable such as PGHOST or PGOPTIONS does not change that. Credentials and TLS settings that the address leaves
    out are looked for where libpq always does: PGPASSWORD, PGPASSFILE, PGSSLROOTCERT and their like.

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
