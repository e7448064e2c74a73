"""The log's nodes, head, timestamps and cosignatures in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.utils import retry
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier

from .errors import ConflictError, VerificationError
from .log import Edge, Head, Stamp
from .merkle import NodeId
from .storage import TRACKED, with_lines

_NODES = "INSERT INTO {s}.inblue_node SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])"
_NODES_AND_HEAD = f"""
WITH nodes AS ({_NODES}),
head AS (INSERT INTO {{s}}.inblue_head VALUES (1, %s, %s, %s) ON CONFLICT (id) DO UPDATE
  SET size = excluded.size, position = excluded.position, note = excluded.note)
INSERT INTO {{s}}.inblue_tracking VALUES (%s, %s) ON CONFLICT (application_name) DO UPDATE
  SET notification_id = excluded.notification_id
"""  # noqa: S608 - ours
"""One statement, so that no lock of it waits for the client. What steps back is refused by the head's trigger."""

again = retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
"""As the library does: what a lost connection broke is done again, and finds out what the first try left."""


_EDGE = """
SELECT h.size, h.position, h.note, n.level, n.idx, n.hash FROM {s}.inblue_head AS h
  LEFT JOIN generate_series(0, 61) AS bit (l) ON (h.size >> bit.l) & 1 = 1
  LEFT JOIN {s}.inblue_node AS n ON n.level = bit.l AND n.idx = (h.size >> bit.l) - 1 WHERE h.id = 1
"""


@cache
def _composed(query: str, schema: str) -> bytes:
    return SQL(cast("Any", query)).format(s=Identifier(schema)).as_bytes()


class PostgresLog(PostgresTrackingRecorder):
    """The log's nodes and head in the ledger's own schema (:class:`inblue.ledger.log.LogStore`)."""

    @again
    def head(self) -> Head | None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        rows = self._select("SELECT size, position, note FROM {s}.inblue_head WHERE id = 1")
        return Head(rows[0]["size"], rows[0]["position"], bytes(rows[0]["note"])) if rows else None

    @again
    def edge(self) -> Edge | None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        with self.datastore.get_connection() as connection:
            return self.edge_over(connection)

    def edge_over(self, connection: Connection[DictRow]) -> Edge | None:
        """The edge, as this connection sees it."""
        rows = connection.execute(self._sql(_EDGE), prepare=True).fetchall()
        if not rows:
            return None
        peaks = {(row["level"], row["idx"]): bytes(row["hash"]) for row in rows if row["hash"] is not None}
        return Head(rows[0]["size"], rows[0]["position"], bytes(rows[0]["note"])), peaks

    @again
    def node(self, node: NodeId) -> bytes:
        """See :class:`~inblue.ledger.log.LogStore`."""
        rows = self._select("SELECT hash FROM {s}.inblue_node WHERE level = %s AND idx = %s", *node)
        if not rows:
            raise VerificationError(f"the log's index lacks the node {node}; run inblue verify")
        return bytes(rows[0]["hash"])

    @again
    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        query = "SELECT hash FROM {s}.inblue_node WHERE level = 0 AND idx >= %s ORDER BY idx LIMIT %s"
        return [bytes(row["hash"]) for row in self._select(query, start, limit)]

    @again
    def advance(self, nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        try:
            with self.datastore.get_connection() as connection:
                self.put(connection, nodes, head)
        except IntegrityError:
            raise ConflictError("these leaves are in the log already") from None

    def put(self, connection: Connection[Any], nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """Write nodes and head in whatever transaction the connection is in."""
        columns = [level for level, _ in nodes], [index for _, index in nodes], list(nodes.values())
        if head is None:
            connection.execute(self._sql(_NODES), columns)
        else:
            connection.execute(self._sql(_NODES_AND_HEAD), (*columns, *head, TRACKED, head.position), prepare=True)

    @again
    def stamps(self, size: int | None = None) -> Sequence[Stamp]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self._stamps("WHERE size = coalesce(%s, size)", size)

    @again
    def latest_stamps(self) -> Sequence[Stamp]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self._stamps("WHERE size = (SELECT max(size) FROM {s}.inblue_stamp)")

    def _stamps(self, where: str, *given: int | None) -> Sequence[Stamp]:
        rows = self._select("SELECT * FROM {s}.inblue_stamp " + where + " ORDER BY size, id", *given)  # noqa: S608 - ours
        return [Stamp(r["size"], r["authority"], bytes(r["note"]), bytes(r["query"]), bytes(r["token"])) for r in rows]

    @again
    def keep_stamp(self, stamp: Stamp) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        self._insert("inblue_stamp (size, authority, note, query, token) VALUES (%s, %s, %s, %s, %s)", *stamp)

    @again
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

    @again
    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        self._insert("inblue_cosignature (size, note, line) VALUES (%s, %s, %s)", size, note, line.encode())

    def _sql(self, query: str) -> bytes:
        return _composed(query, self.datastore.schema)

    def _select(self, query: str, *given: object) -> list[DictRow]:
        with self.datastore.get_connection() as connection:
            return connection.execute(self._sql(query), given, prepare=True).fetchall()

    def _insert(self, row: str, *given: object) -> None:
        with self.datastore.get_connection() as connection, connection.cursor() as c:
            c.execute(self._sql("INSERT INTO {s}." + row + " ON CONFLICT DO NOTHING"), given)
