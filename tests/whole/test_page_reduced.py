"""Of bundles from which something is left out, the page's check finds what the program finds."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from node import MISSING, NODE
from paths import ROOT
from reducer import Reduction, every_reduction, wholes

from inblue.domain.errors import Malformed
from inblue.ledger.audit.bundle import verify_bundle

pytestmark = pytest.mark.skipif(NODE is None, reason=MISSING)
WHOLLY = {1, 2, 3, 4, 5, 6, 7, 18}
"""The checks that the page makes as the program does; of others it makes parts."""


def found_by_program(path: Path) -> list[int] | None:
    try:
        found = verify_bundle(path)
    except Malformed:
        return None
    return sorted({problem.check for problem in found.problems} & WHOLLY)


def found_by_page(paths: list[Path]) -> list[list[int] | None]:
    assert NODE is not None
    asked = "".join(json.dumps(["verify", str(path)]) + "\n" for path in paths)
    command = [NODE, str(ROOT / "conformance" / "clients" / "by_page.mjs"), "batch"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [None if each["status"] == "refused" else sorted(set(each["checks"]) & WHOLLY) for each in answers]


def test_the_page_finds_what_the_program_finds(tmp_path: Path) -> None:
    chance = random.Random(2026)
    paths: list[Path] = []
    for whole in wholes(tmp_path):
        reductions: dict[str, list[Reduction]] = {
            group: [] for group in ("each item", "each kind, and two", "seeded sets")
        }
        for group, _, left_out in every_reduction(whole, 30):
            if group in reductions:
                reductions[group].append(left_out)
        for some in reductions.values():
            for left_out in chance.sample(some, min(len(some), 8)):
                path = tmp_path / f"reduced-{len(paths)}.zip"
                whole.reduced(left_out, path)
                paths.append(path)
    wanted = [found_by_program(path) for path in paths]
    said = found_by_page(paths)
    differing = [(path.name, mine, page) for path, mine, page in zip(paths, wanted, said, strict=True) if mine != page]
    assert not differing
    assert len(Counter(map(str, wanted))) > 4
