"""Following: every entry once, in the order of the log, checked, and only what a signed head covers."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledgers import SMALL, cast, sign_over, small
from many_votes import with_votes
from server import Database
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import Malformed
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import ProcedureAdopted
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import Broken, UnauthorisedError, UnusableError
from inblue.ledger.following.reader import Followed
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.copy import copy
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.stores.address import Address, PostgresAddress, read_address

PROCEDURE = built_in_procedure("unsc-2020-253")
WRITERS, ACTS = 8, int(os.environ.get("INBLUE_TEST_ACTS", "6"))
MALLORY = Ed25519Signer.from_seed(b"m" * 32)


@pytest.fixture
def ledger(place: Address | None) -> Iterator[Ledger]:
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as made:
        made.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        yield made


def circulate(ledger: Ledger, *symbols: str) -> None:
    for symbol in symbols:
        draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)
        ledger.perform(symbol, draft, signer=REGISTRAR)


def everything(ledger: Ledger, after: int | None = None) -> list[Followed]:
    return list(ledger.follow(after=after, wait=0))


def leaves(found: list[Followed]) -> list[str]:
    return [each.entry for each in found]


def test_every_entry_comes_in_the_order_of_the_log_from_any_cursor(ledger: Ledger) -> None:
    circulate(ledger, "S/1", "S/2")
    found = everything(ledger)
    size = ledger.checkpoint().size
    assert leaves(found) == [leaf.hex() for leaf in ledger.log.leaves(0, size)]
    assert [each.index for each in found] == list(range(size))
    assert [each.vote for each in found] == [None, None, "S/1", "S/2"]
    assert isinstance(found[1].act, ProcedureAdopted)
    assert (found[2].number, found[2].office, found[2].key) == (0, "registrar", REGISTRAR.key_id)
    for cursor in range(size):
        assert everything(ledger, cursor) == found[cursor + 1 :]


def test_a_follower_gets_what_is_recorded_while_it_waits_and_ends_when_it_is_told_to(ledger: Ledger) -> None:
    stop, got, symbols = threading.Event(), list[Followed](), [f"S/{number}" for number in range(5)]

    def reader() -> None:
        for each in ledger.follow(every=0.05, stop=stop):
            got.append(each)
            if each.vote == symbols[-1]:
                stop.set()

    following = threading.Thread(target=reader)
    following.start()
    circulate(ledger, *symbols)
    following.join(timeout=60)
    assert not following.is_alive()
    assert [each.vote for each in got[2:]] == symbols


def test_it_ends_by_itself_when_nothing_came_for_so_long(ledger: Ledger) -> None:
    assert len(list(ledger.follow(wait=0.2, every=0.05))) == 2
    stopped = threading.Event()
    stopped.set()
    assert list(ledger.follow(stop=stopped)) == []


def test_what_no_signed_head_covers_is_not_given_before_one_does(ledger: Ledger) -> None:
    circulate(ledger, "S/1")
    head = ledger.checkpoint()
    draft = DraftCirculated(symbol="S/2", question="substantive", times="live", procedure=PROCEDURE.sha256)
    entry = write_entry(
        draft,
        stream=vote_stream("S/2"),
        index=0,
        register=2,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=ledger.clock(),
        seen=Seen(head.size, head.root),
    )
    ledger.streams.append([entry])
    assert [each.vote for each in everything(ledger)][2:] == ["S/1"]
    ledger.sequence()
    assert [each.vote for each in everything(ledger)][2:] == ["S/1", "S/2"]


def test_what_no_key_in_authority_signed_stops_it_until_the_registrar_disowns_it() -> None:
    ledger = small(change=lambda history: history[:3])
    before = everything(ledger)
    head, stream = ledger.checkpoint(), vote_stream(SMALL)
    places = [len(list(ledger.streams.stream(each))) for each in (stream, REGISTER_STREAM)]
    entry = write_entry(
        cast("EST", 2),
        stream=stream,
        index=places[0],
        register=places[1],
        signer=MALLORY,
        office="registrar",
        recorded_at=ledger.clock(),
        seen=Seen(head.size, head.root),
    )
    ledger.streams.append([entry])
    sign_over(ledger)
    following = ledger.follow(wait=0, after=before[-1].index)
    with pytest.raises(UnauthorisedError, match="its signature does not hold"):
        next(following)
    ledger.keep_register(ledger.disown(stream, places[0], reason="put in"), signer=REGISTRAR)
    now = everything(ledger)
    assert now[: len(before)] == before
    assert [each.index for each in now[len(before) :]] == [before[-1].index + 2]  # the disowned one is left out
    ledger.perform(SMALL, cast("FRA", 2), signer=REGISTRAR)
    assert [each.number for each in everything(ledger, now[-1].index)][:1] == [places[0] + 1]


def test_an_entry_that_was_changed_or_taken_away_or_a_log_put_back_is_never_passed_over(tmp_path: Path) -> None:
    made = tmp_path / "ledger.db"
    with Ledger.create(made, signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        circulate(ledger, "S/1")
    old = shutil.copy(made, tmp_path / "old.db")
    with Ledger.open(made, log_signer=LOG) as ledger:
        circulate(ledger, "S/2")
    for number, harm in enumerate(
        (
            "UPDATE stored_events SET state = (SELECT state FROM stored_events WHERE rowid = 3) WHERE rowid = 4",
            "DELETE FROM stored_events WHERE rowid = 4",
            "UPDATE inblue_head SET note = replace(note, '4', '5')",
        )
    ):
        broken = Path(shutil.copy(made, tmp_path / f"broken{number}.db"))
        with sqlite3.connect(broken) as database:
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                database.execute(f"DROP TRIGGER {name}")
            database.execute(harm)
        with Ledger.open(broken, files=Path(f"{made}.files")) as ledger, pytest.raises(Broken):
            everything(ledger, 1)
    with (
        Ledger.open(Path(old), files=Path(f"{made}.files")) as ledger,
        pytest.raises(Broken, match="the log had 4 entries already"),
    ):
        everything(ledger, 3)


def test_a_log_that_was_forked_after_it_was_followed_is_noticed(tmp_path: Path) -> None:
    place = tmp_path / "ledger.db"
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(PROCEDURE, signer=REGISTRAR)
    other = Path(shutil.copy(place, tmp_path / "other.db"))
    for at, symbols in ((place, ("S/1",)), (other, ("S/2", "S/3"))):
        with Ledger.open(at, log_signer=LOG, files=tmp_path / "ledger.db.files") as ledger:
            circulate(ledger, *symbols)
    with Ledger.open(place, read_only=True) as ledger:
        following = ledger.follow(wait=0)
        assert [next(following).index for _ in range(3)] == [0, 1, 2]
        with sqlite3.connect(other) as source, sqlite3.connect(place) as target:
            source.backup(target)
        with pytest.raises(Broken, match="or those before them were others"):
            next(following)


def test_a_cursor_holds_in_a_copy_of_the_ledger(ledger: Ledger, tmp_path: Path) -> None:
    circulate(ledger, "S/1", "S/2")
    copy(ledger, tmp_path / "copy.db")
    with Ledger.open(tmp_path / "copy.db") as copied:
        assert everything(copied, 2) == everything(ledger, 2)


def test_many_votes_are_followed_with_few_in_memory(tmp_path: Path) -> None:
    with with_votes(3, tmp_path / "ledger.db") as ledger:
        found = everything(ledger)
        assert leaves(found) == [leaf.hex() for leaf in ledger.log.leaves(0, ledger.checkpoint().size)]


@pytest.mark.parametrize("given", [{"after": -1}, {"wait": -1}, {"every": 0}])
def test_what_cannot_be_meant_is_refused_at_once(given: dict[str, float]) -> None:
    with pytest.raises(Malformed):
        small().follow(**given)  # type: ignore[arg-type]


def test_postgresql_wakes_a_follower_and_one_whose_connection_breaks_goes_on(
    postgres: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    address = read_address(postgres.fresh())
    assert isinstance(address, PostgresAddress)
    with Ledger.create(address, signer=REGISTRAR, log_signer=LOG) as ledger, ledger.streams.news() as news:
        ledger.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        assert news is not None
        news(600)  # begins to listen, and gives a look at what came before
        waiting = threading.Thread(target=news, args=(600,))
        waiting.start()
        circulate(ledger, "S/1")
        waiting.join(timeout=60)
        assert not waiting.is_alive()
        killed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN inblue_events'"
        assert postgres.execute(killed) == [(True,)]
        news(0.1)
        news(5)  # it listens again; where the first had seen that it was cut off, nothing more comes
        following = ledger.follow(after=2, every=0.05)
        circulate(ledger, "S/2")
        assert next(following).vote == "S/2"
        following.close()  # type: ignore[attr-defined]


def test_a_database_that_is_gone_is_said_in_one_line(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "l.db", signer=REGISTRAR, log_signer=LOG) as ledger:
        following = ledger.follow()
        next(following)
    with pytest.raises(UnusableError, match="cannot be read"):
        list(following)


WRITER = """
import sys
from inblue.domain.acts import DraftCirculated
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.stores.address import read_address
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.ledger import Ledger
registrar, log = (Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
procedure = built_in_procedure("unsc-2020-253").sha256
with Ledger.open(read_address(sys.argv[1]), log_signer=log) as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[3])):
        own = f"W{sys.argv[2]}/{number}"
        draft = DraftCirculated(symbol=own, question="substantive", times="live", procedure=procedure)
        ledger.perform(own, draft, signer=registrar)
"""

FOLLOWER = """
import sys
from inblue.ledger.stores.address import read_address
from inblue.ledger.ledger import Ledger
lines = open(sys.argv[2], "rb").read().splitlines()
after = int(lines[-1].split()[0]) if lines else None
with Ledger.open(read_address(sys.argv[1]), read_only=True) as ledger, open(sys.argv[2], "ab", buffering=0) as kept:
    print("ready", flush=True)
    for each in ledger.follow(after=after, every=0.02):
        kept.write(f"{each.index} {each.entry} {each.vote}\\n".encode())
"""


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    database: Database = request.getfixturevalue("postgres")
    return database.fresh()


def started(program: str, *words: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    child = subprocess.Popen([sys.executable, "-c", program, *words], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert child.stdout is not None
    if child.stdout.readline() != "ready\n":
        raise AssertionError(child.communicate()[1])
    return child


def test_while_eight_writers_record_a_follower_that_is_killed_loses_and_repeats_none(
    where: str, tmp_path: Path
) -> None:
    address, kept = read_address(where), tmp_path / "kept"
    kept.touch()
    with Ledger.create(address, signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(PROCEDURE, signer=REGISTRAR)
    writers = [started(WRITER, where, str(number), str(ACTS)) for number in range(WRITERS)]
    size = 2 + WRITERS * ACTS
    follower = started(FOLLOWER, where, str(kept))
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    kills, seen, end = 0, 0, time.monotonic() + 300
    while (now := len(kept.read_bytes().splitlines())) < size:
        if now > seen + size // 5 and kills < 4:
            follower.kill()
            follower.communicate()
            follower, kills, seen = started(FOLLOWER, where, str(kept)), kills + 1, now
        if follower.poll() is not None:
            raise AssertionError(follower.communicate()[1])
        assert time.monotonic() < end, (now, size)
        time.sleep(0.005)
        if all(writer.poll() not in {None, 0} for writer in writers):
            raise AssertionError([writer.communicate()[1] for writer in writers])
    follower.kill()
    follower.communicate()
    assert [writer.communicate()[1] for writer in writers] == [""] * WRITERS
    rows = [line.split() for line in kept.read_text().splitlines()]
    assert [int(index) for index, _, _ in rows] == list(range(size))
    with Ledger.open(address, read_only=True) as ledger:
        assert [entry for _, entry, _ in rows] == [leaf.hex() for leaf in ledger.log.leaves(0, size + 1)]
        assert {name for _, _, name in rows[2:]} == set(ledger.votes())
        assert len(ledger.votes()) == WRITERS * ACTS
    assert kills > 0
