"""Which tests execute a line of ledger/audit, the quickest first: they are asked of a mutant there.

As a plugin of pytest (``-p who_executes``) it keeps how long each test took, in the file that DURATIONS names.
"""

from __future__ import annotations

import ast
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

DURATIONS = "INBLUE_DURATIONS"
MOST_SECONDS = 30.0
"""The most seconds that the tests of one mutant take, without the mutant."""

_took: defaultdict[str, float] = defaultdict(float)
_failed: set[str] = set()


def pytest_runtest_logreport(report: Any) -> None:
    """Take note of how long a part of a test took, and whether it passed."""
    _took[report.nodeid] += report.duration
    if not report.passed:
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write it down; of several processes the one that was told to begin does."""
    if "PYTEST_XDIST_WORKER" not in os.environ and DURATIONS in os.environ:
        passed = {name: seconds for name, seconds in _took.items() if name not in _failed}
        told = {"passed": passed, "failed": sorted(_failed)}
        Path(os.environ[DURATIONS]).write_text(json.dumps(told), encoding="utf-8")


class WhoExecutes:
    """What coverage.py and the plugin have written down of a run in the copy ``tree``."""

    def __init__(self, tree: Path, data: Path, durations: Path) -> None:
        from coverage import CoverageData

        told = json.loads(durations.read_text(encoding="utf-8"))
        self._took: dict[str, float] = told["passed"]
        self.names, self.failed = list(self._took), len(told["failed"])
        self._lines: dict[str, dict[int, list[str]]] = {}
        found = CoverageData(str(data))
        found.read()
        for file in found.measured_files():
            by_line = found.contexts_by_lineno(file)
            self._lines[str(Path(file).relative_to(tree))] = by_line

    def tests(self, path: str, source: str, line: int) -> list[str]:
        """The tests that execute the statement at ``line``; where none does, as it is imported, those of the file.

        First come those that execute what few do, of the statement and what it holds; of each file one, then of each
        another, since those of one file look at the same.
        """
        by_line = {number: self._named(found) for number, found in self._lines.get(path, {}).items()}
        head, whole = statement(source, line)
        wanted = set[str]().union(*(by_line.get(number, ()) for number in head)) or set[str]().union(*by_line.values())
        rare = dict.fromkeys(wanted, len(self._took))
        for found in (by_line[number] for number in whole if number in by_line):
            for name in found & wanted:
                rare[name] = min(rare[name], len(found))
        turn = Counter[str]()
        ranked = list[tuple[int, str]]()
        for name in sorted(wanted, key=lambda name: (rare[name], self._took[name], name)):
            file = name.partition("::")[0]
            ranked.append((turn[file], name))
            turn[file] += 1
        return list(self._within(name for _, name in sorted(ranked, key=lambda each: each[0])))

    def _named(self, contexts: list[str]) -> set[str]:
        return {each.rpartition("|")[0] for each in contexts} & self._took.keys()

    def _within(self, names: Iterable[str]) -> Iterator[str]:
        seconds = 0.0
        for name in names:
            seconds += self._took[name]
            if seconds > MOST_SECONDS:
                return
            yield name


def statement(source: str, line: int) -> tuple[range, range]:
    """The lines of the innermost statement there: of one that holds others those of its head, and all of them."""
    head = whole = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            end, body = node.end_lineno or node.lineno, getattr(node, "body", None)
            last = max(body[0].lineno - 1 if body else end, node.lineno)
            if line <= last:
                head, whole = range(node.lineno, last + 1), range(node.lineno, end + 1)
    return head, whole
