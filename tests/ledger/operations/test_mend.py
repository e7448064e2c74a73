"""What a writer without any key puts into a store: verifying names it where recording stops, and the owner mends it."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import pytest
from ledgers import sign_over
from server import Database
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import InblueError
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.audit.result import Verification
from inblue.ledger.entries.entry import StoredEntry, read_entry, write_entry
from inblue.ledger.entries.files import FolderFiles
from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.sequencer import seen, tip_of
from inblue.ledger.operations.mend import Mending, mend, mending_json, plan
from inblue.ledger.standards.cosignature import CosignatureSigner, cosigners
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import leaf_hash
from inblue.ledger.standards.note import write_line
from inblue.ledger.stores.address import Address, PostgresAddress, beside, read_address
from inblue.ledger.stores.postgres_schema import roles_sql

PROCEDURE = built_in_procedure("unsc-2020-253")
MALLORY = Ed25519Signer.from_seed(b"m" * 32)


@dataclass
class Desk:
    """A ledger in a database, and what somebody writes into it who holds no key: on PostgreSQL a login of a writer."""

    address: Address
    write: Callable[..., None]

    def open(self) -> Ledger:
        return Ledger.open(self.address, log_signer=LOG)

    def verified(self) -> Verification:
        with self.open() as ledger:
            return ledger.verify()

    def circulate(self, symbol: str) -> None:
        with self.open() as ledger:
            circulate(ledger, symbol)

    @property
    def files(self) -> FolderFiles:
        return FolderFiles(beside(self.address, "files"))

    def row(self, stream: str, version: int, kind: str, state: bytes) -> None:
        if isinstance(self.address, PostgresAddress):
            call = (
                "SELECT * FROM {s}.inblue_insert(ARRAY[ROW(%s,%s,%s,%s)::{s}.stored_event_text], ''::bytea, 'register')"
            )
            self.write(call, stream, version, kind, state)
        else:
            columns = "originator_id, originator_version, topic, state"
            self.write(f"INSERT INTO stored_events ({columns}) VALUES (?, ?, ?, ?)", stream, version, kind, state)

    def entry(self, entry: StoredEntry) -> None:
        self.row(entry.originator_id, entry.originator_version, entry.kind, entry.envelope)

    def sql(self, query: str, *given: object) -> None:
        marks = query if isinstance(self.address, PostgresAddress) else query.replace("{s}.", "").replace("%s", "?")
        self.write(marks, *given)


def circulate(ledger: Ledger, symbol: str) -> None:
    draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)
    ledger.perform(symbol, draft, signer=REGISTRAR)


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    user = role = None
    if request.param == "postgres":
        database: Database = request.getfixturevalue("postgres")
        place = read_address(database.fresh())
        assert isinstance(place, PostgresAddress)
        tag = secrets.token_hex(4)
        user, role = f"clerk_{tag}", f"writer_{tag}"
        with Ledger.create(place, signer=REGISTRAR, log_signer=LOG):
            pass
        database.execute(roles_sql(place.schema, writer=role, reader=f"reader_{tag}"))
        database.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'p'")
        database.execute(f"GRANT {role} TO {user}")
        schema = place.schema

        def write(query: str, *given: object) -> None:
            with psycopg.connect(database.of(user, "p"), autocommit=True) as c:
                c.execute(query.replace("{s}", schema), given or None)

        made = Desk(place, write)
    else:
        path = tmp_path / "ledger.db"
        with Ledger.create(path, signer=REGISTRAR, log_signer=LOG):
            pass

        def write(query: str, *given: object) -> None:
            with sqlite3.connect(path) as c:
                c.execute(query, given)

        made = Desk(path, write)
    with made.open() as ledger:
        ledger.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        for symbol in ("S/1", "S/2", "S/3"):
            circulate(ledger, symbol)
    yield made
    if user is not None:
        for name in (user, role, f"reader_{tag}"):
            database.execute(f"DROP OWNED BY {name} CASCADE")
            database.execute(f"DROP ROLE {name}")


def forged(desk: Desk, signer: Ed25519Signer = MALLORY) -> StoredEntry:
    with desk.open() as ledger:
        tip = tip_of(ledger.streams.look({}, None).edge, ledger.log_keys(), ledger.log.nodes)
        grant = KeyGrant(key=MALLORY.key_id, public_key=MALLORY.public_key.hex(), office="registrar")
        return write_entry(
            KeyEnrolled(grant=grant),
            stream="register",
            index=2,
            register=2,
            signer=signer,
            office="registrar",
            recorded_at=ledger.clock(),
            seen=seen(tip),
        )


NODE = "INSERT INTO {s}.inblue_node VALUES (%s, %s, %s)"
STAMP = "INSERT INTO {s}.inblue_stamp (size, authority, note, query, token) VALUES (%s, %s, %s, %s, %s)"
COSIGNATURE = "INSERT INTO {s}.inblue_cosignature (size, line, note) VALUES (%s, %s, %s)"

JUNK: dict[str, Callable[[Desk], object]] = {
    "a row of junk in a vote": lambda desk: desk.row("vote:S/1", 9, "vote-cast@1", b"junk"),
    "a row of junk that comes next in a vote": lambda desk: desk.row("vote:S/1", 2, "vote-cast@1", b"junk"),
    "a row of junk in the register": lambda desk: desk.row("register", 3, "key-enrolled@1", b"\xff"),
    "a draft of junk": lambda desk: desk.row("vote:\x1b]0;x\x07S/9", 1, "draft-circulated@1", b"junk"),
    "an entry of a key that is not enrolled": lambda desk: desk.entry(forged(desk)),
    "an entry that was there already, elsewhere": lambda desk: desk.row(
        "vote:S/9", 1, "draft-circulated@1", circulation(desk)
    ),
    "a node that the tree needs next": lambda desk: desk.sql(NODE, 0, 5, b"x" * 32),
    "nodes far ahead": lambda desk: list(map(partial(desk.sql, NODE, 0), range(90, 120), [b"x" * 32] * 30)),
    "a node of a level that the tree needs later": lambda desk: desk.sql(NODE, 3, 0, b"x" * 32),
    "a head that no key signed": lambda desk: desk.sql(
        "UPDATE {s}.inblue_head SET size = %s, position = %s, note = %s", 2**53 - 1, 2**53 - 1, b"x"
    ),
    "a timestamp of junk": lambda desk: desk.sql(STAMP, 1, "{}", b"x", b"x", b"x"),
    "a timestamp of junk over a size to come": lambda desk: desk.sql(STAMP, 2**50, "\x1b", b"x", b"x", b"x"),
    "a timestamp that copies the head's note": lambda desk: desk.sql(STAMP, 5, "{}", note(desk), b"x", b"x"),
    "a cosignature of junk": lambda desk: desk.sql(COSIGNATURE, 1, b"x", b"x"),
    "a cosignature of junk behind the head's note": lambda desk: desk.sql(COSIGNATURE, 5, b"\xff\n", note(desk)),
}


def circulation(desk: Desk) -> bytes:
    with desk.open() as ledger:
        return next(iter(ledger.streams.stream("vote:S/1"))).envelope


def note(desk: Desk) -> bytes:
    with desk.open() as ledger:
        head = ledger.log.head()
        assert head is not None
        return head.note


def content_of(desk: Desk) -> list[bytes]:
    with desk.open() as ledger:
        return [row.envelope for row in ledger.streams.page(0, 100)]


def mended(desk: Desk, tmp_path: Path) -> tuple[Mending, Path | None]:
    found = plan(desk.address, desk.files)
    with desk.open() as ledger:
        file = mend(desk.address, found, tmp_path / "mended", ledger.clock())
        if found.head_lost:
            ledger.sequence()
    return found, file


@pytest.mark.long
@pytest.mark.parametrize("junk", JUNK)
def test_what_no_key_signed_is_named_wherever_it_stops_recording_and_the_owner_moves_it_out(
    desk: Desk, tmp_path: Path, junk: str
) -> None:
    """Adversary 13: each is a single statement of a login with nothing but the role of a writer."""
    before, root = content_of(desk), desk.verified().checkpoint
    JUNK[junk](desk)
    said = desk.verified()
    assert not said.holds
    if any(words in junk for words in ("timestamp", "cosignature", "far ahead", "needs later")):  # recording goes on
        desk.circulate("S/4")
        before = content_of(desk)
        assert read_entry(before[-1]).seen.tokens == ()
    else:
        with pytest.raises(Broken, match=r"^[^\n]*inblue mend[^\n]*$"):
            desk.circulate("S/4")
    found, file = mended(desk, tmp_path)
    assert found.needed
    assert found.moved
    assert file is not None
    kept = json.loads(file.read_bytes())
    assert [each["sha256"] for each in kept["moved"]] == [each.sha256 for each in found.moved]
    assert mending_json(found, file, done=True)["moved"]
    after = desk.verified()
    assert after.problems == ()
    assert content_of(desk) == before
    desk.circulate("S/5")
    desk.circulate("S/6")
    assert desk.verified().holds
    assert not plan(desk.address, desk.files).needed
    assert root is not None
    with desk.open() as ledger:
        leaves = [leaf_hash(row.envelope) for row in ledger.streams.page(0, 100)]
        assert list(ledger.log.leaves(0, 100)) == leaves


def test_all_of_it_at_once_is_moved_out_in_one_go(desk: Desk, tmp_path: Path) -> None:
    before = content_of(desk)
    apart = ("a row of junk in the register", "a head that no key signed", "an entry that was there already, elsewhere")
    for junk, put in JUNK.items():
        if junk not in apart:
            put(desk)
    found, _ = mended(desk, tmp_path)
    assert {each.kind for each in found.moved} == {"entry", "node", "timestamp", "cosignature"}
    assert (found.entries, found.signed) == (5, 5)
    assert desk.verified().holds
    assert content_of(desk) == before


def test_a_sound_ledger_needs_no_mending(desk: Desk, tmp_path: Path) -> None:
    found, file = mended(desk, tmp_path)
    assert (found.needed, found.entries, found.signed, file) == (False, 5, 5, None)
    assert not (tmp_path / "mended").exists()


def test_what_was_signed_and_is_gone_is_not_mended_away(desk: Desk, tmp_path: Path) -> None:
    """Only a copy brings it back: an older head is not put in the place of one that covers it."""
    if isinstance(desk.address, PostgresAddress):
        pytest.skip("its writer cannot delete")
    desk.write("DROP TRIGGER stored_events_no_delete")
    desk.write("DELETE FROM stored_events WHERE rowid = (SELECT max(rowid) FROM stored_events)")
    with pytest.raises(Broken, match="Restore the ledger from a copy"):
        plan(desk.address, desk.files)


def test_what_others_record_meanwhile_is_not_lost(desk: Desk, tmp_path: Path) -> None:
    JUNK["a timestamp of junk"](desk)
    found = plan(desk.address, desk.files)
    desk.circulate("S/4")
    with pytest.raises(InblueError, match="meanwhile"), desk.open() as ledger:
        mend(desk.address, found, tmp_path / "mended", ledger.clock())
    assert len(content_of(desk)) == 6


def test_the_guards_are_back_when_it_is_mended(desk: Desk, tmp_path: Path) -> None:
    JUNK["a row of junk in a vote"](desk)
    mended(desk, tmp_path)
    table = "inblue_events" if isinstance(desk.address, PostgresAddress) else "stored_events"
    for query in (f"DELETE FROM {{s}}.{table}", "DELETE FROM {s}.inblue_node", "DELETE FROM {s}.inblue_head"):
        with pytest.raises((psycopg.Error, sqlite3.Error)):
            desk.sql(query)


def test_a_row_before_the_first_position_is_found_and_moved_out(desk: Desk, tmp_path: Path) -> None:
    if isinstance(desk.address, PostgresAddress):
        pytest.skip("the server numbers the rows")
    for position in (0, -5):
        columns = "rowid, originator_id, originator_version, topic, state"
        values = (position, "register", 10 - position, "key-enrolled@1", b"junk")
        desk.write(f"INSERT INTO stored_events ({columns}) VALUES (?, ?, ?, ?, ?)", *values)
    assert not desk.verified().holds
    found, _ = mended(desk, tmp_path)
    assert len(found.moved) == 2
    assert desk.verified().holds
    desk.circulate("S/5")


def test_what_a_head_covers_stays_and_is_disowned(desk: Desk, tmp_path: Path) -> None:
    desk.entry(forged(desk))
    with desk.open() as ledger:
        sign_over(ledger)
    assert not desk.verified().holds
    found, _ = mended(desk, tmp_path)
    assert not found.needed
    with desk.open() as ledger:
        with pytest.raises(Broken, match="inblue entry disown"):
            circulate(ledger, "S/4")
        ledger.keep_register(ledger.disown("register", 2, reason="put in by a writer"), signer=REGISTRAR)
        circulate(ledger, "S/4")
        assert MALLORY.key_id not in {grant.key for grant in ledger.register().grants}
    assert desk.verified().problems == ()


@pytest.mark.parametrize("witnessed", [True, False])
def test_a_head_set_back_to_an_earlier_one_costs_nothing_that_was_signed(
    desk: Desk, tmp_path: Path, *, witnessed: bool
) -> None:
    """A writer of the file can take an earlier head from any bundle; a later one may come from a witness."""
    if isinstance(desk.address, PostgresAddress):
        pytest.skip("its writer cannot set the head back")
    with desk.open() as ledger:
        early = ledger.log.head()
    assert early is not None
    desk.entry(forged(desk))
    with desk.open() as ledger:
        sign_over(ledger)
        ledger.keep_register(ledger.disown("register", 2, reason="put in by a writer"), signer=REGISTRAR)
        circulate(ledger, "S/4")
        late = ledger.log.head()
        assert late is not None
        line = CosignatureSigner("one.example/witness", MALLORY).line(late.note.split(b"\n\n")[0].decode() + "\n", 1)
        if witnessed:
            ledger.log.keep_cosignature(late.size, late.note, line)
    before = content_of(desk)
    for name in triggers(desk):
        desk.write(f"DROP TRIGGER {name}")
    desk.sql("UPDATE {s}.inblue_head SET size = %s, position = %s, note = %s", *early)
    found, _ = mended(desk, tmp_path)
    assert [each.kind for each in found.moved] == (["head"] if witnessed else [])
    assert content_of(desk) == before
    with desk.open() as ledger:
        if witnessed:
            assert ledger.log.head() == late
        circulate(ledger, "S/5")
    assert content_of(desk)[:-1] == before
    assert desk.verified().problems == ()


def triggers(desk: Desk) -> list[str]:
    assert not isinstance(desk.address, PostgresAddress)
    with sqlite3.connect(desk.address) as c:
        return [row[0] for row in c.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")]


def test_what_a_witness_has_cosigned_and_is_gone_is_not_mended_away(desk: Desk) -> None:
    """Neither a head of junk nor an earlier one hides that the log's key has signed more than the store has."""
    if isinstance(desk.address, PostgresAddress):
        pytest.skip("its writer cannot delete")
    with desk.open() as ledger:
        early = ledger.log.head()
        circulate(ledger, "S/4")
        late = ledger.log.head()
        assert early is not None
        assert late is not None
        line = CosignatureSigner("one.example/witness", MALLORY).line(late.note.split(b"\n\n")[0].decode() + "\n", 1)
        ledger.log.keep_cosignature(late.size, late.note, line)
    for name in triggers(desk):
        desk.write(f"DROP TRIGGER {name}")
    desk.write("DELETE FROM stored_events WHERE rowid = (SELECT max(rowid) FROM stored_events)")
    for head in (early, (9, 9, b"x")):
        desk.sql("UPDATE {s}.inblue_head SET size = %s, position = %s, note = %s", *head)
        with pytest.raises(Broken, match=r"has signed 6 entries.*Restore the ledger from a copy"):
            plan(desk.address, desk.files)


def test_a_line_that_a_witness_has_not_signed_is_moved_out_for_who_names_its_key(desk: Desk, tmp_path: Path) -> None:
    """Otherwise one statement of a writer would make verification fail for ever, for all who count that witness."""
    witness = CosignatureSigner("one.example/witness", MALLORY)
    text = note(desk).split(b"\n\n")[0].decode() + "\n"
    false = write_line(witness.verifier.name, witness.verifier.note_id, b"x" * 72)
    for line in (witness.line(text, 1), false):
        desk.sql(COSIGNATURE, 5, line if not isinstance(desk.address, PostgresAddress) else line.encode(), note(desk))
    assert not plan(desk.address, desk.files).needed
    found = plan(desk.address, desk.files, [witness.verifier])
    assert [each.why for each in found.moved] == ["is not signed by the witness that it names"]
    with desk.open() as ledger:
        mend(desk.address, found, tmp_path / "mended", ledger.clock())
        ((_, left),) = ledger.log.cosigned()
        assert cosigners(left, [witness.verifier])
