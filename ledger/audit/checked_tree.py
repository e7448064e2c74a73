"""The tree over the entries that were checked, and what else can say how an earlier log began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...domain.errors import Malformed
from ..errors import Broken
from ..standards.merkle import Again, Tree
from .checks import LOG
from .result import Result


class Roots(Protocol):
    """Says which root an earlier log had, and which entry is at a place."""

    def root_at(self, size: int) -> bytes | None:
        """The root when the log had ``size`` entries, or None if that is not known here."""

    def leaf_at(self, index: int) -> bytes | None:
        """The leaf hash of the entry at that index of the log, or None if that is not known here."""


class CheckedTree:
    """The Merkle tree over the entries that were checked, from entry ``start`` on.

    ``peaks`` are those of the tree of ``start`` entries. With ``leaves``, which gives leaf hashes once more, memory
    does not grow with the tree; where they cannot be read once more, that is a problem.
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
        """The size of the log up to and with the last entry added."""
        return self._tree.size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The peaks of the tree, left to right."""
        return self._tree.peaks

    def add(self, leaf: bytes) -> None:
        """Append the leaf hash of the next entry."""
        self._tree.add(leaf)

    def recall(self, index: int, leaf: bytes) -> None:
        """Take the leaf hash of an entry from before ``start``: that it stands there the caller has to show."""
        self._recalled[index] = leaf

    def root_with(self, size: int, after: Sequence[bytes]) -> bytes:
        """As :meth:`.Tree.root_with`."""
        return self._tree.root_with(size, after)

    def root_at(self, size: int) -> bytes | None:
        """The root when the log had ``size`` entries, or None if that was before ``start`` or is not reached."""
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
