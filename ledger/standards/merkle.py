"""The Merkle tree of RFC 9162 section 2.1 (the same as RFC 6962's), SHA-256, growing at its right edge.

    MTH({}) = H("")    MTH({d}) = H(0x00 || d)    MTH(D[n]) = H(0x01 || MTH(D[0:k]) || MTH(D[k:n]))

with k the largest power of two smaller than n. A *complete* node (level l, index i) is the tree hash of the 2**l leaves
from i * 2**l on. It never changes once its last leaf is added, so complete nodes can be stored permanently; a tree of n
leaves has one complete subtree per 1 bit of n, its peaks, and its root is their fold from the right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from ...domain.errors import Malformed

NodeId: TypeAlias = tuple[int, int]
"""(level, index); level 0 holds the leaf hashes."""

Read: TypeAlias = Callable[[NodeId], bytes]
"""Gives the stored 32-byte hash of a complete node."""

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """H(0x00 || entry), 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """H(0x01 || left || right), 32 bytes; the prefix prevents a node from passing as a leaf."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(size: int, leaf: bytes, read: Read) -> list[tuple[NodeId, bytes]]:
    """The nodes that become complete when the leaf hash ``leaf`` joins a tree of ``size`` leaves.

    The leaf comes first, then each parent it completes, upwards. Reads one node per parent: its left child, which was
    complete before.
    """
    level, index, current = 0, size, leaf
    new = [((level, index), current)]
    while index & 1:
        current = node_hash(read((level, index - 1)), current)
        level, index = level + 1, index >> 1
        new.append(((level, index), current))
    return new


def root(size: int, read: Read) -> bytes:
    """The root of the tree of the first ``size`` leaves, from its peaks: at most one read per bit of ``size``."""
    return _fold([read(peak) for peak in peak_nodes(size)])


def inclusion_proof(index: int, size: int, read: Read) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of the first ``size`` leaves (section 2.1.3.1): sibling first.

    Reads O(log size) nodes.
    """
    if not 0 <= index < size:
        raise Malformed(f"there is no leaf {index} in a tree of {size}")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_subtree(middle, high, read))
            high = middle
        else:
            path.append(_subtree(low, middle, read))
            low = middle
    return path[::-1]


def consistency_proof(first: int, second: int, read: Read) -> list[bytes]:
    """The proof that the tree of ``first`` leaves is a prefix of that of ``second`` (section 2.1.4.1).

    Empty if the two are equal, or ``first`` is 0. Reads O(log second) nodes.
    """
    if not 0 <= first <= second:
        raise Malformed(f"no tree of {second} leaves extends one of {first}")
    if first in {0, second}:
        return []
    path: list[bytes] = []
    low, high, whole = 0, second, True
    while first != high:
        middle = low + _split(high - low)
        if first <= middle:
            path.append(_subtree(middle, high, read))
            high = middle
        else:
            path.append(_subtree(low, middle, read))
            low, whole = middle, False
    if not whole:
        path.append(_subtree(low, high, read))
    return path[::-1]


def consistency_nodes(first: int, second: int) -> list[NodeId]:
    """The nodes that :func:`consistency_proof` reads, each once."""
    wanted: dict[NodeId, None] = {}

    def read(node: NodeId) -> bytes:
        wanted[node] = None
        return EMPTY_ROOT

    consistency_proof(first, second, read)
    return list(wanted)


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether ``path`` shows the leaf hash ``leaf`` at ``index`` of the tree of that size and root (2.1.3.2)."""
    if not 0 <= index < size or len(path) > 64 or len(leaf) != 32:
        return False
    below, last, current = index, size - 1, leaf
    for sibling in path:
        if last == 0 or len(sibling) != 32:
            return False
        if below & 1 or below == last:
            current = node_hash(sibling, current)
            while not below & 1 and below:
                below, last = below >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        below, last = below >> 1, last >> 1
    return last == 0 and current == root_hash


def verify_consistency(first: int, second: int, root_1: bytes, root_2: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` shows that the tree of ``second`` leaves extends the one of ``first`` (2.1.4.2).

    Two trees of the same size need equal roots and an empty path. False for the empty tree, which proves nothing.
    """
    if not 0 < first <= second or len(path) > 64:
        return False
    if first == second:
        return not path and root_1 == root_2
    hashes = list(path)
    if first & (first - 1) == 0:
        hashes.insert(0, root_1)
    if not hashes:
        return False
    below, last = first - 1, second - 1
    while below & 1:
        below, last = below >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0 or len(sibling) != 32:
            return False
        if below & 1 or below == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not below & 1 and below:
                below, last = below >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        below, last = below >> 1, last >> 1
    return last == 0 and old == root_1 and new == root_2


def range_proof(start: int, end: int, size: int, read: Read) -> tuple[list[bytes], list[bytes]]:
    """The hashes that connect the leaves ``start`` to ``end`` (exclusive) to the root: the peaks before, the subtrees
    after.

    With the leaves they give the root of ``size`` leaves, so no leaf of the range can be missing.
    """
    if not 0 <= start < end <= size:
        raise Malformed(f"there is no range {start} to {end} in a tree of {size}")
    before = [read(peak) for peak in peak_nodes(start)]
    return before, [_subtree(low, high, read) for low, high in _after(end, 0, size)]


Again: TypeAlias = Callable[[int, int], Sequence[bytes]]
"""Re-reads a number of leaf hashes from an index on."""

_LEVEL, _TILE = 8, 256
_KEPT = 1 << 16
_TILES_HELD = 16


class Tree:
    """A tree whose leaves are read once, in order, and that knows every earlier root.

    It keeps its complete nodes, 64 bytes per leaf. With ``again`` it does so only for about the last 100,000 leaves;
    for earlier ones it keeps a quarter of a byte: the nodes from level 8 up. Nodes below are re-read and checked
    against these. It may begin after ``size`` leaves of which only the ``peaks`` are known, left to right; then the
    roots of smaller trees are unknown, and all nodes are kept.

    Raises:
        Malformed: not as many hashes of 32 bytes as a tree of ``size`` leaves has peaks.
    """

    __slots__ = ("_again", "_before", "_edge", "_kept_from", "_levels", "_tiles", "size", "start")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = (), again: Again | None = None) -> None:
        if len(peaks) != size.bit_count() or any(len(peak) != 32 for peak in peaks):
            raise Malformed(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        self.start = self.size = self._kept_from = size
        self._edge = list(peaks)
        self._before = dict(zip(peak_nodes(size), peaks, strict=True))
        self._levels = [bytearray()]
        self._again = again if size == 0 else None
        self._tiles: dict[int, Tree] = {}

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        below, level = self.size, 0
        self._levels[0] += leaf
        while below & 1:
            leaf = node_hash(self._edge.pop(), leaf)
            below, level = below >> 1, level + 1
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += leaf
        self._edge.append(leaf)
        self.size += 1
        if self._again is not None and self.size - self._kept_from == 2 * _KEPT:
            for low in range(_LEVEL):
                del self._levels[low][: 32 * (_KEPT >> low)]
            self._kept_from += _KEPT

    def node(self, node: NodeId) -> bytes:
        """A complete node's hash: of one that ends after ``start``, or of a peak there.

        Raises:
            Malformed: the re-read leaf hashes are not those that were added.
        """
        level, index = node
        if level >= _LEVEL:
            at = index - (self.start >> level)
        elif (at := index - (self._kept_from >> level)) < 0 and self._again is not None:
            tile = index << level >> _LEVEL
            return self._tile(tile).node((level, index - (tile << _LEVEL - level)))
        return bytes(self._levels[level][32 * at : 32 * at + 32]) if at >= 0 else self._before[node]

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """As :attr:`Frontier.peaks`."""
        return tuple(self._edge)

    def root(self, size: int) -> bytes | None:
        """The root when the tree had ``size`` leaves, or None if that is before ``start`` or not reached yet.

        Raises:
            Malformed: as :meth:`node`.
        """
        if size == self.size:
            return _fold(self._edge)
        return root(size, self.node) if self.start <= size < self.size else None

    def leaf(self, index: int) -> bytes | None:
        """The leaf hash at ``index``, or None if it is not among those added.

        Raises:
            Malformed: as :meth:`node`.
        """
        return self.node((0, index)) if self.start <= index < self.size else None

    def root_with(self, size: int, after: Sequence[bytes]) -> bytes:
        """As :meth:`Frontier.root_with`."""
        return Frontier.resumed(self.size, self.peaks).root_with(size, after)

    def _tile(self, number: int) -> Tree:
        """The 256 leaves of which only the node above is kept."""
        if number not in self._tiles:
            assert self._again is not None  # noqa: S101 - nothing is dropped without it
            tile = Tree()
            for leaf in self._again(number * _TILE, _TILE):
                tile.add(leaf)
            if tile.size != _TILE or tile.root(_TILE) != self.node((_LEVEL, number)):
                raise Malformed(f"the leaf hashes from {number * _TILE} on are not those that were read before")
            if len(self._tiles) == _TILES_HELD:
                del self._tiles[next(iter(self._tiles))]
            self._tiles[number] = tile
        return self._tiles[number]


class Frontier:
    """The right edge of a tree whose leaves are read once, in order: at most 64 hashes, whatever the size."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        below = self.size
        while below & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            below >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the leaves added so far."""
        return _fold(self._peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, left to right: the input of :meth:`resumed`."""
        return tuple(self._peaks)

    @classmethod
    def resumed(cls, size: int, peaks: Sequence[bytes]) -> Frontier:
        """The edge of a tree of ``size`` leaves, from its peaks, left to right.

        Raises:
            Malformed: not as many hashes of 32 bytes as the tree has peaks.
        """
        if len(peaks) != size.bit_count() or any(len(peak) != 32 for peak in peaks):
            raise Malformed(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}")
        frontier = cls()
        frontier.size, frontier._peaks = size, list(peaks)
        return frontier

    def root_with(self, size: int, after: Sequence[bytes]) -> bytes:
        """The root of the first ``size`` leaves, given the hashes of the subtrees that follow from here on.

        Raises:
            Malformed: ``after`` does not have exactly the needed hashes.
        """
        spans = list(_after(self.size, 0, size))
        if self.size > size or len(spans) != len(after) or any(len(each) != 32 for each in after):
            raise Malformed("the range proof has not the hashes it needs")
        stack = [(high - low, hashed) for (low, high), hashed in zip(_complete(self.size), self._peaks, strict=True)]
        for (low, high), hashed in zip(spans, after, strict=True):
            stack.append((high - low, hashed))
            while len(stack) > 1 and stack[-2][0] == stack[-1][0]:
                width, right = stack.pop()
                stack[-1] = (2 * width, node_hash(stack[-1][1], right))
        return _fold([hashed for _, hashed in stack])


def peak_nodes(size: int) -> list[NodeId]:
    """The complete subtrees of a tree of ``size`` leaves, left to right."""
    return [(level, (size >> level) - 1) for level in reversed(range(size.bit_length())) if size >> level & 1]


def _complete(size: int) -> list[tuple[int, int]]:
    """The spans of leaves under the peaks of a tree of ``size`` leaves."""
    return [(index << level, (index + 1) << level) for level, index in peak_nodes(size)]


def _split(width: int) -> int:
    """The largest power of two smaller than ``width``."""
    return 1 << (width - 1).bit_length() - 1


def _subtree(low: int, high: int, read: Read) -> bytes:
    """The tree hash of the leaves ``low`` to ``high``, a span that :func:`_split` makes: complete, or at the edge."""
    if low == 0:
        return root(high, read)
    return _fold([read((level, (low >> level) + index)) for level, index in peak_nodes(high - low)])


def _after(start: int, low: int, high: int) -> Iterator[tuple[int, int]]:
    """The spans, left to right, that cover the leaves from ``start`` to ``high`` in the tree over ``low`` to ``high``.

    Each is as large as the tree's splits and a single hash allow.
    """
    if start >= high:
        return
    if start <= low:
        yield low, high
        return
    middle = low + _split(high - low)
    yield from _after(start, low, middle)
    yield from _after(start, middle, high)


def _fold(peaks: list[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    sha256, folded = hashlib.sha256, peaks[-1]
    # Inlined node_hash, which is called so often that the call itself costs time.
    for at in range(len(peaks) - 2, -1, -1):
        folded = sha256(b"\x01" + peaks[at] + folded).digest()
    return folded
