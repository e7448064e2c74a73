"""The tree of a published log, from its tiles: trees of any size against a slow reading of the text."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shelf import Shelf
from trees import LEAVES, by_the_text, mth

from inblue.ledger.errors import Broken
from inblue.ledger.published.tree import Edge, TileTree
from inblue.ledger.standards.checkpoint import Checkpoint
from inblue.ledger.standards.merkle import Frontier, leaf_hash
from inblue.ledger.standards.tiles import tiles_of

SIZES = st.one_of(st.integers(1, 3_000), st.sampled_from([256, 512, 65_536, 65_537, 69_888, 70_000]))


@pytest.mark.long
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
    with pytest.raises(Broken, match="do not show"):
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
