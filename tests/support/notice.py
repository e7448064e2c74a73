"""Whether the verifier of this tree says of every vector what is wanted: exit status 1 at the first where it does not.

In one process and in the order of the table, so that a mutant is noticed in seconds. What it looks at is what
tests/whole/test_vectors.py looks at.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from paths import VECTORS

from inblue.domain.errors import Malformed
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.receipt_checks import read_surfaced
from inblue.ledger.audit.result import Verification
from inblue.ledger.evidence.trust import read_trust
from inblue.ledger.projections.record import record_of

HERE = VECTORS / "bundles"


def verified(case: dict[str, Any], trust: str | None, against: Sequence[str] = ()) -> Verification | None:
    """What is found; None if it is refused."""
    try:
        known = read_trust(HERE / trust) if trust else None
        held = read_surfaced([HERE / each for each in against]) if against else None
        return verify_bundle(HERE / case["bundle"], known, against=held)
    except Malformed:
        return None


def failing(found: Verification | None) -> list[int] | None:
    """The checks that fail."""
    return None if found is None else sorted({problem.check for problem in found.problems})


def differs(case: dict[str, Any]) -> str | None:
    """What is said of a vector that is not wanted."""
    alone, trusted = verified(case, None), verified(case, case["trust"])
    for how, found, wanted in (("alone", alone, case["alone"]), ("trusted", trusted, case["trusted"])):
        if failing(found) != wanted:
            return f"{case['name']} {how}: wanted {wanted}, said {failing(found)}"
    if "against" in case and failing(verified(case, None, case["against"])) != case["contradicted"]:
        return f"{case['name']} against"
    if "as_of" in case and (alone is None or alone.as_of != tuple(case["as_of"])):
        return f"{case['name']} as of"
    if "strengths" in case and trusted is not None:
        strengths = {
            each.reply.member: each.verdict.strength
            for symbol, state in trusted.states.items()
            for each in record_of(state, trusted.bounds.get(symbol)).replies
        }
        if (strengths, trusted.witnessed) != (case["strengths"], case["witnessed"]):
            return f"{case['name']} strengths: {strengths}, {trusted.witnessed}"
    return None


def main() -> int:
    """Look at each."""
    for case in json.loads((HERE / "wanted.json").read_text(encoding="utf-8")):
        if (what := differs(case)) is not None:
            sys.stdout.write(what + "\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
