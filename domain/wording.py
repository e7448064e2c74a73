"""How the domain's values are written in English."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, TypeAlias

from .inert import one_line

Unit: TypeAlias = Literal["d", "h", "min", "s"]

_SPELT = {
    "charge_d_affaires": "chargé d'affaires",
    "e_mail": "e-mail",
    "director_scad": "the Director of the Security Council Affairs Division",
    "permanent_representatives_of_members": "the permanent representatives of the members",
    "president": "the President",
    "secretary_general": "the Secretary-General",
    "secretary_general_of_the_security_council": "the Secretary-General of the Security Council",
    **{day.lower(): day for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")},
}


def words(name: str) -> str:
    """An identifier for people: ``in_favour`` is ``in favour``."""
    return _SPELT.get(name, name.replace("_", " "))


def shown(text: str, *, most: int = 200) -> str:
    """Text from outside, cut to a number of characters, in one line that cannot act on a terminal."""
    return one_line(" ".join(text.split())[:most])


def duration(length: timedelta) -> str:
    """A length of time for people: ``42 s``, ``7 min``, ``5 h 3 min``, ``6 d 2 h``."""
    parts = parts_of(length)
    return " ".join(f"{number} {unit}" for number, unit in parts) if parts else "less than 1 s"


def parts_of(length: timedelta) -> list[tuple[int, Unit]]:
    """Its two largest units, the smaller only if not zero; empty for less than a second."""
    seconds = abs(length) // timedelta(seconds=1)
    if not seconds and length:
        return []
    units: tuple[tuple[Unit, int, Unit, int], ...] = (
        ("d", 86400, "h", 3600),
        ("h", 3600, "min", 60),
        ("min", 60, "s", 1),
    )
    for unit, size, lesser, part in units:
        if seconds >= (2 * size if unit == "d" else size):
            rest = seconds % size // part
            return [(seconds // size, unit), *([(rest, lesser)] if rest else [])]
    return [(seconds, "s")]


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: ``1 entry``, ``2 entries``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
