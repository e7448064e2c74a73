"""``make bench``: the table of docs/performance.md. BENCH_ENTRIES (default 20,000) is the size of the large ledger.

Only ratios mean something: what is compared was measured in turn, in the same minutes on the same cores. Rates are by
processor time, since a machine is rarely idle, but where something waits for the disk or for other programs.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import ballots
import others
import proving
import recording
import starting
import verifying
from made import make
from table import Goal, Row, ratio


def main() -> None:
    """Make the ledgers, measure, print."""
    entries = int(os.environ.get("BENCH_ENTRIES", "20000"))
    kept = os.environ.get("BENCH_LEDGER")  # a ledger of that size made before, to save the time
    print(_machine())
    with tempfile.TemporaryDirectory(prefix="inblue-bench-") as name:
        folder = Path(name)
        large, small = Path(kept) if kept else folder / "large.db", folder / "small.db"
        begin = time.perf_counter()
        if not large.exists():
            make(large, entries)
        make(small, entries // 10)
        print(f"ledgers of {entries:,} and {entries // 10:,} entries, made in {time.perf_counter() - begin:.0f} s\n")
        print(f"{'':35} {'median':>12} {'beside':32} {'median':>9} {'ratio':>7} {'lowest..highest':>13} goal")
        rows = verifying.rows(large, small, folder)
        rows += ballots.rows(folder)
        rows += recording.rows(folder)
        rows += _beside_others(folder, rows)
        for row in rows:
            print(row.line())
        print()
        for line in proving.lines(large):
            print(line)
    print()
    starting.main()


def _beside_others(folder: Path, rows: list[Row]) -> list[Row]:
    acts, whole = ("record, act by act", "record 100 votes in one go")
    mine = {row.what: statistics.median(row.measured) for row in rows if row.what in {rows[0].what, acts, whole}}
    found: list[Row] = []
    beside: list[tuple[str, Callable[[], tuple[float, float]], Goal, Goal | None]] = [
        ("git, ssh-signed commits", partial(others.git, folder), ratio(20), ratio(50)),
        ("GnuPG, signed mails", others.gnupg, ratio(10), None),
    ]
    for name, measure, recording_goal, verifying_goal in beside:
        try:
            theirs = measure()
        except others.Absent as absent:
            print(f"{name}: not measured, {absent}")
            continue
        found += [Row(what, [mine[what]], name, [theirs[0]], recording_goal) for what in (acts, whole)]
        found.append(Row(rows[0].what, [mine[rows[0].what]], name, [theirs[1]], verifying_goal))
    return found


def _machine() -> str:
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        model = next(
            (line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line), ""
        )
    libraries = ", ".join(f"{name} {version(name)}" for name in ("cryptography", "pynacl", "pydantic", "eventsourcing"))
    load = "/".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{model or platform.machine()}, {os.cpu_count()} cores, load {load}; Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}; {libraries}"
    )


if __name__ == "__main__":
    main()
