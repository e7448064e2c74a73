"""A procedure as TOML, in which comments before each rule say what it means and which values are possible."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from textwrap import wrap
from typing import Any

from ...domain.explain import absent, rules_explained
from ...domain.procedure import Procedure, Procedure2
from ..language.english import ENGLISH, Language
from .toml import toml_of

_WIDTH = 96
_SAY_THEMSELVES = {"title", "body", "source"}


def procedure_as_toml(rules: Procedure, lang: Language = ENGLISH) -> str:
    """The document as TOML with comments in ``lang``, in the order in which it is written."""
    value: dict[str, Any] = json.loads(rules.raw)
    sentences: dict[str, list[str]] = {}
    for part in rules_explained(rules):
        for sentence in part.sentences:
            if sentence.field in _SAY_THEMSELVES:
                continue
            sentences.setdefault(_place(sentence.field, value), []).append(lang.again(sentence.text))

    def comments(path: str) -> Iterable[str]:
        lines = [*sentences.get(path, ()), *_possible(path, lang)]
        return (each for line in lines for each in wrap(line, _WIDTH) or [""])

    head = lang.say(
        "A procedure of inblue. What follows # is a comment: what a rule said when this was written, and which values "
        "its fields may have. What it says now: inblue procedure check FILE"
    )
    said = "".join(f"# {line}\n" for line in wrap(head, _WIDTH)) + "\n" + toml_of(value, comments)
    missing = lang.join(name for name in absent(rules))
    if missing:
        text = lang.say("Rules that it does not have, and may have: {rules}. See docs/procedures.md.", rules=missing)
        said += "\n" + "".join(f"# {line}\n" for line in wrap(text, _WIDTH))
    return said


def _place(field: str, value: Mapping[str, Any]) -> str:
    """The table or value before which a sentence on ``field`` goes: a rule, or one of several."""
    steps = field.split(".")
    at = 3 if steps[:2] == ["decision", "conditions"] else 2 if isinstance(value.get(steps[0]), list) else 1
    return ".".join(steps[:at])


def _possible(path: str, lang: Language) -> Iterator[str]:
    """The values that the fields of a rule may have, where these are few."""
    for name, schema in _fields(path).items():
        if said := _values(schema, lang):
            yield f"{name}: {said}" if path != name else said
        if path != "decision":  # whose conditions are tables of their own
            yield from _within(name, schema, lang)


def _within(name: str, schema: Mapping[str, Any], lang: Language) -> Iterator[str]:
    """The values that fields of what is in a field may have."""
    for inner, each in _properties(schema).items():
        if said := _values(each, lang):
            yield f"{name}.{inner}: {said}"
        yield from _within(f"{name}.{inner}", each, lang)


def _fields(path: str) -> dict[str, Any]:
    """The fields of the object at ``path``; the path itself if it is not an object."""
    if path == "format" or ("." in path and path != "decision.conditions"):
        return {}
    found = _schema()
    for step in path.split("."):
        found = next((each["properties"][step] for each in _forms(found) if step in each.get("properties", {})), {})
    return _properties(found) or {path: found}


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an object, or of the objects in a list, each as in all of its forms."""
    fields: dict[str, Any] = {}
    for item in (each for form in _forms(schema) for each in _forms(form.get("items", form))):
        for name, field in item.get("properties", {}).items():
            fields.setdefault(name, {"anyOf": []})["anyOf"].append(field)
    return fields


def _forms(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The forms that a value may have by a schema, references followed."""
    if "$ref" in schema:
        return _forms(_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    several = schema.get("anyOf") or schema.get("oneOf")
    return [form for each in several for form in _forms(each)] if several else [dict(schema)]


@cache
def _schema() -> dict[str, Any]:
    return Procedure2.model_json_schema()


def _values(schema: Mapping[str, Any], lang: Language) -> str:
    """The values that a field may have in a line; empty where they are any name or text."""
    forms = [form for form in _forms(schema) if form.get("type") != "null"]
    of_lists = [form for each in forms if each.get("type") == "array" for form in _forms(each.get("items", {}))]
    named = dict.fromkeys(v for form in (*forms, *of_lists) for v in (*form.get("enum", ()), *_const(form)))
    if named:
        return lang.join(json.dumps(each) for each in named)
    if any(form.get("type") == "boolean" for form in forms):
        return lang.join(("true", "false"))
    for form in forms:
        least, most = form.get("minimum", form.get("exclusiveMinimum", -1) + 1), form.get("maximum")
        if form.get("type") == "integer" and most is not None:
            return lang.say("{least} to {most}", least=least, most=most)
    return ""


def _const(form: Mapping[str, Any]) -> list[Any]:
    return [form["const"]] if "const" in form else []
