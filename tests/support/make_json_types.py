"""Makes the types of what the face gives as JSON, of the published schemas: two modules in ``ledger/edge``.

``python tests/support/make_json_types.py`` writes them; a test fails while one differs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "ledger" / "edge"
MADE = {
    "json_types": (("StatusJson", "status", ("votes",)), ("AuditJson", "audit", ("votes",))),
    "verify_json_types": (("VerifyJson", "verify", ()),),
}
"""By module, each type of the face: its name, its schema, and the way to its part (an element of each list)."""


class _Types:
    """The classes of one document; an object that is like one of ``known`` is of the same class."""

    def __init__(self, document: dict[str, Any], known: dict[tuple[str, ...], str]) -> None:
        self.document = document
        self.known = known
        self.made: list[str] = []
        self.names: set[str] = set()

    def of(self, schema: dict[str, Any], name: str) -> str:
        """The type of a value; classes that it needs are made on the way."""
        if "$ref" in schema:
            return self.of(self.document["$defs"][schema["$ref"].rpartition("/")[2]], name)
        if "const" in schema or "enum" in schema:
            values = schema.get("enum", [schema.get("const")])
            plain = ", ".join(map(repr, (each for each in values if each is not None)))
            return f"Literal[{plain}]" + (" | None" if None in values else "")
        for several in ("anyOf", "oneOf"):
            if several in schema:
                found = [self.of(each, f"{name}{number or ''}") for number, each in enumerate(schema[several])]
                return " | ".join(dict.fromkeys(found))
        kinds = schema.get("type", [])
        each_kind = [self._one(kind, schema, name) for kind in ([kinds] if isinstance(kinds, str) else kinds)]
        return " | ".join(each_kind) if each_kind else "Any"

    def _one(self, kind: str, schema: dict[str, Any], name: str) -> str:
        if kind == "array":
            one = f"{name.removesuffix('ies')}y" if name.endswith("ies") else name.removesuffix("s")
            return f"list[{self.of(schema.get('items', {}), one)}]"
        if kind != "object":
            return {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}[kind]
        if "properties" not in schema:
            more = schema.get("additionalProperties")
            return f"dict[str, {self.of(more, name) if isinstance(more, dict) else 'Any'}]"
        return self.named(schema, name)

    def named(self, schema: dict[str, Any], name: str) -> str:
        """A class for an object of known fields; its name in quotes."""
        called = f"{name}Json"
        required = set(schema.get("required", ()))
        fields = []
        for field, each in schema["properties"].items():
            of = self.of(each, name + "".join(part.capitalize() for part in field.split("_")))
            fields.append(f"    {field}: {of if field in required else f'NotRequired[{of}]'}")
        if (alike := self.known.get(tuple(fields))) is not None and name != self.root:
            return alike
        if called in self.names:
            raise ValueError(f"two objects are called {called}")
        self.names.add(called)
        self.known[tuple(fields)] = called
        said = "An object of" if name != self.root else "One vote or verification of"
        text = f'    """{said} ``{self.document["$id"]}``."""'
        self.made.append("\n".join([f"class {called}(TypedDict):", text, "", *fields]))
        return called

    root = ""


def modules() -> dict[Path, str]:
    """Every module, by where it is."""
    return {FOLDER / f"{module}.py": json_types(module) for module in MADE}


def json_types(module: str) -> str:
    """One module."""
    made: list[str] = []
    known: dict[tuple[str, ...], str] = {}
    for name, file, way in MADE[module]:
        document = json.loads((ROOT / "cli" / "schemas" / f"{file}.json").read_text(encoding="utf-8"))
        types, part = _Types(document, known), document
        for step in way:
            part = part["properties"][step]["items"]
        types.root = name.removesuffix("Json")
        types.named(part, types.root)
        made += types.made
    said = "The types of what the face gives as JSON, made by tests/support/make_json_types.py of the schemas."
    source = "\n\n\n".join(made) + "\n"
    used = [each for each in ("Any", "Literal", "NotRequired", "TypedDict") if re.search(rf"\b{each}\b", source)]
    imports = f"from __future__ import annotations\n\nfrom typing import {', '.join(used)}\n\n\n"
    text = f'"""{said}"""\n\n{imports}'
    where = str(FOLDER / f"{module}.py")
    command = [str(Path(sys.executable).with_name("ruff")), "format", "--stdin-filename", where, "-"]
    done = subprocess.run(command, input=text + source, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout


if __name__ == "__main__":
    for path, text in modules().items():
        path.write_text(text, encoding="utf-8")
