"""Who votes: seats, permanent members, weights; and the member ids that a procedure can know."""

import re
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from .canonical import MAX_INTEGER, parse_json
from .errors import Malformed
from .instant import Day
from .payload import Document, Line, MemberId, Model, Name, Text

_SHIPPED = Path(__file__).parent


_IN_FIGURES = r"^(0|[1-9][0-9]{0,39})(\.[0-9]{1,20})?$"

NOT_ON_RECORD = "not_on_record"
"""The tally's key for a seat whose position no source gives: neither a choice nor silence."""
VOIDED = "voided"
"""The tally's key for a seat whose only reply was voided after the close: neither absence nor a position."""
UNKNOWN = frozenset({NOT_ON_RECORD, VOIDED})


def _weight(value: int | str) -> int | str:
    if (
        not 0 <= value <= MAX_INTEGER
        if isinstance(value, int)
        else not re.fullmatch(_IN_FIGURES[1:-1], value, re.ASCII)
    ):
        raise Malformed('a weight is an integer from 0 on, or a number as text, such as "12.5"')
    return value


Weight: TypeAlias = Annotated[
    int | str,
    AfterValidator(_weight),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER},
                {"type": "string", "pattern": _IN_FIGURES},
            ]
        }
    ),
]
"""The exact weight of a seat: an integer; as text if it is too large for JSON, or a decimal (``"12.5"``)."""


def exact(weight: int | str) -> int | Fraction:
    """The value of a weight, an integer if it is one."""
    if isinstance(weight, int):
        return weight
    value = Fraction(weight)
    return value.numerator if value.denominator == 1 else value


def in_figures(value: int | Fraction) -> str:
    """A weight, or a sum of weights, as an exact decimal."""
    whole, rest = divmod(value.numerator, value.denominator)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, value.denominator)
        digits += str(digit)
    return f"{whole}.{digits}" if digits else str(whole)


class Seat(Model):
    """A member with a vote. ``weights`` are measures that the procedure defines, such as a population.

    It is in force from the day ``since`` (written ``from``) to the day before ``until``, if given; ``groups`` are the
    body's groups that it belongs to. An ``advisory`` seat replies but is never counted; ``alternates`` may reply for
    it. These fields are written only if they are not empty.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(serialize_by_alias=True)

    member: MemberId
    permanent: bool = False
    weights: dict[Name, Weight] = Field(default_factory=dict)
    since: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    groups: tuple[Name, ...] = ()
    advisory: bool = False
    alternates: tuple[MemberId, ...] = ()

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.since and self.until and self.until <= self.since:
            raise Malformed("until must be after from")
        if len(set(self.groups)) != len(self.groups):
            raise Malformed("one of the groups is listed twice")
        if self.member in self.alternates or len(set(self.alternates)) != len(self.alternates):
            raise Malformed("alternates: each is another member, and listed once")
        return self

    @model_serializer(mode="wrap")
    def _what_is_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value: dict[str, Any] = whole(self)
        return {name: each for name, each in value.items() if each or name not in _OF_ROSTER_2}

    def is_among(self, group: str) -> bool:
        """Whether it belongs to ``group``: ``all``, ``permanent``, or one that it names."""
        return group == "all" or (self.permanent if group == "permanent" else group in self.groups)

    def in_force(self, day: date) -> bool:
        """Whether the seat is in force on ``day``."""
        return not self.out_of_force(day, day)

    def out_of_force(self, first: date | None, last: date | None) -> bool:
        """Whether it is in force on none of the days from ``first`` to ``last``; None is an unknown end."""
        before_it = last is not None and self.since is not None and last < self.since
        return before_it or (first is not None and self.until is not None and first >= self.until)


MAX_SEATS = 50_000
"""The most seats of a roster, checked whenever one is read."""

_OF_ROSTER_2 = {"from", "until", "groups", "advisory", "alternates"}


class Roster(Document):
    """The members entitled to vote, in the order in which they are listed."""

    format: Literal["inblue-roster/1", "inblue-roster/2"] = "inblue-roster/2"
    name: Line
    source: Text | None = None
    members: tuple[Seat, ...] = Field(min_length=1, max_length=MAX_SEATS)

    @model_validator(mode="after")
    def _each_member_once(self) -> Self:
        seen: set[str] = set()
        for seat in self.members:
            if seat.member in seen:
                raise Malformed(f"the member {seat.member} is listed twice")
            if self.format == "inblue-roster/1" and seat.model_fields_set & {
                "since",
                "until",
                "groups",
                "advisory",
                "alternates",
            }:
                raise Malformed(f"the seat of {seat.member} has a field that {self.format} does not have")
            if self.format == "inblue-roster/1" and any(isinstance(each, str) for each in seat.weights.values()):
                raise Malformed(f"the seat of {seat.member} has a weight as text; {self.format} takes integers")
            seen.add(seat.member)
        return self

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The members' ids, in order."""
        return tuple(seat.member for seat in self.members)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.ids)

    @cached_property
    def permanent(self) -> frozenset[str]:
        """The permanent members' ids."""
        return frozenset(seat.member for seat in self.members if seat.permanent)

    @cached_property
    def dated(self) -> tuple[Seat, ...]:
        """The seats with a stated beginning or end."""
        return tuple(seat for seat in self.members if seat.since or seat.until)

    @cached_property
    def advisory(self) -> tuple[Seat, ...]:
        """The seats that do not vote."""
        return tuple(seat for seat in self.members if seat.advisory)

    def seat(self, member: str) -> Seat | None:
        """The seat of ``member``, if it has one."""
        return self._seats.get(member)

    @cached_property
    def _seats(self) -> dict[str, Seat]:
        return {seat.member: seat for seat in self.members}

    @property
    def term(self) -> tuple[date | None, date | None]:
        """The first day on which all seats are in force, and the day after the last; None if unbounded."""
        since = max((seat.since for seat in self.members if seat.since), default=None)
        return since, min((seat.until for seat in self.members if seat.until), default=None)

    def __contains__(self, member: object) -> bool:
        return member in self._known


@cache
def built_in_roster(name: str) -> Roster:
    """A roster shipped with the package, such as ``unsc-2020``.

    >>> len(inblue.built_in_roster("unsc-2026").ids)
    15

    Raises:
        Malformed: none of that name.
    """
    return Roster.read(shipped("rosters", name), where=f"roster {name}")


@cache
def built_in_members(name: str) -> dict[str, str]:
    """The members of a list shipped with the package, such as ``un-member-states``: English name by id, in order.

    Raises:
        Malformed: none of that name.
    """
    document = parse_json(shipped("members", name), where=f"members {name}")
    listed: Any = document["members"] if isinstance(document, dict) else ()
    return {member["id"]: member["name"] for member in listed}


@cache
def built_in_names(name: str) -> dict[str, dict[str, str]]:
    """The names of members of a shipped list in the official languages other than English, by id and code.

    Raises:
        Malformed: none of that name.
    """
    document: Any = parse_json(shipped("names", name), where=f"names {name}")
    names: dict[str, dict[str, str]] = document["names"]
    return names


def shipped_names(kind: str) -> tuple[str, ...]:
    """The names of what is shipped under ``kind``: ``procedures``, ``rosters``, ``members`` or ``names``."""
    return tuple(sorted(path.stem for path in (_SHIPPED / kind).glob("*.json")))


def shipped(kind: str, name: str) -> bytes:
    """The bytes of what is shipped under ``kind`` and ``name``.

    Raises:
        Malformed: none of that name.
    """
    if name not in shipped_names(kind):
        raise Malformed(f"no {kind} named {str(name)[:60]!r} is shipped; there are {', '.join(shipped_names(kind))}")
    return (_SHIPPED / kind / f"{name}.json").read_bytes()
