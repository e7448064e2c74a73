"""Whose timestamps a verdict needs: of the authorities that its vote's opening pins, those that the reader believes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from ...domain.errors import InblueError, MalformedError
from ...domain.state import VoteState
from ..entries.files import Files, StoredDocuments
from ..evidence.trust import Trust
from .timeline import Needed

_REMEMBERED = 1_000


def read_adopted(files: Files, sha256: str, name: str) -> None:
    """Check 8 of an adopted authority: what is kept under the digest is its document, under its name.

    Raises:
        MalformedError: it is not.
        LedgerError, VerificationError: it is not kept.
    """
    document = StoredDocuments(files).authority(sha256)
    if document.name != name:
        raise MalformedError(f"the authority {name} was adopted with the document of another, {document.name}")


class PinnedAuthorities:
    """Finds which authorities of ``trust`` are those that openings pin: the ones that share a root with one of them."""

    def __init__(self, trust: Trust, documents: StoredDocuments) -> None:
        self._at_least = trust.at_least
        self._documents = documents
        self._names = tuple(dict.fromkeys(each.name for each in trust.authorities))
        self._roots = [(each.name, each.roots()) for each in trust.authorities]
        self._among = lru_cache(_REMEMBERED)(self._needed_of)

    def needed(self, draft: str, votes: Mapping[str, VoteState]) -> Needed:
        """What the verdicts on a draft need; where its opening pins no authority, all that the reader believes.

        A document that cannot be read may be of anybody: then nothing is enough.
        """
        state = votes.get(draft)
        snapshot = state.snapshot if state else None
        return self._among(snapshot.authorities if snapshot else ())

    def not_named(self, adopted: Iterable[tuple[str, str]]) -> list[str]:
        """The names of those authorities, given with their digests, that the trust file does not name."""
        return [name for name, sha256 in adopted if not self._matched((sha256,))]

    def _needed_of(self, pinned: tuple[str, ...]) -> Needed:
        return Needed(self._names if not pinned else self._matched(pinned), self._at_least)

    def _matched(self, pinned: Iterable[str]) -> tuple[str, ...]:
        try:
            roots = frozenset[str]().union(*(self._documents.authority(sha256).roots() for sha256 in pinned))
        except InblueError:
            return ()
        return tuple(dict.fromkeys(name for name, own in self._roots if not roots.isdisjoint(own)))
