"""What a vote comes to as its replies come one by one, each in a step of the same cost."""

from __future__ import annotations

from fractions import Fraction

from .decision_rules import Condition
from .procedure import Procedure
from .procedure_rules import Outcome, Question
from .roster import Roster, Seat
from .threshold import Threshold
from .threshold_arithmetic import compared, share_of_nothing, weight_of


class RunningOutcome:
    """Sums over the seats of ``roster``, all of them silent at first, and the outcome that they give.

    It knows conditions on the positions of seats alone; what facts or answers to other questions change it leaves out.
    """

    def __init__(self, procedure: Procedure, roster: Roster, question: Question) -> None:
        self._procedure = procedure
        self._seats = {seat.member: seat for seat in roster.members}
        self._positions: dict[str, str | None] = dict.fromkeys(self._seats)
        applying = (each for each in procedure.decision.conditions if each.applies_to(question) and each.put is None)
        self._conditions = [(each, [_Sums(threshold) for threshold in each.any_of]) for each in applying]
        for seat in self._seats.values():
            self._add(seat, 1)

    def take(self, member: str, position: str | None) -> None:
        """The seat of ``member`` has another position; None is silence. A member without a seat changes nothing."""
        seat = self._seats.get(member)
        if seat is None or self._positions[member] == position:
            return
        self._add(seat, -1)
        self._positions[member] = position
        self._add(seat, 1)

    @property
    def outcome(self) -> Outcome:
        """By the first condition that is not met."""
        for condition, sums in self._conditions:
            if not any(each.met(self._procedure) or self._cast(condition, each) for each in sums):
                return condition.failing
        return self._procedure.decision.passing

    def _add(self, seat: Seat, sign: int) -> None:
        position = self._positions[seat.member] or self._procedure.silence.means
        for _, sums in self._conditions:
            for each in sums:
                each.add(seat, position, sign)

    def _cast(self, condition: Condition, sums: _Sums) -> bool:
        """Whether a casting vote meets it, where the count is exactly the bound."""
        if condition.tie is None or not sums.tied:
            return False
        casting = (seat for seat in self._seats.values() if seat.is_among(condition.tie.casting))
        return any((self._positions[seat.member] or "") in sums.threshold.choices for seat in casting)


class _Sums:
    """What a threshold counts, and of what."""

    def __init__(self, threshold: Threshold) -> None:
        self.threshold = threshold
        self._choices = frozenset(threshold.choices)
        self._base = None if threshold.base is None else frozenset(threshold.base)
        part, whole = (threshold.share or "1/1").split("/")
        self._part, self._whole = int(part), int(whole)
        self._counted: int | Fraction = 0
        self._of: int | Fraction = 0

    def add(self, seat: Seat, position: str, sign: int) -> None:
        weight = weight_of(self.threshold, seat) * sign
        if position in self._choices:
            self._counted += weight
        if self._base is None or position in self._base:
            self._of += weight

    @property
    def tied(self) -> bool:
        """Whether it wants more than exactly what is counted."""
        counted, bound = self._sides()
        return self.threshold.compare == "more_than" and counted == bound

    def met(self, procedure: Procedure) -> bool:
        if self.threshold.share is not None and not self._of:
            return share_of_nothing(self.threshold, self._counted, procedure)
        return compared(self.threshold, *self._sides())

    def _sides(self) -> tuple[int | Fraction, int | Fraction]:
        if self.threshold.share is None:
            return self._counted, self.threshold.number or 0
        return self._counted * self._whole, self._part * self._of
