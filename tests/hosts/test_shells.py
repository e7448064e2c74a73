"""Completion in the shells themselves, with the scripts that the wheel installs."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from shutil import which

import pytest
from paths import ROOT

SHARE = ROOT / "share"
SHELLS = {
    "bash": SHARE / "bash-completion" / "completions" / "inblue",
    "zsh": SHARE / "zsh" / "site-functions" / "_inblue",
    "fish": SHARE / "fish" / "vendor_completions.d" / "inblue.fish",
}

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True, params=SHELLS)
def shell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Each shell, with the program on the path and a home of its own."""
    if which(request.param) is None:
        if os.environ.get("INBLUE_TEST_SERVERS"):
            pytest.fail(f"{request.param} is not installed")
        pytest.skip(f"needs {request.param}")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return str(request.param)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("inblue vote cl", "close"),
        ("inblue audit --js", "--json"),
        ("inblue vote cast FR", "FRA"),
        ("inblue vote cast FRA abs", "abstention"),
        ("inblue verify coun", "council.db"),
    ],
)
def test_what_can_come_there_is_completed(shell: str, typed: str, offered: str, tmp_path: Path) -> None:
    (tmp_path / "council.db").write_bytes(b"")
    assert completed(shell, typed) == f"{typed.rpartition(' ')[0]} {offered}"


@pytest.mark.parametrize("shell", ["fish"], indirect=True)
def test_an_explanation_is_whole() -> None:
    """Bash shows none, and zsh cuts them at the width of the screen."""
    shown = asked_of_fish("inblue audit --al")
    assert shown == "--all\tOne line for each vote; with --json, one line of JSON.\n"


def completed(shell: str, typed: str) -> str:
    """What the line is after the tab key; where a shell offers a list, its only item is taken."""
    if shell == "fish":
        (only,) = asked_of_fish(typed).splitlines()
        return f"{typed.rpartition(' ')[0]} {only.partition(chr(9))[0]}"
    return typed_into(shell, typed)


def asked_of_fish(typed: str) -> str:
    """What fish offers, by its own command for that."""
    asked = f"source '{SHELLS['fish']}'; complete --do-complete '{typed}'"
    done = subprocess.run(["fish", "--command", asked], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def typed_into(shell: str, typed: str) -> str:
    """Start the shell in a terminal, type, and press the tab key."""
    begun, prepared = {
        "bash": (["bash", "--norc", "-i"], f"source {SHELLS['bash']}"),
        "zsh": (["zsh", "-f", "-i"], f"fpath=({SHELLS['zsh'].parent} $fpath); autoload -U compinit; compinit -u"),
    }[shell]
    terminal, its = pty.openpty()
    process = subprocess.Popen(
        begun, stdin=its, stdout=its, stderr=its, start_new_session=True,
        env={**os.environ, "TERM": "dumb", "PS1": "> "},
    )  # fmt: skip
    os.close(its)
    try:
        os.write(terminal, f"{prepared}; echo rea''dy\n".encode())
        until(terminal, re.compile(r"\nready\r\n"))
        os.write(terminal, f"{typed}\t".encode())
        return until(terminal, re.compile(rf"{re.escape(typed)}\S+ ")).strip()
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


def until(terminal: int, wanted: re.Pattern[str], seconds: float = 60) -> str:
    """Read what the terminal shows until this is in it."""
    shown, end = "", time.monotonic() + seconds
    while not (found := wanted.search(shown)):
        assert time.monotonic() < end, shown
        if select.select([terminal], [], [], 0.5)[0]:
            shown += os.read(terminal, 65536).decode(errors="replace")
    return found[0]
