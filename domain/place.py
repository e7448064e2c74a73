"""The place of a fault in a JSON document that a person wrote: the line and the path (``acts.7.member``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

_STEPS = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)*")
_BLANK = re.compile(r"[ \t\n\r]*")
_value = json.JSONDecoder().raw_decode


def placed(name: str, document: str, message: str) -> str:
    """``message``, which begins with the path to its subject, with the line of ``document`` added.

    ``acts.7: member: no such member`` gives ``NAME, line 41 (acts.7.member): no such member``. Steps that the document
    lacks, such as a missing field, stay in the message. ``document`` is strict JSON.
    """
    way: list[str] = []
    line, rest = None, message
    while ": " in rest:
        first, _, more = rest.partition(": ")
        if not _STEPS.fullmatch(first):
            break
        longer = [*way, *first.split(".")]
        found = line_of(document, longer)
        if found is None:
            break
        way, line, rest = longer, found, more
    return f"{name}: {message}" if line is None else f"{name}, line {line} ({'.'.join(way)}): {rest}"


def line_of(document: str, way: Sequence[str]) -> int | None:
    """The line, from 1, on which the value at the path ``way`` begins, or its key; None if there is no such value.

    A step is a key of an object, or an index of a list. The time grows linearly with the length of ``document``.
    """
    at, begins = _after_blank(document, 0), 0
    for step in way:
        found = next((child for child in _children(document, at) if child[0] == step), None)
        if found is None:
            return None
        _, begins, at = found
    return document.count("\n", 0, begins) + 1


def _children(document: str, at: int) -> Iterator[tuple[str, int, int]]:
    """Of each value in the object or list at ``at``: the step to it, and its start with and without the key."""
    opened = document[at : at + 1]
    if opened not in {"{", "["}:
        return
    number, at = 0, _after_blank(document, at + 1)
    while document[at] not in "}]":
        step, begins = str(number), at
        if opened == "{":
            step, at = _value(document, at)
            at = _after_blank(document, _after_blank(document, at) + 1)
        yield step, begins, at
        _, at = _value(document, at)
        at = _after_blank(document, at)
        if document[at] == ",":
            at = _after_blank(document, at + 1)
        number += 1


def _after_blank(document: str, at: int) -> int:
    found = _BLANK.match(document, at)
    return found.end() if found else at
