"""The log's nodes, head, timestamps and cosignatures in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.utils import retry
from psycopg import Connection, errors
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier

from ..entries.entry import REGISTER_STREAM
from ..errors import Broken, Busy, UnreachableError
from ..log.log import Edge, Head, Look, Outlook, Stamp
from ..process import limits
from ..standards.merkle import NodeId
from .mapper import entry_in
from .postgres_server import ONLY_READS, TIMELINE, begin, check_confirmed, check_timeline, transaction
from .store import TRACKED, with_lines

again = retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
"""The same as the library's retry: after a lost connection the call is repeated, and finds what the first try left."""


_EDGE = """
SELECT array_agg(n.level) AS levels, array_agg(n.idx) AS places, array_agg(n.hash) AS hashes
  FROM (
    SELECT l, (h.size >> l) - 1 FROM generate_series(0, 61) AS l WHERE (h.size >> l) & 1 = 1
    UNION ALL
    SELECT l, (had.last >> l) + 1 FROM (VALUES (%s::bigint - 1)) AS had (last), generate_series(0, 61) AS l
      WHERE had.last >= 0 AND (had.last >> l) & 1 = 0 AND (had.last >> l) + 2 <= h.size >> l
  ) AS wanted (level, idx) JOIN {s}.inblue_node AS n ON n.level = wanted.level AND n.idx = wanted.idx
"""
"""The peaks, and the nodes that show that the tree extends the known one: those to the right of its edge."""
_LATEST = "SELECT max(s.size) FROM {s}.inblue_stamp AS s, {s}.inblue_head AS g WHERE g.id = 1 AND s.size <= g.size"
_BEYOND = """
SELECT n.level, n.idx FROM generate_series(0, 62) AS l
  JOIN {s}.inblue_node AS n ON n.level = l AND (n.idx >= %s::bigint >> l OR n.idx < 0)
UNION ALL SELECT level, idx FROM {s}.inblue_node WHERE level < 0 OR level > 62 LIMIT %s
"""
_LOOK = f"""
WITH known (stream, version) AS (VALUES {{known}})
SELECT h.size, h.position, h.note, p.*, b.*, (SELECT max(notification_id) FROM {{s}}.inblue_events) AS last,
  ARRAY(SELECT id FROM {{s}}.inblue_stamp WHERE size = ({_LATEST}) ORDER BY id) AS stamps
  FROM (VALUES (1)) AS one (id) LEFT JOIN {{s}}.inblue_head AS h ON h.id = one.id
  LEFT JOIN LATERAL ({_EDGE} WHERE h.note <> %b) AS p ON true
  LEFT JOIN LATERAL (
    SELECT array_agg(e.notification_id) AS positions, array_agg(e.originator_id) AS streams,
      array_agg(e.originator_version) AS versions, array_agg(e.topic) AS kinds, array_agg(e.state) AS states
    FROM (
      SELECT e.* FROM known, {{s}}.inblue_events AS e
        WHERE e.originator_id = known.stream AND e.originator_version > known.version
        ORDER BY e.originator_id, e.originator_version
    ) AS e
  ) AS b ON true
"""  # noqa: S608 - ours
"""One statement, so that the result is of one instant, and takes one round trip."""
_NODES = """
SELECT n.level, n.idx, n.hash FROM unnest(%s::smallint[], %s::bigint[]) AS wanted (level, idx)
  JOIN {s}.inblue_node AS n ON n.level = wanted.level AND n.idx = wanted.idx
"""
_INSERT = f"SELECT * FROM ({TIMELINE}) AS t, {{s}}.inblue_insert(%s, %s, %s)"  # noqa: S608 - ours
_INSERT_ONE = f"SELECT * FROM ({TIMELINE}) AS t, {{s}}.inblue_insert(ARRAY[ROW()::{{s}}.stored_event_text], "  # noqa: S608


def _edge(row: DictRow) -> Edge | None:
    if row["size"] is None:
        return None
    nodes = zip(row["levels"] or (), row["places"] or (), row["hashes"] or (), strict=True)
    found = {(level, place): bytes(hashed) for level, place, hashed in nodes}
    return Head(row["size"], row["position"], bytes(row["note"])), found


@cache
def composed(query: str, schema: str, **parts: str) -> bytes:
    """Fill one of our queries with the tables of a schema."""
    written = {name: SQL(cast("Any", part)) for name, part in parts.items()}
    return SQL(cast("Any", query)).format(s=Identifier(schema), **written).as_bytes()


def look_over(connection: Connection[DictRow], schema: str, versions: Mapping[str, int], known: Head | None) -> Outlook:
    """The outlook as seen by this connection; see :data:`..log.log.Look`."""
    places = list(versions.items()) or [("", 0)]
    query = composed(_LOOK, schema, known=", ".join(["(%s::text, %s::bigint)"] * len(places)))
    had = (known.size, known.note) if known else (0, b"")
    given = (*(part for place in places for part in place), *had)
    row = connection.execute(query, given, prepare=True, binary=True).fetchone()
    assert row is not None  # noqa: S101 - a row of VALUES with what is joined to it
    columns = (row[name] or () for name in ("positions", "streams", "versions", "kinds", "states"))
    return Outlook(_edge(row), row["last"] or 0, tuple(row["stamps"]), list(map(entry_in, *columns)))


def insert(
    connection: Connection[DictRow],
    schema: str,
    parts: Sequence[Sequence[StoredEvent]],
    row: Callable[..., Any],
    known: bytes,
    seconds: float,
) -> tuple[list[int], Look]:
    """Begin a transaction and insert in it, part by part; it has exclusive access to the store from here on.

    It waits up to ``seconds`` for another transaction.

    ``row`` makes the composite type of an event; ``known`` is the note of a known head. Returns the positions, and a
    look, which need not query the log's edge again.
    """
    first, *others = ([(str(e.originator_id), e.originator_version, e.topic, e.state) for e in part] for part in parts)
    query, begins = composed(_INSERT, schema), begin(connection, seconds)

    def insert_many(rows: Sequence[tuple[str, int, str, bytes]]) -> DictRow | None:
        given = ([row(*each) for each in rows], known, REGISTER_STREAM)
        return connection.execute(query, given, prepare=True).fetchone()

    try:
        if len(first) == 1:
            ((stream, version, kind, state),) = first
            row_of_it = f"ROW({_text(stream)}, {version:d}, {_text(kind)}, {_bytes(state)})"
            inserting, end = composed(_INSERT_ONE, schema).decode().split("ROW()")
            given = f"{end}{_bytes(known)}, {_text(REGISTER_STREAM)})"
            cursor = connection.execute(f"{begins}; {inserting}{row_of_it}{given}".encode())
            while cursor.nextset():
                pass
            found = cursor.fetchone()
        else:
            connection.execute(begins)
            found = insert_many(first)
    except (errors.ReadOnlySqlTransaction, errors.ObjectNotInPrerequisiteState):  # the lock, in a replica
        raise UnreachableError(ONLY_READS) from None
    assert found is not None  # noqa: S101 - a function with OUT parameters gives a row
    check_timeline(found)
    positions: list[int] = found["positions"]
    for rows in others:
        positions += (insert_many(rows) or {})["positions"]

    def look(versions: Mapping[str, int], head: Head | None) -> Outlook:
        unchanged = found["note"] == (head.note if head else None)
        news = any(stream != REGISTER_STREAM or found["version"] != version for stream, version in versions.items())
        if not unchanged and (found["levels"] is None or news):
            return look_over(connection, schema, versions, head)
        return Outlook(_edge(found), positions[-1], (), [])

    return positions, look


def _text(value: str) -> str:
    return f"convert_from({_bytes(value.encode())}, 'UTF8')"


def _bytes(value: bytes) -> str:
    """A literal.

    Several statements in one round trip cannot have parameters; hex digits cannot break out of a literal.
    """
    return f"decode('{value.hex()}', 'hex')"


def put(
    connection: Connection[Any], schema: str, nodes: Mapping[NodeId, bytes], head: Head | None, *, commit: bool = False
) -> None:
    """Write nodes and head in the connection's current transaction, and perhaps end it.

    It takes one round trip, so that no lock waits for the client. The head's trigger refuses to move backwards.
    """
    levels, places = (",".join(str(node[of]) for node in nodes) for of in (0, 1))
    after = f"{head.size}, {head.position}, {_bytes(head.note)}" if head else "NULL, NULL, NULL"
    query = composed("SELECT {s}.inblue_cover", schema).decode()
    given = f"('{{{levels}}}', '{{{places}}}', {_bytes(b''.join(nodes.values()))}, {after}, '{TRACKED}')"
    connection.execute((query + given + ("; COMMIT" if commit else "")).encode())


class PostgresLog(PostgresTrackingRecorder):
    """The log's nodes and head in the ledger's own schema (:class:`..log.log.LogStore`)."""

    @again
    def head(self) -> Head | None:
        """See :class:`..log.log.LogStore`."""
        rows = self._select("SELECT size, position, note FROM {s}.inblue_head WHERE id = 1")
        return Head(rows[0]["size"], rows[0]["position"], bytes(rows[0]["note"])) if rows else None

    @again
    def node(self, node: NodeId) -> bytes:
        """See :class:`..log.log.LogStore`."""
        rows = self._select("SELECT hash FROM {s}.inblue_node WHERE level = %s AND idx = %s", *node)
        if not rows:
            raise Broken(f"the log's index lacks the node {node}; run inblue verify")
        return bytes(rows[0]["hash"])

    @again
    def nodes(self, wanted: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """See :class:`..log.log.LogStore`."""
        rows = self._select(_NODES, [level for level, _ in wanted], [index for _, index in wanted])
        return {(row["level"], row["idx"]): bytes(row["hash"]) for row in rows}

    @again
    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`..log.log.LogStore`."""
        query = "SELECT hash FROM {s}.inblue_node WHERE level = 0 AND idx >= %s ORDER BY idx LIMIT %s"
        return [bytes(row["hash"]) for row in self._select(query, start, limit)]

    @again
    def beyond(self, size: int, limit: int) -> Sequence[NodeId]:
        """See :class:`..log.log.LogStore`."""
        return [(row["level"], row["idx"]) for row in self._select(_BEYOND, size, limit)]

    @again
    def advance(self, nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """See :class:`..log.log.LogStore`."""
        try:
            with self.datastore.get_connection() as connection, transaction(connection):
                connection.execute(begin(connection, limits().lock).encode())
                check_timeline(connection.execute(self._sql(TIMELINE)).fetchone() or {})
                put(connection, self.datastore.schema, nodes, head, commit=True)
                check_confirmed(connection)
        except IntegrityError:
            raise Busy("these leaves are in the log already") from None

    @again
    def stamps(self, size: int | None = None) -> Sequence[Stamp]:
        """See :class:`..log.log.LogStore`."""
        return self._stamps("WHERE size = coalesce(%s, size)", size)

    @again
    def latest_stamps(self) -> Sequence[Stamp]:
        """See :class:`..log.log.LogStore`."""
        return self._stamps(f"WHERE size = ({_LATEST})")

    def _stamps(self, where: str, *given: int | None) -> Sequence[Stamp]:
        rows = self._select("SELECT * FROM {s}.inblue_stamp " + where + " ORDER BY size, id", *given)  # noqa: S608 - ours
        return [Stamp(r["size"], r["authority"], bytes(r["note"]), bytes(r["query"]), bytes(r["token"])) for r in rows]

    @again
    def keep_stamp(self, stamp: Stamp) -> None:
        """See :class:`..log.log.LogStore`."""
        self._insert("inblue_stamp (size, authority, note, query, token) VALUES (%s, %s, %s, %s, %s)", *stamp)

    @again
    def cosigned(self, *, after: int = 0, last: int | None = None) -> Sequence[tuple[int, bytes]]:
        """See :class:`..log.log.LogStore`."""
        if last is not None:
            sizes = "SELECT DISTINCT size FROM {s}.inblue_cosignature ORDER BY size DESC LIMIT 1 OFFSET %s"
            after = max([after, *(row["size"] for row in self._select(sizes, last))])
        return with_lines(self._cosignatures(after))

    def cosignatures(self) -> Iterator[tuple[int, bytes, str]]:
        """See :class:`..log.log.LogStore`."""
        return self._cosignatures(0)

    def _cosignatures(self, after: int) -> Iterator[tuple[int, bytes, str]]:
        query = "SELECT size, note, line FROM {s}.inblue_cosignature WHERE size > %s ORDER BY size, line"
        for row in self._select(query, after):
            yield row["size"], bytes(row["note"]), bytes(row["line"]).decode("utf-8", "surrogateescape")

    @again
    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """See :class:`..log.log.LogStore`."""
        self._insert(
            "inblue_cosignature (size, note, line) VALUES (%s, %s, %s)",
            size,
            note,
            line.encode("utf-8", "surrogateescape"),
        )

    def _sql(self, query: str) -> bytes:
        return composed(query, self.datastore.schema)

    def _select(self, query: str, *given: object) -> list[DictRow]:
        with self.datastore.get_connection() as connection:
            return connection.execute(self._sql(query), given, prepare=True).fetchall()

    def _insert(self, row: str, *given: object) -> None:
        with self.datastore.get_connection() as connection, connection.cursor() as c:
            c.execute(self._sql("INSERT INTO {s}." + row + " ON CONFLICT DO NOTHING"), given)
