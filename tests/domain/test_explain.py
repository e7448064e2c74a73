"""A procedure is said back whole: whatever a document says is in a sentence, and whatever changes changes one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from every_rule import DOCUMENTS, FULL, changed, leaves, read, renamed, ways
from pydantic import BaseModel

from inblue.domain.explain import absent, explain, rules_explained
from inblue.domain.procedure import Procedure, Procedure1, Procedure2, built_in_procedure
from inblue.domain.procedure_rules import Clause2
from inblue.domain.roster import shipped_names


def told(procedure: Procedure) -> list[tuple[str, str, str | None]]:
    return [(each.field, str(each.text), each.clause) for part in explain(procedure) for each in part.sentences]


def fields_of(model: Any, seen: set[Any]) -> Iterator[tuple[str, str]]:
    """Every field of a model and of the models in it, with the model's name."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        if model not in seen:
            seen.add(model)
            for name, field in model.model_fields.items():
                yield (model.__name__, field.serialization_alias or field.alias or name)
                yield from fields_of(field.annotation, seen)
    else:
        for each in get_args(model):
            yield from fields_of(each, seen)


def test_the_documents_of_this_test_have_every_field_of_the_model() -> None:
    names = {step for document in DOCUMENTS for way, _ in leaves(document) for step in way}
    missing = {each for each in fields_of(Procedure2, set()) if each[1] not in names}
    assert missing == {("Procedure2", "early_close")}  # which no document of the second format has


@pytest.mark.long
def test_whatever_value_is_another_one_a_sentence_is_another() -> None:
    whole = set(ways(FULL))
    for document in DOCUMENTS:
        base = told(read(document))
        asked = [
            way for way in ways(document) if document is FULL or way not in whole or way[0] in {"window", "decision"}
        ]
        seen = set()
        for each in changed(document, asked, 1):
            assert told(each.procedure) != base, each.way
            seen.add(each.way)
        assert set(asked) - seen <= {("members",)}  # a list of members has no alternative


@pytest.mark.parametrize(
    "name",
    [each["id"] for kind in ("clauses", "groups", "question_kinds", "outcomes", "facts") for each in FULL[kind]]
    + ["urgent", "yes", "no", "hold", "silent", "first", "second"],
)
def test_a_name_is_said_wherever_it_is_used(name: str) -> None:
    assert told(renamed(FULL, name, "other_name")) != told(read(FULL))


def test_a_unit_of_time_and_a_kind_of_window_are_said() -> None:
    said = {str(each.text) for document in DOCUMENTS for part in explain(read(document)) for each in part.sentences}
    assert "Voting is open for 5 working days from the arrival of the first reply that counts." in said
    assert "The opening letter gives the deadline, at least 48 hours after the opening." in said
    assert "Voting is open until it is closed, for 2 months at least; it ends when the closing is recorded." in said
    days = {**FULL["window"], "length": {"number": 5, "unit": "days"}, "weekend": None, "holidays": None}
    assert "Voting is open for 5 days from the arrival of the first reply that counts." in {
        str(each.text) for part in explain(read({**FULL, "window": days})) for each in part.sentences
    }


@pytest.mark.parametrize(
    ("effect", "says"),
    [
        ("reject", "it is kept, and does not count."),
        ("flag", "it counts, and is flagged for the auditor."),
        ("note", "it counts, with a note."),
        (None, "it counts, with a note."),
    ],
)
def test_what_becomes_of_a_reply_is_by_the_effect_of_the_clause(effect: str | None, says: str) -> None:
    clauses = [{**each, "effect": effect} if each["id"] == "on_late" else each for each in FULL["clauses"]]
    said = {field: text for field, text, _ in told(read({**FULL, "clauses": clauses}))}
    assert said["late"] == f"A reply that arrives after the close: {says}"


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ({"choices": ["yes"], "compare": "at_least", "number": 9}, "yes, needed at least 9 seats"),
        ({"choices": ["no"], "compare": "at_most", "number": 0}, "no, needed from none of the seats"),
        ({"choices": ["no"], "compare": "fewer_than", "number": 4}, "no, needed fewer than 4 seats"),
        ({"choices": ["yes"], "compare": "more_than", "share": "1/2"}, "yes, needed more than 1/2 of all seats"),
        (
            {"choices": ["yes"], "compare": "more_than", "share": "1/1", "base": ["no"]},
            "yes, needed more seats than no",
        ),
        (
            {
                "choices": ["yes", "hold"],
                "among": "permanent",
                "compare": "at_least",
                "share": "2/3",
                "base": ["yes", "no"],
            },
            "yes or hold, needed at least 2/3 of the permanent members yes or no",
        ),
        (
            {"choices": ["yes"], "among": "chairs", "weight": "shares", "compare": "at_least", "number": 2},
            "yes by shares, needed at least 2 seats of Vorsitz",
        ),
    ],
)
def test_a_threshold_in_words(test: dict[str, Any], says: str) -> None:
    condition = {"id": "first", "clause": "on_quorum", "failing": "lapsed", "any_of": [test]}
    decision = {**FULL["decision"], "conditions": [condition]}
    facts = [each for each in FULL["facts"] if each["does"] != "overrides"]
    said = {field: text for field, text, _ in told(read({**FULL, "decision": decision, "facts": facts}))}
    assert said["decision.conditions.first"] == f"first: {says}. Otherwise it is Erledigt."


@pytest.mark.parametrize("name", shipped_names("procedures"))
def test_each_rule_of_what_is_shipped_is_said_with_its_clause(name: str) -> None:
    procedure = built_in_procedure(name)
    clauses = {each.id for each in procedure.clauses}
    said = {sentence.clause for part in rules_explained(procedure) for sentence in part.sentences}
    judged = {rule.clause for _, rule in procedure.rules()}
    assert said - {None} <= clauses
    assert judged <= said
    for clause in procedure.clauses:
        assert (clause.id in said) != (
            isinstance(clause, Clause2) and clause.unjudged is not None
        ) or clause.id in judged


def test_what_a_condition_fails_to_and_what_it_counts_is_said() -> None:
    kept = {name: each for name, each in FULL["decision"].items() if name != "decided"}
    one = {**kept, "passing": "lapsed", "conditions": [{**c, "failing": "passed"} for c in kept["conditions"]]}
    one["conditions"][1] = {name: each for name, each in one["conditions"][1].items() if name != "put"}
    one["conditions"][1]["any_of"] = [{"choices": ["no"], "compare": "fewer_than", "share": "1/3"}]
    said = {field: text for field, text, _ in told(read({**FULL, "decision": one}))}
    assert said["decision.passing"] == "Where every condition is met the outcome is Erledigt."
    assert (
        said["decision.conditions.second"]
        == "second: no, needed fewer than 1/3 of all seats. Otherwise it is Angenommen."
    )
    assert "decision.conditions.second.put" not in said
    assert said["decision.decided"] == "Every outcome is decided at the close."
    whole = {field: text for field, text, _ in told(read(FULL))}
    assert whole["decision.conditions.second.put"] == "second counts the answers to the question urgent."


def test_what_has_no_rule_is_named() -> None:
    assert absent(read(FULL)) == ()
    without = {name: each for name, each in FULL.items() if name not in {"annulment", "facts"}}
    assert set(absent(read(without))) == {"annulment", "facts"}


def test_the_first_format_is_said_too() -> None:
    names = (set(Procedure1.model_fields) | {"format"}) - {"members"}
    value: dict[str, Any] = {name: each for name, each in FULL.items() if name in names}
    value["clauses"] = [{n: each for n, each in c.items() if n != "unjudged"} for c in FULL["clauses"]]
    test = {"choices": ["yes"], "compare": "at_least", "number": 2}
    decision = {
        "clause": "on_quorum",
        "unanimous": [],
        "conditions": [{"id": "all", "clause": "on_quorum", "any_of": [test]}],
    }
    window = {"clause": "on_window", "fixed_by": "procedure", "hours": 24, "counted": "calendar"}
    early = {"clause": "on_window", "on": ["adopted"]}
    made = {**value, "format": "inblue-procedure/1", "members": ["ANNA"], "window": window, "early_close": early}
    said = {field: text for field, text, _ in told(read({**made, "decision": decision}))}
    assert said["window.countings"] == "Its hours are counted as calendar."
    assert said["early_close"] == "Voting may close before the deadline once the replies so far give adopted."
