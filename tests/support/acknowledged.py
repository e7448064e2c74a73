"""A process that records one act after another, and what it was told of each."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

WRITER = """
import base64, sys, time
import inblue
registrar, log = (inblue.Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
procedure = inblue.built_in_procedure("unsc-2020-253").sha256
where, name, files = sys.argv[1:]
ledger = inblue.Ledger.open(where, log_signer=log, files=files)
print("ready", flush=True)
sys.stdin.readline()
number = 0
while True:
    own = f"{name}/{number}"
    draft = inblue.DraftCirculated(symbol=own, question="substantive", times="live", procedure=procedure)
    try:
        ledger.perform(own, draft, signer=registrar, idempotency_key=own.replace("/", "-"))
        note = base64.b64encode(ledger.log.head().note).decode()
    except (inblue.Busy, inblue.Broken) as error:
        print("-", type(error).__name__, error, flush=True)
        time.sleep(0.1)
        continue
    print("+", own.replace("/", "-"), note, flush=True)
    number += 1
"""


class Writer:
    """A process that records one act after another, each under a key, until it is done."""

    def __init__(self, address: str, name: str, files: Path) -> None:
        pipe = subprocess.PIPE
        words = [sys.executable, "-c", WRITER, address, name, str(files)]
        self.process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self.acknowledged: list[str] = []
        self.refusals: list[str] = []
        self.notes: list[bytes] = []
        self.hours: list[float] = []
        self._reader = Thread(target=self._read, daemon=True)
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "ready\n":
            raise AssertionError(self.process.communicate()[1])

    def begin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            what, *words = line.split()
            if what == "+":
                self.hours.append(time.monotonic())
                self.notes.append(base64.b64decode(words[1]))
                self.acknowledged.append(words[0])
            else:
                self.refusals.append(" ".join(words))

    def end(self) -> None:
        self.process.kill()
        self._reader.join(timeout=60)
        self.process.communicate()


def figures(said: str) -> None:
    """The numbers for docs/growing.md, shown with ``-s``."""
    sys.stdout.write(f"\n{said}\n")


def size_of(signed: bytes) -> int:
    return int(signed.split(b"\n")[1])
