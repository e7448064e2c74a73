"""``inblue status --watch`` in a real terminal: what the screen shows, a resize, and how it is left."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyte
import pytest
from authority import Tsa
from command_line import call
from paths import EXAMPLES, INBLUE
from seats import FILE_2020

from inblue.cli.language.choose import language
from inblue.ledger.ledger import Ledger

AUTHORITY = str(EXAMPLES / "authority.py")
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
WAIT = 30


def environment(ledger: Path, **more: str) -> dict[str, str]:
    told = {"INBLUE_LEDGER": str(ledger), "INBLUE_PASSPHRASE": "four words nobody says", "TERM": "xterm-256color"}
    return {"PATH": os.environ["PATH"], **told, **more}


def ok(ledger: Path, *words: object, **more: str) -> None:
    env = environment(ledger, **more)
    done = call([INBLUE, *map(str, words)], env=env)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vote that was opened just now, with one reply."""
    ledger = tmp_path_factory.mktemp("watch") / "council.db"
    ok(ledger, "init")
    ok(ledger, "draft", "circulate", "S/1", "--title", "A text")
    ok(ledger, "letter", "send", "opening", "--roster", FILE_2020)
    ok(ledger, "vote", "cast", "BEL", "in_favour", "--office", "permanent_representative", "--signed")
    return ledger


@pytest.fixture
def live(opened: Path, tmp_path: Path) -> Path:
    shutil.copytree(opened.parent, tmp_path / "desk")
    return tmp_path / "desk" / opened.name


class Terminal:
    """A terminal of ``columns`` and ``lines``, in which the command runs."""

    def __init__(self, ledger: Path, *words: str, columns: int = 80, lines: int = 24) -> None:
        self.master, self.slave = pty.openpty()
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.size(columns, lines)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [INBLUE, "status", "--watch", *words],
            stdin=self.slave,
            stdout=self.slave,
            stderr=subprocess.PIPE,
            env=environment(ledger),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
        )

    def size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(lines, columns)
        self.size(columns, lines)

    def read(self, seconds: float) -> bytes:
        """What is written within ``seconds``."""
        new, until = b"", time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                break
            piece = os.read(self.master, 65536)
            new += piece
            self.stream.feed(piece)
        self.written += new
        return new

    def until(self, what: str) -> str:
        """Wait until ``what`` (a pattern) is on the screen; return the screen."""
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            self.read(0.1)
            shown = "\n".join(self.screen.display)
            if re.search(what, shown):
                return shown
        raise AssertionError(f"{what!r} never appeared:\n" + "\n".join(self.screen.display))

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def left(self) -> int:
        """The exit status, once it has left; the terminal is as it was."""
        status = self.process.wait(WAIT)
        self.read(0.2)
        assert self.written.count(ENTER) == self.written.count(LEAVE) == 1
        assert self.written.endswith(b"\x1b[?25h" + LEAVE), "nothing is written on the first screen"
        assert termios.tcgetattr(self.slave) == self.before
        assert self.process.stderr is not None
        assert self.process.stderr.read() == b""
        return status


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for each in opened:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
        os.close(each.master)
        os.close(each.slave)


@pytest.mark.long
def test_it_shows_who_has_replied_and_who_is_missing_as_it_happens(live: Path, terminals: list[Terminal]) -> None:
    terminals.append(terminal := Terminal(live))
    shown = terminal.until("Replied: 1 of 15")
    assert "BEL in favour owed" in shown
    assert "Acknowledgement owed to: BEL" in shown
    assert re.search(r"time left +23:5\d:\d\d", shown)
    assert "Missing (14): China, Dominican Republic" in shown
    ok(live, "receipt", "acknowledge", "BEL")
    assert "owed" not in terminal.until("Every reply is acknowledged")
    ok(live, "vote", "cast", "BEL", "against", "--office", "permanent_representative", "--signed")
    shown = terminal.until(r"Acknowledgement owed to: BEL \(2\)")
    assert "BEL in favour owed" not in shown  # that one is acknowledged, and counts
    ok(live, "receipt", "acknowledge", "BEL", "--reply", "2")
    ok(live, "vote", "cast", "CHN", "against", "--office", "permanent_representative", "--signed")
    shown = terminal.until("Replied: 2 of 15")
    assert "CHN against owed" in shown
    assert "against 1" in shown
    assert "Missing (13)" in shown
    terminal.type(b"q")
    assert terminal.left() == 0


def test_the_deadline_is_the_one_that_the_opening_gives(live: Path, terminals: list[Terminal]) -> None:
    with Ledger.open(live, read_only=True) as book:
        state = book.vote("S/1")
    assert state.window.closes_at is not None
    terminals.append(terminal := Terminal(live))
    shown = terminal.until("time left")
    assert language(None).instant(state.window.closes_at, state.zone) in shown
    left = re.search(r"time left +(\d+):(\d\d):(\d\d)", shown)
    assert left is not None
    hours, minutes, seconds = map(int, left.groups())
    wanted = state.window.closes_at - datetime.now(UTC)
    assert abs(timedelta(hours=hours, minutes=minutes, seconds=seconds) - wanted) < timedelta(seconds=WAIT)


@pytest.mark.long
def test_it_is_calm(live: Path, terminals: list[Terminal]) -> None:
    """Once a second the lines that have changed are written, and no other."""
    terminals.append(terminal := Terminal(live))
    terminal.until("q quits")
    written = terminal.read(4)
    assert b"\x1b[2J" not in written
    assert len(written) < 4 * 400
    rows = [int(row) for row in re.findall(rb"\x1b\[(\d+);1H", written)]
    assert 1 <= len(set(rows)) <= 3, "the clock, the time left, and how long ago the last act was"
    assert 2 <= rows.count(min(rows)) <= 5


@pytest.mark.parametrize("keys", [b"q", b"Q", b"\x03"])
def test_it_is_left_with_q_or_ctrl_c_and_the_terminal_is_as_it_was(
    keys: bytes, live: Path, terminals: list[Terminal]
) -> None:
    terminals.append(terminal := Terminal(live))
    terminal.until("q quits")
    terminal.type(keys)
    assert terminal.left() == 0


def test_other_keys_do_nothing_and_a_terminated_watch_leaves_too(live: Path, terminals: list[Terminal]) -> None:
    terminals.append(terminal := Terminal(live))
    terminal.until("q quits")
    terminal.type(b"x\r\x1b[A\x1a")
    terminal.read(1.5)
    assert terminal.process.poll() is None
    terminal.process.terminate()
    assert terminal.left() == 0


def test_it_follows_a_resize(live: Path, terminals: list[Terminal]) -> None:
    terminals.append(terminal := Terminal(live))
    terminal.until("q quits")
    terminal.resize(50, 12)
    shown = terminal.until("q quits · \\d+ lines do not fit")
    assert all(len(line) <= 50 for line in shown.splitlines())
    assert "S/1  A text" in shown
    terminal.resize(110, 40)
    shown = terminal.until("Missing")
    terminal.until("\nq quits *$")
    assert "do not fit" not in "\n".join(terminal.screen.display)
    assert shown.count("S/1  A text") == 1
    terminal.resize(1, 1)
    terminal.read(1.5)
    assert terminal.process.poll() is None
    terminal.type(b"q")
    assert terminal.left() == 0


@pytest.mark.long
def test_a_simulated_vote_is_shown_at_its_own_clock(tmp_path: Path, terminals: list[Terminal]) -> None:
    ledger = tmp_path / "ledger.db"
    ok(ledger, "play", EXAMPLES / "simulated.case.json")
    terminals.append(terminal := Terminal(ledger))
    shown = terminal.until("Replied: 14 of 15")
    assert "SIMULATED" in shown
    assert "now        2026-03-10 11:00:00-04" in shown
    assert "Silent, counted as absent (1): Dominican Republic" in shown
    assert "Off the roster: Norway" in shown
    assert terminal.read(2.5) == b"", "nothing changes, so nothing is written"
    terminal.type(b"q")
    assert terminal.left() == 0


def test_a_timestamp_that_is_owed_is_shown_until_it_comes(tmp_path: Path, terminals: list[Terminal]) -> None:
    ledger, tsa = tmp_path / "council.db", Tsa.make(tmp_path / "one", "one")
    source = {
        "authority": tsa.authority.json_value(),
        "command": [sys.executable, AUTHORITY, "answer", str(tsa.folder)],
    }
    asked = tmp_path / "authorities.json"
    asked.write_text(json.dumps({"format": "inblue-authorities/1", "sources": [source]}))
    ok(ledger, "init")
    ok(ledger, "draft", "circulate", "S/1", INBLUE_AUTHORITIES=str(asked))
    terminals.append(terminal := Terminal(ledger))
    terminal.until("Timestamps of one cover all 3 entries")
    ok(ledger, "letter", "send", "opening", "--roster", FILE_2020)
    terminal.until("Timestamp of one pending: 1 of 4 entries")  # the opening
    ok(ledger, "timestamp", INBLUE_AUTHORITIES=str(asked))
    terminal.until("Timestamps of one cover all 4 entries")
    terminal.type(b"q")
    assert terminal.left() == 0


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_without_a_terminal_it_is_refused_in_one_line(live: Path, words: list[str]) -> None:
    command = [INBLUE, "status", "--watch", *words]
    done = subprocess.run(
        command, env=environment(live), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "--watch" in done.stderr
