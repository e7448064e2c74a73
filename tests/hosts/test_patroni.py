"""A ledger on two servers that Patroni and etcd watch over: the leader is lost, again and again, under load.

Run by ``make test-hosts``, where both are installed.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from acknowledged import Writer, figures, size_of
from server import Database
from signers import LOG, REGISTRAR
from standbys import until
from watched import Watched

from inblue.domain.procedure import built_in_procedure
from inblue.ledger.errors import Busy
from inblue.ledger.ledger import Ledger

pytestmark = pytest.mark.skipif(
    "INBLUE_TEST_SERVERS" not in os.environ or not (shutil.which("patroni") and shutil.which("etcd")),
    reason="make test-hosts runs it, where patroni and etcd are installed",
)

WRITERS, ACTS, LOSSES = 4, 20, int(os.environ.get("INBLUE_TEST_FAILOVERS", "1"))


@pytest.fixture
def watched() -> Iterator[Watched]:
    both = Watched()
    yield both
    both.remove()


def test_no_act_is_lost_or_repeated_when_whoever_leads_is_lost_again_and_again(
    watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    place = Database(watched.uri).fresh()
    with Ledger.create(place, signer=REGISTRAR, log_signer=LOG, files=tmp_path / "files") as book:
        book.adopt_procedure(built_in_procedure("unsc-2020-253"), signer=REGISTRAR)
    writers = [Writer(place, f"W{each}", tmp_path / "files") for each in range(WRITERS)]
    for writer in writers:
        writer.begin()
    pauses = list[float]()
    for _ in range(LOSSES):
        goes_on(writers)
        until(watched.is_whole, 120)
        leader = watched.leader()
        assert leader is not None
        watched.lose(leader)
        lost_at = time.monotonic()
        until(lambda gone=leader: watched.leader() not in {gone, None}, 120)
        held = max((signed for writer in writers for signed in list(writer.notes)), key=size_of)
        watched.begin(leader)  # it comes back as the other one's standby: before that nothing is acknowledged
        until(lambda: any("Broken this database was promoted" in each for w in writers for each in w.refusals), 120)
        until(lambda signed=held: resumed(place, signed, tmp_path / "files"), 120)
        goes_on(writers)
        pauses.append(min(hour for w in writers for hour in w.hours if hour > lost_at + 1) - lost_at)
    for writer in writers:
        writer.end()
    told = [each for writer in writers for each in writer.acknowledged]
    with Ledger.open(place, read_only=True, files=tmp_path / "files") as book:
        keys = [each.idempotency_key for each in book.follow(wait=0) if each.vote is not None]
        lost, twice = set(told) - set(keys), len(keys) - len(set(keys))
        assert (len(lost), twice, len(told) - len(set(told))) == (0, 0, 0)
        assert book.verify().holds
    said = ", ".join(f"{pause:.0f} s" for pause in pauses)
    figures(f"acknowledged {len(told)}; lost {len(lost)}, twice {twice}; the first act again after {said}")


def resumed(place: str, held: bytes, files: Path) -> bool:
    """Whether it was shown to be the newest; not while the other server is coming back."""
    try:
        with Ledger.open(place, log_signer=LOG, files=files) as book:
            return book.resume(held).size >= size_of(held)
    except Busy:
        return False


def goes_on(writers: list[Writer]) -> None:
    """Wait until each has recorded some more."""
    had = [len(writer.acknowledged) for writer in writers]
    until(lambda: all(len(w.acknowledged) >= n + ACTS for w, n in zip(writers, had, strict=True)), 180)
