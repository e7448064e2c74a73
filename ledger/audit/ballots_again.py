"""Re-reads ballots, and finds what a member's own timestamp shows about one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from ...domain.acts import VoteCast
from ...domain.ballot import SignedBallot
from ...domain.errors import Malformed
from ...domain.phrase import Said
from ..entries.entry import StoredEntry, read_entry
from ..standards.merkle import leaf_hash
from ..standards.timestamp import Timestamp


def ballots_in(rows: Iterable[StoredEntry]) -> dict[int, tuple[bytes, SignedBallot]]:
    """The ballots in the entries of a stream, with the leaf hashes of these, by number of the act."""
    found: dict[int, tuple[bytes, SignedBallot]] = {}
    for row in rows:
        with suppress(Malformed):
            act = read_entry(row.envelope).act
            if isinstance(act, VoteCast) and act.ballot is not None:
                found[row.originator_version - 1] = (leaf_hash(row.envelope), act.ballot)
    return found


def own_ground(found: Timestamp) -> Said:
    """That the ballot existed by then."""
    return Said.of(
        "the ballot itself existed by {at}: the member's own timestamp of {authority}",
        at=found.not_after,
        authority=found.authority,
    )
