"""What timestamps over checkpoints prove of the entries under them.

A token over a checkpoint of size n shows that every entry below n existed by its time: not after. An entry that names a
token was made when that token existed: not before, for it and for every entry behind it. Each authority gives bounds
of its own. Where there are several, the weaker bound is taken, so that none decides alone; where one says "made after"
what another says "existed by", one of them is wrong, and nothing is proved.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ...domain.phrase import Said
from ...domain.verdict import Bounds
from ..standards.timestamp import Timestamp


@dataclass(frozen=True, slots=True)
class Dated:
    """A token that was found to hold, over the log's checkpoint of ``size``; ``sha256`` is what entries name it by."""

    size: int
    sha256: str
    timestamp: Timestamp


class _Known(NamedTuple):
    """Of one authority, by rising place in the log: the order in which it first comes, and its best instant."""

    places: list[int]
    orders: list[int]
    best: list[datetime]


class Timeline:
    """The tokens that hold, and which entry names which: ``named`` gives the digests by the entry's index.

    To ask for bounds takes as many steps as the logarithm of the tokens, times the authorities.
    """

    def __init__(self, dated: Iterable[Dated], named: Mapping[int, Iterable[str]]) -> None:
        every = tuple(dated)
        by_digest = {each.sha256: each.timestamp for each in every}
        naming = [(at, by_digest[each]) for at, tokens in named.items() for each in tokens if each in by_digest]
        self._covering = _by_authority((each.size, each.timestamp.not_after, each.timestamp) for each in every)
        self._behind = _by_authority((at, found.not_before, found) for at, found in naming)
        for known in self._covering.values():  # of all that follow
            _accumulate(known, reversed(range(len(known.places))), min)
        for known in self._behind.values():  # of all that came before
            _accumulate(known, range(len(known.places)), max)

    def bounds(self, entry: int) -> Bounds | None:
        """The bounds of the entry at that index of the log, or None if no timestamp says anything of it."""
        until, since = self._until(entry), self._since(entry)
        if not until and not since:
            return None
        grounds = [
            Said.of("made after {at}: it comes after a timestamp of {authority}", at=at, authority=who)
            for who, at in since.items()
        ]
        grounds += [
            Said.of("existed by {at}: a timestamp of {authority} covers it", at=at, authority=who)
            for who, at in until.items()
        ]
        return Bounds(
            min(since.values(), default=None),
            max(until.values(), default=None),
            tuple(grounds),
            _contradiction(since, until),
        )

    def _until(self, entry: int) -> dict[str, datetime]:
        """By authority, the earliest instant by which it vouches that the entry existed."""
        found = []
        for who, (sizes, orders, best) in self._covering.items():
            at = bisect_right(sizes, entry)
            if at < len(sizes):
                found.append((orders[at], who, best[at]))
        return {who: at for _, who, at in sorted(found)}

    def _since(self, entry: int) -> dict[str, datetime]:
        """By authority, the latest instant after which it vouches that the entry was made."""
        found = []
        for who, (places, orders, best) in self._behind.items():
            at = bisect_right(places, entry) - 1
            if at >= 0:
                found.append((orders[at], who, best[at]))
        return {who: at for _, who, at in sorted(found)}


def _by_authority(each: Iterable[tuple[int, datetime, Timestamp]]) -> dict[str, _Known]:
    listed: dict[str, list[tuple[int, int, datetime]]] = {}
    for order, (place, at, found) in enumerate(each):
        listed.setdefault(found.authority, []).append((place, order, at))
    known: dict[str, _Known] = {}
    for who, instants in listed.items():
        instants.sort()
        places, orders, best = (list(column) for column in zip(*instants, strict=True))
        known[who] = _Known(places, orders, best)
    return known


def _accumulate(known: _Known, along: Iterable[int], better: Callable[[datetime, datetime], datetime]) -> None:
    """Put at each place the best of all places that ``along`` comes by until there."""
    before: int | None = None
    for at in along:
        if before is not None:
            known.orders[at] = min(known.orders[at], known.orders[before])
            known.best[at] = better(known.best[at], known.best[before])
        before = at


def _contradiction(since: Mapping[str, datetime], until: Mapping[str, datetime]) -> Said | None:
    for after, made in since.items():
        for before, existed in until.items():
            if made > existed:
                return Said.of(
                    "{one} vouches that it was made after {made}, and {other} that it existed by {existed}",
                    one=after,
                    made=made,
                    other=before,
                    existed=existed,
                )
    return None
