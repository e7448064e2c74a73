"""Run a verifier over the test vectors and say where it agrees (README.md has the protocol). Needs Python alone.

    python kit.py [--vectors FOLDER] [--expected FILE] [--batch] [--exact] [--json FILE] -- VERIFIER WORD...

Exit status 0 if every verdict is the one wanted, or is named in the file of expected failures with its reason; 1 if
not, also where a failure was expected and did not come; 2 for a wrong call.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
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


def one_by_one(client: list[str], runs: list[Run]) -> list[tuple[int, str]]:
    """Exit status and standard output of each call."""
    answers = []
    for run in runs:
        done = subprocess.run([*client, *run.words], capture_output=True, text=True, check=False)
        answers.append((done.returncode, done.stdout))
    return answers


def in_batch(client: list[str], runs: list[Run]) -> list[tuple[int, str]]:
    """As :func:`one_by_one`, in one process that reads the calls from its standard input."""
    calls = "".join(json.dumps(run.words) + "\n" for run in runs)
    done = subprocess.run([*client, "batch"], input=calls, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    if len(lines) != len(runs):
        raise SystemExit(f"{len(runs)} calls, and {len(lines)} answers; {done.stderr.strip()[-500:]}")
    return [(_exit_of(line), line) for line in lines]


def _exit_of(line: str) -> int:
    try:
        return int(json.loads(line)["exit"])
    except (ValueError, KeyError, TypeError):
        return -1


def judge(run: Run, code: int, out: str) -> Outcome:
    """Hold an answer against what is wanted, as far as the client says that it checks."""
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


def report(outcomes: list[Outcome], expected: dict[str, str]) -> tuple[list[str], bool]:
    """Lines for people, and whether all is as it should be."""
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
    unknown = sorted(set(expected) - {outcome.run.name for outcome in outcomes})
    lines += [f"UNKNOWN    {name}: there is no such run" for name in unknown]
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
    asked.add_argument("--json", type=Path, metavar="FILE", help="where to write the outcomes as JSON")
    asked.add_argument("client", nargs="+", help="the verifier, and words that come before `verify`")
    given = asked.parse_args(words)
    with tempfile.TemporaryDirectory() as states:
        runs = [*runs_of(given.vectors), *audits_of(given.vectors.parent / "logs", Path(states))]
        answers = (in_batch if given.batch else one_by_one)(given.client, runs)
    outcomes = [judge(run, *answer) for run, answer in zip(runs, answers, strict=True)]
    expected = json.loads(given.expected.read_text(encoding="utf-8")) if given.expected else {}
    if given.exact:
        outcomes = [each._replace(agrees="no") if each.agrees == "in the verdict" else each for each in outcomes]
    lines, fine = report(outcomes, expected)
    print("\n".join(lines))
    if given.json:
        rows = [{"run": o.run.name, "wanted": o.run.wanted, "agrees": o.agrees, "said": o.said} for o in outcomes]
        given.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
