"""The project file: where it is, and what is in it, read strictly.

``inblue.toml`` is looked for in the current folder and those above it; ``INBLUE_PROJECT`` names another, or none if it
is empty. It names keys and authorities, so only its owner may be able to write it. It never contains a secret.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ...domain.errors import Malformed
from .fields import FIELDS, FORMAT, Field, Kind

NAME = "inblue.toml"
VARIABLE = "INBLUE_PROJECT"
MAX_BYTES = 65_536
_MAX_DOTS = 50  # the time to read a TOML key grows with the square of its parts
_LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
_SECRET = re.compile(r"pass(word|phrase)|secret|(^|_)pin$|private|token")


class Value(NamedTuple):
    """The file's value for a field, with paths relative to the file's folder resolved, and its line."""

    value: Any
    line: int


@dataclass(frozen=True, slots=True)
class Project:
    """A project file, read."""

    path: Path
    values: dict[str, Value] = field(default_factory=dict)

    def where(self, name: str) -> str:
        """The file and line of a field."""
        return f"{self.path}, line {self.values[name].line}"


def find_project() -> Path | None:
    """The project file that applies here, or None."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named) if named else None
    try:
        here = Path.cwd()
    except OSError:  # the folder is gone
        return None
    return next((found for folder in (here, *here.parents) if os.path.lexists(found := folder / NAME)), None)


def read_project(path: Path) -> Project:
    """What is in the project file ``path``.

    Raises:
        Malformed: it cannot be read, others can write it, or its content is wrong; with file, line and fix.
    """
    raw, real = _content(path)
    lines = raw.split("\n")
    for number, line in enumerate(lines, start=1):
        if line.count(".") > _MAX_DOTS:
            raise Malformed(f"{path}, line {number}: more than {_MAX_DOTS} dots, which is the limit")
    import tomllib

    try:
        table = tomllib.loads(raw)
    except RecursionError:
        raise Malformed(f"{path}: nested too deeply") from None
    except ValueError as error:
        said = ascii(str(error).partition("\n")[0])[1:-1]
        raise Malformed(f"{path}: not TOML: {said}") from None
    if table.pop("format", None) != FORMAT:
        raise Malformed(f'{path}: a project file begins with format = "{FORMAT}"; inblue setup writes one')
    found = {
        name: Value(_checked(path, real.parent, lines, name, value), _line(lines, name))
        for name, value in table.items()
    }
    return Project(path, found)


def project_text(values: Mapping[str, Any]) -> str:
    """A project file with these values, in the order of the fields, each with what it is."""
    lines = [f'format = "{FORMAT}"', ""]
    for name, known in FIELDS.items():
        value = values.get(name)
        if value is not None:
            lines += [f"# {known.said}", f"{name} = {json.dumps(value, ensure_ascii=False)}"]
    return "\n".join(lines) + "\n"


def _content(path: Path) -> tuple[str, Path]:
    """The text of the file, and its real path, with links resolved."""
    from ...ledger.outside import open_outside

    try:
        real = path.resolve(strict=True)
        with open_outside(real) as file:
            _check_owner(path, os.fstat(file.fileno()))
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise Malformed(f"{path}: more than {MAX_BYTES:,} bytes, which is the limit for a project file")
    try:
        return raw.decode(), real
    except UnicodeDecodeError as error:
        raise Malformed(f"{path}: not UTF-8 at byte {error.start}") from None


def _check_owner(path: Path, found: os.stat_result) -> None:
    if not hasattr(os, "getuid"):
        return
    if found.st_uid not in {os.getuid(), 0}:
        raise Malformed(
            f"{path}: it belongs to another user, who could choose which keys and authorities are used; "
            f"set {VARIABLE} to your own, or to nothing"
        )
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Malformed(
            f"{path}: others can write it, and so choose which keys and authorities are used: chmod go-w {path}"
        )


def _checked(path: Path, folder: Path, lines: list[str], name: str, value: Any) -> Any:
    at = f"{path}, line {_line(lines, name)}"
    known = FIELDS.get(name)
    if known is None:
        raise Malformed(f"{at}: {_unknown(name)}")
    if not _fits(known.kind, value):
        raise Malformed(f"{at}: {name} is {_WANTED[known.kind]} ({known.said})")
    if name == "language" and value not in _LANGUAGES:
        raise Malformed(f"{at}: language is one of {', '.join(_LANGUAGES)}")
    if known.kind == "address":
        _check_address(at, value)
    return _led_back(folder, known, value)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    shown = ascii(name[:40])
    if _SECRET.search(name):
        return f"{shown}: a secret has no place in a project file; take it out, and see inblue unlock"
    near = get_close_matches(name, FIELDS, 1)
    return f"{shown} is not a field of a project file; " + (
        f"did you mean {near[0]}?" if near else f"the fields are {', '.join(FIELDS)}"
    )


_WANTED: dict[Kind, str] = {
    "text": "text in quotes",
    "address": "text in quotes",
    "path": "a path in quotes",
    "name_or_path": "a name or a path in quotes",
    "flag": "true or false",
    "texts": 'a list of texts, such as ["mx.example.org"]',
}


def _fits(kind: Kind, value: Any) -> bool:
    match kind:
        case "flag":
            return isinstance(value, bool)
        case "texts":
            return isinstance(value, list) and all(map(_is_text, value))
        case _:
            return _is_text(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable() and len(value) <= 4_096


def _check_address(at: str, value: str) -> None:
    """Refuse a password in the address of a database."""
    from ...ledger.stores.address import PostgresAddress, read_address

    address = read_address(value)
    if isinstance(address, PostgresAddress) and address.secrets:
        raise Malformed(f"{at}: ledger contains a password; move it to ~/.pgpass (or INBLUE_LEDGER)")


def _led_back(folder: Path, known: Field, value: Any) -> Any:
    """``value``, with a relative path resolved from the file's folder, and shortened from the current one."""
    is_path = known.kind == "path" or (known.kind == "address" and "://" not in value)
    if known.kind == "name_or_path":
        is_path = value.endswith((".json", ".toml"))
    if not is_path or Path(value).is_absolute():
        return value
    return value if folder == Path.cwd() else str(folder / value)


def _line(lines: list[str], name: str) -> int:
    """The line in which a field is given; 1 where it is written in an unusual way."""
    given = re.compile(rf"""\s*\[*\s*["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((number for number, line in enumerate(lines, start=1) if given.match(line)), 1)
