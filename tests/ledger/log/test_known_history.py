"""A process that has signed or checked a head signs nothing more over a log that does not extend it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import cut_off
from server import Database, address
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import PresidencyAssigned
from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Edge, Head
from inblue.ledger.log.sequencer import Tip, tip_of
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.merkle import NodeId, append, leaf_hash, peak_nodes, root
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.stores.address import Address

PROCEDURE = built_in_procedure("unsc-2020-253")
SIGNS = NoteSigner("example.org/x", LOG)
TWO = "two histories of the log were signed"
TABLES = ("events", "node", "head", "tracking")


class Place:
    """A ledger whose database operator can restore an earlier state, in place."""

    def __init__(self, at: Address, keep: Callable[[], None], put_back: Callable[[], None]) -> None:
        self.at, self.keep, self.put_back = at, keep, put_back

    def open(self) -> Ledger:
        return Ledger.open(self.at, log_signer=LOG)


def in_a_file(path: Path) -> Place:
    backup = path.with_name("backup.db")

    def copy(source: Path, target: Path) -> None:
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)

    return Place(path, lambda: copy(path, backup), lambda: copy(backup, path))


def in_a_database(database: Database) -> Place:
    at = address(database.fresh())
    s, kept = at.schema, f"{at.schema}_kept"

    def keep() -> None:
        database.execute(f"DROP SCHEMA IF EXISTS {kept} CASCADE; CREATE SCHEMA {kept}")
        for table in TABLES:
            database.execute(f"CREATE TABLE {kept}.{table} AS SELECT * FROM {s}.inblue_{table}")

    def put_back() -> None:
        for table in TABLES:
            name = f"{s}.inblue_{table}"
            database.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER; DELETE FROM {name}")
            database.execute(f"INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM {kept}.{table}")
            database.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")
        last = f"(SELECT max(notification_id) FROM {s}.inblue_events)"
        database.execute(f"SELECT setval(pg_get_serial_sequence('{s}.inblue_events', 'notification_id'), {last})")

    return Place(at, keep, put_back)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    found = (
        in_a_file(tmp_path / "ledger.db")
        if request.param == "sqlite"
        else in_a_database(request.getfixturevalue("postgres"))
    )
    Ledger.create(found.at, signer=REGISTRAR, log_signer=LOG, origin="example.org/x").close()
    return found


def record(ledger: Ledger, months: Sequence[int], member: str = "CHN") -> None:
    for month in months:
        act = PresidencyAssigned(body=f"body {month}", member=member, month="2026-01")
        ledger.keep_register(act, signer=REGISTRAR)


@pytest.mark.parametrize(("lost", "others"), [(1, 2), (2, 3), (2, 9), (3, 4), (4, 5)])
def test_a_fork_that_has_grown_beyond_what_a_process_signed_gets_no_signature_of_it(
    place: Place, lost: int, others: int
) -> None:
    with place.open() as one:
        record(one, range(6 - lost))
        place.keep()
        record(one, range(6 - lost, 6))
        known = one.checkpoint()
        place.put_back()
        with place.open() as other:
            record(other, range(20, 20 + others), member="FRA")
            fork = other.checkpoint()
            assert fork.size > known.size
            assert root(known.size, other.log.node) != known.root
        for act in (lambda: record(one, [30]), one.sequence, lambda: record(one, [31])):
            with pytest.raises(Broken, match=TWO):
                act()
        assert one.checkpoint() == fork
    with place.open() as fresh:
        assert len(fresh.streams.page(0, 100)) == fork.size
        assert fresh.verify().holds  # the ledger does not show it; the process knew, and a witness would


def test_also_one_that_it_finds_only_when_it_has_the_lock(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.open() as one:
        sha256 = one.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        place.keep()
        record(one, range(3))
        append, waiting = one.streams.append, [True]

        def overtaken(*given: object) -> int:
            if waiting:
                waiting.clear()
                place.put_back()
                with place.open() as other:
                    record(other, range(20, 30), member="FRA")
            return append(*given)  # type: ignore[arg-type]

        monkeypatch.setattr(one.streams, "append", overtaken)
        draft = DraftCirculated(symbol="S/1", question="substantive", times="live", procedure=sha256)
        with pytest.raises(Broken, match=TWO):
            one.perform("S/1", draft, signer=REGISTRAR)
        assert waiting == []
        monkeypatch.undo()
        assert not one.has_vote("S/1")
        with pytest.raises(Broken, match=TWO):
            one.perform("S/1", draft, signer=REGISTRAR)
        assert len(one.streams.page(0, 100)) == one.checkpoint().size == 12


def test_what_others_add_is_followed_however_much_it_is(place: Place) -> None:
    with place.open() as one, place.open() as other:
        one.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        for number in range(12):
            record(other, range(100 * number, 100 * number + number), member="FRA")
            if number % 4 == 3:
                cut_off(other, f"S/{number}")
            record(one, [100 * number + 99])
        found = one.verify()
        assert (found.holds, found.uncovered) == (True, 0)
        assert one.sequence() == other.sequence()


class Store:
    """The nodes of a tree over ``leaves``, and how often, and for what, it was asked."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.kept: dict[NodeId, bytes] = {}
        for size, leaf in enumerate(leaves):
            self.kept.update(append(size, leaf_hash(leaf), self.kept.__getitem__))
        self.size, self.asked = len(leaves), list[Sequence[NodeId]]()

    def nodes(self, wanted: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        self.asked.append(wanted)
        return {node: self.kept[node] for node in wanted if node in self.kept}

    def edge(self) -> Edge:
        note = Checkpoint("example.org/x", self.size, root(self.size, self.kept.__getitem__)).sign(SIGNS)
        return Head(self.size, self.size, note), {peak: self.kept[peak] for peak in peak_nodes(self.size)}

    def tip(self, known: Tip | None = None) -> Tip:
        found = tip_of(self.edge(), [SIGNS.verifier], self.nodes, known)
        assert found is not None
        return found


def leaves(size: int, turned: int = -1) -> list[bytes]:
    return [b"other" if number == turned else b"%d" % number for number in range(size)]


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 70), st.integers(0, 70), st.integers(0, 200))
def test_a_larger_head_is_followed_if_and_only_if_it_extends_the_known_one(known: int, more: int, turned: int) -> None:
    before, store = Store(leaves(known)).tip(), Store(leaves(known + more, turned))
    if turned >= known:
        followed = store.tip(before)
        assert (followed.head, followed.root) == (store.edge()[0], root(known + more, store.kept.__getitem__))
    else:
        with pytest.raises(Broken, match=TWO):
            store.tip(before)
    assert len(store.asked) <= 1, "asked more than once"
    assert sum(map(len, store.asked)) <= (known + more).bit_length()


def test_nothing_is_read_for_the_head_that_this_process_wrote_and_for_the_next_no_more_than_its_leaf() -> None:
    for known in range(1, 70):
        before, same, longer = Store(leaves(known)).tip(), Store(leaves(known)), Store(leaves(known + 1))
        assert same.tip(before) is before
        longer.tip(before)
        assert same.asked == []
        assert longer.asked in ([], [[(0, known)]])


def test_an_index_that_lacks_what_would_show_it_is_not_followed() -> None:
    before, store = Store(leaves(5)).tip(), Store(leaves(6))
    del store.kept[0, 5]
    with pytest.raises(Broken, match=TWO):
        store.tip(before)
