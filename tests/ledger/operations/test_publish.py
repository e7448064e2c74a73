"""Publishing: what is written, that it is written once, and that no instant of it is wrong for a reader."""

from __future__ import annotations

import base64
import fcntl
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from ledgers import SMALL, past_the_rules, small
from many_votes import ORIGIN, founded, vote, with_votes
from signers import LOG, REGISTRAR
from stamped import Kept, stamped, trusted
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader

from inblue.domain.errors import Refused
from inblue.domain.register_acts import PresidencyAssigned
from inblue.ledger.audit.published_log import verify_tiles
from inblue.ledger.errors import Broken, Busy, NotFound
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.publish import publish
from inblue.ledger.published.place import WORKING
from inblue.ledger.published.source import FolderSource
from inblue.ledger.standards.checkpoint import open_checkpoint
from inblue.ledger.standards.merkle import leaf_hash, node_hash

PRESIDES = PresidencyAssigned(body="unsc", month="2026-01", member="CHN")


def held(folder: Path) -> dict[str, bytes]:
    """Every file that is published, by its name."""
    names = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != WORKING)
    return {str(path.relative_to(folder)): path.read_bytes() for path in names}


def entries_of(ledger: Ledger) -> list[bytes]:
    found: list[bytes] = []
    after = 0
    while page := ledger.streams.page(after, 100):
        found += [stored.envelope for stored in page]
        after = page[-1].position or 0
    return found


def by_the_text(entries: list[bytes]) -> dict[str, bytes]:
    """Bundles and tiles of a log of fewer than 256,000 entries, slowly, by the words of C2SP tlog-tiles."""
    found: dict[str, bytes] = {}
    hashes, level = [leaf_hash(entry) for entry in entries], 0
    for at in range(0, len(entries), 256):
        part = entries[at : at + 256]
        width = "" if len(part) == 256 else f".p/{len(part)}"
        found[f"tile/entries/{at // 256:03}{width}"] = b"".join(len(e).to_bytes(2, "big") + e for e in part)
    while hashes:
        for at in range(0, len(hashes), 256):
            part = hashes[at : at + 256]
            width = "" if len(part) == 256 else f".p/{len(part)}"
            found[f"tile/{level}/{at // 256:03}{width}"] = b"".join(part)
        for _ in range(8):
            hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        level += 1
    return found


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Path, list[Path]]:
    """A ledger published again and again while it grows to some 1,100 entries, and what it looked like each time."""
    folder, chance = tmp_path_factory.mktemp("grown"), random.Random(253)
    ledger, copies, number = founded(), list[Path](), 0
    for round_ in range(8):
        for _ in range(chance.randint(1, 7)):
            vote(ledger, number)
            number += 1
        publish(ledger, folder / "public")
        publish(ledger, folder / f"fresh{round_}")
        copies.append(folder / f"copy{round_}")
        shutil.copytree(folder / "public", copies[-1])
        assert_is_the_text(ledger, folder / f"fresh{round_}")
    return ledger, folder, copies


def assert_is_the_text(ledger: Ledger, folder: Path) -> None:
    tiles = {name: content for name, content in held(folder).items() if name.startswith("tile/")}
    assert tiles == by_the_text(entries_of(ledger))


def test_what_is_published_bit_by_bit_is_what_is_published_at_once(grown: tuple[Ledger, Path, list[Path]]) -> None:
    ledger, folder, copies = grown
    assert ledger.checkpoint().size > 1000
    for round_, copy in enumerate(copies):
        fresh, grew = held(folder / f"fresh{round_}"), held(copy)
        assert {name: grew[name] for name in fresh} == fresh
        kept = grew.keys() - fresh.keys()
        assert all(".p/" in name for name in kept), "only partial tiles stay"
        assert not [name for name in kept if name.split(".p/")[0] in grew], "and those not once the full one is there"


def test_partial_tiles_of_earlier_checkpoints_stay_until_the_full_one_is_there(
    grown: tuple[Ledger, Path, list[Path]],
) -> None:
    _, _, copies = grown
    for earlier, later in pairwise(copies):
        for name in held(earlier).keys() - held(later).keys():
            assert name.split(".p/")[0] in held(later)


def test_a_foreign_reader_finds_every_entry_proof_and_root(grown: tuple[Ledger, Path, list[Path]]) -> None:
    ledger, _, copies = grown
    sizes = [open_checkpoint((copy / "checkpoint").read_bytes(), *ledger.log_keys()).size for copy in copies]
    reader = TilesReader(LocalBackend(copies[-1]))
    read = reader.get_checkpoint()
    entries = entries_of(ledger)
    assert (read.origin, read.size) == (ORIGIN, len(entries))
    assert reader.calculate_root_hash() == ledger.checkpoint().root
    chance = random.Random(8)
    for index in (0, len(entries) - 1, *(chance.randrange(len(entries)) for _ in range(20))):
        assert reader.get_entry(index) == entries[index]
        proof = reader.get_inclusion_proof(index, read.size)
        proof.check(leaf_hash(entries[index]), ledger.checkpoint().root)
    for copy, size in zip(copies[:-1], sizes[:-1], strict=True):
        before = TilesReader(LocalBackend(copy))
        before.get_checkpoint()
        reader.get_consistency_proof(size, read.size).check(before.calculate_root_hash(), ledger.checkpoint().root)


def test_publishing_again_writes_nothing_and_one_act_more_writes_little(tmp_path: Path) -> None:
    ledger, public = with_votes(10), tmp_path / "public"
    assert publish(ledger, public).files > 5
    before = {name: (public / name).stat().st_mtime_ns for name in held(public)}
    assert publish(ledger, public).files == 0
    assert {name: (public / name).stat().st_mtime_ns for name in held(public)} == before
    vote(ledger, 10)
    done = publish(ledger, public)
    assert (done.size - done.before, done.files) == (34, 5 if done.size // 256 > done.before // 256 else 3)
    assert all((public / name).stat().st_mtime_ns == at for name, at in before.items() if name != "checkpoint")


def test_the_checkpoint_carries_the_lines_of_witnesses_and_timestamps_stand_beside_it(tmp_path: Path) -> None:
    kept = Kept.read()
    ledger = stamped(kept).ledger
    publish(ledger, tmp_path / "public")
    assert (tmp_path / "public/checkpoint").read_bytes().count("\N{EM DASH}".encode()) == 3
    found = verify_tiles(FolderSource(tmp_path / "public"), trusted(kept))
    held_against = ledger.log
    assert (found.holds, found.witnessed, len(found.timestamps)) == (True, True, len(held_against.stamps()))
    assert found.bounds


def test_a_vote_that_is_not_over_is_not_disclosed_unasked(tmp_path: Path) -> None:
    ledger, public = with_votes(2), tmp_path / "public"
    publish(ledger, public)
    before = held(public)
    vote(ledger, 2, until=10)
    vote(ledger, 3)
    for folder in (public, tmp_path / "fresh"):
        with pytest.raises(Refused, match=r"the vote on SIM/2 is not over, and would be disclosed; --include-open"):
            publish(ledger, folder)
    assert held(public) == before
    assert not (tmp_path / "fresh").exists()
    publish(ledger, public, include_open=True)
    assert publish(ledger, public).files == 0  # it is out; nothing more of it would be
    ledger.keep_register(PRESIDES, signer=REGISTRAR)
    publish(ledger, public)  # an act of the register is not an act of the open vote


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    ledger = with_votes(1)
    other, later, forked = with_votes(1, position="against"), with_votes(2), with_votes(3, position="against")
    stranger = small()
    for name, there, words in (
        ("stranger", stranger, "holds another log than this ledger's"),
        ("later", later, "a later state is published already"),
        ("other", other, "holds another history of this log"),
        ("forked", forked, "a later state is published already"),
    ):
        folder = tmp_path / name
        publish(there, folder)
        before = held(folder)
        with pytest.raises(Refused, match=words):
            publish(ledger, folder)
        assert held(folder) == before
    for name in ("notes.txt", "tile", "data"):
        folder = tmp_path / f"with-{name}"
        folder.mkdir()
        (folder / name).mkdir()
        with pytest.raises(Refused, match="holds something else"):
            publish(ledger, folder)
        assert [each.name for each in folder.iterdir()] == [name]
    (tmp_path / "file").write_text("a file")
    for path in (tmp_path / "file", tmp_path / "no/such/folder"):
        with pytest.raises((Broken, NotFound)):
            publish(ledger, path)


def test_a_checkpoint_of_somebody_else_over_the_same_tiles_is_not_our_publication(tmp_path: Path) -> None:
    ledger, public = with_votes(1), tmp_path / "public"
    publish(ledger, public)
    (public / "checkpoint").write_bytes(b"not a checkpoint\n")
    with pytest.raises(Refused, match="holds another log"):
        publish(ledger, public)


def test_a_ledger_that_is_not_what_was_signed_is_not_published(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with with_votes(2, path):
        pass
    with sqlite3.connect(path) as database:
        database.execute("DROP TRIGGER stored_events_no_update")
        database.execute("UPDATE stored_events SET state = x'00' WHERE rowid = 20")
    with (
        Ledger.open(path, log_signer=LOG) as ledger,
        pytest.raises(Broken, match="not those that were signed"),
    ):
        publish(ledger, tmp_path / "public")
    assert not (tmp_path / "public/checkpoint").exists()


def test_entries_after_the_head_are_not_published(tmp_path: Path) -> None:
    ledger = with_votes(1)
    size = ledger.checkpoint().size
    past_the_rules(ledger, PRESIDES, 2, signer=REGISTRAR)
    assert publish(ledger, tmp_path / "public").size == size
    assert verify_tiles(FolderSource(tmp_path / "public")).holds


def test_only_one_publishes_at_a_time(tmp_path: Path) -> None:
    ledger, public = with_votes(1), tmp_path / "public"
    publish(ledger, public)
    vote(ledger, 1)
    with (public / WORKING / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="another process is publishing here"):
            publish(ledger, public)


PUBLISHER = """
import sys
from pathlib import Path
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.publish import publish
with Ledger.open(Path(sys.argv[1]), read_only=True) as ledger:
    print(flush=True)
    publish(ledger, Path(sys.argv[2]), include_open=True)
"""


SEEDS = range(int(os.environ.get("INBLUE_TEST_KILLS", "4")) // 4)


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_any_instant_a_reader_is_never_misled_and_the_next_run_ends_it(tmp_path: Path, seed: int) -> None:
    path, public, chance = tmp_path / "ledger.db", tmp_path / "public", random.Random(seed)
    killed = number = 0
    with with_votes(8, path) as ledger:
        for _ in range(6):
            for _ in range(chance.randint(1, 6)):
                vote(ledger, 8 + number)
                number += 1
            command = [sys.executable, "-c", PUBLISHER, str(path), str(public)]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
                assert child.stdout is not None
                child.stdout.readline()
                time.sleep(chance.random() * 0.15)
                child.send_signal(signal.SIGKILL)
            killed += child.returncode == -signal.SIGKILL
            if (public / "checkpoint").exists():
                assert verify_tiles(FolderSource(public)).holds
        publish(ledger, public)
        assert killed
        assert open_checkpoint((public / "checkpoint").read_bytes(), *ledger.log_keys()) == ledger.checkpoint()
        assert verify_tiles(FolderSource(public)).holds
        publish(ledger, tmp_path / "fresh")
        fresh, grew = held(tmp_path / "fresh"), held(public)
        assert {name: grew[name] for name in fresh} == fresh
        assert [each.name for each in (public / WORKING).iterdir()] == ["lock"]


@pytest.fixture(scope="module")
def published_and_grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger, and what was published of it before its last vote."""
    folder = tmp_path_factory.mktemp("grown")
    with with_votes(8, folder / "ledger.db") as ledger:
        publish(ledger, folder / "public")
        vote(ledger, 8)
    return folder


def publish_until(at: int, path: Path, public: Path) -> bool:
    """Publish in a process of its own, which dies before it gives the file of that number its name; whether it did."""
    child = os.fork()
    if not child:
        real, left = Path.replace, at

        def replace(self: Path, target: Path) -> Path:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, target)

        try:
            Path.replace = replace  # type: ignore[method-assign, assignment]
            with Ledger.open(path, read_only=True) as ledger:
                publish(ledger, public, include_open=True)
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


@pytest.mark.parametrize("at", range(1, 12))
def test_killed_before_any_one_of_its_files_is_named_the_next_run_ends_it(
    published_and_grown: Path, tmp_path: Path, at: int
) -> None:
    shutil.copytree(published_and_grown, tmp_path, dirs_exist_ok=True)
    path, public = tmp_path / "ledger.db", tmp_path / "public"
    assert publish_until(at, path, tmp_path / "fresh")
    publish_until(at, path, public)
    for folder in (public, tmp_path / "fresh"):
        if (folder / "checkpoint").exists():
            assert verify_tiles(FolderSource(folder)).holds
        with Ledger.open(path, read_only=True) as ledger:
            publish(ledger, folder)
        assert verify_tiles(FolderSource(folder)).holds


def test_the_checkpoint_is_the_last_file_to_get_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        named.append(str(target.relative_to(tmp_path / "public")))
        return real(self, target)

    ledger = with_votes(8)
    monkeypatch.setattr(Path, "replace", replace)
    publish(ledger, tmp_path / "public")
    assert named[-1] == "checkpoint"
    assert named.count("checkpoint") == 1
    assert len(named) == len(set(named))


def test_a_vote_of_which_little_is_known_is_published_with_the_draft_alone(tmp_path: Path) -> None:
    ledger = small(change=lambda history: history[:1])
    with pytest.raises(Refused, match=f"the vote on {SMALL}"):
        publish(ledger, tmp_path / "public")
    assert publish(ledger, tmp_path / "public", include_open=True).size == ledger.checkpoint().size
    assert base64.b64decode((tmp_path / "public/checkpoint").read_bytes().split(b"\n")[2]) == ledger.checkpoint().root
