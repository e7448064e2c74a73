"""Run targets under atheris, as README.md says: ``python -m fuzz.run --all --seconds 60``."""

from __future__ import annotations

import argparse
import importlib
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

_SLOW = (
    "bundle",
    "bundle_lines",
    "bundle_member",
    "bundle_signed",
    "handover",
    "policy",
    "receipt",
    "trust",
    "witness",
)
_LIMIT = 1 << 17


def main() -> int:
    """Fuzz one target, or each in turn; 1 on a finding."""
    parser = argparse.ArgumentParser(description="Coverage-guided fuzzing of every parser of outside bytes.")
    parser.add_argument("target", nargs="?", help="a name of fuzz.targets.TARGETS")
    parser.add_argument("--all", action="store_true", help="every target in turn")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "inblue-fuzz", help="what is kept")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        _fuzz(given.target, given.corpus, given.seconds)
        return 0
    from fuzz.targets import TARGETS

    if given.all == bool(given.target) or not {given.target} <= {None, *TARGETS}:
        parser.error(f"name one of {', '.join(TARGETS)}, or give --all")
    failed = [
        name for name in TARGETS if name in {given.target or name} and not _run(name, given.corpus, given.seconds)
    ]
    return 1 if failed else 0


def _run(name: str, corpus: Path, seconds: int) -> bool:
    """Fuzz one target in a process of its own, and say in a line how it went."""
    from fuzz.seeds import seeds_of

    folder, findings = corpus / name, corpus / "findings"
    for each in (folder, findings):
        each.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(seeds_of(name).values()):
        (folder / f"seed-{number:02}").write_bytes(content)
    command = [sys.executable, "-m", "fuzz.run", name, "--inside", f"--corpus={corpus}", f"--seconds={seconds}"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    said = done.stdout + done.stderr
    (corpus / f"{name}.log").write_text(said)
    runs = max((int(each) for each in re.findall(r"^(?:#|Done )(\d+)", said, re.MULTILINE)), default=0)
    covered = [int(each) for each in re.findall(r"cov: (\d+)", said)] or [0]
    written = re.findall(r"Test unit written to (\S+)", said)
    ok = done.returncode == 0 and runs > 0 and not written
    end = "ok" if ok else f"FINDING {' '.join(written) or f'(exit {done.returncode})'}; see {corpus / f'{name}.log'}"
    new = covered[-1] - covered[0]
    sys.stdout.write(f"{name:14} {runs:>10,} runs  {covered[-1]:>6,} covered  {new:>+6,} new  {end}\n")
    sys.stdout.flush()
    return ok


def _fuzz(name: str, corpus: Path, seconds: int) -> None:
    """Instrument, and fuzz in this process, which libFuzzer ends."""
    atheris = importlib.import_module("atheris")
    unseen = ["inblue.ledger.standards.ed25519", "inblue.ledger.standards.merkle"] if name in _SLOW else []
    with atheris.instrument_imports(include=["inblue"], exclude=unseen):
        from fuzz.targets import TARGETS
    from fuzz.mutate import mutate

    def mutated(data: bytes, limit: int, seed: int) -> bytes:
        if seed % 3 == 0:
            return bytes(atheris.Mutate(data, limit))
        return mutate(data, random.Random(seed))[:limit]

    options = {
        "max_total_time": seconds,
        "max_len": _LIMIT,
        "timeout": 30,
        "rss_limit_mb": 3000,
        "artifact_prefix": f"{corpus}/findings/{name}-",
        "len_control": 0,
    }
    given = [sys.argv[0], *(f"-{option}={value}" for option, value in options.items()), str(corpus / name)]
    atheris.Setup(given, TARGETS[name], custom_mutator=mutated)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
