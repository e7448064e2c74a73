"""A ledger in one SQLite file, identified by its header."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
    SQLiteTrackingRecorder,
)
from eventsourcing.utils import Environment

from ...domain.errors import Refused
from .. import durable
from ..entries.entry import StoredEntry
from ..errors import Broken, Busy, UnusableError
from ..log.log import Cover, Head, Outlook, Stamp
from ..process import Turn, limits
from ..standards.merkle import NodeId, peak_nodes
from .mapper import blob, entry_in, number, placed
from .sqlite_form import (
    APPLICATION_ID,
    GUARDS,
    SCHEMA_VERSION,
    TABLES,
    add_guards,
    check_form,
    check_header,
    confine,
)
from .store import BEYOND, DATABASE_ERRORS, TRACKED, Batch, Store, environment, with_lines

_BATCH = Batch(1_000, 1 << 23)


_LATEST = "SELECT max(s.size) FROM inblue_stamp AS s, inblue_head AS h WHERE h.id = 1 AND s.size <= h.size"
_BEYOND = """
WITH RECURSIVE tree (level, width) AS (SELECT 0, ?1 UNION ALL SELECT level + 1, width >> 1 FROM tree WHERE level < 62)
SELECT n.level, n.idx FROM tree AS t JOIN inblue_node AS n ON n.level = t.level AND (n.idx >= t.width OR n.idx < 0)
UNION ALL SELECT level, idx FROM inblue_node WHERE level < 0 OR level > 62 LIMIT ?2
"""


class SQLiteLog(SQLiteTrackingRecorder):
    """The log's nodes and head in the ledger's own file (:class:`..log.log.LogStore`)."""

    def head(self) -> Head | None:
        """See :class:`..log.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            return _head(c)

    def node(self, node: NodeId) -> bytes:
        """See :class:`..log.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT hash FROM inblue_node WHERE level = ? AND idx = ?", node)
            row = c.fetchone()
        if row is None:
            raise Broken(f"the log's index lacks the node {node}; run inblue verify")
        return bytes(row["hash"])

    def nodes(self, wanted: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """See :class:`..log.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            return _nodes(c, wanted)

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`..log.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT hash FROM inblue_node WHERE level = 0 AND idx >= ? ORDER BY idx LIMIT ?", (start, limit))
            return [bytes(row["hash"]) for row in c.fetchall()]

    def beyond(self, size: int, limit: int) -> Sequence[NodeId]:
        """See :class:`..log.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(_BEYOND, (size, limit))
            return [(row["level"], row["idx"]) for row in c.fetchall()]

    def advance(self, nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """See :class:`..log.log.LogStore`."""
        try:
            with self.datastore.transaction(commit=True) as c:
                self.put(c, nodes, head)
        except IntegrityError:
            raise Busy("these leaves are in the log already") from None

    def put(self, c: SQLiteCursor, nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """Write nodes and head in a running transaction."""
        c.executemany("INSERT INTO inblue_node VALUES (?, ?, ?)", [(*node, hashed) for node, hashed in nodes.items()])
        if head is not None:
            if (there := _head(c)) is not None and (there.size >= head.size or there.position >= head.position):
                raise IntegrityError("the head only moves forward")
            c.execute(
                "INSERT INTO inblue_head VALUES (1, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
                "SET size = excluded.size, position = excluded.position, note = excluded.note",
                head,
            )
            # With eventsourcing's own check, a cursor that was set too far would block all later ones.
            c.execute("DELETE FROM tracking WHERE application_name = ?", (TRACKED,))
            c.execute(
                "INSERT INTO tracking (application_name, notification_id) VALUES (?, ?)", (TRACKED, head.position)
            )

    def stamps(self, size: int | None = None) -> Sequence[Stamp]:
        """See :class:`..log.log.LogStore`."""
        return self._stamps("WHERE ? IS NULL OR size = ?", size, size)

    def latest_stamps(self) -> Sequence[Stamp]:
        """See :class:`..log.log.LogStore`."""
        return self._stamps(f"WHERE size = ({_LATEST})")

    def _stamps(self, where: str, *given: int | None) -> Sequence[Stamp]:
        columns = "size, authority, note, query, token"
        with self.datastore.transaction(commit=False) as c:
            c.execute(f"SELECT {columns} FROM inblue_stamp {where} ORDER BY size, id", given)  # noqa: S608 - ours
            return [
                Stamp(number(r["size"]), str(r["authority"]), blob(r["note"]), blob(r["query"]), blob(r["token"]))
                for r in c.fetchall()
            ]

    def keep_stamp(self, stamp: Stamp) -> None:
        """See :class:`..log.log.LogStore`."""
        with self.datastore.transaction(commit=True) as c:
            c.execute(
                "INSERT OR IGNORE INTO inblue_stamp (size, authority, note, query, token) VALUES (?, ?, ?, ?, ?)", stamp
            )

    def cosigned(self, *, after: int = 0, last: int | None = None) -> Sequence[tuple[int, bytes]]:
        """See :class:`..log.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            if last is not None:
                c.execute("SELECT DISTINCT size FROM inblue_cosignature ORDER BY size DESC LIMIT 1 OFFSET ?", (last,))
                after = max(after, row["size"]) if (row := c.fetchone()) else after
            c.execute("SELECT size, note, line FROM inblue_cosignature WHERE size > ? ORDER BY size, line", (after,))
            return with_lines((number(row["size"]), blob(row["note"]), str(row["line"])) for row in c.fetchall())

    def cosignatures(self) -> Iterator[tuple[int, bytes, str]]:
        """See :class:`..log.log.LogStore`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT size, note, line FROM inblue_cosignature ORDER BY size, line")
            yield from ((number(row["size"]), blob(row["note"]), str(row["line"])) for row in c.fetchall())

    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """See :class:`..log.log.LogStore`."""
        with self.datastore.transaction(commit=True) as c:
            c.execute("INSERT OR IGNORE INTO inblue_cosignature VALUES (?, ?, ?)", (size, line, note))


def _head(c: SQLiteCursor) -> Head | None:
    c.execute("SELECT size, position, note FROM inblue_head WHERE id = 1")
    row = c.fetchone()
    return Head(number(row["size"]), number(row["position"]), blob(row["note"])) if row else None


def _outlook(c: SQLiteCursor, versions: Mapping[str, int], known: Head | None) -> Outlook:
    c.execute(
        "SELECT (SELECT max(rowid) FROM stored_events), size, position, note "
        "FROM (SELECT 1) LEFT JOIN inblue_head ON id = 1"
    )
    last, size, position, note = c.fetchone()
    head = Head(number(size), number(position), blob(note)) if size is not None or note is not None else None
    c.execute(f"SELECT id FROM inblue_stamp WHERE size = ({_LATEST}) ORDER BY id")  # noqa: S608 - ours
    stamps = tuple(number for (number,) in c.fetchall())
    edge = None if head is None else (head, _nodes(c, peak_nodes(head.size)) if head != known else {})
    behind = [entry for place in versions.items() for entry in _stream(c, *place)]
    return Outlook(edge, last or 0, stamps, behind)


def _stream(c: SQLiteCursor, name: str, after: int) -> list[StoredEntry]:
    c.execute(
        "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events "
        "WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version",
        (name, after),
    )
    return [entry_in(*row) for row in c.fetchall()]


def _nodes(c: SQLiteCursor, wanted: Sequence[NodeId]) -> dict[NodeId, bytes]:
    found: dict[NodeId, bytes] = {}
    for node in wanted:
        c.execute("SELECT hash FROM inblue_node WHERE level = ? AND idx = ?", node)
        if row := c.fetchone():
            found[node] = bytes(row["hash"])
    return found


class _Recorder(SQLiteApplicationRecorder):
    """eventsourcing's recorder, with :class:`.store.EntryRecorder`, and the head written with the entries."""

    def __init__(self, datastore: SQLiteDatastore, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name)
        self._log = SQLiteLog(datastore)

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], cover: Cover | None = None, **kwargs: Any
    ) -> Sequence[int] | None:
        positions = super()._insert_events(c, stored_events, **kwargs)
        if cover is not None:  # from the insert on, nobody else writes
            try:
                self._log.put(c, *cover(placed(stored_events, positions or ()), partial(_outlook, c)))
            except sqlite3.IntegrityError:
                raise Broken(BEYOND) from None
        return positions

    def entries(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """See :class:`.store.EntryRecorder`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT min(rowid) FROM stored_events")
            if after == 0 and (c.fetchone()[0] or 1) < 1:
                raise Broken("a row is before the first position; run inblue mend to move it out")
            c.execute(
                "SELECT rowid, originator_id, originator_version, topic, state FROM stored_events "
                "WHERE rowid > ? ORDER BY rowid LIMIT ?",
                (after, limit),
            )
            return [entry_in(*row) for row in c.fetchall()]

    def stream(self, name: str, after: int) -> Sequence[StoredEntry]:
        """See :class:`.store.EntryRecorder`."""
        with self.datastore.transaction(commit=False) as c:
            return _stream(c, name, after)

    def position(self, stream: str, version: int) -> int | None:
        """See :class:`.store.EntryRecorder`."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(
                "SELECT rowid FROM stored_events WHERE originator_id = ? AND originator_version = ?", (stream, version)
            )
            row = c.fetchone()
        return None if row is None else int(row[0])

    def look(self, versions: Mapping[str, int], known: Head | None) -> Outlook:
        """See :class:`.store.EntryRecorder`."""
        with self.datastore.transaction(commit=False) as c:
            return _outlook(c, versions, known)


class _DurablePool(SQLiteConnectionPool):
    """Connections whose commits are durable when they return.

    The library leaves ``synchronous`` at the build's default, which may not be FULL.
    """

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        confine(connection._sqlite_conn)
        cursor = connection.cursor()
        for pragma in ("synchronous = FULL", "fullfsync = 1", "checkpoint_fullfsync = 1"):
            cursor.execute(f"PRAGMA {pragma}")
        return connection


class _Datastore(SQLiteDatastore):
    """The library's pool, in which writing threads take turns before they request a connection.

    In the library they take turns during the request, and then no other thread gets a connection: not even the writing
    one, which reads what its head must cover over a second connection.
    """

    def __init__(self, db_name: str) -> None:
        super().__init__(db_name, originator_id_type="text")
        lock, wait = limits().lock, limits().wait
        self.pool = _DurablePool(db_name=db_name, lock_timeout=cast("Any", lock), pool_timeout=wait)
        self._turn = Turn(wait)

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """As the library's."""
        with self._turn if commit else nullcontext(), super().transaction(commit=commit) as cursor:
            yield cursor


class DurableSQLiteFactory(SQLiteFactory):
    """eventsourcing's SQLite factory, with durable connections."""

    application_recorder_class = _Recorder

    def __init__(self, env: Environment) -> None:
        super().__init__(env)
        old = self.datastore
        self.datastore = _Datastore(old.pool.db_name)
        old.close()

    def log(self) -> SQLiteLog:
        """The log in this database."""
        return cast("SQLiteLog", self.tracking_recorder(SQLiteLog))

    def add_tables(self) -> None:
        """Add the ledger's objects besides eventsourcing's tables; once, when it is created."""
        with self.datastore.get_connection(commit=True) as connection:
            raw: sqlite3.Connection = connection._sqlite_conn
            raw.executescript(
                f"BEGIN; {TABLES} {GUARDS} PRAGMA application_id = {APPLICATION_ID}; "
                f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )


def open_store(path: Path, *, read_only: bool) -> Store:
    """The ledger in ``path``.

    Raises:
        NotFound, UnusableError: no ledger there, or not one of ours.
    """
    check_header(path)
    uri = _uri(path, read_only=read_only)
    check_form(path, uri, structure=read_only)
    if not read_only:
        add_guards(uri)
    factory = DurableSQLiteFactory(_environment(uri, create=False))
    return Store(factory, factory.log, _BATCH)


@contextmanager
def new_store(path: Path) -> Iterator[Store]:
    """An empty store that becomes the ledger in ``path`` when the block ends; if it fails, nothing is created.

    The store is closed by then.

    Raises:
        Refused, UnusableError: something exists already, or nothing can be created there.
    """
    partial = durable.partial_name(path)
    try:
        if path.exists():
            raise FileExistsError
        partial.touch(mode=durable.PRIVATE, exist_ok=False)  # and so are -wal and -shm, which SQLite makes beside it
        factory = DurableSQLiteFactory(_environment(_uri(partial, read_only=False), create=True))
        factory.application_recorder()
        factory.log()
        factory.add_tables()
        yield Store(factory, factory.log, _BATCH)
        durable.link(partial, path)
    except FileExistsError:
        raise Refused(None, f"{path}: something is there already; nothing was changed") from None
    except OSError as error:
        raise UnusableError(f"{path}: cannot be created: {error.strerror}") from None
    except DATABASE_ERRORS as error:
        raise UnusableError(f"{path}: cannot be created: {error}") from None
    finally:
        for leftover in (partial, Path(f"{partial}-wal"), Path(f"{partial}-shm")):
            leftover.unlink(missing_ok=True)


def _uri(path: Path, *, read_only: bool) -> str:
    """The SQLite URI of a ledger file. A file in a read-only folder is opened as immutable."""
    uri = "file:" + quote(str(path.absolute()))
    if not read_only:
        return uri + "?mode=rw"
    frozen = not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    return uri + ("?mode=ro&immutable=1" if frozen else "?mode=ro")


def _environment(uri: str, *, create: bool) -> Environment:
    return environment(SQLITE_DBNAME=uri, CREATE_TABLE="yes" if create else "no")
