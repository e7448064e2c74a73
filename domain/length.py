"""How long a window is, in hours, days, working days or months, and the instant at which it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from .errors import Malformed
from .instant import span_of
from .payload import Model
from .phrase import Hours, Said, Value
from .window import SATURDAY_AND_SUNDAY, DaysOff

Unit: TypeAlias = Literal["hours", "days", "working_days", "months"]
MOST: dict[Unit, int] = {"hours": 24 * 366 * 10, "days": 3660, "working_days": 2600, "months": 120}
"""The most of each unit in a length: ten years."""


class Length(Model):
    """A length of time: a number of one ``unit``, and the instant of the last day at which it ends.

    ``first_day`` says whether the day on which it begins is the first of them (``counted``, as in "28 days beginning
    with the circulation date"), or the day after it is. ``ends`` is ``same_time``, ``end_of_day`` or an hour of the
    local day, ``17:00``. Months end on the same day of the month, or its last. Hours are elapsed hours and have neither
    field. If the end is a local time that occurs twice, it is the first, or the second if the length began in such a
    second one. If clocks skip that time, it is the instant at which they are put forward. If the zone skips the whole
    day, it is the same time of the next day. So of two lengths, the one that begins later on the local clock never ends
    first.
    """

    number: int = Field(ge=1, le=24 * 366 * 10)
    unit: Unit
    first_day: Literal["counted", "not_counted"] = "not_counted"
    ends: Annotated[str, Field(pattern=r"^(same_time|end_of_day|([01][0-9]|2[0-3]):[0-5][0-9])$")] = "same_time"

    @model_validator(mode="after")
    def _of_its_unit(self) -> Self:
        if self.number > MOST[self.unit]:
            raise Malformed(f"number: {self.number} {self.unit} are more than {MOST[self.unit]}, some ten years")
        if self.unit == "hours" and (self.first_day, self.ends) != ("not_counted", "same_time"):
            raise Malformed("hours are counted from the instant: they have neither a first day nor an hour to end at")
        return self

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        usual = {"first_day": "not_counted", "ends": "same_time"}
        return {name: each for name, each in whole(self).items() if usual.get(name) != each}

    def end(self, begins: datetime, where: ZoneInfo, off: DaysOff = SATURDAY_AND_SUNDAY) -> datetime:
        """Its last instant if it ``begins`` then; days are those of the zone, and working days leave out ``off``."""
        if self.unit == "hours":
            return begins + timedelta(hours=self.number)
        local = begins.astimezone(where)
        return self._ending(self._last_day(local.date(), off), local, where)

    def begin(self, over: datetime, where: ZoneInfo, off: DaysOff = SATURDAY_AND_SUNDAY) -> datetime:
        """An instant after which no window of this length began that was over at the given instant.

        It is the last at which one can have begun; if clocks change at either end, it may be later.
        """
        if self.unit == "hours":
            return over - timedelta(hours=self.number)
        local = over.astimezone(where)
        if local.fold:  # the first of the two hours was over by then, to its end
            local += over - local.replace(fold=0).astimezone(UTC)
        if self.ends == "same_time":
            day = self._first_day(local.date(), off)
            if self._last_day(day, off) == local.date():
                return max(_at(day, local.time(), where, fold) for fold in (0, 1))
            return _end_of(day, where)
        day = self._first_day(local.date(), off)
        while self._ending(self._last_day(day, off), local, where) > over:
            day -= timedelta(days=1)
        return _end_of(day, where)

    def _ending(self, day: date, local: datetime, where: ZoneInfo) -> datetime:
        """The last instant, on that ``day``, of a length that began at ``local``."""
        if self.ends == "end_of_day":
            return _end_of(day, where)
        if self.ends == "same_time":
            return _at(day, local.time(), where, local.fold)
        return _at(day, time.fromisoformat(self.ends), where)

    def _first_day(self, last: date, off: DaysOff) -> date:
        """The last day on which it can begin if it ends on ``last`` or before."""
        day = last
        while self._last_day(day, off) > last:
            day -= self._last_day(day, off) - last  # whole days before it shorten by no more than days do
        while self._last_day(day + timedelta(days=1), off) <= last:
            day += timedelta(days=1)
        return day

    def _last_day(self, first: date, off: DaysOff) -> date:
        before = 1 if self.first_day == "counted" else 0
        if self.unit == "months":
            return _months_on(first, self.number) - timedelta(days=before)
        if self.unit == "days":
            return first + timedelta(days=self.number - before)
        left, day = self.number, first - timedelta(days=before)
        while left:
            day += timedelta(days=1)
            left -= not off.has_day(day)
        return day

    @property
    def said(self) -> Value:
        """The length in words."""
        return _SAID[self.unit](self.number)


_SAID: dict[Unit, Callable[[int], Value]] = {
    "hours": Hours,
    "days": lambda number: Said.counted("{number} day", "{number} days", number),
    "working_days": lambda number: Said.counted("{number} working day", "{number} working days", number),
    "months": lambda number: Said.counted("{number} month", "{number} months", number),
}


def _months_on(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    for day in range(first.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue  # the month is shorter
    return date(year, month + 1, first.day)


def _end_of(day: date, where: ZoneInfo) -> datetime:
    last = span_of(day, where).latest
    return _at(day, time(23, 59, 59, 999_999), where) if last is None else last  # a day that the zone skipped


def _at(day: date, hour: time, where: ZoneInfo, fold: int = 0) -> datetime:
    """The instant of that local time; if clocks skip it, the instant at which they are put forward."""
    local = datetime.combine(day, hour.replace(tzinfo=None), where)
    before, after = (local.replace(fold=each).utcoffset() or timedelta(0) for each in (0, 1))
    if before >= after:  # the time exists, once or twice
        return local.replace(fold=fold).astimezone(UTC)
    if span_of(day, where).latest is None:
        return local.replace(fold=0).astimezone(UTC)  # the same time a day later
    least, most = (local - after).replace(tzinfo=UTC), (local - before).replace(tzinfo=UTC)
    while most - least > _TICK:  # clocks change between the two
        middle = least + (most - least) / 2
        least, most = (middle, most) if middle.astimezone(where).utcoffset() == before else (least, middle)
    return most


_TICK = timedelta(microseconds=1)
