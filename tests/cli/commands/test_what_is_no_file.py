"""Named pipes, devices, sockets, folders and endless files as every argument that names a file: refused at once."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from paths import INBLUE, REAL_CASE, contents

PASSPHRASE = "four words nobody says"
SECONDS = 60  # far more than any case takes, so that a failing test ends

CALLS = (
    "verify THIS",
    "verify LEDGER --trust THIS",
    "verify LEDGER --against THIS",
    "verify LEDGER --since THIS",
    "verify BUNDLE --trust THIS",
    "verify FOLDER --state THIS",
    "audit --ledger THIS",
    "audit --trust THIS --vote S/1",
    "status --ledger THIS",
    "vote list --ledger THIS",
    "replay --ledger THIS",
    "key list --ledger THIS",
    "diff THIS LEDGER",
    "diff LEDGER THIS",
    "export OUT --ledger THIS",
    "publish OUT --ledger THIS",
    "copy THIS OUT",
    "report --vote S/1 -o OUT THIS",
    "report --vote S/1 -o OUT --trust THIS LEDGER",
    "compendium -o OUT --ledger THIS",
    "play THIS",
    "timestamp --authorities THIS",
    "witness ask --policy THIS",
    "witness request one OUT --policy THIS",
    "authority adopt THIS --yes",
    "key enrol clerk --office registrar --public THIS --yes",
    "procedure show THIS.json",
    "procedure translate THIS",
    "roster show THIS.json",
    "draft circulate S/9 --procedure THIS.json --yes",
    "draft circulate S/9 --text en=THIS --yes",
    "letter send opening --roster THIS.json --vote S/1 --yes",
    "letter send procedure --file THIS --vote S/1 --yes",
    "vote cast --signed THIS --vote S/1 --yes",
    "vote cast NOR in_favour --file THIS --vote S/1 --yes",
    "vote sign NOR in_favour THIS OUT --key registrar",
    "witness cosign WITNESS THIS",
)


def run(ledger: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": PASSPHRASE, "INBLUE_LEDGER": str(ledger)}
    return subprocess.run(
        [INBLUE, *words],
        check=False,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger with a vote, a bundle and a published log of it, and two that are not files: ``pipe``, ``socket``."""
    folder = tmp_path_factory.mktemp("no-file")
    ledger = folder / "ledger.db"
    for words in (
        f"play {REAL_CASE}",
        f"export {folder / 'bundle.zip'}",
        "draft circulate S/1 --yes",
        f"witness init {folder / 'witness'} --name example.org/one",
        f"publish {folder / 'published'} --include-open",
    ):
        done = run(ledger, *words.split())
        assert done.returncode == 0, done.stderr
    os.mkfifo(folder / "pipe")
    (folder / "pipe.json").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
        yield folder


@pytest.mark.long
@pytest.mark.parametrize("words", CALLS)
def test_a_named_pipe_is_refused_at_once_in_one_line(place: Path, words: str) -> None:
    before = [name for name in contents(place) if "pipe" not in str(name)]
    done = run(place / "ledger.db", *filled(words, place, "pipe"))
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.fullmatch(r"inblue: [^\n]*pipe[^\n]*: a named pipe, where a regular file is needed[^\n]*\n", done.stderr)
    assert [name for name in contents(place) if "pipe" not in str(name)] == before


@pytest.mark.long
@pytest.mark.parametrize(
    "words", ["verify THIS", "verify LEDGER --trust THIS", "play THIS", "verify LEDGER --since THIS"]
)
def test_a_socket_a_device_and_a_folder_are_refused_too(place: Path, words: str) -> None:
    for named in ("socket", "/dev/zero", "/dev/tty", "."):
        if named == "." and words == "verify THIS":
            continue  # the folder of a published log
        done = run(place / "ledger.db", *filled(words, place, named))
        assert (done.returncode, done.stdout) == (2, ""), (named, done.stderr)
        assert re.fullmatch(r"inblue: [^\n]+\n", done.stderr)


def filled(words: str, place: Path, named: str) -> list[str]:
    given = {
        "THIS": str(place / named),
        "LEDGER": str(place / "ledger.db"),
        "BUNDLE": str(place / "bundle.zip"),
        "FOLDER": str(place / "published"),
        "WITNESS": str(place / "witness"),
        "OUT": str(place / "out"),
    }
    return [re.sub("|".join(given), lambda found: given[found[0]], word) for word in words.split()]
