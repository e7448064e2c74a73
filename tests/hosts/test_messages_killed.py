"""A message is recorded once, wherever the process is killed that records it: at each step in turn, then at random."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mails import MailDesk, mail
from paths import ROOT
from signers import LOG

from inblue.domain.canonical import digest
from inblue.ledger.entries.messages import message_in
from inblue.ledger.ledger import Ledger

CHILD = """
import os, signal, sys
from mails import INTAKE, mail
from signers import LOG
from inblue.ledger import durable
from inblue.ledger.ledger import Ledger
from inblue.ledger.stores.streams import Streams

left = int(sys.argv[2])

def step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def counted(home, name):
    real = getattr(home, name)
    def around(*args, **kwargs):
        step()
        found = real(*args, **kwargs)
        step()
        return found
    setattr(home, name, around)

for name in ("_write", "sync_folder"):
    counted(durable, name)
counted(os, "link")
counted(Streams, "append")
with Ledger.open(sys.argv[1], log_signer=LOG) as ledger:
    for number in range(int(sys.argv[3])):
        ledger.receive_message(mail(text=f"{number}\\n"), signer=INTAKE)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    MailDesk(tmp_path / "votes.db").ledger.close()
    return tmp_path / "votes.db"


def child(place: Path, kill_at: int, messages: int) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(ROOT / "tests" / "support"), *filter(None, sys.path)])
    command = [sys.executable, "-c", CHILD, str(place), str(kill_at), str(messages)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path})


def recorded(place: Path, messages: int) -> None:
    """Make sure that each of this number of messages is on record once, and nothing else."""
    with Ledger.open(place, log_signer=LOG) as ledger:
        found = [digest(message_in(ledger.files.get(each.digest))) for each in ledger.messages()]
        assert found == [digest(mail(text=f"{number}\n")) for number in range(messages)]
        assert ledger.verify().problems == ()


def test_it_is_killed_at_each_step_and_records_the_message_once(place: Path, tmp_path: Path) -> None:
    killed, status = 0, -signal.SIGKILL
    while status == -signal.SIGKILL:
        killed += 1
        fresh = tmp_path / f"killed-{killed}"
        shutil.copytree(place.parent, fresh, ignore=shutil.ignore_patterns("killed-*"))
        status = child(fresh / place.name, killed, 1).wait()
        assert child(fresh / place.name, 0, 1).wait() == 0
        recorded(fresh / place.name, 1)
    assert status == 0
    assert killed > 10


def test_it_is_killed_at_any_instant_and_records_each_message_once(place: Path) -> None:
    for round_ in range(12):
        running = child(place, 0, 30)
        time.sleep(0.4 + 0.11 * round_)
        running.kill()
        running.wait()
    assert child(place, 0, 30).wait() == 0
    recorded(place, 30)
