"""The Merkle tree of RFC 9162 section 2.1 (the same as RFC 6962's), SHA-256, growing at its right edge.

    MTH({}) = H("")    MTH({d}) = H(0x00 || d)    MTH(D[n]) = H(0x01 || MTH(D[0:k]) || MTH(D[k:n]))

with k the largest power of two smaller than n. A *complete* node (level l, index i) is the tree hash of the 2**l leaves
from i * 2**l on. It never changes once its last leaf is there, so complete nodes can be stored for good; a tree of n
leaves has one complete subtree per 1 bit of n, its peaks, and its root is their fold from the right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeAlias

NodeId: TypeAlias = tuple[int, int]
"""(level, index); level 0 holds the leaf hashes."""

Read: TypeAlias = Callable[[NodeId], bytes]
"""Gives the stored 32-byte hash of a complete node."""

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """H(0x00 || entry), 32 bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """H(0x01 || left || right), 32 bytes; the prefix keeps a node from passing as a leaf."""
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
    return _fold([read(peak) for peak in _peaks(size)])


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


def _peaks(size: int) -> list[NodeId]:
    """The complete subtrees of a tree of ``size`` leaves, left to right."""
    return [(level, (size >> level) - 1) for level in reversed(range(size.bit_length())) if size >> level & 1]


def _fold(peaks: list[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    folded = peaks[-1]
    for peak in reversed(peaks[:-1]):
        folded = node_hash(peak, folded)
    return folded
