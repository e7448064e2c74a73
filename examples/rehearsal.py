"""A rehearsal: one simulated day in the Council, with members that sign, two timestamp authorities and two witnesses.

    python examples/rehearsal.py FOLDER

Every command is run as its user would run it, at the hour shown beside it: libfaketime gives the commands, the
authorities and the witnesses the same invented clock, and the vote says SIMULATED wherever it is shown. What is left in
FOLDER is what an auditor gets: ``rehearsal.zip``, ``trust.json`` and a member's receipt.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

BIN = Path(sys.executable).parent
AUTHORITY = Path(__file__).parent / "authority.py"
NEW_YORK = ZoneInfo("America/New_York")
OPENS = datetime.fromisoformat("2026-03-07T14:00:00-05:00")  # the clocks go forward within the 24 hours
DRAFT = "SIM/2026/9"
SIGNING = ("BEL", "EST")
ON_PAPER = (("CHN", 5), ("DEU", 6), ("FRA", 7), ("GBR", 8), ("IDN", 9), ("TUN", 10), ("USA", 11), ("ZAF", 12))
LETTER = ("--office", "permanent_representative", "--addressee", "president", "--dated", "2026-03-07")


class Rehearsal:
    """The registrar's folder and the shared clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = OPENS - timedelta(days=1)
        library = find_spec("libfaketime")
        if library is None or library.origin is None:
            sys.exit("libfaketime is needed: pip install libfaketime")
        preload = Path(library.origin).parent / "vendor/libfaketime/src/libfaketime.so.1"
        (folder / "passphrase").touch(mode=0o600)
        (folder / "passphrase").write_text(secrets.token_urlsafe(24))
        self.clock = folder / "clock"
        self.env = {
            **os.environ,
            "LD_PRELOAD": str(preload),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # else a thread that waits for Python's lock spins instead
            "TZ": "UTC",
            "INBLUE_PASSPHRASE": (folder / "passphrase").read_text(),
            "INBLUE_LEDGER": str(folder / "rehearsal.db"),
        }
        self.at(self.now)

    def at(self, moment: datetime) -> None:
        """Set the clock, which stays there until it is set again."""
        self.now = moment
        fresh = self.clock.with_suffix(".new")  # a witness may read it at any instant
        fresh.write_text(f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}\n")
        fresh.replace(self.clock)

    @staticmethod
    def call(command: list[str], *, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own

    def hours(self, hours: float, seconds: float = 0) -> None:
        """Set the clock to ``hours`` after the opening."""
        self.at(OPENS + timedelta(hours=hours, seconds=seconds))

    def run(self, *words: str | Path, quiet: bool = False) -> str:
        """Run a command, and show it with what it printed."""
        done = self.call([str(BIN / "inblue"), *map(str, words)], env=self.env)
        if not quiet:
            words = ("$ inblue", *(word if " " not in str(word) else f'"{word}"' for word in words))
            words = (*(word for word in words if word not in LETTER), *(["..."] if LETTER[0] in words else []))
            self.show(f"{self.now.astimezone(NEW_YORK):%d %b %H:%M}  ", " ".join(map(str, words)))
            for line in (done.stdout + done.stderr).splitlines():
                self.show(" " * 14, line)
        if done.returncode:
            sys.exit(f"exit status {done.returncode}: {done.stderr}")
        return done.stdout

    def show(self, lead: str, text: str) -> None:
        """Print a line, with its continuation indented."""
        text = text.replace(f"{self.folder}/", "")
        print(textwrap.fill(text, 80, initial_indent=lead, subsequent_indent=" " * (len(lead) + 2)))


def authorities(day: Rehearsal) -> list[dict[str, Any]]:
    """Make two authorities, each with a root of its own, as the operator configures them."""
    sources: list[dict[str, Any]] = []
    for name in ("first", "second"):
        command = [sys.executable, str(AUTHORITY), "make", str(day.folder / name), name]
        made = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603 - our own script
        sources.append(json.loads(made))
    configuration = {"format": "inblue-authorities/1", "sources": sources}
    (day.folder / "authorities.json").write_text(json.dumps(configuration))
    return [source["authority"] for source in sources]


@contextmanager
def witnesses(day: Rehearsal, log_key: str) -> Iterator[str]:
    """Two delegations that witness the log, each in a process of its own; yield the policy that asks for both."""
    running: list[subprocess.Popen[str]] = []
    lines: list[str] = [f"log {log_key}"]
    try:
        for name in ("one", "two"):
            folder = day.folder / f"witness-{name}"
            said = day.run(
                "witness", "init", folder, "--name", f"{name}.example/witness", "--log-key", log_key, quiet=True
            )
            vkey = said.splitlines()[-1].split(" ")[2]
            serve = [str(BIN / "inblue"), "witness", "serve", str(folder)]
            process = subprocess.Popen(serve, env=day.env, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
            running.append(process)
            said = process.stdout.readline() if process.stdout else ""
            address = said.split(" at ")[1].strip()
            lines.append(f"witness {name} {vkey} {address}")
        policy = "\n".join([*lines, "group both all one two", "quorum both"]) + "\n"
        (day.folder / "policy.txt").write_text(policy)
        yield policy
    finally:
        for process in running:
            process.terminate()
            process.wait()


def vote(day: Rehearsal, on_paper: Sequence[tuple[str, float]]) -> None:
    """The vote, from the draft to the announcement."""
    keys = day.folder / "members"
    day.run("draft", "circulate", DRAFT, "--simulated", "--title", "An invented text (simulated)", "--sponsor", "FRA")
    for member in SIGNING:
        day.run("key", "new", member.lower(), "--keys", keys, quiet=True)
        public = keys / f"{member.lower()}.pub"
        office = ("--office", "permanent_representative", "--member", member, "--holder", "somebody invented")
        day.run("key", "enrol", member.lower(), "--public", public, *office, quiet=True)

    day.hours(0)
    opens = OPENS.isoformat()
    day.run(
        "letter",
        "send",
        "opening",
        "--roster",
        "unsc-2020",
        "--president",
        "EST",
        "--opens-at",
        opens,
        "--programme-of-work",
    )
    day.run("vote", "blank", day.folder / "blank.json")
    day.hours(0.1)
    day.run("timestamp", "--anew", "--authorities", day.folder / "authorities.json")

    for number, member in enumerate(SIGNING):
        day.hours(1 + number)
        ballot = day.folder / f"{member.lower()}.ballot"
        signing = ("vote", "sign", member, "in_favour", day.folder / "blank.json", ballot)
        day.run(*signing, "--key", member.lower(), "--keys", keys, "--authorities", day.folder / "authorities.json")
        day.hours(1 + number, 120)
        day.run("vote", "cast", "--signed", ballot, *LETTER)
        acknowledge(day, member)

    for member, hours in on_paper:
        day.hours(hours)
        letter(day, member)
        acknowledge(day, member)

    day.hours(24, -1)
    letter(day, "NER")  # in time by the registrar's clock, and no authority could vouch for it any more
    day.hours(24, 420)
    letter(day, "VNM")
    day.hours(24, 600)
    day.run("vote", "close")
    day.hours(27)
    received = (OPENS + timedelta(hours=3)).isoformat()
    letter(day, "RUS", "--received-at", received)  # it had lain in another office, says the registrar a day later
    for member in ("NER", "RUS", "VNM"):
        acknowledge(day, member)
    day.hours(28)
    day.run("tally", "circulate")
    day.hours(30)
    day.run("result", "announce")


def letter(day: Rehearsal, member: str, *more: str) -> None:
    """Register a letter."""
    paper = day.folder / f"{member.lower()}.txt"
    paper.write_text(f"SIMULATED. The delegation of {member} votes in favour of the draft {DRAFT}.\n")
    day.run("vote", "cast", member, "in_favour", "--file", paper, "--signed", *LETTER, *more)


def acknowledge(day: Rehearsal, member: str) -> None:
    """Acknowledge a reply, and give the member its receipt."""
    day.at(day.now + timedelta(minutes=1))
    day.run("receipt", "acknowledge", member, "--write", day.folder / f"{member.lower()}.receipt", quiet=True)


def main(folder: Path, on_paper: Sequence[tuple[str, float]] = ON_PAPER) -> None:
    """See above."""
    folder.mkdir(parents=True)
    day = Rehearsal(folder.absolute())
    day.run("init", "--origin", "example.org/rehearsal", "--holder", "somebody invented")
    listed = json.loads(day.run("key", "list", "--json", quiet=True))
    (log_key,) = listed["log_keys"]
    believed = authorities(day)
    with witnesses(day, log_key) as policy:
        day.env |= {"INBLUE_AUTHORITIES": str(day.folder / "authorities.json")}
        day.env |= {"INBLUE_POLICY": str(day.folder / "policy.txt")}
        vote(day, on_paper)
    bundle = day.folder / "rehearsal.zip"
    day.run("export", bundle, "--vote", DRAFT)
    with zipfile.ZipFile(bundle) as archive:
        claims = json.loads(archive.read("inblue-bundle/data/claims.json"))
    # In a real vote, get the keys of the log, the authorities and the witnesses from them, never from the bundle.
    trust = {**claims, "authorities": believed, "policy": re.sub(r" http://\S+", "", policy)}
    (day.folder / "trust.json").write_text(json.dumps(trust))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
