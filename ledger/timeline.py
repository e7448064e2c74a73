"""What timestamps over checkpoints prove of the entries under them.

A token over a checkpoint of size n shows that every entry below n existed by its time: not after. An entry that names a
token was made when that token existed: not before, for it and for every entry behind it. Each authority gives bounds
of its own. Where there are several, the weaker bound is taken, so that none decides alone; where one says "made after"
what another says "existed by", one of them is wrong, and nothing is proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..domain.said import Said
from ..domain.verdict import Bounds
from .timestamp import Timestamp


@dataclass(frozen=True, slots=True)
class Dated:
    """A token that was found to hold, over the log's checkpoint of ``size``; ``sha256`` is what entries name it by."""

    size: int
    sha256: str
    timestamp: Timestamp


class Timeline:
    """The tokens that hold, and which entry names which: ``named`` gives the digests by the entry's index."""

    def __init__(self, dated: Iterable[Dated], named: Mapping[int, Iterable[str]]) -> None:
        self.dated = tuple(dated)
        by_digest = {each.sha256: each for each in self.dated}
        self._named = [(at, by_digest[each]) for at, tokens in named.items() for each in tokens if each in by_digest]

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
        found: dict[str, datetime] = {}
        for each in self.dated:
            who, at = each.timestamp.authority, each.timestamp.not_after
            if each.size > entry and (who not in found or at < found[who]):
                found[who] = at
        return found

    def _since(self, entry: int) -> dict[str, datetime]:
        """By authority, the latest instant after which it vouches that the entry was made."""
        found: dict[str, datetime] = {}
        for index, each in self._named:
            who, at = each.timestamp.authority, each.timestamp.not_before
            if index <= entry and (who not in found or at > found[who]):
                found[who] = at
        return found


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
