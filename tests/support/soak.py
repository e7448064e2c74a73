"""Faults for as long as asked; after each, all that was acknowledged is there, and the ledger verifies.

    make soak SECONDS=300                          a new seed each time, printed; SEED=7 repeats one
    make soak ONLY=one_for_threads ROUNDS=100      one fault, repeated
    python tests/support/soak.py [--seconds N | --rounds N] [--seed N] [--only FAULT]

Nothing is simulated: processes are killed with SIGKILL, a file system is full, a server dies, a clock steps. What is
counted is printed at the end. A ``left`` file is one that a killed process had under a hidden name; there may be no
other.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import ctypes
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from authority import Tsa, faketime
from seats import COUNCIL_2021
from server import Server
from signers import LOG, REGISTRAR, Elsewhere
from soak_child import record

from inblue.domain.acts import DraftCirculated, LetterSent, VoteCast
from inblue.domain.errors import InblueError
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.errors import Broken, SignerFailed
from inblue.ledger.hours import false_hour
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.authorities import Source
from inblue.ledger.operations.copy import copy
from inblue.ledger.operations.cosign import cosign_head
from inblue.ledger.operations.export import export
from inblue.ledger.operations.timestamps import stamp_head
from inblue.ledger.standards.checkpoint import Checkpoint, open_checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import consistency_proof, verify_consistency
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.standards.timestamp import Authority, verify_token
from inblue.ledger.standards.witness_policy import parse_policy
from inblue.ledger.stores.address import Address, read_address
from inblue.ledger.stores.streams import is_there
from inblue.ledger.witness.server import WitnessServer
from inblue.ledger.witness.witness import WitnessState

CHILD = Path(__file__).parent / "soak_child.py"
ORIGIN = "example.org/soak"
ROSTER = COUNCIL_2021
ENOUGH = 1_500
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
HIDDEN = re.compile(r"\.(inblue-\w+|[\w.]+\.[0-9a-f]{8}(-wal|-shm|-journal)?)")


@dataclass
class Acknowledged:
    """What was acknowledged as recorded: symbols, their files, and the checkpoints seen."""

    symbols: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    notes: set[bytes] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)

    def read(self, out: str) -> int:
        """Take in what a child printed, but for a line that it was killed over; return how many acts."""
        done = 0
        for line in out.split("\n")[:-1]:
            word, _, rest = line.partition(" ")
            if word == "done":
                symbol, sha256, note = rest.split()
                self.symbols.add(symbol)
                self.files.add(sha256)
                self.notes.add(base64.b64decode(note))
                done += 1
            elif word == "refused":
                self.refused[rest] += 1
        return done


@dataclass
class Counts:
    """The printed line of one kind of fault."""

    injected: int = 0
    acknowledged: int = 0
    refused: int = 0
    left: int = 0
    lost: int = 0


class Soak:
    """A folder, a seed, and one ledger at a time to do things to."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.chance = folder, random.Random(seed)
        self.counts: dict[str, Counts] = {}
        self.skipped: dict[str, str] = {}
        self.number = 0
        self.known = Acknowledged()
        self.path = self.fresh()
        self._tsa: Tsa | None = None
        self._server: Server | None = None
        self.database: tuple[str, Acknowledged] | None = None

    # What every fault uses

    def fresh(self, folder: Path | None = None) -> Path:
        """A new ledger in a file."""
        self.number += 1
        path = (folder or self.folder) / f"{self.number}.db"
        found(path).close()
        return path

    def name(self) -> str:
        """A name that no writer has had."""
        self.number += 1
        return f"W{self.number}"

    def start(self, what: str, *words: str | Path, **env: str) -> subprocess.Popen[str]:
        """A child that is at work."""
        command = [sys.executable, str(CHILD), what, *map(str, words)]
        child = subprocess.Popen(
            command, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        if child.stdout.readline() != "ready\n":
            raise AssertionError(child.communicate()[1])
        return child

    def kill(self, child: subprocess.Popen[str], within: float) -> str:
        """Kill it at a random instant; return what it had printed."""
        time.sleep(self.chance.uniform(0, within))
        child.kill()
        out, err = child.communicate()
        assert not err, err
        return out

    def leftovers(self, folder: Path, counts: Counts, *, killed: bool) -> None:
        """Only a killed process leaves anything, under a hidden name and nowhere else."""
        for each in sorted(folder.rglob(".*"), reverse=True):
            assert killed, f"{each} was left, and nobody was killed"
            assert HIDDEN.fullmatch(each.name), f"{each} was left under another name"
            counts.left += 1
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    def check(self, place: Address, known: Acknowledged, counts: Counts, files: Path | None = None) -> None:
        """All that was acknowledged is there, under one history, and verifies."""
        with Ledger.open(place, log_signer=LOG, files=files) as ledger:
            ledger.sequence()
            verified = ledger.verify()
            assert (verified.holds, verified.uncovered) == (True, 0), verified.problems
            kept = set(ledger.votes())
            counts.lost += len(known.symbols - kept)
            assert known.symbols <= kept, f"lost: {sorted(known.symbols - kept)[:5]}"
            for sha256 in known.files:
                ledger.files.get(sha256)
            last = ledger.checkpoint()
            sizes: dict[int, Checkpoint] = {}
            for note in known.notes:
                seen = open_checkpoint(note, *ledger.log_keys())
                assert sizes.setdefault(seen.size, seen) == seen, "two roots were signed for one size"
                proof = consistency_proof(seen.size, last.size, ledger.log.node) if seen.size < last.size else []
                assert verify_consistency(seen.size, last.size, seen.root, last.root, proof)
            known.files.clear()
            known.notes = {ledger.log.head().note}  # type: ignore[union-attr] # there is one: checkpoint() above
        if place == self.path and last.size > ENOUGH:
            self.path, self.known = self.fresh(), Acknowledged()

    def tsa(self) -> Tsa:
        """An authority, made when it is first needed."""
        if self._tsa is None:
            self._tsa = Tsa.make(self.folder / "tsa")
        return self._tsa

    def close(self) -> None:
        """Leave nothing running."""
        if self._server:
            self._server.remove()

    # The faults

    def writers_killed(self, counts: Counts) -> None:
        """Two processes have the file open and record; both are killed, one while the other goes on."""
        children = [self.start("record", self.path, self.name()) for _ in range(2)]
        for child in children:
            counts.acknowledged += self.known.read(self.kill(child, 0.5))
            counts.injected += 1
        self.leftovers(self.folder, counts, killed=True)
        self.check(self.path, self.known, counts)

    def export_killed(self, counts: Counts) -> None:
        """A bundle is whole, or not there."""
        target = self.folder / f"{self.name()}.zip"
        self.kill(self.start("export", self.path, target), 0.6)
        counts.injected += 1
        self.leftovers(self.folder, counts, killed=True)
        if not target.exists():
            with Ledger.open(self.path, read_only=True) as ledger:
                export(ledger, target, vote=None, include_open=True)
        assert verify_bundle(target).holds
        target.unlink()
        self.check(self.path, self.known, counts)

    def copy_killed(self, counts: Counts) -> None:
        """A copy is whole, or not there."""
        target = self.folder / f"{self.name()}.db"
        self.kill(self.start("copy", self.path, target), 0.8)
        counts.injected += 1
        self.leftovers(self.folder, counts, killed=True)
        if not is_there(target):
            with Ledger.open(self.path, read_only=True) as ledger:
                copy(ledger, target)
        with Ledger.open(self.path) as ledger, Ledger.open(target) as copied:
            assert copied.log.head() == ledger.log.head()
        self.check(target, Acknowledged(set(self.known.symbols)), counts)
        for each in self.folder.glob(f"{target.name}*"):
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    def stamping_killed(self, counts: Counts) -> None:
        """Every timestamp kept is one, and a second process records meanwhile."""
        claim = self.folder / "authority.json"
        claim.write_bytes(self.tsa().authority.canonical())
        with self.tsa().serve() as url:
            writer = self.start("record", self.path, self.name())
            stamping = self.start("stamp", self.path, url, claim)
            out = self.kill(stamping, 0.8)
            assert "refused" not in out, out
            counts.acknowledged += self.known.read(self.kill(writer, 0.1))
        counts.injected += 2
        self.leftovers(self.folder, counts, killed=True)
        with Ledger.open(self.path, read_only=True) as ledger:
            stamps = ledger.log.stamps()
            assert len(stamps) >= out.count("stamped")
            for stamp in stamps:
                authority = Authority.read(stamp.authority.encode(), where="stamp")
                verify_token(stamp.token, stamp.note, authority, query=stamp.query)
        self.check(self.path, self.known, counts)

    def authority_fails(self, counts: Counts) -> None:
        """It is late, drips, answers garbage, hangs up or says 500; it costs its time, and nothing else."""
        before = self._stamps()
        for how in ("late", "drips", "drips its header", "garbage", "hangs up", "500"):
            with failing(how) as url, Ledger.open(self.path, log_signer=LOG) as ledger:
                begun = time.monotonic()
                (fetched,) = stamp_head(
                    ledger, [Source(authority=self.tsa().authority, url=url)], seconds=0.4, anew=True
                )
                assert fetched.timestamp is None, how
                assert fetched.fault
                assert time.monotonic() - begun < 1.5, f"{how}: held up for {time.monotonic() - begun:.1f} s"
                counts.refused += 1
                counts.acknowledged += self.here(ledger, self.known, 1)
            counts.injected += 1
        assert self._stamps() == before
        self.leftovers(self.folder, counts, killed=False)
        self.check(self.path, self.known, counts)

    def _stamps(self) -> int:
        with Ledger.open(self.path, read_only=True) as ledger:
            return len(ledger.log.stamps())

    def clock_steps(self, counts: Counts) -> None:
        """The clock of a writer steps to and fro, by up to two years; another one's does not."""
        clock = self.folder / "clock"
        env = {"LD_PRELOAD": faketime(), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}
        env |= {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0", "TZ": "UTC"}

        def step(to: datetime) -> None:
            new = self.folder / "clock.new"
            new.write_text(f"{to:%Y-%m-%d %H:%M:%S}\n")
            new.replace(clock)

        step(datetime.now(UTC))
        other = self.start("record", self.path, self.name())
        child = self.start("record", self.path, self.name(), **env)
        for _ in range(3):
            time.sleep(0.15)
            step(datetime.now(UTC) + timedelta(days=self.chance.uniform(-730, 730)))
            counts.injected += 1
        counts.acknowledged += self.known.read(self.kill(child, 0.2)) + self.known.read(self.kill(other, 0.1))
        self.leftovers(self.folder, counts, killed=True)
        with Ledger.open(self.path, log_signer=LOG) as ledger:
            false = false_hour(ledger.streams, "the clock stepped")
            if false.recorded_at > datetime.now(UTC):  # nothing is recorded after it until it is disowned
                ledger.keep_register(false, signer=REGISTRAR)
        self.check(self.path, self.known, counts)

    def opened_twice(self, counts: Counts) -> None:
        """One process has the ledger open four times over, and records through all of them at once."""
        told = [Acknowledged() for _ in range(4)]
        with contextlib.ExitStack() as stack:
            ledgers = [stack.enter_context(Ledger.open(self.path, log_signer=LOG)) for _ in told]
            done = [0] * len(told)

            def run(number: int) -> None:
                done[number] = self.here(ledgers[number], told[number], 5)

            threads = [threading.Thread(target=run, args=(number,)) for number in range(len(told))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert done == [5] * len(told), [each.refused for each in told]
        counts.injected += 1
        counts.acknowledged += sum(done)
        for each in told:
            self.known.symbols |= each.symbols
            self.known.files |= each.files
            self.known.notes |= each.notes
        self.leftovers(self.folder, counts, killed=False)
        self.check(self.path, self.known, counts)

    def one_for_threads(self, counts: Counts) -> None:
        """Eight threads share one ledger, which a second process writes to, and a signer fails now and then."""
        child = self.start("record", self.path, self.name())
        log = Elsewhere(LOG)
        with Ledger.open(self.path, log_signer=log, signer_seconds=2) as ledger:
            symbol = self.name()
            begin(ledger, symbol)
            told, done = [Acknowledged() for _ in range(8)], list[tuple[str, int]]()

            def run(number: int) -> None:
                for member in ROSTER.ids[number::8]:
                    if self.chance.random() < 0.2:
                        log.how = self.chance.choice(["zeros", "other", "raises", "well"])
                    try:
                        done.append((member, reply(ledger, symbol, member)))
                    except SignerFailed:
                        log.how = "well"
                        told[number].refused["signer"] += 1
                self.here(ledger, told[number], 2)

            threads = [threading.Thread(target=run, args=(number,)) for number in range(len(told))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            log.how = "well"
            counts.acknowledged += self.known.read(self.kill(child, 0.1))
            with Ledger.open(self.path) as fresh:
                assert ledger.vote(symbol) == fresh.vote(symbol), "the object shows another vote than the store has"
                assert ledger.register() == fresh.register()
                kept = [(each.member, each.entered.number) for each in fresh.vote(symbol).replies]
            counts.lost += len(set(done) - set(kept))
            assert sorted(kept) == sorted(done), "what was acknowledged is not what is there, once each"
        counts.injected += 1
        counts.acknowledged += len(done)
        for each in told:
            counts.refused += sum(each.refused.values())
            counts.acknowledged += len(each.symbols)
            self.known.symbols |= each.symbols
            self.known.files |= each.files
            self.known.notes |= each.notes
        self.leftovers(self.folder, counts, killed=True)
        self.check(self.path, self.known, counts)

    def here(self, ledger: Ledger, known: Acknowledged, acts: int) -> int:
        """Record in this process."""
        said: list[str] = []
        record(ledger, self.name(), acts, tell=lambda *words: said.append(" ".join(map(str, words)) + "\n"))
        return known.read("".join(said))

    def disk_full(self, counts: Counts) -> None:
        """A file system fills while a writer records; then a bundle and a copy are to go there; then there is room."""
        with small_disk(self.folder / "disk") as disk:
            path, known = self.fresh(disk), Acknowledged()
            with Ledger.open(path, log_signer=LOG) as ledger:
                counts.acknowledged += self.here(ledger, known, 5)
                ballast = disk / "ballast"
                room = shutil.disk_usage(disk).free - self.chance.randrange(20_000, 200_000)
                ballast.write_bytes(bytes(max(0, room)))
                for _ in range(200):
                    counts.acknowledged += self.here(ledger, known, 1)
                    if sum(known.refused.values()) > 5:
                        break
                else:
                    raise AssertionError("the disk was never full")
                for act in (
                    lambda: export(ledger, disk / "a.zip", vote=None, include_open=True),
                    lambda: copy(ledger, disk / "b.db"),
                ):
                    refused(act)
                counts.injected += 3
                counts.refused += sum(known.refused.values()) + 2
                assert not list(disk.glob("a.zip*")) + list(disk.glob("b.db"))
                self.leftovers(disk, counts, killed=False)
                ballast.unlink()
                counts.acknowledged += (done := self.here(ledger, known, 3))
                assert done == 3, known.refused
            self.check(path, known, counts)

    def read_only(self, counts: Counts) -> None:
        """Nothing can be written; it reads and verifies, and recording is refused."""
        with small_disk(self.folder / "disk") as disk:
            path, known = self.fresh(disk), Acknowledged()
            with Ledger.open(path, log_signer=LOG) as ledger:
                counts.acknowledged += self.here(ledger, known, 5)
            mount("-o", "remount,ro", disk)
            try:
                with Ledger.open(path, read_only=True) as ledger:
                    assert ledger.verify().holds
                    assert known.symbols <= set(ledger.votes())
                with contextlib.suppress(InblueError), Ledger.open(path, log_signer=LOG) as ledger:
                    assert self.here(ledger, known, 2) == 0
                counts.injected += 1
                counts.refused += 1
            finally:
                mount("-o", "remount,rw", disk)
            self.leftovers(disk, counts, killed=False)
            self.check(path, known, counts)

    def older_copy(self, counts: Counts) -> None:
        """A backup is restored, and a witness has cosigned what came after it; and the last entry is cut off a file."""
        path, known = self.fresh(), Acknowledged()
        older, cut = path.with_suffix(".older"), path.with_suffix(".cut")
        with watching(self.folder / self.name()) as policy_text, Ledger.open(path, log_signer=LOG) as ledger:
            policy = parse_policy(policy_text)
            counts.acknowledged += self.here(ledger, known, self.chance.randint(1, 4))
            backup(path, older)
            later = self.chance.randint(2, 4)
            counts.acknowledged += self.here(ledger, known, later)
            assert [each.fault for each in cosign_head(ledger, policy)] == [None]
            files = Path(f"{path}.files")
            with Ledger.open(older, log_signer=LOG, files=files) as restored:
                (said,) = cosign_head(restored, policy, anew=True)
                assert "entries were lost, or this is an older copy" in (said.fault or ""), said
                self.here(restored, Acknowledged(), later + self.chance.randint(0, 3))
                (said,) = cosign_head(restored, policy, anew=True)
                assert "has signed another history" in (said.fault or ""), said
            backup(path, cut)
            db = sqlite3.connect(cut)
            db.executescript(
                "DROP TRIGGER stored_events_no_delete; DELETE FROM stored_events WHERE rowid = "
                "(SELECT max(rowid) FROM stored_events);"
            )
            db.close()
            with Ledger.open(cut, log_signer=LOG, files=files) as shorter:
                head, told = shorter.log.head(), Acknowledged()
                assert self.here(shorter, told, 1) == 0
                assert all("entries are missing" in each for each in told.refused), told.refused
                with contextlib.suppress(Broken):
                    shorter.sequence()
                assert shorter.log.head() == head
            assert [each.fault for each in cosign_head(ledger, policy, anew=True)] == [None]
        counts.injected += 2
        counts.refused += 3
        self.leftovers(self.folder, counts, killed=False)
        self.check(path, known, counts)

    def server_killed(self, counts: Counts) -> None:
        """PostgreSQL dies, every process of it, under two writers, and is started again."""
        if self._server is None:
            adopt_orphans()
            self._server = Server()
        files = self.folder / "database.files"
        if self.database is None:
            place = f"{self._server.uri}&schema=soak_{self.name().lower()}"
            found(read_address(place), files).close()
            self.database = place, Acknowledged()
        place, known = self.database
        children = [self.start("record", place, self.name(), SOAK_FILES=str(files)) for _ in range(2)]
        time.sleep(self.chance.uniform(0.1, 0.5))
        die(self._server)
        counts.injected += 1
        time.sleep(self.chance.uniform(0, 0.3))
        self._server.start()
        time.sleep(self.chance.uniform(0.3, 1.5))
        for child in children:
            counts.acknowledged += known.read(self.kill(child, 0.3))
        counts.refused += sum(known.refused.values())
        known.refused.clear()
        self.leftovers(self.folder / "database.files", counts, killed=True)
        self.check(read_address(place), known, counts, files)
        if len(known.symbols) > ENOUGH:
            self.database = None

    def run(self, fault: str) -> None:
        """Do one fault once."""
        counts = self.counts.setdefault(fault, Counts())
        try:
            getattr(self, fault)(counts)
        except NotHereError as reason:
            self.skipped[fault] = str(reason)


FAULTS = (
    "writers_killed", "export_killed", "copy_killed", "stamping_killed", "authority_fails", "clock_steps",
    "opened_twice", "one_for_threads", "disk_full", "read_only", "older_copy", "server_killed",
)  # fmt: skip


class NotHereError(Exception):
    """This machine does not allow the fault."""


def found(place: Address, files: Path | None = None) -> Ledger:
    """A new ledger with a procedure to vote by."""
    ledger = Ledger.create(place, signer=REGISTRAR, log_signer=LOG, origin=ORIGIN, files=files)
    ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    return ledger


def begin(ledger: Ledger, symbol: str) -> None:
    """A vote that is open."""
    procedure = built_in_procedure("unsc-2020-253").sha256
    draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure)
    ledger.perform(symbol, draft, signer=REGISTRAR)
    ledger.perform(symbol, LetterSent(kind="opening", opens_at=ledger.clock()), signer=REGISTRAR, roster=ROSTER)


def reply(ledger: Ledger, symbol: str, member: str) -> int:
    """Record a reply; return the number of the act."""
    paper = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
    act = VoteCast(member=member, position="in_favour", received_at=ledger.clock(), instrument=paper)
    return ledger.perform(symbol, act, signer=REGISTRAR)[0].number


def refused(act: Callable[[], Any]) -> None:
    """An act that cannot be done raises one of inblue's errors, in one line."""
    with pytest.raises(InblueError, match=r"\A.+\Z"):  # a dot does not match a line's end
        act()


def mount(*words: str | Path) -> None:
    """Root's mount."""
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHereError(f"no mounting here: {done.stderr.strip()}")


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of three megabytes."""
    if os.geteuid() or not shutil.which("mount"):
        raise NotHereError("only root may mount a small file system")
    folder.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def backup(path: Path, to: Path) -> None:
    """As SQLite's own backup makes it."""
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(to)) as target:
        source.backup(target)


def adopt_orphans() -> None:
    """Let this process reap a daemon that dies: in a container nothing else may, and it would look alive."""
    if not Path("/proc/self/task").is_dir():
        raise NotHereError("no /proc, which tells the processes of a server")
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die(server: Server) -> None:
    """Kill every process of the server at once: its postmaster and that one's children, and no others."""
    postmaster = int((server.data / "postmaster.pid").read_text().split("\n")[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    for act in (lambda pid: os.kill(pid, signal.SIGKILL), lambda pid: os.waitpid(pid, 0)):
        for pid in (postmaster, *map(int, children)):
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                act(pid)


@contextlib.contextmanager
def watching(folder: Path) -> Iterator[str]:
    """A witness over HTTP; yields the policy that asks it."""
    signer = CosignatureSigner("one.example/witness", Ed25519Signer.from_seed(b"w" * 32))
    state = WitnessState.create(folder, signer.verifier.name, ())
    state.watch(str(NoteSigner(ORIGIN, LOG).verifier))
    with WitnessServer(state, signer, "127.0.0.1", 0) as server:
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield f"witness one {signer.verifier} {server.url}\nquorum one\n"
        finally:
            server.shutdown()
            serving.join()


@contextlib.contextmanager
def failing(how: str) -> Iterator[str]:
    """An authority that fails; yields its address."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            out = self.connection
            match how:
                case "late":
                    over.wait(5)
                case "drips":
                    self.drip(b"HTTP/1.0 200 OK\r\nContent-Length: 60000\r\n\r\n", bytes(60_000))
                case "drips its header":
                    self.drip(b"HTTP/1.0 200 OK\r\n", b"X-More: " + b"x" * 60_000)
                case "garbage":
                    out.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + os.urandom(500))
                case "hangs up":
                    out.shutdown(socket.SHUT_RDWR)
                case _:
                    self.send_error(500)

        def drip(self, first: bytes, then: bytes) -> None:
            with contextlib.suppress(OSError):
                self.connection.sendall(first)
                for byte in then:
                    if over.wait(0.1):
                        return
                    self.connection.sendall(bytes([byte]))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def table(soak: Soak) -> str:
    """What was done and its result."""
    rows = [f"{'fault':18}{'injected':>10}{'acknowledged':>14}{'refused':>9}{'left':>6}{'lost':>6}"]
    every = {name: soak.counts[name] for name in FAULTS if name in soak.counts and name not in soak.skipped}
    total = Counts(*(sum(column) for column in zip(*(vars(c).values() for c in every.values()), strict=True)))
    for name, c in [*every.items(), ("all", total)]:
        words = name.replace("_", " ")
        rows.append(f"{words:18}{c.injected:10,}{c.acknowledged:14,}{c.refused:9,}{c.left:6,}{c.lost:6,}")
    rows.extend(f"{name.replace('_', ' '):18}skipped: {why}" for name, why in soak.skipped.items())
    return "\n".join(rows)


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description="Faults for as long as asked.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rounds", type=int, help="how many of each fault, however long that takes")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--only", choices=FAULTS, action="append")
    given = parser.parse_args()
    begun, faults, fault = time.monotonic(), given.only or FAULTS, ""
    with tempfile.TemporaryDirectory(prefix="inblue-soak-") as folder:
        soak = Soak(Path(folder), given.seed)
        try:
            print(
                f"seed {given.seed}, {f'{given.rounds} rounds' if given.rounds else f'{given.seconds:g} s'}", flush=True
            )
            rounds = 0
            while rounds < given.rounds if given.rounds else time.monotonic() - begun < given.seconds:
                rounds += 1
                for fault in soak.chance.sample(faults, len(faults)):
                    soak.run(fault)
        except BaseException:
            print(f"\nfailed in {fault!r}, seed {given.seed}", flush=True)
            raise
        finally:
            soak.close()
            print(table(soak), flush=True)


if __name__ == "__main__":
    main()
