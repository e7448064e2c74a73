"""A mail server delivers into a Maildir, which is watched: each message is recorded once, also through kills."""

from __future__ import annotations

import os
import random
import signal
import smtplib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from letters import DRAFT, Letter, message
from paths import INBLUE, contents

from inblue.domain.errors import InblueError
from inblue.domain.messages import INTAKE
from inblue.ledger.ledger import Ledger

KILLS = int(os.environ.get("INBLUE_TEST_KILLS", "12"))
SECONDS = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ledger with a key for arriving messages, and an empty Maildir."""
    for words in (("init",), ("key", "new", "intake"), ("key", "enrol", "intake", "--office", "intake")):
        subprocess.run([INBLUE, *words], env=env(tmp_path), check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[Controller]:
    """A mail server that delivers into the Maildir."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Mailbox(folder / "Maildir"), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


def env(folder: Path) -> dict[str, str]:
    address = str(folder / "council.db")
    return {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": address}


def watching(folder: Path) -> subprocess.Popen[str]:
    command = [INBLUE, "inbox", "Maildir", "--watch"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=env(folder), cwd=folder, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
    )


def deliver(server: Controller, number: int) -> None:
    letter = Letter("GRC", "in_favour", "en").lines() + f"\n\n{number}"
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        client.send_message(message(letter, subject=f"{DRAFT}, {number}"))


def recorded(folder: Path) -> list[bytes]:
    """The bytes of each message on record, in their order."""
    with Ledger.open(folder / "council.db", read_only=True) as book:
        return [book.message_bytes(stored.originator_version - 1) for stored in book.streams.stream(INTAKE)]


def wait_for(folder: Path, number: int) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            if len(recorded(folder)) >= number:
                return
        except InblueError:  # just being written
            pass
        time.sleep(0.05)
    raise AssertionError(f"{len(recorded(folder))} of {number} messages are on record")


def delivered(folder: Path) -> set[bytes]:
    return {path.read_bytes() for path in (folder / "Maildir" / "new").iterdir()}


def test_what_a_mail_server_delivers_is_recorded_as_it_lands_and_left_where_it_is(
    folder: Path, server: Controller
) -> None:
    deliver(server, 0)
    watcher = watching(folder)
    wait_for(folder, 1)
    for number in range(1, 4):
        deliver(server, number)
        wait_for(folder, number + 1)
    before = contents(folder / "Maildir")
    watcher.send_signal(signal.SIGTERM)
    said, told = watcher.communicate(timeout=SECONDS)
    assert watcher.returncode == 0, told
    assert told.splitlines() == ["watching Maildir", "stopped"]
    assert [line.partition(" (")[0] for line in said.splitlines()] == [f"message {n} recorded" for n in range(4)]
    assert contents(folder / "Maildir") == before
    assert set(recorded(folder)) == delivered(folder)


def test_each_message_is_recorded_once_however_often_the_watcher_is_killed(folder: Path, server: Controller) -> None:
    chance, sent = random.Random(2020), 0
    deliver(server, sent)
    for _ in range(KILLS):
        watcher = watching(folder)
        for _ in range(3):
            sent += 1
            deliver(server, sent)
            time.sleep(chance.uniform(0, 0.4))
        time.sleep(chance.uniform(0, 1))
        watcher.kill()
        watcher.communicate(timeout=SECONDS)
    watcher = watching(folder)
    wait_for(folder, sent + 1)
    watcher.send_signal(signal.SIGTERM)
    watcher.communicate(timeout=SECONDS)
    found = recorded(folder)
    assert (len(found), set(found)) == (sent + 1, delivered(folder))
    verified = subprocess.run([INBLUE, "verify"], env=env(folder), capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout
