"""What a threshold of a decision weighs and compares; how much is summed up is the matter of :mod:`.tally`."""

from __future__ import annotations

from fractions import Fraction

from .procedure import Procedure, Procedure1
from .roster import Seat, exact
from .threshold import Threshold


def weight_of(threshold: Threshold, seat: Seat) -> int | Fraction:
    """What a seat adds to the sums of a threshold."""
    if not seat.is_among(threshold.among):
        return 0
    return 1 if threshold.weight is None else exact(seat.weights.get(threshold.weight, 0))


def compared(threshold: Threshold, counted: int | Fraction, bound: int | Fraction) -> bool:
    """Whether what is counted is to ``bound`` as the threshold wants."""
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
    """Whether a share of an empty base is enough: anything is above every share of nothing, and nothing below it.

    By the first format of procedures no share of nothing was ever reached, nor undercut.
    """
    if isinstance(procedure, Procedure1):
        return threshold.compare == "at_most" and not counted
    return (counted > 0) == (threshold.compare in {"at_least", "more_than"})
