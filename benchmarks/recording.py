"""Recording, each act durable and under a signed checkpoint, and in batches; beside row commits and bare signatures."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from made import COUNCIL, LOG_SIGNER, SIGNER, acts_of
from table import Row, ratio

from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import REGISTRAR
from inblue.ledger.ledger import Ledger

_BEGIN = datetime(2020, 3, 27, 18, 0, tzinfo=UTC)
ACTS = 320
VOTES = 100
ROUNDS = 5


class Vote(Aggregate):
    """A vote as the library's own examples write one."""

    @event("Cast")
    def cast(self, member: str, position: str, text: str) -> None:
        """A reply arrives."""
        self.last = (member, position, text)


@contextmanager
def founded(path: Path) -> Iterator[tuple[Ledger, str, str]]:
    """A new ledger, the digest of its procedure and that of a snapshot."""
    with Ledger.create(path, signer=SIGNER, log_signer=LOG_SIGNER, clock=lambda: _BEGIN) as ledger:
        rules, roster = built_in_procedure("unsc-2020-253"), COUNCIL
        procedure = ledger.adopt_procedure(rules, signer=SIGNER)
        yield ledger, procedure, ledger.keep_snapshot(ledger.snapshot(rules, roster, "CHN", _BEGIN))


def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    acts, floor, batch, signing, library = ([] for _ in range(5))
    for number in range(ROUNDS):
        floor.append(_floor(folder / f"floor{number}.db"))
        acts.append(_by_act(folder / f"acts{number}.db"))
        library.append(_plain_library(folder / f"plain{number}.db"))
        signing.append(_signing())
        batch.append(_in_one_go(folder / f"batch{number}.db"))
    return [
        Row("record, act by act", acts, "row commit + 2 signatures", floor, ratio(0.3)),
        Row("record 100 votes in one go", batch, "signatures, bare", signing, ratio(0.4)),
        Row("record, act by act", acts, "plain eventsourcing, save", library, None),
    ]


def _by_act(path: Path) -> float:
    with founded(path) as (ledger, procedure, snapshot):
        now = _BEGIN
        ledger.clock = lambda: now
        votes = [
            (f"S/R/{vote}", act, at)
            for vote in range(ACTS // 40)
            for act, at in acts_of(f"S/R/{vote}", procedure, snapshot, _BEGIN + timedelta(days=2 * vote))
        ]
        begin = time.perf_counter()
        for symbol, act, at in votes:
            now = at
            ledger.perform(symbol, act, signer=SIGNER)
        return len(votes) / (time.perf_counter() - begin)


def _in_one_go(path: Path) -> float:
    with founded(path) as (ledger, procedure, snapshot):
        votes = [
            (f"S/R/{vote}", list(acts_of(f"S/R/{vote}", procedure, snapshot, _BEGIN + timedelta(days=2 * vote))))
            for vote in range(VOTES)
        ]
        begin = time.perf_counter()
        ledger.record_all(votes, signer=SIGNER, office=REGISTRAR)
        return 40 * VOTES / (time.perf_counter() - begin)


def _floor(path: Path) -> float:
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("CREATE TABLE event (stream TEXT, version INTEGER, state BLOB, PRIMARY KEY (stream, version))")
    content, note = b"x" * 1_000, b"y" * 100
    begin = time.perf_counter()
    for number in range(ACTS):
        SIGNER.sign(content)
        LOG_SIGNER.sign(note)
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO event VALUES ('S', ?, ?)", (number, content))
        db.execute("COMMIT")
    taken = time.perf_counter() - begin
    db.close()
    return ACTS / taken


def _signing() -> float:
    content = b"x" * 660
    begin = time.perf_counter()
    for _ in range(ACTS):
        SIGNER.sign(content)
    return ACTS / (time.perf_counter() - begin)


def _plain_library(path: Path) -> float:
    """The library as its own examples use it: an aggregate, JSON, no signature, one event saved at a time."""
    application: Application[UUID] = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}
    )
    vote, text = Vote(), "x" * 400
    application.save(vote)
    begin = time.perf_counter()
    for _ in range(ACTS):
        vote.cast("BEL", "in_favour", text)
        application.save(vote)
    taken = time.perf_counter() - begin
    application.close()
    return ACTS / taken
