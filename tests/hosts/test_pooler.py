"""A ledger behind PgBouncer, which gives each transaction another connection. Run by ``make test-hosts``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import pytest
from pooler import Pooler
from server import Database, Server
from signers import LOG, REGISTRAR
from standbys import admin, kill, until

from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import Refused
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.errors import Broken, Busy
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.copy import copy
from inblue.ledger.operations.mend import plan
from inblue.ledger.stores.address import read_address
from inblue.ledger.stores.store import DATABASE_ERRORS

pytestmark = pytest.mark.skipif("INBLUE_TEST_SERVERS" not in os.environ, reason="make test-hosts runs it")

PROCEDURE = built_in_procedure("unsc-2020-253")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server(int(os.environ.get("INBLUE_TEST_POSTGRES_VERSION", "18")))
    yield made
    made.remove()


@pytest.fixture
def database(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    made = Database(server.uri)
    yield made
    made.drop()


@pytest.fixture
def behind(server: Server) -> Iterator[Callable[..., Pooler]]:
    started = list[Pooler]()

    def begin(mode: str = "transaction", **given: int) -> Pooler:
        started.append(Pooler(server, mode, **given))
        return started[-1]

    yield begin
    for each in started:
        each.remove()


def circulate(book: Ledger, symbol: str) -> None:
    draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)
    book.perform(symbol, draft, signer=REGISTRAR, idempotency_key=symbol.replace("/", "-"))


@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_it_is_founded_written_read_followed_and_copied_by_many_at_once(
    mode: str, behind: Callable[..., Pooler], database: Database, tmp_path: Path
) -> None:
    place = behind(mode, connections=30 if mode == "session" else 3).at(database, database.fresh())
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as book:
        book.adopt_procedure(PROCEDURE, signer=REGISTRAR)
    books = [Ledger.open(place, log_signer=LOG) for _ in range(4)]
    readers = [Ledger.open(place, read_only=True) for _ in range(2)]
    stop, got = Event(), list[int]()
    following = Thread(target=lambda: got.extend(e.index for e in readers[0].follow(every=0.05, stop=stop)))
    following.start()
    with ThreadPoolExecutor(12) as pool:
        acts = [pool.submit(circulate, books[n % 4], f"S/{n}") for n in range(60)]
        looks = [pool.submit(readers[n % 2].votes) for n in range(60)]
        assert [each.result() for each in acts] == [None] * 60
        assert max(len(each.result()) for each in looks) <= 60
    until(lambda: len(got) == 62)
    stop.set()
    following.join(timeout=60)
    assert got == list(range(62))
    for reader in readers:
        with pytest.raises(Refused, match="read only"):
            circulate(reader, "T/1")
        with pytest.raises(DATABASE_ERRORS, match="read-only transaction"):
            reader.log.keep_cosignature(1, b"note", "line")
    circulate(books[0], "S/1")  # again, by its key
    assert (len(books[0].votes()), books[0].verify().holds, books[0].checkpoint().size) == (60, True, 62)
    copy(books[0], tmp_path / "copy.db")
    with Ledger.open(tmp_path / "copy.db", read_only=True) as copied:
        assert copied.checkpoint() == books[0].checkpoint()
    copy(books[0], read_address(database.fresh(place.partition("&schema")[0])))
    assert not plan(read_address(place), books[0].files, ()).needed
    for each in (*books, *readers):
        each.close()


def test_nothing_of_it_stays_in_the_connections_that_others_get(
    behind: Callable[..., Pooler], database: Database
) -> None:
    place = behind(connections=1).at(database, database.fresh())
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as book:
        book.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        circulate(book, "S/1")
        with Ledger.open(place, read_only=True) as reader:
            assert reader.verify().holds
            next(reader.follow())
        circulate(book, "S/2")
    plain = place.partition("&schema")[0]
    for name, value in (
        ("default_transaction_read_only", "off"),
        ("plan_cache_mode", "auto"),
        ("idle_in_transaction_session_timeout", "0"),
        ("lock_timeout", "0"),
    ):
        assert database.execute(f"SHOW {name}", on=plain) == [(value,)]
    assert database.execute("SELECT count(*) FROM pg_prepared_statements", on=plain) == [(0,)]
    assert database.execute("SELECT count(*) FROM pg_listening_channels()", on=plain) == [(0,)]
    assert database.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", on=plain) == [(0,)]


def test_where_commits_need_not_be_on_disk_it_is_refused_in_one_line(
    behind: Callable[..., Pooler], database: Database
) -> None:
    made = database.fresh()
    Ledger.create(made, signer=REGISTRAR, log_signer=LOG).close()
    database.execute(f"ALTER DATABASE {database.name} SET synchronous_commit = off")
    with pytest.raises(Broken, match="synchronous_commit is off, and behind a pooler a ledger cannot set it"):
        Ledger.open(behind().at(database, made))
    Ledger.open(made).close()  # directly it sets it


def test_where_each_statement_gets_another_connection_it_is_refused_in_one_line(
    behind: Callable[..., Pooler], database: Database
) -> None:
    made = database.fresh()
    Ledger.create(made, signer=REGISTRAR, log_signer=LOG).close()
    with pytest.raises(Broken, match=r"^[^\n]* transaction blocks not allowed in statement pooling mode$"):
        Ledger.open(behind("statement").at(database, made), log_signer=LOG)


def test_nothing_is_lost_when_the_server_behind_the_pooler_is_killed(
    server: Server, behind: Callable[..., Pooler], database: Database
) -> None:
    place = behind().at(database, database.fresh())
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as book:
        book.adopt_procedure(PROCEDURE, signer=REGISTRAR)
    stop, told = Event(), list[str]()

    def write(name: str) -> None:
        with Ledger.open(place, log_signer=LOG) as mine:
            number = 0
            while not stop.is_set():
                try:
                    circulate(mine, f"{name}/{number}")
                except (Busy, Broken):
                    stop.wait(0.1)
                    continue
                told.append(f"{name}/{number}")
                number += 1

    writers = [Thread(target=write, args=(f"W{number}",)) for number in range(4)]
    for each in writers:
        each.start()
    for _ in range(3):
        had = len(told)
        until(lambda had=had: len(told) > had + 20)
        kill(server)
        (server.data / "postmaster.pid").unlink()
        server.start()
    had = len(told)
    until(lambda: len(told) > had + 20)
    stop.set()
    for each in writers:
        each.join(timeout=120)
    with Ledger.open(place, read_only=True) as book:
        votes = book.votes()
        assert (len(set(told) - set(votes)), len(votes) - len(set(votes)), len(told) - len(set(told))) == (0, 0, 0)
        assert book.verify().holds
    assert admin(server, "SELECT 1") == [(1,)]
