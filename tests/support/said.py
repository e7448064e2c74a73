"""What the verifier of this tree says of every vector, word for word: kept in tests/ledger/audit/said.jsonl.

    PYTHONPATH=tests/support python tests/support/said.py

writes it again; tests/whole/test_vectors.py and the mutants compare it with today's output. What is wanted of other
verifiers is in wanted.json alone: their words are their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paths import ROOT, VECTORS

from inblue.domain.errors import Malformed
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.receipt_checks import read_surfaced
from inblue.ledger.audit.result import Verification, verification_json
from inblue.ledger.evidence.trust import read_trust

HERE = VECTORS / "bundles"
SAID = ROOT / "tests" / "ledger" / "audit" / "said.jsonl"


def verified(case: dict[str, Any], trust: str | None, against: Sequence[str] = ()) -> Verification | str:
    """What is found of a vector; the one line where it is refused."""
    try:
        known = read_trust(HERE / trust) if trust else None
        held = read_surfaced([HERE / each for each in against]) if against else None
        return verify_bundle(HERE / case["bundle"], known, against=held)
    except Malformed as error:
        return str(error).replace(str(HERE), "")


def ways(case: dict[str, Any]) -> Iterator[tuple[str, Verification | str]]:
    """The ways in which a vector is asked about, and what is found."""
    yield "alone", verified(case, None)
    yield "trusted", verified(case, case["trust"])
    if "against" in case:
        yield "against", verified(case, None, case["against"])


def words(found: Verification | str) -> dict[str, Any]:
    """All that is said of a vector, but for what every one has or is said elsewhere."""
    if isinstance(found, str):
        return {"refused": found}
    told: dict[str, Any] = dict(verification_json(found))
    for name in ("format", "checkpoint"):
        del told[name]
    bounds = {
        f"{name} {act}": bound._asdict()
        for name, acts in sorted(found.bounds.items())
        for act, bound in sorted(acts.items())
    }
    acts = {name: [act.number for act in found.acts(name)] for name in sorted(found.states)}
    assert len(found.bounds) == len(list(found.bounds))
    return {**told, "bounds": bounds, "aside": found.aside, "all_there": found.all_there, "acts": acts}


def line(name: str, found_by: Mapping[str, Verification | str]) -> str:
    """What is said of a vector in every way, as one line of the file."""
    told = {"vector": name, **{how: words(found) for how, found in found_by.items()}}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=str) + "\n"


def main() -> None:
    """Write the file again."""
    cases = json.loads((HERE / "wanted.json").read_text(encoding="utf-8"))
    SAID.write_text("".join(line(case["name"], dict(ways(case))) for case in cases), encoding="utf-8")


if __name__ == "__main__":
    main()
