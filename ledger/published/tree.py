"""The hash tiles of a published log as a tree: unverified until they give a known root."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from ...domain.errors import Malformed
from ..errors import Broken
from ..standards.checkpoint import Checkpoint
from ..standards.merkle import NodeId, consistency_proof, inclusion_proof, root, verify_consistency, verify_inclusion
from ..standards.tiles import WIDTH, fold, levels_of, tile_of
from .source import AbsentError, Source, fetch_hashes

_KEPT = 64


class TileTree:
    """A tree of ``size`` leaves in tiles; the last few tiles read are cached."""

    def __init__(self, source: Source, size: int) -> None:
        self.source = source
        self.size = size
        self._tiles: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    def hashes(self, level: int, index: int) -> list[bytes]:
        """The hashes of a tile.

        Raises:
            AbsentError, Malformed, UnreachableError: it cannot be read (:mod:`.source`).
        """
        if (level, index) not in self._tiles:
            self._tiles[level, index] = fetch_hashes(self.source, tile_of(self.size, level, index))
            if len(self._tiles) > _KEPT:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end((level, index))
        return self._tiles[level, index]

    def held(self, level: int, index: int) -> list[bytes] | None:
        """The hashes of a recently read tile; thread-safe."""
        return self._tiles.get((level, index))

    def leaves(self, start: int, count: int) -> list[bytes]:
        """A number of leaf hashes of one tile, from ``start`` on.

        Raises:
            Malformed: they are missing or malformed.
            UnreachableError: they could not be read.
        """
        try:
            return self.hashes(0, start // WIDTH)[start % WIDTH :][:count]
        except AbsentError as error:
            raise Malformed(str(error)) from None

    def node(self, node: NodeId) -> bytes:
        """A complete node's hash, for the proofs of :mod:`..standards.merkle`."""
        level, inside = divmod(node[0], 8)
        index, at = divmod(node[1] << inside, WIDTH)
        hashes = self.hashes(level, index)[at : at + (1 << inside)]
        if len(hashes) < 1 << inside:
            raise Malformed(f"the tree of {self.size} leaves has no complete node {node}")
        return fold(hashes)

    def earlier_root(self, size: int, known: Checkpoint) -> bytes:
        """The root that the log had at ``size``, proved by a consistency proof to the verified ``known``.

        Raises:
            Broken: the tiles do not show it.
            AbsentError, Malformed, UnreachableError: as :meth:`hashes`.
        """
        earlier = root(size, self.node)
        path = consistency_proof(size, known.size, self.node)
        if size and not verify_consistency(size, known.size, earlier, known.root, path):
            raise Broken(f"the tiles do not show how the log of {size} entries became that of {known.size}")
        return earlier

    def stands(self, leaf: bytes, index: int, known: Checkpoint) -> bool:
        """Whether the tiles prove that the leaf hash is in the log of the verified ``known``.

        Raises:
            AbsentError, Malformed, UnreachableError: as :meth:`hashes`.
        """
        path = inclusion_proof(index, known.size, self.node)
        return verify_inclusion(leaf, index, known.size, path, known.root)


class Edge:
    """The last, partial tile of each level above the first, built as the full tiles below arrive.

    ``tree`` gives their content before entry ``start``; :meth:`root` shows whether that was correct.
    """

    def __init__(self, tree: TileTree, start: int) -> None:
        self.tree = tree
        self._level_0: list[bytes] = []
        self._above: list[list[bytes]] = []
        self._done: list[int] = []
        for level in levels_of(start)[1:]:
            index, width = divmod(start >> 8 * level, WIDTH)
            self._above.append(tree.hashes(level, index)[:width] if width else [])
            self._done.append(index)

    def add(self, hashes: list[bytes]) -> Iterator[str]:
        """Add the next tile of level 0, full or the last one; report each wrong tile above it.

        Raises:
            AbsentError, Malformed, UnreachableError: as :meth:`TileTree.hashes`.
        """
        level, finished = 0, hashes
        self._level_0 = [] if len(hashes) == WIDTH else hashes
        while len(finished) == WIDTH:
            if level == len(self._above):
                self._above.append([])
                self._done.append(0)
            tile = self._above[level]
            tile.append(fold(finished))
            level, finished = level + 1, tile
            if len(tile) == WIDTH:
                yield from self._compare(level)
                self._above[level - 1] = []
                self._done[level - 1] += 1

    def ends(self) -> Iterator[str]:
        """The same as :meth:`add` for the last, partial tile of each level."""
        for level, tile in enumerate(self._above, start=1):
            if tile:
                yield from self._compare(level)

    def root(self) -> bytes:
        """The root that the tiles give."""

        def read(node: NodeId) -> bytes:
            level, inside = divmod(node[0], 8)
            tile = self._above[level - 1] if level else self._level_0
            at = (node[1] << inside) % WIDTH
            return fold(tile[at : at + (1 << inside)])

        return root(self.tree.size, read)

    def _compare(self, level: int) -> Iterator[str]:
        index = self._done[level - 1]
        if self.tree.hashes(level, index) != self._above[level - 1]:
            yield f"{tile_of(self.tree.size, level, index).path}: not what the tiles below it hash to"
