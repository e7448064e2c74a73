"""``inblue serve`` on a PostgreSQL hot standby: every route, as of its own entry, over a lag and over a promotion.

Run by ``make test-hosts``.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from asking import Asker, events, serving
from command_line import call
from many_votes import BEGAN, ENTRIES_OF_A_VOTE, ORIGIN, vote
from paths import INBLUE
from server import Database, Server
from signers import LOG, REGISTRAR
from standbys import Standby, admin, caught_up, kill, on, until

import inblue
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.evidence.trust import Trust
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import issue_receipt

pytestmark = pytest.mark.skipif("INBLUE_TEST_SERVERS" not in os.environ, reason="make test-hosts runs it")

FIRST = 2 + ENTRIES_OF_A_VOTE
"""How many entries there are with one vote."""


class Pair(NamedTuple):
    """A ledger with one vote, on a primary and on the standby that streams from it."""

    primary: Server
    standby: Standby
    here: str
    there: str
    files: Path

    def opened(self, address: str) -> Ledger:
        return Ledger.open(address, log_signer=LOG, files=self.files)

    def record(self, number: int) -> None:
        """A whole vote, at the primary."""
        with self.opened(self.here) as book:
            vote(book, number)

    def caught_up(self) -> None:
        until(lambda: caught_up(self.primary, self.standby))

    def written_to(self) -> bool:
        """Whether somebody has tried to write into the standby: its log says what it refused."""
        return b"cannot execute" in (self.standby.data / "log").read_bytes()


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    primary, files = Server(int(os.environ.get("INBLUE_TEST_POSTGRES_VERSION", "18"))), tmp_path / "files"
    try:
        database = Database(primary.uri)
        here = database.fresh()
        with Ledger.create(
            here, signer=REGISTRAR, log_signer=LOG, origin=ORIGIN, clock=lambda: BEGAN, files=files
        ) as book:
            book.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
            vote(book, 0)
        standby = Standby(primary)
        try:
            yield Pair(primary, standby, here, on(standby, database, here), files)
        finally:
            standby.remove()
    finally:
        primary.remove()


def served(pair: Pair, address: str, home: Path) -> Any:
    return serving("--ledger", address, "--files", str(pair.files), "--with-files", home=home)


def entries(ask: Asker) -> int:
    """The number of entries that the service knows."""
    found: int = ask("/votes").json["entries"]
    return found


def ended(process: subprocess.Popen[str]) -> str:
    """What a service said to its operator."""
    process.terminate()
    return process.communicate(timeout=30)[1]


def test_every_route_of_a_replica_gives_what_the_primary_s_gives(pair: Pair, tmp_path: Path) -> None:
    with Ledger.open(pair.here, read_only=True, files=pair.files) as book:
        receipt = issue_receipt(book, "SIM/0", "EST").canonical()
        procedure = book.register().procedures["unsc-2020-253"]
    name: dict[str, object] = {"vote": "SIM/0"}
    asked: dict[str, dict[str, object]] = {
        "/": {}, "/votes": {}, "/status": name, "/replay": name, "/audit": name, "/page": name, "/paper": name,
        "/calendar": name, "/entries": {}, "/checkpoint": {}, "/proof/inclusion": {"entry": 7},
        "/proof/consistency": {"first": 7}, "/data/timestamps.jsonl": {}, "/data/cosigned.jsonl": {},
        "/lookup": {"digest": procedure}, "/search": {"q": procedure}, "/data/files/{digest}": {},
        "/tile/{path}": {}, "/events": {},
    }  # fmt: skip
    with served(pair, pair.here, tmp_path) as (of_primary, _), served(pair, pair.there, tmp_path) as (ask, process):
        assert asked.keys() == ask("/openapi.json").json["paths"].keys()
        for path, given in asked.items():
            place = path.format(digest=procedure, path=f"0/000.p/{FIRST}")
            if path == "/events":
                assert [index for index, _ in first(ask, None, FIRST)] == list(range(FIRST))
                continue
            found, wanted = ask(place, **given), of_primary(place, **given)
            assert (found.status, found.body, found.headers["etag"]) == (200, wanted.body, wanted.headers["etag"]), path
        for path, media, body in (
            ("/lookup", "application/json", receipt),
            ("/search", "application/x-www-form-urlencoded", b"q=" + procedure.encode()),
        ):
            found = ask(path, "POST", body, {"Content-Type": media})
            assert (found.status, found.body) == (200, of_primary(path, "POST", body, {"Content-Type": media}).body)
        assert ask("/audit", **name).json["as_of"] == {"entry": FIRST, "of": FIRST, "register": FIRST}
        assert verified(ask, tmp_path) == (True, FIRST, [])
        assert ended(process) == f"this is a replica: what it shows is as of entry {FIRST}\n"
    assert not pair.written_to()


def first(ask: Asker, last: int | None, count: int) -> list[tuple[int, dict[str, object]]]:
    """This number of events after index ``last``, over as many streams as that takes."""
    found: list[tuple[int, dict[str, object]]] = []
    end = time.monotonic() + 60
    while len(found) < count:
        assert time.monotonic() < end, found
        for each in events(ask, last):
            found.append(each)
            last = each[0]
            if len(found) == count:
                break
    return found


def verified(ask: Asker, tmp_path: Path, *more: str) -> tuple[bool, int, list[int]]:
    """What an audit of the address says: whether it holds, as of which entry, and which checks it fails."""
    env = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(tmp_path / "state")}
    done = call([INBLUE, "verify", ask.url, "--json", *more], env=env)
    found = json.loads(done.stdout)
    return found["holds"], found["as_of"]["of"], [each["check"] for each in found["problems"]]


def test_its_events_go_on_over_a_lag_and_over_a_promotion(pair: Pair, tmp_path: Path) -> None:
    with served(pair, pair.there, tmp_path) as (ask, process):
        got = first(ask, None, FIRST)
        admin(pair.standby, "SELECT pg_wal_replay_pause()")
        pair.record(1)
        before = ask("/checkpoint").body
        time.sleep(1)  # two looks
        assert (entries(ask), ask("/checkpoint").body) == (FIRST, before)
        assert ask("/status", vote="SIM/1").status == 404
        admin(pair.standby, "SELECT pg_wal_replay_resume()")
        got += first(ask, got[-1][0], ENTRIES_OF_A_VOTE)
        pair.record(2)
        got += first(ask, got[-1][0], ENTRIES_OF_A_VOTE)
        pair.caught_up()
        newest = ask("/checkpoint").body
        kill(pair.primary)
        pair.standby.promote()
        assert (entries(ask), ask("/checkpoint").body) == (len(got), newest)
        with pair.opened(pair.there) as book:
            with pytest.raises(inblue.Broken, match="promoted or restored"):
                vote(book, 3)
            assert entries(ask) == len(got)
            book.resume(newest)
            vote(book, 3)
        got += first(ask, got[-1][0], ENTRIES_OF_A_VOTE)
        assert [index for index, _ in got] == list(range(2 + 4 * ENTRIES_OF_A_VOTE))
        assert [each for _, each in got[-100:]] == ask("/entries", after=len(got) - 101).json["found"]
        assert verified(ask, tmp_path) == (True, len(got), [])
        assert ended(process) == f"this is a replica: what it shows is as of entry {FIRST}\n"
    assert not pair.written_to()


def test_one_that_lags_says_an_earlier_state_which_a_later_checkpoint_shows(pair: Pair, tmp_path: Path) -> None:
    with served(pair, pair.here, tmp_path) as (of_primary, _), served(pair, pair.there, tmp_path) as (ask, process):
        pair.caught_up()
        pair.standby.cut_off()
        pair.record(1)
        until(lambda: entries(of_primary) == FIRST + ENTRIES_OF_A_VOTE)
        known = tmp_path / "known.json"
        known.write_bytes(Trust(checkpoints=(of_primary("/checkpoint").body.decode(),)).canonical())
        cursor = entries(of_primary) - 1
        assert verified(of_primary, tmp_path, "--trust", str(known))[0]
        for _ in ("a replica", "promoted"):
            assert (entries(ask), ask("/audit", vote="SIM/1").status) == (FIRST, 404)
            assert verified(ask, tmp_path) == (True, FIRST, [])
            assert verified(ask, tmp_path, "--trust", str(known)) == (False, FIRST, [13])
            assert ask("/entries", after=cursor).json["found"] == []
            if pair.standby.data.joinpath("standby.signal").exists():
                pair.standby.promote()
        with pair.opened(pair.there) as book, pytest.raises(inblue.Refused, match="entries are missing here"):
            book.resume(of_primary("/checkpoint").body)
        assert ended(process) == f"this is a replica: what it shows is as of entry {FIRST}\n"
    assert not pair.written_to()


def test_a_follower_ahead_of_its_replica_is_told_to_come_again(pair: Pair) -> None:
    pair.caught_up()
    admin(pair.standby, "SELECT pg_wal_replay_pause()")
    pair.record(1)
    cursor = FIRST + 9
    with Ledger.open(pair.there, read_only=True, files=pair.files) as replica:
        with pytest.raises(
            inblue.Busy, match=f"this replica has {FIRST} entries so far, and this goes on after {cursor + 1}"
        ):
            next(replica.follow(after=cursor, wait=0))
        admin(pair.standby, "SELECT pg_wal_replay_resume()")
        pair.caught_up()
        rest = [each.index for each in replica.follow(after=cursor, wait=0)]
        assert rest == list(range(cursor + 1, FIRST + ENTRIES_OF_A_VOTE))
