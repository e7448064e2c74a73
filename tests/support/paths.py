"""Where things are: the repository, its examples, the vectors, and the command as it is installed."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
VECTORS = ROOT / "tests" / "vectors"
GOLDEN = ROOT / "tests" / "cli" / "golden"
ARTEFACTS = ROOT / ".artefacts"
BIN = Path(sys.executable).parent
INBLUE = str(BIN / "inblue")


def contents(folder: Path) -> dict[str, str]:
    """Every file under ``folder`` by digest; what SQLite keeps beside an open database is no file of ours."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }
