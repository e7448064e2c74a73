"""What the rules of a vote are made of: themselves, pydantic, and a few modules of the standard library."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import inblue.domain

ALLOWED = {"__future__", "bisect", "collections", "dataclasses", "datetime", "difflib", "fractions", "functools"}
ALLOWED |= {"hashlib", "importlib", "io", "itertools", "json", "operator", "pathlib", "pydantic", "re", "struct"}
ALLOWED |= {"types", "typing", "unicodedata", "zoneinfo"}


def imported(source: str) -> Iterator[str]:
    """The top-level names that modules of the domain import, without the domain itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level != 1:
            yield "." * node.level + str(node.module or "").partition(".")[0]


def test_the_domain_imports_nothing_but_itself_pydantic_and_these_standard_modules() -> None:
    sources = sorted(Path(inblue.domain.__file__).parent.rglob("*.py"))
    assert len(sources) > 20
    found = {(source.name, name) for source in sources for name in imported(source.read_text(encoding="utf-8"))}
    assert {(source, name) for source, name in found if name not in ALLOWED} == set()
    assert {name for _, name in found} == ALLOWED  # what is used no more leaves the list
