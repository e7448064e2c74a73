"""The contents of a ledger's SQLite file, and the check that a file has nothing else before anything in it is queried.

A database file can carry a program: views, triggers, virtual tables and generated columns run when a table is read, and
an index that points back at itself never ends. So when a file is opened, the header is checked, then the schema, word
for word, and, for a file that is only read, the structure of every page, with work bounded by the file's size. A file
that passes has plain tables and a finite tree, and every query over it ends.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import TypeAlias

from ...domain.wording import shown
from ..errors import NotFound, UnusableError
from ..outside import NoFileError, check_regular, open_outside
from ..process import limits
from .store import TRACKED

APPLICATION_ID = 0x696E626C  # "inbl", in the SQLite header: what this file is
SCHEMA_VERSION = 2

TABLES = """
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
"""Our own objects besides the tables of the event store, as SQL; and :data:`GUARDS`."""

_ELSEWHERE = (
    "this file is a ledger of inblue and takes no events of others: give your application a database of its own"
)
GUARDS = f"""
CREATE TRIGGER IF NOT EXISTS stored_events_ours BEFORE INSERT ON stored_events
  WHEN NEW.topic IS NULL OR NEW.originator_id IS NULL OR NEW.topic NOT GLOB '[a-z]*@[1-9]*' OR (NEW.originator_id <>
    'register' AND NEW.originator_id <> 'intake' AND NEW.originator_id NOT GLOB 'vote:?*' AND
    NEW.originator_id NOT GLOB 'vote#[1-9]*:?*')
  BEGIN SELECT RAISE(ABORT, '{_ELSEWHERE}'); END;
CREATE TRIGGER IF NOT EXISTS tracking_ours BEFORE INSERT ON tracking WHEN NEW.application_name IS NOT '{TRACKED}'
  BEGIN SELECT RAISE(ABORT, '{_ELSEWHERE}'); END;
"""
"""Triggers that refuse events of another eventsourcing application that opens the file.

A file made before these, or before messages existed, gets them when it is opened for writing.
"""

_WITHOUT_MESSAGES = GUARDS.replace(" AND NEW.originator_id <> 'intake'", "")
_OURS = ("trigger", "stored_events_ours")

_EVENT_STORE = """
CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB,
  PRIMARY KEY (originator_id, originator_version));
CREATE TABLE tracking (application_name TEXT, notification_id INTEGER, PRIMARY KEY (application_name)) WITHOUT ROWID;
"""

_BESIDE = ("-wal", "-shm", "-journal")
_MOST_BYTES = 8 << 20  # of one value: a checkpoint has at most a million
_STEPS, _STEPS_A_BYTE, _STEPS_AT_ONCE = 1_000_000, 4, 10_000
"""How many SQLite VM instructions are allowed. A ledger's own pages need one per sixty bytes."""

_Part: TypeAlias = tuple[str, str]
_BACKUP = "go back to a copy of it, or to what was exported or published"


def confine(database: sqlite3.Connection) -> None:
    """Make a connection run no code from a file, and write nothing of it to a temporary file."""
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for pragma in ("trusted_schema = 0", "cell_size_check = 1", "mmap_size = 0", "temp_store = 2"):
        database.execute(f"PRAGMA {pragma}")


def check_header(path: Path) -> None:
    """Check the file's header before it is opened as a database.

    Raises:
        NotFound, UnusableError: no file, not SQLite, not a ledger, or a ledger of another version.
    """
    try:
        with open_outside(path) as file:
            header = file.read(100)
        for each in _BESIDE:
            _check_beside(Path(f"{path}{each}"))
    except FileNotFoundError:
        raise NotFound(f"{path}: there is no ledger; make one with inblue init, or inblue play") from None
    except OSError as error:
        raise UnusableError(f"{path}: {error.strerror}") from None
    if len(header) < 100 or not header.startswith(b"SQLite format 3\x00"):
        raise UnusableError(f"{path}: this is no ledger (not an SQLite file)")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise UnusableError(f"{path}: this is no ledger (an SQLite file of something else)")
    version = int.from_bytes(header[60:64], "big")
    if version != SCHEMA_VERSION:
        raise UnusableError(f"{path}: a ledger of version {version}; this inblue reads version {SCHEMA_VERSION}")


def check_form(path: Path, uri: str, *, structure: bool) -> None:
    """Compare the schema of the database at ``uri``, the file ``path``, with that of a ledger.

    ``structure``: also check every page, like ``PRAGMA quick_check``. A trigger may be missing: an audit detects what
    it would prevent.

    Raises:
        UnusableError: it has an object that no ledger has, something is missing, or the file is damaged.
        sqlite3.Error: it cannot be opened.
    """
    granted = _STEPS + _STEPS_A_BYTE * sum(_size(Path(f"{path}{each}")) for each in ("", "-wal"))
    left = granted // _STEPS_AT_ONCE

    def tired() -> bool:
        nonlocal left
        left -= 1
        return left < 0

    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=limits().lock)) as database:
        database.set_progress_handler(tired, _STEPS_AT_ONCE)
        try:
            confine(database)
            _check_schema(path, database)
            said = str(database.execute("PRAGMA quick_check(1)").fetchone()[0]) if structure else "ok"
        except sqlite3.OperationalError:
            if left >= 0:
                raise
            said = f"it takes over {granted:,} steps to look through it, which is more than its size can need"
        except sqlite3.DataError:
            said = f"a value of over {_MOST_BYTES:,} bytes"
        except sqlite3.DatabaseError as error:
            said = str(error)
    if said != "ok":
        raise UnusableError(f"{path}: damaged, or no ledger: {shown(said)}; {_BACKUP}")


def add_guards(uri: str) -> None:
    """Add :data:`GUARDS` to the checked ledger at ``uri``, if it lacks them and can be written."""
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=limits().lock)) as database:
        rows = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE name IN ('stored_events_ours', 'tracking_ours')"
        )
        there = {str(name): _plain(sql) for name, sql in rows}
        former = there.get(_OURS[1]) == _expected(_WITHOUT_MESSAGES)[_OURS]
        if len(there) != 2 or former:
            drop = f"DROP TRIGGER {_OURS[1]};" if former else ""
            with suppress(sqlite3.OperationalError):  # it may be read-only for us, and is still read
                database.executescript(f"BEGIN IMMEDIATE; {drop} {GUARDS} COMMIT;")


def _check_schema(path: Path, database: sqlite3.Connection) -> None:
    expected = _expected()
    found: dict[_Part, str] = {}
    rows = database.execute("SELECT type, name, sql FROM sqlite_master LIMIT ?", (len(expected) + 1,))
    for kind, name, sql in rows:
        part = (str(kind), str(name))
        what = shown(f"{kind} {name}")
        if part not in expected:
            raise UnusableError(
                f"{path}: holds what no ledger has, the {what}, and is not read; "
                "whoever keeps it takes that out (DROP, with sqlite3), or exports from where it is not"
            )
        found[part] = _plain(sql)
        if found[part] != expected[part] and (part != _OURS or found[part] != _expected(_WITHOUT_MESSAGES)[part]):
            raise UnusableError(f"{path}: the {what} is not the one of a ledger; {_BACKUP}")
    if missing := [name for kind, name in expected if (kind, name) not in found and kind != "trigger"]:
        raise UnusableError(f"{path}: the table {missing[0]} is missing; {_BACKUP}")


@cache
def _expected(guards: str = GUARDS) -> dict[_Part, str]:
    with closing(sqlite3.connect(":memory:")) as made:
        made.executescript(_EVENT_STORE + TABLES + guards)
        return {
            (kind, name): _plain(sql) for kind, name, sql in made.execute("SELECT type, name, sql FROM sqlite_master")
        }


def _plain(sql: object) -> str:
    """SQL with every run of blanks as one, since line breaks have varied."""
    return "" if sql is None else re.sub(r"[ \n]+", " ", str(sql))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _check_beside(path: Path) -> None:
    """Check that what SQLite opens beside a database is also a file."""
    try:
        check_regular(path)
    except FileNotFoundError:
        return
    except NoFileError as error:
        raise NoFileError(error.errno, f"{path.name} beside it is {error.strerror}") from None
