"""A seeded sample of the soak, each fault once; ``make soak SECONDS=300`` goes on for as long as asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from soak import FAULTS, Soak

from inblue.ledger.errors import Broken


@pytest.fixture(scope="module")
def soak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soak]:
    made = Soak(tmp_path_factory.mktemp("soak"), seed=2020)
    yield made
    made.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_acknowledged_is_there_after(soak: Soak, fault: str) -> None:
    soak.run(fault)
    if why := soak.skipped.get(fault):
        pytest.skip(why)
    assert soak.counts[fault].injected
    assert soak.counts[fault].lost == 0


def test_an_act_that_is_not_there_fails_the_soak(tmp_path: Path) -> None:
    lossy = Soak(tmp_path, seed=1)
    lossy.known.symbols.add("never recorded")
    with pytest.raises(AssertionError, match=r"lost: .*never recorded"):
        lossy.run("writers_killed")
    assert lossy.counts["writers_killed"].lost == 1


def test_a_checkpoint_of_another_history_fails_the_soak(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    first, second = Soak(tmp_path / "a", seed=1), Soak(tmp_path / "b", seed=2)
    for each in (first, second):
        each.run("opened_twice")
    second.known.notes |= first.known.notes
    with pytest.raises((AssertionError, Broken)):
        second.run("opened_twice")
