"""Sentences and phrases that can be translated.

A :class:`Said` is its English text, so JSON, logs and comparisons see a plain string; it also holds the template it was
made from and the values of its fields. Templates are whole sentences or phrases and are what is translated, exactly as
written in the code, so a call must give them as literals. The wrappers here say what a value is if its Python type does
not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Self, TypeAlias
from zoneinfo import ZoneInfo

from .instant import format_instant, format_local
from .wording import duration, words


@dataclass(frozen=True, slots=True)
class Word:
    """An identifier that people read as words: ``in_favour``."""

    name: str


@dataclass(frozen=True, slots=True)
class Code:
    """An identifier that is written as it is in English, ``not_adopted``, and as words in other languages."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A Member State of the United Nations by its id (ISO 3166-1 alpha-3), which is also its English text."""

    id: str


@dataclass(frozen=True, slots=True)
class Number:
    """A count, with thousands separators. A plain ``int`` is an ordinal, such as act 1024."""

    value: int


@dataclass(frozen=True, slots=True)
class Hours:
    """A number of hours, spelt out: ``24 hours``."""

    value: int


@dataclass(frozen=True, slots=True)
class Local:
    """An instant in the local time of a zone. A plain ``datetime`` is written in UTC, to the microsecond."""

    at: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives: ``a or b``. A plain tuple is a list."""

    items: tuple[Value, ...]


Value: TypeAlias = (
    "str | int | date | timedelta | Word | Code | Member | Number | Hours | Local | AnyOf | tuple[Value, ...]"
)
"""What a field may hold. A plain ``str`` is used unchanged (a symbol, a name); a :class:`Said` is translated."""


class Said(str):
    """English text with the ``template`` it was made from, and the ``values`` in its fields.

    ``many`` is the template for every number except 1, if the sentence depends on a number, which is then the field
    ``number``. A template without values is literal text, braces included, such as that of a clause.
    """

    template: str
    many: str | None
    values: Mapping[str, Value]

    __slots__ = ("many", "template", "values")

    @classmethod
    def of(cls, template: str, /, **values: Value) -> Self:
        """``template`` with its named fields filled."""
        return cls._made(template, template, None, values)

    @classmethod
    def written(cls, text: str) -> Self:
        """A text from a procedure, such as its title, as a field of another text."""
        return cls._made(text, text, None, {})

    @classmethod
    def counted(cls, one: str, many: str, number: int, /, **values: Value) -> Self:
        """``one`` or ``many``, depending on ``number``; both may have the field ``number``."""
        return cls._made(one if number == 1 else many, one, many, {"number": Number(number), **values})

    @classmethod
    def _made(cls, chosen: str, template: str, many: str | None, values: dict[str, Value]) -> Self:
        english = {name: in_english(value) for name, value in values.items()}
        said = super().__new__(cls, chosen.format(**english) if values else chosen)
        said.template, said.many, said.values = template, many, MappingProxyType(values)
        return said

    def refilled(self, values: Mapping[str, Value]) -> Said:
        """The same sentence with other values in its fields. Its ``number``, if it depends on one, stays."""
        if not self.values:
            return self
        chosen = self.template if self.many is None or self.values["number"] == Number(1) else self.many
        return self._made(chosen, self.template, self.many, dict(values))

    def in_zone(self, zone: ZoneInfo) -> Said:
        """The same sentence with its instants in the local time of a zone: for people, never for storage."""
        return self.refilled({name: _in_zone(value, zone) for name, value in self.values.items()})

    def all_values(self) -> dict[str, Value]:
        """The values in its fields, and in those of the phrases in them, by name."""
        found: dict[str, Value] = {}
        for name, value in self.values.items():
            found |= value.all_values() if isinstance(value, Said) else {name: value}
        return found

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """A copy or a pickle is the plain text."""
        return (str, (str(self),))


def _in_zone(value: Value, zone: ZoneInfo) -> Value:
    match value:
        case Said():
            return value.in_zone(zone)
        case datetime():
            return Local(value, zone)
        case tuple():
            return tuple(_in_zone(each, zone) for each in value)
        case _:
            return value


def in_english(value: Value) -> str:
    """A value as it appears in an English sentence."""
    match value:
        case str():
            return str(value)
        case int():
            return str(value)
        case datetime():
            return format_instant(value)
        case date():
            return value.isoformat()
        case timedelta():
            return duration(value)
        case Word():
            return words(value.name)
        case Code():
            return value.name
        case Member():
            return value.id
        case Number():
            return f"{value.value:,}"
        case Hours():
            return f"{value.value} hours"
        case Local():
            return format_local(value.at, value.zone)
        case AnyOf():
            return " or ".join(in_english(item) for item in value.items)
        case _:
            return ", ".join(in_english(item) for item in value)
