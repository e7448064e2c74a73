"""The Merkle tree over the checked entries, and other sources for the roots of an earlier log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...domain.errors import Malformed
from ..errors import Broken
from ..standards.merkle import Again, Tree
from .checks import LOG
from .result import Result


class Roots(Protocol):
    """Gives the root of an earlier log, and the entry at a place."""

    def root_at(self, size: int) -> bytes | None:
        """The root when the log had ``size`` entries, or None if that is not known here."""

    def leaf_at(self, index: int) -> bytes | None:
        """The leaf hash of the entry at that index of the log, or None if that is not known here."""


class CheckedTree:
    """The Merkle tree over the entries that were checked, from entry ``start`` on.

    ``peaks`` are those of the tree of ``start`` entries. With ``leaves``, which re-reads leaf hashes, memory does not
    grow with the tree; if they cannot be read again, that is a problem.
    """

    def __init__(
        self, result: Result, start: int = 0, peaks: Sequence[bytes] = (), leaves: Again | None = None
    ) -> None:
        self.start = start
        self._result = result
        self._tree = Tree(start, peaks, leaves)
        self._recalled: dict[int, bytes] = {}

    @property
    def size(self) -> int:
        """The size of the log up to and including the last entry added."""
        return self._tree.size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The peaks of the tree, left to right."""
        return self._tree.peaks

    def add(self, leaf: bytes) -> None:
        """Append the leaf hash of the next entry."""
        self._tree.add(leaf)

    def recall(self, index: int, leaf: bytes) -> None:
        """Store the leaf hash of an entry before ``start``; the caller must show that it is there."""
        self._recalled[index] = leaf

    def root_with(self, size: int, after: Sequence[bytes]) -> bytes:
        """The same as :meth:`.Tree.root_with`."""
        return self._tree.root_with(size, after)

    def root_at(self, size: int) -> bytes | None:
        """The root when the log had ``size`` entries, or None if that is before ``start`` or not reached yet."""
        try:
            return self._tree.root(size)
        except (Malformed, Broken) as error:
            self._unreadable(error)
            return None

    def leaf_at(self, index: int) -> bytes | None:
        """The leaf hash of the entry at that index of the log, or None if it is not among those added or recalled."""
        if index in self._recalled:
            return self._recalled[index]
        try:
            return self._tree.leaf(index)
        except (Malformed, Broken) as error:
            self._unreadable(error)
            return None

    def _unreadable(self, error: Exception) -> None:
        self._result.once(LOG, None, f"what was read cannot be read again: {error}")
