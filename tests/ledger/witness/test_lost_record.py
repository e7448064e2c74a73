"""A witness that lost what it cosigned last says so and cosigns nothing, until somebody begins again, on record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledgers import small
from tamper import turned
from witnesses import LOG_KEY, NOW, ORIGIN, SIGNS, asked, killed_at, watching

from inblue.domain.errors import InblueError, Malformed, Refused
from inblue.ledger.errors import Broken, NotFound
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.cosignature import cosigners
from inblue.ledger.standards.note import NoteSigner
from inblue.ledger.witness.witness import WitnessState

WHEN = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> WitnessState:
    """One that has cosigned five entries."""
    witness = watching(tmp_path / "w")
    assert witness.add_checkpoint(asked(small(), 0, 5), SIGNS, NOW).status == 200
    return witness


def record_of(state: WitnessState) -> Path:
    (path,) = state.folder.glob("*.checkpoint")
    return path


def own_note(state: WitnessState) -> bytes:
    note = state.latest(ORIGIN)
    assert note is not None
    return note


def as_others_see(content: bytes) -> bytes:
    """Without the witness's own line, as the log gives it to anybody."""
    return content[: content.rindex(b"\xe2\x80\x94")]


def _as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


LOSSES: dict[str, Callable[[Path, bytes], object]] = {
    "gone": lambda path, _: path.unlink(),
    "empty": lambda path, _: path.write_bytes(b""),
    "cut": lambda path, content: path.write_bytes(content[:50]),
    "cut at its own line": lambda path, content: path.write_bytes(as_others_see(content)),
    "cut by a byte": lambda path, content: path.write_bytes(content[:-1]),
    "zeros": lambda path, content: path.write_bytes(bytes(len(content))),
    "too large": lambda path, content: path.write_bytes(content + b"\n" * 1_000_001),
    "a folder": lambda path, _: _as_folder(path),
    "of another log": lambda path, _: path.write_bytes(
        Checkpoint("example.org/x", 5, bytes(32)).sign(NoteSigner("example.org/x", SIGNS.signer))
    ),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_nothing_is_cosigned_while_the_record_is_lost(
    state: WitnessState, loss: Callable[[Path, bytes], object]
) -> None:
    true, fork = small(), small(change=turned)
    path, content = record_of(state), own_note(state)
    loss(path, content)
    for ledger in (true, fork):
        for old in (0, 5):
            for witness in (state, WitnessState(state.folder)):
                answer = witness.add_checkpoint(asked(ledger, old, 6), SIGNS, NOW)
                assert answer.status == 503
                assert answer.body.startswith(f"the record of what was cosigned last of {ORIGIN} is lost (")
                assert answer.body.count("\n") == 1
    if path.is_dir():
        path.rmdir()
    path.write_bytes(content)
    assert state.add_checkpoint(asked(true, 5, 6), SIGNS, NOW).status == 200


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_it_begins_again_with_what_it_cosigned_last_and_says_so_ever_after(
    state: WitnessState, loss: Callable[[Path, bytes], object]
) -> None:
    true, fork, kept = small(), small(change=turned), own_note(state)
    loss(record_of(state), kept)
    assert state.begin_anew(ORIGIN, kept, SIGNS.verifier, reason="the disk was lost", now=WHEN) is True
    assert state.add_checkpoint(asked(fork, 5, 6), SIGNS, NOW).status == 422
    assert state.add_checkpoint(asked(fork, 0, 6), SIGNS, NOW).body == "5\n"
    assert state.add_checkpoint(asked(true, 5, 6), SIGNS, NOW - 90).status == 503  # its time is known too
    assert state.add_checkpoint(asked(true, 5, 6), SIGNS, NOW).status == 200
    (log,) = WitnessState(state.folder).configuration.logs
    assert [(each.at, each.size, each.reason) for each in log.restarts] == [(WHEN, 5, "the disk was lost")]


def test_it_begins_again_from_nothing_only_where_it_is_told_to(state: WitnessState) -> None:
    fork = small(change=turned)
    record_of(state).write_bytes(b"")
    assert state.begin_anew(ORIGIN, None, SIGNS.verifier, reason="nobody has it", now=WHEN) is False
    assert [path.read_bytes() for path in state.folder.glob("*.given-up-1")] == [b""]
    assert state.add_checkpoint(asked(fork, 0, 6), SIGNS, NOW).status == 200
    record_of(state).unlink()
    assert state.add_checkpoint(asked(fork, 0, 6), SIGNS, NOW).status == 503
    state.begin_anew(ORIGIN, None, SIGNS.verifier, reason="again", now=WHEN)
    assert [each.size for each in state.configuration.logs[0].restarts] == [0, 0]


def test_a_log_that_was_begun_again_shows_no_checkpoint_until_one_is_cosigned(state: WitnessState) -> None:
    import hashlib

    digest, kept = hashlib.sha256(ORIGIN.encode()).hexdigest(), own_note(state)
    assert state.shown(digest, SIGNS.verifier).body == kept.decode()
    record_of(state).unlink()
    assert state.shown(digest, SIGNS.verifier).status == 503
    foreign = as_others_see(kept)
    assert state.begin_anew(ORIGIN, foreign, SIGNS.verifier, reason="the log gave it", now=WHEN) is False
    assert state.shown(digest, SIGNS.verifier).status == 404
    assert state.add_checkpoint(asked(small(), 5, 7), SIGNS, NOW).status == 200
    assert state.shown(digest, SIGNS.verifier).status == 200


def test_what_is_not_lost_is_not_given_up(state: WitnessState, tmp_path: Path) -> None:
    kept, other = own_note(state), asked(small(), 0, 6).split(b"\n\n", 1)[1]
    for note in (None, other):
        with pytest.raises(Refused, match="nothing is lost: 5 entries are cosigned; nothing was changed"):
            state.begin_anew(ORIGIN, note, SIGNS.verifier, reason="why not", now=WHEN)
    assert own_note(state) == kept
    with pytest.raises(Refused, match="nothing was cosigned yet"):
        watching(tmp_path / "new").begin_anew(ORIGIN, kept, SIGNS.verifier, reason="why not", now=WHEN)
    with pytest.raises(NotFound, match="not watched here; watched: example"):
        state.begin_anew("example.org/x", kept, SIGNS.verifier, reason="why not", now=WHEN)
    record_of(state).unlink()
    false = kept[:-10] + b"AAAAAAA==\n"
    for note, reason in ((b"", "x"), (false, "x"), (kept.replace(b"\n5\n", b"\n6\n"), "x"), (kept, ""), (kept, "x\ny")):
        with pytest.raises((Malformed, Broken)):
            state.begin_anew(ORIGIN, note, SIGNS.verifier, reason=reason, now=WHEN)
    assert not state.configuration.logs[0].restarts


# Its times


def test_of_one_log_its_times_never_go_back(state: WitnessState) -> None:
    ledger, clock = small(), NOW
    for old, size, ticks in ((5, 6, 10), (6, 7, -5), (7, 8, -20), (8, 8, 3)):
        answer = state.add_checkpoint(asked(ledger, old, size), SIGNS, NOW + ticks)
        assert answer.status == 200
        (given,) = cosigners(own_note(state), [SIGNS.verifier]).values()
        assert given == max(clock, NOW + ticks)
        clock = given
    for now in (clock - 61, 500, 0, -5):
        answer = state.add_checkpoint(asked(ledger, 8, 9), SIGNS, now)
        assert answer.status == 503
        assert "clock" in answer.body
    assert state.add_checkpoint(asked(ledger, 8, 9), SIGNS, clock).status == 200


def test_the_way_out_of_a_clock_that_had_run_ahead_is_kept_too(state: WitnessState) -> None:
    ledger = small()
    years = int(timedelta(days=4000).total_seconds())
    assert state.add_checkpoint(asked(ledger, 5, 6), SIGNS, NOW + years).status == 200
    assert state.add_checkpoint(asked(ledger, 6, 7), SIGNS, NOW).status == 503
    state.begin_anew(ORIGIN, own_note(state), SIGNS.verifier, reason="its clock was set to 2037", now=WHEN)
    assert state.add_checkpoint(asked(small(change=turned), 6, 7), SIGNS, NOW).status == 422
    assert state.add_checkpoint(asked(ledger, 6, 7), SIGNS, NOW).status == 200
    assert [each.size for each in state.configuration.logs[0].restarts] == [6]


# Killed at every step


@pytest.mark.long
def test_killed_before_any_step_of_cosigning_it_cosigns_one_history_and_can_go_on(tmp_path: Path) -> None:
    true, fork = small(), small(change=turned)
    for begun in (0, 5):
        step, alive = 0, True
        while alive:
            folder = tmp_path / f"{begun}-{step}"
            witness = watching(folder)
            if begun:
                assert witness.add_checkpoint(asked(true, 0, begun), SIGNS, NOW).status == 200
            alive = killed_at(step, lambda: witness.add_checkpoint(asked(true, begun, 7), SIGNS, NOW))  # noqa: B023
            shutil.copytree(folder, tmp_path / "copy")
            copied = WitnessState(tmp_path / "copy")
            known = _size(copied)
            assert known in ({begun, 7} if alive else {7})
            offered = copied.add_checkpoint(asked(fork, 0, 8), SIGNS, NOW)
            assert offered.status == (409 if known else 200), step
            shutil.rmtree(tmp_path / "copy")
            again = WitnessState(folder)
            assert again.add_checkpoint(asked(true, known, 7), SIGNS, NOW).status == 200, step
            for old in (0, 7):
                assert again.add_checkpoint(asked(fork, old, 8), SIGNS, NOW).status in {409, 422}
            step += 1
        assert step > 10


@pytest.mark.long
def test_killed_before_any_step_of_beginning_again_it_is_lost_or_begun_again(tmp_path: Path) -> None:
    true, fork, step, alive = small(), small(change=turned), 0, True
    while alive:
        witness = watching(tmp_path / str(step))
        assert witness.add_checkpoint(asked(true, 0, 5), SIGNS, NOW).status == 200
        kept = own_note(witness)
        record_of(witness).write_bytes(b"")

        def begin_again(witness: WitnessState = witness, kept: bytes = kept) -> None:
            witness.begin_anew(ORIGIN, kept, SIGNS.verifier, reason="lost", now=WHEN)

        alive = killed_at(step, begin_again)
        again = WitnessState(witness.folder)
        for old in (0, 5):
            assert again.add_checkpoint(asked(fork, old, 8), SIGNS, NOW).status in {409, 422, 503}
        answer = again.add_checkpoint(asked(true, 5, 6), SIGNS, NOW)
        assert answer.status in ({200, 503} if alive else {200})
        if answer.status == 503:
            begin_again(again)
            assert again.add_checkpoint(asked(true, 5, 6), SIGNS, NOW).status == 200
        assert again.configuration.logs[0].restarts
        step += 1
    assert step > 10


def _size(state: WitnessState) -> int:
    stored = state.stored(state.configuration.logs[0], SIGNS.verifier)
    return stored.checkpoint.size if stored else 0


# What it is told, by several at once


def test_what_several_processes_change_at_once_is_all_kept(tmp_path: Path) -> None:
    import multiprocessing

    from inblue.ledger.standards.ed25519 import Ed25519Signer

    witness = watching(tmp_path / "w")
    keys = [
        str(NoteSigner(f"example.org/{n}", Ed25519Signer.from_seed(bytes([n]) * 32)).verifier) for n in range(1, 25)
    ]

    def each(mine: list[str]) -> None:
        for key in mine:
            WitnessState(tmp_path / "w").watch(key)
            witness.add_checkpoint(asked(small(), 0, 5), SIGNS, NOW)

    context = multiprocessing.get_context("fork")
    running = [context.Process(target=each, args=(keys[n::4],)) for n in range(4)]
    for process in running:
        process.start()
    for process in running:
        process.join()
    assert {log.origin for log in witness.configuration.logs} == {ORIGIN} | {f"example.org/{n}" for n in range(1, 25)}
    assert witness.configuration.log(ORIGIN).begun  # type: ignore[union-attr]


def test_what_is_not_watched_any_more_is_not_forgotten(state: WitnessState) -> None:
    true, fork = small(), small(change=turned)
    other = WitnessState(state.folder)
    other.unwatch(ORIGIN)
    assert state.add_checkpoint(asked(true, 5, 6), SIGNS, NOW).status == 404
    with pytest.raises(NotFound, match="is not watched here; watched: none"):
        state.unwatch(ORIGIN)
    assert other.watch(LOG_KEY) == "new"
    assert state.add_checkpoint(asked(fork, 0, 6), SIGNS, NOW).status == 409
    assert state.add_checkpoint(asked(true, 5, 6), SIGNS, NOW).status == 200


@pytest.mark.parametrize("content", [b"", b"{", b'{"format":"inblue-witness/1"', None])
def test_a_configuration_that_is_lost_while_it_serves_is_an_answer(state: WitnessState, content: bytes | None) -> None:
    path = state.folder / "witness.json"
    before = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    answer = state.add_checkpoint(asked(small(), 5, 6), SIGNS, NOW)
    assert (answer.status, answer.body.count("\n")) == (503, 1)
    assert "witness.json" in answer.body
    with pytest.raises(InblueError):
        state.watch(LOG_KEY)
    path.write_bytes(before)
    assert state.add_checkpoint(asked(small(), 5, 6), SIGNS, NOW).status == 200


def test_a_disk_that_takes_nothing_is_an_answer_and_nothing_is_cosigned(
    state: WitnessState, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource
    import signal

    kept = own_note(state)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limits[1]))
    try:
        answer = state.add_checkpoint(asked(small(), 5, 6), SIGNS, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert answer.status == 503
    assert answer.body == "this witness cannot keep what it would cosign: File too large\n"
    assert own_note(state) == kept
