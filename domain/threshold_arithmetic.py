"""What a threshold of a decision weighs and compares; :mod:`.tally` does the sums."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import NamedTuple

from .procedure import Procedure, Procedure1
from .roster import Seat, exact
from .threshold import Threshold


class Between(NamedTuple):
    """The least and the most that a sum over seats may come to."""

    least: int | Fraction
    most: int | Fraction

    @property
    def certain(self) -> bool:
        """Whether it can have only one value."""
        return self.least == self.most


class Sums(NamedTuple):
    """What a threshold counts, its base (None if it names a number), and by how much it exceeds its bound."""

    counted: Between
    base: Between | None
    excess: Between


def bound_of(threshold: Threshold) -> tuple[int, int]:
    """The part and the whole of the bound: the count times ``whole`` is compared with the base times ``part``.

    For a number, the part is that number, and the base is 1.
    """
    if threshold.share is None:
        return threshold.number or 0, 1
    part, whole = threshold.share.split("/")
    return int(part), int(whole)


def weight_of(threshold: Threshold, seat: Seat) -> int | Fraction:
    """What a seat adds to the sums of a threshold."""
    if not seat.is_among(threshold.among):
        return 0
    return 1 if threshold.weight is None else exact(seat.weights.get(threshold.weight, 0))


def compared(threshold: Threshold, counted: int | Fraction, bound: int | Fraction) -> bool:
    """Whether the count meets the threshold's test against ``bound``."""
    match threshold.compare:
        case "at_least":
            return counted >= bound
        case "more_than":
            return counted > bound
        case "at_most":
            return counted <= bound
        case "fewer_than":
            return counted < bound


def share_of_nothing(threshold: Threshold, counted: int | Fraction, procedure: Procedure) -> bool:
    """Whether a share of an empty base is met: any count is above a share of nothing, and no count is below it.

    Under the first format of procedures a share of nothing was never met in either direction.
    """
    if isinstance(procedure, Procedure1):
        return threshold.compare == "at_most" and not counted
    return (counted > 0) == (threshold.compare in {"at_least", "more_than"})


def may_be_met(
    threshold: Threshold, sums: Sums, procedure: Procedure, casting: Collection[bool] | None = None
) -> frozenset[bool]:
    """Whether the threshold can be met, can be unmet, or both.

    ``casting`` says the same of the casting vote if the count is exactly the bound; None without one.
    """
    ties = casting is not None and threshold.compare == "more_than"
    found: set[bool] = set()
    if sums.base is None or sums.base.most:
        found |= {compared(threshold, excess, 0) for excess in sums.excess if excess or not ties}
        if ties and sums.excess.least <= 0 <= sums.excess.most:
            found |= {*(casting or ())}
    if sums.base is not None and not sums.base.least:
        found |= {share_of_nothing(threshold, counted, procedure) for counted in sums.counted if counted or not ties}
        if ties and not sums.counted.least:
            found |= {*(casting or ())}
    return frozenset(found)
