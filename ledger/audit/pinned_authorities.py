"""Whose timestamps a verdict needs: the authorities pinned by its vote's opening that the reader trusts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from ...domain.errors import InblueError, Malformed
from ...domain.register_acts import AuthorityAdopted
from ...domain.state import VoteState
from ..entries.authorities import AuthorityDocument
from ..entries.files import Files, StoredDocuments
from ..evidence.trust import Trust
from .timeline import Needed


def check_adopted(act: AuthorityAdopted, content: bytes) -> None:
    """Check 8 for an adopted authority: its file, ``content``, is its document, with its name.

    Raises:
        Malformed: it is not.
    """
    document = AuthorityDocument.read_document(content, where=f"authority {act.sha256[:16]}")
    if document.name != act.name:
        raise Malformed(f"the authority {act.name} was adopted with the document of another, {document.name}")


class PinnedAuthorities:
    """Finds the authorities of ``trust`` that openings pin: those that share a root with a pinned one.

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
        """What the verdicts on a draft need; if its opening pins no authority, all that the reader trusts.

        A document that cannot be read may name any authority: then nothing is enough.
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
