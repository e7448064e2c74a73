"""The databases: eventsourcing's own recorders with what a ledger adds to them. No rule and no signature lives here.

SQLite: every commit is on disk before it is acknowledged, triggers refuse to change or delete an entry (a guard rail,
not the proof), and the file says what it is. Memory: for tests and trials.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from eventsourcing.persistence import ApplicationRecorder, IntegrityError, PersistenceError, Tracking
from eventsourcing.popo import POPOFactory, POPOTrackingRecorder
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
    SQLiteFactory,
    SQLiteTrackingRecorder,
)
from eventsourcing.utils import Environment

from .errors import ConflictError, LedgerError, VerificationError
from .log import Head, Stamp
from .merkle import NodeId

TRACKED = "inblue-log"
_APPLICATION_ID = 0x696E626C  # "inbl", in the SQLite header: what this file is
_SCHEMA_VERSION = 2

_TABLES = """
CREATE TABLE inblue_node (level INTEGER, idx INTEGER, hash BLOB, PRIMARY KEY (level, idx)) WITHOUT ROWID;
CREATE TABLE inblue_head (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER, position INTEGER, note BLOB);
CREATE TABLE inblue_stamp (id INTEGER PRIMARY KEY, size INTEGER, authority TEXT, note BLOB, query BLOB, token BLOB,
  UNIQUE (size, token));
CREATE TABLE inblue_cosignature (size INTEGER, line TEXT, note BLOB, PRIMARY KEY (size, line)) WITHOUT ROWID;
CREATE TRIGGER stored_events_no_update BEFORE UPDATE ON stored_events
  BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER stored_events_no_delete BEFORE DELETE ON stored_events
  BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER inblue_node_no_update BEFORE UPDATE ON inblue_node
  BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
CREATE TRIGGER inblue_node_no_delete BEFORE DELETE ON inblue_node
  BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
CREATE TRIGGER inblue_stamp_no_update BEFORE UPDATE ON inblue_stamp
  BEGIN SELECT RAISE(ABORT, 'timestamps are never changed'); END;
CREATE TRIGGER inblue_stamp_no_delete BEFORE DELETE ON inblue_stamp
  BEGIN SELECT RAISE(ABORT, 'timestamps are never deleted'); END;
CREATE TRIGGER inblue_cosignature_no_update BEFORE UPDATE ON inblue_cosignature
  BEGIN SELECT RAISE(ABORT, 'cosignatures are never changed'); END;
CREATE TRIGGER inblue_cosignature_no_delete BEFORE DELETE ON inblue_cosignature
  BEGIN SELECT RAISE(ABORT, 'cosignatures are never deleted'); END;
CREATE TRIGGER inblue_head_no_delete BEFORE DELETE ON inblue_head
  BEGIN SELECT RAISE(ABORT, 'the head is never deleted'); END;
"""


class MemoryLog(POPOTrackingRecorder):
    """The log's nodes and head in memory (:class:`inblue.ledger.log.LogStore`)."""

    def __init__(self) -> None:
        super().__init__()
        self._nodes: dict[NodeId, bytes] = {}
        self._head: Head | None = None
        self._stamps: list[Stamp] = []
        self._cosignatures: dict[tuple[int, str], bytes] = {}

    def head(self) -> Head | None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self._head

    def node(self, node: NodeId) -> bytes:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self._nodes[node]

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        size = self._head.size if self._head else 0
        return [self._nodes[0, index] for index in range(start, min(size, start + limit))]

    def advance(self, nodes: Iterable[tuple[NodeId, bytes]], head: Head) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        new = dict(nodes)
        with self._database_lock:
            if self._nodes.keys() & new.keys():
                raise ConflictError("these leaves are in the log already")
            self._assert_tracking_uniqueness(Tracking(TRACKED, head.position))
            self._insert_tracking(Tracking(TRACKED, head.position))
            self._nodes.update(new)
            self._head = head

    def stamps(self) -> Sequence[Stamp]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return sorted(self._stamps, key=lambda stamp: stamp.size)

    def keep_stamp(self, stamp: Stamp) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        if stamp not in self._stamps:
            self._stamps.append(stamp)

    def cosigned(self) -> Sequence[tuple[int, bytes]]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return _with_lines((size, line, note) for (size, line), note in sorted(self._cosignatures.items()))

    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        self._cosignatures.setdefault((size, line), note)


class SQLiteLog(SQLiteTrackingRecorder):
    """The log's nodes and head in the ledger's own file (:class:`inblue.ledger.log.LogStore`)."""

    def head(self) -> Head | None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT size, position, note FROM inblue_head WHERE id = 1")
            row = c.fetchone()
        return Head(row["size"], row["position"], bytes(row["note"])) if row else None

    def node(self, node: NodeId) -> bytes:
        """See :class:`~inblue.ledger.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT hash FROM inblue_node WHERE level = ? AND idx = ?", node)
            row = c.fetchone()
        if row is None:
            raise VerificationError(f"the log's index lacks the node {node}; run inblue verify")
        return bytes(row["hash"])

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT hash FROM inblue_node WHERE level = 0 AND idx >= ? ORDER BY idx LIMIT ?", (start, limit))
            return [bytes(row["hash"]) for row in c.fetchall()]

    def advance(self, nodes: Iterable[tuple[NodeId, bytes]], head: Head) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        try:
            with self.datastore.transaction(commit=True) as c:
                for (level, index), hashed in nodes:
                    c.execute("INSERT INTO inblue_node VALUES (?, ?, ?)", (level, index, hashed))
                c.execute(
                    "INSERT INTO inblue_head VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
                    "SET size = excluded.size, position = excluded.position, note = excluded.note",
                    (head.size, head.position, head.note),
                )
                self._insert_tracking(c, Tracking(TRACKED, head.position))
        except IntegrityError:
            raise ConflictError("these leaves are in the log already") from None

    def stamps(self) -> Sequence[Stamp]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT size, authority, note, query, token FROM inblue_stamp ORDER BY size, id")
            return [
                Stamp(r["size"], r["authority"], bytes(r["note"]), bytes(r["query"]), bytes(r["token"]))
                for r in c.fetchall()
            ]

    def keep_stamp(self, stamp: Stamp) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        with self.datastore.transaction(commit=True) as c:
            c.execute(
                "INSERT OR IGNORE INTO inblue_stamp (size, authority, note, query, token) VALUES (?, ?, ?, ?, ?)", stamp
            )

    def cosigned(self) -> Sequence[tuple[int, bytes]]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT size, line, note FROM inblue_cosignature ORDER BY size, line")
            return _with_lines((row["size"], row["line"], bytes(row["note"])) for row in c.fetchall())

    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        with self.datastore.transaction(commit=True) as c:
            c.execute("INSERT OR IGNORE INTO inblue_cosignature VALUES (?, ?, ?)", (size, line, note))


def _with_lines(rows: Iterable[tuple[int, str, bytes]]) -> list[tuple[int, bytes]]:
    """The notes with the lines put behind them; rows of one size stand together."""
    found: dict[int, bytes] = {}
    for size, line, note in rows:
        found[size] = found.get(size, note) + line.encode()
    return list(found.items())


class _DurablePool(SQLiteConnectionPool):
    """Connections whose commits are on disk when they return.

    The library leaves ``synchronous`` at the build's default, which need not be FULL.
    """

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        cursor = connection.cursor()
        for pragma in ("synchronous = FULL", "fullfsync = 1", "checkpoint_fullfsync = 1", "trusted_schema = 0"):
            cursor.execute(f"PRAGMA {pragma}")
        return connection


class DurableSQLiteFactory(SQLiteFactory):
    """eventsourcing's SQLite factory, with durable connections."""

    def __init__(self, env: Environment) -> None:
        super().__init__(env)
        old = self.datastore
        self.datastore = SQLiteDatastore(old.pool.db_name, originator_id_type=old.originator_id_type)
        self.datastore.pool = _DurablePool(db_name=old.pool.db_name, lock_timeout=old.pool.lock_timeout)
        old.close()

    def log(self) -> SQLiteLog:
        """The log in this database."""
        return cast("SQLiteLog", self.tracking_recorder(SQLiteLog))

    def add_tables(self) -> None:
        """Add what a ledger has beside eventsourcing's tables; once, when it is created."""
        with self.datastore.get_connection(commit=True) as connection:
            raw: sqlite3.Connection = connection._sqlite_conn
            raw.executescript(
                f"BEGIN; {_TABLES} PRAGMA application_id = {_APPLICATION_ID}; "
                f"PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;"
            )


class MemoryFactory(POPOFactory):
    """eventsourcing's memory factory."""

    def log(self) -> MemoryLog:
        """The log in memory."""
        return cast("MemoryLog", self.tracking_recorder(MemoryLog))


def sqlite_address(path: Path, *, read_only: bool) -> str:
    """The SQLite URI of a ledger file. A file that cannot be written beside is opened as it lies there."""
    uri = "file:" + quote(str(path.absolute()))
    if not read_only:
        return uri + "?mode=rw"
    frozen = not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    return uri + ("?mode=ro&immutable=1" if frozen else "?mode=ro")


def check_is_ledger(path: Path) -> None:
    """Look at the file's header before anything opens it as a database.

    Raises:
        LedgerError: no file, not SQLite, not a ledger, or a ledger of another version.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise LedgerError(f"{path}: there is no ledger; make one with inblue init, or inblue play") from None
    except OSError as error:
        raise LedgerError(f"{path}: {error.strerror}") from None
    if len(header) < 100 or not header.startswith(b"SQLite format 3\x00"):
        raise LedgerError(f"{path}: this is no ledger (not an SQLite file)")
    if int.from_bytes(header[68:72], "big") != _APPLICATION_ID:
        raise LedgerError(f"{path}: this is no ledger (an SQLite file of something else)")
    version = int.from_bytes(header[60:64], "big")
    if version != _SCHEMA_VERSION:
        raise LedgerError(f"{path}: a ledger of version {version}; this inblue reads version {_SCHEMA_VERSION}")


def rows_behind(
    recorder: ApplicationRecorder, position: int, limit: int
) -> Iterable[tuple[int, str, int, str, object]]:
    """Position, stream, version, kind and state of the events behind ``position``, as they lie there.

    Of SQLite they are read as rows: the library would make two objects of each, in twice the time.
    """
    if isinstance(recorder, SQLiteApplicationRecorder):
        with recorder.datastore.transaction(commit=False) as c:
            c.execute(
                "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events "
                "WHERE rowid > ? ORDER BY rowid LIMIT ?",
                (position, limit),
            )
            return [tuple(row) for row in c.fetchall()]
    found = recorder.select_notifications(position, limit, inclusive_of_start=False)
    return [(n.id, str(n.originator_id), n.originator_version, n.topic, n.state) for n in found]


def position_in(recorder: ApplicationRecorder, stream: str, version: int) -> int | None:
    """The position of an event by its place in its stream, which the library has no question for; None if not there."""
    if isinstance(recorder, SQLiteApplicationRecorder):
        with recorder.datastore.transaction(commit=False) as c:
            c.execute(
                "SELECT rowid FROM stored_events WHERE originator_id = ? AND originator_version = ?", (stream, version)
            )
            row = c.fetchone()
        return None if row is None else int(row[0])
    after = 0
    while page := recorder.select_notifications(after, 1000, inclusive_of_start=False):
        for each in page:
            if (each.originator_id, each.originator_version) == (stream, version):
                return each.id
        after = page[-1].id
    return None


DATABASE_ERRORS: tuple[type[Exception], ...] = (PersistenceError, sqlite3.Error)
"""What the databases raise; nothing above this layer needs to know which one it was."""


def environment(address: str | None, *, create: bool) -> dict[str, Any]:
    """What eventsourcing is told: all of it here, nothing from the process's own environment."""
    common = {"ORIGINATOR_ID_TYPE": "text"}
    if address is None:
        return {**common, "PERSISTENCE_MODULE": "eventsourcing.popo"}
    return {
        **common,
        "PERSISTENCE_MODULE": "eventsourcing.sqlite",
        "SQLITE_DBNAME": address,
        "SQLITE_LOCK_TIMEOUT": "30",
        "CREATE_TABLE": "yes" if create else "no",
    }
