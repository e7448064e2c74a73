"""Where things are: the repository, its examples, the vectors, and the command as it is installed."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
VECTORS = ROOT / "tests" / "vectors"
GOLDEN = ROOT / "tests" / "cli" / "golden"
ARTEFACTS = ROOT / ".artefacts"
BIN = Path(sys.executable).parent
INBLUE = str(BIN / "inblue")
