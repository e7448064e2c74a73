"""Mutants of the checks, made by tools and drawn with a seed, and one by hand for each MUST NOT of docs/spec.

    python tests/support/mutants.py [--number 400] [--seed 1] [--jobs 2] [--only python|page|spec] [--quick] [--json F]

``--quick`` asks the vectors and the tests of the module itself, and no others: for a first look.

Each is put into a copy of the tree. The vectors are asked first, then the module's own tests, the tests that execute
the line, the quickest first (:mod:`who_executes`), and the vectors in every way of verifying: what any of them notices
is noticed. The share noticed is printed, and every survivor with its place. Exit status 1 where less than 95 % are.

``tests/mutants/explained.json`` says of those that survived an earlier run why: under ``equal`` those that change no
answer, which are not asked again and do not count; under ``unnoticed`` the others.

* ``ledger/audit``: cosmic-ray's operators. One place is drawn, then one operator of those that change it. Left out are
  annotations and what is imported for them, what says that lists are as long (``strict=``) or how a class is made
  (``frozen=``, ``slots=``), how much is held or read at a time and what is compared with it (:data:`_AT_A_TIME`), what
  is remembered (:data:`_REMEMBERING`), and comparisons turned into ``is``, which say the same of small numbers and
  names.
* ``check.js``: the mutants of Stryker's instrumenter in the part that checks; what the page says of it is not asked.
  Left out are the names of faults, which are for people.
* ``tests/mutants/must_not.json``: by the number of the sentence, a text in a file and what replaces it.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from paths import ROOT
from who_executes import DURATIONS, WhoExecutes

AUDIT = ROOT / "ledger" / "audit"
PAGE = ROOT / "cli" / "documents" / "templates" / "check.js"
BY_HAND = ROOT / "tests" / "mutants" / "must_not.json"
EXPLAINED = ROOT / "tests" / "mutants" / "explained.json"
MODULES = ROOT / ".venv" / "mutants" / "node_modules"
WANTED = 0.95
SECONDS = {"vectors": 300, "tests": 900}
"""A mutant for which they take longer is noticed: it does not end."""


class Mutant(NamedTuple):
    """A file of the tree with one thing changed. ``area`` says which tests are asked."""

    area: str
    name: str
    path: Path
    line: int
    was: str
    now: str
    content: str
    tests: tuple[str, ...] = ()
    """What runs after the vectors, where that is not the area's tests."""

    @property
    def key(self) -> str:
        """Its name in the file of explanations: where it is, by the text there and not by a line number."""
        return f"{self.path.relative_to(ROOT)}: {self.was} => {self.now}"


class Outcome(NamedTuple):
    """``noticed_by`` is what noticed it; empty for a survivor."""

    mutant: Mutant
    noticed_by: str
    seconds: float


def of_python(number: int, chance: random.Random) -> Iterator[Mutant]:
    """Mutants of ledger/audit by cosmic-ray."""
    from cosmic_ray.commands import init
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names
    from cosmic_ray.work_db import WorkDB, use_db

    operators = {name for name in operator_names() if not re.search(r"_Is(Not)?$", name)}
    places: dict[tuple[str, tuple[int, int]], list[tuple[str, int]]] = {}
    with tempfile.TemporaryDirectory() as folder, use_db(Path(folder) / "work.sqlite", WorkDB.Mode.create) as database:
        init(sorted(AUDIT.glob("*.py")), database, {})
        for item in database.work_items:
            (spec,) = item.mutations
            at = (str(spec.module_path), tuple(spec.start_pos))
            if spec.operator_name in operators:
                places.setdefault(at, []).append((spec.operator_name, spec.occurrence))
    skipped = {path: {*_annotated(Path(path)), *_strict(Path(path)), *_no_answer(Path(path))} for path, _ in places}
    chosen = [at for at in sorted(places) if at[1] not in skipped[at[0]]]
    for path, start in chance.sample(chosen, min(number, len(chosen))):
        operator, occurrence = chance.choice(sorted(places[path, start]))
        source = Path(path).read_text(encoding="utf-8")
        content = mutate_code(source, get_operator(operator)(), occurrence)
        if content is not None and content != source:
            yield _mutant("python", operator.removeprefix("core/"), Path(path), source, content)


def _annotated(path: Path) -> Iterator[tuple[int, int]]:
    """Every place in an annotation, which nothing evaluates."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        found = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for each in filter(None, found):
            for line in range(each.lineno, each.end_lineno + 1):
                first = each.col_offset if line == each.lineno else 0
                yield from ((line, column) for column in range(first, 200))


def _strict(path: Path) -> Iterator[tuple[int, int]]:
    """Every place that says of lists that they are as long, or of a class how it is made: it changes no answer."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg in {"strict", "frozen", "slots"}:
            yield node.value.lineno, node.value.col_offset


_AT_A_TIME = re.compile(r"_PAGE|_PORTION|_KEPT\w*|_REMEMBERED|HELD|FEWEST|_IN_HAND|_HOPELESS")
"""Constants of how much is read, held or said at once: a verdict does not rest on it."""
_REMEMBERING = {"cache", "collecting_rarely", "lru_cache"}
"""Decorators of functions that give the same without them, only later."""


def _no_answer(path: Path) -> Iterator[tuple[int, int]]:
    """Every place on which no answer rests: in such a constant, in a condition that compares with one, in a decorator
    that is one of these, and in the condition under which the imports for annotations stand.
    """
    source = ast.parse(path.read_text(encoding="utf-8"))
    for node in source.body:
        named = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(named, ast.Name) and _AT_A_TIME.fullmatch(named.id):
            yield from _within(node)
    for each in ast.walk(source):
        if isinstance(each, (ast.If, ast.IfExp, ast.While)) and _compares_sizes(each.test):
            yield from _within(each.test)
        for decorator in getattr(each, "decorator_list", ()):
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(called, ast.Name) and called.id in _REMEMBERING:
                yield from ((decorator.lineno, column) for column in range(200))


def _compares_sizes(condition: ast.expr) -> bool:
    if isinstance(condition, ast.Name) and condition.id == "TYPE_CHECKING":
        return True
    compared = (each for each in ast.walk(condition) if isinstance(each, ast.Compare))
    operands = (operand for each in compared for operand in (each.left, *each.comparators))
    return any(isinstance(each, ast.Name) and _AT_A_TIME.fullmatch(each.id) for each in operands)


def _within(node: ast.stmt | ast.expr) -> Iterator[tuple[int, int]]:
    for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
        first = node.col_offset if line == node.lineno else 0
        last = (node.end_col_offset or 0) if line == node.end_lineno else 200
        yield from ((line, column) for column in range(first, last))


def _mutant(area: str, name: str, path: Path, source: str, content: str) -> Mutant:
    before, after = source.splitlines(), content.splitlines()
    line = next(n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    return Mutant(area, name, path, line + 1, before[line].strip(), after[line].strip(), content)


def of_page(number: int, chance: random.Random) -> Iterator[Mutant]:
    """Mutants of the part of check.js that checks, by Stryker."""
    lister = ROOT / "tests" / "support" / "list_js_mutants.mjs"
    listed = subprocess.run(["node", str(lister), str(MODULES), str(PAGE)], capture_output=True, text=True, check=True)
    source = PAGE.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    last = next(n for n, line in enumerate(lines) if "// Hold a checkpoint that the reader has" in line)
    places: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for each in json.loads(listed.stdout):
        start = each["location"]["start"]
        named = each["mutatorName"] == "StringLiteral" and _NAMES.search(lines[start["line"]])
        if 8 <= start["line"] < last and not named:
            places.setdefault((start["line"], start["column"]), []).append(each)
    for at in chance.sample(sorted(places), min(number, len(places))):
        each = chance.choice(places[at])
        (begin, end) = (starts[each["location"][k]["line"]] + each["location"][k]["column"] for k in ("start", "end"))
        content = source[:begin] + each["replacement"] + source[end:]
        if content != source:
            yield _mutant("page", each["mutatorName"], PAGE, source, content)


_NAMES = re.compile(r"Fault\(|problem\(|refuse\(|unchecked\.add|name: \"|\.message")


def by_hand() -> Iterator[Mutant]:
    """One for each MUST NOT."""
    for number, each in json.loads(BY_HAND.read_text(encoding="utf-8")).items():
        if "why" in each:
            continue
        path = ROOT / each["file"]
        source = path.read_text(encoding="utf-8")
        if source.count(each["old"]) != 1:
            raise SystemExit(f"{BY_HAND.name}: {number}: its text is {source.count(each['old'])} times in {path}")
        mutant = _mutant("python", number, path, source, source.replace(each["old"], each["new"]))
        yield mutant._replace(tests=tuple(each.get("tests", ())))


class Copies:
    """Copies of the tree in which mutants live, one for each that is tested at a time."""

    def __init__(self, folder: Path, number: int, *, quick: bool = False) -> None:
        self.quick = quick
        self.folder, self.jobs = folder, number
        self.executing: WhoExecutes | None = None
        self._changes = count(1_000_000_000)
        self.free: SimpleQueue[Path] = SimpleQueue()
        kept = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
            check=True,
        ).stdout.splitlines()  # fmt: skip
        for each in range(number):
            tree = folder / str(each) / "inblue"
            for name in kept:
                if (ROOT / name).is_file():
                    (tree / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / name, tree / name)
            self.free.put(tree)

    def test(self, mutant: Mutant) -> Outcome:
        """Put the mutant in a copy, ask the vectors and then the tests, and take it out."""
        tree, began = self.free.get(), time.monotonic()
        path = tree / mutant.path.relative_to(ROOT)
        path.write_text(mutant.content, encoding="utf-8")
        self._date(path)
        try:
            for what, words in _asked(mutant, tree, self.executing):
                if not _passes(words, tree, SECONDS[what]):
                    return Outcome(mutant, what, time.monotonic() - began)
            return Outcome(mutant, "", time.monotonic() - began)
        finally:
            shutil.copy(mutant.path, path)
            self._date(path)
            self.free.put(tree)

    def _date(self, path: Path) -> None:
        """Give a file another second than it ever had: Python goes by that, and the size, to compile it again."""
        at = next(self._changes)
        os.utime(path, (at, at))

    def learn(self) -> None:
        """Run the tests of what verifies once, and keep which of them executes which line, and how long they take."""
        tree, data, durations = self.free.get(), self.folder / "coverage", self.folder / "durations.json"
        self.free.put(tree)
        left_out = [f"--ignore={each}" for each in LEFT_OUT]
        covered = ["--cov=inblue.ledger.audit", "--cov-context=test", "--cov-report=", "-p", "who_executes"]
        words = _pytest("-n", str(self.jobs), "--dist", "loadfile", *covered, *left_out, *ASKED)
        words.remove("-x")  # tests that fail without a mutant are left out
        _passes(words, tree, 1800, COVERAGE_FILE=str(data), **{DURATIONS: str(durations)})
        self.executing = WhoExecutes(tree, data, durations)
        names = self.folder / "every.txt"
        names.write_text("\n".join(self.executing.names), encoding="utf-8")
        if not _passes(_pytest("--collect-only", f"@{names}"), tree, 600):  # or it would notice every mutant
            raise SystemExit("not every test can be asked for by its name")
        print(f"{len(self.executing.names)} tests may be asked; {self.executing.failed} fail already", flush=True)


def _asked(mutant: Mutant, tree: Path, executing: WhoExecutes | None) -> Iterator[tuple[str, list[str]]]:
    """The tests that run, the quickest first."""
    if mutant.area == "page":
        expected = tree / "conformance" / "clients" / "page-expected.json"
        kit = [str(tree / "conformance" / "kit.py"), "--batch", "--exact", "--first", "--expected", str(expected)]
        yield "vectors", [sys.executable, *kit, "--", "node", str(tree / "conformance" / "clients" / "by_page.mjs")]
        yield "tests", _pytest(*(f"tests/whole/test_page_{name}.py" for name in PAGE_TESTS))
        return
    yield "vectors", [sys.executable, "tests/support/notice.py"]
    if mutant.tests:
        yield "tests", _pytest(*mutant.tests)
        return
    own = f"tests/ledger/audit/test_{mutant.path.stem}.py"
    if (tree / own).is_file():
        yield "tests", _pytest(own)
    if executing is not None:
        path, source = str(mutant.path.relative_to(ROOT)), mutant.path.read_text(encoding="utf-8")
        names = tree.parent / "tests.txt"
        asked = [each for each in executing.tests(path, source, mutant.line) if not each.startswith(f"{own}::")]
        names.write_text("\n".join(asked), encoding="utf-8")
        if asked:
            yield "tests", _pytest(f"@{names}")
    yield "vectors", [sys.executable, "tests/support/notice.py", "--every-way"]


PAGE_TESTS = ("in_poor_browsers", "said", "forms", "reduced")
"""The tests of the page, ``tests/whole/test_page_*.py``, the quickest first."""

ASKED = ("tests/ledger", "tests/whole")
"""Where tests are that may execute a line of the checks."""

LEFT_OUT = (
    "tests/ledger/audit/test_every_way.py",
    "tests/ledger/devices",
    "tests/ledger/stores/contract/test_many_writers.py",
    "tests/ledger/tables",
    "tests/ledger/test_signers.py",
    *(f"tests/whole/test_{name}.py" for name in (
        "api", "architecture", "compat", "conformance", "courier", "delegation_page", "docs_snippets", "edge",
        "embedding_page", "examples_in_docstrings", "extras", "face", "glossary", "json_types", "manual", "other_hands",
        "other_hosts", *(f"page_{name}" for name in PAGE_TESTS), "plain_words", "readme", "release", "schemas",
        "second_verifier", "spec", "supply_chain", "vectors", "wheel",
    )),
)  # fmt: skip
"""Tests that run long, in processes of their own, or ask what was asked before."""


def _pytest(*words: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", *words]


def _passes(words: list[str], tree: Path, seconds: int, **more: str) -> bool:
    paths = [str(tree.parent), *(str(tree / each) for each in ("tests", "tests/support", "examples"))]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **more}
    try:
        done = subprocess.run(words, cwd=tree, env=environment, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def is_equal(mutant: Mutant, equal: Mapping[str, str]) -> bool:
    """Whether the mutant is known to change no answer: by its text, where that stands once in the file."""
    lines = (line.strip() for line in mutant.path.read_text(encoding="utf-8").splitlines())
    return mutant.key in equal and list(lines).count(mutant.was) == 1


def report(outcomes: list[Outcome], seconds: float) -> tuple[str, float]:
    """For people, and the share noticed."""
    said = json.loads(EXPLAINED.read_text(encoding="utf-8"))
    explained = {**said["equal"], **said["unnoticed"]}
    lines = []
    for outcome in outcomes:
        mutant = outcome.mutant
        if not outcome.noticed_by:
            where = f"{mutant.path.relative_to(ROOT)}:{mutant.line}"
            why = explained.get(mutant.key)
            lines += [f"SURVIVED {mutant.name} {where}", f"  - {mutant.was}", f"  + {mutant.now}"]
            lines += [f"  {why}"] if why else []
    noticed = sum(bool(outcome.noticed_by) for outcome in outcomes)
    share = noticed / len(outcomes) if outcomes else 1.0
    by = Counter((each.mutant.area, each.noticed_by or "nothing") for each in outcomes)
    lines += [f"{area}: {number} noticed by {what}" for (area, what), number in sorted(by.items())]
    lines.append(f"{noticed} of {len(outcomes)} mutants noticed, {share:.1%}, in {seconds / 60:.0f} minutes")
    return "\n".join(lines), share


def chosen(number: int, seed: int, only: str | None) -> Iterable[Mutant]:
    """The mutants, in the order in which they are tested."""
    chance, found = random.Random(seed), list[Mutant]()
    of_the_page = number * 35 // 100
    if only in {None, "python"}:
        found += of_python(number if only else number - of_the_page, chance)
    if only in {None, "page"}:
        found += of_page(number if only else of_the_page, chance)
    if only in {None, "spec"}:
        found += by_hand()
    return found


def main(words: list[str]) -> int:
    """The command."""
    asked = argparse.ArgumentParser(description="Mutation testing of the checks.")
    asked.add_argument("--number", type=int, default=400)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked.add_argument("--only", choices=["python", "page", "spec"])
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--json", type=Path)
    given = asked.parse_args(words)
    drawn, began = list(chosen(given.number, given.seed, given.only)), time.monotonic()
    equal = json.loads(EXPLAINED.read_text(encoding="utf-8"))["equal"]
    mutants = [mutant for mutant in drawn if not is_equal(mutant, equal)]
    print(f"{len(drawn)} mutants, of which {len(drawn) - len(mutants)} are known to change no answer", flush=True)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        copies = Copies(Path(folder), given.jobs, quick=given.quick)
        _check_unchanged(copies)
        if not given.quick and any(mutant.area == "python" for mutant in mutants):
            copies.learn()
        for future in as_completed([pool.submit(copies.test, mutant) for mutant in mutants]):
            outcome = future.result()
            outcomes.append(outcome)
            said = outcome.noticed_by or "SURVIVED"
            where = f"{outcome.mutant.path.name}:{outcome.mutant.line}"
            print(
                f"{len(outcomes)}/{len(mutants)} {outcome.mutant.name} {where}: {said}, {outcome.seconds:.0f} s",
                flush=True,
            )
    text, share = report(outcomes, time.monotonic() - began)
    print(text)
    if given.json:
        rows = [
            {**o.mutant._asdict(), "path": o.mutant.key, "content": "", "noticed_by": o.noticed_by} for o in outcomes
        ]
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if share >= WANTED else 1


def _check_unchanged(copies: Copies) -> None:
    """A tree in which nothing is changed must pass, or everything would count as noticed; :meth:`Copies.learn` asks the
    other tests."""
    tree = copies.free.get()
    copies.free.put(tree)
    for path in (AUDIT / "checks.py", PAGE):
        source = path.read_text(encoding="utf-8")
        mutant = Mutant("page" if path == PAGE else "python", "none", path, 0, "", "", source)
        for what, words in _asked(mutant, tree, None):
            if not _passes(words, tree, SECONDS[what]):
                raise SystemExit(f"{what} fail already without a mutant: {' '.join(words)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
