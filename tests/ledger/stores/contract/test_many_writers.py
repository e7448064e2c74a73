"""Several processes record at once, into one vote and into many: nothing lost, nothing twice, one history."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from seats import COUNCIL_2020
from server import Database
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.entries.entry import read_entry
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.checkpoint import open_checkpoint
from inblue.ledger.standards.merkle import consistency_proof, verify_consistency
from inblue.ledger.stores.address import read_address

WRITERS = int(os.environ.get("INBLUE_TEST_WRITERS", "4"))
ACTS = int(os.environ.get("INBLUE_TEST_ACTS", "6"))
COMMON = "S/2026/1"

WRITER = """
import base64, sys
from inblue.domain.acts import CoSponsorshipAnnounced, DraftCirculated
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.stores.address import read_address
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.ledger import Ledger
registrar, log = (Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
place, name, acts, common = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
procedure = built_in_procedure("unsc-2020-253").sha256
with Ledger.open(read_address(place), log_signer=log) as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(acts):
        own = f"{name}/{number}"
        draft = DraftCirculated(symbol=own, question="substantive", times="live", procedure=procedure)
        ledger.perform(own, draft, signer=registrar)
        act = CoSponsorshipAnnounced(member="BEL", source=own)
        (done,) = ledger.perform(common, act, signer=registrar)
        print(own, done.number, base64.b64encode(ledger.log.head().note).decode(), flush=True)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    database: Database = request.getfixturevalue("postgres")
    return database.fresh()


@pytest.mark.long
def test_writers_at_once_lose_nothing_and_sign_one_history(place: str) -> None:
    with Ledger.create(read_address(place), signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        begin(ledger)
        started, before = ledger.checkpoint().size, ledger.vote(COMMON).version
    told = run([(f"W{number}", WRITER, str(ACTS), COMMON) for number in range(WRITERS)], place)
    rows = [line.split() for out in told for line in out.splitlines()]
    assert len(rows) == WRITERS * ACTS

    with Ledger.open(read_address(place), log_signer=LOG) as ledger:
        (key,) = ledger.log_keys()
        found = ledger.verify()
        assert (found.holds, found.uncovered, found.entries) == (True, 0, started + 2 * WRITERS * ACTS)
        assert set(ledger.votes()) == {COMMON, *(own for own, _, _ in rows)}
        kept = {act.number: act.act.source for act in ledger.acts(COMMON, after=before)}
        assert kept == {int(number): own for own, number, _ in rows}, "what was acknowledged is not what is there"
        assert sorted(kept) == list(range(before, before + len(rows))), "a gap, or an act that is there twice"
        signed = {open_checkpoint(base64.b64decode(note), key) for _, _, note in rows}
        ordered = sorted({*signed, ledger.checkpoint()}, key=lambda checkpoint: checkpoint.size)
        for earlier, later in pairwise(ordered):
            assert earlier.size < later.size, "two roots were signed for one size"
            proof = consistency_proof(earlier.size, later.size, ledger.log.node)
            assert verify_consistency(earlier.size, later.size, earlier.root, later.root, proof)
        for stored in ledger.streams.page(0, 100):
            entry = read_entry(stored.envelope)
            assert entry.seen.size <= ledger.checkpoint().size


OFFICER = """
import sys
from inblue.domain.acts import VoteCast
from inblue.domain.errors import InblueError
from inblue.domain.instrument import Instrument
from inblue.ledger.stores.address import read_address
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.ledger import Ledger
registrar, log = (Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l"))
with Ledger.open(read_address(sys.argv[1]), log_signer=log) as ledger:
    letter = ledger.attach(b"the letter of a member")
    ledger.vote(sys.argv[4])
    print("ready", flush=True)
    sys.stdin.readline()
    paper = Instrument(form="letter", signed=True, sha256=letter)
    act = VoteCast(member="BEL", position="in_favour", received_at=ledger.clock(), instrument=paper)
    try:
        (done,) = ledger.perform(sys.argv[4], act, signer=registrar)
        print("recorded", done.number)
    except InblueError as error:
        print(error)
"""


@pytest.mark.long
def test_of_two_officers_with_one_letter_the_second_is_told_that_it_is_there(place: str) -> None:
    with Ledger.create(read_address(place), signer=REGISTRAR, log_signer=LOG) as ledger:
        ledger.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
        begin(ledger)
        opening, roster = LetterSent(kind="opening", opens_at=ledger.clock()), COUNCIL_2020
        ledger.perform(COMMON, opening, signer=REGISTRAR, roster=roster)
    told = run([(f"officer {number}", OFFICER, "", COMMON) for number in range(3)], place)
    recorded = [said for said in told if said.startswith("recorded")]
    others = [said for said in told if not said.startswith("recorded")]
    assert len(recorded) == 1
    number = recorded[0].split()[1]
    for said in others:
        assert f"this letter of BEL is on record already, as its reply 1 (act {number}, entered 20" in said
    with Ledger.open(read_address(place)) as ledger:
        assert [reply.rejected for reply in ledger.vote(COMMON).replies] == [False]
        assert ledger.verify().holds


def begin(ledger: Ledger) -> None:
    procedure = built_in_procedure("unsc-2020-253").sha256
    draft = DraftCirculated(symbol=COMMON, question="substantive", times="live", procedure=procedure)
    ledger.perform(COMMON, draft, signer=REGISTRAR)


def run(writers: list[tuple[str, str, str, str]], place: str) -> list[str]:
    """Let all of them go at the same moment; return what each printed after that."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, place, name, acts, common],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name, program, acts, common in writers
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        if child.stdout.readline() != "ready\n":
            raise AssertionError(child.communicate()[1])
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    told = []
    for child in children:
        out, err = child.communicate(timeout=120)
        assert (child.returncode, err) == (0, "")
        told.append(out)
    return told
