"""Replies that a member took back: which of them certainly, and which perhaps, by the order in which they arrived.

Whether a reply can be taken back at all is a rule of the procedure. Where it has none, a vote that may be changed
(``second_reply`` says ``last``) may be taken back, and one that stands (``first``) may not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .arrival_order import arrival_for_order, foremost
from .procedure import Procedure, Procedure2
from .procedure_rules import ReplyWithdrawal
from .state import Reply, VoteState


class Kept(NamedTuple):
    """Of a member's replies, those that were not certainly withdrawn; ``perhaps_none``: all of them may have been.

    ``foremost`` are those of them that the procedure may mean, the one that stands first, and those it would mean if
    others had been withdrawn.
    """

    replies: tuple[Reply, ...]
    foremost: tuple[Reply, ...]
    perhaps_none: bool


def withdrawal_rule(procedure: Procedure) -> ReplyWithdrawal | None:
    """The procedure's rule on withdrawing a reply, if it has one."""
    return procedure.reply_withdrawal if isinstance(procedure, Procedure2) else None


def may_be_withdrawn(procedure: Procedure) -> bool:
    """Whether a member may withdraw its reply."""
    rule = withdrawal_rule(procedure)
    return procedure.second_reply.stands == "last" if rule is None else rule.allowed


def kept_of(state: VoteState, replies: Sequence[Reply], withdrawals: Sequence[Reply]) -> Kept:
    """What is left of one member's ``replies`` where ``withdrawals`` of the same member are in order."""
    wanted, arrived = state.procedure.second_reply.stands, arrival_for_order
    gone = [arrived(state, withdrawal) for withdrawal in withdrawals]
    spans = {reply.ordinal: arrived(state, reply) for reply in replies}
    kept = tuple(r for r in replies if not any(spans[r.ordinal].certainly_before(each) for each in gone))
    doubtful = {r.ordinal for r in kept if any(not each.certainly_before(spans[r.ordinal]) for each in gone)}
    possible: list[Reply] = []
    left = kept
    while left:  # if the foremost were withdrawn, the next ones would be
        ahead = foremost(left, [spans[reply.ordinal] for reply in left], wanted)
        possible += ahead
        left = tuple(r for r in left if r not in ahead) if any(r.ordinal in doubtful for r in ahead) else ()
    return Kept(kept, tuple(possible), bool(gone) and all(r.ordinal in doubtful for r in kept))


def withdrawn(state: VoteState, replies: Sequence[Reply], withdrawals: Sequence[Reply]) -> dict[int, Reply]:
    """The replies of one member that were certainly withdrawn, by their ordinals, and by which reply."""
    found: dict[int, Reply] = {}
    for withdrawal in withdrawals:
        for reply in replies:
            if arrival_for_order(state, reply).certainly_before(arrival_for_order(state, withdrawal)):
                found.setdefault(reply.ordinal, withdrawal)
    return found
