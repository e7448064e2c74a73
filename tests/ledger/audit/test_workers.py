"""Several processes and one come to the same, whatever was done to the ledger."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ledgers import past_the_rules, recorded_anyhow, sign_over
from paths import case_file
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import RegisterStated, StreamStated
from inblue.ledger.audit import whole_ledger as verifying
from inblue.ledger.audit.result import Verification, verification_json
from inblue.ledger.audit.workers import process_of
from inblue.ledger.entries.entry import Seen
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import state_acts
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.projections.record import audit_json, record_of
from inblue.ledger.stores.streams import open_streams


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pristine") / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        for name in ("s-2020-268", "simulated", "unga-74-544"):
            play(ledger, read_case(case_file(name)), case_file(name).parent, signer=REGISTRAR)
    return path


@pytest.fixture
def path(pristine: Path, tmp_path: Path) -> Path:
    shutil.copy(pristine, tmp_path / "ledger.db")
    shutil.copytree(f"{pristine}.files", tmp_path / "ledger.db.files")
    return tmp_path / "ledger.db"


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each set of workers found nothing unusual; small ledgers get workers too."""
    said: list[bool] = []
    true = verifying._all_plain

    def told(*args: Any) -> bool:
        said.append(true(*args))
        return said[-1]

    monkeypatch.setattr(verifying, "FEWEST", 1)
    monkeypatch.setattr(verifying, "_all_plain", told)
    return said


def found_by(path: Path, jobs: int) -> tuple[dict[str, Any], list[Any], Any]:
    """What verification says, the record of each vote, and the rest of it that a program may ask for."""
    with Ledger.open(path, read_only=True) as ledger:
        found: Verification = verifying.verify(
            ledger.streams, ledger.log, ledger.files, jobs=jobs, reopen=partial(open_streams, path, read_only=True)
        )
        records: list[Any] = [
            audit_json(record_of(state, found.bounds.get(symbol))) for symbol, state in found.states.items()
        ]
        return dict(verification_json(found)), records, (dict(found.bounds), found.register, found.timestamps)


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            db.execute(statement)
        db.commit()


def put(path: Path, rowid: int, state: bytes) -> None:
    change(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (state, rowid))
        db.commit()


def test_of_a_ledger_that_holds_the_workers_say_all_that_one_process_says(path: Path, plain: list[bool]) -> None:
    assert found_by(path, 3) == found_by(path, 1)
    assert plain == [True]


def test_workers_count_the_acts_that_the_register_states(path: Path, plain: list[bool]) -> None:
    with Ledger.open(path, log_signer=LOG) as ledger:
        for symbol in ledger.votes():
            state_acts(ledger, symbol, signer=REGISTRAR)
    assert found_by(path, 3) == found_by(path, 1)
    with Ledger.open(path, log_signer=LOG) as ledger:
        wrong = RegisterStated(votes=(StreamStated(stream="vote:S/2020/240", acts=1),))
        past_the_rules(ledger, wrong, ledger.register().version)
        sign_over(ledger)
    assert found_by(path, 3) == found_by(path, 1)
    assert plain == [True, False]


@pytest.mark.parametrize(("jobs", "first"), [(2, 44), (3, 25), (4, 16), (5, 10), (8, 2), (9, 0), (40, 0)])
def test_the_first_process_which_reads_for_all_checks_fewer_votes_and_the_others_as_many_each(
    jobs: int, first: int
) -> None:
    """Reading an entry takes an eighth of checking one, so all workers have as much to do."""
    votes = 20_000
    done = Counter(process_of(f"vote:S/{number}", jobs) for number in range(votes))
    assert abs(100 * done[0] / votes - first) < 0.6
    each = (100 - first) / (jobs - 1)
    assert all(abs(100 * done[other] / votes - each) < 1.0 for other in range(1, jobs))
    assert set(done) <= set(range(jobs))


def test_a_small_ledger_is_audited_without_workers(path: Path) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        never: Callable[[], Any] = lambda: pytest.fail("no other process is needed")  # noqa: E731
        assert verifying.verify(ledger.streams, ledger.log, ledger.files, jobs=2, reopen=never).holds


@pytest.mark.parametrize(
    "statements",
    [
        ["UPDATE stored_events SET originator_id = 'vote:X' WHERE rowid = 9"],
        ["UPDATE stored_events SET originator_id = 'register' WHERE rowid = 9"],
        ["UPDATE stored_events SET originator_version = 999 WHERE rowid = 30"],
        ["UPDATE stored_events SET topic = 'os:system' WHERE rowid = 40"],
        ["UPDATE stored_events SET state = NULL WHERE rowid = 9"],
        ["DELETE FROM stored_events WHERE rowid = 2"],
        ["DELETE FROM stored_events WHERE rowid = 50"],
        ["DELETE FROM stored_events WHERE rowid > 60"],
        [
            "UPDATE stored_events SET rowid = 9999 WHERE rowid = 20",
            "UPDATE stored_events SET rowid = 20 WHERE rowid = 21",
            "UPDATE stored_events SET rowid = 21 WHERE rowid = 9999",
        ],
        ["UPDATE inblue_head SET note = zeroblob(10)"],
        ["UPDATE inblue_node SET hash = zeroblob(32) WHERE level = 0 AND idx = 4"],
        ["UPDATE inblue_node SET hash = zeroblob(32) WHERE level = 6"],
        ["UPDATE stored_events SET state = (SELECT state FROM stored_events WHERE rowid = 12) WHERE rowid = 11"],
    ],
)
def test_of_a_ledger_that_was_tampered_with_too(path: Path, plain: list[bool], statements: list[str]) -> None:
    change(path, *statements)
    serial = found_by(path, 1)
    assert found_by(path, 2) == serial
    assert len(plain) == 1
    assert not serial[0]["holds"]


@pytest.mark.parametrize("whose", [0, 1])
def test_what_a_recorder_says_it_had_seen_is_checked_against_the_log_whoever_checks_the_entry(
    path: Path, plain: list[bool], whose: int
) -> None:
    symbol = next(f"S/{number}" for number in range(99) if process_of(vote_stream(f"S/{number}"), 2) == whose)
    procedure = built_in_procedure("unsc-2020-253").sha256
    draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure)
    with Ledger.open(path, log_signer=LOG) as ledger:
        recorded_anyhow(ledger, draft, vote_stream(symbol), had_seen=Seen(5, bytes(32)))
    assert found_by(path, 2) == found_by(path, 1)
    assert [each["name"] for each in found_by(path, 1)[0]["problems"]] == ["seen"]
    assert plain == [False]


def test_and_wherever_one_bit_is_flipped_or_a_file_is_lost(path: Path, plain: list[bool]) -> None:
    chance = random.Random(6)
    with closing(sqlite3.connect(path)) as db:
        states = db.execute("SELECT rowid, state FROM stored_events").fetchall()
    for rowid, state in chance.sample(states, 4):
        at = chance.randrange(len(state))
        flipped = bytes([*state[:at], state[at] ^ (1 << chance.randrange(8)), *state[at + 1 :]])
        put(path, rowid, flipped)
        assert found_by(path, 2) == found_by(path, 1)
        put(path, rowid, state)
    next(each for each in Path(f"{path}.files").rglob("*") if each.is_file()).unlink()
    assert found_by(path, 2) == found_by(path, 1)
    assert plain == [False] * 5


def test_a_store_that_shows_one_thing_to_one_process_and_another_to_the_next_gains_nothing(
    path: Path, tmp_path: Path, plain: list[bool]
) -> None:
    clean = tmp_path / "clean.db"
    shutil.copy(path, clean)
    shutil.copytree(f"{path}.files", f"{clean}.files")
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT rowid, originator_id, state FROM stored_events WHERE rowid > 40").fetchall()
    rowid, state = next((rowid, state) for rowid, stream, state in rows if process_of(stream, 3) > 0)
    put(path, rowid, state.replace(b'"payload":"e', b'"payload":"f', 1))
    for shown, to_workers in ((path, clean), (clean, path)):
        with Ledger.open(shown, read_only=True) as ledger:
            told = [
                verifying.verify(
                    ledger.streams, ledger.log, ledger.files, jobs=3, reopen=partial(open_streams, each, read_only=True)
                )
                for each in (to_workers, shown)
            ]
            assert verification_json(told[0]) == verification_json(told[1])
            assert told[0].holds == (shown == clean)
    assert plain == [False, False, False, True]


def test_nor_does_one_that_shifts_the_places_of_entries(path: Path, tmp_path: Path, plain: list[bool]) -> None:
    """A worker that does not see another's entries would take its own for older than they are."""
    with Ledger.open(path, log_signer=LOG) as ledger:
        procedure = built_in_procedure("unsc-2020-253").sha256
        draft = DraftCirculated(symbol="S/0", question="substantive", times="live", procedure=procedure)
        drafts = [draft.model_copy(update={"symbol": f"S/{number}"}) for number in range(10)]
        now = ledger.clock()  # recorded in one go, none has seen the one before it, which would tell too
        ledger.record_all([(each.symbol, [(each, now)]) for each in drafts], signer=REGISTRAR, office="registrar")
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT rowid, originator_id FROM stored_events WHERE originator_id LIKE 'vote:S/_'")
        rows = found.fetchall()
    missing = min(rowid for rowid, stream in rows if process_of(stream, 2) == 0)
    assert any(rowid > missing for rowid, stream in rows if process_of(stream, 2) == 1)
    shifted = tmp_path / "shifted.db"
    shutil.copy(path, shifted)
    change(shifted, f"DELETE FROM stored_events WHERE rowid = {missing}")
    with Ledger.open(path, read_only=True) as ledger:
        reopen = partial(open_streams, shifted, read_only=True)
        assert verifying.verify(ledger.streams, ledger.log, ledger.files, jobs=2, reopen=reopen).holds
    assert plain == [False]


def test_what_is_read_again_to_be_shown_is_what_was_checked(path: Path, plain: list[bool]) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        reopen = partial(open_streams, path, read_only=True)
        found = verifying.verify(ledger.streams, ledger.log, ledger.files, jobs=2, reopen=reopen)
        assert found.states["S/2020/240"].result is not None
    with Ledger.open(path, read_only=True) as ledger:
        found = verifying.verify(ledger.streams, ledger.log, ledger.files, jobs=2, reopen=reopen)
        other = "(SELECT state FROM stored_events WHERE originator_id = 'vote:S/2020/240' AND originator_version = 6)"
        which = "originator_id = 'vote:S/2020/240' AND originator_version = 7"
        change(path, f"UPDATE stored_events SET state = {other} WHERE {which}")
        with pytest.raises(Broken, match="gives other entries than when they were checked"):
            found.states["S/2020/240"]
    assert plain == [True, True]


def test_a_worker_that_dies_is_only_slower(path: Path, plain: list[bool]) -> None:
    with Ledger.open(path, read_only=True) as ledger:
        found = verifying.verify(ledger.streams, ledger.log, ledger.files, jobs=2, reopen=partial(_dies, str(path)))
    assert (found.holds, plain) == (True, [False])


def _dies(path: str) -> Any:
    raise OSError(f"{path}: gone")
