"""Who votes: seats, permanent members, weights; and the ids a procedure can know at all."""

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from .canonical import parse_json
from .errors import MalformedError
from .payload import Document, Line, MemberId, Model, Name, Text

_SHIPPED = Path(__file__).parent


class Seat(Model):
    """A member with a vote. ``weights`` are the procedure's own measures, such as a population."""

    member: MemberId
    permanent: bool = False
    weights: dict[Name, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)


class Roster(Document):
    """The members entitled to vote, in the order in which they are listed."""

    format: Literal["inblue-roster/1"] = "inblue-roster/1"
    name: Line
    source: Text | None = None
    members: tuple[Seat, ...] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _each_member_once(self) -> Self:
        seen: set[str] = set()
        for seat in self.members:
            if seat.member in seen:
                raise MalformedError(f"the member {seat.member} is listed twice")
            seen.add(seat.member)
        return self

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The members' ids, in order."""
        return tuple(seat.member for seat in self.members)

    @property
    def permanent(self) -> frozenset[str]:
        """The permanent members' ids."""
        return frozenset(seat.member for seat in self.members if seat.permanent)

    def __contains__(self, member: object) -> bool:
        return member in self.ids


@cache
def built_in_roster(name: str) -> Roster:
    """A roster shipped with the package, such as ``unsc-2020``.

    Raises:
        MalformedError: none of that name.
    """
    return Roster.read(shipped("rosters", name), where=f"roster {name}")


@cache
def built_in_members(name: str) -> dict[str, str]:
    """The members of a list shipped with the package, such as ``un-member-states``: English name by id, in its order.

    Raises:
        MalformedError: none of that name.
    """
    document = parse_json(shipped("members", name), where=f"members {name}")
    listed: Any = document["members"] if isinstance(document, dict) else ()
    return {member["id"]: member["name"] for member in listed}


@cache
def built_in_names(name: str) -> dict[str, dict[str, str]]:
    """What the members of a shipped list are called in the official languages other than English, by id and code.

    Raises:
        MalformedError: none of that name.
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
        MalformedError: none of that name.
    """
    if name not in shipped_names(kind):
        raise MalformedError(f"no {kind} named {name[:60]!r} is shipped; there are {', '.join(shipped_names(kind))}")
    return (_SHIPPED / kind / f"{name}.json").read_bytes()
