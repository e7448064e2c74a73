"""Seats as options and tables of other programs give them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..desk.files import read_file

if TYPE_CHECKING:
    from ...domain.roster import Seat

_COLUMNS = ("member", "permanent", "from", "until", "groups", "advisory", "alternates")


def read_weight(text: str) -> tuple[str, int | str]:
    """``NAME=WEIGHT``: a measure, and its weight: an integer, or text where JSON could not keep it exactly."""
    name, equals, weight = text.partition("=")
    if not equals or not name or not weight:
        raise click.UsageError(f"{text}: write NAME=WEIGHT")
    return name, _weight(weight)


def of_member(text: str) -> tuple[str, str]:
    """``MEMBER=VALUE``."""
    member, equals, value = text.partition("=")
    if not equals or not member or not value:
        raise click.UsageError(f"{text}: write MEMBER=VALUE")
    return member, value


def read_day(text: str) -> date:
    """A date of a seat."""
    from ...domain.instant import parse_day

    return parse_day(text)


def seats_in_table(file: Path) -> list[Seat]:
    """The seats of a CSV file with a heading: a column ``member``, others as a roster has them, ``weight:NAME``.

    Several groups or alternates of a seat are separated by spaces.
    """
    from ...domain.errors import Malformed
    from ...domain.roster import Seat

    rows = csv.DictReader(io.StringIO(read_file(file).decode("utf-8-sig"), newline=""), strict=True)
    columns = tuple(rows.fieldnames or ())
    strange = [name for name in columns if name not in _COLUMNS and not name.startswith("weight:")]
    if "member" not in columns or strange:
        known = f"{', '.join(_COLUMNS)} and weight:NAME"
        raise Malformed(
            f"{file}: the columns are {known}; " + (f"not {strange[0]}" if strange else "member is missing")
        )
    try:
        return [Seat.of(dict(_seat(row)), where=f"{file}, line {rows.line_num}") for row in rows]
    except csv.Error as error:
        raise Malformed(f"{file}, line {rows.line_num}: {error}") from None


def _seat(row: dict[str, str | None]) -> Iterator[tuple[str, Any]]:
    weights = {
        name.removeprefix("weight:"): _weight(said) for name, said in row.items() if name.startswith("weight:") and said
    }
    yield "weights", weights
    for name in _COLUMNS:
        said = (row.get(name) or "").strip()
        if not said:
            continue
        match name:
            case "permanent" | "advisory":
                yield (
                    name,
                    {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(
                        said.lower(), said
                    ),
                )
            case "groups" | "alternates":
                yield name, said.split()
            case _:
                yield name, said


def _weight(text: str) -> int | str:
    from ...domain.canonical import MAX_INTEGER

    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_INTEGER else text
