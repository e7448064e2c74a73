"""What timestamps prove about replies, and what a compromised key puts in doubt."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import TypeAlias

from ...domain.ballot import SignedBallot
from ...domain.errors import InblueError
from ...domain.naming import is_name
from ...domain.phrase import Number, Said
from ...domain.register_acts import ClockDisowned, KeyRevoked
from ...domain.verdict import Bounds
from ..certificates.revocation import Spoilt
from ..entries.ballot import own_tokens, signing_key
from ..entries.streams import name_in, vote_stream
from ..errors import Broken
from ..evidence.trust import Trust
from ..log.log import Stamp
from ..standards.timestamp import Timestamp, verify_token
from .act_hours import OF_OTHERS, behind_hours, bounds_of_others, disowned_hour, hour_of, instant_of
from .ballots_again import ballots_in, own_ground
from .keys_in_doubt import said_compromised, void_for
from .message_bounds import MessagesMet
from .revocation_answers import RevocationAnswers
from .timeline import Dated, Needed, Timeline, Tokens
from .vote_cache import Reread

_FIELDS = 6
"""For a reply: number of the act, index of the entry, key that entered it, key of its ballot or 0, its message or 0,
and its time.

Keys are numbered, a message is its number plus 1, and the time is in microseconds since the year 1.
"""
_BALLOT = 3

NeededFor: TypeAlias = Callable[[str], Needed]
"""Whose timestamps the verdicts of a draft's vote need."""

ClosedBy: TypeAlias = Callable[[str], "int | None"]
"""The number of the act that ended the window of a vote without a fixed deadline; None if none did."""


class Proofs:
    """Collects, entry by entry, what needs dating and the valid timestamps; then derives the bounds.

    ``trust`` names the authorities whose timestamps are believed; ``undated`` counts the timestamps of others. It keeps
    some 8 bytes per entry, 24 per act of a vote, and 40 per reply; ballots add nothing with ``reread``, which re-reads
    a stream's entries, and ``leaf_at``, which gives the leaf hash of the entry at an index.
    """

    def __init__(
        self,
        trust: Trust | None = None,
        reread: Reread | None = None,
        leaf_at: Callable[[int], bytes | None] | None = None,
    ) -> None:
        self.trust = trust or Trust.model_construct()  # no rule is needed to check that nothing is said
        self.undated = 0
        self._answers: RevocationAnswers | None = None
        self._dated: list[Dated] = []
        self._handed_over: set[str] = set()
        self._reread, self._leaf_at = reread, leaf_at
        self._named: dict[str, int] = {}
        self._keys: dict[str, int] = {}
        self._signed_with: dict[str, array[int]] = {}
        self._replies: dict[str, array[int]] = {}
        self._others: dict[str, array[int]] = {}
        self._ballots: dict[tuple[str, int], SignedBallot] = {}
        self.messages = MessagesMet()

    @property
    def named(self) -> frozenset[str]:
        """The tokens that entries name, by digest."""
        return frozenset(self._named)

    def named_from(self, start: int) -> frozenset[str]:
        """Those that no entry before ``start`` was seen to name."""
        return frozenset(token for token, index in self._named.items() if index >= start)

    def missing(self, start: int) -> list[tuple[int, str]]:
        """The tokens that were not supplied, with the first entry that names each, from ``start`` on."""
        return [each for each in self._tokens().missing if each[0] >= start]

    def entry(self, index: int, key: str, tokens: tuple[str, ...]) -> None:
        """Add the entry at ``index``, signed with ``key``, which names ``tokens`` as the latest it had seen."""
        if key not in self._signed_with:
            self._signed_with[key] = array("Q")
        self._signed_with[key].append(index)
        for token in tokens:
            self._named.setdefault(token, index)

    def reply(
        self, stream: str, number: int, index: int, key: str, recorded_at: datetime, message: int | None = None
    ) -> None:
        """Note that the last entry, act ``number`` of ``stream``, is a reply entered with ``key``, from ``message``."""
        if stream not in self._replies:
            self._replies[stream] = array("Q")
        named = 0 if message is None else message + 1
        self._replies[stream].extend((number, index, self._number_of(key), 0, named, hour_of(recorded_at)))

    def other(self, stream: str, number: int, index: int, recorded_at: datetime) -> None:
        """Note that the last entry, act ``number`` of the vote in ``stream``, is not a reply, recorded at that time."""
        if stream not in self._others:
            self._others[stream] = array("Q")
        self._others[stream].extend((number, index, hour_of(recorded_at)))

    def ballot(self, stream: str, number: int, ballot: SignedBallot, *, misplaced: bool = False) -> None:
        """Note that the last reply carries a ballot that was found to be the member's.

        ``misplaced``: it is in another stream, where it would not be found again.
        """
        self._replies[stream][_BALLOT - _FIELDS] = self._number_of(signing_key(ballot))
        if self._reread is None or misplaced:
            self._ballots[stream, number] = ballot

    def handed_over(self) -> Proofs:
        """The collected data to send to another process, which re-reads entries itself."""
        given = Proofs()
        given._named, given._keys, given._signed_with = self._named, self._keys, self._signed_with
        given._replies, given._ballots, given._others = self._replies, self._ballots, self._others
        given.messages = self.messages
        return given

    def without_authorities(self) -> Proofs:
        """The same for a reader who trusts no timestamps."""
        alone = self.handed_over()
        alone._reread, alone._leaf_at = self._reread, self._leaf_at
        alone._handed_over = self._handed_over
        return alone

    def take(self, other: Proofs) -> None:
        """Add data collected elsewhere for other streams; the entries of the register may be in both."""
        theirs = list(other._keys)
        for token, index in other._named.items():
            self._named[token] = min(index, self._named.get(token, index))
        for key, indexes in other._signed_with.items():
            self._signed_with[key] = _merged(self._signed_with.get(key, array("Q")), indexes)
        for stream, flat in other._replies.items():
            for at in range(0, len(flat), _FIELDS):
                flat[at + 2] = self._number_of(theirs[flat[at + 2] - 1])
                flat[at + _BALLOT] = self._number_of(theirs[flat[at + _BALLOT] - 1]) if flat[at + _BALLOT] else 0
            self._replies[stream] = flat
        self._ballots.update(other._ballots)
        self._others.update(other._others)

    def stamped(self, stamp: Stamp, size: int) -> None:
        """Add a token over the log's checkpoint of ``size``: it dates entries if one of the authorities made it."""
        self._handed_over.add(stamp.sha256)
        self._revocations.add(stamp.token, named=stamp.sha256 in self._named)
        found = self.believed(stamp.token, stamp.note, stamp.query)
        if found is None:
            self.undated += 1
        else:
            self._dated.append(Dated(size, stamp.sha256, found))

    @property
    def dated(self) -> tuple[Dated, ...]:
        """The tokens over checkpoints that one of the authorities made, without revoked certificates."""
        return tuple(each for each in self._dated if self._revocations.spoilt(each.timestamp) is None)

    @property
    def _revocations(self) -> RevocationAnswers:
        """All supplied revocation data; made on demand, since it cannot be sent to another process."""
        if self._answers is None:
            self._answers = RevocationAnswers(self.trust.believed)
        return self._answers

    @property
    def spoilt(self) -> Mapping[tuple[str, Spoilt], int]:
        """How many tokens of an authority prove nothing because of a revoked certificate."""
        return self._counted(self._revocations.spoilt)

    @property
    def said_to_be_spoilt(self) -> Mapping[tuple[str, Spoilt], int]:
        """How many tokens would prove nothing by an answer that no entry names; verdicts do not use it."""
        return self._counted(self._revocations.said_to_be_spoilt)

    def _counted(self, of: Callable[[Timestamp], Spoilt | None]) -> Mapping[tuple[str, Spoilt], int]:
        found = ((each.timestamp.authority, of(each.timestamp)) for each in self._dated)
        return Counter((who, spoilt) for who, spoilt in found if spoilt is not None)

    @property
    def unasked(self) -> tuple[str, ...]:
        """The authorities of tokens whose revocation status no answer named by entries states."""
        unknown = (each.timestamp for each in self.dated if self._revocations.unknown(each.timestamp))
        return tuple(dict.fromkeys(each.authority for each in unknown))

    def believed(self, token: bytes, message: bytes, query: bytes) -> Timestamp | None:
        """The timestamp in ``token`` over ``message``, if one of the authorities made it."""
        for authority in self.trust.authorities:
            try:
                return verify_token(
                    token,
                    message,
                    authority,
                    query=query,
                    algorithms=self.trust.believed,
                    revocations=self._revocations.bound,
                )
            except InblueError:
                continue
        return None

    def bounds(
        self,
        revoked: Mapping[str, KeyRevoked],
        needed: NeededFor | None = None,
        disowned: Iterable[ClockDisowned] = (),
        closed_by: ClosedBy = lambda _: None,
    ) -> Mapping[str, Mapping[int, Bounds]]:
        """What trusted timestamps prove about each reply's entry, by draft and number of the act; and what is void.

        It is computed for each draft on demand. Without ``needed`` every verdict needs all of the authorities.
        """
        needed = needed or (lambda _: self.all_trusted)
        return _BoundsByDraft(self, revoked, needed, self._tokens(), tuple(disowned), closed_by)

    @property
    def all_trusted(self) -> Needed:
        """What a verdict needs if nothing was pinned."""
        names = dict.fromkeys(each.name for each in self.trust.authorities)
        return Needed(tuple(names), self.trust.at_least)

    def bounds_in(
        self,
        stream: str,
        revoked: Mapping[str, KeyRevoked],
        timeline: Timeline,
        disowned: Iterable[ClockDisowned] = (),
        closed_by: int | None = None,
    ) -> Iterator[tuple[int, Bounds]]:
        """The bounds of the replies in one stream, by number of the act, if there are any.

        For other acts, only whether the stated recording time can be right. ``closed_by`` is the number of the act that
        ended the window without a fixed deadline.
        """
        closing = self._index_of(stream, closed_by)
        hours = {(each.index, each.recorded_at): each for each in disowned if each.stream == stream}
        none = array("Q")
        rows = (self._replies.get(stream, none), _FIELDS), (self._others.get(stream, none), OF_OTHERS)
        behind = behind_hours(hours, rows) if hours else {}
        yield from bounds_of_others(self._others.get(stream, array("Q")), hours, timeline)
        for number, index, key, ballot, message, hour in self._replies_in(stream):
            recorded_at = instant_of(hour)
            clock = disowned_hour(hours, number, recorded_at)
            bounds, own = timeline.bounds(index, None if clock else recorded_at), list(self.own_timestamps(ballot))
            void = void_for(revoked.get(key), bounds, [])
            ballot_void = void_for(revoked.get(signing_key(ballot)), bounds, own) if ballot else None
            if bounds is not None or own or void or ballot_void or hours:
                bounds = bounds or Bounds(None, None, ())
                if clock:
                    bounds = bounds._replace(doubt=clock, clock=clock)
                bounds = bounds._replace(
                    grounds=bounds.grounds + tuple(own_ground(each) for each in own),
                    ballot_void=ballot_void,
                    entry_void=void,
                    disowned=tuple(at for _, at in hours),
                    behind=behind.get(number),
                    before_close=closing is not None and timeline.covers(closing, index),
                )
            if message and ballot is None:
                bounds = self.messages.arrival(message - 1, bounds, timeline, revoked, disowned, closing)
            if bounds is not None:
                yield number, bounds

    def _index_of(self, stream: str, number: int | None) -> int | None:
        """The index of the entry of an act other than a reply."""
        flat = self._others.get(stream, array("Q"))
        places = zip(flat[::OF_OTHERS], flat[1::OF_OTHERS], strict=True) if number is not None else ()
        return next((index for each, index in places if each == number), None)

    @property
    def streams(self) -> Iterable[str]:
        """The streams with acts of votes, or replies."""
        return self._others.keys() | self._replies.keys()

    def compromises(self, revoked: Mapping[str, KeyRevoked]) -> Iterator[Said]:
        """What a compromised key puts in doubt, and what timestamps show to be older."""
        timeline = Timeline(self._tokens(), self.all_trusted)
        for key, revocation in revoked.items():
            since = revocation.compromised_since
            if since is None:
                continue
            signed = self._signed(key)
            doubtful = [
                index
                for index, ballot in signed
                if void_for(revocation, timeline.bounds(index), self.own_timestamps(ballot))
            ]
            some = ", ".join(str(index) for index in doubtful[:10]) + (", ..." if len(doubtful) > 10 else "")
            older = Number(len(signed) - len(doubtful))
            shown = Said.of("Timestamps show that {older} of its entries here are older.", older=older)
            if doubtful:
                shown = Said.of(
                    "Timestamps show that {older} of its entries here are older, but not entries {entries}.",
                    older=older,
                    entries=some,
                )
            yield Said.of("{first} {second}", first=said_compromised(key, since), second=shown)

    def _signed(self, key: str) -> list[tuple[int, SignedBallot | None]]:
        """The entries that ``key`` signed, and the ballots, by the entry's index."""
        signed: list[tuple[int, SignedBallot | None]] = [(index, None) for index in self._signed_with.get(key, ())]
        wanted = self._keys.get(key)
        for stream, flat in self._replies.items() if wanted else ():
            if wanted in flat[_BALLOT::_FIELDS]:
                signed += [
                    (index, ballot)
                    for _, index, _, ballot, _, _ in self._replies_in(stream)
                    if ballot and signing_key(ballot) == key
                ]
        return sorted(signed, key=lambda each: each[0])

    def _replies_in(self, stream: str) -> Iterator[tuple[int, int, str, SignedBallot | None, int, int]]:
        flat, keys = self._replies.get(stream, array("Q")), list(self._keys)
        again = ballots_in(self._reread(stream)) if self._reread and any(flat[_BALLOT::_FIELDS]) else {}
        columns = (flat[field::_FIELDS] for field in range(_FIELDS))
        for number, index, key, signed, message, hour in zip(*columns, strict=True):
            ballot = self._ballots.get((stream, number))
            if signed and ballot is None:
                leaf, ballot = again.get(number, (b"", None))
                if self._leaf_at is None or leaf != self._leaf_at(index):
                    raise Broken(f"entry {index}: the store gives another than when it was checked")
            yield number, index, keys[key - 1], ballot, message, hour

    def _tokens(self) -> Tokens:
        return Tokens(self.dated, self._named, frozenset(self._handed_over))

    def _number_of(self, key: str) -> int:
        return self._keys.setdefault(key, len(self._keys) + 1)

    def own_timestamps(self, ballot: SignedBallot | None) -> Iterator[Timestamp]:
        """The member's own valid timestamps: they show that its ballot existed, not that it had arrived."""
        all_there = self._revocations.are_all(self._named, self._handed_over)
        for token, query in own_tokens(ballot) if ballot and all_there else ():
            found = self.believed(token, ballot.envelope.encode(), query) if ballot else None
            if found is not None and self._revocations.spoilt(found, token) is None:
                yield found


class _BoundsByDraft(Mapping[str, Mapping[int, Bounds]]):
    def __init__(
        self,
        proofs: Proofs,
        revoked: Mapping[str, KeyRevoked],
        needed: NeededFor,
        tokens: Tokens,
        disowned: tuple[ClockDisowned, ...],
        closed_by: ClosedBy,
    ) -> None:
        self._proofs, self._revoked, self._needed, self._tokens = proofs, revoked, needed, tokens
        self._disowned, self._closed_by = disowned, closed_by

    def __getitem__(self, draft: str) -> Mapping[int, Bounds]:
        if found := dict(self._found(draft)):
            return found
        raise KeyError(draft)

    def __iter__(self) -> Iterator[str]:
        drafts = dict.fromkeys(name_in(stream) for stream in self._proofs.streams)
        return (draft for draft in drafts if next(self._found(draft), None) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None

    def _found(self, draft: str) -> Iterator[tuple[int, Bounds]]:
        timeline, closed_by = Timeline(self._tokens, self._needed(draft)), self._closed_by(draft)
        for stream in (vote_stream(draft), draft) if is_name(draft) else (draft,):
            # a reply outside a vote's stream is a problem that is reported elsewhere
            if name_in(stream) == draft:
                yield from self._proofs.bounds_in(stream, self._revoked, timeline, self._disowned, closed_by)


def _merged(one: array[int], other: array[int]) -> array[int]:
    """Merge two rising rows of numbers without duplicates."""
    return array("Q", (number for number, _ in groupby(merge(one, other))))
