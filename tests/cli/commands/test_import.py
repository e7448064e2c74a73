"""``inblue import compendium``: the whole folder or nothing, and what it writes can be played."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from command_line import call
from jsonschema import Draft202012Validator
from paths import EXAMPLES, INBLUE

from inblue.cli.desk.schemas import schema_of

PRINTED = EXAMPLES / "s-2020-268/as-printed/zh.txt"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says"}
    return call([INBLUE, *map(str, words)], env=env)


def test_the_case_that_it_writes_is_played(tmp_path: Path) -> None:
    done = run("import", "compendium", PRINTED, "-o", tmp_path / "made")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()[:2]
    assert first == "wrote s-2020-268: 24 acts, 196 fields with places"
    assert second.startswith("not read: annex IX: signature (lines 289 to 297): no signature block was found;")
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == [
        *("s-2020-268", "s-2020-268.case.json", "s-2020-268.import.json")
    ]
    played = run("play", tmp_path / "made/s-2020-268.case.json", "--ledger", tmp_path / "l.db")
    assert (played.returncode, played.stderr) == (0, "")
    shown = run("audit", "--ledger", tmp_path / "l.db", "--json")
    assert '"in_favour": 15' in shown.stdout


def test_without_a_folder_it_only_shows_what_it_read(tmp_path: Path) -> None:
    shown = json.loads(run("import", "compendium", PRINTED, "--json").stdout)
    Draft202012Validator(schema_of("import")).validate(shown)
    assert len(shown["read"]) == 196
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_where_it_cannot_be_read_or_there_is_something(tmp_path: Path) -> None:
    for content, why in (
        (b"\xff\xfe", "not a text in UTF-8"),
        (b"Dear colleagues,\n", "no line is the title of an annex"),
        (PRINTED.read_bytes().replace(b"2020", b"1920"), "name a roster"),
    ):
        (tmp_path / "text.txt").write_bytes(content)
        done = run("import", "compendium", tmp_path / "text.txt", "-o", tmp_path / "made")
        assert (done.returncode, done.stdout, why in done.stderr, done.stderr.count("\n")) == (2, "", True, 1)
        assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]
    done = run("import", "compendium", PRINTED, "-o", tmp_path / "text.txt")
    assert (done.returncode, "something is there already" in done.stderr) == (2, True)
    done = run("import", "compendium", PRINTED, "-o", tmp_path / "made", "--roster", "unsc-1920")
    assert (done.returncode, "unsc-1920" in done.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]
