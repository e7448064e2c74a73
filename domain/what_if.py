"""A what-if: the acts of a vote judged by another procedure. The result is marked as not being the vote's record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .acts import Act, EntryVoided, ReplyRejected
from .errors import InblueError, Malformed
from .procedure import Procedure
from .recorded import Documents, Recorded
from .snapshot import Snapshot
from .state import VoteState
from .vote import evolve_with_gaps


class WhatIf(NamedTuple):
    """The procedure that replaces the vote's own, whose id is ``instead_of``.

    ``left_out`` are the numbers of the acts that the vote's own procedure caused: rejections of replies, and what
    voided those. The other procedure judges replies itself.
    """

    procedure: Procedure
    instead_of: str
    left_out: tuple[int, ...]


class OtherRules:
    """The documents of a ledger (:class:`.state.Documents`), with another procedure."""

    def __init__(self, documents: Documents, procedure: Procedure) -> None:
        self._documents = documents
        self._procedure = procedure

    def procedure(self, _: str) -> Procedure:
        """The other procedure, whatever digest an act names."""
        return self._procedure

    def snapshot(self, sha256: str) -> Snapshot:
        """As in the ledger."""
        return self._documents.snapshot(sha256)

    def zone(self, sha256: str) -> bytes:
        """As in the ledger."""
        return self._documents.zone(sha256)


def under(
    procedure: Procedure, acts: Iterable[Recorded[Act]], documents: Documents
) -> tuple[WhatIf, tuple[Recorded[Act], ...], OtherRules]:
    """The acts that ``procedure`` can judge, and the documents to judge them by.

    Raises:
        Malformed: it cannot, for example because it does not know a member or a choice. The message names the act.
    """
    every, own = tuple(acts), "none"
    if every and (named := getattr(every[0].act, "procedure", None)) is not None:
        own = documents.procedure(named).id
    rules = OtherRules(documents, procedure)
    rejections = {each.number for each in every if isinstance(each.act, ReplyRejected)}
    undone = {each.number for each in every if isinstance(each.act, EntryVoided) and each.act.number in rejections}
    kept = tuple(each for each in every if each.number not in rejections | undone)
    left_out = tuple(sorted(rejections | undone))
    for _ in _judged(kept, rules, procedure):
        pass
    return WhatIf(procedure, own, left_out), kept, rules


def _judged(acts: Iterable[Recorded[Act]], rules: OtherRules, procedure: Procedure) -> Iterator[VoteState]:
    state: VoteState | None = None
    for recorded in acts:
        try:
            state = evolve_with_gaps(state, recorded, rules)
        except InblueError as error:
            said = str(error).removeprefix(f"act {recorded.number} ({recorded.act.act}): ")
            raise Malformed(
                f"{procedure.id} cannot judge act {recorded.number} ({recorded.act.act}) of this vote: {said}"
            ) from None
        yield state
