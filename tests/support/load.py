"""Hosts under load on one PostgreSQL, whose connections are killed and which is restarted.

    make load SECONDS=600                  4 processes of 8 threads; a new seed each time, printed; SEED=7 repeats one
    python tests/support/load.py [--seconds N] [--processes N] [--threads N] [--seed N]

Each thread circulates drafts, every one under a key of its own, and asks again under the same key until it has an
answer. Every few seconds some connections are terminated, now and then all of them, and the server is stopped as by a
crash and started again. A follower goes on from what it had. In the end each act that was acknowledged must be there
once, where it was said to be, the follower must have had every entry once and in order, and the ledger must verify.
"""

from __future__ import annotations

import argparse
import random
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from server import Database, Server
from signers import LOG, REGISTRAR
from standbys import admin

import inblue

WRITER = """
import sys, threading, time
import inblue
registrar, log = (inblue.Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
procedure = inblue.built_in_procedure("unsc-2020-253").sha256
where, files, name, threads, seconds = sys.argv[1:]
until, says = time.monotonic() + float(seconds), threading.Lock()
ledger = inblue.Ledger.open(where, log_signer=log, files=files)

def say(*words):
    with says:
        print(*words, flush=True)

def write(thread):
    number = 0
    while time.monotonic() < until:
        own = f"{name}/{thread}/{number}"
        draft = inblue.DraftCirculated(symbol=own, question="substantive", times="live", procedure=procedure)
        while True:
            try:
                done = ledger.perform(own, draft, signer=registrar, idempotency_key=own.replace("/", "-"))
                break
            except (inblue.Busy, inblue.Broken) as error:
                say("-", type(error).__name__, " ".join(str(error).split()))
                time.sleep(0.05)
        say("+", own, done[0].number)
        number += 1

writers = [threading.Thread(target=write, args=(n,)) for n in range(int(threads))]
for each in writers: each.start()
for each in writers: each.join()
say("end")
"""

FOLLOWER = """
import sys, time
import inblue
where, files = sys.argv[1:]
after = None
while True:
    try:
        with inblue.Ledger.open(where, files=files, read_only=True) as ledger:
            for each in ledger.follow(after=after):
                print(each.index, each.entry, flush=True)
                after = each.index
    except (inblue.Busy, inblue.Broken):
        time.sleep(0.05)
"""


class Told:
    """The lines of a process, as they come."""

    def __init__(self, program: str, *words: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([sys.executable, "-c", program, *words], stdout=pipe, stderr=pipe, text=True)
        self.lines: list[str] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip("\n") for line in self.process.stdout)

    def wait(self, seconds: float) -> None:
        """Wait for its end; what it says at fault is raised."""
        if self.process.wait(seconds):
            raise AssertionError(self.process.stderr.read() if self.process.stderr else "")
        self._reader.join()


@contextmanager
def a_server() -> Iterator[Server]:
    """A server of its own, to be stopped and started."""
    server = Server()
    try:
        yield server
    finally:
        server.remove()


def trouble(server: Server, chance: random.Random, until: float, counts: Counter[str]) -> None:
    """Kill connections and restart the server until it is time."""
    own = "pid <> pg_backend_pid() AND backend_type = 'client backend'"
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.5, 4))
        what = chance.choices(["some", "all", "restart"], [8, 2, 1])[0]
        if what == "restart":
            server.stop("immediate")
            time.sleep(chance.uniform(0, 2))
            server.start()
            counts["restarts"] += 1
        else:
            some = "AND random() < 0.3" if what == "some" else ""
            found = admin(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {own} {some}")
            counts["connections killed"] += len(found)


def run(seconds: float, processes: int, threads: int, seed: int, folder: Path) -> Counter[str]:
    """Put it under load, and count.

    Raises:
        AssertionError: an act was lost or is there twice, the follower missed or repeated an entry, or it is not whole.
    """
    chance, counts = random.Random(seed), Counter[str]()
    with a_server() as server:
        place, files = Database(server.uri).fresh(), folder / "files"
        with inblue.Ledger.create(place, signer=REGISTRAR, log_signer=LOG, files=files) as ledger:
            ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        follower = Told(FOLLOWER, place, str(files))
        until = time.monotonic() + seconds
        words = (str(threads), str(seconds))
        writers = [Told(WRITER, place, str(files), f"W{number}", *words) for number in range(processes)]
        trouble(server, chance, until, counts)
        for each in writers:
            each.wait(120)
        told = [line.split() for each in writers for line in each.lines if line.startswith("+")]
        counts["acts acknowledged"] = len(told)
        counts["answers that said to ask again"] = sum(line[0] == "-" for each in writers for line in each.lines)
        with inblue.Ledger.open(place, files=files, read_only=True) as ledger:
            kept = Counter(ledger.votes())
            counts["lost"] = sum(name not in kept for _, name, _ in told)
            counts["twice"] = sum(number > 1 or len(list(ledger.acts(name))) != 1 for name, number in kept.items())
            entries = ledger.checkpoint().size
            end = time.monotonic() + 60
            while len(follower.lines) < entries and time.monotonic() < end and follower.process.poll() is None:
                time.sleep(0.1)
            assert follower.process.poll() is None, "the follower has ended"
            follower.process.kill()
            indexes = [int(line.split()[0]) for line in follower.lines]
            counts["entries"], counts["followed"] = entries, len(indexes)
            assert indexes == list(range(entries)), "the follower missed or repeated an entry"
            found = ledger.verify()
        assert found.holds, found.problems
        assert (counts["lost"], counts["twice"]) == (0, 0), counts
        assert found.entries == entries
    return counts


def main(words: list[str]) -> None:
    """The command."""
    asked = argparse.ArgumentParser(description="Hosts under load on PostgreSQL.")
    asked.add_argument("--seconds", type=float, default=600)
    asked.add_argument("--processes", type=int, default=4)
    asked.add_argument("--threads", type=int, default=8)
    asked.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    given = asked.parse_args(words)
    sys.stdout.write(f"seed {given.seed}\n")
    sys.stdout.flush()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        counts = run(given.seconds, given.processes, given.threads, given.seed, Path(folder))
    counts["seconds"] = round(time.monotonic() - began)
    sys.stdout.write("".join(f"{what:32}{number:10,}\n" for what, number in counts.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
