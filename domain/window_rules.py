"""A procedure's rules on how long a vote's window is, and how it ends."""

from functools import cached_property
from typing import Any, Literal, Self, TypeAlias, get_args

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from .errors import Malformed
from .instant import Day
from .length import Length
from .payload import Name
from .phrase import Hours, Value
from .procedure_rules import Rule, without_nulls
from .window import SATURDAY_AND_SUNDAY, Counted, DaysOff

Weekday: TypeAlias = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""The days of the week by number, from 0."""


class _Window(Rule):
    """How long the window is, and how it ends. ``countings`` are the ways in which its hours may be counted."""

    hours: int | None
    extendable: bool = False
    at_close: Literal["inside", "late"] = "inside"


class _OneCounting(_Window):
    hours: int
    counted: Counted = "elapsed"

    @property
    def length(self) -> None:
        """Only the second format has other units than hours."""

    @property
    def starts(self) -> Literal["opening"]:
        """Only in the second format can a window begin with anything else."""
        return "opening"

    @property
    def said_length(self) -> Value:
        """How long the window is, in words."""
        return Hours(self.hours)

    @property
    def countings(self) -> tuple[Counted, ...]:
        """The only way of counting."""
        return (self.counted,)

    @property
    def days_off(self) -> DaysOff:
        """The days that working days leave out."""
        return SATURDAY_AND_SUNDAY


class _Window2(_Window):
    """How long it is: a number of ``hours``, counted in one of the ways, or a ``length``, which says so itself.

    The clauses on counting, on the last instant, on moving the deadline and on suspending the window may differ from
    the clause on its length; without a clause on suspension, it cannot be suspended.
    """

    hours: int | None = Field(default=None, ge=0, le=24 * 366)
    length: Length | None = None
    countings: tuple[Counted, ...] = Field(default=("elapsed",), min_length=1)
    weekend: tuple[Weekday, ...] | None = Field(default=None, min_length=1, max_length=6)
    holidays: tuple[Day, ...] | None = Field(default=None, min_length=1, max_length=1000)
    counting_clause: Name | None = None
    at_close_clause: Name | None = None
    extension_clause: Name | None = None
    suspension_clause: Name | None = None

    @cached_property
    def days_off(self) -> DaysOff:
        """The days that are not working days: the weekend, Saturday and Sunday by default, and holidays."""
        weekend = SATURDAY_AND_SUNDAY.weekend if self.weekend is None else map(WEEKDAYS.index, self.weekend)
        return DaysOff(frozenset(weekend), frozenset(self.holidays or ()))

    @property
    def said_length(self) -> Value:
        """How long the window is, in words."""
        return self.length.said if self.length is not None else Hours(self.hours or 0)

    @property
    def of_length(self) -> dict[str, Name]:
        """Its own clauses, by subject."""
        named = {
            "counting": self.counting_clause,
            "at_close": self.at_close_clause,
            "extension": self.extension_clause,
            "suspension": self.suspension_clause,
        }
        return {name: clause for name, clause in named.items() if clause is not None}

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if (self.hours is None) == (self.length is None):
            raise Malformed("a window has hours, or a length, and not both")
        if self.length is not None and self.countings != ("elapsed",):
            raise Malformed("countings: a length says itself how it is counted")
        return self

    @model_validator(mode="after")
    def _days_off_of_working_days(self) -> Self:
        working = "working_days" in self.countings or (self.length is not None and self.length.unit == "working_days")
        for name, days in (("weekend", self.weekend), ("holidays", self.holidays)):
            if days is not None and not working:
                raise Malformed(f"{name}: no working_days are counted here")
            if days is not None and len(set(days)) != len(days):
                raise Malformed(f"{name}: a day is listed twice")
        return self

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value = without_nulls(whole(self), _GAINED)
        return {name: each for name, each in value.items() if (name, each) != ("starts", "opening")}

    @model_validator(mode="after")
    def _elapsed_first(self) -> Self:
        if len(set(self.countings)) != len(self.countings):
            raise Malformed("one of the countings is listed twice")
        if "elapsed" in self.countings[1:]:
            raise Malformed("elapsed is listed first: hours are counted so where the opening letter says nothing")
        return self


_GAINED = {
    *("hours", "length", "weekend", "holidays", "counting_clause", "at_close_clause"),
    *("extension_clause", "suspension_clause"),
}


class FixedWindow1(_OneCounting):
    """The procedure fixes the length; the deadline follows from the opening and is never typed."""

    fixed_by: Literal["procedure"]
    hours: int = Field(gt=0, le=24 * 366)


class LetterWindow1(_OneCounting):
    """The opening letter fixes the deadline, at least ``hours`` after the opening."""

    fixed_by: Literal["letter"]
    hours: int = Field(ge=0, le=24 * 366)


class FixedWindow(_Window2):
    """The procedure fixes the length; the deadline follows from what it ``starts`` at, and is never typed.

    That is the opening, or the first reply that counts: until one has arrived, the close of the window is not known.
    """

    fixed_by: Literal["procedure"]
    starts: Literal["opening", "first_reply"] = "opening"

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.hours == 0:
            raise Malformed("hours: a window that the procedure fixes has some")
        return self


class LetterWindow(_Window2):
    """The opening letter fixes the deadline, no sooner after the opening than the procedure says."""

    fixed_by: Literal["letter"]

    @property
    def starts(self) -> Literal["opening"]:
        """It begins with the opening."""
        return "opening"


class ClosingWindow(_Window2):
    """No deadline is fixed: the window is open until voting is closed, at least as long as the procedure says.

    It ends at the instant at which the entry that closes it is recorded.
    """

    fixed_by: Literal["closing"]

    @property
    def starts(self) -> Literal["opening"]:
        """It begins with the opening."""
        return "opening"


WindowRule: TypeAlias = FixedWindow1 | LetterWindow1 | FixedWindow | LetterWindow | ClosingWindow
