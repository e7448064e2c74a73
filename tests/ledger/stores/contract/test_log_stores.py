"""What the log needs of a store (:class:`inblue.ledger.log.log.LogStore`), of every store there is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from inblue.domain.errors import Refused
from inblue.ledger.entries.entry import StoredEntry
from inblue.ledger.errors import Broken, Busy, NotFound
from inblue.ledger.log.log import Head, LogStore, Look, Stamp
from inblue.ledger.standards.merkle import NodeId
from inblue.ledger.stores.address import Address, read_address
from inblue.ledger.stores.streams import Streams, memory_streams, new_streams, open_streams

NODES = {(0, 0): b"a" * 32, (0, 1): b"b" * 32, (1, 0): b"c" * 32}
HEAD = Head(2, 2, b"signed")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def streams(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Streams]:
    if request.param == "memory":
        yield memory_streams()
        return
    place: Address = tmp_path / "ledger.db"
    if request.param == "postgres":
        place = read_address(request.getfixturevalue("postgres").fresh())
    with new_streams(place):
        pass
    with open_streams(place, read_only=False) as opened:
        yield opened


@pytest.fixture
def log(streams: Streams) -> LogStore:
    return streams.construct_log()


def entry(version: int, state: bytes = b"{}", stream: str = "vote:S/2026/1") -> StoredEntry:
    return StoredEntry(stream, version, "vote-cast@1", state)


def test_entries_come_back_to_the_byte_in_the_order_in_which_they_were_stored(streams: Streams) -> None:
    stored = [entry(1, bytes(range(256))), entry(1, b"", "vote:\u5b89\U0001f5f3'\"\\"), entry(2, b"\xff" * 65_535)]
    for each in stored:
        streams.append([each])
    page = streams.page(0, 10)
    assert [each._replace(position=None) for each in page] == stored
    positions = [each.position or 0 for each in page]
    assert positions == sorted(set(positions))
    assert streams.page(positions[0], 1) == page[1:2]
    assert streams.last_position() == positions[-1]
    assert [each._replace(position=None) for each in streams.stream("vote:S/2026/1", after=1)] == [stored[2]]


def test_a_batch_is_stored_whole_or_not_at_all(streams: Streams) -> None:
    streams.append([entry(1)])
    with pytest.raises(Busy, match="act 1 is recorded already"):
        streams.append([entry(2), entry(3), entry(1, b"other")])
    assert len(streams.page(0, 10)) == 1
    streams.append([entry(2), entry(3)])
    with pytest.raises(Busy):
        streams.append([entry(3), entry(4)])
    assert len(streams.page(0, 10)) == 3


def test_the_largest_batch_is_written(streams: Streams) -> None:
    """PostgreSQL's driver hangs on some 400 KB in one insert: this ends only where a batch is cut before that."""
    entries = [entry(n, bytes([n]) * 60_000) for n in range(1, 101)]
    cut = list(streams.batches(entries))
    assert [each for batch in cut for each in batch] == entries
    for batch in cut:
        streams.append(batch)
    assert len(streams.page(0, 200)) == 100


def test_a_place_is_found_without_reading_what_is_before_it(streams: Streams) -> None:
    for each in (entry(1), entry(1, stream="vote:B"), entry(2)):
        streams.append([each])
    found = [streams.position(stream, version) for stream, version in (("vote:S/2026/1", 2), ("vote:B", 1))]
    assert [row.originator_id for at in found for row in streams.page(at - 1, 1)] == ["vote:S/2026/1", "vote:B"]
    for stream, version in (("vote:S/2026/1", 3), ("vote:C", 1)):
        with pytest.raises(NotFound, match="there is no act"):
            streams.position(stream, version)


def test_a_look_finds_what_others_have_recorded(streams: Streams) -> None:
    log = streams.construct_log()
    assert streams.look({"register": 0}, None) == (None, 0, (), [])
    for each in (entry(1), entry(1, stream="vote:B"), entry(2), entry(1, stream="vote:C"), entry(3, b"\0\xff")):
        streams.append([each])
    log.advance(NODES, HEAD)
    found = streams.look({"vote:S/2026/1": 1, "vote:B": 0, "vote:D": 0}, None)
    assert (found.edge, found.last, found.stamps) == ((HEAD, {(1, 0): b"c" * 32}), streams.last_position(), ())
    behind = [
        [each._replace(position=None) for each in found.behind if each.originator_id == stream]
        for stream in ("vote:S/2026/1", "vote:B", "vote:D", "vote:C")
    ]
    assert behind == [[entry(2), entry(3, b"\0\xff")], [entry(1, stream="vote:B")], [], []]


def test_a_look_need_not_give_the_peaks_of_a_head_that_is_known(streams: Streams) -> None:
    log = streams.construct_log()
    log.advance(NODES, HEAD)
    edge = streams.look({}, HEAD).edge
    assert edge is not None
    assert edge[0] == HEAD
    assert streams.look({}, HEAD._replace(note=b"signed otherwise")).edge == (HEAD, {(1, 0): b"c" * 32})


def test_nodes_are_given_that_are_there(streams: Streams) -> None:
    log = streams.construct_log()
    log.advance(NODES, HEAD)
    assert log.nodes([(1, 0), (0, 1), (0, 2), (61, 7)]) == {(1, 0): b"c" * 32, (0, 1): b"b" * 32}
    assert log.nodes([]) == {}


def test_a_look_tells_whether_the_latest_timestamps_are_others(streams: Streams) -> None:
    log, found = streams.construct_log(), [streams.look({}, None).stamps]
    log.advance({}, Head(3, 3, b"note"))
    for size, token in ((2, b"one"), (1, b"late, over less"), (2, b"of another authority"), (3, b"over more")):
        log.keep_stamp(Stamp(size, "{}", b"note", b"query", token))
        found.append(streams.look({}, None).stamps)
    assert [len(numbers) for numbers in found] == [0, 1, 1, 2, 1]
    assert found[1] == found[2]
    assert len(set(found)) == 4


def test_a_cover_is_written_with_the_entries_it_is_given(streams: Streams) -> None:
    given: list[StoredEntry] = []

    def cover(stored: Sequence[StoredEntry], look: Look) -> tuple[dict[NodeId, bytes], Head]:
        given.extend(stored)
        assert look({}, None).edge is None
        return NODES, Head(2, stored[-1].position or 0, b"signed")

    streams.append([entry(1), entry(2)], cover)
    assert given == list(streams.page(0, 10))
    assert streams.look({}, None).edge == (Head(2, streams.last_position(), b"signed"), {(1, 0): b"c" * 32})


def test_where_the_cover_fails_no_entry_is_there(streams: Streams) -> None:
    def cover(*_: object) -> tuple[dict[NodeId, bytes], Head]:
        raise Refused(None, "the log's key was replaced")

    with pytest.raises(Refused, match="replaced"):
        streams.append([entry(1)], cover)
    assert (list(streams.page(0, 10)), streams.construct_log().head()) == ([], None)
    streams.append([entry(1)], lambda stored, _: (NODES, Head(1, stored[-1].position or 0, b"signed")))
    assert len(streams.page(0, 10)) == 1


def test_where_the_log_has_the_leaves_already_no_entry_is_there(streams: Streams) -> None:
    log = streams.construct_log()
    log.advance(NODES, HEAD)
    with pytest.raises((Busy, Broken)):
        streams.append([entry(1)], lambda *_: (NODES, Head(3, 9, b"other")))
    assert (list(streams.page(0, 10)), log.head()) == ([], HEAD)


def test_a_cover_may_read_the_log_while_another_thread_waits_to_write(streams: Streams) -> None:
    log, took = streams.construct_log(), list[float]()
    streams.append([entry(1)], lambda stored, _: (NODES, HEAD._replace(position=stored[-1].position or 0)))
    other = threading.Thread(target=log.keep_stamp, args=(Stamp(2, "{}", b"note", b"query", b"token"),))

    def cover(stored: Sequence[StoredEntry], _: Look) -> tuple[dict[NodeId, bytes], Head]:
        other.start()
        other.join(0.3)  # by then it waits, or is through where it need not
        began = time.monotonic()
        assert log.node((0, 1)) == b"b" * 32
        took.append(time.monotonic() - began)
        return {(0, 2): b"d" * 32}, Head(3, stored[-1].position or 0, b"signed again")

    streams.append([entry(2)], cover)
    other.join(20)
    assert not other.is_alive()
    assert took[0] < 2
    assert len(log.stamps()) == 1


def test_a_place_that_is_taken_leaves_the_head_as_it_was(streams: Streams) -> None:
    streams.append([entry(1)])
    with pytest.raises(Busy, match="act 0 is recorded already"):
        streams.append([entry(1, b"other")], lambda *_: (NODES, Head(1, 9, b"signed")))
    assert streams.construct_log().head() is None


def test_nodes_and_head_come_together(streams: Streams) -> None:
    log = streams.construct_log()
    assert (log.head(), streams.look({}, None).edge) == (None, None)
    log.advance(NODES, HEAD)
    assert log.head() == HEAD
    assert log.node((1, 0)) == b"c" * 32
    assert streams.look({}, None).edge == (HEAD, {(1, 0): b"c" * 32})
    assert list(log.leaves(0, 10)) == [b"a" * 32, b"b" * 32]
    assert list(log.leaves(1, 1)) == [b"b" * 32]


def test_whoever_writes_a_leaf_second_writes_nothing(log: LogStore) -> None:
    log.advance(NODES, HEAD)
    with pytest.raises(Busy):
        log.advance({(0, 2): b"d" * 32, (0, 1): b"e" * 32}, Head(3, 3, b"other"))
    assert log.head() == HEAD
    assert log.node((0, 1)) == b"b" * 32
    with pytest.raises(Broken, match="lacks the node"):
        log.node((0, 2))


def test_the_cursor_never_steps_back(log: LogStore) -> None:
    log.advance(NODES, HEAD)
    with pytest.raises(Busy):
        log.advance({(0, 2): b"d" * 32}, Head(3, 2, b"other"))
    assert log.head() == HEAD


def test_timestamps_are_kept_once_by_size_and_as_they_came(log: LogStore) -> None:
    late, early = Stamp(7, "{}", b"n", b"q", b"t" * 6000), Stamp(3, "{}", b"n", b"q", b"u")
    other = late._replace(token=b"v")
    assert list(log.latest_stamps()) == list(log.stamps()) == []
    for stamp in (late, early, other, late):
        log.keep_stamp(stamp)
    assert list(log.stamps()) == [early, late, other]
    assert list(log.latest_stamps()) == []  # no head covers as much
    log.advance({}, Head(7, 7, b"n"))
    assert list(log.latest_stamps()) == list(log.stamps(7)) == [late, other]
    assert list(log.stamps(5)) == []


def test_cosignatures_are_kept_once_and_by_size(log: LogStore) -> None:
    lines = [
        (9, b"nine\n", "\u2014 w z\n"),
        (2, b"two\n", "\u2014 w x\n"),
        (2, b"two\n", "\u2014 v " + "y" * 5000 + "\n"),
    ]
    for size, note, line in [*lines, lines[0]]:
        log.keep_cosignature(size, note, line)
    nine = (9, "nine\n\u2014 w z\n".encode())
    assert list(log.cosigned()) == [(2, (f"two\n{lines[2][2]}{lines[1][2]}").encode()), nine]
    assert list(log.cosigned(after=2)) == list(log.cosigned(last=1)) == [nine]
    assert len(log.cosigned(last=5)) == 2
    assert sorted(log.cosignatures()) == sorted(lines)
