"""The public API as it is: a stub of every name of the face (docs/api/stub.pyi), and a reference (docs/api/README.md).

``python tests/support/make_api.py`` renews both; a test fails while they differ from the code.
"""

from __future__ import annotations

import inspect
import re
import textwrap
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inblue
from inblue.domain.payload import Model

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "api"
NAMES: list[str] = sorted(vars(inblue)["__all__"], key=str.lower)
_OWN_OF_PYDANTIC = frozenset(vars(Model)) | {"model_post_init", "model_config"}
_GROUPS = (
    (
        "A ledger",
        ("Ledger", "OnVote", "Together", "Done", "Due", "Closed", "Consideration", "Followed", "read_address"),
    ),
    ("Keys", ("Ed25519Signer", "KeyStore", "Signer")),
    ("Documents", ("Procedure", "Roster", "built_in_procedure", "built_in_roster", "lint", "Fault", "Instrument")),
    ("What went wrong", ("InblueError", "Malformed", "Refused", "NotFound", "Busy", "Broken", "SignerFailed")),
)


def stub() -> str:
    """Every name with its signature, fields and methods, sorted: what a host's type checker and code rely on."""
    lines = ["# The public API. A difference is a change for hosts: docs/api/README.md says what follows from one.\n"]
    for name in NAMES:
        lines += [*_stub_of(name, getattr(inblue, name)), ""]
    return "\n".join(lines)


def reference() -> str:
    """The reference: each name, its signature, and what its docstring says."""
    grouped = [name for _, names in _GROUPS for name in names]
    acts = [name for name in NAMES if isinstance(getattr(inblue, name), type) and _is_act(getattr(inblue, name))]
    rest = [name for name in NAMES if name not in grouped and name not in acts]
    pages = [_OPENING]
    for title, names in (*_GROUPS, ("Acts", tuple(acts)), ("Reading, proving, handing over", tuple(rest))):
        pages.append(f"## {title}\n")
        for name in names:
            pages += (_of_vote(name, each) for each in _reference_of(name, getattr(inblue, name)))
    return "\n".join(pages).rstrip() + "\n"


_OPENING = """# The names of `inblue`

Made from the docstrings by `make api`; a test fails while it differs. [stub.pyi](stub.pyi) has the same names as
signatures. The examples run as tests, in a ledger with three votes: `ended` on `S/2026/0`, whose result is announced,
`over` on `S/2026/2`, which is due to be closed, and `vote` on `S/2026/1`, which is open.

A name, a parameter, a field or a type that is in the stub stays for a major version. What goes first raises a
`DeprecationWarning` that names the version in which it goes, for one minor version at least. New names, new parameters
with a default and new fields of results may come in a minor version. Modules are no part of the promise: take every
name from `inblue` itself.
"""


def _is_act(kind: type) -> bool:
    return issubclass(kind, Model) and hasattr(kind, "kind_name")


def _stub_of(name: str, value: Any) -> list[str]:
    if hasattr(value, "__wrapped__"):
        value = inspect.unwrap(value)
    if inspect.isfunction(value):
        return [f"def {name}{_signature(value)}: ..."]
    if not inspect.isclass(value):
        return [f"{name}: {_type(value)}"]
    bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
    body = list(_members(value))
    head = f"class {name}({bases}):" if bases else f"class {name}:"
    return [head, *(_of_vote(name, each) for each in body or ["    ..."])]


def _members(kind: type) -> Iterator[str]:
    if issubclass(kind, Model):
        for field, info in kind.model_fields.items():
            wanted = "" if info.is_required() else " = ..."
            yield f"    {field}: {_type(info.annotation)}{wanted}"
    else:
        for field, hint in inspect.get_annotations(kind).items():
            if not field.startswith("_"):
                yield f"    {field}: {_type(hint)}"
        if "__init__" in vars(kind) and not _is_made(kind):
            yield f"    def __init__{_signature(vars(kind)['__init__'])}: ..."
    for method in sorted(dir(kind)):
        found = inspect.getattr_static(kind, method)
        home = next((each for each in kind.__mro__ if method in vars(each)), object)
        if method.startswith("_") or not home.__module__.startswith("inblue"):
            continue
        if issubclass(kind, Model) and method in _OWN_OF_PYDANTIC and method not in {"read", "of"}:
            continue
        if isinstance(found, property):
            yield f"    @property\n    def {method}{_signature(found.fget)}: ..."
        elif isinstance(found, classmethod):
            yield f"    @classmethod\n    def {method}{_signature(found.__func__)}: ..."
        elif inspect.isfunction(found):
            yield f"    def {method}{_signature(found)}: ..."


def _is_made(kind: type) -> bool:
    return hasattr(kind, "__dataclass_fields__") or issubclass(kind, tuple)


def _signature(function: Any) -> str:
    signature = inspect.signature(function)
    parameters = [
        each.replace(annotation=_annotated(each.annotation), default=_default(each.default))
        for each in signature.parameters.values()
    ]
    return str(signature.replace(parameters=parameters, return_annotation=_annotated(signature.return_annotation)))


class _Raw:
    """What a signature shows as it is written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _annotated(hint: Any) -> Any:
    return hint if hint is inspect.Parameter.empty else _Raw(_type(hint))


def _default(value: Any) -> Any:
    """A default as a stub writes it: none of what differs from run to run."""
    if value is inspect.Parameter.empty:
        return value
    plain = value is None or isinstance(value, (bool, int, float, str, tuple))
    return _Raw(repr(value) if plain else "...")


def _type(hint: Any) -> str:
    """A type as a host would write it, without what pydantic checks of it."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, str):
        return hint
    if origin is typing.Annotated:
        return _type(args[0])
    if origin in {typing.Union, types.UnionType}:
        return " | ".join(_type(each) for each in args)
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(repr, args))}]"
    if origin is not None:
        return f"{origin.__name__}[{', '.join('...' if each is ... else _type(each) for each in args)}]"
    if hint is type(None):
        return "None"
    return getattr(hint, "__name__", None) or str(hint)


def _of_vote(name: str, text: str) -> str:
    """What the acts of a vote give: done at once, or nothing yet."""
    return text.replace("-> R", {"OnVote": "-> Done", "Together": "-> None"}.get(name, "-> R"))


def _reference_of(name: str, value: Any) -> list[str]:
    if hasattr(value, "__wrapped__"):
        value = inspect.unwrap(value)
    if inspect.isfunction(value):
        return [f"### `{name}{_signature(value)}`\n", _said(value)]
    if not inspect.isclass(value):
        return [f"### `{name}`\n", "Any act of a vote.\n"]
    parts = [f"### `{name}`\n", _said(value)]
    if issubclass(value, Model):
        fields = ", ".join(f"`{field}`" for field in value.model_fields if field not in {"act", "source"})
        parts.append(f"Fields: {fields}.\n")
        return parts
    for method in sorted(dir(value)):
        found = inspect.getattr_static(value, method)
        home = next((each for each in value.__mro__ if method in vars(each)), object)
        if method.startswith("_") or not home.__module__.startswith("inblue"):
            continue
        if isinstance(found, property) and found.fget is not None:
            parts += [f"#### `{name}.{method}`\n", _said(found)]
        elif isinstance(found, classmethod):
            parts += [f"#### `{name}.{method}{_without_self(found.__func__)}`\n", _said(found.__func__)]
        elif inspect.isfunction(found):
            parts += [f"#### `{name}.{method}{_without_self(found)}`\n", _said(found)]
    return parts


def _without_self(function: Any) -> str:
    return re.sub(r"^\((?:self|cls)(?:, )?", "(", _signature(function))


def _said(value: Any) -> str:
    text = inspect.getdoc(value) or ""
    text = re.sub(r":\w+:`[.!~]*([\w.]+)`", lambda m: f"`{m[1].split('.')[-1]}`", text).replace("``", "`")
    paragraphs = []
    for part in re.split(r"\n\n+", text):
        if part.startswith("Raises:"):
            rows = re.split(r"\n(?=\S)", textwrap.dedent(part.partition("\n")[2]))
            paragraphs.append("\n".join("- raises " + " ".join(row.split()) for row in rows))
        elif part.lstrip().startswith(">>>"):
            paragraphs.append(f"```pycon\n{textwrap.dedent(part)}\n```")
        else:
            paragraphs.append(part)
    return "\n\n".join(paragraphs) + "\n"


def main() -> None:
    """Write both."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "stub.pyi").write_text(stub(), encoding="utf-8")
    (FOLDER / "README.md").write_text(reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
