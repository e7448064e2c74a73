"""Entries, index and head of a store, each damaged by itself: what is named, and which entry."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from signers import LOG as LOG_KEY
from signers import REGISTRAR

from inblue.domain.acts import DraftCirculated, DraftWithdrawn
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.audit.checks import FORM, FOUNDED, LOG
from inblue.ledger.audit.whole_ledger import verify
from inblue.ledger.entries.files import MemoryFiles
from inblue.ledger.ledger import Ledger
from inblue.ledger.stores.streams import memory_streams

ENTRIES = 13  # of which the tree has peaks of 8, 4 and 1
CHANGED = "UPDATE stored_events SET state = CAST(replace(state, 'A', 'B') AS BLOB) WHERE rowid = {}"
OTHER_HASH = "UPDATE inblue_node SET hash = zeroblob(32) WHERE level = {} AND idx = {}"

DAMAGED = "the entries hold, but the log's index beside them is damaged"
NOT_WHICH = "the entries do not hash to the signed head, and the index cannot say which"
NOT_SIGNED = "not the entry that stood here when the log was signed"
FIVE = "an entry is missing here: the signed head covers 13 entries, and 12 are stored"
BESIDE = "the head's size or cursor beside the signed note is not the note's"
BEYOND = "the log's index reaches beyond the signed head, so that nothing can be recorded; see inblue mend"

FAULTS: dict[str, tuple[list[str], list[tuple[int, int | None, str]]]] = {
    "nothing": ([], []),
    "an entry": ([CHANGED.format(5)], [(LOG, 4, NOT_SIGNED)]),
    "two entries": ([CHANGED.format(5), CHANGED.format(9)], [(LOG, 4, NOT_SIGNED)]),
    "the last entry": ([CHANGED.format(13)], [(LOG, 12, NOT_SIGNED)]),
    "an entry and its leaf": ([CHANGED.format(5), OTHER_HASH.format(0, 4)], [(LOG, None, NOT_WHICH)]),
    "an entry and another leaf": ([CHANGED.format(5), OTHER_HASH.format(0, 6)], [(LOG, None, NOT_WHICH)]),
    "an entry and a node over it": ([CHANGED.format(5), OTHER_HASH.format(3, 0)], [(LOG, None, NOT_WHICH)]),
    "a leaf": ([OTHER_HASH.format(0, 4)], [(LOG, 4, DAMAGED)]),
    "the last leaf": ([OTHER_HASH.format(0, 12)], [(LOG, 12, DAMAGED)]),
    "a peak": ([OTHER_HASH.format(3, 0)], [(LOG, None, DAMAGED)]),
    "another peak": ([OTHER_HASH.format(2, 2)], [(LOG, None, DAMAGED)]),
    "a node that no peak is": ([OTHER_HASH.format(1, 0)], []),  # a proof with it shows this
    "a leaf that is gone": (["DELETE FROM inblue_node WHERE level = 0 AND idx = 12"], [(LOG, None, DAMAGED)]),
    "a peak that is gone": (["DELETE FROM inblue_node WHERE level = 3 AND idx = 0"], [(LOG, None, DAMAGED)]),
    "the last entry is gone": (["DELETE FROM stored_events WHERE rowid = 13"], [(LOG, 12, FIVE)]),
    "an entry before it is gone": (["DELETE FROM stored_events WHERE rowid = 5"], [(LOG, 4, FIVE)]),
    "an entry and its leaf are gone": (
        ["DELETE FROM stored_events WHERE rowid = 5", "DELETE FROM inblue_node WHERE level = 0 AND idx = 4"],
        [(LOG, 12, FIVE)],
    ),
    "the head's size": (["UPDATE inblue_head SET size = 12"], [(LOG, None, BESIDE), (LOG, None, BEYOND)]),
    "the head's position": (["UPDATE inblue_head SET position = 12"], [(LOG, None, BESIDE)]),
    "no head": (
        ["DELETE FROM inblue_head"],
        [(LOG, None, "there is no signed head; nothing shows whether entries are missing")],
    ),
    "a node beyond the head": (["INSERT INTO inblue_node VALUES (0, 13, zeroblob(32))"], [(LOG, None, BEYOND)]),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("made") / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG_KEY) as ledger:
        procedure = ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        for number in range(ENTRIES - 2):
            draft = DraftCirculated(symbol=f"S/{number}", question="substantive", times="live", procedure=procedure)
            ledger.perform(f"S/{number}", draft, signer=REGISTRAR)
    return path


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_damaged_is_named_and_no_entry_is_accused_that_the_signed_root_does_not_convict(
    made: Path, tmp_path: Path, fault: str
) -> None:
    statements, wanted = FAULTS[fault]
    path = copied(made, tmp_path)
    damage(path, statements)
    with Ledger.open(path, read_only=True) as ledger:
        found = ledger.verify()
    about_log = [(each.check, each.entry, each.text) for each in found.problems if each.check == LOG]
    assert about_log == wanted
    assert found.holds is (not wanted)
    assert {each.entry for each in found.problems if each.check == FORM} <= {4, 8, 12}


def test_a_last_leaf_that_is_gone_is_missed_though_it_is_no_peak(made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path)
    with Ledger.open(path, log_signer=LOG_KEY) as ledger:
        ledger.perform("S/0", DraftWithdrawn(), signer=REGISTRAR)
        assert ledger.verify().entries == ENTRIES + 1
    damage(path, [f"DELETE FROM inblue_node WHERE level = 0 AND idx = {ENTRIES}"])
    with Ledger.open(path, read_only=True) as ledger:
        (problem,) = ledger.verify().problems
    assert (problem.check, problem.entry, problem.text) == (LOG, None, DAMAGED)


def copied(made: Path, folder: Path) -> Path:
    path = Path(shutil.copy(made, folder / "ledger.db"))
    shutil.copytree(f"{made}.files", f"{path}.files")
    return path


def damage(path: Path, statements: list[str]) -> None:
    """Change one row by each statement, past the triggers."""
    with closing(sqlite3.connect(path)) as db:
        triggers = [db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()][0]
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert db.execute(statement).rowcount == 1
        for _, sql in triggers:
            db.execute(sql)
        db.commit()


def test_a_store_without_an_entry_is_not_a_ledger() -> None:
    streams = memory_streams()
    found = verify(streams, streams.construct_log(), MemoryFiles())
    assert [(each.check, each.entry, each.text) for each in found.problems] == [
        (FOUNDED, None, "the log is empty"),
        (LOG, None, "there is no signed head; nothing shows whether entries are missing"),
    ]


def test_while_it_runs_it_is_told_how_many_entries_of_how_many_were_read(made: Path) -> None:
    told: list[tuple[int, int]] = []
    with Ledger.open(made, read_only=True) as ledger:
        assert verify(ledger.streams, ledger.log, ledger.files, progress=lambda *each: told.append(each)).holds
    assert told[-1] == (ENTRIES, ENTRIES)
    assert {total for _, total in told} == {ENTRIES}
