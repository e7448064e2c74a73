"""A ledger in a PostgreSQL schema of its own.

eventsourcing's recorder locks its table for the length of each insert, so that entries become visible in the order of
their numbers. LOCK TABLE asks for MAINTAIN on PostgreSQL 17 and later, and for UPDATE, DELETE or TRUNCATE before, which
nobody who records should have; and the lock is held while the client's next word is awaited. The recorder's other mode
calls a function that inserts, and does not lock. Here that function is the ledger's own: the owner's, it locks and
inserts in one statement. A writer may call it, and has no other way to an entry (:mod:`.roles`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError
from eventsourcing.postgres import (
    BasePostgresFactory,
    ConnectionPool,
    PostgresApplicationRecorder,
    PostgresDatastore,
    PostgresFactory,
    PostgresTrackingRecorder,
)
from eventsourcing.utils import retry
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg.sql import SQL, Composed, Identifier

from .address import PostgresAddress
from .errors import ConflictError, LedgerError, VerificationError
from .log import Head, Stamp
from .merkle import NodeId
from .storage import APPLICATION, TRACKED, Store, environment, with_lines

_SCHEMA_VERSION = 1
_CONNECTIONS = 5  # an embedding tool's threads; a command uses one
_SECONDS = 30

_TABLES = """
CREATE TABLE {s}.inblue_ledger (id int PRIMARY KEY CHECK (id = 1), version int NOT NULL);
INSERT INTO {s}.inblue_ledger VALUES (1, {version});
CREATE TABLE {s}.inblue_node (level smallint, idx bigint, hash bytea NOT NULL, PRIMARY KEY (level, idx));
CREATE TABLE {s}.inblue_head (id int PRIMARY KEY CHECK (id = 1), size bigint NOT NULL, position bigint NOT NULL,
  note bytea NOT NULL);
CREATE TABLE {s}.inblue_stamp (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, size bigint NOT NULL,
  authority text NOT NULL, note bytea NOT NULL, query bytea NOT NULL, token bytea NOT NULL);
CREATE UNIQUE INDEX inblue_stamp_once ON {s}.inblue_stamp (size, sha256(token));
CREATE TABLE {s}.inblue_cosignature (size bigint NOT NULL, line bytea NOT NULL, note bytea NOT NULL);
CREATE UNIQUE INDEX inblue_cosignature_once ON {s}.inblue_cosignature (size, sha256(line));

CREATE FUNCTION {s}.inblue_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS
  $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE FUNCTION {s}.inblue_grow() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN
    IF NEW.size <= OLD.size OR NEW.position <= OLD.position THEN
      RAISE EXCEPTION 'the head only moves forward' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
  END $$;
"""

_REFUSING = """
CREATE TRIGGER inblue_refuse BEFORE {what} ON {s}.{table} FOR EACH STATEMENT EXECUTE FUNCTION {s}.inblue_refuse({why});
ALTER TABLE {s}.{table} ENABLE ALWAYS TRIGGER inblue_refuse;
"""

_CHANGING = "UPDATE OR DELETE OR TRUNCATE"
_REFUSED = (
    ("inblue_events", _CHANGING, "entries are never changed or deleted"),
    ("inblue_node", _CHANGING, "the log is never changed"),
    ("inblue_stamp", _CHANGING, "timestamps are never changed or deleted"),
    ("inblue_cosignature", _CHANGING, "cosignatures are never changed or deleted"),
    ("inblue_head", "DELETE OR TRUNCATE", "the head is never deleted"),
)

_GROWING = """
CREATE TRIGGER inblue_grow BEFORE UPDATE ON {s}.inblue_head FOR EACH ROW EXECUTE FUNCTION {s}.inblue_grow();
ALTER TABLE {s}.inblue_head ENABLE ALWAYS TRIGGER inblue_grow;
"""

_INSERTING = """
CREATE OR REPLACE FUNCTION {s}.es_insert_events_text(events {s}.stored_event_text[]) RETURNS SETOF bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '30s' AS $$
  BEGIN
    LOCK TABLE {s}.inblue_events IN EXCLUSIVE MODE;
    NOTIFY inblue_events;
    RETURN QUERY INSERT INTO {s}.inblue_events AS t (originator_id, originator_version, topic, state)
      SELECT e.originator_id, e.originator_version, e.topic, e.state FROM unnest(events) WITH ORDINALITY AS e
        (originator_id, originator_version, topic, state, place) ORDER BY place
      RETURNING t.notification_id;
  END $$;
REVOKE ALL ON FUNCTION {s}.es_insert_events_text FROM PUBLIC;
"""

_NODES = "INSERT INTO {s}.inblue_node SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"
_NODES_AND_HEAD = f"""
WITH nodes AS ({_NODES}),
head AS (INSERT INTO {{s}}.inblue_head VALUES (1, %s, %s, %s) ON CONFLICT (id) DO UPDATE
  SET size = excluded.size, position = excluded.position, note = excluded.note)
INSERT INTO {{s}}.inblue_tracking VALUES (%s, %s) ON CONFLICT (application_name) DO UPDATE
  SET notification_id = excluded.notification_id
"""  # noqa: S608 - ours
"""One statement, so that no lock of it waits for the client. What steps back is refused by the head's trigger."""

_again = retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
"""As the library does: what a lost connection broke is done again, and finds out what the first try left."""


class PostgresLog(PostgresTrackingRecorder):
    """The log's nodes and head in the ledger's own schema (:class:`inblue.ledger.log.LogStore`)."""

    @_again
    def head(self) -> Head | None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        rows = self._select("SELECT size, position, note FROM {s}.inblue_head WHERE id = 1")
        return Head(rows[0]["size"], rows[0]["position"], bytes(rows[0]["note"])) if rows else None

    def node(self, node: NodeId) -> bytes:
        """See :class:`~inblue.ledger.log.LogStore`."""
        found: bytes | None = self.nodes([node]).get(node)
        if found is None:
            raise VerificationError(f"the log's index lacks the node {node}; run inblue verify")
        return found

    @_again
    def nodes(self, wanted: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        rows = self._select(
            "SELECT level, idx, hash FROM {s}.inblue_node JOIN unnest(%s::smallint[], %s::bigint[]) AS w (level, idx) "
            "USING (level, idx)",
            [level for level, _ in wanted],
            [index for _, index in wanted],
        )
        return {(row["level"], row["idx"]): bytes(row["hash"]) for row in rows}

    @_again
    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        query = "SELECT hash FROM {s}.inblue_node WHERE level = 0 AND idx >= %s ORDER BY idx LIMIT %s"
        return [bytes(row["hash"]) for row in self._select(query, start, limit)]

    @_again
    def advance(self, nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        columns = [level for level, _ in nodes], [index for _, index in nodes], list(nodes.values())
        try:
            with self.datastore.get_connection() as connection:
                if head is None:
                    connection.execute(self._sql(_NODES), columns)
                else:
                    connection.execute(self._sql(_NODES_AND_HEAD), (*columns, *head, TRACKED, head.position))
        except IntegrityError:
            raise ConflictError("these leaves are in the log already") from None

    @_again
    def stamps(self, size: int | None = None) -> Sequence[Stamp]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self._stamps("WHERE size = coalesce(%s, size)", size)

    @_again
    def latest_stamps(self) -> Sequence[Stamp]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self._stamps("WHERE size = (SELECT max(size) FROM {s}.inblue_stamp)")

    def _stamps(self, where: str, *given: int | None) -> Sequence[Stamp]:
        rows = self._select("SELECT * FROM {s}.inblue_stamp " + where + " ORDER BY size, id", *given)  # noqa: S608 - ours
        return [Stamp(r["size"], r["authority"], bytes(r["note"]), bytes(r["query"]), bytes(r["token"])) for r in rows]

    @_again
    def keep_stamp(self, stamp: Stamp) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        self._insert("inblue_stamp (size, authority, note, query, token) VALUES (%s, %s, %s, %s, %s)", *stamp)

    @_again
    def cosigned(self, *, after: int = 0, last: int | None = None) -> Sequence[tuple[int, bytes]]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        if last is not None:
            sizes = "SELECT DISTINCT size FROM {s}.inblue_cosignature ORDER BY size DESC LIMIT 1 OFFSET %s"
            after = max([after, *(row["size"] for row in self._select(sizes, last))])
        return with_lines(self._cosignatures(after))

    def cosignatures(self) -> Iterator[tuple[int, bytes, str]]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self._cosignatures(0)

    def _cosignatures(self, after: int) -> Iterator[tuple[int, bytes, str]]:
        query = "SELECT size, note, line FROM {s}.inblue_cosignature WHERE size > %s ORDER BY size, line"
        for row in self._select(query, after):
            yield row["size"], bytes(row["note"]), bytes(row["line"]).decode()

    @_again
    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        self._insert("inblue_cosignature (size, note, line) VALUES (%s, %s, %s)", size, note, line.encode())

    def _sql(self, query: str) -> Composed:
        return SQL(cast("Any", query)).format(s=Identifier(self.datastore.schema))

    def _select(self, query: str, *given: object) -> list[DictRow]:
        with self.datastore.get_connection() as connection, connection.cursor() as c:
            return c.execute(self._sql(query), given).fetchall()

    def _insert(self, row: str, *given: object) -> None:
        with self.datastore.get_connection() as connection, connection.cursor() as c:
            c.execute(self._sql("INSERT INTO {s}." + row + " ON CONFLICT DO NOTHING"), given)


class _Recorder(PostgresApplicationRecorder):
    """The library's, without its own function, which inserts unlocked."""

    def __init__(self, datastore: PostgresDatastore, *, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name=events_table_name)
        del self.sql_create_statements[self.create_insert_function_statement_index]


class _Datastore(PostgresDatastore):
    """The library's, with every libpq parameter passed on, and commits that are on disk when they return."""

    def __init__(self, address: PostgresAddress, schema: str, *, read_only: bool) -> None:
        super().__init__(
            *("", "", "", "", ""),
            idle_in_transaction_session_timeout=_SECONDS,
            schema=schema,
            originator_id_type="text",
            enable_db_functions=True,
        )
        self._read_only = read_only
        self.pool = ConnectionPool(
            connection_class=Connection[DictRow],
            kwargs={**_parameters(address), "row_factory": dict_row},
            min_size=1,
            max_size=_CONNECTIONS,
            open=False,
            configure=self._configured(),
            timeout=10,
        )

    def _configured(self) -> Callable[[Connection[Any]], None]:
        of_the_library, read_only = self.after_connect_func(), self._read_only

        def configure(connection: Connection[Any]) -> None:
            of_the_library(connection)
            connection.execute(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') = 'off'"
            )
            if read_only:
                connection.execute("SET default_transaction_read_only = on")

        return configure


class LedgerPostgresFactory(PostgresFactory):
    """eventsourcing's PostgreSQL factory, for one schema."""

    application_recorder_class = _Recorder

    def __init__(self, address: PostgresAddress, schema: str, *, read_only: bool, create: bool) -> None:
        # The library's own constructor knows five parameters of a connection, and no TLS.
        super(BasePostgresFactory, self).__init__(environment(CREATE_TABLE="yes" if create else "no"))
        self.datastore = _Datastore(address, schema, read_only=read_only)

    def log(self) -> PostgresLog:
        """The log in this schema."""
        return self.tracking_recorder(PostgresLog)


def open_store(address: PostgresAddress, *, read_only: bool) -> Store:
    """The ledger at ``address``.

    Raises:
        LedgerError: no server, no entrance, no ledger there, or one of another version.
    """
    with _connect(address) as connection:
        version = _version_of(connection, address)
    if version is None:
        raise LedgerError(
            f"{address}: there is no ledger in the schema {address.schema}; make one with inblue init, or inblue play"
        )
    if version != _SCHEMA_VERSION:
        raise LedgerError(f"{address}: a ledger of version {version}; this inblue reads version {_SCHEMA_VERSION}")
    factory = LedgerPostgresFactory(address, address.schema, read_only=read_only, create=False)
    return Store(factory, factory.log)


def is_there(address: PostgresAddress) -> bool:
    """Whether the schema is there, whatever is in it.

    Raises:
        LedgerError: no server, or no entrance.
    """
    with _connect(address) as connection:
        found = connection.execute("SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL", [address.schema]).fetchone()
    return bool(found and found[0])


@contextmanager
def new_store(address: PostgresAddress) -> Iterator[Store]:
    """An empty store that is the ledger at ``address`` once the block is over; if it fails, nothing is there.

    It is made in a schema of another name, which gets its own when all is in it. The store is closed by then.

    Raises:
        LedgerError: something is there already, or nothing can be put there.
    """
    partial = f"{address.schema[:40]}_unfinished_{os.urandom(4).hex()}"
    with _connect(address) as connection:
        try:
            _check_is_free(connection, address)
            connection.execute(SQL("CREATE SCHEMA {s}").format(s=Identifier(partial)))
            try:
                yield _filled(connection, address, partial)
                _publish(connection, partial, address.schema)
            except BaseException:
                connection.execute(SQL("DROP SCHEMA IF EXISTS {s} CASCADE").format(s=Identifier(partial)))
                raise
        except psycopg.errors.DuplicateSchema:
            raise LedgerError(_taken(address)) from None
        except psycopg.Error as error:
            raise LedgerError(f"{address}: cannot be created: {_said(address, error)}") from None


def _filled(connection: Connection[Any], address: PostgresAddress, schema: str) -> Store:
    """The tables of an empty ledger, in ``schema``."""
    factory = LedgerPostgresFactory(address, schema, read_only=False, create=True)
    factory.application_recorder()
    factory.log()
    s = Identifier(schema)
    with connection.transaction():
        _run(connection, _TABLES, s=s, version=SQL(cast("Any", str(_SCHEMA_VERSION))))
        for table, what, why in _REFUSED:
            words = {"what": SQL(cast("Any", what)), "why": psycopg.sql.Literal(why)}
            _run(connection, _REFUSING, s=s, table=Identifier(table), **words)
        _run(connection, _GROWING, s=s)
        _run(connection, _INSERTING, s=s)
    return Store(factory, factory.log)


def _publish(connection: Connection[Any], partial: str, schema: str) -> None:
    with connection.transaction():
        _run(connection, "ALTER SCHEMA {partial} RENAME TO {s}", partial=Identifier(partial), s=Identifier(schema))
        _run(connection, _INSERTING, s=Identifier(schema))  # it names its table by the schema


def _run(connection: Connection[Any], query: str, **parts: Any) -> None:
    connection.execute(SQL(cast("Any", query)).format(**parts))


def _check_is_free(connection: Connection[Any], address: PostgresAddress) -> None:
    found = connection.execute(
        "SELECT quote_ident(%(s)s) = %(s)s, to_regnamespace(quote_ident(%(s)s)) IS NULL", {"s": address.schema}
    ).fetchone()
    assert found is not None  # noqa: S101 - a SELECT without FROM has one row
    plain, free = found
    if not plain:
        raise LedgerError(f"schema: {address.schema} is a word of SQL's; choose another")
    if not free:
        raise LedgerError(_taken(address))


def _taken(address: PostgresAddress) -> str:
    return f"{address}: the schema {address.schema} is there already; nothing was changed. Name another with ?schema="


def _version_of(connection: Connection[Any], address: PostgresAddress) -> int | None:
    """The version that the ledger in the schema says it is, or None where there is none."""
    table = Identifier(address.schema, "inblue_ledger")
    try:
        row = connection.execute(SQL("SELECT version FROM {t} WHERE id = 1").format(t=table)).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    except psycopg.Error as error:
        raise LedgerError(f"{address}: cannot be read: {_said(address, error)}") from None
    return row[0] if row else None


@contextmanager
def _connect(address: PostgresAddress) -> Iterator[Connection[Any]]:
    """One connection, so that what is wrong with it is said at once; the pool would try again for long.

    Raises:
        LedgerError: the server cannot be reached, or lets nobody in.
    """
    parameters = _parameters(address)
    try:
        connection = Connection.connect(**parameters, autocommit=True, row_factory=tuple_row)
    except psycopg.Error as error:
        raise LedgerError(f"{address}: {_said(address, error)}") from None
    with connection:
        yield connection


def _parameters(address: PostgresAddress) -> dict[str, Any]:
    """What libpq is told. Where the ledger is, and how it is written, is what the address says.

    A variable such as PGHOST or PGOPTIONS does not change that. Credentials and TLS settings that the address leaves
    out are looked for where libpq always does: PGPASSWORD, PGPASSFILE, PGSSLROOTCERT and their like.

    Raises:
        LedgerError: libpq cannot read the address.
    """
    try:
        given = conninfo_to_dict(address.uri)
    except psycopg.Error as error:
        raise LedgerError(f"{address}: {_said(address, error)}") from None
    fixed = {} if "service" in given else {"host": "", "port": "5432", "options": ""}
    return {**fixed, "connect_timeout": "10", "fallback_application_name": APPLICATION, **given}


def _said(address: PostgresAddress, error: psycopg.Error) -> str:
    """The first line of an error, without passwords."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return address.redact(lines[0])
