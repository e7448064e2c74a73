"""A large ledger, published and audited from a plain file server on loopback: seconds, requests, bytes, memory.

``python benchmarks/tiles.py 100000`` generates so many entries of simulated votes (they say so), publishes them, has
``python -m http.server`` serve them, and runs ``inblue verify`` on the address: whole, then again with nothing new, and
with one vote more. ``--keep FOLDER`` keeps ledger and files, and takes up a ledger that was generated there before.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inblue.domain.acts import (
    Act,
    DraftCirculated,
    LetterSent,
    ReceiptAcknowledged,
    ResultAnnounced,
    VoteCast,
    VotingClosed,
)
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register import REGISTRAR
from inblue.domain.roster import built_in_roster
from inblue.ledger.keys import Ed25519Signer
from inblue.ledger.ledger import Ledger

SIGNER, LOG = Ed25519Signer.from_seed(b"r" * 32), Ed25519Signer.from_seed(b"l" * 32)
BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
INBLUE = str(Path(sys.executable).parent / "inblue")


def vote(ledger: Ledger, number: int) -> None:
    """Record a whole simulated vote: draft, opening, a reply and an acknowledgement of each seat, close, result."""
    procedure, roster = built_in_procedure("unsc-2020-253"), built_in_roster("unsc-2020")
    opened, symbol = BEGAN + timedelta(hours=2 * number), f"SIM/{number}"
    given = {"question": "substantive", "times": "simulated", "procedure": procedure.sha256}
    snapshot = ledger.files.put(ledger.snapshot(procedure, roster, "CHN", opened).canonical())
    acts: list[tuple[Act, datetime]] = [
        (DraftCirculated.of({"symbol": symbol, **given}, where="draft"), opened - timedelta(hours=1)),
        (LetterSent(kind="opening", opens_at=opened, snapshot=snapshot), opened),
    ]
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    for minute, member in enumerate(roster.ids, start=1):
        at = opened + timedelta(minutes=minute)
        acts.append((VoteCast(member=member, position="in_favour", received_at=at, instrument=paper), at))
        acts.append((ReceiptAcknowledged(member=member, reply=1), at + timedelta(seconds=30)))
    closed = opened + timedelta(hours=24)
    acts.append((VotingClosed(closed_at=closed), closed))
    acts.append((ResultAnnounced.of({"announced_at": "2026-12-01T00:00:00Z", "outcome": "adopted"}, where="r"), closed))
    ledger.record(symbol, acts, signer=SIGNER, office=REGISTRAR)


def generate(path: Path, entries: int) -> Ledger:
    """A ledger with at least so many entries; one that is there is gone on with."""
    ledger = Ledger.open(path, log_signer=LOG) if path.exists() else None
    if ledger is None:
        ledger = Ledger.create(path, signer=SIGNER, log_signer=LOG, origin="example.org/simulated")
        ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=SIGNER)
    number = len(ledger.votes())
    while ledger.checkpoint().size < entries:
        vote(ledger, number)
        number += 1
    return ledger


@contextlib.contextmanager
def served(folder: Path, log: Path) -> Iterator[str]:
    """``python -m http.server`` over the folder, its log of requests in a file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("wb") as out:
        command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder), str(port)]
        server = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            for _ in range(100):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def run(what: str, command: list[str], environment: dict[str, str]) -> None:
    """Run a command, and print what it took; memory is the most that it held, in MB."""
    begun = time.perf_counter()
    with subprocess.Popen([INBLUE, *command], stdout=subprocess.PIPE, env=environment) as process:
        said = process.stdout.read().decode() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{what}: exit status {process.returncode}: {said}")
    seconds = time.perf_counter() - begun
    print(f"{what:34}{seconds:9.1f} s{used.ru_maxrss / 1024:8.0f} MB  {said.splitlines()[0]}", flush=True)


def main() -> None:
    """Generate, publish, serve, audit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", type=int)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(exist_ok=True)
        begun = time.perf_counter()
        ledger = stack.enter_context(generate(folder / "ledger.db", given.entries))
        size = ledger.checkpoint().size
        print(f"{size:,} entries generated in {time.perf_counter() - begun:.1f} s", flush=True)
        public, state, log = folder / "public", folder / "state.json", folder / "requests"
        state.unlink(missing_ok=True)
        environment = {**os.environ, "INBLUE_LEDGER": str(folder / "ledger.db")}
        run("publish", ["publish", str(public)], environment)
        with served(public, log) as address:
            audit = ["verify", address, "--state", str(state)]
            done = 0
            for what in ("audit, whole", "audit again, nothing new", "publish one vote more", "audit, one vote more"):
                if what.startswith("publish"):
                    vote(ledger, len(ledger.votes()))
                    run(what, ["publish", str(public)], environment)
                    continue
                run(what, audit, environment)
                requests = log.read_bytes().count(b'"GET ') - done
                done += requests
                print(f"{'':34}{requests:,} requests", flush=True)
        files = [each for each in public.rglob("*") if each.is_file()]
        print(
            f"{len(files):,} files of {sum(each.stat().st_size for each in files):,} bytes, state {state.stat().st_size:,}"
        )


if __name__ == "__main__":
    main()
