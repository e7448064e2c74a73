"""The page's check under Node, outside any browser: what it says of single values."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

NODE = shutil.which("node") or shutil.which("nodejs")
MISSING = "node is not installed: Debian's package nodejs, version 20 or later"


def ask(questions: Iterable[list[Any]]) -> list[Any]:
    """The answer to each question: the name of a function of check.js, and what it is given."""
    assert NODE is not None, MISSING
    harness = Path(__file__).parent / "under_node.mjs"
    asked = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([NODE, str(harness)], input=asked, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]
