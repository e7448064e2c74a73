"""The weights of a vote's seats in each threshold of its decision, with all positions known or as they arrive.

Each seat has one of several possible positions, often just one. What it adds to a threshold does not depend on the
others, so the least and the most of every sum are exact, and only that seat's part changes when its position becomes
known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from .ballot import DRAFT
from .decision_rules import Condition
from .fact_bearing import NO_FACTS, Bearing
from .procedure import Procedure
from .procedure_rules import Outcome, Question
from .roster import UNKNOWN, Roster, Seat
from .threshold import Threshold
from .threshold_arithmetic import Between, Sums, bound_of, may_be_met, weight_of

Possible: TypeAlias = Mapping[str, Collection["str | None"]]
"""The positions that a seat may have, by member; None is silence, and a missing seat was silent."""


class Unnamed(NamedTuple):
    """Seats of which only the number that took each choice is known.

    ``printed`` has that number by choice, less the seats whose names are known; each of the ``rest`` is one of
    ``others``.
    """

    seats: tuple[Seat, ...]
    printed: Mapping[str, int]
    rest: int
    others: tuple[str, ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """What one of these seats may have chosen."""
        return (*(name for name, number in self.printed.items() if number), *(self.others if self.rest else ()))


def all_answers(procedure: Procedure, question: str) -> tuple[str, ...]:
    """Every possible answer to a question, silence last."""
    if question == DRAFT:
        return (*procedure.choices, procedure.silence.means)
    put = next(each for each in procedure.asked if each.id == question)
    return (*put.choices, put.silence)


def question_of(condition: Condition) -> str:
    """Which question a condition counts the answers to."""
    return condition.put or DRAFT


class _Weighed:
    """A threshold and its sums so far: the least and the most of count, base, and excess over the bound."""

    def __init__(self, threshold: Threshold) -> None:
        self.threshold = threshold
        self._wanted = frozenset(threshold.choices)
        self._base = None if threshold.base is None else frozenset(threshold.base)
        self._part, self._whole = bound_of(threshold)
        self._adds: dict[frozenset[str], tuple[int, ...]] = {}
        self._sums: list[int | Fraction] = [0] * 6

    def add(self, answers: frozenset[str], weight: int | Fraction) -> None:
        """Add seats of that weight with one of those answers; a negative weight removes seats."""
        adds = self._adds.get(answers)
        if adds is None:
            adds = self._adds[answers] = tuple(
                bound for each in zip(*map(self._each, answers), strict=True) for bound in (min(each), max(each))
            )
        self._sums = [total + weight * each for total, each in zip(self._sums, adds, strict=True)]

    def add_unnamed(self, unnamed: Unnamed) -> None:
        """Add seats of one vote each of which only the number that took each choice is known."""
        number = sum(bool(weight_of(self.threshold, seat)) for seat in unnamed.seats)
        taken = [self._each(name) for name, count in unnamed.printed.items() for _ in range(count)]
        others = [self._each(name) for name in unnamed.others] if unnamed.rest else [(0, 0, 0)]
        for at in range(3):
            each, rest = [adds[at] for adds in taken], [adds[at] for adds in others]
            least = sorted([*each, *[min(rest)] * unnamed.rest])[:number]
            most = sorted([*each, *[max(rest)] * unnamed.rest], reverse=True)[:number]
            self._sums[2 * at] += sum(least)
            self._sums[2 * at + 1] += sum(most)

    def _each(self, answer: str) -> tuple[int, int, int]:
        """What one vote for ``answer`` adds to the count, to the base, and to the excess over the bound."""
        counted = int(answer in self._wanted)
        if self.threshold.share is None:
            return counted, 0, counted
        base = int(self._base is None or answer in self._base)
        return counted, base, self._whole * counted - self._part * base

    @property
    def sums(self) -> Sums:
        """The sums so far."""
        counted, base, excess = (Between(*self._sums[at : at + 2]) for at in (0, 2, 4))
        if self.threshold.share is not None:
            return Sums(counted, base, excess)
        return Sums(counted, None, Between(excess.least - self._part, excess.most - self._part))


class Weighing:
    """The seats of a roster, in the thresholds of every condition that applies to a kind of question.

    Initially no seat is placed: :meth:`fill` places all seats, :meth:`place` moves one.
    """

    def __init__(self, procedure: Procedure, roster: Roster, question: Question) -> None:
        self.procedure, self.roster = procedure, roster
        self._of: dict[
            int, list[_Weighed]
        ] = {}  # by position of the condition: in the first format two may have the same id, or be equal
        self._asks: dict[str, list[_Weighed]] = {}  # by the question that is counted
        self._casting: dict[int, str | None] = {}
        for condition in procedure.decision.conditions:
            if condition.applies_to(question):
                weighed = [_Weighed(each) for each in condition.any_of]
                self._of[id(condition)] = weighed
                self._casting[id(condition)] = casting_member(roster, condition)
                self._asks.setdefault(question_of(condition), []).extend(weighed)
        self._placed: dict[str, dict[str, frozenset[str]]] = {DRAFT: {}, **{each.id: {} for each in procedure.asked}}
        self._sets: dict[tuple[str, frozenset[str | None]], frozenset[str]] = {}

    def applies(self, condition: Condition) -> bool:
        """Whether the condition applies to the kind of question."""
        return id(condition) in self._of

    def fill(self, question: str, possible: Possible, unnamed: Unnamed | None = None) -> None:
        """Place every seat; one that ``possible`` does not name is silent."""
        placed, silent = self._placed[question], (None,)
        apart = frozenset(seat.member for seat in unnamed.seats) if unnamed else ()
        for seat in self.roster.members:
            if seat.member not in apart:
                placed[seat.member] = self._answers(question, possible.get(seat.member) or silent)
        for weighed in self._asks.get(question, ()):
            weights: dict[frozenset[str], int | Fraction] = {}
            for member, answers in placed.items():
                weight = weight_of(weighed.threshold, self._seat(member))
                weights[answers] = weights.get(answers, 0) + weight
            for answers, weight in weights.items():
                weighed.add(answers, weight)
            if unnamed is not None and weighed.threshold.weight is None:
                weighed.add_unnamed(unnamed)
            elif unnamed is not None:
                for seat in unnamed.seats:
                    weighed.add(frozenset(unnamed.choices), weight_of(weighed.threshold, seat))

    def place(self, question: str, member: str, possible: Collection[str | None]) -> None:
        """Give the seat of ``member`` one of these positions in place of its former ones."""
        new, old = self._answers(question, possible), self._placed[question][member]
        if new == old:
            return
        self._placed[question][member] = new
        seat = self._seat(member)
        for weighed in self._asks.get(question, ()):
            if weight := weight_of(weighed.threshold, seat):
                weighed.add(old, -weight)
                weighed.add(new, weight)

    def _seat(self, member: str) -> Seat:
        seat = self.roster.seat(member)
        assert seat is not None  # noqa: S101 - only seats of the roster are placed
        return seat

    def _answers(self, question: str, possible: Collection[str | None]) -> frozenset[str]:
        key = (question, frozenset(possible))
        found = self._sets.get(key)
        if found is None:
            known = all_answers(self.procedure, question)
            anything = any(each in UNKNOWN and each not in known for each in possible)
            found = frozenset(each or known[-1] for each in (known if anything else possible))
            self._sets[key] = found
        return found

    def thresholds(self, condition: Condition) -> Iterator[tuple[Threshold, Sums, frozenset[bool]]]:
        """Each threshold of a condition that applies, its sums, and whether it can be met, unmet, or both."""
        for weighed in self._of[id(condition)]:
            sums = weighed.sums
            can_be = may_be_met(weighed.threshold, sums, self.procedure, self._cast(condition, weighed.threshold))
            yield weighed.threshold, sums, can_be

    def _cast(self, condition: Condition, threshold: Threshold) -> frozenset[bool] | None:
        """Whether the casting vote can be for or against meeting the threshold; None if nobody may have one."""
        if condition.tie is None:
            return None
        member = self._casting[id(condition)]
        if member is None:
            return frozenset({False})
        placed = self._placed[question_of(condition)].get(member)
        return frozenset({True, False} if placed is None else (each in threshold.choices for each in placed))

    def met(self, condition: Condition) -> frozenset[bool]:
        """Whether a condition that applies can be met, can be unmet, or both."""
        return met_by(can_be for _, _, can_be in self.thresholds(condition))


def met_by(thresholds: Iterable[Collection[bool]]) -> frozenset[bool]:
    """Whether a condition can be met, unmet, or both, from the same for each of its thresholds."""
    each = list(thresholds)
    if any(set(can_be) == {True} for can_be in each):
        return frozenset({True})
    return frozenset({True, False}) if any(True in can_be for can_be in each) else frozenset({False})


def casting_member(roster: Roster, condition: Condition) -> str | None:
    """Whose vote decides a tied condition: that of the one seat of its group; nobody's if there are several."""
    if condition.tie is None:
        return None
    found = [seat.member for seat in roster.members if seat.is_among(condition.tie.casting)]
    return found[0] if len(found) == 1 else None


def outcomes_by(
    procedure: Procedure, weighing: Weighing, facts: Bearing = NO_FACTS, *, only: str | None = None
) -> frozenset[Outcome]:
    """Every outcome that may follow from the placed seats and the facts. It may include one that cannot.

    ``only``: use only the conditions on that one of the questions put beside the draft.
    """
    found: set[Outcome] = {rule.outcome for rule in facts.may_decide if rule.outcome is not None}
    if facts.decides is not None and facts.decides.outcome is not None:
        return frozenset({*found, facts.decides.outcome})
    for condition in procedure.decision.conditions:
        if not weighing.applies(condition) or condition.id in facts.passed_over or only not in {None, condition.put}:
            continue
        met = weighing.met(condition)
        if False in met:
            found.add(condition.failing)
        if True not in met and condition.id not in facts.perhaps:
            return frozenset(found)
    return frozenset({*found, procedure.decision.passing})
