"""Whether the verifier of this tree says of every vector what is wanted: exit status 1 at the first where it does not.

In one process and in the order of the table, so that a mutant is noticed in seconds. What it looks at is what
tests/whole/test_vectors.py looks at; with ``--every-way`` it is what tests/ledger/audit/test_every_way.py does.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from every_way import differing, showing_whole_logs
from said import HERE, SAID, line, ways

from inblue.ledger.audit.result import Verification
from inblue.ledger.projections.record import record_of


def failing(found: Verification | str) -> list[int] | None:
    """The checks that fail; None where it is refused."""
    return None if isinstance(found, str) else sorted({problem.check for problem in found.problems})


def differs(case: dict[str, Any], said: str) -> str | None:
    """Results for a vector that are not wanted, or in other words than before."""
    found_by = dict(ways(case))
    alone, trusted = found_by["alone"], found_by["trusted"]
    for how, found, wanted in (("alone", alone, case["alone"]), ("trusted", trusted, case["trusted"])):
        if failing(found) != wanted:
            return f"{case['name']} {how}: wanted {wanted}, said {failing(found)}"
    if "against" in case and failing(found_by["against"]) != case["contradicted"]:
        return f"{case['name']} against"
    if "as_of" in case and (isinstance(alone, str) or alone.as_of != tuple(case["as_of"])):
        return f"{case['name']} as of"
    if "strengths" in case and not isinstance(trusted, str):
        strengths = {
            each.reply.member: each.verdict.strength
            for symbol, state in trusted.states.items()
            for each in record_of(state, trusted.bounds.get(symbol)).replies
        }
        if (strengths, trusted.witnessed) != (case["strengths"], case["witnessed"]):
            return f"{case['name']} strengths: {strengths}, {trusted.witnessed}"
    return None if line(case["name"], found_by) == said else f"{case['name']}: other words"


def main() -> int:
    """Look at each."""
    cases = json.loads((HERE / "wanted.json").read_text(encoding="utf-8"))
    if sys.argv[1:] == ["--every-way"]:
        return in_every_way(cases)
    for case, said in zip(cases, SAID.read_text(encoding="utf-8").splitlines(keepends=True), strict=True):
        if (what := differs(case, said)) is not None:
            sys.stdout.write(what + "\n")
            return 1
    return 0


def in_every_way(cases: Sequence[dict[str, Any]]) -> int:
    """Look at each that shows a whole log, published and in a store."""
    for case in showing_whole_logs(cases, HERE):
        with tempfile.TemporaryDirectory() as folder:
            way = differing(HERE / case["bundle"], Path(folder))
        if way is not None:
            sys.stdout.write(f"{case['name']}: {way}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
