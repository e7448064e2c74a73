"""Limits a host sets: one pool a process, few votes in memory, no wait without an end; and what a fork leaves."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from many_votes import with_votes
from server import Database
from signers import LOG, REGISTRAR, Elsewhere

import inblue
from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import Malformed, Refused
from inblue.domain.procedure import built_in_procedure
from inblue.ledger import process
from inblue.ledger.errors import Broken, Busy
from inblue.ledger.ledger import Ledger
from inblue.ledger.process import limits, set_limits
from inblue.ledger.stores.address import Address, PostgresAddress, read_address
from inblue.ledger.stores.postgres import _pools

PROCEDURE = built_in_procedure("unsc-2020-253")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = limits()
    yield
    process._set[0] = before


@pytest.fixture
def ledger(place: Address | None) -> Iterator[Ledger]:
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as made:
        made.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        yield made


def circulate(ledger: Ledger, symbol: str) -> None:
    draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)
    ledger.perform(symbol, draft, signer=REGISTRAR)


def test_few_votes_are_held_and_every_one_is_read_as_ever() -> None:
    set_limits(votes=2)
    book = with_votes(5)
    held = book._recorder._votes._states
    first = [book.vote(symbol) for symbol in book.votes()]
    assert len(held) == 2
    assert [book.vote(symbol) for symbol in reversed(book.votes())] == first[::-1]
    assert len(held) == 2
    assert [len(list(book.acts(symbol))) for symbol in book.votes()] == [state.version for state in first]
    with_more = [each.vote for each in book.follow(wait=0)]
    assert set(with_more) - {None} == set(book.votes())
    assert book.verify().holds


def test_acts_of_more_votes_than_are_held_are_recorded_together(tmp_path: Path) -> None:
    set_limits(votes=2)
    with with_votes(4, tmp_path / "ledger.db") as book:
        for symbol in book.votes():
            assert book.vote(symbol).result is not None
        assert book.verify().holds


def test_ledgers_of_one_process_share_one_pool(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    set_limits(connections=3)
    address = read_address(postgres.fresh())
    assert isinstance(address, PostgresAddress)
    with Ledger.create(address, signer=REGISTRAR, log_signer=LOG) as first:
        first.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        others = [Ledger.open(address, log_signer=LOG) for _ in range(40)]

        def act(number: int) -> None:
            circulate(others[number], f"S/{number}")
            assert len(others[number].votes()) > 0

        threads = [threading.Thread(target=act, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counted = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'inblue' AND datname = current_database()"
        )
        assert postgres.execute(counted)[0][0] in {1, 2, 3}
        for each in others:
            each.close()
            each.close()
        assert len(first.votes()) == 40
        assert first.verify().holds
        with pytest.raises(Refused, match="this ledger is closed"):
            others[0].votes()


WORKER = """
import sys, threading
import inblue
from inblue.ledger.standards.ed25519 import Ed25519Signer
registrar, log = (Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
procedure = inblue.built_in_procedure("unsc-2020-253").sha256
failed = []
def act(book, name):
    try:
        draft = inblue.DraftCirculated(symbol=name, question="substantive", times="live", procedure=procedure)
        book.perform(name, draft, signer=registrar)
        assert book.vote(name).version == 1
    except BaseException as error:
        failed.append(repr(error))
own = sys.argv[3] == "own"
shared = None if own else inblue.Ledger.open(inblue.read_address(sys.argv[1]), log_signer=log)
books = [inblue.Ledger.open(inblue.read_address(sys.argv[1]), log_signer=log) if own else shared for _ in range(40)]
threads = [threading.Thread(target=act, args=(book, f"{sys.argv[2]}/{n}")) for n, book in enumerate(books)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(failed)
"""


@pytest.mark.long
@pytest.mark.parametrize("whose", ["shared", "own"])
def test_forty_threads_in_two_workers_run_on_a_default_postgresql(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    place = postgres.fresh()
    assert int(str(postgres.execute("SHOW max_connections")[0][0])) == 100
    with Ledger.create(read_address(place), signer=REGISTRAR, log_signer=LOG) as book:
        book.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        pipe = subprocess.PIPE
        words = [sys.executable, "-c", WORKER, place]
        workers = [subprocess.Popen([*words, name, whose], stdout=pipe, stderr=pipe, text=True) for name in ("A", "B")]
        assert [worker.communicate() for worker in workers] == [("[]\n", "")] * 2
        assert len(book.votes()) == 80
        assert book.verify().holds


def test_after_a_fork_a_child_is_told_to_open_it_again_and_the_parent_goes_on(ledger: Ledger) -> None:
    circulate(ledger, "S/1")
    read, write = os.pipe()
    child = os.fork()
    if not child:
        said = []
        for use in (lambda: circulate(ledger, "S/2"), lambda: ledger.vote("S/1"), lambda: list(ledger.follow(wait=0))):
            try:
                use()
                said.append("it went on")
            except Broken as error:
                said.append(str(error))
        ledger.close()
        os.write(write, "\n".join(said).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read) as file:
        told = file.read().splitlines()
    assert len(told) == 3
    for line in told:
        assert line.startswith(f"this ledger was opened by process {os.getpid()}, before a fork, and this is process ")
        assert line.endswith("open it again in each process that is to use it")
    circulate(ledger, "S/3")
    assert ledger.votes() == ("S/1", "S/3")
    assert ledger.verify().holds


def test_a_child_opens_a_ledger_though_a_thread_of_its_parent_was_opening_one(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    place = postgres.fresh()
    Ledger.create(place, signer=REGISTRAR, log_signer=LOG).close()
    with _pools.lock:  # as a thread has it that opens or closes one
        child = os.fork()
        if not child:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # not as pytest has it
            signal.alarm(10)
            with Ledger.open(place) as book:
                os._exit(book.checkpoint().size)
        status = os.waitpid(child, 0)[1]
    assert (os.WIFEXITED(status), os.WEXITSTATUS(status)) == (True, 1), "the child waited for ever"


def test_a_child_does_not_end_what_its_parent_listens_by(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    listeners = "SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN inblue_events'"
    with Ledger.create(postgres.fresh(), signer=REGISTRAR, log_signer=LOG) as book:
        listening = book.streams.news()
        news = listening.__enter__()
        assert news is not None
        news(0.1)
        before = postgres.execute(listeners)
        if not (child := os.fork()):
            listening.__exit__(None, None, None)  # as when its copy of what follows is collected
            os._exit(0)
        os.waitpid(child, 0)
        news(0.1)
        assert len(before) == 1
        assert postgres.execute(listeners) == before
        listening.__exit__(None, None, None)


@pytest.mark.skipif("INBLUE_TEST_POSTGRES" in os.environ, reason="the server need not be on this machine")
def test_a_server_that_hangs_is_waited_for_no_longer_than_the_host_says(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    serving = "SELECT pid FROM pg_stat_activity WHERE application_name = 'inblue' AND datname = current_database()"
    with Ledger.create(postgres.fresh(), signer=REGISTRAR, log_signer=LOG, signer_seconds=0.15) as book:
        book.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        for ask in (
            lambda: circulate(book, "S/1"),
            book.votes,
            lambda: next(book.follow(wait=5)),
        ):
            book.votes()  # over a connection that is there then
            hanging = [int(str(pid)) for (pid,) in postgres.execute(serving)]
            for pid in hanging:
                os.kill(pid, signal.SIGSTOP)
            set_limits(wait=0.5, lock=0.3, signer=0.15)
            try:
                with pytest.raises(Busy, match=r"no answer from the database for over 0\.8 s"):
                    ask()
            finally:
                set_limits(wait=60, lock=30)
                for pid in hanging:
                    os.kill(pid, signal.SIGCONT)
        circulate(book, "S/1")
        assert book.votes() == ("S/1",)
        assert book.verify().holds


def test_a_thread_waits_for_another_no_longer_than_the_host_says(tmp_path: Path) -> None:
    set_limits(wait=0.2)
    slow = Elsewhere(LOG)
    with Ledger.create(tmp_path / "l.db", signer=REGISTRAR, log_signer=slow) as book:
        held, over = threading.Event(), threading.Event()

        def hold() -> None:
            with book._recorder.turn:
                held.set()
                over.wait(60)

        holding = threading.Thread(target=hold)
        holding.start()
        held.wait(60)
        with pytest.raises(Busy, match=r"other threads have used this ledger for over 0\.2 s"):
            book.votes()
        over.set()
        holding.join()
        assert book.votes() == ()


def test_a_thread_waits_for_a_connection_no_longer_than_the_host_says(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    address = read_address(postgres.fresh())
    Ledger.create(address, signer=REGISTRAR, log_signer=LOG).close()
    set_limits(connections=2, wait=0.5)
    with Ledger.open(address) as book:
        datastore: Any = vars(book.streams.factory)["datastore"]
        with datastore.get_connection(), datastore.get_connection(), pytest.raises(Busy, match=r"for 0\.5 s"):
            book.votes()
        assert book.votes() == ()


def test_an_async_host_calls_it_in_threads_and_a_call_that_is_cancelled_is_asked_again_by_its_key(
    ledger: Ledger,
) -> None:
    def put(number: int) -> int:
        symbol = f"S/{number}"
        draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)
        (done,) = ledger.perform(symbol, draft, signer=REGISTRAR, idempotency_key=f"draft-{number}")
        return done.number

    async def host() -> list[int]:
        cancelled = asyncio.create_task(asyncio.to_thread(put, 0))
        await asyncio.sleep(0)
        cancelled.cancel()
        return await asyncio.gather(*(asyncio.to_thread(put, number) for number in range(12)))

    with ThreadPoolExecutor(1) as own:  # a browser's tests leave a loop running in this one
        assert own.submit(lambda: asyncio.run(host())).result() == [0] * 12
    assert len(ledger.votes()) == 12
    assert ledger.verify().holds


@pytest.mark.parametrize("given", [{"connections": 1}, {"votes": 1}, {"wait": 0}, {"wait": float("nan")}])
def test_limits_that_nothing_could_run_in_are_refused(given: dict[str, float]) -> None:
    before = limits()
    with pytest.raises(Malformed):
        set_limits(**given)  # type: ignore[arg-type]
    assert limits() == before
    assert inblue.set_limits is set_limits
