"""A ledger on PostgreSQL with a standby: the primary is lost under load, one that lagged is promoted, readers read.

Run by ``make test-hosts``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from acknowledged import Writer, figures, size_of
from asking import listening
from command_line import call
from ledgers import cut_off
from paths import INBLUE
from server import Database, Server
from signers import LOG, REGISTRAR
from standbys import Standby, admin, caught_up, either, kill, on, replayed, replicating, synchronous, until
from witnesses import ORIGIN, policy_of, served, watching

import inblue
from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import Malformed, Refused
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.errors import Broken, Busy
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.cosign import cosign_head, newest_by_witnesses
from inblue.ledger.standards.witness_policy import Policy

pytestmark = pytest.mark.skipif("INBLUE_TEST_SERVERS" not in os.environ, reason="make test-hosts runs it")

PROCEDURE = built_in_procedure("unsc-2020-253")
WRITERS = 4
KILLS = int(os.environ.get("INBLUE_TEST_FAILOVERS", "3"))
ACTS = 40


@pytest.fixture
def primary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    server = Server(int(os.environ.get("INBLUE_TEST_POSTGRES_VERSION", "18")))
    yield server
    server.remove()


@pytest.fixture
def database(primary: Server) -> Database:
    return Database(primary.uri)


@pytest.fixture
def ledger(database: Database, tmp_path: Path) -> str:
    made = database.fresh()
    files = tmp_path / "files"
    with Ledger.create(made, signer=REGISTRAR, log_signer=LOG, origin=ORIGIN, files=files) as book:
        book.adopt_procedure(PROCEDURE, signer=REGISTRAR)
    return made


@pytest.fixture
def standby(primary: Server, ledger: str) -> Iterator[Standby]:
    made = Standby(primary)
    yield made
    made.remove()


def circulate(book: Ledger, *symbols: str, key: str | None = None) -> None:
    for symbol in symbols:
        draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)
        book.perform(symbol, draft, signer=REGISTRAR, idempotency_key=key)


def opened(address: str, tmp_path: Path) -> Ledger:
    return Ledger.open(address, log_signer=LOG, files=tmp_path / "files")


def note(book: Ledger) -> bytes:
    head = book.log.head()
    assert head is not None
    return head.note


@pytest.mark.parametrize("number", range(KILLS))
def test_no_act_is_lost_or_repeated_when_the_primary_is_lost_under_load(
    number: int, primary: Server, database: Database, ledger: str, standby: Standby, tmp_path: Path
) -> None:
    synchronous(primary)
    address, there = either(database, ledger, primary, standby), on(standby, database, ledger)
    writers = [Writer(address, f"W{each}", tmp_path / "files") for each in range(WRITERS)]
    for writer in writers:
        writer.begin()
    until(lambda: all(len(writer.acknowledged) >= ACTS or writer.process.poll() for writer in writers))
    kill(primary)
    lost_at = time.monotonic()
    until(lambda: replayed(standby))
    with Ledger.open(there, read_only=True) as replica:
        known = replica.checkpoint()
    before = [list(writer.acknowledged) for writer in writers]
    standby.promote()
    until(lambda: any("Broken this database was promoted" in each for writer in writers for each in writer.refusals))
    with opened(there, tmp_path) as book:
        assert book.checkpoint() == known, "recorded before anything was shown"
        held = max((signed for writer in writers for signed in writer.notes), key=size_of)
        assert book.resume(held).size >= size_of(held)
    shown_at = time.monotonic()
    until(lambda: all(len(w.acknowledged) >= len(b) + ACTS for w, b in zip(writers, before, strict=True)), 120)
    for writer in writers:
        writer.end()
    with opened(there, tmp_path) as book:
        keys = [each.idempotency_key for each in book.follow(wait=0) if each.vote is not None]
        told = [each for writer in writers for each in writer.acknowledged]
        lost, twice = set(told) - set(keys), len(keys) - len(set(keys))
        assert (len(lost), twice, len(told) - len(set(told))) == (0, 0, 0)
        assert book.verify().holds
        pause = min(hour for writer in writers for hour in writer.hours if hour > shown_at) - lost_at
        figures(
            f"acknowledged before {sum(map(len, before))}, in all {len(told)}; lost {len(lost)}, twice {twice}; "
            f"on the ledger {len(keys)}; first act again after {pause:.1f} s"
        )


def test_a_standby_that_lagged_is_written_only_when_it_is_shown_to_be_the_newest(
    primary: Server, database: Database, ledger: str, standby: Standby, tmp_path: Path
) -> None:
    there = on(standby, database, ledger)
    with opened(ledger, tmp_path) as book:
        circulate(book, "S/1", "S/2")
        until(lambda: caught_up(primary, standby))
        early = note(book)
        standby.cut_off()
        circulate(book, "S/3", "S/4")
        newest = note(book)
    kill(primary)
    standby.promote()
    with opened(there, tmp_path) as book:
        for symbol in ("S/5", "S/6"):
            with pytest.raises(Broken, match="promoted or restored: it is in timeline 2, the ledger was written in 1"):
                circulate(book, symbol)
        assert book.votes() == ("S/1", "S/2")  # reading goes on
        assert (book.checkpoint().size, book.verify().holds) == (4, True)
        with pytest.raises(Refused, match="entries are missing here: the log had 6 by the checkpoint given, and this"):
            book.resume(newest)
        with pytest.raises(Broken, match="promoted or restored"):
            circulate(book, "S/5")
        with pytest.raises(Malformed, match="not one that this log's key has signed"):
            book.resume(b"no note")
        assert note(book) == early, "something was signed"


def test_a_standby_that_has_all_goes_on_once_that_is_shown(
    primary: Server, database: Database, ledger: str, standby: Standby, tmp_path: Path
) -> None:
    with opened(ledger, tmp_path) as book:
        circulate(book, "S/1", "S/2")
        newest = note(book)
        until(lambda: caught_up(primary, standby))
    kill(primary)
    there = on(standby, database, ledger)
    with opened(there, tmp_path) as book:  # open before it is promoted, with connections that are open then
        with pytest.raises(Busy, match="this database only reads: it is a replica"):
            circulate(book, "S/3")
        assert book.is_replica()
        standby.promote()
        assert not book.is_replica()
        with pytest.raises(Broken, match="promoted or restored"):
            circulate(book, "S/3")
        cut_off(book)
        with pytest.raises(Broken, match="promoted or restored"):
            book.sequence()
        assert book.resume(newest).size == size_of(newest)
        assert book.sequence().size == size_of(newest) + 1
        circulate(book, "S/3")
        assert book.verify().holds
        schema = ledger.rpartition("=")[2]
        kept = f"SELECT application_name, notification_id FROM {schema}.inblue_tracking ORDER BY 1"
        assert set(database.execute(kept, on=there.partition("&schema=")[0])) >= {
            ("inblue-timeline-1", 1),
            ("inblue-timeline-2", 2),
            ("inblue-resumed-2", 4),
        }
    with (
        Ledger.open(there, read_only=True, files=tmp_path / "files") as book,
        pytest.raises(Refused, match="read only"),
    ):
        book.resume(newest)


def test_by_the_command(primary: Server, database: Database, ledger: str, standby: Standby, tmp_path: Path) -> None:
    with opened(ledger, tmp_path) as book:
        until(lambda: caught_up(primary, standby))
        (tmp_path / "newest").write_bytes(note(book))
        standby.cut_off()
        circulate(book, "S/1")
        (tmp_path / "later").write_bytes(note(book))
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": on(standby, database, ledger), "XDG_CONFIG_HOME": str(tmp_path)}

    def resume(*words: str) -> tuple[int, str]:
        done = call([INBLUE, "resume", *words], env=env)
        return done.returncode, (done.stdout + done.stderr).strip()

    replica = call([INBLUE, "vote", "list"], env=env)
    assert replica.stderr.strip() == "this is a replica: what it shows is as of entry 2"
    assert "this database only reads" in resume("--known", str(tmp_path / "newest"))[1]
    kill(primary)
    standby.promote()
    assert "--known NOTE, or --policy FILE" in resume()[1]
    status, said = resume("--known", str(tmp_path / "later"))
    assert (status, "entries are missing here" in said, said.count("\n")) == (2, True, 0)
    status, said = resume("--known", str(tmp_path / "newest"))
    assert (status, said) == (
        0,
        "nothing of that checkpoint is missing in this database, which holds 2 entries; recording can go on",
    )


def test_witnesses_show_that_it_is_the_newest_or_that_it_is_not(
    primary: Server, database: Database, ledger: str, standby: Standby, tmp_path: Path
) -> None:
    state = watching(tmp_path / "w")
    with served(state) as url, opened(ledger, tmp_path) as book:
        policy = policy_of(url)
        circulate(book, "S/1")
        assert [each.fault for each in cosign_head(book, policy)] == [None]
        until(lambda: caught_up(primary, standby))
        standby.cut_off()
        circulate(book, "S/2")
        assert [each.fault for each in cosign_head(book, policy)] == [None]
        kill(primary)
        standby.promote()
        with opened(on(standby, database, ledger), tmp_path) as other:
            with pytest.raises(Refused, match=r"cosigned 4 entries, and this ledger has 3\. It shows .*were lost"):
                newest_by_witnesses(other, policy)
            with pytest.raises(Refused, match="needs no witness"):
                newest_by_witnesses(other, Policy())
    with served(watching(tmp_path / "w2")) as url, opened(on(standby, database, ledger), tmp_path) as other:
        assert other.resume(newest_by_witnesses(other, policy_of(url))).size == 3
        circulate(other, "S/3")
    with opened(on(standby, database, ledger), tmp_path) as other, pytest.raises(Refused, match="too few witnesses"):
        newest_by_witnesses(other, policy_of("http://127.0.0.1:9"))


def test_what_a_server_committed_without_its_standby_is_not_acknowledged(
    primary: Server, database: Database, ledger: str, standby: Standby, tmp_path: Path
) -> None:
    """A server that is told to stop waiting for its standby commits all the same, and only warns."""
    synchronous(primary)
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with opened(ledger, tmp_path) as book:
        circulate(book, "S/1", key="first")
        standby.cut_off()
        for number, stop in enumerate(("pg_cancel_backend", "pg_terminate_backend", "pg_cancel_backend")):
            told = list[Exception]()
            acting = Thread(target=refused, args=(book, f"T/{number % 2}", f"key-{number % 2}", told))
            acting.start()
            end = time.monotonic() + 60
            while acting.is_alive() and time.monotonic() < end:  # each try of the driver's waits again
                admin(primary, f"SELECT {stop}(pid) {waiting}")
                time.sleep(0.05)
            acting.join(timeout=1)
            assert len(told) == 1, told
            assert isinstance(told[0], Busy), told
        with pytest.raises(Busy, match="its synchronous standby has not confirmed it; ask again, with the same key"):
            raise told[0]
        admin(standby, "ALTER SYSTEM RESET primary_conninfo")
        admin(standby, f"ALTER SYSTEM SET primary_conninfo = '{standby.follows}'")
        admin(standby, "SELECT pg_reload_conf()")
        until(lambda: replicating(primary))
        circulate(book, "T/0", key="key-0")
        circulate(book, "T/1", key="key-1")
        assert sorted(book.votes()) == ["S/1", "T/0", "T/1"]
        newest = note(book)
    kill(primary)
    standby.promote()
    with opened(on(standby, database, ledger), tmp_path) as book:
        assert book.resume(newest).size == size_of(newest)
        assert sorted(book.votes()) == ["S/1", "T/0", "T/1"]


def refused(book: Ledger, symbol: str, key: str, told: list[Exception]) -> None:
    try:
        circulate(book, symbol, key=key)
    except Exception as error:  # noqa: BLE001 - told to who waits
        told.append(error)


def test_a_replica_is_read_and_followed_as_of_its_own_head(
    primary: Server, database: Database, ledger: str, standby: Standby, tmp_path: Path
) -> None:
    there, stop, got = on(standby, database, ledger), Event(), list[int]()
    with opened(ledger, tmp_path) as book, Ledger.open(there, read_only=True, files=tmp_path / "files") as replica:
        assert (book.is_replica(), replica.is_replica()) == (False, True)

        def follow() -> None:
            got.extend(each.index for each in replica.follow(every=0.05, stop=stop))

        following = Thread(target=follow)
        following.start()
        circulate(book, *(f"S/{number}" for number in range(20)))
        until(lambda: caught_up(primary, standby))
        until(lambda: replica.checkpoint().size == 22)
        assert replica.verify().holds
        assert replica.votes() == book.votes()
        admin(standby, "SELECT pg_wal_replay_pause()")
        circulate(book, "T/1")
        time.sleep(0.2)
        assert (replica.checkpoint().size, book.checkpoint().size) == (22, 23)
        assert not replica.has_vote("T/1")
        stop.set()
        following.join(timeout=60)
        assert got == list(range(22))
        admin(standby, "SELECT pg_wal_replay_resume()")
    with opened(there, tmp_path) as replica, pytest.raises(Busy, match="it is a replica, or was set to read only"):
        circulate(replica, "T/2")


def test_a_replica_is_served_as_of_its_own_head(
    primary: Server, database: Database, ledger: str, standby: Standby, tmp_path: Path
) -> None:
    there = on(standby, database, ledger)
    with opened(ledger, tmp_path) as book, Ledger.open(there, read_only=True, files=tmp_path / "files") as replica:
        circulate(book, "S/1")
        until(lambda: caught_up(primary, standby))
        app = inblue.web_app(replica)
        with listening(app) as ask:
            until(lambda: b"S/1" in ask("/votes").body)
            admin(standby, "SELECT pg_wal_replay_pause()")
            circulate(book, "S/2")
            app.state.service.horizon.look()
            assert b"S/2" not in ask("/votes").body
            assert note(replica) != note(book)
            admin(standby, "SELECT pg_wal_replay_resume()")
            until(lambda: caught_up(primary, standby))
            until(lambda: b"S/2" in ask("/votes").body)
