"""Comparing two records of one log: the same, one an extension of the other, or a fork."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Relation: TypeAlias = Literal["same", "extended", "truncated", "forked", "apart"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What ``b`` is to ``a``.

    ``same``; ``extended``: all that both could hold is equal, and ``b`` ends later; ``truncated``: it ends earlier;
    ``forked``: an entry that both hold differs; ``apart``: they share no entry, so that nothing can be said.
    ``entry`` is the index in the log of the first entry that differs, or is in one only.
    """

    relation: Relation
    entry: int | None


def difference(a: tuple[int, Sequence[bytes]], b: tuple[int, Sequence[bytes]]) -> Difference:
    """Compare two ranges of a log, each given as its first index and the leaf hashes from there on."""
    (start_a, leaves_a), (start_b, leaves_b) = a, b
    end_a, end_b = start_a + len(leaves_a), start_b + len(leaves_b)
    low, high = max(start_a, start_b), min(end_a, end_b)
    if low >= high:
        return Difference("apart", None)
    for index in range(low, high):
        if leaves_a[index - start_a] != leaves_b[index - start_b]:
            return Difference("forked", index)
    if end_a != end_b:
        return Difference("extended" if end_b > end_a else "truncated", high)
    return Difference("same", None)
