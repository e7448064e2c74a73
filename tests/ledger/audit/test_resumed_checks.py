"""An audit that goes on: what it reads again of a vote that was audited before, and what a server may make of that."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from ledgers import SMALL, cast, recorded_anyhow, small
from many_votes import acts_of, finish, founded, vote
from signers import REGISTRAR, SECOND

from inblue.ledger.audit.checks import LOG
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.result import Verification
from inblue.ledger.entries.kinds import AnyAct
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import FolderSource
from inblue.ledger.standards.tiles import WIDTH, read_bundle, write_bundle

GOING_ON, ACTS = "SIM/0", 5
FIRST = 2  # behind the founding and the procedure


def with_a_vote_going_on(later: timedelta = timedelta()) -> Ledger:
    """A log of more than a tile, with a vote whose first acts are in the first tile, and that is not over."""
    ledger = founded()
    symbol, acts = acts_of(ledger, 0)
    begun = [(act, at + later) for act, at in acts[:ACTS]]
    ledger.record_all([(symbol, begun)], signer=REGISTRAR, office="registrar")
    for number in range(1, 9):
        vote(ledger, number)
    return ledger


@pytest.fixture(scope="module")
def gone_on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published log, and the state of an audit since which the vote has had another act."""
    folder = tmp_path_factory.mktemp("resumed")
    ledger = with_a_vote_going_on()
    publish(ledger, folder / "public", include_open=True)
    assert verify_tiles(FolderSource(folder / "public"), state=folder / "state.json").holds
    finish(ledger, 0, ACTS)
    publish(ledger, folder / "public", include_open=True)
    return folder


def entries_of(tile: Path) -> list[bytes]:
    return read_bundle(tile.read_bytes(), WIDTH)


def resumed(folder: Path) -> Verification:
    found = verify_tiles(FolderSource(folder / "public"), state=folder / "state.json", remember=False)
    assert found.start > WIDTH
    return found


def test_the_older_acts_of_a_vote_are_read_again_and_nothing_else_is(gone_on: Path) -> None:
    found = resumed(gone_on)
    assert found.problems == ()
    assert list(found.states) == [GOING_ON]
    assert found.states[GOING_ON] == verify_tiles(FolderSource(gone_on / "public")).states[GOING_ON]


Forge = Callable[[list[bytes], list[bytes], int], bytes]
FORGED: dict[str, Forge] = {
    "another act in its place": lambda _true, other, at: other[at],
    "an act of another vote": lambda true, _other, at: true[at + 100],
    "the act before it": lambda true, _other, at: true[at - 1],
    "the act behind it": lambda true, _other, at: true[at + 1],
    "what is no entry": lambda true, _other, at: true[at].replace(b"payload", b"Payload"),
}


@pytest.fixture(scope="module")
def of_another_log(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Entries that the same keys have signed, each a second later."""
    public = tmp_path_factory.mktemp("other") / "public"
    publish(with_a_vote_going_on(timedelta(seconds=1)), public, include_open=True)
    return entries_of(public / "tile/entries/000")


@pytest.mark.parametrize("forge", FORGED)
@pytest.mark.parametrize("at", range(FIRST, FIRST + ACTS))
def test_what_a_server_has_changed_in_them_since_is_no_part_of_the_vote(
    gone_on: Path, of_another_log: list[bytes], tmp_path: Path, at: int, forge: str
) -> None:
    """Signatures are not looked at again: the tree that was audited says which entries they are."""
    shutil.copytree(gone_on, tmp_path, dirs_exist_ok=True)
    tile = tmp_path / "public/tile/entries/000"
    entries = entries_of(tile)
    forged = FORGED[forge](entries, of_another_log, at)
    assert forged != entries[at]
    tile.write_bytes(write_bundle([*entries[:at], forged, *entries[at + 1 :]]))
    found = resumed(tmp_path)
    ((check, text),) = [(each.check, each.text) for each in found.problems]
    assert check == LOG
    assert text.startswith(f"of {GOING_ON} what was verified before cannot be read again: ")
    assert list(found.states) == []


@pytest.mark.parametrize("disowned", [1, 2])
def test_an_audit_that_goes_on_says_which_acts_of_a_vote_have_no_effect_also_before_its_circulation(
    tmp_path: Path, disowned: int
) -> None:
    public, state = tmp_path / "public", tmp_path / "state.json"
    ledger = small()
    draft = ledger.vote(SMALL).draft.act.model_copy(update={"symbol": "S/9"})
    stream = vote_stream("S/9")

    def disown(act: AnyAct, number: int) -> None:
        recorded_anyhow(ledger, act, stream, SECOND)
        ledger.keep_register(ledger.disown(stream, number, reason="of no key in authority"), signer=REGISTRAR)

    for number in range(disowned):
        disown(draft, number)
    publish(ledger, public, include_open=True)
    assert verify_tiles(FolderSource(public), state=state).states.keys() == {SMALL}
    ledger.perform("S/9", draft, signer=REGISTRAR)
    passed: tuple[int, ...] = tuple(range(disowned))
    for number in (disowned + 1, disowned + 2):
        publish(ledger, public, include_open=True)
        found = verify_tiles(FolderSource(public), state=state)
        assert (found.problems, found.start > 0) == ((), True)
        assert found.states["S/9"] == verify_tiles(FolderSource(public)).states["S/9"] == ledger.vote("S/9")
        assert (found.states["S/9"].version, found.states["S/9"].disowned) == (number, passed)
        disown(cast("EST", 2), number)
        passed = (*passed, number)
