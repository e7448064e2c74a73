"""What timestamps over checkpoints prove about the entries under them.

A token over a checkpoint of size n shows that every entry below n existed by its time: not after. An entry that names a
token was made when that token existed: "not before" for it and for every later entry. Each authority gives its own
bounds; a verdict needs every authority that its vote pins and its reader trusts, and the weakest bound counts. Leaving
out a token that entries name would be noticed:

* The token of an authority that was named last says when an entry was made. A token over the entry that is earlier than
  that, or than the entry's own time, proves nothing about it.
* A token that is named but not supplied could say anything. Entries that it could cover, and later ones until every
  authority has been named again, are documented at most; for a reader who trusts no authority, none is named again. The
  token could also revoke a certificate that any other depends on, so then timestamps give no bounds.

So leaving something out never makes a bound narrower or removes a doubt.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import NamedTuple

from ...domain.instant import CLOCKS_APART
from ...domain.phrase import Said
from ...domain.verdict import Bounds
from ..standards.timestamp import Timestamp


@dataclass(frozen=True, slots=True)
class Dated:
    """A valid token over the log's checkpoint of ``size``; entries name it by ``sha256``."""

    size: int
    sha256: str
    timestamp: Timestamp


class Needed(NamedTuple):
    """Whose timestamps a verdict needs: those of every authority named, or of ``at_least`` of them."""

    authorities: tuple[str, ...]
    at_least: int | None = None

    def weakest(self, best_first: Sequence[datetime]) -> datetime | None:
        """The bound that the needed number of authorities show; None if fewer do."""
        number = self.at_least or len(self.authorities)
        return best_first[number - 1] if 0 < number <= len(best_first) else None


class _Covering:
    """The tokens of one authority by size, for finding the earliest that is not too early.

    A Fenwick tree from the largest size down, whose nodes have their instants in order.
    """

    def __init__(self, tokens: Iterable[tuple[int, datetime]]) -> None:
        ordered = sorted(tokens)
        self._sizes = [size for size, _ in ordered]
        self._nodes: list[list[datetime]] = [[] for _ in range(len(ordered) + 1)]
        for place, (_, at) in enumerate(reversed(ordered), start=1):
            node = place
            while node <= len(ordered):
                self._nodes[node].append(at)
                node += node & -node
        for listed in self._nodes:
            listed.sort()

    def earliest(self, entry: int, floor: datetime | None = None) -> datetime | None:
        """The earliest instant, not before ``floor``, by which a token over ``entry`` shows that it existed."""
        found: list[datetime] = []
        node = len(self._sizes) - bisect_right(self._sizes, entry)
        while node:
            listed = self._nodes[node]
            at = bisect_left(listed, floor) if floor is not None else 0
            found += listed[at : at + 1]
            node -= node & -node
        return min(found, default=None)


class _Vouched:
    """The evidence of one authority: what its tokens cover, and the order in which entries first name them."""

    def __init__(self, dated: Sequence[Dated], first_named: Mapping[str, int]) -> None:
        self.covering = _Covering((each.size, each.timestamp.not_after) for each in dated)
        named = sorted(
            (first_named[each.sha256], each.timestamp.not_before, each.size, each.timestamp.not_after)
            for each in dated
            if each.sha256 in first_named
        )
        self.places = [place for place, *_ in named]
        self._since = [since for _, since, _, _ in named]
        self._until = [until for *_, until in named]
        self._sizes = list(accumulate((size for _, _, size, _ in named), max))

    def since(self, entry: int) -> datetime | None:
        """The instant after which ``entry`` was made: by the token first named by it or the last entry before."""
        at = bisect_right(self.places, entry)
        return self._since[at - 1] if at else None

    def last_named(self, entry: int) -> int:
        """The last entry, up to ``entry``, that named a new token; -1 if none did."""
        at = bisect_right(self.places, entry)
        return self.places[at - 1] if at else -1

    def covered_by(self, entry: int) -> int:
        """How many entries are covered by tokens that ``entry``, or entries before it, name."""
        at = bisect_right(self.places, entry)
        return self._sizes[at - 1] if at else 0

    def covered_before(self, entry: int) -> int:
        """How many entries are covered by tokens that entries before ``entry`` name."""
        at = bisect_left(self.places, entry)
        return self._sizes[at - 1] if at else 0

    def first_over(self, entry: int) -> datetime | None:
        """The instant by which ``entry`` existed: by the first named token over it."""
        at = bisect_right(self._sizes, entry)
        return self._until[at] if at < len(self._until) else None


class Tokens:
    """The valid tokens, and the entry that first names each token: ``first_named`` gives its index by digest.
    ``handed_over`` are the digests of all tokens supplied, valid or not.
    """

    def __init__(
        self, dated: Iterable[Dated], first_named: Mapping[str, int], handed_over: frozenset[str] = frozenset()
    ) -> None:
        every = tuple(dated)
        shown = handed_over.union(each.sha256 for each in every)
        by_authority: dict[str, list[Dated]] = {}
        for each in every:
            by_authority.setdefault(each.timestamp.authority, []).append(each)
        self.vouched = {who: _Vouched(tokens, first_named) for who, tokens in by_authority.items()}
        self.missing = sorted((place, sha256) for sha256, place in first_named.items() if sha256 not in shown)
        """The tokens that are named but not supplied, by the entry that first names them."""
        self.places = [place for place, _ in self.missing]
        self.untold = _missing(*self.missing[0]) if self.missing else None
        """What is unknown because the first of these is missing."""


_NOTHING = _Vouched((), {})


class Timeline:
    """What ``tokens`` prove about entries to a verdict that needs some authorities.

    Computing bounds takes O(log² n) steps in the number of tokens, times the number of authorities.
    """

    def __init__(self, tokens: Tokens, needed: Needed) -> None:
        self._tokens = tokens
        self._needed = needed
        self._vouched = {who: tokens.vouched.get(who, _NOTHING) for who in needed.authorities}

    def bounds(self, entry: int, recorded_at: datetime | None = None) -> Bounds | None:
        """The bounds of the entry at that index of the log, or None if no timestamp says anything about it.
        ``recorded_at`` is the time stated by its recorder.
        """
        since = {who: at for who, each in self._vouched.items() if (at := each.since(entry)) is not None}
        hour = recorded_at - CLOCKS_APART if recorded_at is not None else None
        floor = max((at for at in (*since.values(), hour) if at is not None), default=None)
        until = {who: at for who, each in self._vouched.items() if (at := each.covering.earliest(entry, floor))}
        early = {
            who: at
            for who, each in self._vouched.items()
            if floor is not None and (at := each.covering.earliest(entry)) is not None and at < floor
        }
        open_to_doubt = self._awaited(entry)
        clock = self._clock(entry, since, recorded_at)
        doubt = open_to_doubt or self._could_cover(entry) or clock
        if not (since or until or early or doubt):
            return None
        untold = self._tokens.untold  # it may say that any certificate was revoked, so no timestamp gives a bound
        bounded = open_to_doubt is None and untold is None
        not_after = self._needed.weakest(sorted(until.values())) if bounded else None
        contradiction = _contradiction(since, early, recorded_at)
        return Bounds(
            self._needed.weakest(sorted(since.values(), reverse=True)) if bounded else None,
            not_after,
            (*self._grounds(since, until), *((contradiction,) if contradiction else ())),
            contradiction,
            doubt=doubt,
            clock=clock,
            lacking=untold or (self._lacking(until) if not_after is None and until and bounded else None),
        )

    def covers(self, closing: int, entry: int) -> bool:
        """Whether ``entry`` was on record when the entry at ``closing``, which names a timestamp that covers it, was
        made.

        The needed number of authorities must show it, and no token may be missing, since any could undo it.
        """
        if self._tokens.missing:
            return False
        shown = sum(each.covered_by(closing) > entry for each in self._vouched.values())
        needed = self._needed.at_least or len(self._needed.authorities)
        return entry < closing and 0 < needed <= shown

    def missing(self, entry: int) -> Said | None:
        """The token, named but not supplied, that could say when ``entry`` was made, or show that it existed."""
        return self._awaited(entry) or self._could_cover(entry)

    def clock(self, entry: int, recorded_at: datetime) -> Said | None:
        """A doubt if the stated recording time of an entry contradicts the tokens of an authority that entries name."""
        since = {who: at for who, each in self._vouched.items() if (at := each.since(entry)) is not None}
        return self._clock(entry, since, recorded_at)

    def _grounds(self, since: Mapping[str, datetime], until: Mapping[str, datetime]) -> Iterator[Said]:
        for who, at in since.items():
            yield Said.of("made after {at}: it comes after a timestamp of {authority}", at=at, authority=who)
        for who, at in until.items():
            yield Said.of("existed by {at}: a timestamp of {authority} covers it", at=at, authority=who)

    def _awaited(self, entry: int) -> Said | None:
        """The missing token that could say that ``entry`` was made later than the evidence shows."""
        at = bisect_right(self._tokens.places, entry)
        if not at:
            return None
        missing = self._tokens.missing[at - 1]
        again = min((each.last_named(entry) for each in self._vouched.values()), default=-1)
        return _missing(*missing) if again <= missing[0] else None

    def _could_cover(self, entry: int) -> Said | None:
        """The missing token that could be the first to show that ``entry`` existed."""
        at = bisect_right(self._tokens.places, entry)
        if at == len(self._tokens.missing):
            return None
        missing = self._tokens.missing[at]
        covered = min((each.covered_before(missing[0]) for each in self._vouched.values()), default=0)
        return _missing(*missing) if covered <= entry else None

    def _clock(self, entry: int, since: Mapping[str, datetime], recorded_at: datetime | None) -> Said | None:
        """A doubt if the recorder's clock cannot have been right, given the named tokens of an authority."""
        if recorded_at is None:
            return None
        for who, at in since.items():
            if recorded_at < at - CLOCKS_APART:
                return Said.of(
                    "Its hour is in doubt: recorded at {recorded}, and made after {at} by a timestamp of {authority}.",
                    recorded=recorded_at,
                    at=at,
                    authority=who,
                )
        for who, each in self._vouched.items():
            first = each.first_over(entry)
            if first is not None and first + CLOCKS_APART < recorded_at:
                return Said.of(
                    "Its hour is in doubt: recorded at {recorded}, and there by {at} by a timestamp of {authority}.",
                    recorded=recorded_at,
                    at=first,
                    authority=who,
                )
        return None

    def _lacking(self, until: Mapping[str, datetime]) -> Said:
        silent = tuple(who for who in self._vouched if who not in until)
        return Said.of(
            "That it had arrived by the deadline: no timestamp of {authorities} shows it, which the verdict needs.",
            authorities=silent or tuple(self._vouched),
        )


def _missing(entry: int, sha256: str) -> Said:
    return Said.of(
        "What a timestamp shows that is not handed over: entry {entry} names it ({sha256}).",
        entry=entry,
        sha256=sha256[:16],
    )


def _contradiction(
    since: Mapping[str, datetime], early: Mapping[str, datetime], recorded_at: datetime | None
) -> Said | None:
    """The authority with an impossible time; ``early`` are the instants by which they say the entry existed."""
    for before, existed in early.items():
        for after, made in since.items():
            if made > existed:
                return Said.of(
                    "{one} vouches that it was made after {made}, and {other} that it existed by {existed}",
                    one=after,
                    made=made,
                    other=before,
                    existed=existed,
                )
        if recorded_at is not None:
            return Said.of(
                "{authority} vouches that it existed by {existed}, and it was recorded at {recorded}",
                authority=before,
                existed=existed,
                recorded=recorded_at,
            )
    return None
