"""Tables at the desk: what is said beside them, and what is refused before anything is written."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE

REAL = "S/2020/240"


def run(ledger: Path, *words: object) -> tuple[int, str, str]:
    done = call([INBLUE, *map(str, words)], env={"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger)})
    return done.returncode, done.stdout, done.stderr


def test_tables_are_written_of_a_ledger_and_of_a_bundle_of_it_alike(histories: Path, tmp_path: Path) -> None:
    status, said, error = run(histories, "export", "--csv", tmp_path / "one", "--vote", REAL)
    assert (status, error) == (0, "")
    lines = said.splitlines()
    assert lines[0].startswith(f"wrote {tmp_path / 'one'}: votes 1, seats 15, replies 15, findings ")
    assert lines[0].endswith("; the log was verified")
    assert "Not checked without a trust file (--trust)" in said
    assert run(histories, "export", tmp_path / "b.zip", "--vote", REAL)[0] == 0
    assert run(tmp_path / "b.zip", "export", "--csv", tmp_path / "two")[0] == 0
    for name in ("seats.csv", "replies.csv", "findings.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    about = json.loads((tmp_path / "two" / "about.json").read_text())
    assert about["as_of"]["entry"] == 29


def test_the_same_state_gives_the_same_bytes(histories: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run(histories, "export", "--csv", tmp_path / name)[0] == 0
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "give one of FILE (a bundle), --csv FOLDER and --parquet FOLDER"),
        (("b.zip", "--csv", "t"), "give one of FILE"),
        (("--csv", "t", "--parquet", "u"), "give one of FILE"),
        (("--csv", "t", "--current"), "--current goes with a bundle"),
        (("--csv", "t", "--vote", "S/9"), "no vote on 'S/9' is on record"),
        (("--csv", "."), "something is there already"),
        (("--csv", "none/t"), "no such folder"),
        (("b.zip", "--trust", "x.json"), "--trust goes with --csv and --parquet"),
    ],
)
def test_what_is_refused_writes_nothing(
    histories: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, said, error = run(histories, "export", *words)
    assert (status, said) == (2, "")
    assert says in " ".join(error.split())
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_does_not_hold_gives_no_table(histories: Path, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "l.db") as copy, sqlite3.connect(histories) as source:
        source.backup(copy)
        copy.execute("DROP TRIGGER stored_events_no_update")
        copy.execute("UPDATE stored_events SET state = replace(state, 'A', 'B') WHERE rowid = 20")
    status, said, error = run(tmp_path / "l.db", "export", "--csv", tmp_path / "t")
    assert (status, said) == (1, "")
    assert "does not hold" in error
    assert not (tmp_path / "t").exists()
