"""Verifying: beside bare signatures, with one core and with two; since a checkpoint; replaying beside bare rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from made import LOG_SIGNER
from table import Row, at_most, ratio

from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.merkle import root
from inblue.ledger.standards.note import NoteSigner

ROUNDS = 3
ONCE = Path(__file__).with_name("once.py")


def once(what: str, ledger: Path, *arguments: str, cores: int = 1) -> dict[str, Any]:
    """Do it in a process of its own, on ``cores`` cores."""
    environment = {**os.environ, "INBLUE_BENCH_CORES": str(min(cores, os.cpu_count() or 1))}
    command = [sys.executable, str(ONCE), what, str(ledger), *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def rate(measured: dict[str, Any], by: str = "processor") -> float:
    """How many a second."""
    return float(measured["count"] / measured[by])


def rows(ledger: Path, small: Path, folder: Path) -> list[Row]:
    """The rows of the table. ``small`` is a ledger of a tenth of the size."""
    found: dict[str, list[dict[str, Any]]] = {}

    def note(name: str, what: str, *arguments: str, cores: int = 1, of: Path = ledger) -> None:
        found.setdefault(name, []).append(once(what, of, *arguments, cores=cores))

    held = [trusted(of, folder / f"{of.name}.note") for of in (ledger, small)]
    for _ in range(ROUNDS):
        note("bare", "bare")
        note("verify", "verify", "1")
        note("sodium", "bare", "libsodium")
        note("two bare", "bare-by-two", cores=2)
        note("two", "verify", "2", cores=2)
        note("rows", "rows")
        note("replay", "replay")
        note("small", "verify", "1", of=small)
        note("since", "since", str(held[0]))
        note("since, small", "since", str(held[1]), of=small)
    rates = {name: [rate(each) for each in every] for name, every in found.items()}
    clocks = {name: [each["clock"] for each in every] for name, every in found.items()}
    memory = {name: [max(each["memory"]) for each in every] for name, every in found.items()}
    by_clock = [[rate(each, "clock") for each in found[name]] for name in ("two", "two bare")]
    return [
        Row("verify, 1 core", rates["verify"], "signatures, pyca, 1 core", rates["bare"], ratio(0.8)),
        Row("verify, 2 cores, processor time", rates["two"], "the same, 2 cores", rates["two bare"], ratio(0.8)),
        Row("verify, 2 cores, elapsed time", by_clock[0], "the same, 2 cores", by_clock[1], ratio(0.8)),
        Row("verify, 1 core", rates["verify"], "signatures, libsodium, 1 core", rates["sodium"], None),
        Row("memory, MB", memory["verify"], "with a tenth of the entries", memory["small"], at_most(1.5), "MB"),
        Row("since 100 entries ago, seconds", clocks["since"], "with a tenth of the entries", clocks["since, small"],
            at_most(1.5), "s"),
        Row("replay, no signatures", rates["replay"], "rows, base64, json.loads", rates["rows"], ratio(0.5)),
    ]  # fmt: skip


def trusted(path: Path, note: Path) -> Path:
    """A file with the checkpoint over all but the last hundred entries of a ledger."""
    with Ledger.open(path, read_only=True) as ledger:
        head = ledger.checkpoint()
        size = head.size - 100
        earlier = Checkpoint(head.origin, size, root(size, ledger.log.node))
    note.write_bytes(earlier.sign(NoteSigner(head.origin, LOG_SIGNER)))
    return note
