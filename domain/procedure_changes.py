"""The differences between two procedures, rule by rule, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .canonical import Json, canonical
from .explain import Part, explain
from .phrase import Said
from .procedure import Procedure
from .sentence import Sentence

_NAMED_BY = ("id", "choice", "title", "clause")


class Change(NamedTuple):
    """What was said on ``field``, and what is said now; None if nothing was, or is.

    ``part`` is the heading under which :func:`.explain.explain` has it.
    """

    part: Said
    field: str
    before: Sentence | None
    after: Sentence | None


def changes(before: Procedure, after: Procedure) -> tuple[Change, ...]:
    """The differences of ``after`` from ``before``; empty exactly if the two mean the same.

    They mean the same if they have the same rules and the same clauses, in any order of clauses.
    """
    found = list(_in_sentences(explain(before), explain(after)))
    said = {change.field.partition(".")[0] for change in found}
    one, other = _leaves(before), _leaves(after)
    unsaid = (
        Change(Said.of("The document"), field, _told(field, one), _told(field, other))
        for field in dict.fromkeys((*one, *other))
        if one.get(field) != other.get(field) and field.partition(".")[0] not in said
    )
    return (*found, *unsaid)


def _in_sentences(before: Sequence[Part], after: Sequence[Part]) -> Iterator[Change]:
    one, other = _by_field(before), _by_field(after)
    for title, field in dict.fromkeys((*one, *other)):
        old, new = one.get((title, field), []), other.get((title, field), [])
        if old == new:
            continue
        for at in range(max(len(old), len(new))):
            pair = (old[at] if at < len(old) else None, new[at] if at < len(new) else None)
            if pair[0] != pair[1]:
                yield Change(title, field, *pair)


def _by_field(parts: Sequence[Part]) -> dict[tuple[Said, str], list[Sentence]]:
    found: dict[tuple[Said, str], list[Sentence]] = {}
    for part in parts:
        for sentence in part.sentences:
            found.setdefault((part.title, sentence.field), []).append(sentence)
    return found


def _told(field: str, leaves: Mapping[str, Json]) -> Sentence | None:
    """A value that no sentence covers."""
    if field not in leaves:
        return None
    text = canonical(leaves[field]).decode()
    return Sentence(field, Said.of("{field}: {value}", field=field, value=text))


def _leaves(procedure: Procedure) -> dict[str, Json]:
    """Every value of the document by its path; items of lists by name, if each has its own."""
    found: dict[str, Json] = {}
    _collect(procedure.json_value(), "", found)
    return found


def _collect(value: Any, way: str, found: dict[str, Json]) -> None:
    items: Mapping[str, Any] | None = value if isinstance(value, Mapping) else None
    if isinstance(value, (list, tuple)) and value and all(isinstance(each, Mapping) for each in value):
        items = _named(value)
        if way != "clauses":
            found[f"{way}.*"] = list(items)
    if not items:
        found[way] = value
        return
    for name, each in items.items():
        _collect(each, f"{way}.{name}" if way else name, found)


def _named(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    for key in _NAMED_BY:
        names = [str(item.get(key, "")) for item in items]
        if all(names) and len(set(names)) == len(names):
            return dict(zip(names, items, strict=True))
    return {str(at): item for at, item in enumerate(items)}
