"""`inblue verify`, as a client of the conformance kit (``conformance/README.md``).

python by_inblue.py verify BUNDLE [--trust FILE] [--against RECEIPT]...
python by_inblue.py batch       the same for each line of the standard input, a JSON list of words, in one process
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout

from inblue.cli.main import run

_STATUS = {0: "holds", 1: "fails", 2: "refused"}
_ASKED_BY = {13: "--trust", 15: "--against", 17: "--state"}


def answer(words: Sequence[str]) -> tuple[int, dict[str, object]]:
    """Exit status and JSON object for one call."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with redirect_stdout(out), redirect_stderr(err):
        code = _run([*words, "--json"])
    for stream in (out, err):
        stream.seek(0)
    said: dict[str, object] = {"status": _STATUS.get(code, "refused"), "checks": [], "not_checked": []}
    if code == 2:
        return code, said | {"why": err.read().strip()}
    printed = json.loads(out.read())
    said["checks"] = sorted({problem["check"] for problem in printed["problems"]})
    said["not_checked"] = sorted(check for check, word in _ASKED_BY.items() if word not in words)
    return code, said | {"problems": printed["problems"]}


def _run(words: list[str]) -> int:
    kept, sys.argv = sys.argv, ["inblue", *words]
    try:
        return run()
    finally:
        sys.argv = kept


def main(words: list[str]) -> int:
    """Answer one call, or one for each line."""
    if words == ["batch"]:
        for line in sys.stdin:
            code, said = answer(json.loads(line))
            print(json.dumps({"exit": code, **said}), flush=True)
        return 0
    code, said = answer(words)
    print(json.dumps(said))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
