"""Verification since a trusted checkpoint: what it reads, what it finds, and what it does not look at again."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from ledgers import SMALL, past_the_rules, small
from paths import EXAMPLES, REAL_CASE
from seats import COUNCIL_2021
from signers import LOG as LOG_KEY
from signers import REGISTRAR
from stamped import Kept

from inblue.domain.acts import DraftCirculated, ExplanationFiled, LetterSent, ReceiptAcknowledged, VoteCast
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import PresidencyAssigned
from inblue.ledger.audit.checks import FORM, FOUNDED, LOG, REGISTER, STAMPS, TRUST, WITNESS
from inblue.ledger.audit.result import Verification
from inblue.ledger.audit.since import check_behind, verify_since
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.entry import REGISTER_STREAM, StoredEntry
from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Head, Stamp
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.stores.streams import Streams

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GOING_ON = "S/2026/1"
PRESIDES = PresidencyAssigned(body="Security Council", member="CHN", month="2026-03")
SPOIL = "UPDATE stored_events SET state = CAST(replace(state, 'A', 'B') AS BLOB) WHERE rowid = ?"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A ledger with a vote from before the trusted checkpoint, one that goes on over it, and one from after it."""
    path = tmp_path_factory.mktemp("grown") / "ledger.db"
    times = iter(NOW + timedelta(seconds=n) for n in range(1_000))
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG_KEY, clock=times.__next__) as ledger:
        play(ledger, read_case(REAL_CASE), REAL_CASE.parent, signer=REGISTRAR)
        procedure = ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        draft = DraftCirculated(symbol=GOING_ON, question="substantive", times="live", procedure=procedure)
        ledger.perform(GOING_ON, draft, signer=REGISTRAR)
        opening = LetterSent(kind="opening", opens_at=ledger.clock())
        ledger.perform(GOING_ON, opening, signer=REGISTRAR, roster=COUNCIL_2021)
        head = ledger.log.head()
        assert head is not None
        paper = Instrument(form="letter", signed=True)
        cast = VoteCast(member="NOR", position="in_favour", received_at=ledger.clock(), instrument=paper)
        ledger.perform(GOING_ON, cast, signer=REGISTRAR)
        ledger.perform(GOING_ON, ReceiptAcknowledged(member="NOR"), signer=REGISTRAR)
        play(ledger, read_case(EXAMPLES / "simulated.case.json"), EXAMPLES, signer=REGISTRAR)
    return path, head.note


@pytest.fixture
def path(grown: tuple[Path, bytes], tmp_path: Path) -> Path:
    shutil.copy(grown[0], tmp_path / "ledger.db")
    shutil.copytree(f"{grown[0]}.files", tmp_path / "ledger.db.files")
    return tmp_path / "ledger.db"


def since(path: Path, note: bytes) -> Verification:
    with Ledger.open(path, read_only=True) as ledger:
        return verify_since(note, ledger.streams, ledger.log, ledger.files)


def size_of(note: bytes) -> int:
    return int(note.split(b"\n")[1])


def tamper(path: Path, statement: str, *values: int) -> None:
    with closing(sqlite3.connect(path)) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(statement, values)
        db.commit()


def test_what_is_new_holds_and_what_was_not_read_is_said(path: Path, grown: tuple[Path, bytes]) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        whole = ledger.verify()
        found = verify_since(grown[1], ledger.streams, ledger.log, ledger.files)
        assert (found.problems, found.start) == ((), size_of(grown[1]))
        assert found.start + found.entries == whole.entries
        assert found.checkpoint == whole.checkpoint
        assert list(found.states) == [GOING_ON, "SIM/2026/1"]
        assert dict(found.states) == {symbol: whole.states[symbol] for symbol in found.states}
    assert any("were not read again" in said for said in found.not_proved)


def test_how_far_it_is_is_told_of_what_is_new(path: Path, grown: tuple[Path, bytes]) -> None:
    told: list[tuple[int, int]] = []
    with Ledger.open(path, read_only=True) as ledger:
        progress = lambda *done: told.append(done)  # noqa: E731
        found = verify_since(grown[1], ledger.streams, ledger.log, ledger.files, progress=progress)
    new = found.entries
    assert told == [(min(done, new), new) for done in range(100, new + 100, 100)]


def test_what_others_signed_is_read_as_far_as_what_is_read_again_rests_on_it() -> None:
    """Cosignatures over what is new; timestamps from the first act of a vote that goes on, and those that are named."""
    ledger = small(change=lambda history: history[:5])
    trusted, origin = ledger.log.head(), ledger.checkpoint().origin
    assert trusted is not None
    ledger.perform(SMALL, ExplanationFiled(member="CHN", languages=("fr",)), signer=REGISTRAR)
    authority = next(iter(Kept.read().authorities.values())).canonical().decode()
    begins, witness = 2, CosignatureSigner("one.", REGISTRAR)  # after the founding and the procedure

    def read(*sizes: int) -> list[tuple[int, int]]:
        problems = verify_since(trusted.note, ledger.streams, ledger.log, ledger.files).problems
        found = [(each.check, size) for each in problems for size in sizes if f"of size {size} " in each.text]
        assert len(found) == len(problems)
        return found

    sizes = range(1, trusted.size + 2)
    for size in sizes:
        other = Checkpoint(origin, size, bytes(32))
        note = other.sign(NoteSigner(origin, LOG_KEY))
        ledger.log.keep_cosignature(size, note, witness.line(other.text(), 1_774_800_000))
        ledger.log.keep_stamp(Stamp(size, authority, note, b"q", bytes([size])))
    assert sorted(read(*sizes)) == [
        *((STAMPS, size) for size in sizes if size > begins),
        (WITNESS, trusted.size + 1),
    ]


def test_only_what_is_new_and_what_it_needs_is_read(path: Path, grown: tuple[Path, bytes]) -> None:
    counted = Counted()
    with Ledger.open(path, read_only=True) as ledger:
        counted.streams = ledger.streams
        found = verify_since(grown[1], counted, ledger.log, ledger.files)
    assert found.holds
    assert "vote:S/2020/240" not in counted.asked
    assert counted.rows <= 2 * found.entries + 2


class Counted:
    """The entries of a ledger, with what was asked for."""

    streams: Streams

    def __init__(self) -> None:
        self.rows = 0
        self.asked: set[str] = set()

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        found = self.streams.page(after, limit)
        self.rows += len(found)
        return found

    def stream(self, name: str) -> Sequence[StoredEntry]:
        self.asked.add(name)
        return list(self.streams.stream(name))

    def position(self, stream: str, version: int) -> int:
        return self.streams.position(stream, version)

    def last_position(self) -> int:
        return self.streams.last_position()


class Breaking(Counted):
    """A store whose pages cannot be read."""

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        raise OSError(f"the disk is gone ({after}, {limit})")


def test_positions_with_gaps_lead_to_the_same_entries(path: Path, grown: tuple[Path, bytes]) -> None:
    tamper(path, "UPDATE stored_events SET rowid = rowid + 1000")
    tamper(path, "UPDATE stored_events SET rowid = rowid - 993 WHERE rowid < 1010")
    tamper(path, "UPDATE inblue_head SET position = (SELECT max(rowid) FROM stored_events)")
    found = since(path, grown[1])
    assert found.problems == ()


def test_a_new_entry_that_was_changed_is_named(path: Path, grown: tuple[Path, bytes]) -> None:
    at = size_of(grown[1]) + 3
    tamper(path, SPOIL, at + 1)
    problems = since(path, grown[1]).problems
    assert (problems[0].check, problems[0].entry) == (FORM, at)
    assert LOG in {problem.check for problem in problems}


def test_a_new_entry_that_says_it_disowns_another_and_cannot_be_read_is_named(
    path: Path, grown: tuple[Path, bytes]
) -> None:
    at = size_of(grown[1]) + 3
    tamper(path, "UPDATE stored_events SET topic = 'entry-disowned@1' WHERE rowid = ?", at + 1)
    tamper(path, SPOIL, at + 1)
    problems = since(path, grown[1]).problems
    assert (problems[0].check, problems[0].entry) == (FORM, at)


def test_an_earlier_act_of_a_vote_that_goes_on_is_checked_against_the_trusted_log(
    path: Path, grown: tuple[Path, bytes]
) -> None:
    tamper(path, SPOIL, size_of(grown[1]))
    assert not since(path, grown[1]).holds


@pytest.mark.parametrize("whole", [True, False])
def test_a_store_that_breaks_while_it_is_read_is_a_finding(path: Path, grown: tuple[Path, bytes], whole: bool) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        breaking = Breaking()
        breaking.streams = ledger.streams
        if whole:
            found = verify(breaking, ledger.log, ledger.files)
        else:
            found = verify_since(grown[1], breaking, ledger.log, ledger.files)
    (problem,) = found.problems
    assert problem.check == FOUNDED
    assert problem.entry == (0 if whole else size_of(grown[1]))
    assert problem.text.startswith("the store cannot be read on from here: the disk is gone")
    assert found.checkpoint is None


def test_what_no_head_covers_is_looked_at_before_one_is_signed_over_it(path: Path, grown: tuple[Path, bytes]) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        covered, last = size_of(grown[1]), ledger.checkpoint().size
        position = ledger.streams.position("vote:" + GOING_ON, 2)
        older, given = Head(covered, position, grown[1]), (ledger.streams, ledger.log, ledger.files)
        for head in (None, older):
            check_behind(*given, head)
    tamper(path, SPOIL, position + 1)
    with Ledger.open(path, read_only=True) as ledger:
        given = (ledger.streams, ledger.log, ledger.files)
        for head in (None, older):
            with pytest.raises(Broken, match=rf"entry {covered}, which no signed head covers: .*inblue mend"):
                check_behind(*given, head)
    assert covered < last


def test_an_older_vote_is_not_looked_at_again(path: Path, grown: tuple[Path, bytes]) -> None:
    tamper(path, SPOIL, 9)
    assert since(path, grown[1]).holds
    with Ledger.open(path, read_only=True) as ledger:
        assert not ledger.verify().holds


@pytest.mark.parametrize(
    ("statement", "check", "what"),
    [
        ("DELETE FROM stored_events WHERE rowid = (SELECT max(rowid) FROM stored_events)", LOG, "an entry is missing"),
        (
            "UPDATE inblue_node SET hash = zeroblob(32) WHERE level > 1",
            TRUST,
            "are not those of the trusted checkpoint",
        ),
        ("DELETE FROM inblue_head", TRUST, "this is a state of 0"),
    ],
)
def test_what_is_missing_is_found(path: Path, grown: tuple[Path, bytes], statement: str, check: int, what: str) -> None:
    tamper(path, statement)
    (problem,) = since(path, grown[1]).problems
    assert (problem.check, what in problem.text) == (check, True)


@pytest.mark.parametrize("uncovered", [1, 2])
def test_what_no_head_covers_yet_is_read_and_counted_and_nothing_is_missing(uncovered: int) -> None:
    ledger = small()
    head = ledger.log.head()
    assert head is not None
    for _ in range(uncovered):
        past_the_rules(ledger, PRESIDES, len(list(ledger.streams.stream(REGISTER_STREAM))))
    found = verify_since(head.note, ledger.streams, ledger.log, ledger.files)
    assert (found.problems, found.entries, found.uncovered) == ((), uncovered, uncovered)


def test_a_checkpoint_of_another_history_or_of_another_key_is_not_a_state_of_this_log(
    path: Path, grown: tuple[Path, bytes]
) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        origin, root = ledger.checkpoint().origin, ledger.checkpoint().root
    size = size_of(grown[1])
    other = Checkpoint(origin, size, root).sign(NoteSigner(origin, LOG_KEY))
    assert since(path, other).problems[0].check == TRUST
    text = grown[1].split(b"\n\n")[0].decode().split("\n")
    stranger = Ed25519Signer.from_seed(b"s" * 32)
    forged = Checkpoint(origin, size, base64.b64decode(text[2])).sign(NoteSigner(origin, stranger))
    assert [problem.check for problem in since(path, forged).problems] == [TRUST]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_register_that_ends_too_early_is_missed_by_the_entry_before_the_checkpoint(path: Path, size: int) -> None:
    """Also where nothing is new: the last entry that is trusted counts the register."""
    with Ledger.open(path, read_only=True) as ledger:
        head = ledger.log.head()
        assert head is not None
        streams = Shortened()
        streams.streams, streams.kept = ledger.streams, ledger.register().version - size
        assert verify_since(head.note, ledger.streams, ledger.log, ledger.files).holds
        found = verify_since(head.note, streams, ledger.log, ledger.files)
    assert [(problem.check, problem.entry) for problem in found.problems] == [(REGISTER, size_of(head.note) - 1)]


class Shortened:
    """The entries of a ledger, with a register that ends too early."""

    streams: Streams
    kept: int

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        return self.streams.page(after, limit)

    def last_position(self) -> int:
        return self.streams.last_position()

    def stream(self, name: str) -> Iterable[StoredEntry]:
        return islice(self.streams.stream(name), self.kept if name == "register" else None)

    def position(self, stream: str, version: int) -> int:
        return self.streams.position(stream, version)
