"""Where things are: the repository, its examples, the vectors, and the command as it is installed."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
REAL_CASE = ROOT / "cli" / "demo" / "s-2020-268.case.json"  # what inblue demo records
CASES = sorted([REAL_CASE, *EXAMPLES.glob("*.case.json")])
VECTORS = ROOT / "tests" / "vectors"
GOLDEN = ROOT / "tests" / "cli" / "golden"
ARTEFACTS = ROOT / ".artefacts"
BIN = Path(sys.executable).parent
INBLUE = str(BIN / "inblue")


def case_file(name: str) -> Path:
    """The case file of a history; the files that it names are beside it."""
    return next(path for path in CASES if path.name == f"{name}.case.json")


def contents(folder: Path) -> dict[str, str]:
    """Every file under ``folder`` by digest; without the files that SQLite keeps beside an open database."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }
