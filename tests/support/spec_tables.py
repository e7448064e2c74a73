"""The table of kinds and fields in docs/spec/entries.md, from the schema of entries.

PYTHONPATH=tests/support python tests/support/spec_tables.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from make_schemas import INSTANT, PATTERNS, entry
from paths import ROOT

PAGE = ROOT / "docs" / "spec" / "entries.md"
BEGIN, END = "<!-- kinds -->\n", "<!-- end of kinds -->\n"

_LINES = {300: "line", 320: "stream", 4_000: "vkey"}
_RANGES = {(0, 1_000_000): "act", (1, 1_000_000): "acts", (1, 9_999): "1-9999"}


def word(value: Mapping[str, Any]) -> str:
    """What the table calls a type."""
    if "$ref" in value:
        return str(value["$ref"]).removeprefix("#/$defs/").partition("-")[0]
    if "anyOf" in value:
        several = [word(each) for each in value["anyOf"] if each != {"type": "null"}]
        several = ["moment"] if several == ["instant", "day"] else several
        return "|".join(several) + ("?" if {"type": "null"} in value["anyOf"] else "")
    if "const" in value:
        return f'"{value["const"]}"'
    if "enum" in value:
        return "|".join(value["enum"])
    return {"boolean": "bool", "array": "", "object": ""}.get(value["type"]) or _simple(value)


def _simple(value: Mapping[str, Any]) -> str:
    if value["type"] == "array":
        return word(value["items"]) + "*"
    if value["type"] == "integer":
        return _RANGES[value["minimum"], value["maximum"]]
    if value["type"] == "object":
        written = json.dumps(value)
        if "anyOf" in written:
            return "weights"
        return "counts" if "integer" in written else "texts"
    return _text(value)


def _text(value: Mapping[str, Any]) -> str:
    pattern, most = value.get("pattern", ""), value.get("maxLength", 0)
    if pattern == PATTERNS["_printable"]:
        return "text" if most == 4_000 else "note"
    if pattern == PATTERNS["one_line"]:
        return _LINES[most]
    if pattern == INSTANT:
        return "instant"
    for start, name in (("^[0-9a-f]{64}", "digest"), ("^[a-z][a-z0-9_]{0,63}", "name"), ("^[A-Za-z0-9][", "member")):
        if pattern.startswith(start):
            return name
    if pattern.startswith("^(") and "T(" not in pattern and "-(0[1-9]|1[0-2])-" in pattern:
        return "day"
    if pattern.startswith("^[1-9]["):
        return "path"
    if pattern.startswith(("^vote", "^(register")):
        return "stream"
    if "0[1-9]|1[0-2]" in pattern:
        return "month"
    return "base64" if "+/" in pattern else f"text of at most {most:,}"


def rows() -> Iterator[tuple[str, str]]:
    """Each kind, or object in one, with its fields."""
    versions: dict[str, list[dict[str, Any]]] = {}
    for name, schema in entry()["$defs"].items():
        kind = name.partition("@")[0] if "@" in name else name.partition("-")[0]
        versions.setdefault(kind, []).append(schema)
    for kind, several in versions.items():
        fields, within = [], kind[0].isupper()
        for name, value in several[-1]["properties"].items():
            since = next(number for number, each in enumerate(several, 1) if name in each["properties"])
            if within or name not in {"act", "source"}:
                fields.append(f"{name}: {word(value)}" + (f" /{since}" if since > 1 else ""))
        yield f"*{kind}*" if within else f"`{kind}@{len(several)}`", ", ".join(fields)


def table() -> str:
    """The table."""
    lines = [f"| {kind} | {fields.replace('|', chr(92) + '|')} |" for kind, fields in sorted(rows())]
    return "\n".join(["| kind, latest version | fields |", "|---|---|", *lines]) + "\n"


def page(text: str) -> str:
    """The page with the table as it is now."""
    head, _, rest = text.partition(BEGIN)
    return head + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
