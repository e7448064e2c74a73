"""A row of the table: two rates measured in turn, and what the one is to be beside the other."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple


class Goal(NamedTuple):
    """A bound of the ratio, and whether it is a lower one."""

    bound: float
    at_least: bool

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"

    def met(self, value: float) -> bool:
        """Whether ``value`` keeps to it."""
        return value >= self.bound if self.at_least else value <= self.bound


class Row(NamedTuple):
    """Rates a second, or other quantities of ``unit``, of rounds taken in turn with those of the floor."""

    what: str
    measured: Sequence[float]
    floor: str
    floors: Sequence[float]
    goal: Goal | None
    unit: str = "/s"

    def line(self) -> str:
        """The row as text: medians, the median of the rounds' ratios, lowest and highest."""
        ratios = sorted(one / other for one, other in zip(self.measured, self.floors, strict=True))
        middle = statistics.median(ratios)
        spread = f"{ratios[0]:.2f}..{ratios[-1]:.2f}"
        said = "" if self.goal is None else f"{self.goal} {'met' if self.goal.met(middle) else 'MISSED'}"
        mine, theirs = (f"{statistics.median(each):,.4g}" for each in (self.measured, self.floors))
        return (
            f"{self.what:35.35} {mine:>9}{self.unit:3} {self.floor:32.32} {theirs:>9} {middle:7.2f} {spread:>13} {said}"
        )


def ratio(bound: float) -> Goal:
    """At least ``bound`` times as fast as the floor."""
    return Goal(bound, at_least=True)


def at_most(bound: float) -> Goal:
    """At most ``bound`` times as much as the floor."""
    return Goal(bound, at_least=False)
