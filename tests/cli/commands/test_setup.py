"""The first day in one command: what is asked, what is made, and what is left as it is."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE
from terminal import at_terminal

PASSPHRASE = "four words nobody says"
BARE = {"PATH": os.environ["PATH"]}


def run(folder: Path, *words: object, passphrase: str = PASSPHRASE) -> subprocess.CompletedProcess[str]:
    return call([INBLUE, *map(str, words)], env={**BARE, "INBLUE_PASSPHRASE": passphrase}, cwd=folder)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(folder: Path, *words: object) -> str:
    before = sorted(folder.iterdir())
    done = run(folder, *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert sorted(folder.iterdir()) == before
    return done.stderr


@pytest.mark.long
def test_a_person_is_asked_with_what_is_usual_in_brackets(tmp_path: Path) -> None:
    dialogue = [
        ("[council.db]", "\n"), ("[-]", "example.org/votes\n"), ("[unsc-2020-253]", "\n"), ("[unsc-20", "\n"),
        ("presides in", "LVA\n"), ("[rehearsal]", "\n"), ("[later]", "now\n"), ("authorities", "\n"), ("policy", "\n"),
        ("mail hosts", "mx.example.org\n"), ("[en]", "fr\n"), ("Do this?", "\n"),
        ("Choose a passphrase", f"{PASSPHRASE}\n"), ("Repeat", f"{PASSPHRASE}\n"),
    ]  # fmt: skip
    told = at_terminal([INBLUE, "setup"], env=BARE, then=dialogue, cwd=tmp_path)
    assert told.status == 0, told.shown
    assert PASSPHRASE not in told.shown
    shown = json.loads(ok(tmp_path, "project", "show", "--json"))["settings"]
    said = {name: each["value"] for name, each in shown.items() if each is not None}
    assert said == {
        "ledger": "council.db", "key": "registrar", "intake_key": "intake", "procedure": "unsc-2020-253",
        "roster": said["roster"], "simulated": True, "language": "fr", "mail_hosts": ["mx.example.org"],
    }  # fmt: skip
    (month,) = json.loads(ok(tmp_path, "presidency", "list", "--json"))["months"]
    assert month["member"] == "LVA"
    offices = {each["name"]: each["office"] for each in json.loads(ok(tmp_path, "key", "list", "--json"))["keys"]}
    assert offices == {"registrar": "registrar", "intake": "intake"}
    assert (tmp_path / "inblue.toml").stat().st_mode & 0o777 == 0o600
    assert PASSPHRASE not in (tmp_path / "inblue.toml").read_text()
    assert "SIMULATED" in ok(tmp_path, "draft", "circulate", "S/2026/1") + ok(tmp_path, "status", "--lang", "en")


def test_a_script_gives_all_by_flags_and_an_existing_ledger_is_kept(tmp_path: Path) -> None:
    ok(tmp_path, "init", "old.db", "--origin", "example.org/old")
    told = ok(tmp_path, "setup", "--yes", "--ledger", "old.db", "--in-earnest", "--no-intake", "--president", "LVA")
    assert "keep    old.db, which exists" in told
    assert ok(tmp_path, "checkpoint").startswith("example.org/old\n")
    ok(tmp_path, "draft", "circulate", "S/2026/1")
    (vote,) = json.loads(ok(tmp_path, "status", "--json"))["votes"]
    assert vote["times"] == "live"
    assert "inblue.toml is here already" in refused(tmp_path, "setup", "--yes")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--president", "LVT"), "LVT"),
        (("--roster", "unsc-1999"), "unsc-1999"),
        (("--procedure", "unsc"), "unsc"),
        (("--origin", "two words"), "no spaces"),
        (("--lang", "de"), "de"),
        (("--authorities", "nowhere.json"), "nowhere.json"),
        (("--policy", "nowhere.txt"), "nowhere.txt"),
        (("--mail-host", "mx/../x"), "not the name of a host"),
        (("--ledger", "postgresql://c:secret@db/votes"), "no password"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_made(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    told = refused(tmp_path, "setup", "--yes", *words)
    assert said in told
    assert "secret" not in told


def test_a_dry_run_makes_nothing(tmp_path: Path) -> None:
    assert "nothing was done" in ok(tmp_path, "setup", "--yes", "--dry-run")
    assert list(tmp_path.iterdir()) == []


def test_a_setup_that_was_interrupted_is_finished_by_another(tmp_path: Path) -> None:
    ok(tmp_path, "init", "council.db")
    ok(tmp_path, "key", "new", "intake", "--ledger", "council.db")
    ok(tmp_path, "setup", "--yes", "--president", "LVA")
    assert {each["office"] for each in json.loads(ok(tmp_path, "key", "list", "--json"))["keys"]} == {
        "registrar",
        "intake",
    }
