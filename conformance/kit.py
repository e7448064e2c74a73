"""Run a verifier over the test vectors and say where it agrees (README.md has the protocol). Needs Python alone.

    python kit.py [--vectors FOLDER] [--expected FILE] [--batch] [--exact] [--first] [--json FILE] -- VERIFIER WORD...

Exit status 0 if every verdict is the one wanted, or is named in the file of expected failures with its reason; 1 if
not, also where a failure was expected and did not come; 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

STATUS = {0: "holds", 1: "fails", 2: "refused"}
HERE = Path(__file__).resolve().parent


class Run(NamedTuple):
    """One call of the verifier. ``wanted`` are the checks that must fail; None: the file must be refused."""

    name: str
    words: list[str]
    wanted: list[int] | None
    needs: int | None = None
    """A check without which it is not asked."""


class Outcome(NamedTuple):
    """``agrees`` is "exactly", "in the verdict" (other checks named), "not asked", or "no"."""

    run: Run
    agrees: str
    said: str


def runs_of(folder: Path) -> list[Run]:
    """Every call that the vectors ask for: each bundle alone, with its trust file, and against what was handed in."""
    found = []
    for case in json.loads((folder / "wanted.json").read_text(encoding="utf-8")):
        verify = ["verify", str(folder / case["bundle"])]
        found.append(Run(f"{case['name']} alone", verify, case["alone"]))
        if case.get("trust"):
            words = [*verify, "--trust", str(folder / case["trust"])]
            found.append(Run(f"{case['name']} trusted", words, case["trusted"]))
        if case.get("against"):
            words = [*verify, *(word for each in case["against"] for word in ("--against", str(folder / each)))]
            found.append(Run(f"{case['name']} against", words, case["contradicted"]))
    return found


def audits_of(folder: Path, states: Path) -> list[Run]:
    """Audits of published logs, each after one of an earlier state that it is to remember in a file."""
    table = folder / "wanted.json"
    cases = json.loads(table.read_text(encoding="utf-8")) if table.is_file() else []
    found = []
    for case in cases:
        state = str(states / f"{case['name']}.state")
        for which, wanted in (("then", []), ("now", case["remembered"])):
            words = ["verify", str(folder / case[which]), "--state", state]
            found.append(Run(f"{case['name']} {which}", words, wanted, needs=17))
    return found


def one_by_one(client: list[str], runs: list[Run]) -> Generator[tuple[int, str], None, None]:
    """Exit status and standard output of each call."""
    for run in runs:
        done = subprocess.run([*client, *run.words], capture_output=True, text=True, check=False)
        yield done.returncode, done.stdout


def in_batch(client: list[str], runs: list[Run]) -> Generator[tuple[int, str], None, None]:
    """As :func:`one_by_one`, in one process that reads all calls. Close it to end that early."""
    with tempfile.TemporaryFile("w+") as calls, tempfile.TemporaryFile("w+") as complaints:
        calls.writelines(json.dumps(run.words) + "\n" for run in runs)
        calls.seek(0)
        number, pipe = 0, subprocess.PIPE
        with subprocess.Popen([*client, "batch"], stdin=calls, stdout=pipe, stderr=complaints, text=True) as asked:
            try:
                for number, line in enumerate(asked.stdout or (), 1):
                    if number > len(runs):
                        asked.kill()
                        break
                    yield _exit_of(line), line
            except GeneratorExit:
                asked.kill()
                raise
        complaints.seek(0)
        if number != len(runs):
            raise SystemExit(f"{len(runs)} calls, and {number} answers; {complaints.read().strip()[-500:]}")


def _exit_of(line: str) -> int:
    try:
        return int(json.loads(line)["exit"])
    except (ValueError, KeyError, TypeError):
        return -1


def judge(run: Run, code: int, out: str) -> Outcome:
    """Compare an answer with what is wanted, as far as the client says that it checks."""
    try:
        said: dict[str, Any] = json.loads(out)
        status, checks, unchecked = said["status"], set(said["checks"]), set(said["not_checked"])
    except (ValueError, KeyError, TypeError):
        return Outcome(run, "no", f"exit status {code}, and no JSON object of the protocol")
    if run.needs in unchecked:
        return Outcome(run, "not asked", status)
    if STATUS.get(code) != status or (status == "fails") != bool(checks):
        return Outcome(run, "no", f"exit status {code} with status {status!r} and checks {sorted(checks)}")
    shown = f"{status} {sorted(checks)}" if checks else status
    if run.wanted is None:
        return Outcome(run, "exactly" if status == "refused" else "no", shown)
    wanted = set(run.wanted) - (unchecked - checks)
    if not wanted:
        return Outcome(run, "exactly" if status == "holds" else "no", shown)
    if status != "fails":
        return Outcome(run, "no", shown)
    if checks == wanted:
        return Outcome(run, "exactly", shown)
    return Outcome(run, "in the verdict" if checks & wanted else "no", shown)


def judged(given: argparse.Namespace, runs: list[Run], expected: dict[str, str]) -> Iterator[Outcome]:
    """The outcome of each run; with ``--first`` of those up to the first that is not as expected."""
    with closing((in_batch if given.batch else one_by_one)(given.client, runs)) as answers:
        for run, answer in zip(runs, answers, strict=True):
            outcome = judge(run, *answer)
            if given.exact and outcome.agrees == "in the verdict":
                outcome = outcome._replace(agrees="no")
            yield outcome
            if given.first and (outcome.agrees == "no") is not (run.name in expected):
                return


def report(outcomes: list[Outcome], expected: dict[str, str], names: set[str]) -> tuple[list[str], bool]:
    """Lines for people, and whether all is as it should be. ``names`` are those of all runs."""
    lines, fine = [], True
    for outcome in outcomes:
        name, why = outcome.run.name, expected.get(outcome.run.name)
        wanted = "refused" if outcome.run.wanted is None else outcome.run.wanted or "holds"
        if outcome.agrees == "no" and why is None:
            fine = False
            lines.append(f"DISAGREES  {name}: wanted {wanted}, said {outcome.said}")
        elif outcome.agrees == "no":
            lines.append(f"expected   {name}: wanted {wanted}, said {outcome.said} ({why})")
        elif why is not None:
            fine = False
            lines.append(f"UNEXPECTED {name}: agrees, though a failure is expected ({why})")
        elif outcome.agrees == "in the verdict":
            lines.append(f"verdict    {name}: wanted {wanted}, said {outcome.said}")
    unknown = sorted(set(expected) - names)
    lines += [f"UNKNOWN    {name}: no such run" for name in unknown]
    count = {
        how: sum(outcome.agrees == how for outcome in outcomes)
        for how in ("exactly", "in the verdict", "not asked", "no")
    }
    said = ", ".join(f"{number} {how}" for how, number in count.items())
    lines.append(f"{len(outcomes)} runs; agreement: {said}")
    return lines, fine and not unknown


def main(words: list[str]) -> int:
    """The command."""
    asked = argparse.ArgumentParser(description="Run a verifier over the test vectors.")
    asked.add_argument("--vectors", type=Path, default=HERE.parent / "tests" / "vectors" / "bundles")
    asked.add_argument("--expected", type=Path, help="a JSON object: the name of a run, and why it fails")
    asked.add_argument("--batch", action="store_true", help="one process for all calls, if the verifier knows `batch`")
    asked.add_argument("--exact", action="store_true", help="ask for just the checks that are wanted, not one of them")
    asked.add_argument("--first", action="store_true", help="end at the first call whose answer is not as it should be")
    asked.add_argument("--json", type=Path, metavar="FILE", help="where to write the outcomes as JSON")
    asked.add_argument("client", nargs="+", help="the verifier, and words that come before `verify`")
    given = asked.parse_args(words)
    expected = json.loads(given.expected.read_text(encoding="utf-8")) if given.expected else {}
    with tempfile.TemporaryDirectory() as states:
        runs = [*runs_of(given.vectors), *audits_of(given.vectors.parent / "logs", Path(states))]
        outcomes = list(judged(given, runs, expected))
    lines, fine = report(outcomes, expected, {run.name for run in runs})
    print("\n".join(lines))
    if given.json:
        rows = [{"run": o.run.name, "wanted": o.run.wanted, "agrees": o.agrees, "said": o.said} for o in outcomes]
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
