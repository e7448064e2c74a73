"""Which state of the log a bundle shows: of which entry on its verdicts are, and up to where its register is whole.

Anybody can cut a bundle short and make its hashes again. What is left is then an older state of the log, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...domain.register_acts import StreamStated
from ...domain.state import VoteState
from ..entries.entry import Entry
from ..entries.streams import vote_stream
from ..projections.as_of import AsOf
from .entry_checks import EntryChecks


def as_of(checks: EntryChecks, size: int, last: Entry, votes: Mapping[str, VoteState]) -> AsOf:
    """Which state of a log of ``size`` entries is shown by a range that was checked, whose last entry is ``last``.

    ``votes`` are those on which verdicts are given. The state is that of the checkpoint where the range ends there, or
    where the log's last entry is shown and says of each of the votes, one at least, that it has just the acts that are
    shown; else it is that of the range's end.
    """
    end = checks.size
    stated = checks.register.stated
    whole = end == size or (stated is not None and stated[0] == size - 1 and _names(stated[1].votes, votes))
    return AsOf(size if whole else end, size, _register_up_to(checks, last))


def _names(stated: tuple[StreamStated, ...], votes: Mapping[str, VoteState]) -> bool:
    acts = {each.stream: each.acts for each in stated}
    return bool(votes) and all(acts.get(vote_stream(name)) == state.version for name, state in votes.items())


def _register_up_to(checks: EntryChecks, last: Entry) -> int:
    """How many entries of the log there are of which every one of the register is shown.

    The register's acts are numbered without a gap, so that up to the last that is shown none is missing; an entry that
    says how many come before it vouches for as many (check 18), and a range from the log's beginning for itself.
    """
    shown = checks.start == 0 or last.register is not None
    return max(checks.register.last + 1, checks.size if shown else 0)
