"""The log as static files, in the format of C2SP tlog-tiles (v0.1.0): paths, hash tiles and entry bundles.

    checkpoint                        the signed checkpoint
    tile/<L>/<N>[.p/<W>]              hashes N * 256 to N * 256 + W - 1 of level L, each over 256**L leaves
    tile/entries/<N>[.p/<W>]          the entries of that level 0 tile, each after its length (two bytes, big-endian)

N is written in groups of three digits, all but the last with an ``x`` before it: 1234067 is ``x001/x234/067``. A tile
is full (256 wide), or the last one of its level and partial (``.p/<W>``, 1 to 255 wide), never empty. Beside them are
the files that an auditor of this ledger needs and C2SP does not define, with their names in a bundle::

    data/files/<sha256>  data/timestamps.jsonl  data/cosigned.jsonl
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ...domain.errors import Malformed
from .dsse import MAX_ENTRY_BYTES
from .merkle import Frontier

WIDTH = 256
HASH = 32
CHECKPOINT = "checkpoint"

_PATH = re.compile(r"tile/(entries|0|[1-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class Tile:
    """A hash tile of a level, or the entry bundle of that index (``level`` None); ``width`` is 1 to 256."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its path under the log's prefix."""
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level is None else self.level
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{level}/{'/'.join(groups)}{partial}"

    @property
    def whole(self) -> Tile:
        """The full tile with that index."""
        return replace(self, width=WIDTH)

    @property
    def limit(self) -> int:
        """The most bytes that it can have."""
        return self.width * (2 + MAX_ENTRY_BYTES if self.level is None else HASH)


def tile_of(size: int, level: int | None, index: int) -> Tile:
    """The tile of that level and index in a tree of ``size`` leaves.

    Raises:
        Malformed: there is none.
    """
    width = min(WIDTH, (size >> 8 * (level or 0)) - index * WIDTH)
    if width < 1 or index < 0:
        raise Malformed(f"a tree of {size} leaves has no tile {index} of level {level}")
    return Tile(level, index, width)


def read_path(path: str) -> Tile:
    """The tile of a path in the form of :attr:`Tile.path`.

    Raises:
        Malformed: it is not one.
    """
    found = _PATH.fullmatch(path)
    if found is not None:
        level = None if found[1] == "entries" else int(found[1])
        tile = Tile(level, int(found[2].replace("/", "").replace("x", "")), int(found[3] or WIDTH))
        if tile.path == path:
            return tile
    raise Malformed("not the path of a tile")


def tiles_of(size: int, level: int | None, first: int = 0) -> Iterator[Tile]:
    """The tiles of a level in a tree of ``size`` leaves, from index ``first`` on, in order."""
    hashes = size >> 8 * (level or 0)
    for index in range(first, -(-hashes // WIDTH)):
        yield tile_of(size, level, index)


def levels_of(size: int) -> range:
    """The levels that have tiles in a tree of ``size`` leaves."""
    return range(-(-size.bit_length() // 8))


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """The bundle of these entries; none is longer than 65,535 bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def read_bundle(raw: bytes, width: int) -> list[bytes]:
    """The entries of a bundle ``width`` wide.

    Raises:
        Malformed: it holds more, fewer, or ends within one.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(raw) and len(entries) < width:
        end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
        entries.append(raw[at + 2 : end])
        at = end
    if at != len(raw) or len(entries) != width:
        raise Malformed(f"not a bundle of {width} entries, each behind its length in two bytes")
    return entries


def read_tile(raw: bytes, width: int) -> list[bytes]:
    """The hashes of a tile ``width`` wide.

    Raises:
        Malformed: it does not have 32 bytes for each.
    """
    if len(raw) != width * HASH:
        raise Malformed(f"not a tile of {width} hashes of {HASH} bytes")
    return [raw[at : at + HASH] for at in range(0, len(raw), HASH)]


def fold(hashes: Sequence[bytes]) -> bytes:
    """The tree hash over these hashes."""
    frontier = Frontier()
    for each in hashes:
        frontier.add(each)
    return frontier.root()
