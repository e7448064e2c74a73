"""The ledger on every store it runs on: founding, acts, keys, conflicts, crashes, isolation."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paths import EXAMPLES, REAL_CASE
from seats import COUNCIL_2021
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent, ReceiptAcknowledged, VoteCast
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import KeyEnrolled, KeyGrant, KeyRevoked, PresidencyAssigned
from inblue.ledger.entries.entry import REGISTER_STREAM, Seen, StoredEntry, write_entry
from inblue.ledger.entries.files import FolderFiles
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import Broken, Busy
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.stores.address import Address, read_address

REAL, SIMULATED = REAL_CASE, EXAMPLES / "simulated.case.json"


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    place: Address | None = tmp_path / "ledger.db" if request.param == "sqlite" else None
    if request.param == "postgres":
        place = read_address(request.getfixturevalue("postgres").fresh())
    with Ledger.create(
        place, files=tmp_path / "files", signer=REGISTRAR, log_signer=LOG, origin="example.org/votes"
    ) as made:
        yield made


def begin(ledger: Ledger, symbol: str = "S/2026/1") -> None:
    sha256 = ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=sha256)
    ledger.perform(symbol, draft, signer=REGISTRAR)
    opening = LetterSent(kind="opening", opens_at=ledger.clock())
    ledger.perform(symbol, opening, signer=REGISTRAR, roster=COUNCIL_2021)


def cast(ledger: Ledger, member: str, symbol: str = "S/2026/1") -> None:
    paper = Instrument(form="letter", signed=True)
    act = VoteCast(member=member, position="in_favour", received_at=ledger.clock(), instrument=paper)
    ledger.perform(symbol, act, signer=REGISTRAR)


def test_a_vote_is_kept_and_read_back(ledger: Ledger) -> None:
    begin(ledger)
    cast(ledger, "NOR")
    assert ledger.votes() == ("S/2026/1",)
    assert [reply.member for reply in ledger.vote("S/2026/1").replies] == ["NOR"]
    found = ledger.verify()
    assert (found.holds, found.entries, found.uncovered) == (True, 5, 0)
    assert ledger.checkpoint().size == 5


def test_the_same_entries_give_the_same_root_on_every_store(tmp_path: Path) -> None:
    roots = []
    for path in (None, tmp_path / "a.db"):
        fixed = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n) for n in range(200)]
        ticks = iter(fixed)
        made = Ledger.create(path, signer=REGISTRAR, log_signer=LOG, origin="o", clock=ticks.__next__)
        play(made, read_case(SIMULATED), EXAMPLES, signer=REGISTRAR)
        roots.append(made.checkpoint())
        made.close()
    assert roots[0] == roots[1]


def test_a_place_in_a_stream_is_taken_once(ledger: Ledger) -> None:
    begin(ledger)
    stored = next(iter(ledger.streams.stream(vote_stream("S/2026/1"))))
    with pytest.raises(Busy):
        ledger.streams.append([stored._replace(envelope=stored.envelope + b" ")])
    assert ledger.verify().entries == 4


def test_an_entry_that_is_stored_already_to_the_byte_is_not_a_conflict(ledger: Ledger) -> None:
    """The library tries again when a connection breaks, and cannot know that the first try was committed."""
    begin(ledger)
    stored = next(iter(ledger.streams.stream(vote_stream("S/2026/1"))))
    ledger.streams.append([stored])
    assert ledger.verify().entries == 4


def test_two_officers_at_one_ledger_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as one, Ledger.open(path, log_signer=LOG) as two:
        begin(one)
        for first, second in (("NOR", "IRL"), ("IND", "KEN"), ("MEX", "EST")):
            cast(one, first)
            cast(two, second)
        assert {r.member for r in one.vote("S/2026/1").replies} == {"NOR", "IRL", "IND", "KEN", "MEX", "EST"}
        assert one.verify().holds


def _record_many(path: Path, symbol: str) -> None:
    with Ledger.open(path, log_signer=LOG) as ledger:
        begin(ledger, symbol)
        for member in COUNCIL_2021.ids:
            cast(ledger, member, symbol)


def test_two_processes_record_at_once_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_record_many, args=(path, symbol)) for symbol in ("A", "B")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    with Ledger.open(path, read_only=True) as ledger:
        found = ledger.verify()
        assert (found.holds, found.entries, found.uncovered) == (True, 2 + 2 * 17, 0)
        assert all(len(ledger.vote(symbol).replies) == 15 for symbol in ("A", "B"))


def test_a_key_acts_only_for_its_office_and_until_it_is_revoked(ledger: Ledger) -> None:
    begin(ledger)
    president = Ed25519Signer.generate()
    receipt = ReceiptAcknowledged(member="NOR")
    with pytest.raises(Refused, match="not enrolled"):
        ledger.perform("S/2026/1", receipt, signer=president)
    grant = KeyGrant(key=president.key_id, public_key=president.public_key.hex(), office="president")
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    with pytest.raises(Refused, match="may not record"):
        ledger.perform("S/2026/1", receipt, signer=president)
    with pytest.raises(Refused, match="does not hold the office"):
        ledger.perform("S/2026/1", receipt, signer=president, office="registrar")
    ledger.perform("S/2026/1", LetterSent(kind="procedure"), signer=president)
    ledger.keep_register(KeyRevoked(key=president.key_id, reason="end of the month"), signer=REGISTRAR)
    with pytest.raises(Refused, match="revoked"):
        ledger.perform("S/2026/1", LetterSent(kind="procedure"), signer=president)
    assert ledger.verify().holds


def test_the_last_registrar_cannot_be_revoked(ledger: Ledger) -> None:
    with pytest.raises(Refused, match="last key"):
        ledger.keep_register(KeyRevoked(key=REGISTRAR.key_id, reason="x"), signer=REGISTRAR)


def test_weak_and_misnamed_keys_are_not_enrolled(ledger: Ledger) -> None:
    good = Ed25519Signer.generate()
    for key, public in ((good.key_id, bytes(32)), (good.key_id, REGISTRAR.public_key)):
        grant = KeyGrant(key=key, public_key=public.hex(), office="president")
        with pytest.raises(Malformed):
            ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)


def test_the_presidency_of_the_month_is_pinned_by_the_opening(ledger: Ledger) -> None:
    rules = built_in_procedure("unsc-2020-253")
    month = ledger.clock().astimezone(UTC).strftime("%Y-%m")
    days = {(ledger.clock() + timedelta(hours=shift)).strftime("%Y-%m") for shift in (-6, 0)}
    for each in {month, *days}:
        ledger.keep_register(PresidencyAssigned(body=rules.body, member="NOR", month=each), signer=REGISTRAR)
    begin(ledger)
    snapshot = ledger.vote("S/2026/1").snapshot
    assert snapshot is not None
    assert snapshot.president == "NOR"


def test_a_procedure_that_was_never_adopted_governs_nothing(ledger: Ledger) -> None:
    sha256 = ledger.attach(built_in_procedure("unga-74-544").canonical())
    draft = DraftCirculated(symbol="X", question="substantive", times="live", procedure=sha256)
    with pytest.raises(Refused, match="not adopted"):
        ledger.perform("X", draft, signer=REGISTRAR)


def test_the_process_environment_does_not_move_a_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for prefix in ("", "INBLUE_"):
        monkeypatch.setenv(f"{prefix}PERSISTENCE_MODULE", "eventsourcing.popo")
        monkeypatch.setenv(f"{prefix}COMPRESSOR_TOPIC", "zlib")
        monkeypatch.setenv(f"{prefix}SQLITE_DBNAME", str(tmp_path / "elsewhere.db"))
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        begin(ledger)
    with Ledger.open(path, read_only=True) as ledger:
        assert ledger.verify().entries == 4
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_kind_that_names_code_is_not_stored(ledger: Ledger) -> None:
    with pytest.raises(Malformed, match="not known"):
        ledger.streams.append([StoredEntry("vote:X", 1, "subprocess:Popen", b"{}")])


def test_a_key_revoked_while_an_act_waits_its_turn_records_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The act was judged by the earlier register; after the revocation it would never verify."""
    begin(ledger)
    officer = Ed25519Signer.from_seed(b"o" * 32)
    grant = KeyGrant(key=officer.key_id, public_key=officer.public_key.hex(), office="registrar", holder=None)
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    other = Ledger(ledger.streams, ledger.files, clock=ledger.clock, log_signer=LOG)
    append, waiting = ledger.streams.append, [True]

    def overtaken(*given: object) -> int:
        if waiting:
            waiting.clear()
            other.keep_register(KeyRevoked(key=officer.key_id, reason="lost"), signer=REGISTRAR)
        return append(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger.streams, "append", overtaken)
    draft = DraftCirculated(
        symbol="S/2026/9", question="substantive", times="live", procedure=built_in_procedure("unsc-2020-253").sha256
    )
    with pytest.raises(Refused, match="revoked"):
        ledger.perform("S/2026/9", draft, signer=officer)
    assert ledger.verify().holds
    assert not ledger.has_vote("S/2026/9")


@pytest.mark.parametrize("act", ["opening", "import"])
def test_a_key_revoked_while_an_act_is_made_records_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """The register is read again before the act is written; what was judged by the one before is judged again."""
    sha256 = ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    draft = DraftCirculated(symbol="S/2026/1", question="substantive", times="live", procedure=sha256)
    officer = Ed25519Signer.from_seed(b"o" * 32)
    grant = KeyGrant(key=officer.key_id, public_key=officer.public_key.hex(), office="registrar", holder=None)
    ledger.keep_register(KeyEnrolled(grant=grant), signer=REGISTRAR)
    other = Ledger(ledger.streams, ledger.files, clock=ledger.clock, log_signer=LOG)
    revoked = KeyRevoked(key=officer.key_id, reason="lost")
    if act == "import":

        def slowly() -> Iterator[tuple[DraftCirculated, datetime]]:
            yield draft, ledger.clock()
            other.keep_register(revoked, signer=REGISTRAR)

        with pytest.raises(Busy, match="register has changed"):
            ledger.record_all([("S/2026/1", slowly())], signer=officer, office="registrar")
        assert not ledger.has_vote("S/2026/1")
    else:
        ledger.perform("S/2026/1", draft, signer=REGISTRAR)
        stream, waiting = ledger.streams.stream, [True]

        def overtaken(name: str, *, after: int = 0) -> Iterator[StoredEntry]:
            if waiting and name == REGISTER_STREAM:
                waiting.clear()
                other.keep_register(revoked, signer=REGISTRAR)
            return stream(name, after=after)

        monkeypatch.setattr(ledger.streams, "stream", overtaken)
        opening = LetterSent(kind="opening", opens_at=ledger.clock())
        with pytest.raises(Refused, match="revoked"):
            ledger.perform("S/2026/1", opening, signer=officer, roster=COUNCIL_2021)
        assert (waiting, ledger.vote("S/2026/1").opening) == ([], None)
    assert ledger.verify().holds


@pytest.mark.parametrize("struck", ["cover", "write"])
def test_act_and_head_come_together_or_not_at_all(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, struck: str) -> None:
    begin(ledger)
    before = ledger.checkpoint()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        if struck == "cover":
            broken.setattr("inblue.ledger.recording.appending.covering", killed)
            with pytest.raises(KeyboardInterrupt):
                cast(ledger, "NOR")
        else:
            writing = {"MemoryLog": "memory.MemoryLog.advance", "SQLiteLog": "sqlite.SQLiteLog.put"}
            broken.setattr(f"inblue.ledger.stores.{writing.get(type(ledger.log).__name__, 'postgres.put')}", full)
            with pytest.raises(Broken, match="refused to record: database or disk is full"):
                cast(ledger, "NOR")
    found = ledger.verify()
    assert (found.holds, found.entries, found.uncovered) == (True, before.size, 0)
    cast(ledger, "NOR")
    assert (ledger.verify().entries, ledger.checkpoint().size) == (before.size + 1, before.size + 1)


def test_an_entry_that_no_head_covers_is_covered_with_the_next(ledger: Ledger) -> None:
    """A copy may have brought it, or the crash of a version that wrote the head after the act."""
    begin(ledger)
    paper = Instrument(form="letter", signed=True)
    stored = write_entry(
        VoteCast(member="NOR", position="in_favour", received_at=ledger.clock(), instrument=paper),
        stream=vote_stream("S/2026/1"),
        index=ledger.vote("S/2026/1").version,
        register=ledger.register().version,
        signer=REGISTRAR,
        office="registrar",
        recorded_at=ledger.clock(),
        seen=Seen(ledger.checkpoint().size, ledger.checkpoint().root),
    )
    ledger.streams.append([stored])
    assert ledger.verify().uncovered == 1
    cast(ledger, "IRL")
    found = ledger.verify()
    assert (found.holds, found.entries, found.uncovered) == (True, 6, 0)


def test_an_index_that_reaches_beyond_its_head_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        begin(ledger)
        size = ledger.checkpoint().size
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO inblue_node VALUES (0, ?, ?)", (size, b"x" * 32))
    db.close()
    with Ledger.open(path, log_signer=LOG) as ledger:
        with pytest.raises(Broken, match="reaches beyond its signed head"):
            cast(ledger, "NOR")
        assert len(ledger.streams.page(0, 100)) == size


def test_many_votes_are_recorded_in_one_go(ledger: Ledger) -> None:
    sha256 = ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    at = ledger.clock()
    drafts = [
        (symbol, [(DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=sha256), at)])
        for symbol in (f"S/2026/{number}" for number in range(1, 151))
    ]
    ledger.record_all(drafts, signer=REGISTRAR, office="registrar")
    found = ledger.verify()
    assert (found.holds, found.votes, found.entries, found.uncovered) == (True, 150, 152, 0)


def test_where_nothing_can_be_put_a_file_and_a_bundle_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "in the way").touch()
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        with pytest.raises(Broken, match="cannot be written: "):
            FolderFiles(tmp_path / "in the way").put(b"a letter")
        with pytest.raises(Broken, match="cannot be written: "):
            export(ledger, tmp_path / "nowhere" / "a.zip")
    assert (tmp_path / "in the way").read_bytes() == b""


@pytest.mark.parametrize("other", ["older", "fork"])
def test_a_ledger_that_is_put_back_under_an_open_one_signs_no_fork(tmp_path: Path, other: str) -> None:
    path, before = tmp_path / "ledger.db", tmp_path / "before.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        begin(ledger)
    with closing(sqlite3.connect(path)) as db, closing(sqlite3.connect(before)) as copy:
        db.backup(copy)
    with Ledger.open(path, log_signer=LOG) as ledger:
        cast(ledger, "NOR")
        known = ledger.checkpoint()
        if other == "fork":
            with Ledger.open(before, log_signer=LOG, files=Path(f"{path}.files")) as forked:
                cast(forked, "IRL")
        with closing(sqlite3.connect(before)) as copy, closing(sqlite3.connect(path)) as db:
            copy.backup(db)
        told = "put back to an older state" if other == "older" else "two histories of the log were signed"
        with pytest.raises(Broken, match=told):
            cast(ledger, "EST")
        assert ledger.checkpoint().root != known.root


def test_a_ledger_whose_tail_was_cut_signs_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        begin(ledger)
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER stored_events_no_delete")
        db.execute("DELETE FROM stored_events WHERE rowid = (SELECT max(rowid) FROM stored_events)")
    db.close()
    with Ledger.open(path, log_signer=LOG) as ledger, pytest.raises(Broken, match="missing"):
        ledger.sequence()
    with Ledger.open(path, log_signer=LOG) as ledger, pytest.raises(Broken, match="missing"):
        ledger.keep_register(PresidencyAssigned(body="UN", member="NOR", month="2026-12"), signer=REGISTRAR)
    with Ledger.open(path, read_only=True) as ledger:
        found = ledger.verify()
        assert (found.holds, found.entries, found.problems[0].entry) == (False, 3, 3)


KILLED = """
import sys
from pathlib import Path
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play, read_case
case = Path(sys.argv[2])
with Ledger.open(Path(sys.argv[1]), log_signer=Ed25519Signer.from_seed(b"l" * 32)) as ledger:
    print("go", flush=True)
    play(ledger, read_case(case), case.parent, signer=Ed25519Signer.from_seed(b"r" * 32))
"""


@pytest.mark.long
@pytest.mark.parametrize("delay", [0.0, 0.01, 0.02, 0.04, 0.06, 0.09, 0.12, 0.16])
def test_playing_is_killed_at_any_instant_and_resumed(tmp_path: Path, delay: float) -> None:
    path = tmp_path / "ledger.db"
    Ledger.create(path, signer=REGISTRAR, log_signer=LOG).close()
    child = subprocess.Popen([sys.executable, "-c", KILLED, path, SIMULATED], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    time.sleep(delay)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with Ledger.open(path, log_signer=LOG) as ledger:
        assert ledger.verify().holds
        play(ledger, read_case(SIMULATED), EXAMPLES, signer=REGISTRAR)
        assert ledger.vote("SIM/2026/1").version == 46
        found = ledger.verify()
        assert (found.holds, found.uncovered) == (True, 0)


def test_another_history_of_the_same_draft_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        play(ledger, read_case(REAL), REAL.parent, signer=REGISTRAR)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    other = tmp_path / "other.json"
    other.write_text(REAL.read_text().replace('"silent"', '"announced"', 1))
    with Ledger.open(path, log_signer=LOG) as ledger, pytest.raises(Busy):
        play(ledger, read_case(other), REAL.parent, signer=REGISTRAR)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def test_reading_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        begin(ledger)
    before = path.read_bytes()
    with Ledger.open(path, read_only=True) as ledger:
        assert ledger.verify().holds
        with pytest.raises(Refused, match="to be read only"):
            cast(ledger, "NOR")
    assert path.read_bytes() == before


def test_nothing_is_founded_over_something(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"a letter")
    with pytest.raises(Refused, match="already"):
        Ledger.create(path, signer=REGISTRAR, log_signer=LOG)
    assert path.read_bytes() == b"a letter"
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.db"]


def test_the_wrong_log_key_signs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger.create(path, signer=REGISTRAR, log_signer=LOG).close()
    with Ledger.open(path, log_signer=REGISTRAR) as ledger, pytest.raises(Refused, match="not the one"):
        ledger.sequence()
