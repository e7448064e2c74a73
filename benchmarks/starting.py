"""Speed, as ratios measured in one run: what a command costs beside a Python that only imports what it uses.

``make bench`` prints a table. Absolute times are of the machine at hand; only the ratios mean something. Commands are
run in turn (A B A B ...), and the medians compared.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 20
BIN = Path(sys.executable).parent
INBLUE = str(BIN / "inblue")
CASE = Path(__file__).parent.parent / "cli" / "demo" / "s-2020-268.case.json"

CLICK = "import click"
LIBRARIES = """
import click, pydantic, eventsourcing.sqlite
from cryptography.hazmat.primitives.asymmetric import ed25519
class Small(pydantic.BaseModel):
    field: int
"""


def medians(commands: list[list[str]], environment: dict[str, str]) -> list[float]:
    """The median wall time of each command, in seconds, the commands taking turns."""
    times: list[list[float]] = [[] for _ in commands]
    for round_ in range(ROUNDS + 1):
        for taken, command in zip(times, commands, strict=True):
            begin = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=environment)
            if round_:  # the first round warms the file cache
                taken.append(time.perf_counter() - begin)
    return [statistics.median(taken) for taken in times]


def main() -> None:
    """Record the real case, then time the commands that read it."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = str(Path(folder) / "bench.db")
        environment = {**os.environ, "INBLUE_LEDGER": ledger, "INBLUE_PASSPHRASE": "a passphrase for a benchmark"}
        bundle = str(Path(folder) / "bench.zip")
        for made in (["play", str(CASE)], ["export", bundle, "--vote", "S/2020/240"]):
            subprocess.run([INBLUE, *made], stdout=subprocess.DEVNULL, check=True, env=environment)
        rows = [
            ("inblue --help", [INBLUE, "--help"], "click", 1.2),
            ("inblue audit", [INBLUE, "audit"], "libraries", 1.5),
            ("inblue audit --json", [INBLUE, "audit", "--json"], "libraries", None),
            ("inblue status", [INBLUE, "status"], "libraries", None),
            ("inblue replay", [INBLUE, "replay"], "libraries", None),
            ("inblue verify LEDGER", [INBLUE, "verify", ledger], "libraries", None),
            ("inblue verify BUNDLE", [INBLUE, "verify", bundle], "inblue audit", 2.0),
        ]
        floors = {
            "click": [sys.executable, "-c", CLICK],
            "libraries": [sys.executable, "-c", LIBRARIES],
            "inblue audit": [INBLUE, "audit"],
        }
        taken = medians([*floors.values(), *(command for _, command, _, _ in rows)], environment)
    floor_times = dict(zip(floors, taken, strict=False))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {ROUNDS} rounds, medians")
    print(f"{'command':22}{'ms':>8}{'floor':>14}{'floor ms':>10}{'ratio':>8}{'goal':>8}")
    for (name, _, floor, goal), seconds in zip(rows, taken[len(floors) :], strict=True):
        base = floor_times[floor]
        wanted = f"<= {goal}" if goal else ""
        print(f"{name:22}{seconds * 1000:8.0f}{floor:>14}{base * 1000:10.0f}{seconds / base:8.2f}{wanted:>8}")


if __name__ == "__main__":
    main()
