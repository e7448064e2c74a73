"""A ledger whose signers fail: nothing is recorded, nothing is lost, and the next act with a good one succeeds."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ledgers import cut_off
from paths import EXAMPLES
from signers import LOG, REGISTRAR, SECOND, WRONG, Elsewhere

from inblue.domain.acts import DraftCirculated
from inblue.domain.errors import Malformed
from inblue.domain.procedure import built_in_procedure
from inblue.domain.register_acts import PresidencyAssigned
from inblue.ledger.errors import NotFound, SignerFailed
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.stores.address import Address
from inblue.ledger.stores.streams import is_there

PROCEDURE = built_in_procedure("unsc-2020-253")
SIMULATED = EXAMPLES / "simulated.case.json"
SECONDS = 0.4


@pytest.fixture
def ledger(place: Address | None, log: Elsewhere) -> Iterator[Ledger]:
    with Ledger.create(place, signer=REGISTRAR, log_signer=log, signer_seconds=SECONDS) as made:
        made.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        yield made


def draft(symbol: str) -> DraftCirculated:
    return DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)


def contents(ledger: Ledger) -> tuple[Any, ...]:
    """Everything that is in the store."""
    return ledger.streams.page(0, 1000), ledger.log.head(), ledger.log.leaves(0, 1000), ledger.votes()


MONTH = PresidencyAssigned(body="UN", member="NOR", month="2026-12")
ACTS: dict[str, Callable[[Ledger, Any], object]] = {
    "an act of a vote": lambda ledger, by: ledger.perform("S/9", draft("S/9"), signer=by),
    "an act of the register": lambda ledger, by: ledger.keep_register(MONTH, signer=by),
    "many acts": lambda ledger, by: ledger.record_all(
        [(s, [(draft(s), ledger.clock())]) for s in ("S/8", "S/9")], signer=by, office="registrar"
    ),
    "a case": lambda ledger, by: play(ledger, read_case(SIMULATED), EXAMPLES, signer=by),
}


@pytest.mark.long
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("whose", ["registrar", "log"])
def test_what_a_signer_gets_wrong_is_not_recorded_and_stops_nothing_for_good(
    ledger: Ledger, log: Elsewhere, place: Address | None, how: str, whose: str, act: str
) -> None:
    ledger.perform("S/1", draft("S/1"), signer=REGISTRAR)
    before, registrar = contents(ledger), Elsewhere(REGISTRAR)
    failing = log if whose == "log" else registrar
    failing.how, failing.asked = how, 0
    began = time.monotonic()
    with pytest.raises(SignerFailed, match=failing.key.key_id[:16]):
        ACTS[act](ledger, registrar)
    assert time.monotonic() - began < 10
    assert contents(ledger) == before
    assert failing.asked == 1, "asked again and again, or not at all"
    failing.how = "well"
    failing.wake()
    ACTS[act](ledger, registrar)
    found = ledger.verify()
    assert (found.holds, found.uncovered, found.problems) == (True, 0, ())
    assert found.entries > len(before[0])
    if place is not None:
        with Ledger.open(place, log_signer=LOG) as fresh:
            assert contents(fresh) == contents(ledger)
            assert [fresh.vote(symbol) for symbol in fresh.votes()] == [ledger.vote(each) for each in ledger.votes()]
            fresh.perform("S/10", draft("S/10"), signer=REGISTRAR)
            assert fresh.verify().holds


@pytest.mark.parametrize("how", WRONG)
def test_nor_does_a_wrong_head_over_an_entry_cut_off(ledger: Ledger, log: Elsewhere, how: str) -> None:
    cut_off(ledger, "S/5")
    before, log.how = ledger.checkpoint(), how
    with pytest.raises(SignerFailed):
        ledger.sequence()
    assert (ledger.checkpoint(), ledger.verify().uncovered) == (before, 1)
    log.how = "well"
    log.wake()
    assert ledger.sequence().size == before.size + 1
    assert ledger.verify().holds


@pytest.mark.parametrize("how", WRONG)
def test_nor_does_the_key_that_is_to_be_the_logs_next(ledger: Ledger, log: Elsewhere, how: str) -> None:
    before, successor = contents(ledger), Elsewhere(SECOND, how)
    if how == "other":
        successor = Elsewhere(SECOND)
        successor.sign = LOG.sign  # type: ignore[method-assign]
    with pytest.raises(SignerFailed, match=SECOND.key_id[:16]):
        ledger.replace_log_key(successor, cause="loss", signer=REGISTRAR)
    assert contents(ledger) == before
    ledger.perform("S/1", draft("S/1"), signer=REGISTRAR)
    assert ledger.log_signer is log
    ledger.replace_log_key(Elsewhere(SECOND), cause="loss", signer=REGISTRAR)
    ledger.perform("S/2", draft("S/2"), signer=REGISTRAR)
    assert ledger.verify().holds


@pytest.mark.parametrize("how", WRONG)
@pytest.mark.parametrize("whose", ["registrar", "log"])
def test_nothing_is_founded_with_a_signature_that_does_not_hold(place: Address | None, whose: str, how: str) -> None:
    keys = {"registrar": Elsewhere(REGISTRAR), "log": Elsewhere(LOG)}
    keys[whose].how = how
    with pytest.raises(SignerFailed, match=keys[whose].key.key_id[:16]):
        Ledger.create(place, signer=keys["registrar"], log_signer=keys["log"], signer_seconds=SECONDS)
    if place is not None:
        assert not is_there(place)
        with pytest.raises(NotFound, match="no ledger"):
            Ledger.open(place)


def test_whoever_interrupts_the_program_while_it_signs_interrupts_it(ledger: Ledger, log: Elsewhere) -> None:
    before, log.how = contents(ledger), "interrupts"
    with pytest.raises(KeyboardInterrupt):
        ledger.perform("S/1", draft("S/1"), signer=REGISTRAR)
    assert contents(ledger) == before
    log.how = "well"
    ledger.perform("S/1", draft("S/1"), signer=REGISTRAR)
    assert ledger.verify().holds


def test_a_signer_that_is_slow_and_in_time_is_waited_for(ledger: Ledger, log: Elsewhere) -> None:
    log.how = "hangs"
    threading.Timer(SECONDS / 4, log.wake).start()
    ledger.perform("S/1", draft("S/1"), signer=REGISTRAR)
    assert ledger.verify().holds


@pytest.mark.parametrize("seconds", [0, -5, 16])
def test_a_ledger_is_not_opened_with_seconds_that_no_lock_could_wait_for(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "ledger.db"
    with pytest.raises(Malformed, match="signer_seconds"):
        Ledger.create(path, signer=REGISTRAR, log_signer=LOG, signer_seconds=seconds)
    assert not path.exists()
    Ledger.create(path, signer=REGISTRAR, log_signer=LOG).close()
    with pytest.raises(Malformed, match="signer_seconds"):
        Ledger.open(path, log_signer=LOG, signer_seconds=seconds)


def test_a_process_whose_signer_hangs_while_the_store_is_locked_ends_and_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.create(path, signer=REGISTRAR, log_signer=LOG) as made:
        made.adopt_procedure(PROCEDURE, signer=REGISTRAR)
    program = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from signers import LOG, REGISTRAR, Elsewhere
from inblue import DraftCirculated, Ledger, SignerFailed, built_in_procedure
procedure = built_in_procedure("unsc-2020-253").sha256
with Ledger.open(Path(sys.argv[1]), log_signer=Elsewhere(LOG, "hangs"), signer_seconds=0.3) as ledger:
    try:
        act = DraftCirculated(symbol="S/1", question="substantive", times="live", procedure=procedure)
        ledger.perform("S/1", act, signer=REGISTRAR)
    except SignerFailed:
        print("refused")
"""
    support = Path(__file__).parents[1] / "support"
    done = subprocess.run(
        [sys.executable, "-c", program, path, support], capture_output=True, text=True, check=False, timeout=20
    )
    assert (done.stdout, done.stderr, done.returncode) == ("refused\n", "", 0)
    with Ledger.open(path, log_signer=LOG) as ledger:
        ledger.perform("S/1", draft("S/1"), signer=REGISTRAR)
        assert ledger.verify().holds
