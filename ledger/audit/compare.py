"""Compares two records of a log: the same, one an extension of the other, a fork, or two different logs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

from ...domain.errors import InblueError
from ...domain.register_acts import LedgerFounded
from ..entries.entry import REGISTER_STREAM, read_entry
from ..standards.merkle import leaf_hash

Relation: TypeAlias = Literal["same", "extended", "truncated", "forked", "apart", "unrelated"]
Differs: TypeAlias = Literal["origin", "log_key", "founding"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a record shows of a log: the leaf hashes from ``start`` on, those of the register's entries by index, also
    outside that range, and the founding, if it can be read.
    """

    start: int
    leaves: tuple[bytes, ...]
    register: dict[int, bytes]
    founded: LedgerFounded | None

    @classmethod
    def of(cls, start: int, entries: Iterable[bytes], recalled: Iterable[tuple[int, bytes]] = ()) -> Self:
        """Make it from the ``entries`` from ``start`` on, and the register's entries outside them.

        Nothing is verified.
        """
        leaves: list[bytes] = []
        outside = dict(recalled)
        register, first = {index: leaf_hash(raw) for index, raw in outside.items()}, outside.get(0)
        for index, raw in enumerate(entries, start=start):
            leaves.append(leaf_hash(raw))
            if index == 0:
                first = raw
            if _is_of_register(raw):
                register[index] = leaves[-1]
        return cls(start, tuple(leaves), register, _founding(first))

    @property
    def end(self) -> int:
        """Where the range ends."""
        return self.start + len(self.leaves)

    def leaf(self, index: int) -> bytes | None:
        """The leaf hash of the entry at ``index``, if it is shown."""
        return self.leaves[index - self.start] if self.start <= index < self.end else self.register.get(index)


@dataclass(frozen=True, slots=True)
class Difference:
    """The relation of ``b`` to ``a``.

    ``same``; ``extended``: the common part is equal, and ``b`` continues; ``truncated``: ``b`` ends earlier, or lacks
    an entry of the register that ``a`` shows; ``forked``: an entry that both hold differs; ``apart``: their ranges
    share no entry, so nothing can be said; ``unrelated``: they are of different logs, and ``differs`` says how that is
    known. ``entry`` is the index in the log of the first entry that differs or is in only one; ``in_register``: ``b``
    lacks an entry of the register but holds later ones.
    """

    relation: Relation
    entry: int | None
    differs: Differs | None = None
    in_register: bool = False


def difference(a: Shown, b: Shown) -> Difference:
    """Compare what two records show: the entries of both ranges, and every entry of the register."""
    if (differs := _two_logs(a, b)) is not None:
        return Difference("unrelated", None, differs)
    low, high = max(a.start, b.start), min(a.end, b.end)
    both = {index for index in a.register.keys() | b.register.keys() if a.leaf(index) and b.leaf(index)}
    forked = [index for index in both if a.leaf(index) != b.leaf(index)]
    forked += [index for index in range(low, high) if a.leaf(index) != b.leaf(index)][:1]
    if forked:
        return Difference("forked", min(forked))
    lost = [index for index in a.register if b.leaf(index) is None]
    gained = [index for index in b.register if a.leaf(index) is None]
    if low < high:
        lost += [b.end] if b.end < a.end else []
        gained += [a.end] if a.end < b.end else []
    if lost:
        return Difference("truncated", min(lost), in_register=b.end > min(lost) or b.end == a.end)
    if low >= high:
        return Difference("apart", None)
    return Difference("extended", min(gained)) if gained else Difference("same", None)


def _two_logs(a: Shown, b: Shown) -> Differs | None:
    """How two logs differ, if both show their beginning. A forked log has one beginning."""
    if a.founded is None or b.founded is None:
        return None
    if a.founded.origin != b.founded.origin:
        return "origin"
    if a.founded.log_key != b.founded.log_key:
        return "log_key"
    return "founding" if a.leaf(0) != b.leaf(0) else None


def _is_of_register(raw: bytes) -> bool:
    try:
        return read_entry(raw).stream == REGISTER_STREAM
    except InblueError:
        return False


def _founding(raw: bytes | None) -> LedgerFounded | None:
    try:
        act = read_entry(raw).act if raw is not None else None
    except InblueError:
        return None
    return act if isinstance(act, LedgerFounded) else None
