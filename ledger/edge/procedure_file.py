"""Procedures as people write them: JSON, or TOML, which has comments. TOML is stored as canonical JSON."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time
from typing import Any

from ...domain.canonical import Json, canonical
from ...domain.errors import Malformed
from ...domain.instant import format_instant
from ...domain.procedure import Procedure

MAX_TOML_BYTES = 1024 * 1024
MAX_DOTS = 200
"""The most dots in a line of TOML: the time to read a key grows with the square of its parts."""

SUFFIXES = (".json", ".toml")
"""The file name extensions of a procedure."""


def procedure_of(raw: bytes, where: str) -> Procedure:
    """The procedure in a file: TOML if its name ``where`` ends so, else JSON.

    Raises:
        Malformed: not strict JSON or TOML, or not of the form; one line that begins with ``where``.
    """
    return Procedure.read(json_of_toml(raw, where) if where.endswith(".toml") else raw, where=where)


def json_of_toml(raw: bytes, where: str) -> bytes:
    """A procedure written as TOML as canonical JSON. Days and hours become text; TOML has no null.

    A document without ``members`` leaves them to the roster, like null in JSON.

    Raises:
        Malformed: not UTF-8, not TOML, too large, or with a value that these JSON documents cannot have.
    """
    if len(raw) > MAX_TOML_BYTES:
        raise Malformed(f"{where}: {len(raw):,} bytes; at most {MAX_TOML_BYTES:,} are read")
    for number, line in enumerate(raw.splitlines(), start=1):
        if line.count(b".") > MAX_DOTS:
            raise Malformed(f"{where}: line {number} has more than {MAX_DOTS} dots, which is the most that is read")
    try:
        table: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
        value = {"members": None, **{name: _as_json(each, name) for name, each in table.items()}}
        return canonical(value)
    except UnicodeDecodeError as error:
        raise Malformed(f"{where}: not UTF-8 at byte {error.start}") from None
    except Malformed as error:
        raise Malformed(f"{where}: {error}") from None
    except RecursionError:
        raise Malformed(f"{where}: nested too deeply") from None
    except ValueError as error:  # of TOML, or an integer of more digits than Python reads
        raise Malformed(f"{where}: not TOML: {_first_line(error)}") from None


def _first_line(error: ValueError) -> str:
    return _shown(str(error).partition("\n")[0])


def _shown(text: str) -> str:
    return ascii(text)[1:-1][:200]


def _as_json(value: Any, field: str) -> Json:
    match value:
        case dict():
            return {name: _as_json(each, f"{field}.{name}") for name, each in value.items()}
        case list():
            return [_as_json(each, f"{field}.{at}") for at, each in enumerate(value)]
        case float():
            raise Malformed(f"{_shown(field)}: the number {value} is not an integer; write it as text, in quotes")
        case datetime():
            if value.tzinfo is None:
                raise Malformed(f"{_shown(field)}: the instant {value.isoformat()} names no zone")
            return format_instant(value)
        case date():
            return value.isoformat()
        case time():
            return value.isoformat() if value.second or value.microsecond else value.strftime("%H:%M")
        case _:
            plain: Json = value
            return plain
