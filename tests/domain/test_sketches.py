"""The sketches of procedures in examples/: each is marked as one, is read, and counts as it was counted by hand."""

from __future__ import annotations

import pytest
from paths import ROOT

from inblue.domain.example_votes import count_examples
from inblue.domain.lint import lint
from inblue.domain.procedure import Procedure, Procedure2, built_in_procedure
from inblue.domain.roster import shipped_names

FOLDER = ROOT / "examples" / "sketches"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def sketch(name: str) -> Procedure2:
    procedure = Procedure.read((FOLDER / f"{name}.json").read_bytes(), where=name)
    assert isinstance(procedure, Procedure2)
    return procedure


def test_none_is_shipped_and_the_list_of_them_is_whole() -> None:
    assert len(NAMES) == 10
    assert not set(NAMES) & set(shipped_names("procedures"))
    said = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"| `{name}.json` |" not in said] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_sketch_says_that_it_is_one_and_which_of_its_clauses_nobody_looked_up(name: str) -> None:
    procedure = sketch(name)
    assert procedure.id == name
    assert procedure.title.startswith(("Sketch: ", "Skizze: "))
    assert "sketch" in procedure.source.lower()
    unread = [clause for clause in procedure.clauses if clause.basis == "not_found"]
    assert unread
    assert all("not found" in clause.source for clause in unread)
    assert not any("not found" in clause.source for clause in procedure.clauses if clause.basis == "text")


@pytest.mark.parametrize("name", NAMES)
def test_every_example_of_a_sketch_comes_out_as_it_was_counted_by_hand(name: str) -> None:
    counted = count_examples(sketch(name))
    assert len(counted) >= 3
    assert [each.example.title for each in counted if not each.as_wanted] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wrong_with_a_sketch(name: str) -> None:
    assert lint(sketch(name)) == ()


@pytest.mark.parametrize("name", [*NAMES, *shipped_names("procedures")])
def test_each_clause_is_judged_or_says_why_it_is_not(name: str) -> None:
    procedure = built_in_procedure(name) if name in shipped_names("procedures") else sketch(name)
    assert isinstance(procedure, Procedure2)
    judged = {rule.clause for _, rule in procedure.rules()}
    assert {clause.id for clause in procedure.clauses if clause.unjudged is None} == judged
