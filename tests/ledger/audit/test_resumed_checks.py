"""An audit that goes on: what it reads again of a vote that was audited before, and what a server may make of that."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from ledgers import SMALL, cast, recorded_anyhow, small
from many_votes import ORIGIN, acts_of, finish, founded
from signers import LOG, REGISTRAR, SECOND
from stamped import Kept

from inblue.domain.acts import ExplanationFiled
from inblue.domain.canonical import digest
from inblue.ledger.audit.checks import LOG as LOG_CHECK
from inblue.ledger.audit.checks import STAMPS, WITNESS
from inblue.ledger.audit.last_audit import claimed
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.audit.receipt_checks import Surfaced
from inblue.ledger.audit.result import Verification
from inblue.ledger.entries.entry import Seen
from inblue.ledger.entries.kinds import AnyAct
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.evidence.attestations import COSIGNED, TIMESTAMPS, CosignedLine, StampLine
from inblue.ledger.ledger import Ledger
from inblue.ledger.log.log import Stamp
from inblue.ledger.operations.export import issue_receipt
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.source import FolderSource
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.merkle import root
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.standards.tiles import WIDTH, read_bundle, write_bundle

EXPLAINS = ExplanationFiled(member="CHN", languages=("fr",))
GOING_ON, ACTS = "SIM/0", 5
FIRST = 2  # after the founding and the procedure
START = WIDTH + 3
OVER_THE_EDGE, BEHIND_IT = "SIM/1", "SIM/10"


def with_votes_going_on(later: timedelta = timedelta()) -> Ledger:
    """A log of a tile and some entries, with votes that go on: in the first tile, over its edge, and after it."""
    ledger = founded()

    def go_on(number: int, start: int, stop: int | None = None) -> None:
        symbol, acts = acts_of(ledger, number)
        ledger.record_all(
            [(symbol, [(act, at + later) for act, at in acts[start:stop]])], signer=REGISTRAR, office="registrar"
        )

    go_on(0, 0, ACTS)
    go_on(1, 0, 2)
    for number in range(2, 9):
        go_on(number, 0)
    go_on(9, 0, WIDTH - ledger.checkpoint().size)
    go_on(1, 2, 3)
    assert ledger.checkpoint().size == WIDTH + 1
    go_on(10, 0, 2)
    return ledger


@pytest.fixture(scope="module")
def gone_on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published log, and the state of an audit since which these votes have had more acts."""
    folder = tmp_path_factory.mktemp("resumed")
    ledger = with_votes_going_on()
    publish(ledger, folder / "public", include_open=True)
    assert verify_tiles(FolderSource(folder / "public"), state=folder / "state.json").holds
    finish(ledger, 0, ACTS)
    finish(ledger, 1, 3)
    finish(ledger, 10, 2)
    publish(ledger, folder / "public", include_open=True)
    return folder


def entries_of(tile: Path) -> list[bytes]:
    return read_bundle(tile.read_bytes(), WIDTH)


def resumed(folder: Path) -> Verification:
    found = verify_tiles(FolderSource(folder / "public"), state=folder / "state.json", remember=False)
    assert found.start == START
    return found


def test_the_older_acts_of_votes_that_go_on_are_read_again_up_to_the_last_one(gone_on: Path) -> None:
    found, whole = resumed(gone_on), verify_tiles(FolderSource(gone_on / "public"))
    assert found.problems == ()
    assert found.states == {symbol: whole.states[symbol] for symbol in (GOING_ON, OVER_THE_EDGE, BEHIND_IT)}


Forge = Callable[[list[bytes], list[bytes], int], bytes]
FORGED: dict[str, Forge] = {
    "another act in its place": lambda _true, other, at: other[at],
    "an act of another vote": lambda true, _other, at: true[at + 100],
    "the act before it": lambda true, _other, at: true[at - 1],
    "the act behind it": lambda true, _other, at: true[at + 1],
    "not an entry": lambda true, _other, at: true[at].replace(b"payload", b"Payload"),
}


@pytest.fixture(scope="module")
def of_another_log(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Entries that the same keys have signed, each a second later."""
    public = tmp_path_factory.mktemp("other") / "public"
    publish(with_votes_going_on(timedelta(seconds=1)), public, include_open=True)
    return entries_of(public / "tile/entries/000")


@pytest.mark.parametrize("forge", FORGED)
@pytest.mark.parametrize("at", [FIRST, FIRST + 2, FIRST + ACTS - 1])
def test_what_a_server_has_changed_in_them_since_is_not_a_part_of_the_vote(
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
    assert check == LOG_CHECK
    assert text.startswith(f"of {GOING_ON} what was verified before cannot be read again: ")
    assert list(found.states) == [OVER_THE_EDGE, BEHIND_IT]


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


TILES: dict[str, tuple[Callable[[bytes], bytes | None], str]] = {
    "gone": (lambda _true: None, "tile/0/000"),
    "cut short": (lambda true: true[:-1], "tile/0/000"),
    "of another log": (lambda true: bytes(32) + true[32:], "the tiles do not show how the log of 200 entries became"),
}


@pytest.mark.parametrize("what", TILES)
def test_what_a_recorder_had_seen_long_ago_is_held_against_the_tiles(tmp_path: Path, what: str) -> None:
    public, state, ledger = tmp_path / "public", tmp_path / "state.json", with_votes_going_on()
    publish(ledger, public, include_open=True)
    assert verify_tiles(FolderSource(public), state=state).holds
    had_seen = Seen(200, root(200, ledger.log.node))
    recorded_anyhow(ledger, EXPLAINS, vote_stream(GOING_ON), had_seen=had_seen)
    publish(ledger, public, include_open=True)
    found = verify_tiles(FolderSource(public), state=state, remember=False)
    assert (found.start, found.problems) == (START, ())
    change, said = TILES[what]
    tile = public / "tile/0/000"
    changed = change(tile.read_bytes())
    if changed is None:
        tile.unlink()
    else:
        tile.write_bytes(changed)
    found = verify_tiles(FolderSource(public), state=state, remember=False)
    assert LOG_CHECK in {each.check for each in found.problems}
    assert said in "; ".join(each.text for each in found.problems)


# Lines of third parties


def stamp_line(size: int, text: bytes = b"t") -> bytes:
    """A timestamp over a checkpoint that the log's key has signed, of another history: a problem where it is read."""
    authority = next(iter(Kept.read().authorities.values())).canonical().decode()
    note = Checkpoint(ORIGIN, size, bytes(32)).sign(NoteSigner(ORIGIN, LOG))
    return StampLine.of_stamp(Stamp(size, authority, note, b"q", text), ()).canonical() + b"\n"


def cosigned_line(size: int) -> bytes:
    """As :func:`stamp_line`."""
    note = Checkpoint(ORIGIN, size, bytes(32)).sign(NoteSigner(ORIGIN, LOG))
    return CosignedLine(note=note.decode(), path=(), size=size).canonical() + b"\n"


@pytest.mark.parametrize(
    ("name", "line", "check"), [(TIMESTAMPS, stamp_line, STAMPS), (COSIGNED, cosigned_line, WITNESS)]
)
def test_lines_that_the_last_audit_cannot_have_seen_are_read_up_to_the_present_checkpoint(
    gone_on: Path, tmp_path: Path, name: str, line: Callable[[int], bytes], check: int
) -> None:
    """What it could have seen it has; what is over a larger log is for a checkpoint to come."""
    shutil.copytree(gone_on, tmp_path, dirs_exist_ok=True)
    size = claimed((tmp_path / "public/checkpoint").read_bytes()).size
    for over in (1, START - 1, START, START + 1, size, size + 1):
        (tmp_path / "public" / name).write_bytes(line(over))
        read = START <= over <= size
        assert [each.check for each in resumed(tmp_path).problems] == [check] * read, over


def test_an_older_timestamp_that_is_named_since_the_last_audit_is_read(tmp_path: Path) -> None:
    public, state, ledger = tmp_path / "public", tmp_path / "state.json", small()

    def name_one(text: bytes) -> None:
        head = ledger.checkpoint()
        had_seen = Seen(head.size, head.root, (digest(text),))
        recorded_anyhow(ledger, EXPLAINS, vote_stream(SMALL), had_seen=had_seen)
        publish(ledger, public)

    name_one(b"before")
    assert verify_tiles(FolderSource(public), state=state).holds
    name_one(b"since")
    for text, read in ((b"before", False), (b"since", True), (b"never", False)):
        (public / TIMESTAMPS).write_bytes(stamp_line(2, text))
        found = verify_tiles(FolderSource(public), state=state, remember=False)
        assert [each.check for each in found.problems] == [STAMPS] * read


def test_a_receipt_of_what_was_recorded_since_the_last_audit_is_found(tmp_path: Path) -> None:
    public, state = tmp_path / "public", tmp_path / "state.json"
    ledger = small(change=lambda history: history[:3])
    publish(ledger, public, include_open=True)
    assert verify_tiles(FolderSource(public), state=state).holds
    recorded_anyhow(ledger, EXPLAINS, vote_stream(SMALL))
    recorded_anyhow(ledger, cast("EST", 2), vote_stream(SMALL))
    publish(ledger, public, include_open=True)
    receipts = Surfaced(tuple(issue_receipt(ledger, SMALL, member) for member in ("CHN", "EST")))
    found = verify_tiles(FolderSource(public), state=state, against=receipts)
    assert found.problems == ()
    assert [each.found for each in found.against] == ["there", "there"]
