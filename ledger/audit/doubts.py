"""What keys that may have been in other hands put in doubt, in a ledger of which nothing else is verified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...domain.acts import VoteCast
from ...domain.register_acts import KeyRevoked
from ...domain.verdict import Bounds
from ..entries.entry import StoredEntry, read_entry
from .reply_bounds import Proofs
from .timeline import Timeline, Tokens


def doubts(stored: Iterable[StoredEntry], revoked: Mapping[str, KeyRevoked]) -> Mapping[int, Bounds]:
    """The doubts about the replies in one stream, by number of the act, for a reader who believes no timestamps.

    Raises:
        MalformedError: one of them is no entry.
    """
    proofs, stream = Proofs(), ""
    if all(each.compromised_since is None for each in revoked.values()):
        return {}
    for number, row in enumerate(stored):
        entry = read_entry(row.envelope)
        stream, act = entry.stream, entry.act
        if isinstance(act, VoteCast):
            proofs.reply(stream, entry.index, number, entry.key, entry.recorded_at)
            if act.ballot is not None:
                proofs.ballot(stream, entry.index, act.ballot)
    alone = Timeline(Tokens((), {}), proofs.all_trusted)
    return dict(proofs.bounds_in(stream, revoked, alone)) if stream in proofs.streams else {}
