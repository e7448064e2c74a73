"""Whether something unknown could change the outcome: condition by condition, over the counts that are possible.

A condition is met, not met, or open. Nothing here tries every order or completion: each seat adds what it can to a
threshold, independently of the others, so that the least and the most of the sum are exact and quickly found. Where a
source prints how many took each choice, the seats that it does not name have those positions between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from .decision_rules import Condition
from .lapses import possible_positions
from .on_record import list_is_complete, printed_counts, voided_after_close
from .procedure import Procedure
from .procedure_rules import Outcome, Question
from .roster import Roster, Seat
from .state import VoteState
from .threshold import Threshold
from .threshold_arithmetic import compared, share_of_nothing, weight_of
from .validity import standings

Possible: TypeAlias = Mapping[str, Collection["str | None"]]
"""The positions that a seat may have, by member; None is silence, and a seat that is missing was silent."""


class Between(NamedTuple):
    """The least and the most that a sum over seats may come to."""

    least: int | Fraction
    most: int | Fraction


class Unnamed(NamedTuple):
    """Seats of which only the number that took each choice is known.

    ``printed`` has that number by choice, less those whose names are known; each of the ``rest`` is one of ``others``.
    """

    seats: tuple[Seat, ...]
    printed: Mapping[str, int]
    rest: int
    others: tuple[str, ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """What one of these seats may have chosen."""
        return (*(name for name, number in self.printed.items() if number), *(self.others if self.rest else ()))


class Known(NamedTuple):
    """What is known of who voted how: the positions each seat may have, and the seats known by number alone."""

    procedure: Procedure
    roster: Roster
    possible: Possible
    unnamed: Unnamed | None = None


def outcome_certain(state: VoteState) -> bool:
    """Whether no order in which a member's replies may have arrived gives another outcome. True while it is open."""
    undetermined = any(
        len(_positions(state, member)) > 1 for member, seat in standings(state).items() if not seat.certain
    )
    return not undetermined or not state.is_closed or len(possible_outcomes(state)) == 1


def possible_outcomes(state: VoteState) -> frozenset[Outcome]:
    """Every outcome that what is on record allows, as if the vote were closed."""
    known = known_of(state)
    return frozenset({"open"}) if known is None else _outcomes(known, state.draft.act.question)


def known_of(state: VoteState) -> Known | None:
    """What is on record of who voted how; None before there is a roster."""
    if state.roster is None:
        return None
    possible = {member: _positions(state, member) for member in state.roster.ids}
    unnamed = None if list_is_complete(state) else _unnamed(state, state.roster, possible)
    return Known(state.procedure, state.roster, possible, unnamed)


def outcomes_of(procedure: Procedure, roster: Roster, question: Question, possible: Possible) -> frozenset[Outcome]:
    """Every outcome that may follow where each seat has one of its ``possible`` positions; perhaps one too many."""
    return _outcomes(Known(procedure, roster, possible), question)


def sums_of(threshold: Threshold, known: Known) -> tuple[Between, Between | None]:
    """What a threshold may count, and of what; None where it names a number."""
    wanted, base = set(threshold.choices), None if threshold.base is None else set(threshold.base)
    counted = _sum(threshold, known, lambda position: int(position in wanted))
    if threshold.share is None:
        return counted, None
    return counted, _sum(threshold, known, lambda position: int(base is None or position in base))


def may_be_met(threshold: Threshold, known: Known) -> set[bool]:
    """Whether the threshold can be met, can be unmet, or either."""
    counted, of = sums_of(threshold, known)
    if threshold.share is None or of is None:
        return {compared(threshold, sum_, threshold.number or 0) for sum_ in counted}
    wanted, base = set(threshold.choices), None if threshold.base is None else set(threshold.base)
    part, whole = (int(digits) for digits in threshold.share.split("/"))
    found: set[bool] = set()
    if of.most:
        excess = _sum(
            threshold,
            known,
            lambda position: whole * (position in wanted) - part * (base is None or position in base),
        )
        found |= {compared(threshold, sum_, 0) for sum_ in excess}
    if not of.least:
        found |= {share_of_nothing(threshold, sum_, known.procedure) for sum_ in counted}
    return found


def _outcomes(known: Known, question: Question) -> frozenset[Outcome]:
    found: set[Outcome] = set()
    for condition in known.procedure.decision.conditions:
        met = _met(condition, known) if condition.applies_to(question) else {True}
        if False in met:
            found.add(condition.failing)
        if True not in met:
            return frozenset(found)
    return frozenset({*found, known.procedure.decision.passing})


def _met(condition: Condition, known: Known) -> set[bool]:
    """Whether the condition can be met, can be unmet, or either."""
    each = [may_be_met(threshold, known) for threshold in condition.any_of]
    if any(met == {True} for met in each):
        return {True}
    return {True, False} if any(True in met for met in each) else {False}


def _positions(state: VoteState, member: str) -> Collection[str | None]:
    """The positions that the seat of ``member`` may have."""
    anything = (*state.procedure.choices, None)
    seat = standings(state).get(member)
    if seat is None:
        return anything if member in voided_after_close(state) or not list_is_complete(state) else (None,)
    found = {position for reply in seat.possible for position in possible_positions(state, reply)}
    if any(reply.act.says == "not_on_record" for reply in seat.possible):
        return anything
    return found | {None} if seat.perhaps_none else found


def _unnamed(state: VoteState, roster: Roster, possible: Possible) -> Unnamed | None:
    """The seats whose position is open, as the printed counts leave them; None where those contradict what is known."""
    printed, silence = printed_counts(state), state.procedure.silence.means
    if printed is None:
        return None
    taken = [(seat, tuple(_of(possible, seat.member))) for seat in roster.members]
    seats = tuple(seat for seat, positions in taken if len(positions) > 1)
    named = Counter(positions[0] or silence for _, positions in taken if len(positions) == 1)
    left = {name: number - named[name] for name, number in printed.items()}
    rest = len(seats) - sum(left.values())
    others = tuple(name for name in (*state.procedure.choices, silence) if name not in printed)
    if rest < 0 or (rest and not others) or any(number < 0 for number in left.values()):
        return None
    return Unnamed(seats, left, rest, others)


def _sum(threshold: Threshold, known: Known, adds: Callable[[str], int]) -> Between:
    """The sum over all seats of what a position ``adds``, weighed as the threshold wants."""
    silence, unnamed = known.procedure.silence.means, known.unnamed
    low: int | Fraction = 0
    high: int | Fraction = 0
    open_seats = {seat.member for seat in unnamed.seats} if unnamed else set()
    by_number = unnamed is not None and threshold.weight is None
    for seat in known.roster.members:
        positions: Collection[str | None] = _of(known.possible, seat.member)
        if unnamed is not None and seat.member in open_seats:
            if by_number:
                continue
            positions = unnamed.choices
        sums = [adds(position or silence) * weight_of(threshold, seat) for position in positions]
        low, high = low + min(sums), high + max(sums)
    if unnamed is not None and by_number:
        number = sum(bool(weight_of(threshold, seat)) for seat in unnamed.seats)
        rest = [adds(name) for name in unnamed.others] if unnamed.rest else [0]
        each = [adds(name) for name, count in unnamed.printed.items() for _ in range(count)]
        low += sum(sorted([*each, *[min(rest)] * unnamed.rest])[:number])
        high += sum(sorted([*each, *[max(rest)] * unnamed.rest], reverse=True)[:number])
    return Between(low, high)


def _of(possible: Possible, member: str) -> Collection[str | None]:
    return possible.get(member) or (None,)
