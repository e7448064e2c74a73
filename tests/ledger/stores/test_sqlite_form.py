"""An SQLite file that a stranger hands over: nothing in it is run, and what is looked at has an end."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from many_votes import founded, vote
from paths import INBLUE, contents
from signers import LOG

from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.stores.sqlite_form import TABLES

SECONDS = 60  # far more than any case takes, so that a failing test ends
ENDLESS = "WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r)"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of a dozen votes, in one file."""
    path = tmp_path_factory.mktemp("form") / "ledger.db"
    with founded(path) as ledger:
        for number in range(12):
            vote(ledger, number)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def ledger(made: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    shutil.copytree(f"{made}.files", tmp_path / "ledger.db.files")
    return Path(shutil.copy(made, tmp_path / "ledger.db"))


def altered(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def without_triggers(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")


def table_as_view(path: Path) -> None:
    without_triggers(path)
    columns = "rowid, originator_id, originator_version, topic, state"
    altered(
        path,
        "ALTER TABLE stored_events RENAME TO e;"
        f"CREATE VIEW stored_events({columns}) AS {ENDLESS} "
        "SELECT r.n, e.originator_id, e.originator_version, e.topic, e.state FROM r, e;",
    )


def generated_column(path: Path) -> None:
    without_triggers(path)
    altered(
        path,
        "DROP TABLE inblue_stamp; CREATE TABLE inblue_stamp (id INTEGER PRIMARY KEY, size INTEGER, authority TEXT, "
        "note BLOB, query BLOB AS (zeroblob(1000000000)), token BLOB, UNIQUE (size, token));",
    )


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "a table that is an endless view": (table_as_view, "the (table e|view stored_events)"),
    "a view beside": (
        lambda path: altered(path, f"CREATE VIEW v AS {ENDLESS} SELECT n FROM r"),
        "holds what no ledger has, the view v",
    ),
    "a trigger beside": (
        lambda path: altered(
            path, "CREATE TRIGGER t AFTER INSERT ON stored_events BEGIN DELETE FROM inblue_cosignature; END"
        ),
        "the trigger t",
    ),
    "a trigger of ours that does something else": (
        lambda path: altered(
            path,
            "DROP TRIGGER inblue_head_no_delete; CREATE TRIGGER inblue_head_no_delete BEFORE DELETE ON inblue_head "
            "BEGIN SELECT 1; END",
        ),
        "the trigger inblue_head_no_delete is not the one of a ledger",
    ),
    "an index beside": (
        lambda path: altered(path, "CREATE INDEX i ON stored_events (state)"),
        "the index i",
    ),
    "a virtual table": (
        lambda path: altered(path, "CREATE VIRTUAL TABLE f USING fts5(x)"),
        "the table f",
    ),
    "a column that is computed": (generated_column, "the table inblue_stamp is not the one of a ledger"),
    "a table that is missing": (
        lambda path: altered(path, "DROP TABLE inblue_cosignature"),
        "the table inblue_cosignature is missing",
    ),
    "a name that acts on a terminal": (
        lambda path: altered(path, 'CREATE TABLE "x\x1b[2J\u202e" (a)'),
        "holds what no ledger has",
    ),
}


def run(*words: object) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says"}
    command = [INBLUE, *map(str, words)]
    return subprocess.run(command, check=False, env=env, capture_output=True, text=True, timeout=SECONDS)


@pytest.mark.long
@pytest.mark.parametrize("what", HOSTILE)
def test_what_no_ledger_has_is_refused_before_anything_is_read(ledger: Path, what: str) -> None:
    spoil, said = HOSTILE[what]
    spoil(ledger)
    before = contents(ledger.parent)
    for words in (
        ("verify", ledger),
        ("status", "--ledger", ledger),
        ("diff", ledger, ledger),
        ("vote", "cast", "BEL", "against", "--ledger", ledger),
    ):
        done = run(*words)
        assert done.returncode == 2, done.stdout + done.stderr
        assert re.fullmatch(r"inblue: [ -~]*\ufffd?[^\n\x1b\u202e]*\n", done.stderr), done.stderr
        assert re.search(said, done.stderr), done.stderr
    assert contents(ledger.parent) == before


def test_a_ledger_without_its_triggers_is_read(ledger: Path) -> None:
    without_triggers(ledger)
    with Ledger.open(ledger, read_only=True) as book:
        assert len(book.votes()) == 12


def test_every_part_that_a_ledger_has_is_expected(made: Path) -> None:
    with closing(sqlite3.connect(made)) as db:
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    assert set(re.findall(r"CREATE (?:TABLE|TRIGGER) (\w+)", TABLES)) < names
    Ledger.open(made, log_signer=LOG).close()


def interior_page(raw: bytearray, size: int) -> int:
    """The number (from 1) of an inner page of a table's tree."""
    return next(n for n in range(2, len(raw) // size + 1) if raw[(n - 1) * size] == 0x05)


def test_a_tree_that_leads_to_one_page_again_and_again_is_refused(ledger: Path) -> None:
    raw, size = bytearray(ledger.read_bytes()), 4096
    begin = (interior_page(raw, size) - 1) * size
    cells = int.from_bytes(raw[begin + 3 : begin + 5], "big")
    child = raw[begin + 8 : begin + 12]
    for number in range(cells):
        at = begin + int.from_bytes(raw[begin + 12 + 2 * number : begin + 14 + 2 * number], "big")
        raw[at : at + 4] = child
    ledger.write_bytes(raw)
    with pytest.raises(Broken, match=r"damaged, or no ledger: .*2nd reference to page"):
        Ledger.open(ledger, read_only=True)


def test_a_schema_that_has_no_end_is_given_up(ledger: Path) -> None:
    """The schema's own tree is 19 levels of pages, each of which leads three times to the next."""
    raw, size, levels = bytearray(ledger.read_bytes()), 4096, 15
    leaf = bytearray(raw[:size])
    pages = len(raw) // size
    first = pages + 1
    for level in range(levels):
        raw += inner(first + level + 1, size)
    raw += b"".join((leaf_page(leaf, size),))
    raw[100 : 100 + 12 + 6] = inner(first, size)[:18]
    cells = inner(first, size)
    raw[size - 15 : size] = cells[size - 15 :]
    raw[28:32] = (len(raw) // size).to_bytes(4, "big")
    ledger.write_bytes(raw)
    with pytest.raises(Broken, match="more than its size can need"):
        Ledger.open(ledger, read_only=True)


def inner(child: int, size: int) -> bytes:
    """An inner page of a table's tree with three cells and a last pointer, all to one page."""
    number = child.to_bytes(4, "big")
    cells = [number + bytes([key]) for key in (1, 2, 3)]
    page = bytearray(size)
    at = size
    places = []
    for cell in cells:
        at -= len(cell)
        page[at : at + len(cell)] = cell
        places.append(at.to_bytes(2, "big"))
    page[:12] = b"\x05\x00\x00" + len(cells).to_bytes(2, "big") + at.to_bytes(2, "big") + b"\x00" + number
    page[12 : 12 + 2 * len(cells)] = b"".join(places)
    return bytes(page)


def leaf_page(first: bytearray, size: int) -> bytes:
    """The first page's rows as a page of their own: an index of the event store, which may be told twice."""
    page = bytearray(first)
    header = page[100:108]
    count = int.from_bytes(header[3:5], "big")
    places = page[108 : 108 + 2 * count]
    page[:8] = header
    page[8 : 8 + len(places)] = places
    return bytes(page[:size])


@pytest.mark.parametrize("name", ["-wal", "-journal"])
def test_a_pipe_beside_the_file_is_not_waited_for(ledger: Path, name: str) -> None:
    os.mkfifo(f"{ledger}{name}")
    done = run("verify", ledger)
    assert done.returncode == 2
    assert f"ledger.db{name} beside it is a named pipe" in done.stderr


def test_a_value_larger_than_any_of_a_ledger_is_not_read(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as db:
        db.execute("INSERT INTO inblue_stamp VALUES (1, 1, 'x', zeroblob(30000000), x'', x'')")
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with Ledger.open(ledger, read_only=True) as book, pytest.raises(Exception, match="too big"):
        book.log.stamps()
