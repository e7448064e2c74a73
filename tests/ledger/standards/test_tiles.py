"""Tiles: C2SP's own examples, and trees of any size against a slow reading of the text."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shelf import Shelf

from inblue.domain.errors import MalformedError
from inblue.ledger.errors import VerificationError
from inblue.ledger.published.tree import Edge, TileTree
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.merkle import Frontier, leaf_hash, node_hash
from inblue.ledger.standards.tiles import Tile, levels_of, read_bundle, read_tile, tile_of, tiles_of, write_bundle

LEAVES = [hashlib.sha256(b"%d" % number).digest() for number in range(70_000)]


def mth(low: int, high: int) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if high - low == 1:
        return LEAVES[low]
    split = 1
    while 2 * split < high - low:
        split *= 2
    return node_hash(mth(low, low + split), mth(low + split, high))


def by_the_text(size: int) -> dict[str, bytes]:
    """Every hash tile of a tree, by the formula of C2SP tlog-tiles."""
    found: dict[str, bytes] = {}
    level, nodes = 0, LEAVES[:size]
    while nodes:
        for index in range(0, len(nodes), 256):
            part = nodes[index : index + 256]
            number, groups = index // 256, ""
            while number >= 1000:
                number, last = divmod(number, 1000)
                groups = f"/{last:03}" if not groups else f"/x{last:03}" + groups
            place = f"{'x' if groups else ''}{number:03}{groups}"
            width = f".p/{len(part)}" if len(part) < 256 else ""
            found[f"tile/{level}/{place}{width}"] = b"".join(part)
        level += 1
        nodes = [mth(at * 256**level, (at + 1) * 256**level) for at in range(size // 256**level)]
    return found


def test_an_index_is_written_in_groups_of_three_digits() -> None:
    assert Tile(0, 1_234_067).path == "tile/0/x001/x234/067"
    assert Tile(None, 1_234_067, 7).path == "tile/entries/x001/x234/067.p/7"
    assert Tile(2, 0, 1).path == "tile/2/000.p/1"
    assert Tile(0, 999).path == "tile/0/999"
    assert Tile(0, 1000).path == "tile/0/x001/000"


def test_a_tree_of_70_000_has_the_tiles_that_the_text_says() -> None:
    widths = [[tile.width for tile in tiles_of(70_000, level)] for level in levels_of(70_000)]
    assert widths == [[256] * 273 + [112], [256, 17], [1]]
    assert [tile.width for tile in tiles_of(70_000, None)] == [256] * 273 + [112]


def test_a_tree_of_256_has_a_full_tile_and_one_above_it() -> None:
    assert [tile.path for level in levels_of(256) for tile in tiles_of(256, level)] == ["tile/0/000", "tile/1/000.p/1"]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000])
def test_every_tile_of_a_tree_is_one_of_the_text(size: int) -> None:
    assert {tile.path for level in levels_of(size) for tile in tiles_of(size, level)} == by_the_text(size).keys()


def test_there_is_no_empty_tile_and_none_behind_the_last() -> None:
    assert [*levels_of(0)] == []
    for size, level, index in ((256, 0, 1), (256, 1, 1), (255, 1, 0), (0, 0, 0), (10, None, 1), (10, 0, -1)):
        with pytest.raises(MalformedError, match="has no tile"):
            tile_of(size, level, index)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_as_it_was_written(entries: list[bytes]) -> None:
    assert read_bundle(write_bundle(entries), len(entries)) == entries


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=8), st.data())
def test_a_bundle_of_another_width_or_length_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    raw = write_bundle(entries)
    for width in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(MalformedError):
            read_bundle(raw, width)
    for other in (raw[: data.draw(st.integers(0, len(raw) - 1))], raw + b"\x00", raw + b"\x00\x00"):
        with pytest.raises(MalformedError):
            read_bundle(other, len(entries))


@pytest.mark.parametrize("length", [0, 1, 31, 63, 65])
def test_a_tile_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(MalformedError, match="not a tile of 2 hashes"):
        read_tile(bytes(length), 2)


SIZES = st.one_of(st.integers(1, 3_000), st.sampled_from([256, 512, 65_536, 65_537, 69_888, 70_000]))


@settings(max_examples=20, deadline=None)
@given(SIZES, st.randoms(use_true_random=False))
def test_the_tiles_show_every_earlier_root_and_every_leaf(size: int, chance: random.Random) -> None:
    shelf = Shelf(by_the_text(size))
    known = Checkpoint("example.org/log", size, mth(0, size))
    tree = TileTree(shelf, size)
    for earlier in {1, size, chance.randint(1, size), chance.randint(1, size)}:
        assert tree.earlier_root(earlier, known) == mth(0, earlier)
    index = chance.randrange(size)
    assert tree.stands(LEAVES[index], index, known)
    assert not tree.stands(leaf_hash(b"another"), index, known)


@settings(max_examples=20, deadline=None)
@given(SIZES, st.integers(0, 3_000), st.randoms(use_true_random=False))
def test_an_edge_that_goes_on_anywhere_ends_in_the_root(size: int, start: int, chance: random.Random) -> None:
    start = min(start, size - 1)
    shelf = Shelf(by_the_text(size))
    edge = Edge(TileTree(shelf, size), start)
    faults = [
        fault
        for tile in tiles_of(size, 0, start // 256)
        for fault in edge.add(LEAVES[tile.index * 256 : tile.index * 256 + tile.width])
    ]
    assert [*faults, *edge.ends()] == []
    assert edge.root() == mth(0, size)


def test_a_tile_that_does_not_follow_from_those_below_is_named_and_gives_no_proof() -> None:
    size, files = 70_000, by_the_text(70_000)
    known = Checkpoint("example.org/log", size, mth(0, size))
    for path in ("tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"):
        broken = files[path][:-1] + bytes([files[path][-1] ^ 1])
        edge = Edge(TileTree(Shelf({**files, path: broken}), size), 0)
        faults = [
            fault
            for tile in tiles_of(size, 0)
            for fault in edge.add(LEAVES[tile.index * 256 : tile.index * 256 + tile.width])
        ]
        assert [*faults, *edge.ends()] == [f"{path}: not what the tiles below it hash to"]
    broken = files["tile/0/001"][:-1] + b"!"
    with pytest.raises(VerificationError, match="do not show"):
        TileTree(Shelf({**files, "tile/0/001": broken}), size).earlier_root(500, known)


def test_where_the_partial_tile_is_gone_the_full_one_is_read() -> None:
    partial = by_the_text(300)["tile/1/000.p/1"]
    shelf = Shelf({**by_the_text(512), "tile/1/000.p/1": partial})
    tree = TileTree(shelf, 300)  # of a checkpoint from before
    assert tree.earlier_root(300, Checkpoint("example.org/log", 300, mth(0, 300))) == mth(0, 300)
    assert "tile/0/001.p/44" in shelf.asked
    assert "tile/0/001" in shelf.asked


def test_a_frontier_goes_on_from_its_peaks() -> None:
    for size in (0, 1, 255, 256, 777):
        whole, resumed = Frontier(), Frontier()
        for leaf in LEAVES[:size]:
            whole.add(leaf)
        resumed = Frontier.resumed(size, whole.peaks)
        for leaf in LEAVES[size:800]:
            whole.add(leaf)
            resumed.add(leaf)
        assert whole.root() == resumed.root() == mth(0, 800)
