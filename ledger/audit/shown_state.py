"""Which state of the log a bundle shows: the entry that its verdicts are as of, and how far its register is complete.

Anybody can truncate a bundle and recompute its hashes. The rest is then an older state of the log, and is reported so.
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
    """The state of a log of ``size`` entries that a checked range with the last entry ``last`` shows.

    ``votes`` are those with verdicts, at least one. The state is that of the checkpoint if the range ends there, or if
    the log's last entry is shown and says that each of the votes has exactly the acts shown; else it is that of the
    range's end.
    """
    end = checks.size
    stated = checks.register.stated
    whole = end == size or (stated is not None and stated[0] == size - 1 and _names(stated[1].votes, votes))
    return AsOf(size if whole else end, size, _register_up_to(checks, last))


def _names(stated: tuple[StreamStated, ...], votes: Mapping[str, VoteState]) -> bool:
    acts = {each.stream: each.acts for each in stated}
    return bool(votes) and all(acts.get(vote_stream(name)) == state.version for name, state in votes.items())


def _register_up_to(checks: EntryChecks, last: Entry) -> int:
    """The number of entries up to which every entry of the register is shown.

    The register's acts are numbered without gaps, so none is missing up to the last one shown; an entry that says how
    many come before it covers as many (check 18), and a range from the log's beginning covers itself.
    """
    shown = checks.start == 0 or last.register is not None
    return max(checks.register.last + 1, checks.size if shown else 0)
