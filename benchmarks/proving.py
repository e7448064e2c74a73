"""Proofs of inclusion and consistency, and reading one vote, in a large ledger: what is read, and how long it takes."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import LogStore
from inblue.ledger.operations.export import issue_receipt
from inblue.ledger.standards.merkle import NodeId, consistency_proof, inclusion_proof

TIMES = 200


def lines(path: Path) -> list[str]:
    """What was measured, in words."""
    with Ledger.open(path, read_only=True) as ledger:
        size, chance = ledger.checkpoint().size, random.Random(6)
        read = _Counted(ledger.log)
        said = [f"in a log of {size:,} entries, warm, medians of {TIMES}:"]
        proofs: list[tuple[str, Callable[[], object]]] = [
            ("inclusion proof", lambda: inclusion_proof(chance.randrange(size), size, read)),
            ("consistency proof", lambda: consistency_proof(chance.randrange(1, size), size, read)),
        ]
        for name, prove in proofs:
            times, rows = [], []
            for _ in range(TIMES):
                read.rows, begin = 0, time.perf_counter()
                prove()
                times.append(time.perf_counter() - begin)
                rows.append(read.rows)
            said.append(
                f"  {name:18} {statistics.median(times) * 1000:6.2f} ms, at most {max(rows)} rows read (goal: < 10 ms)"
            )
        votes = (size - 3) // 200 * 5
        for name, once in (
            ("a receipt", lambda: issue_receipt(ledger, f"S/M/{chance.randrange(1, votes)}", "BEL")),
            ("a vote, folded", lambda: Ledger.open(path, read_only=True).vote(f"S/M/{chance.randrange(1, votes)}")),
        ):
            times = []
            for _ in range(20):
                begin = time.perf_counter()
                once()
                times.append(time.perf_counter() - begin)
            said.append(f"  {name:18} {statistics.median(times) * 1000:6.2f} ms")
    return said


class _Counted:
    """Reads nodes, and counts."""

    def __init__(self, log: LogStore) -> None:
        self._log, self.rows = log, 0

    def __call__(self, node: NodeId) -> bytes:
        self.rows += 1
        return self._log.node(node)
