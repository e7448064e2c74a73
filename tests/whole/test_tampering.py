"""An adversary with the database file. Whatever is done to a row, verification names the entry."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paths import case_file
from signers import LOG as LOG_KEY
from signers import REGISTRAR

from inblue.domain.acts import LetterSent, ReceiptAcknowledged
from inblue.domain.canonical import canonical, parse_json
from inblue.domain.errors import InblueError, Malformed
from inblue.domain.register_acts import KeyEnrolled, KeyGrant
from inblue.ledger.audit.checks import ACTS, AUTHORITY, FILES, FORM, FOUNDED, LOG, PINS, PLACE, SEEN, SIGNATURE
from inblue.ledger.audit.result import Verification
from inblue.ledger.entries.entry import Seen, read_entry, write_entry
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.sequencer import advance
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.dsse import seal
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.merkle import EMPTY_ROOT
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.stores.store import DATABASE_ERRORS

SYMBOL = "SIM/2026/1"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with the real case and a simulated one."""
    path = tmp_path_factory.mktemp("pristine") / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG_KEY) as ledger:
        for name in ("s-2020-268", "simulated"):
            play(ledger, read_case(case_file(name)), case_file(name).parent, signer=REGISTRAR)
    return path


@pytest.fixture
def path(pristine: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    shutil.copy(pristine, tmp_path / "ledger.db")
    shutil.copytree(f"{pristine}.files", tmp_path / "ledger.db.files")
    return tmp_path / "ledger.db"


@contextmanager
def tampering(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as an adversary opens it: without the triggers."""
    db = sqlite3.connect(path)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    yield db
    db.commit()
    db.close()


def verified(path: Path) -> Verification:
    with Ledger.open(path, read_only=True) as ledger:
        return ledger.verify()


def rows(path: Path) -> int:
    with sqlite3.connect(path) as db:
        return int(db.execute("SELECT count(*) FROM stored_events").fetchone()[0])


def test_untouched_it_holds(path: Path) -> None:
    found = verified(path)
    assert (found.holds, found.entries, found.votes) == (True, rows(path), 2)


@pytest.mark.long
def test_one_flipped_byte_in_any_row_is_named(path: Path) -> None:
    chance = random.Random(268)
    with tampering(path) as db:
        states = db.execute("SELECT rowid, state FROM stored_events ORDER BY rowid").fetchall()
    for rowid, state in states:
        for at in {0, len(state) - 1, *chance.sample(range(len(state)), 4)}:
            flipped = bytes([*state[:at], state[at] ^ (1 << chance.randrange(8)), *state[at + 1 :]])
            with sqlite3.connect(path) as db:
                db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (flipped, rowid))
            db.close()
            found = verified(path)
            assert not found.holds
            assert found.problems[0].entry == rowid - 1
        with sqlite3.connect(path) as db:
            db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (state, rowid))
        db.close()
    assert verified(path).holds


@pytest.mark.long
def test_any_deleted_row_is_named_the_last_one_too(path: Path, tmp_path: Path) -> None:
    for rowid in range(1, rows(path) + 1):
        copy = tmp_path / "copy.db"
        shutil.copy(path, copy)
        if not Path(f"{copy}.files").exists():
            shutil.copytree(f"{path}.files", f"{copy}.files")
        with tampering(copy) as db:
            db.execute("DELETE FROM stored_events WHERE rowid = ?", (rowid,))
        found = verified(copy)
        assert not found.holds
        assert found.problems[0].entry == rowid - 1


@pytest.mark.long
def test_any_two_neighbours_swapped_are_named(path: Path, tmp_path: Path) -> None:
    for rowid in range(1, rows(path)):
        copy = tmp_path / "copy.db"
        shutil.copy(path, copy)
        if not Path(f"{copy}.files").exists():
            shutil.copytree(f"{path}.files", f"{copy}.files")
        with tampering(copy) as db:
            for old, new in ((rowid, 9999), (rowid + 1, rowid), (9999, rowid + 1)):
                db.execute("UPDATE stored_events SET rowid = ? WHERE rowid = ?", (new, old))
        found = verified(copy)
        assert not found.holds
        assert found.problems[0].entry == rowid - 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE stored_events SET originator_id = 'vote:X' WHERE rowid = 9",
        "UPDATE stored_events SET originator_version = 999 WHERE rowid = 9",
        "UPDATE stored_events SET topic = 'vote-cast@1' WHERE rowid = 9",
        "UPDATE stored_events SET topic = 'os:system' WHERE rowid = 9",
        "UPDATE stored_events SET state = 'text' WHERE rowid = 9",
        "UPDATE stored_events SET state = NULL WHERE rowid = 9",
        "UPDATE stored_events SET state = zeroblob(100000) WHERE rowid = 9",
    ],
)
def test_a_row_that_says_it_is_another_is_named(path: Path, change: str) -> None:
    with tampering(path) as db:
        db.execute(change)
    found = verified(path)
    assert not found.holds
    assert found.problems[0].entry == 8


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM stored_events",
        "DELETE FROM inblue_head",
        "UPDATE inblue_head SET size = 3",
        "UPDATE inblue_head SET position = 3",
        "UPDATE inblue_head SET note = zeroblob(10)",
        "UPDATE inblue_node SET hash = zeroblob(32) WHERE level = 0 AND idx = 4",
        "DELETE FROM inblue_node WHERE level = 0 AND idx = 4",
        "UPDATE inblue_node SET hash = zeroblob(32) WHERE level = 6",
    ],
)
def test_the_head_and_the_index_are_checked_against_the_entries(path: Path, change: str) -> None:
    with tampering(path) as db:
        db.execute(change)
    found = verified(path)
    assert not found.holds


def test_the_triggers_refuse_what_an_ordinary_hand_would_do(path: Path) -> None:
    for statement in ("UPDATE stored_events SET topic = 'x'", "DELETE FROM stored_events", "DELETE FROM inblue_node"):
        with sqlite3.connect(path) as db, pytest.raises(sqlite3.IntegrityError, match="never"):
            db.execute(statement)
        db.close()


@pytest.mark.long
def test_flipped_bytes_of_the_file_never_pass_for_another_history(path: Path) -> None:
    chance, raw = random.Random(2518), path.read_bytes()
    with Ledger.open(path, read_only=True) as ledger:
        entries = [stored.envelope for stored in ledger.streams.page(0, 500)]
    for at in chance.sample(range(len(raw)), 200):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ (1 << chance.randrange(8))]) + raw[at + 1 :])
        with suppress(InblueError, *DATABASE_ERRORS), Ledger.open(path, read_only=True) as ledger:
            if ledger.verify().holds:
                assert [stored.envelope for stored in ledger.streams.page(0, 500)] == entries
        for extra in ("-wal", "-shm"):
            Path(f"{path}{extra}").unlink(missing_ok=True)


def edited(raw: bytes) -> bytes:
    """An entry with another instant of recording, signed again with the registrar's key."""
    value = parse_json(read_entry(raw).envelope.payload)
    assert isinstance(value, dict)
    return seal(canonical({**value, "recorded_at": "2020-03-27T18:00:00Z"}), REGISTRAR)


def test_the_registrar_who_rewrites_an_entry_is_caught_by_the_log(path: Path) -> None:
    with tampering(path) as db:
        (state,) = db.execute("SELECT state FROM stored_events WHERE rowid = 10").fetchone()
        db.execute("UPDATE stored_events SET state = ? WHERE rowid = 10", (edited(state),))
    found = verified(path)
    assert (found.problems[0].check, found.problems[0].entry) == (LOG, 9)


def test_whoever_has_every_key_and_no_witness_can_rewrite_and_that_is_said(path: Path) -> None:
    """Out of reach until others hold checkpoints: docs/threats.md says so, and so does every verification."""
    with tampering(path) as db:
        (rowid, state) = db.execute("SELECT rowid, state FROM stored_events ORDER BY rowid DESC LIMIT 1").fetchone()
        db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (edited(state), rowid))
        db.executescript("DELETE FROM inblue_node; DELETE FROM inblue_head; DELETE FROM tracking;")
    with Ledger.open(path, log_signer=LOG_KEY) as ledger:
        ledger.sequence()
        found = ledger.verify()
    assert found.holds
    assert any("could have rewritten" in text for text in found.not_proved)


Forge = Callable[[Ledger], None]


def forge(ledger: Ledger, act: object, stream: str, index: int, **given: object) -> None:
    """Write an entry past the rules, and have the log sign over it."""
    values = {"signer": REGISTRAR, "office": "registrar", "recorded_at": datetime.now(UTC), "seen": Seen(0, EMPTY_ROOT)}
    values["register"] = ledger.register().version
    entry = write_entry(act, stream=stream, index=index, **{**values, **given})  # type: ignore[arg-type]
    signer = NoteSigner(ledger.log_keys()[0].name, LOG_KEY)  # asked for after the entry, a ledger may say no more
    ledger.streams.append([entry])
    advance(ledger.log, ledger.streams, ledger.streams.look, signer)


STRANGER = Ed25519Signer.from_seed(b"s" * 32)
WEAK = KeyGrant(key="ab" * 32, public_key="00" * 32, office="president")


@pytest.mark.parametrize(
    ("forged", "check"),
    [
        (lambda at: forge(at, LetterSent(kind="procedure"), f"vote:{SYMBOL}", 99), PLACE),
        (lambda at: forge(at, LetterSent(kind="procedure"), "elsewhere", 0), PLACE),
        (lambda at: forge(at, LetterSent(kind="procedure"), f"vote:{SYMBOL}", 46, signer=STRANGER), AUTHORITY),
        (lambda at: forge(at, LetterSent(kind="procedure"), f"vote:{SYMBOL}", 46, office="president"), AUTHORITY),
        (lambda at: forge(at, KeyEnrolled(grant=WEAK), "register", 3), AUTHORITY),
        (lambda at: forge(at, LetterSent(kind="procedure"), f"vote:{SYMBOL}", 46, seen=Seen(3, bytes(32))), SEEN),
        (lambda at: forge(at, LetterSent(kind="procedure"), f"vote:{SYMBOL}", 46, seen=Seen(500, bytes(32))), SEEN),
        (lambda at: forge(at, LetterSent(kind="procedure", sha256="ab" * 32), f"vote:{SYMBOL}", 46), FILES),
        (lambda at: forge(at, ReceiptAcknowledged(member="DOM"), f"vote:{SYMBOL}", 46), ACTS),
    ],
)
def test_each_check_has_something_to_find(path: Path, forged: Forge, check: int) -> None:
    entries = rows(path)
    with Ledger.open(path, log_signer=LOG_KEY) as ledger:
        with sqlite3.connect(path) as db:
            db.execute("DROP TRIGGER stored_events_ours")  # who forges can write the file
        forged(ledger)
        found = ledger.verify()
    assert (found.problems[0].check, found.problems[0].entry) == (check, entries)


def test_a_signature_of_another_key_under_the_right_name_is_named(path: Path) -> None:
    with tampering(path) as db:
        (state,) = db.execute("SELECT state FROM stored_events WHERE rowid = 10").fetchone()
        other = seal(read_entry(state).envelope.payload, STRANGER)
        db.execute("UPDATE stored_events SET state = ? WHERE rowid = 10", (other,))
    assert (verified(path).problems[0].check, verified(path).problems[0].entry) == (SIGNATURE, 9)


def test_a_payload_that_is_not_canonical_is_named(path: Path) -> None:
    with tampering(path) as db:
        (state,) = db.execute("SELECT state FROM stored_events WHERE rowid = 10").fetchone()
        loose = seal(read_entry(state).envelope.payload.replace(b'{"act"', b'{ "act"', 1), REGISTRAR)
        db.execute("UPDATE stored_events SET state = ? WHERE rowid = 10", (loose,))
    assert (verified(path).problems[0].check, verified(path).problems[0].entry) == (FORM, 9)


def test_a_changed_or_missing_file_is_named(path: Path) -> None:
    kept = sorted(entry for entry in Path(f"{path}.files").rglob("*") if entry.is_file())
    for place in kept:
        content = place.read_bytes()
        place.write_bytes(content[:-1] + b" ")
        assert {problem.check for problem in verified(path).problems} & {FILES, PINS, ACTS}
        place.unlink()
        assert FILES in {problem.check for problem in verified(path).problems}
        place.write_bytes(content)
    assert verified(path).holds


def test_an_empty_log_does_not_hold(path: Path) -> None:
    with tampering(path) as db:
        db.execute("DELETE FROM stored_events")
    assert FOUNDED in {problem.check for problem in verified(path).problems}


@pytest.mark.parametrize(
    "change",
    [
        lambda value: {**value, "extra": 1},
        lambda value: {**value, "index": -1},
        lambda value: {**value, "index": True},
        lambda value: {**value, "format": "inblue-entry/3"},
        lambda value: {**value, "kind": "vote-cast@9"},
        lambda value: {**value, "recorded_at": "2020-03-27T14:00:00-04:00"},
        lambda value: {**value, "actor": {**value["actor"], "office": "x\x1b[2J"}},
        lambda value: {**value, "seen": {**value["seen"], "root": "AA=="}},
        lambda value: {**value, "act": {**value["act"], "source": "\u202eevil"}},
        lambda value: {**value, "act": {k: v for k, v in value["act"].items() if k != "source"}},
    ],
)
def test_an_entry_has_one_form(path: Path, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        raw = ledger.streams.page(9, 1)[0].envelope
    value = parse_json(read_entry(raw).envelope.payload)
    with pytest.raises(Malformed):
        read_entry(seal(canonical(change(value)), REGISTRAR))  # type: ignore[arg-type]


def test_an_entry_written_on_a_naive_clock_is_refused() -> None:
    naive = datetime.now(UTC).replace(tzinfo=None) + timedelta(0)
    with pytest.raises(Malformed, match="names no zone"):
        write_entry(
            LetterSent(kind="procedure"),
            stream="vote:X",
            index=0,
            register=0,
            signer=REGISTRAR,
            office="registrar",
            recorded_at=naive,
            seen=Seen(0, EMPTY_ROOT),
        )
