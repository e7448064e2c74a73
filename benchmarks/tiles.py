"""A large ledger, published and audited from a plain file server on loopback: seconds, requests, bytes, memory.

``PYTHONPATH=tests/support python benchmarks/tiles.py 100000`` generates 100,000 entries of simulated votes, publishes
them, has ``python -m http.server`` serve them, and runs ``inblue verify`` on the address: whole, then again with
nothing new, and with one vote more. ``--keep FOLDER`` keeps ledger and files, and takes up a ledger that was generated
there before.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from many_votes import ENTRIES_OF_A_VOTE, acts_of, founded, vote
from signers import REGISTRAR

INBLUE = str(Path(sys.executable).parent / "inblue")


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
    cpu = used.ru_utime + used.ru_stime
    first = said.splitlines()[0]
    print(f"{what:26}{seconds:8.1f} s{cpu:8.1f} s CPU{used.ru_maxrss / 1024:7.0f} MB  {first}", flush=True)


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
        ledger = stack.enter_context(founded(folder / "ledger.db"))
        first = len(ledger.votes())
        wanted = range(first, first + max(0, math.ceil((given.entries - ledger.checkpoint().size) / ENTRIES_OF_A_VOTE)))
        for some in (wanted[start : start + 100] for start in range(0, len(wanted), 100)):
            ledger.record_all((acts_of(ledger, number) for number in some), signer=REGISTRAR, office="registrar")
        size = ledger.checkpoint().size
        print(f"{size:,} entries generated in {time.perf_counter() - begun:.1f} s", flush=True)
        public, state, log = folder / "public", folder / "state.json", folder / "requests"
        state.unlink(missing_ok=True)
        environment = {**os.environ, "INBLUE_LEDGER": str(folder / "ledger.db")}
        run("verify the ledger itself", ["verify"], environment)
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
                print(f"{'':26}{requests:8,} requests", flush=True)
        files = [each for each in public.rglob("*") if each.is_file()]
        total, kept = sum(each.stat().st_size for each in files), state.stat().st_size
        print(f"{len(files):,} files of {total:,} bytes; the audit's state has {kept:,} bytes")


if __name__ == "__main__":
    main()
