"""Checkpoints from processes that record at once and are killed at any instant make one history."""

from __future__ import annotations

import base64
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.errors import Broken
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.checkpoint import Checkpoint, open_checkpoint
from inblue.ledger.standards.merkle import consistency_proof, verify_consistency

RECORDER = """
import base64, sys
from pathlib import Path
from inblue.domain.acts import DraftCirculated
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.errors import Busy
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.ledger import Ledger
registrar, log = (Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
procedure = built_in_procedure("unsc-2020-253").sha256
with Ledger.open(Path(sys.argv[1]), log_signer=log) as ledger:
    for number in range(10_000):
        symbol = f"{sys.argv[2]}/{number}"
        draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure)
        try:
            ledger.perform(symbol, draft, signer=registrar)
        except Busy:
            pass
        print(base64.b64encode(ledger.log.head().note).decode(), flush=True)
"""


def seen_by(path: Path, name: str, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RECORDER, str(path), name]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline()
    time.sleep(seconds)
    return child


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_two_checkpoints_contradict_each_other_across_processes_and_kills(tmp_path: Path, seed: int) -> None:
    path, chance = tmp_path / "ledger.db", random.Random(seed)
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        (key,) = ledger.log_keys()
    printed: list[str] = []
    for run in range(2):
        children = [seen_by(path, f"{run}{name}", chance.random() / 4) for name in "AB"]
        for child in children:
            child.kill()
        for child in children:
            out, err = child.communicate()
            assert err == ""
            printed.extend(line for line in out.split("\n")[:-1])
    notes = [base64.b64decode(line) for line in printed]
    seen = {open_checkpoint(note, key) for note in notes}
    by_size = sorted(seen, key=lambda checkpoint: checkpoint.size)
    assert len(by_size) > 10
    with Ledger.open(path, log_signer=LOG) as ledger:
        ledger.sequence()
        found = ledger.verify()
        assert (found.holds, found.uncovered) == (True, 0)
        last = ledger.checkpoint()
        for earlier, later in pairwise([*by_size, last] if by_size[-1].size < last.size else by_size):
            assert earlier.size < later.size, "two roots were signed for one size"
            proof = consistency_proof(earlier.size, later.size, ledger.log.node)
            assert verify_consistency(earlier.size, later.size, earlier.root, later.root, proof)


def test_a_log_whose_index_was_damaged_signs_nothing_more(tmp_path: Path) -> None:
    """Else the next checkpoint would contradict the last one."""
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        before = ledger.log.head()
    db = sqlite3.connect(path)
    db.executescript("DROP TRIGGER inblue_node_no_update; UPDATE inblue_node SET hash = zeroblob(32) WHERE level = 1;")
    db.close()
    with Ledger.open(path, log_signer=LOG) as ledger:
        with pytest.raises(Broken, match="not what was signed"):
            ledger.sequence()
        assert ledger.log.head() == before


def test_the_size_beside_a_note_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        assert isinstance(ledger.checkpoint(), Checkpoint)
    db = sqlite3.connect(path)
    db.execute("UPDATE inblue_head SET size = 1, position = 1")
    db.commit()
    db.close()
    with Ledger.open(path, log_signer=LOG) as ledger, pytest.raises(Broken, match="not what was signed"):
        ledger.sequence()


@pytest.mark.parametrize("position", [0, 1, 2, 3])
def test_nor_is_the_position_beside_it(tmp_path: Path, position: int) -> None:
    """Covered entries would be covered again, by a head that could not be compared with any store."""
    path, procedure = tmp_path / "ledger.db", built_in_procedure("unsc-2020-253")
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(procedure, signer=REGISTRAR)
        for symbol in ("A", "B"):
            draft = DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=procedure.sha256)
            ledger.perform(symbol, draft, signer=REGISTRAR)
        before = ledger.log.head()
        assert before is not None
        assert before.position == 4
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE inblue_head SET position = ?", (position,))
        db.commit()
    with Ledger.open(path, log_signer=LOG) as ledger:
        for refused in (
            ledger.sequence,
            lambda: ledger.perform("C", draft.model_copy(update={"symbol": "C"}), signer=REGISTRAR),
        ):
            with pytest.raises(Broken, match="the last entry that was signed is not there"):
                refused()
        assert ledger.log.head() == before._replace(position=position)
        assert ledger.verify().entries == 4
