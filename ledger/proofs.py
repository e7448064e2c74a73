"""What timestamps prove of replies, and what a key in other hands puts in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ..domain.ballot import SignedBallot
from ..domain.errors import InblueError
from ..domain.register import KeyRevoked
from ..domain.said import Number, Said
from ..domain.verdict import Bounds
from .ballot import own_tokens, signing_key
from .entry import VOTE_PREFIX
from .timeline import Dated, Timeline
from .timestamp import Authority, Timestamp, verify_token


class Proofs:
    """Collects, entry by entry, what is to be dated, and the timestamps that hold; then says what follows.

    ``authorities`` are those whose timestamps are believed; ``undated`` counts the timestamps of others.
    """

    def __init__(self, authorities: Sequence[Authority]) -> None:
        self.authorities = authorities
        self.dated: list[Dated] = []
        self.undated = 0
        self._named: dict[int, tuple[str, ...]] = {}
        self._signed_with: dict[str, list[tuple[int, SignedBallot | None]]] = {}
        self._replies: dict[tuple[str, int], tuple[int, str, SignedBallot | None]] = {}

    @property
    def named(self) -> frozenset[str]:
        """The tokens that entries name, by digest."""
        return frozenset(token for tokens in self._named.values() for token in tokens)

    def entry(self, index: int, key: str, tokens: tuple[str, ...]) -> None:
        """The entry at ``index`` of the log is signed with ``key``, and names ``tokens`` as the latest it had seen."""
        self._signed_with.setdefault(key, []).append((index, None))
        if tokens:
            self._named[index] = tokens

    def reply(self, stream: str, number: int, index: int, key: str) -> None:
        """That entry, act ``number`` of ``stream``, is a reply, entered with ``key``."""
        self._replies[stream, number] = (index, key, None)

    def ballot(self, stream: str, number: int, ballot: SignedBallot) -> None:
        """That reply carries a ballot which was found to be the member's."""
        index, key, _ = self._replies[stream, number]
        self._replies[stream, number] = (index, key, ballot)
        self._signed_with.setdefault(signing_key(ballot), []).append((index, ballot))

    def believed(self, token: bytes, message: bytes, query: bytes) -> Timestamp | None:
        """The timestamp in ``token`` over ``message``, if one of the authorities has made it."""
        for authority in self.authorities:
            try:
                return verify_token(token, message, authority, query=query)
            except InblueError:
                continue
        return None

    def bounds(self, revoked: Mapping[str, KeyRevoked]) -> Mapping[str, Mapping[int, Bounds]]:
        """What trusted timestamps prove of each reply's entry, by draft and number of the act; and what is void."""
        timeline = Timeline(self.dated, self._named)
        found: dict[str, dict[int, Bounds]] = {}
        for (stream, number), (index, key, ballot) in self._replies.items():
            bounds, own = timeline.bounds(index), list(self.own_timestamps(ballot))
            void = _void(revoked.get(key), bounds, [])
            ballot_void = _void(revoked.get(signing_key(ballot)), bounds, own) if ballot else None
            if bounds is not None or own or void or ballot_void:
                bounds = bounds or Bounds(None, None, ())
                found.setdefault(stream.removeprefix(VOTE_PREFIX), {})[number] = bounds._replace(
                    grounds=bounds.grounds + tuple(_own_ground(each) for each in own),
                    ballot_void=ballot_void,
                    entry_void=void,
                )
        return found

    def compromises(self, revoked: Mapping[str, KeyRevoked]) -> Iterator[Said]:
        """What a key in other hands puts in doubt, and what timestamps show to be from before."""
        timeline = Timeline(self.dated, self._named)
        for key, revocation in revoked.items():
            since = revocation.compromised_since
            if since is None:
                continue
            signed = self._signed_with.get(key, [])
            doubtful = [
                index
                for index, ballot in signed
                if _void(revocation, timeline.bounds(index), self.own_timestamps(ballot))
            ]
            some = ", ".join(str(index) for index in doubtful[:10]) + (", ..." if len(doubtful) > 10 else "")
            older = Number(len(signed) - len(doubtful))
            shown = Said.of("Of its entries here timestamps show {older} to be from before.", older=older)
            if doubtful:
                shown = Said.of(
                    "Of its entries here timestamps show {older} to be from before, and not entries {entries}.",
                    older=older,
                    entries=some,
                )
            yield Said.of("{first} {second}", first=_in_other_hands(key, since), second=shown)

    def own_timestamps(self, ballot: SignedBallot | None) -> Iterator[Timestamp]:
        """The member's own timestamps that hold: they show that its ballot existed, not that it had arrived."""
        for token, query in own_tokens(ballot) if ballot else ():
            found = self.believed(token, ballot.envelope.encode(), query) if ballot else None
            if found is not None:
                yield found


def _void(revoked: KeyRevoked | None, bounds: Bounds | None, own: Iterable[Timestamp]) -> Said | None:
    """Why what a key signed may be somebody else's, unless a timestamp shows it to be older than that."""
    since = revoked.compromised_since if revoked else None
    if revoked is None or since is None:
        return None
    if _existed_by(bounds, since) or any(each.not_after <= since for each in own):
        return None
    return _in_other_hands(revoked.key, since)


def _in_other_hands(key: str, since: datetime) -> Said:
    return Said.of("The key {key} may have been in other hands since {since}.", key=key[:16], since=since)


def _own_ground(found: Timestamp) -> Said:
    return Said.of(
        "the ballot itself existed by {at}: the member's own timestamp of {authority}",
        at=found.not_after,
        authority=found.authority,
    )


def _existed_by(bounds: Bounds | None, instant: datetime) -> bool:
    if bounds is None or bounds.not_after is None or bounds.contradiction is not None:
        return False
    return bounds.not_after <= instant
