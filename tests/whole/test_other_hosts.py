"""What hosts did with a ledger in good faith, and broke it by, ends well: in real processes, threads and forks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledgers import forced
from server import Database
from signers import LOG, REGISTRAR, Elsewhere

import inblue
from inblue.ledger.ledger import Ledger

PAPER = inblue.Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
PROCEDURE, ROSTER = inblue.built_in_procedure("unsc-2020-253"), inblue.built_in_roster("unsc-2026")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where a ledger is kept that several processes can open."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    made: Database = request.getfixturevalue("postgres")
    return made.fresh()


def founded(place: str, *symbols: str, log: inblue.Signer = LOG) -> Ledger:
    """A ledger there, with votes that are open."""
    ledger = Ledger.create(place, signer=REGISTRAR, log_signer=log)
    ledger.adopt_procedure(PROCEDURE, signer=REGISTRAR)
    for symbol in symbols:
        with ledger.at(symbol, signer=REGISTRAR).together() as acts:
            acts.circulate(PROCEDURE)
            acts.open(ROSTER, programme_of_work=True)
    return ledger


def replied(ledger: Ledger, symbol: str) -> Counter[str]:
    return Counter(reply.member for reply in ledger.vote(symbol).replies)


def run(program: str, *words: str, **more: str) -> str:
    """What a host in a process of its own prints; it ends within a minute, without errors."""
    env = os.environ | more
    command = [sys.executable, "-c", program, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


FORKS = """
import os, sys
import inblue
registrar, log = (inblue.Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
paper = inblue.Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")
members = inblue.built_in_roster("unsc-2026").ids
before = inblue.Ledger.open(sys.argv[1], log_signer=log)  # as gunicorn --preload does
before.vote("S/1")
for worker in range(3):
    if os.fork() == 0:
        told = 0
        try:
            before.at("S/1", signer=registrar).reply(members[0], "in_favour", paper)
        except inblue.Broken as error:
            told += "open it again in each process that is to use it" in str(error)
        with inblue.Ledger.open(sys.argv[1], log_signer=log) as book:
            vote = book.at("S/1", signer=registrar)
            done = [vote.reply(member, "in_favour", paper).reply for member in members[5 * worker : 5 * worker + 5]]
        print(told, done, flush=True)
        os._exit(0)
assert [os.wait()[1] for _ in range(3)] == [0, 0, 0]
print(len(before.vote("S/1").replies))
"""


@pytest.mark.long
def test_workers_that_were_forked_with_a_ledger_open_open_their_own(place: str) -> None:
    with founded(place, "S/1") as ledger:
        assert run(FORKS, place).splitlines() == ["1 [1, 1, 1, 1, 1]"] * 3 + ["15"]
        assert replied(ledger, "S/1") == Counter(ROSTER.ids)
        assert ledger.verify().holds


@contextmanager
def a_ledger_for(how: str, place: str) -> Iterator[Callable[[], Ledger]]:
    """How a request gets its ledger: one for all; one per thread, perhaps used in another; or a new one each time."""
    own, opened = threading.local(), list[Ledger]()

    def new() -> Ledger:
        made = Ledger.open(place, log_signer=LOG)
        opened.append(made)
        return made

    shared = new()

    def of_this_thread() -> Ledger:
        if not hasattr(own, "ledger"):
            own.ledger = new()
        ledger: Ledger = own.ledger
        return ledger

    try:
        yield {"shared": lambda: shared, "per thread": of_this_thread, "per request": new}[how]
    finally:
        for each in opened:
            each.close()


@pytest.mark.long
@pytest.mark.parametrize("how", ["shared", "per thread", "per request"])
def test_a_web_service_replies_and_acknowledges_in_whatever_threads_it_has(place: str, how: str) -> None:
    """A dependency of FastAPI's may be run in another thread of the pool than its endpoint, and so may its ledger."""
    votes = [f"S/{number}" for number in range(4)]
    jobs = [(symbol, member) for member in ROSTER.ids for symbol in votes]
    with founded(place, *votes) as ledger:
        with a_ledger_for(how, place) as dependency, ThreadPoolExecutor(4) as first, ThreadPoolExecutor(4) as second:

            def endpoint(book: Ledger, symbol: str, member: str) -> int | None:
                with book.at(symbol, signer=REGISTRAR).together(key=f"{member}-1") as acts:
                    acts.reply(member, "in_favour", PAPER)
                    acts.acknowledge(member)
                return acts.done.reply

            opened = [(first.submit(dependency), job) for job in jobs]
            done = [second.submit(endpoint, book.result(60), *job) for book, job in opened]
            assert [each.result(60) for each in done] == [1] * 60
            assert [second.submit(endpoint, dependency(), *job).result(60) for job in jobs[:8]] == [1] * 8
        for symbol in votes:
            assert replied(ledger, symbol) == Counter(ROSTER.ids)
            assert all(reply.acknowledged for reply in ledger.vote(symbol).replies)
        assert ledger.verify().holds


def test_six_writers_whose_logs_key_is_slow_take_turns_and_each_is_signed_for_once(place: str) -> None:
    slow = Slow()
    founded(place, log=slow).close()
    slow.asked, slow.seconds = 0, 0.2

    def write(number: int) -> None:
        with Ledger.open(place, log_signer=slow) as book:
            book.at(f"S/{number}", signer=REGISTRAR).circulate(PROCEDURE.id)

    with ThreadPoolExecutor(6) as writers:
        list(writers.map(write, range(6), timeout=60))
    with Ledger.open(place) as ledger:
        assert set(ledger.votes()) == {f"S/{number}" for number in range(6)}
        assert ledger.verify().holds
    assert slow.asked == 6


class Slow(Elsewhere):
    """A key of the log's that is far away."""

    def __init__(self) -> None:
        super().__init__(LOG)
        self.seconds = 0.0

    def sign(self, message: bytes) -> bytes:
        time.sleep(self.seconds)
        return super().sign(message)


def test_a_hundred_and_forty_ledgers_are_open_at_once_on_a_default_postgresql(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    place = postgres.fresh()
    before = threading.active_count()
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'inblue' AND datname = current_database()"
    with founded(place, "S/1"):
        books = [Ledger.open(place, log_signer=LOG) for _ in range(140)]
        assert [book.votes() for book in books] == [("S/1",)] * 140
        assert int(str(postgres.execute(count)[0][0])) <= 5
        assert threading.active_count() - before < 10
        for book in books:
            book.close()
    until = time.monotonic() + 10
    while int(str(postgres.execute(count)[0][0])) and time.monotonic() < until:
        time.sleep(0.05)  # a server needs a moment to see that a client left
    assert postgres.execute(count)[0][0] == 0


CRON = """
import sys
from datetime import datetime
import inblue
registrar, log = (inblue.Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
now = datetime.fromisoformat(sys.argv[2])
with inblue.Ledger.open(sys.argv[1], log_signer=log, clock=lambda: now) as ledger:
    for closed in ledger.close_due(signer=registrar):
        if closed.done is None:
            print("not closed", closed.vote, type(closed.fault).__name__)
            continue
        vote = ledger.at(closed.vote, signer=registrar)
        vote.tally(key="tally")
        vote.announce(key="result")
        print("closed", closed.vote)
    inblue.stamp(ledger, [])
"""


@pytest.mark.long
def test_cron_jobs_that_run_at_once_close_what_is_due_once_and_a_broken_vote_does_not_stop_them(place: str) -> None:
    votes = [f"S/{number}" for number in range(5)]
    with founded(place, *votes) as ledger:
        forced(ledger, inblue.ReceiptAcknowledged(member="COL", reply=3), "S/2")  # of a reply that there is not
        good, tomorrow = [each for each in votes if each != "S/2"], datetime.now(UTC) + timedelta(hours=25)
        assert run(CRON, place, datetime.now(UTC).isoformat()) == "not closed S/2 Broken\n"
        with ThreadPoolExecutor(2) as pool:
            hours = [(tomorrow + timedelta(seconds=late)).isoformat() for late in range(2)]
            told = list(pool.map(lambda hour: run(CRON, place, hour), hours))
        lines = Counter("".join(told).splitlines())
        assert lines == Counter({"not closed S/2 Broken": 2, **{f"closed {symbol}": 1 for symbol in good}})
        for symbol in good:
            acts = Counter(each.act.act for each in ledger.acts(symbol))
            assert (acts["voting_closed"], acts["tally_circulated"], acts["result_announced"]) == (1, 1, 1)
        (problem,) = ledger.verify().problems
        assert problem.text == "act 2 (receipt_acknowledged): no reply 3 of COL is on record"
        with pytest.raises(inblue.Broken, match="no reply 3 of COL"):
            ledger.vote("S/2")


HOST = """
import sys, uuid
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
import inblue

class Meeting(Aggregate):
    def __init__(self, title):
        self.title, self.items = title, []
    @event("Added")
    def add(self, symbol):
        self.items.append(symbol)

class Meetings(Application):
    def call(self, title):
        meeting = Meeting(title)
        self.save(meeting)
        return meeting.id
    def add(self, id, symbol):
        meeting = self.repository.get(id)
        meeting.add(symbol)
        self.save(meeting)

meetings = Meetings()
id = meetings.call("the Council")
with inblue.Ledger.open(sys.argv[1], read_only=True) as ledger:
    for symbol in ("S/1", "S/99"):
        if ledger.has_vote(symbol):
            meetings.add(id, symbol)
    for symbol in meetings.repository.get(id).items:
        print(symbol, inblue.audit_json(inblue.record_of(ledger.vote(symbol)))["tally"]["in_favour"])
    print(ledger.verify().holds)
"""


def test_a_hosts_own_events_lie_in_the_same_database(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    parts = postgres.execute("SELECT current_database(), current_setting('unix_socket_directories'), current_user")[0]
    place = postgres.fresh()
    with founded(place, "S/1") as ledger:
        ledger.at("S/1", signer=REGISTRAR).reply("COL", "in_favour", PAPER)
        names = ("POSTGRES_DBNAME", "POSTGRES_HOST", "POSTGRES_USER")
        where = dict(zip(names, map(str, parts), strict=True)) | {"POSTGRES_PASSWORD": "", "POSTGRES_PORT": "5432"}
        told = run(HOST, place, PERSISTENCE_MODULE="eventsourcing.postgres", **where)
        assert told.splitlines() == ["S/1 1", "True"]
        assert postgres.execute("SELECT count(*) FROM public.meetings_events")[0][0] == 2
        ledger.at("S/1", signer=REGISTRAR).reply("DNK", "in_favour", PAPER)
        assert ledger.verify().holds


class Meanwhile:
    """The registrar's key, before whose first signature somebody else does something."""

    public_key = REGISTRAR.public_key

    def __init__(self, do: Callable[[], object]) -> None:
        self._left = [do]

    def sign(self, message: bytes) -> bytes:
        while self._left:
            self._left.pop()()
        return REGISTRAR.sign(message)


def test_what_two_workers_adopt_at_once_is_adopted_once(place: str) -> None:
    """Each does so when it starts, and finds that no other has yet."""

    def procedure(book: Ledger, signer: inblue.Signer) -> str:
        return book.adopt_procedure(PROCEDURE, signer=signer)

    def roster(book: Ledger, signer: inblue.Signer) -> str:
        return book.adopt_roster(ROSTER, signer=signer)

    with (
        Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as one,
        Ledger.open(place, log_signer=LOG) as other,
    ):
        for adopt in (procedure, roster):
            size, told = one.checkpoint().size, list[str]()
            told.append(adopt(one, Meanwhile(lambda adopt=adopt, told=told: told.append(adopt(other, REGISTRAR)))))  # type: ignore[misc]
            assert (one.checkpoint().size, len(set(told)), len(told)) == (size + 1, 1, 2)
        assert one.verify().holds


def test_a_key_that_fails_for_one_vote_that_is_due_does_not_keep_the_others_open(place: str) -> None:
    def throttled() -> None:
        raise ConnectionError

    tomorrow = datetime.now(UTC) + timedelta(hours=25)
    founded(place, "S/1", "S/2").close()
    with Ledger.open(place, log_signer=LOG, clock=lambda: tomorrow) as ledger:
        closed = ledger.close_due(signer=Meanwhile(throttled))
        assert [(each.vote, type(each.fault), each.done is not None) for each in closed] == [
            ("S/1", inblue.SignerFailed, False),
            ("S/2", type(None), True),
        ]
        assert [each.vote for each in ledger.due()] == ["S/1"]
