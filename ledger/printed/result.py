"""The result of reading a printed compendium: a case, the place of each of its fields, and what could not be read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from .papers import Value
from .place import Span


class Place(NamedTuple):
    """Where a field of the case was read: its path in the case, and its value."""

    path: str
    value: Any
    span: Span


class Unread(NamedTuple):
    """What could not be read, and why; ``span`` is None if it has no place."""

    what: str
    why: str
    span: Span | None


class Choices(NamedTuple):
    """What a case needs but a compendium does not say. None means the one that the document suggests."""

    procedure: str | None = None
    roster: str | None = None
    question: str = "substantive"


@dataclass(frozen=True, slots=True)
class ReadCompendium:
    """``case`` is the document of a case file, ``files`` the texts that it attaches, by relative path. ``assumed`` are
    fields of the case that the document does not state, each with the reason for its value.
    """

    name: str
    case: dict[str, Any]
    files: dict[str, bytes]
    places: tuple[Place, ...]
    unread: tuple[Unread, ...]
    assumed: tuple[tuple[str, str], ...]

    @property
    def case_file(self) -> bytes:
        """The case as a file."""
        return _written(self.case)

    @property
    def report(self) -> dict[str, Any]:
        """Where each field was read, what could not be read, and what was assumed: ``inblue-import/1``."""
        return {
            "format": "inblue-import/1",
            "read": [{"field": each.path, "value": each.value, **_placed(each.span)} for each in self.places],
            "unread": [{"what": each.what, "why": each.why, **_placed(each.span)} for each in self.unread],
            "assumed": [{"field": name, "why": why} for name, why in self.assumed],
        }

    @property
    def report_file(self) -> bytes:
        """The report as a file."""
        return _written(self.report)


@dataclass
class Draft:
    """An act under construction; the paths in ``places`` are relative to it."""

    value: dict[str, Any]
    places: list[Place] = field(default_factory=list)

    def put(self, path: str, read: Value | None) -> None:
        """Set a field, or one of the instrument's, to what was read, if it was."""
        if read is None:
            return
        inner, _, name = path.rpartition(".")
        value = read.value.isoformat() if isinstance(read.value, date) else read.value
        (self.value[inner] if inner else self.value)[name] = value
        self.places.append(Place(path, value, read.span))

    def put_all(self, names: tuple[str, ...], read: dict[str, Value], within: str = "") -> None:
        """Set each of these fields that was read."""
        for name in names:
            self.put(f"{within}{name}", read.get(name))


def _written(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _placed(span: Span | None) -> dict[str, int]:
    return {} if span is None else {name: at for name, at in span._asdict().items() if name != "page" or at}
