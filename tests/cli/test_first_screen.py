"""``inblue`` alone: what each kind of reader does first, every command by purpose, and where the vote is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from paths import CASES, INBLUE

from inblue.cli import COMMANDS

PROJECT = 'format = "inblue-project/1"\nledger = "council.db"\n'


def screen(folder: Path, **more: str) -> list[str]:
    done = subprocess.run(
        [INBLUE],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def project(folder: Path, text: str = PROJECT) -> Path:
    (folder / "inblue.toml").write_text(text)
    (folder / "inblue.toml").chmod(0o600)
    return folder


def here(folder: Path, **more: str) -> list[str]:
    """What the screen says of the folder: its state, and a command."""
    lines = screen(folder, **more)
    at = next(number for number, line in enumerate(lines) if line.startswith("  Here "))
    return [line[10:] for line in lines[at : at + 2]]


def test_it_fits_a_small_terminal_and_begins_with_what_each_reader_does_first(tmp_path: Path) -> None:
    lines = screen(tmp_path)
    assert len(lines) <= 22
    assert max(map(len, lines)) <= 80
    assert [re.findall(r"inblue [A-Za-z ]+?(?=  )", line) for line in lines[2:6]] == [
        ["inblue demo"],
        ["inblue setup"],
        ["inblue verify FILE"],
        ["inblue audit FILE"],
    ]


def test_every_command_is_on_it_once(tmp_path: Path) -> None:
    listed = [line[14:].split() for line in screen(tmp_path)[7:-2]]
    assert [word for line in listed for word in line] == list(COMMANDS)


def test_outside_a_workspace_it_opens_nothing(tmp_path: Path) -> None:
    assert not any(line.startswith("  Here") for line in screen(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ledger", "said"),
    [
        (None, ["council.db: not there", "inblue doctor"]),
        (b"not a ledger", ["council.db: not a ledger of this library", "inblue doctor"]),
        (b"\0" * 5_000_000, ["council.db: a large ledger", "inblue status"]),
    ],
)
def test_what_cannot_be_read_in_a_moment_is_left_to_another_command(
    tmp_path: Path, ledger: bytes | None, said: list[str]
) -> None:
    if ledger is not None:
        (tmp_path / "council.db").write_bytes(ledger)
    found = here(project(tmp_path))
    assert found[1] == said[1]
    assert found[0].startswith("council.db: ")
    if ledger is None or len(ledger) > 100:
        assert found == said


def test_a_project_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    found = " ".join(line.strip() for line in screen(project(tmp_path, "ledger = 1\n")))
    assert 'inblue.toml: a project file begins with format = "inblue-project/1"; inblue setup writes one' in found


def test_in_a_workspace_it_says_where_the_vote_is_and_what_is_next(tmp_path: Path) -> None:
    words = [str(case) for case in CASES if case.name.startswith("s-2020")]
    env = {"PATH": "/usr/bin:/bin", "INBLUE_PASSPHRASE": "of this test"}
    play = [INBLUE, "play", "--ledger", "council.db", *words]
    subprocess.run(play, cwd=project(tmp_path), env=env, check=True, capture_output=True)
    assert here(tmp_path) == ["council.db: S/2020/240 announced", "inblue audit"]
    assert here(tmp_path, INBLUE_LEDGER="other.db") == ["other.db: not there", "inblue doctor"]
    draft = [INBLUE, "draft", "circulate", "S/2026/900", "--title", "A draft", "--yes"]
    subprocess.run(draft, cwd=tmp_path, env=env, check=True, capture_output=True)
    assert here(tmp_path) == ["council.db: S/2026/900 circulated", "inblue letter send procedure"]
