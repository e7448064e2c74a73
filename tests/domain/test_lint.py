"""What a procedure says that its authors may not mean is said, in a sentence with its clause."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inblue.domain.lint import Fault, lint
from inblue.domain.procedure import built_in_procedure
from inblue.domain.roster import shipped_names


def changed(**fields: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(built_in_procedure("unsc-2020-253").raw)
    return document | fields


def decided_by(**test: Any) -> dict[str, Any]:
    condition = {"id": "majority", "clause": "majority", "any_of": [test], "failing": "not_adopted"}
    return changed(decision={"clause": "majority", "conditions": [condition], "unanimous": ["in_favour"]})


@pytest.mark.parametrize("name", shipped_names("procedures"))
def test_nothing_is_wrong_with_what_is_shipped(name: str) -> None:
    assert lint(built_in_procedure(name)) == ()


def test_a_share_of_what_nobody_may_take_is_said() -> None:
    document = decided_by(choices=["in_favour"], compare="more_than", share="3/1", base=["against"])
    (fault,) = lint(document)
    assert fault.clause == "majority"
    assert fault.text.startswith(
        "majority: where nobody takes against, a share of it is not reached, however many take"
    )
    among_those_who_voted = ["in_favour", "against"]
    document = decided_by(choices=["in_favour"], compare="more_than", share="1/2", base=among_those_who_voted)
    assert lint(document) == ()


def test_more_than_the_whole_is_said() -> None:
    (fault,) = lint(decided_by(choices=["in_favour"], compare="more_than", share="1/1"))
    assert fault.text == "majority: no part is more than 1/1 of the whole that it is a part of"


@pytest.mark.parametrize(
    ("on", "test", "said"),
    [
        (["adopted"], {"compare": "at_least", "number": 9}, None),
        (
            ["adopted"],
            {"compare": "more_than", "share": "1/2", "base": ["in_favour", "against"]},
            "would adopt the text",
        ),
        (["not_adopted"], {"compare": "at_least", "number": 9}, "would not adopt the text"),
        (["not_adopted"], {"choices": ["against"], "compare": "at_most", "number": 0}, None),
        (["adopted"], {"choices": ["against"], "compare": "at_most", "number": 0}, "would adopt the text"),
    ],
)
def test_an_early_close_before_it_is_certain_is_said(on: list[str], test: dict[str, Any], said: str | None) -> None:
    document = decided_by(**{"choices": ["in_favour"], **test}) | {"early_close": {"clause": "window", "on": on}}
    texts = [(fault.clause, fault.text) for fault in lint(document)]
    assert len(texts) == (said is not None)
    assert all(clause == "window" and str(said) in text for clause, text in texts)


def test_a_question_that_no_condition_is_for_is_said() -> None:
    document = changed()
    conditions = document["decision"]["conditions"]
    document["decision"]["conditions"] = [each | {"questions": ["substantive"]} for each in conditions]
    assert "a procedural question: it is adopted whatever is replied" in lint(document)[0].text


@pytest.mark.parametrize("document", [b"", b"{}", "[]", {}, {"a": {1, 2}}, "\ud800", {"format": "inblue-procedure/2"}])
def test_what_is_no_procedure_is_one_fault_of_one_line(document: Any) -> None:
    (fault,) = lint(document)
    assert isinstance(fault, Fault)
    assert fault.clause is None
    assert fault.text.startswith("procedure: ")
    assert "\n" not in fault.text
