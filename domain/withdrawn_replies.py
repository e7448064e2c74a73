"""Withdrawn replies: which were certainly withdrawn, and which perhaps, by the order of arrival.

The procedure says whether a reply can be withdrawn. If it does not say, a vote that may be changed (``second_reply``
says ``last``) may be withdrawn, and one that may not (``first``) may not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from .arrival_order import arrival_for_order, foremost
from .instant import Span
from .recorded import Reply
from .state import VoteState


class Kept(NamedTuple):
    """The replies of a member that were not certainly withdrawn; ``perhaps_none``: all of them may have been.

    ``foremost`` are those that the procedure may count: the one that counts first, then those that would if others were
    withdrawn.
    """

    replies: tuple[Reply, ...]
    foremost: tuple[Reply, ...]
    perhaps_none: bool


def kept_of(state: VoteState, replies: Sequence[Reply], withdrawals: Sequence[Reply]) -> Kept:
    """What is left of one member's ``replies`` after its ``withdrawals`` that are in order."""
    if len(replies) == 1 and not withdrawals:
        return Kept(tuple(replies), tuple(replies), perhaps_none=False)
    spans = {reply.ordinal: arrival_for_order(state, reply) for reply in replies}
    last = _last([arrival_for_order(state, withdrawal) for withdrawal in withdrawals])
    kept = tuple(r for r in replies if last is None or not _before(spans[r.ordinal], last))
    doubtful = {r.ordinal for r in kept if last is not None and not _after(spans[r.ordinal], last)}
    possible: list[Reply] = []
    left = kept
    while left:  # if the foremost were withdrawn, the next ones would be
        ahead = foremost(left, [spans[reply.ordinal] for reply in left], state.procedure.second_reply.stands)
        possible += ahead
        if not any(reply.ordinal in doubtful for reply in ahead):
            break
        gone = {reply.ordinal for reply in ahead}
        left = tuple(reply for reply in left if reply.ordinal not in gone)
    return Kept(kept, tuple(possible), last is not None and all(r.ordinal in doubtful for r in kept))


def withdrawn(state: VoteState, replies: Sequence[Reply], withdrawals: Sequence[Reply]) -> dict[int, Reply]:
    """The replies of one member that were certainly withdrawn, by their ordinals, and by which reply."""
    starts = [(span.earliest, each) for each in withdrawals if (span := arrival_for_order(state, each)).earliest]
    starts.sort(key=lambda start: start[0])
    found: dict[int, Reply] = {}
    for reply in replies:
        end = arrival_for_order(state, reply).latest
        at = len(starts) if end is None else bisect_right(starts, end, key=lambda start: start[0])
        if at < len(starts):
            found[reply.ordinal] = starts[at][1]
    return found


def _last(spans: Sequence[Span]) -> Span | None:
    """When the last withdrawal may have come: not before the latest of their earliest, nor after their latest end."""
    if not spans:
        return None
    earliest = max((span.earliest for span in spans if span.earliest is not None), default=None)
    ends = [span.latest for span in spans]
    return Span(earliest, None if None in ends else max(end for end in ends if end is not None))


def _before(span: Span, last: Span) -> bool:
    """Whether an arrival in ``span`` was certainly before the last withdrawal."""
    return span.certainly_before(Span(last.earliest, last.earliest)) if last.earliest is not None else False


def _after(span: Span, last: Span) -> bool:
    """Whether an arrival in ``span`` was certainly after every withdrawal."""
    return Span(last.latest, last.latest).certainly_before(span) if last.latest is not None else False
