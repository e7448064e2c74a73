"""Tiles: C2SP's own examples, and every tile that a tree has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import by_the_text

from inblue.domain.errors import Malformed
from inblue.ledger.standards.tiles import Tile, levels_of, read_bundle, read_tile, tile_of, tiles_of, write_bundle


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


def test_no_tile_is_empty_and_none_comes_after_the_last() -> None:
    assert [*levels_of(0)] == []
    for size, level, index in ((256, 0, 1), (256, 1, 1), (255, 1, 0), (0, 0, 0), (10, None, 1), (10, 0, -1)):
        with pytest.raises(Malformed, match="has no tile"):
            tile_of(size, level, index)


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_as_it_was_written(entries: list[bytes]) -> None:
    assert read_bundle(write_bundle(entries), len(entries)) == entries


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=8), st.data())
def test_a_bundle_of_another_width_or_length_is_refused(entries: list[bytes], data: st.DataObject) -> None:
    raw = write_bundle(entries)
    for width in (len(entries) - 1, len(entries) + 1):
        with pytest.raises(Malformed):
            read_bundle(raw, width)
    for other in (raw[: data.draw(st.integers(0, len(raw) - 1))], raw + b"\x00", raw + b"\x00\x00"):
        with pytest.raises(Malformed):
            read_bundle(other, len(entries))


@pytest.mark.parametrize("length", [0, 1, 31, 63, 65])
def test_a_tile_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(Malformed, match="not a tile of 2 hashes"):
        read_tile(bytes(length), 2)
