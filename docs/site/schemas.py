"""A page for each JSON Schema: its fields, what each is, and the whole as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commands import plain
from pages import toctree

from inblue.cli.desk.schemas import SCHEMAS, schema_of

Schema = dict[str, Any]
_SAME = ("oneOf", "anyOf")


def write(folder: Path) -> None:
    """Write the pages, the schemas and their index into ``folder``."""
    folder.mkdir(parents=True)
    said: dict[str, str] = {}
    for name in SCHEMAS:
        schema = schema_of(name)
        text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")
        (folder / f"{name}.md").write_text("\n".join(_page(name, schema)), encoding="utf-8")
        said[name] = str(schema.get("description") or schema.get("title") or "")
    (folder / "index.md").write_text("\n".join(_index(said)), encoding="utf-8")


def _index(said: dict[str, str]) -> Iterator[str]:
    yield "# JSON Schemas\n"
    yield "Files that are read, what commands print with `--json`, and all that is signed or handed over."
    yield "`inblue schema NAME` prints each of them.\n"
    for name, text in said.items():
        yield f"[{name}]({name}.md)\n: {plain(_first(text))}\n"
    yield toctree("", said)


def _first(text: str) -> str:
    return text.split("\n\n", maxsplit=1)[0]


def _page(name: str, schema: Schema) -> Iterator[str]:
    yield f"# JSON Schema: {name}\n"
    for text in (schema.get("title"), schema.get("description")):
        if text and str(text) != name:
            yield from (f"{plain(each[:1].upper() + each[1:])}\n" for each in str(text).split("\n\n"))
    yield f"Its name in a file is `{schema.get('$id', name)}`." if "$id" in schema else ""
    yield f"The whole: [{name}.schema.json]({name}.schema.json), which `inblue schema {name}` prints.\n"
    fields = list(_fields(schema, ""))
    if fields:
        yield "## Fields\n"
        yield from fields
    defined = schema.get("$defs", {})
    if defined:
        yield "## What is used in it\n"
    for word, part in sorted(defined.items()):
        yield f"### {plain(word)}\n"
        yield _said(part, always=True) + "\n"
        yield from _fields(part, "")


def _fields(schema: Schema, path: str) -> Iterator[str]:
    """The fields of an object, and of what is inside them, each by its path: ``votes[].acts[].kind``."""
    wanted = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        if not isinstance(field, dict):
            continue
        place = f"{path}{name}"
        may = "" if name in wanted else " May be left out."
        yield f"`{place}`\n: {_said(field)}{may}\n"
        yield from _inside(field, place)
    for each in (part for word in _SAME for part in schema.get(word, ())):
        yield from _fields(each, path)


def _inside(field: Schema, place: str) -> Iterator[str]:
    yield from _fields(field, f"{place}.")
    items = field.get("items")
    if isinstance(items, dict):
        yield from _inside(items, f"{place}[]")


def _said(field: Schema, *, always: bool = False) -> str:
    kind, text = _kind(field), plain(_first(str(field.get("description", ""))))
    if always or not text:
        return f"{kind}. {text}".strip()
    return f"{kind}: {text}{'' if text.endswith('.') else '.'}"


def _kind(field: Schema) -> str:
    if "const" in field:
        return f"always `{json.dumps(field['const'], ensure_ascii=False)}`"
    if "enum" in field:
        return "one of " + ", ".join(f"`{json.dumps(each, ensure_ascii=False)}`" for each in field["enum"])
    if "$ref" in field:
        word = str(field["$ref"]).rpartition("/")[2]
        return f"[{plain(word)}](#{word.lower()})" if str(field["$ref"]).startswith("#/$defs/") else "the same again"
    for word in _SAME:
        if word in field:
            return " or ".join(dict.fromkeys(_kind(each) for each in field[word]))
    kind = field.get("type", "any value")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    items = field.get("items")
    return f"{words} of {_kind(items)}" if words == "array" and isinstance(items, dict) else words
