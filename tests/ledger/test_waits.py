"""Every wait has an end that a host sets: then it is said, nothing is there, and it goes on afterwards."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fuzz import stamping
from signers import LOG, REGISTRAR, Elsewhere

import inblue
from inblue.domain.acts import DraftCirculated
from inblue.ledger import process
from inblue.ledger.errors import Busy, SignerFailed
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.authorities import Source
from inblue.ledger.operations.cosign import cosign_head
from inblue.ledger.standards.cosignature import CosignatureSigner
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.standards.witness_policy import parse_policy
from inblue.ledger.stores.address import Address, PostgresAddress

PROCEDURE = inblue.built_in_procedure("unsc-2020-253")
WITNESS = CosignatureSigner("example.org/w", Ed25519Signer.from_seed(b"w" * 32)).verifier


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that a test can wait for."""
    monkeypatch.setattr(process, "_set", [process.Limits()])
    inblue.set_limits(wait=5, lock=0.6, connect=2, signer=0.3, authority=0.3, witness=0.3)


@pytest.fixture
def ledger(place: Address | None) -> Iterator[Ledger]:
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG) as made:
        made.adopt_procedure(PROCEDURE, signer=REGISTRAR)
        yield made


@contextmanager
def taking(most: float) -> Iterator[None]:
    """The block takes no longer than this, which is less than by the limits that there are without ours."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < most


@contextmanager
def mute() -> Iterator[int]:
    """A port at which somebody listens and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def locked(place: Address) -> Iterator[None]:
    """Somebody else has the store to itself."""
    if isinstance(place, PostgresAddress):
        with psycopg.connect(place.uri) as other:
            other.execute(f"LOCK TABLE {place.schema}.inblue_events IN EXCLUSIVE MODE")
            yield
            other.rollback()
    else:
        with closing(sqlite3.connect(place)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.rollback()


def draft(symbol: str = "S/1") -> DraftCirculated:
    return DraftCirculated(symbol=symbol, question="substantive", times="live", procedure=PROCEDURE.sha256)


def circulate(ledger: Ledger, symbol: str) -> None:
    ledger.perform(symbol, draft(symbol), signer=REGISTRAR)


def contents(ledger: Ledger) -> tuple[Any, ...]:
    return ledger.streams.page(0, 1000), ledger.log.head(), ledger.votes()


def many(ledger: Ledger) -> None:
    given = [(symbol, [(draft(symbol), ledger.clock())]) for symbol in "AB"]
    ledger.record_all(given, signer=REGISTRAR, office="registrar")


@pytest.mark.parametrize("place", ["sqlite", "postgres"], indirect=True)
@pytest.mark.parametrize("record", [lambda ledger: circulate(ledger, "S/2"), many], ids=["one act", "many acts"])
def test_another_process_that_records_is_waited_for_so_long(
    ledger: Ledger, place: Address, record: Callable[[Ledger], None]
) -> None:
    circulate(ledger, "S/1")
    before = contents(ledger)
    with locked(place):
        with taking(5), pytest.raises(Busy):
            record(ledger)
        assert contents(ledger) == before, "reading waits for nobody"
    record(ledger)
    assert len(ledger.votes()) > 1
    assert ledger.verify().holds


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_whoever_waited_in_vain_is_told_for_whom_and_how_long(ledger: Ledger, place: Address) -> None:
    with locked(place), pytest.raises(Busy) as caught:
        circulate(ledger, "S/1")
    assert str(caught.value) == "another process has been recording for over 0.6 s; nothing was done. Try again"


def test_a_key_that_hangs_is_waited_for_so_long(place: Address | None, ledger: Ledger) -> None:
    hangs, before = Elsewhere(REGISTRAR, "hangs"), contents(ledger)
    with taking(4.5), pytest.raises(SignerFailed, match=r"within 0\.3 seconds"):
        ledger.perform("S/1", draft(), signer=hangs)
    assert contents(ledger) == before
    hangs.how = "well"
    hangs.wake()
    ledger.perform("S/1", draft(), signer=hangs)
    assert ledger.verify().holds


@pytest.mark.parametrize("place", ["sqlite", "postgres"], indirect=True)
def test_a_logs_key_that_hangs_while_it_has_the_store_keeps_nobody_from_it(place: Address, ledger: Ledger) -> None:
    hangs = Elsewhere(LOG, "hangs")
    with Ledger.open(place, log_signer=hangs) as other:
        with taking(4.5), pytest.raises(SignerFailed):
            circulate(other, "S/1")
        circulate(ledger, "S/1")
        hangs.wake()
    assert ledger.votes() == ("S/1",)
    assert ledger.verify().holds


@pytest.mark.parametrize("place", ["memory"], indirect=True)
def test_an_authority_that_never_answers_is_waited_for_so_long(ledger: Ledger) -> None:
    with mute() as port:
        sources = [
            Source(authority=stamping.authority(), url=f"http://127.0.0.1:{port}"),
            Source(authority=stamping.authority(), command=("sleep", "60")),
        ]
        with taking(8):
            asked = inblue.stamp(ledger, sources)
    assert [("within 0.3 s" in (each.fault or "") or "timed out" in (each.fault or "")) for each in asked] == [True] * 2
    circulate(ledger, "S/1")
    assert (list(ledger.log.stamps()), ledger.verify().holds) == ([], True)


@pytest.mark.parametrize("place", ["memory"], indirect=True)
def test_a_witness_that_never_answers_is_waited_for_so_long(ledger: Ledger) -> None:
    with mute() as port, taking(8):
        (asked,) = cosign_head(ledger, parse_policy(f"witness w {WITNESS} http://127.0.0.1:{port}\nquorum none"))
    assert "within 0.3 s" in (asked.fault or "") or "timed out" in (asked.fault or "")
    circulate(ledger, "S/1")
    assert (list(ledger.log.cosignatures()), ledger.verify().holds) == ([], True)


def test_a_database_server_that_lets_nobody_in_is_waited_for_so_long(tmp_path: Path) -> None:
    with mute() as port, taking(8), pytest.raises(Busy, match="timeout expired"):
        Ledger.open(f"postgresql://clerk@127.0.0.1:{port}/votes")


@pytest.mark.parametrize("name", ["wait", "lock", "connect", "signer", "authority", "witness"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 86_401])
def test_a_wait_without_an_end_is_refused(name: str, seconds: float) -> None:
    before = process.limits()
    with pytest.raises(inblue.Malformed, match=name):
        inblue.set_limits(**{name: seconds})  # type: ignore[arg-type]
    assert process.limits() == before


def test_a_signer_may_not_take_what_others_wait_for_the_store() -> None:
    with pytest.raises(inblue.Malformed, match=r"signer: at most 0\.3 seconds, half of lock"):
        inblue.set_limits(signer=0.4)
    assert inblue.set_limits(lock=1, signer=0.4).signer == 0.4
