"""The tables of a ledger in PostgreSQL, besides eventsourcing's, their guards, and their privileges.

Three roles, each with the least privileges. The **owner** created the ledger (inblue init) and need not be used again.
A **writer** reads, adds entries by the owner's function, adds the log's nodes, and moves the head forward; it has no
UPDATE, DELETE, TRUNCATE or MAINTAIN on recorded data, and no INSERT on the entries. A **reader** only reads: enough to
verify, audit and export.
"""

from __future__ import annotations

from typing import Any, cast

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier, Literal

from ...domain.errors import Malformed, Refused
from ..errors import UnusableError
from .address import PostgresAddress
from .postgres_server import TAKE_UP, said_by

SCHEMA_VERSION = 2

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

# One writer waits in the lock's queue, at its door; another that finds the door taken retries after some 75 ms, up to
# twenty times, and then queues too. Otherwise eight writers would alternate act by act, each with cold caches.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION {s}.es_insert_events_text(events {s}.stored_event_text[]) RETURNS SETOF bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    ours CONSTANT int := x'696e626c'::int;
    door CONSTANT int := '{s}.inblue_events'::regclass::oid::bigint % 2147483648;
    at_door boolean := false;
  BEGIN
    IF current_setting('lock_timeout') = '0' THEN PERFORM set_config('lock_timeout', '30s', true); END IF;
    BEGIN
      FOR looked IN 1..20 LOOP
        at_door := pg_try_advisory_lock(ours, door);
        EXIT WHEN at_door;
        PERFORM pg_sleep(0.05 + 0.05 * random());
      END LOOP;
      LOCK TABLE {s}.inblue_events IN EXCLUSIVE MODE;
      IF at_door THEN at_door := NOT pg_advisory_unlock(ours, door); END IF;
    EXCEPTION WHEN OTHERS OR query_canceled THEN
      IF at_door THEN PERFORM pg_advisory_unlock(ours, door); END IF;
      RAISE;
    END;
    NOTIFY inblue_events;
    RETURN QUERY INSERT INTO {s}.inblue_events AS t (originator_id, originator_version, topic, state)
      SELECT e.originator_id, e.originator_version, e.topic, e.state FROM unnest(events) WITH ORDINALITY AS e
        (originator_id, originator_version, topic, state, place) ORDER BY place
      RETURNING t.notification_id;
  END $$;
CREATE OR REPLACE FUNCTION {s}.inblue_insert(events {s}.stored_event_text[], known bytea, register text,
    OUT positions bigint[], OUT size bigint, OUT "position" bigint, OUT note bytea,
    OUT levels smallint[], OUT places bigint[], OUT hashes bytea[], OUT version bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    known_last bigint;
  BEGIN
    SELECT array_agg(t.at ORDER BY t.place) INTO positions
      FROM {s}.es_insert_events_text(events) WITH ORDINALITY AS t (at, place);
    SELECT h.size, h.position, h.note INTO size, "position", note FROM {s}.inblue_head AS h WHERE h.id = 1;
    IF note <> known THEN
      known_last := substring(encode(known, 'escape') from '^[^\n]*\n([0-9]{{1,18}})\n')::bigint - 1;
      SELECT array_agg(n.level), array_agg(n.idx), array_agg(n.hash) INTO levels, places, hashes FROM (
          SELECT l, (size >> l) - 1 FROM generate_series(0, 61) AS l WHERE (size >> l) & 1 = 1
          UNION ALL
          SELECT l, (known_last >> l) + 1 FROM generate_series(0, 61) AS l
            WHERE known_last >= 0 AND (known_last >> l) & 1 = 0 AND (known_last >> l) + 2 <= size >> l
        ) AS wanted (level, idx) JOIN {s}.inblue_node AS n ON n.level = wanted.level AND n.idx = wanted.idx;
      SELECT max(e.originator_version) INTO version FROM {s}.inblue_events AS e WHERE e.originator_id = register;
    END IF;
  END $$;
CREATE OR REPLACE FUNCTION {s}.inblue_cover(levels smallint[], places bigint[], hashes bytea,
    size bigint, "position" bigint, note bytea, cursor text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO {s}.inblue_node SELECT levels[i], places[i], substring(hashes from 32 * i - 31 for 32)
      FROM generate_subscripts(levels, 1) AS i;
    IF size IS NOT NULL THEN
      INSERT INTO {s}.inblue_head VALUES (1, size, "position", note) ON CONFLICT (id) DO UPDATE
        SET size = excluded.size, "position" = excluded.position, note = excluded.note;
      INSERT INTO {s}.inblue_tracking VALUES (cursor, "position") ON CONFLICT (application_name) DO UPDATE
        SET notification_id = excluded.notification_id;
    END IF;
  END $$;
REVOKE ALL ON FUNCTION {s}.es_insert_events_text, {s}.inblue_insert, {s}.inblue_cover FROM PUBLIC;
"""


def add_tables(connection: Connection[Any], schema: str) -> None:
    """Add the ledger's objects besides eventsourcing's tables, which exist; once, when it is created."""
    s = Identifier(schema)
    with connection.transaction():
        _run(connection, _TABLES, s=s, version=Literal(SCHEMA_VERSION))
        for table, what, why in _REFUSED:
            words = {"what": SQL(cast("Any", what)), "why": Literal(why)}
            _run(connection, _REFUSING, s=s, table=Identifier(table), **words)
        _run(connection, _GROWING, s=s)
        _run(connection, TAKE_UP, s=s, size=Literal(0))
        _run(connection, _FUNCTIONS, s=s)


def publish(connection: Connection[Any], partial: str, schema: str) -> None:
    """Give the schema ``partial`` its name."""
    with connection.transaction():
        _run(connection, "ALTER SCHEMA {partial} RENAME TO {s}", partial=Identifier(partial), s=Identifier(schema))
        _run(connection, _FUNCTIONS, s=Identifier(schema))  # they name their tables with the schema


def check_free(connection: Connection[Any], address: PostgresAddress) -> None:
    """Make sure that a ledger may be made at ``address``.

    Raises:
        Malformed, Refused: the schema's name is an SQL keyword, or something exists there.
    """
    found = connection.execute(
        "SELECT quote_ident(%(s)s) = %(s)s, to_regnamespace(quote_ident(%(s)s)) IS NULL", {"s": address.schema}
    ).fetchone()
    assert found is not None  # noqa: S101 - a SELECT without FROM has one row
    plain, free = found
    if not plain:
        raise Malformed(f"schema: {address.schema} is a word of SQL's; choose another")
    if not free:
        raise Refused(None, taken(address))


def taken(address: PostgresAddress) -> str:
    """The error for an existing schema."""
    return f"{address}: the schema {address.schema} is there already; nothing was changed. Name another with ?schema="


def version_of(connection: Connection[Any], address: PostgresAddress) -> int | None:
    """The stated version of the ledger in the schema, or None if there is none.

    Raises:
        UnusableError: it cannot be read.
    """
    table = Identifier(address.schema, "inblue_ledger")
    try:
        row = connection.execute(SQL("SELECT version FROM {t} WHERE id = 1").format(t=table)).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None
    except psycopg.Error as error:
        raise UnusableError(f"{address}: cannot be read: {said_by(address, error)}") from None
    return row[0] if row else None


def _run(connection: Connection[Any], query: str, **parts: Any) -> None:
    connection.execute(SQL(cast("Any", query)).format(**parts))


WRITER, READER = "inblue_writer", "inblue_reader"

_ROLES = """\
-- Who may do what to the ledger in the schema {schema}. Run it as the ledger's owner, who must be allowed to create
-- roles, or have the two made beforehand. They cannot log in: grant them to the users who may.
BEGIN;
{make_writer}
{make_reader}
REVOKE ALL ON SCHEMA {schema} FROM PUBLIC;
GRANT USAGE ON SCHEMA {schema} TO {writer}, {reader};
GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {writer}, {reader};
GRANT EXECUTE ON FUNCTION {schema}.es_insert_events_text, {schema}.inblue_insert, {schema}.inblue_cover TO {writer};
GRANT INSERT ON {schema}.inblue_node, {schema}.inblue_head, {schema}.inblue_stamp, {schema}.inblue_cosignature,
  {schema}.inblue_tracking TO {writer};
-- The head and the cursor are the only rows that change; a trigger holds the head to moving forward.
GRANT UPDATE (size, position, note) ON {schema}.inblue_head TO {writer};
GRANT UPDATE (notification_id) ON {schema}.inblue_tracking TO {writer};
COMMIT;
"""

_MAKE_ROLE = """\
DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"""


def roles_sql(schema: str, *, writer: str = WRITER, reader: str = READER) -> str:
    """The SQL that makes the roles ``writer`` and ``reader`` of the ledger in ``schema``, if need be, and grants.

    Raises:
        Malformed: not a role's name, or one name for both.
    """
    if writer == reader:
        raise Malformed("the writer and the reader need a role each")
    return _ROLES.format(
        schema=_quoted(schema),
        writer=_quoted(writer),
        reader=_quoted(reader),
        make_writer=_MAKE_ROLE.format(role=_quoted(writer)),
        make_reader=_MAKE_ROLE.format(role=_quoted(reader)),
    )


def _quoted(name: str) -> str:
    if not 1 <= len(name.encode()) <= 63 or "\0" in name or "$" in name or not name.isprintable():
        raise Malformed(f"{name[:80]!a} cannot be the name of a role")
    return '"' + name.replace('"', '""') + '"'
