"""What the page's check says of every vector, word for word: kept in tests/cli/documents/page_said.jsonl.

    PYTHONPATH=tests/support python tests/support/page_said.py

writes it again; tests/whole/test_page_said.py and the mutants compare it with what is said today.
"""

from __future__ import annotations

import json
import subprocess

from node import MISSING, NODE
from paths import ROOT, VECTORS

HERE = VECTORS / "bundles"
SAID = ROOT / "tests" / "cli" / "documents" / "page_said.jsonl"


def page_said() -> list[str]:
    """The page's answer to each vector, as a line of the file."""
    assert NODE is not None, MISSING
    cases = json.loads((HERE / "wanted.json").read_text(encoding="utf-8"))
    asked = "".join(json.dumps(["verify", str(HERE / case["bundle"])]) + "\n" for case in cases)
    command = [NODE, str(ROOT / "conformance" / "clients" / "by_page.mjs"), "batch"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for answer in answers:
        del answer["not_checked"]
    told = ({"vector": case["name"], **answer} for case, answer in zip(cases, answers, strict=True))
    return [json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in told]


if __name__ == "__main__":
    SAID.write_text("".join(page_said()), encoding="utf-8")
