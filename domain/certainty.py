"""Whether something unknown could change the outcome: condition by condition, over the counts that are possible.

A condition is met, not met, or open. Nothing here tries every order or completion: each seat adds what it can to a
threshold, independently of the others, so that the least and the most of the sum are exact and quickly found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import TypeAlias

from .procedure import Condition, Outcome, Procedure, Question
from .roster import Roster
from .state import VoteState
from .tally import compared, share_of_nothing, weight_of
from .threshold import Threshold
from .validity import standings

Possible: TypeAlias = Mapping[str, Collection["str | None"]]
"""The positions that a seat may have, by member; None is silence, and a seat that is missing was silent."""


def outcome_certain(state: VoteState) -> bool:
    """Whether no order in which a member's replies may have arrived gives another outcome. True while it is open."""
    undetermined = any(len({reply.act.position for reply in seat.possible}) > 1 for seat in standings(state).values())
    return not undetermined or not state.is_closed or len(possible_outcomes(state)) == 1


def possible_outcomes(state: VoteState) -> frozenset[Outcome]:
    """Every outcome that the orders of arrival allow, as if the vote were closed."""
    if state.roster is None:
        return frozenset({"open"})
    possible = {member: {reply.act.position for reply in seat.possible} for member, seat in standings(state).items()}
    return outcomes_of(state.procedure, state.roster, state.draft.act.question, possible)


def outcomes_of(procedure: Procedure, roster: Roster, question: Question, possible: Possible) -> frozenset[Outcome]:
    """Every outcome that may follow where each seat has one of its ``possible`` positions; perhaps one too many."""
    found: set[Outcome] = set()
    for condition in procedure.decision.conditions:
        met = _met(condition, procedure, roster, possible) if question in condition.questions else {True}
        if False in met:
            found.add(condition.failing)
        if True not in met:
            return frozenset(found)
    return frozenset({*found, "adopted"})


def _met(condition: Condition, procedure: Procedure, roster: Roster, possible: Possible) -> set[bool]:
    """Whether the condition can be met, can be unmet, or either."""
    each = [_threshold_met(threshold, procedure, roster, possible) for threshold in condition.any_of]
    if any(met == {True} for met in each):
        return {True}
    return {True, False} if any(True in met for met in each) else {False}


def _threshold_met(threshold: Threshold, procedure: Procedure, roster: Roster, possible: Possible) -> set[bool]:
    silence, wanted = procedure.silence.means, set(threshold.choices)
    base = None if threshold.base is None else set(threshold.base)

    def least_and_most(adds: Callable[[str], int]) -> tuple[int | Fraction, int | Fraction]:
        low: int | Fraction = 0
        high: int | Fraction = 0
        for seat in roster.members:
            sums = [adds(position or silence) * weight_of(threshold, seat) for position in _of(possible, seat.member)]
            low, high = low + min(sums), high + max(sums)
        return low, high

    if threshold.share is None:
        low, high = least_and_most(lambda position: int(position in wanted))
        return {compared(threshold, counted, threshold.number or 0) for counted in (low, high)}
    part, whole = (int(digits) for digits in threshold.share.split("/"))
    in_base, most_base = least_and_most(lambda position: int(base is None or position in base))
    found: set[bool] = set()
    if most_base:
        excess = least_and_most(
            lambda position: whole * (position in wanted) - part * (base is None or position in base)
        )
        found |= {compared(threshold, sum_, 0) for sum_ in excess}
    if not in_base:
        counts = least_and_most(lambda position: int(position in wanted))
        found |= {share_of_nothing(threshold, counted, procedure) for counted in counts}
    return found


def _of(possible: Possible, member: str) -> Collection[str | None]:
    return possible.get(member) or (None,)
