"""What earlier versions wrote is still read and judged; and what this one writes, a version with more fields would."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT

from inblue.domain.errors import Malformed
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.evidence.trust import read_trust

pytestmark = pytest.mark.long

FIRST = ROOT / "tests" / "compat" / "e795dba"
KEPT = ("council.db", "council.zip", "rehearsal.db", "rehearsal.zip")
CASES: list[dict[str, Any]] = json.loads((FIRST / "bundles" / "wanted.json").read_text())

# The documents that a later version may give another optional field: where each is written, and what begins its class.
DOCUMENTS = {
    "domain/procedure.py": ("class Procedure(Document):",),
    "domain/procedure_rules.py": ("class Clause(Model):", "class WithinRule(Rule):"),
    "domain/roster.py": ("class Roster(Document):", "class Seat(Model):"),
    "domain/snapshot.py": ("class Snapshot(Document):",),
    "ledger/evidence/trust.py": ("class Trust(Document):",),
    "ledger/standards/timestamp.py": ("class Authority(Model):",),
}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A copy: opening a ledger, even to read it, makes SQLite's own files beside it."""
    return Path(shutil.copytree(FIRST, tmp_path / "kept"))


def run(*words: object, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"]} | ({"PYTHONPATH": str(site)} if site else {})
    code = "import sys; from inblue.cli.main import run; sys.exit(run())"
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def judged(audit: dict[str, Any]) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    """Of each vote: its symbol, its outcome, and member, placement and strength of each reply."""
    return [
        (
            vote["draft"],
            vote["outcome"],
            [(each["member"], each["placement"], each["strength"]) for each in vote["replies"]],
        )
        for vote in audit["votes"]
    ]


def still_judged_as_then(kept: Path, site: Path | None = None) -> None:
    for name in KEPT:
        then = json.loads((FIRST / f"{name}.verify.json").read_text())
        now = run("verify", kept / name, "--json", site=site)
        assert now.returncode == 0, now.stderr or now.stdout
        same = ("holds", "entries", "votes", "checkpoint", "problems")
        assert {key: json.loads(now.stdout)[key] for key in same} == {key: then[key] for key in same}
        trust = ("--trust", kept / "trust.json") if name.startswith("rehearsal") else ()
        audit = run("audit", "--ledger", kept / name, *trust, "--json", site=site)
        assert judged(json.loads(audit.stdout)) == judged(json.loads((FIRST / f"{name}.audit.json").read_text()))
    held = [
        word
        for name in ("bel.receipt", "chn.receipt", "ner.receipt", "bel.ballot")
        for word in ("--against", kept / name)
    ]
    for name in ("rehearsal.db", "rehearsal.zip"):
        done = run("verify", kept / name, "--trust", kept / "trust.json", "--require", "witnessed", *held, site=site)
        assert (done.returncode, done.stderr) == (0, "")


def test_what_the_first_round_wrote_is_judged_as_then(kept: Path) -> None:
    still_judged_as_then(kept)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_vectors_of_the_first_round_get_their_verdicts(case: dict[str, Any]) -> None:
    for trust, wanted in ((None, case["alone"]), (FIRST / "bundles" / case["trust"], case["trusted"])):
        try:
            found = verify_bundle(FIRST / "bundles" / case["bundle"], read_trust(trust) if trust else None)
        except Malformed:
            assert wanted is None
            continue
        assert sorted({problem.check for problem in found.problems}) == wanted


@pytest.fixture(scope="module")
def tomorrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with this package, in which every document has one more optional field."""
    site = tmp_path_factory.mktemp("tomorrow")
    for floor in ("domain", "ledger", "cli"):
        shutil.copytree(ROOT / floor, site / "inblue" / floor, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "__init__.py", site / "inblue" / "__init__.py")
    for file, classes in DOCUMENTS.items():
        path = site / "inblue" / file
        source = path.read_text(encoding="utf-8")
        for head in classes:
            found = re.search(re.escape(head) + r'\n    """.*?"""\n', source, re.DOTALL)
            assert found is not None, head
            source = f"{source[: found.end()]}\n    of_tomorrow: str | None = None\n{source[found.end() :]}"
        path.write_text(source, encoding="utf-8")
    return site


def test_a_version_whose_documents_have_more_fields_judges_them_as_then(kept: Path, tomorrow: Path) -> None:
    """The digest in an entry names bytes: what a later model would write does not matter."""
    shown = run("schema", "procedure", site=tomorrow)
    assert "of_tomorrow" in shown.stdout  # it is that version that runs
    still_judged_as_then(kept, tomorrow)


def test_a_version_whose_documents_have_more_fields_adopts_the_same_procedure(tomorrow: Path) -> None:
    for name in ("unsc-2020-253", "unga-74-544"):
        shown = run("procedure", "show", name, "--json", site=tomorrow)
        assert shown.returncode == 0, shown.stderr
        code = f"from inblue import built_in_procedure; print(built_in_procedure({name!r}).sha256)"
        env = {"PYTHONPATH": str(tomorrow)}
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == built_in_procedure(name).sha256
