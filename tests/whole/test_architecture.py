"""docs/architecture.md is the map of the house: its rooms, sentences, layers and files are those of the code."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

from paths import ROOT

MAP = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
THREATS = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
FLOORS = ("domain", "ledger", "cli")
LARGE_ROOMS = {"domain", "ledger/audit", "cli/commands"}


def packages() -> dict[str, str]:
    """Each package of the three floors, and what its docstring says."""
    made = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("__init__.py"))
    docstrings = ((path, ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))) for path in made)
    return {str(path.parent.relative_to(ROOT)): docstring or "" for path, docstring in docstrings}


def modules() -> list[Path]:
    return [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")]


def test_every_room_is_in_the_table_with_the_sentence_of_its_own() -> None:
    rows = dict(re.findall(r"^\| `([a-z/]+)/` \| (.+) \|$", MAP, re.MULTILINE))
    assert rows == {room: " ".join(said.split()) for room, said in packages().items()}


def test_the_layers_are_those_that_the_linter_holds() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (drawn,) = re.findall(r"```\n(inblue .+?)```", MAP, re.DOTALL)
    told = dict(line.split(None, 1) for line in re.sub(r"\n {4,}", " ", drawn).splitlines())
    held = {
        (contract.get("containers") or ["inblue"])[0]: " / ".join(
            layer.removeprefix("inblue.") for layer in contract["layers"]
        )
        for contract in contracts
        if contract["type"] == "layers"
    }
    assert told == held
    assert {name for name in held if name != "inblue"} == {
        contract["containers"][0] for contract in contracts if contract.get("exhaustive")
    }
    assert "acyclic_siblings" in {contract["type"] for contract in contracts}


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_0-9]+\.[a-z]+)?)`", MAP)
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert len(named) > 60


def test_each_row_of_the_table_of_threats_names_tests_that_there_are_or_a_dash() -> None:
    rows = re.findall(r"^\| (?!an adversary|---)(.+) \| (.+) \| (.+) \|$", THREATS, re.MULTILINE)
    assert len(rows) > 60
    for threat, answer, tests in rows:
        named = re.findall(r"`((?:tests|docs)/[^`]+)`", tests)
        assert named or (tests == "-" and "out of reach" in answer), threat
        assert [name for name in named if not (ROOT / name).exists()] == [], threat


def test_a_newcomer_finds_twenty_five_answers() -> None:
    rows = re.findall(r"^\| (\d+) \| .+\? \| `[a-z_/0-9]+\.py`", MAP, re.MULTILINE)
    assert rows == [str(number) for number in range(1, 26)]


def test_no_file_is_long_and_no_room_is_crowded() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert not {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > 400}
    crowded = {
        room
        for room in packages()
        if len([path for path in (ROOT / room).glob("*.py") if path.name != "__init__.py"]) > 12
    }
    assert crowded <= LARGE_ROOMS
