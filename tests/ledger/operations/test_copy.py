"""A ledger moved from one store to another and back: the same entries, order and root, or nothing at all."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from authority import Tsa
from ledgers import cut_off
from paths import EXAMPLES
from server import Database, address
from signers import LOG, REGISTRAR
from stamped import Kept, stamped

from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import Refused
from inblue.domain.procedure import built_in_procedure
from inblue.ledger.errors import Broken, NotFound
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.operations.copy import copy, mirrored
from inblue.ledger.operations.export import export
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import AbsentError, FolderSource
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.timestamp import request, token_of
from inblue.ledger.stores.address import Address, read_address
from inblue.ledger.stores.streams import is_there


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))


def played(place: Address | None) -> Ledger:
    ticks = iter([datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n) for n in range(200)])
    made = Ledger.create(place, signer=REGISTRAR, log_signer=LOG, origin="o", clock=ticks.__next__)
    play(made, read_case(EXAMPLES / "simulated.case.json"), EXAMPLES, signer=REGISTRAR)
    return made


def state(ledger: Ledger) -> tuple[object, ...]:
    head = ledger.log.head()
    assert head is not None
    entries = [(e.originator_id, e.originator_version, e.kind, e.envelope) for e in ledger.streams.page(0, 1000)]
    nodes = list(ledger.log.leaves(0, 1000))
    return entries, nodes, head.size, head.note, list(ledger.log.stamps()), list(ledger.log.cosignatures())


def test_the_same_acts_and_clock_give_the_same_bundle_from_every_store(postgres: Database, tmp_path: Path) -> None:
    bundles = []
    for number, place in enumerate((None, tmp_path / "a.db", read_address(postgres.fresh()))):
        with played(place) as ledger:
            export(ledger, tmp_path / f"{number}.zip", vote=None, include_open=True)
        bundles.append((tmp_path / f"{number}.zip").read_bytes())
    assert bundles[0] == bundles[1] == bundles[2]


def vouch(ledger: Ledger, folder: Path) -> None:
    """Have a witness cosign the head, and an authority timestamp it."""
    head, tsa = ledger.log.head(), Tsa.make(folder)
    assert head is not None
    witness = CosignatureSigner("example.org/witness", Ed25519Signer.from_seed(b"w" * 32))
    text = head.note.decode().partition("\n\n")[0] + "\n"
    ledger.log.keep_cosignature(head.size, head.note, witness.line(text, 1_800_000_000))
    query = request(head.note, 1)
    claim = tsa.authority.canonical().decode()
    ledger.log.keep_stamp(Stamp(head.size, claim, head.note, query, token_of(tsa.answer(query), query)))


def test_a_ledger_goes_from_sqlite_to_postgresql_and_back(postgres: Database, tmp_path: Path) -> None:
    there, back = address(postgres.fresh()), tmp_path / "back.db"
    with played(tmp_path / "a.db") as ledger:
        vouch(ledger, tmp_path / "tsa")
        before = state(ledger)
        done = copy(ledger, there)
        assert (done.entries, done.checkpoint, done.files) == (49, ledger.checkpoint(), 4)
    with Ledger.open(there, log_signer=LOG) as ledger:
        assert state(ledger) == before
        assert ledger.verify().holds
        copy(ledger, back)
    with Ledger.open(back, log_signer=LOG) as ledger:
        assert state(ledger) == before
        go_on(ledger)
    with Ledger.open(there, log_signer=LOG) as ledger:
        go_on(ledger)


def test_a_published_log_is_read_as_the_ledger_is_that_published_it(tmp_path: Path) -> None:
    """Its witnesses and timestamps come along, and the bundle made of it is the ledger's, byte for byte."""
    ledger = stamped(Kept.read()).ledger
    publish(ledger, tmp_path / "public")
    (tmp_path / "there").mkdir()
    with mirrored(FolderSource(tmp_path / "public"), tmp_path / "there") as read:
        there, here = state(read), state(ledger)
        assert (there[:4], there[5]) == (here[:4], here[5])
        assert {stamp.sha256 for stamp in read.log.stamps()} == {stamp.sha256 for stamp in ledger.log.stamps()}
        for vote in (None, ledger.votes()[0]):
            made = [tmp_path / f"{name}-{vote is None}.zip" for name in ("ledger", "published")]
            for each, path in zip((ledger, read), made, strict=True):
                export(each, path, vote=vote)
            assert made[0].read_bytes() == made[1].read_bytes()


def test_a_published_log_that_lacks_entries_is_not_read(tmp_path: Path) -> None:
    publish(stamped(Kept.read()).ledger, tmp_path / "public")
    (tmp_path / "there").mkdir()
    for path in (tmp_path / "public" / "tile" / "entries").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(AbsentError), mirrored(FolderSource(tmp_path / "public"), tmp_path / "there"):
        pass


def test_what_does_not_hold_is_not_copied(postgres: Database, tmp_path: Path) -> None:
    there = address(postgres.fresh())
    with played(tmp_path / "a.db") as ledger:
        ledger.log.keep_cosignature(3, b"a note\n", "\u2014 witness line\n")
        with pytest.raises(Broken, match="not copied, as it does not verify"):
            copy(ledger, there)
    with pytest.raises(NotFound, match="no ledger"):
        Ledger.open(there)


def go_on(ledger: Ledger) -> None:
    """A copy is recorded into like any ledger."""
    procedure = built_in_procedure("unsc-2020-253").sha256
    draft = DraftCirculated(symbol="S/1", question="substantive", times="live", procedure=procedure)
    ledger.perform("S/1", draft, signer=REGISTRAR)
    found = ledger.verify()
    assert (found.holds, found.entries, found.uncovered) == (True, 50, 0)


def test_an_entry_that_no_head_covers_yet_comes_along(postgres: Database, tmp_path: Path) -> None:
    there = address(postgres.fresh())
    with played(tmp_path / "a.db") as ledger:
        cut_off(ledger)
        copy(ledger, there)
    with Ledger.open(there, log_signer=LOG) as ledger:
        assert ledger.verify().uncovered == 1
        ledger.sequence()
        assert (ledger.verify().holds, ledger.checkpoint().size) == (True, 50)


def test_a_copy_of_what_lacks_a_file_or_has_a_ledger_there_is_refused(postgres: Database, tmp_path: Path) -> None:
    text = postgres.fresh()
    with played(tmp_path / "a.db") as ledger:
        copy(ledger, address(text))
        with pytest.raises(Refused, match="there already"):
            copy(ledger, address(text))
        next((tmp_path / "a.db.files").glob("??/*")).unlink()
        with pytest.raises(NotFound, match="is not kept here"):
            copy(ledger, tmp_path / "b.db")
    assert not list(tmp_path.glob("*b.db*")) or [p.name for p in tmp_path.glob("*b.db*")] == ["b.db.files"]


COPIER = """
import sys
from pathlib import Path
from inblue.ledger.stores.address import read_address
from inblue.ledger.stores.streams import is_there
from inblue.ledger.operations.copy import copy, mirrored
from inblue.ledger.ledger import Ledger
with Ledger.open(read_address(sys.argv[1]), read_only=True) as ledger:
    print("ready", flush=True)
    copy(ledger, read_address(sys.argv[2]))
"""


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_copy_killed_at_any_instant_is_whole_or_not_there(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    chance = random.Random(7)
    with played(tmp_path / "a.db") as ledger:
        before = state(ledger)
    for number in range(int(os.environ.get("INBLUE_TEST_KILLS", "4"))):
        target = str(tmp_path / f"{number}.db") if kind == "sqlite" else request.getfixturevalue("postgres").fresh()
        child = subprocess.Popen([sys.executable, "-c", COPIER, str(tmp_path / "a.db"), target], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.random() * 0.8)
        child.kill()
        child.communicate()
        if not is_there(read_address(target)):
            with Ledger.open(tmp_path / "a.db", read_only=True) as ledger:
                copy(ledger, read_address(target))
        with Ledger.open(read_address(target), read_only=True) as ledger:
            assert state(ledger) == before
            assert ledger.verify().holds
