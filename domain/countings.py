"""A vote under each of the ways in which the hours of its window may have been counted.

If a letter announces no counting, the hours are elapsed hours. In a documented history that interprets the letter's
silence, so a finding that holds under one reading only says so and weighs less.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from .phrase import Said, Value, Word
from .procedure_rules import Effect
from .state import VoteState
from .window import Counted, Window
from .window_rules import WEEKDAYS


class Reading(NamedTuple):
    """The countings under which something holds, and the others; ``days`` are the days that only some of them count."""

    holding: tuple[Counted, ...]
    failing: tuple[Counted, ...]
    days: Value

    @property
    def values(self) -> Mapping[str, Value]:
        """The countings by which it holds, and the others, as a finding gives them."""
        return {"countings": tuple(map(Word, self.holding)), "others": tuple(map(Word, self.failing))}

    def of(self, said: Said) -> Said:
        """``said``, with the reading under which it holds."""
        if self.failing == ("working_days",):
            return Said.of("{finding}, if {days} count; not if they do not", finding=said, days=self.days)
        return Said.of(
            "{finding}, if the hours are counted so: {countings}; not if they are counted so: {others}",
            finding=said,
            **self.values,
        )


def windows_otherwise(state: VoteState) -> Mapping[Counted, Window]:
    """The window under each other counting of the procedure."""
    found: dict[Counted, Window] | None = state.derived.get("otherwise")
    if found is None:
        others = [each for each in state.procedure.window.countings if each != state.counting]
        found = state.derived["otherwise"] = {each: state.counted(each).window for each in others}
    return found


def reading_of(state: VoteState, holds: Callable[[Counted, Window], bool]) -> Reading | None:
    """The countings under which something holds that holds as the hours are counted; None if it is certain.

    It is certain if a letter announces the counting, if the vote is not a documented history, or if it holds under
    each.
    """
    opening = state.opening
    if not state.documented or opening is None or opening.act.counting is not None:
        return None
    failing = tuple(each for each, window in windows_otherwise(state).items() if not holds(each, window))
    if not failing:
        return None
    holding = tuple(each for each in state.procedure.window.countings if each not in failing)
    return Reading(holding, failing, _days_off(state))


def milder(effect: Effect) -> Effect:
    """The effect of an offence that exists under some readings only."""
    return "flag" if effect == "reject" else "note"


def _days_off(state: VoteState) -> Value:
    off = state.procedure.window.days_off
    days: list[Value] = [Word(WEEKDAYS[day]) for day in sorted(off.weekend)]
    if off.holidays:
        days.append(Said.of("holidays"))
    return Said.of("{first} and {second}", first=days[0], second=days[1]) if len(days) == 2 else tuple(days)
