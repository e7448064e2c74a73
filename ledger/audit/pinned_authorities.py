"""Whose timestamps a verdict needs: of the authorities that its vote's opening pins, those that the reader believes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from ...domain.errors import InblueError, Malformed
from ...domain.state import VoteState
from ..entries.files import Files, StoredDocuments
from ..evidence.trust import Trust
from .timeline import Needed


def read_adopted(files: Files, sha256: str, name: str) -> None:
    """Check 8 of an adopted authority: what is kept under the digest is its document, under its name.

    Raises:
        Malformed: it is not.
        NotFound, Broken: it is not kept.
    """
    document = StoredDocuments(files).authority(sha256)
    if document.name != name:
        raise Malformed(f"the authority {name} was adopted with the document of another, {document.name}")


class PinnedAuthorities:
    """Finds which authorities of ``trust`` are those that openings pin: the ones that share a root with one of them.

    ``adopted`` are the digests of the documents that openings may pin; they are read from ``files`` at once.
    """

    def __init__(self, trust: Trust, adopted: Iterable[str], files: Files) -> None:
        documents = StoredDocuments(files)
        believed = [(each.name, each.roots()) for each in trust.authorities]
        self._at_least = trust.at_least
        self._names = tuple(dict.fromkeys(name for name, _ in believed))
        self._matching: dict[str, frozenset[str]] = {}
        for sha256 in adopted:
            with suppress(InblueError):
                roots = documents.authority(sha256).roots()
                self._matching[sha256] = frozenset(name for name, own in believed if not roots.isdisjoint(own))

    def needed(self, draft: str, votes: Mapping[str, VoteState]) -> Needed:
        """What the verdicts on a draft need; where its opening pins no authority, all that the reader believes.

        A document that cannot be read may be of anybody: then nothing is enough.
        """
        state = votes.get(draft)
        pinned = state.snapshot.authorities if state and state.snapshot else ()
        if not pinned:
            return Needed(self._names, self._at_least)
        if not self._matching.keys() >= set(pinned):
            return Needed((), self._at_least)
        matching = frozenset[str]().union(*(self._matching[sha256] for sha256 in pinned))
        return Needed(tuple(name for name in self._names if name in matching), self._at_least)

    def is_named(self, sha256: str) -> bool:
        """Whether the trust file names the authority whose document that is."""
        return bool(self._matching.get(sha256))
