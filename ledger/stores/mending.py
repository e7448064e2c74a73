"""Deletes rows of a store that no head covers, as its owner: the only place where anything is deleted.

The triggers that forbid it are dropped and restored within one exclusive transaction. :mod:`..operations.mend` decides
what is deleted, and why; here it is only found by its row, and deleted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast
from urllib.parse import quote

from ..errors import Busy, UnusableError, needs
from ..log.log import Head, Stamp
from ..process import limits
from ..standards.merkle import NodeId
from .address import Address, PostgresAddress
from .mapper import blob, number
from .sqlite_form import confine

Row: TypeAlias = int | str
"""A store's own id of a row."""


@dataclass
class Removal:
    """What to delete: rows by number, nodes; and the nodes and the head that replace the old ones.

    ``head`` replaces the current one if ``replaces_head``; None then leaves the log without a head.
    """

    entries: list[int] = field(default_factory=list)
    stamps: list[Row] = field(default_factory=list)
    cosignatures: list[Row] = field(default_factory=list)
    nodes: list[NodeId] = field(default_factory=list)
    write: dict[NodeId, bytes] = field(default_factory=dict)
    replaces_head: bool = False
    head: Head | None = None


class Mender(Protocol):
    """A store, with the operations for its owner to mend it."""

    def stray(self) -> Sequence[tuple[int, str, int, str, bytes]]:
        """Rows of entries at positions that no entry can have: position, stream, version, kind, bytes."""

    def stamps(self) -> Iterator[tuple[Row, Stamp]]:
        """Every timestamp with its row."""

    def cosignatures(self) -> Iterator[tuple[Row, int, bytes, bytes]]:
        """Every cosignature with its row: size, note, line."""

    def remove(self, removal: Removal, head: Head | None, last: int) -> None:
        """Delete all of it, or nothing; ``head`` and ``last`` position are those that the decision was based on.

        Raises:
            Busy: others have written meanwhile.
            UnusableError: the caller may not, or the database refuses.
        """


def mender(address: Address) -> Mender:
    """The store at ``address``, opened separately for each operation."""
    return _Postgres(address) if isinstance(address, PostgresAddress) else _SQLite(address)


_MEANWHILE = "something was written meanwhile; nothing was taken out. Try again"
_GUARDED = ("stored_events", "inblue_node", "inblue_stamp", "inblue_cosignature", "inblue_head")


class _SQLite:
    def __init__(self, path: Path) -> None:
        self._path = path

    def _connect(self) -> closing[sqlite3.Connection]:
        uri = f"file:{quote(str(self._path.absolute()))}?mode=rw"
        try:
            connection = sqlite3.connect(uri, uri=True, timeout=limits().lock, isolation_level=None)
            confine(connection)
            for pragma in ("synchronous = FULL", "fullfsync = 1"):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error as error:
            raise UnusableError(f"{self._path}: cannot be written: {error}") from None
        return closing(connection)

    def stray(self) -> Sequence[tuple[int, str, int, str, bytes]]:
        query = "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events WHERE rowid < 1"
        with self._connect() as c:
            return [(row[0], str(row[1]), number(row[2]), str(row[3]), blob(row[4])) for row in c.execute(query)]

    def stamps(self) -> Iterator[tuple[Row, Stamp]]:
        query = "SELECT id, size, authority, note, query, token FROM inblue_stamp ORDER BY id"
        with self._connect() as c:
            for row, size, authority, *blobs in c.execute(query):
                note, asked, token = map(blob, blobs)
                yield row, Stamp(number(size), str(authority), note, asked, token)

    def cosignatures(self) -> Iterator[tuple[Row, int, bytes, bytes]]:
        with self._connect() as c:
            for size, line, note in c.execute("SELECT size, line, note FROM inblue_cosignature ORDER BY size, line"):
                yield _row_of(size, line), number(size), blob(note), blob(line)

    def remove(self, removal: Removal, head: Head | None, last: int) -> None:
        try:
            with self._connect() as c:
                c.execute("BEGIN IMMEDIATE")
                try:
                    self._check(c, head, last)
                    self._apply(c, removal)
                except BaseException:
                    c.execute("ROLLBACK")
                    raise
                c.execute("COMMIT")
        except sqlite3.Error as error:
            raise UnusableError(f"the database refused to take it out: {error}") from None

    def _check(self, c: sqlite3.Connection, head: Head | None, last: int) -> None:
        found = c.execute("SELECT size, position, note FROM inblue_head WHERE id = 1").fetchone()
        (at,) = c.execute("SELECT max(rowid) FROM stored_events").fetchone()
        now = Head(number(found[0]), number(found[1]), blob(found[2])) if found else None
        if (now, at or 0) != (head, last):
            raise Busy(_MEANWHILE)

    def _apply(self, c: sqlite3.Connection, removal: Removal) -> None:
        names = ", ".join("?" * len(_GUARDED))
        query = f"SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN ({names})"  # noqa: S608
        triggers = c.execute(query, _GUARDED).fetchall()
        for name, _ in triggers:
            quoted = str(name).replace('"', '""')
            c.execute(f'DROP TRIGGER "{quoted}"')
        c.executemany("DELETE FROM stored_events WHERE rowid = ?", [(each,) for each in removal.entries])
        c.executemany("DELETE FROM inblue_stamp WHERE id = ?", [(each,) for each in removal.stamps])
        doomed = set(removal.cosignatures)
        for size, line in c.execute("SELECT size, line FROM inblue_cosignature").fetchall() if doomed else ():
            if _row_of(size, line) in doomed:
                c.execute("DELETE FROM inblue_cosignature WHERE size IS ? AND line IS ?", (size, line))
        gone = [*removal.nodes, *removal.write]
        c.executemany("DELETE FROM inblue_node WHERE level IS ? AND idx IS ?", gone)
        written = [(*node, hashed) for node, hashed in removal.write.items()]
        c.executemany("INSERT INTO inblue_node VALUES (?, ?, ?)", written)
        if removal.replaces_head:
            c.execute("DELETE FROM inblue_head")
            if removal.head is not None:
                c.execute("INSERT INTO inblue_head VALUES (1, ?, ?, ?)", removal.head)
        for _, sql in triggers:
            c.execute(sql)


def _row_of(size: object, line: object) -> str:
    return f"{size!r} {line!r}"


class _Postgres:
    def __init__(self, address: PostgresAddress) -> None:
        self._address = address

    def _connect(self) -> Any:
        with needs("postgresql", "a ledger in PostgreSQL"):
            from .postgres_server import connect

        return connect(self._address)

    def _sql(self, query: str) -> Any:
        from psycopg.sql import SQL, Identifier

        return SQL(cast("Any", query)).format(s=Identifier(self._address.schema))

    def stray(self) -> Sequence[tuple[int, str, int, str, bytes]]:
        return []  # the server numbers the rows

    def stamps(self) -> Iterator[tuple[Row, Stamp]]:
        query = "SELECT id, size, authority, note, query, token FROM {s}.inblue_stamp ORDER BY id"
        with self._connect() as c:
            for row, size, authority, *blobs in c.execute(self._sql(query)):
                note, asked, token = map(bytes, blobs)
                yield row, Stamp(size, authority, note, asked, token)

    def cosignatures(self) -> Iterator[tuple[Row, int, bytes, bytes]]:
        query = "SELECT size || ' ' || encode(sha256(line), 'hex'), size, note, line FROM {s}.inblue_cosignature"
        with self._connect() as c:
            for row, size, note, line in c.execute(self._sql(query + " ORDER BY size, line")):
                yield row, size, bytes(note), bytes(line)

    def remove(self, removal: Removal, head: Head | None, last: int) -> None:
        import psycopg

        try:
            with self._connect() as c, c.transaction():
                self._check(c, head, last)
                self._apply(c, removal)
        except psycopg.errors.InsufficientPrivilege:
            raise UnusableError(
                f"{self._address}: only the owner of the ledger's tables may take rows out of them; connect as the "
                "role that made the ledger"
            ) from None
        except psycopg.errors.LockNotAvailable:
            raise Busy(_MEANWHILE) from None
        except psycopg.Error as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise UnusableError(f"the database refused to take it out: {self._address.redact(lines[0])}") from None

    def _check(self, c: Any, head: Head | None, last: int) -> None:
        c.execute(self._sql(f"SET LOCAL lock_timeout = {round(limits().lock * 1000)}"))
        tables = ", ".join("{s}." + each for each in _TABLES)
        c.execute(self._sql(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))
        found = c.execute(self._sql("SELECT size, position, note FROM {s}.inblue_head WHERE id = 1")).fetchone()
        (at,) = c.execute(self._sql("SELECT max(notification_id) FROM {s}.inblue_events")).fetchone()
        now = Head(found[0], found[1], bytes(found[2])) if found else None
        if (now, at or 0) != (head, last):
            raise Busy(_MEANWHILE)

    def _apply(self, c: Any, removal: Removal) -> None:
        for table in _TABLES:
            c.execute(self._sql(f"ALTER TABLE {{s}}.{table} DISABLE TRIGGER USER"))
        run = c.cursor().executemany
        run(self._sql("DELETE FROM {s}.inblue_events WHERE notification_id = %s"), [(e,) for e in removal.entries])
        run(self._sql("DELETE FROM {s}.inblue_stamp WHERE id = %s"), [(each,) for each in removal.stamps])
        gone = "DELETE FROM {s}.inblue_cosignature WHERE size || ' ' || encode(sha256(line), 'hex') = %s"
        run(self._sql(gone), [(each,) for each in removal.cosignatures])
        nodes = [*removal.nodes, *removal.write]
        run(self._sql("DELETE FROM {s}.inblue_node WHERE level = %s AND idx = %s"), nodes)
        written = [(*node, hashed) for node, hashed in removal.write.items()]
        run(self._sql("INSERT INTO {s}.inblue_node VALUES (%s, %s, %s)"), written)
        if removal.replaces_head:
            c.execute(self._sql("DELETE FROM {s}.inblue_head"))
            if removal.head is not None:
                c.execute(self._sql("INSERT INTO {s}.inblue_head VALUES (1, %s, %s, %s)"), removal.head)
        for table, trigger in _TRIGGERS:
            c.execute(self._sql(f"ALTER TABLE {{s}}.{table} ENABLE ALWAYS TRIGGER {trigger}"))


_TABLES = ("inblue_events", "inblue_node", "inblue_stamp", "inblue_cosignature", "inblue_head")
_TRIGGERS = (*((table, "inblue_refuse") for table in _TABLES), ("inblue_head", "inblue_grow"))
