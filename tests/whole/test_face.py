"""The face: every name resolves, has one home, and is what the type checkers are told."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
from paths import ROOT

import inblue
from inblue.domain.acts import Act

HOST = ROOT / "tests" / "support" / "star_host.py"
SOURCE = Path(inblue.__file__).read_text(encoding="utf-8")
NAMES: list[str] = vars(inblue)["__all__"]  # type checkers read the imports instead


def told_to_type_checkers() -> dict[str, str]:
    """Each name of the typed list, and the module from which it is imported there."""
    (block,) = (node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert len(imports) == len(block.body)
    names = [(alias, f"{node.module}") for node in imports for alias in node.names]
    assert all(alias.name == alias.asname for alias, _ in names)  # so type checkers take it as exported
    assert len({alias.name for alias, _ in names}) == len(names)
    return {alias.name: module for alias, module in names}


def test_every_name_resolves_also_by_a_star() -> None:
    taken: dict[str, object] = {}
    exec("from inblue import *", taken)  # noqa: S102 - what a person types
    del taken["__builtins__"]
    assert sorted(taken) == sorted(NAMES)
    assert not any(isinstance(value, ModuleType) for value in taken.values())
    assert set(NAMES) <= set(dir(inblue))


def test_what_runs_is_what_type_checkers_are_told() -> None:
    typed = told_to_type_checkers()
    assert sorted(typed) == sorted(NAMES)
    for name, module in typed.items():
        assert getattr(inblue, name) is getattr(import_module(f"inblue.{module}"), name), name


def test_every_name_is_made_in_the_module_that_is_its_home() -> None:
    for name, module in told_to_type_checkers().items():
        value = getattr(inblue, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__module__ == f"inblue.{module}", name


def test_every_act_is_a_name_of_the_face() -> None:
    assert {act.__name__ for act in get_args(Act)} <= set(NAMES)


def test_a_name_that_is_not_there_is_refused_as_python_does() -> None:
    with pytest.raises(AttributeError, match="module 'inblue' has no attribute 'nothing'"):
        inblue.nothing  # noqa: B018


@pytest.mark.long
def test_a_host_that_takes_everything_by_a_star_is_typed_and_runs() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(HOST)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.stdout, checked.returncode) == ("Success: no issues found in 1 source file\n", 0)
    done = subprocess.run([sys.executable, HOST], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("S/1 is circulated; verifies: True\n", "")
