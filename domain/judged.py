"""The results of the conditions of a decision, one by one, with the sums of each threshold."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from .certainty import Known
from .decision_rules import Condition
from .optional_rules import FactRule
from .procedure_rules import Question
from .threshold import Threshold
from .threshold_arithmetic import Sums
from .weighing import casting_member


class Measured(NamedTuple):
    """What a threshold counts, its base (None if it names a number), and whether that is enough.

    If positions are not on record, these are the least that it may count; ``most`` is then the most of both, and
    ``met`` is None if it may or may not be met.
    """

    counted: int | Fraction
    base: int | Fraction | None
    met: bool | None
    most: tuple[int | Fraction, int | Fraction | None] | None = None


class Judged(NamedTuple):
    """A condition of the decision, and the result of each of its thresholds; empty if it does not apply.

    ``passed_over`` is the fact that removes it, or would; ``casting`` the member whose vote decides if a count is
    exactly its bound.
    """

    condition: Condition
    thresholds: tuple[Measured, ...]
    passed_over: FactRule | None = None
    casting: str | None = None

    @property
    def met(self) -> bool | None:
        """Whether at least one threshold is met; None if the condition does not apply, or if that is not on record."""
        if any(each.met for each in self.thresholds):
            return True
        return False if self.thresholds and all(each.met is False for each in self.thresholds) else None

    @property
    def fails(self) -> bool:
        """Whether it is certainly not met, and nothing removes it."""
        return self.met is False and self.passed_over is None


def judged(known: Known, question: Question) -> Iterator[Judged]:
    """Each condition in order, up to the first that certainly fails."""
    weighing, facts = known.weighing(question), known.facts
    for condition in known.procedure.decision.conditions:
        if not weighing.applies(condition) or condition.id in facts.passed_over:
            yield Judged(condition, (), facts.passed_over.get(condition.id))
            continue
        each = list(weighing.thresholds(condition))
        tied = any(_tied(threshold, sums) for threshold, sums, _ in each)
        casting = casting_member(known.roster, condition) if tied else None
        thresholds = tuple(_measured(sums, can_be) for _, sums, can_be in each)
        found = Judged(condition, thresholds, facts.perhaps.get(condition.id), casting)
        yield found
        if found.fails:
            return


def _tied(threshold: Threshold, sums: Sums) -> bool:
    return threshold.compare == "more_than" and sums.excess == (0, 0)


def _measured(sums: Sums, can_be: frozenset[bool]) -> Measured:
    counted, base = sums.counted, sums.base
    exact = counted.certain and (base is None or base.certain)
    most = None if exact else (counted.most, None if base is None else base.most)
    met = next(iter(can_be)) if len(can_be) == 1 else None
    return Measured(counted.least, None if base is None else base.least, met, most)
