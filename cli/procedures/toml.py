"""A JSON document as TOML, with comments before each of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Comments: TypeAlias = Callable[[str], Iterable[str]]
"""The lines for the place before the table or value at a path, such as ``decision.conditions.quorum``."""

_WIDE = 100
_MANY_DOTS = 50  # lines of TOML have few dots: see ledger/edge/procedure_file.py
_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_NAMED_BY = ("id", "title", "choice", "clause")


def toml_of(document: Mapping[str, Any], comments: Comments) -> str:
    """The document as TOML. Null, which TOML does not have, is left out."""
    return "\n".join(_table("", "", document, comments)).lstrip("\n") + "\n"


def _table(header: str, path: str, table: Mapping[str, Any], comments: Comments) -> Iterator[str]:
    """The lines of a table: first its values, each with its comments at the top of the document, then what is below."""
    below: list[tuple[str, Any]] = []
    for name, value in table.items():
        if value is None:
            continue
        if _is_table(name, value, top=not header) or _are_tables(name, value):
            below.append((name, value))
            continue
        if not header:
            yield from ("", *_commented(comments(name)))
        yield f"{_key(name)} = {_value(value, len(name) + 3)}"
    for name, value in below:
        inner, at = f"{header}.{_key(name)}" if header else _key(name), f"{path}.{name}" if path else name
        said = [*_commented(comments(at))]
        yield from ("", *said) if said or isinstance(value, Mapping) else ()
        if isinstance(value, Mapping):
            yield f"[{inner}]"
            yield from _table(inner, at, value, comments)
            continue
        for place, item in enumerate(value):
            named = next((item[key] for key in _NAMED_BY if key in item), place)
            of_item = [*_commented(comments(f"{at}.{named}"))]
            yield from ("", *of_item) if of_item or place or not said else ()
            yield f"[[{inner}]]"
            yield from _table(inner, f"{at}.{named}", item, comments)


def _commented(lines: Iterable[str]) -> Iterator[str]:
    return (f"# {line}".rstrip() for line in lines)


def _is_table(name: str, value: Any, *, top: bool) -> bool:
    """Whether it is written as a table of its own, below the values of the one that it is in."""
    return isinstance(value, Mapping) and bool(value) and (top or len(_inline(value)) + len(name) > _WIDE)


def _are_tables(name: str, value: Any) -> bool:
    lists = isinstance(value, Sequence) and not isinstance(value, str) and bool(value)
    return lists and name not in {"any_of", "seats"} and all(isinstance(each, Mapping) for each in value)


def _value(value: Any, used: int) -> str:
    """A value on one line, or a list with one item a line where that is too wide."""
    said = _inline(value)
    if not isinstance(value, list) or len(said) + used <= _WIDE:
        return said
    return "[\n" + "".join(f"  {_inline(each)},\n" for each in value) + "]"


def _inline(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _text(value)
        case Mapping():
            return "{" + ", ".join(f"{_key(n)} = {_inline(v)}" for n, v in value.items() if v is not None) + "}"
        case _:
            return "[" + ", ".join(map(_inline, value)) + "]"


def _key(name: str) -> str:
    return name if name and _BARE.issuperset(name) else _text(name)


def _text(text: str) -> str:
    dots = text.count(".") > _MANY_DOTS
    return '"' + "".join(_char(char, dots=dots) for char in text) + '"'


def _char(char: str, *, dots: bool) -> str:
    if char in {'"', "\\"}:
        return "\\" + char
    if char == "\n":
        return "\\n"
    if not char.isprintable() or (dots and char == "."):
        return f"\\U{ord(char):08X}"
    return char
