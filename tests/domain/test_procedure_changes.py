"""What one procedure says that another does not: nothing exactly where they mean the same, and always a sentence."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from every_rule import DOCUMENTS, FULL, Way, changed, read, renamed, ways
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.procedure import Procedure
from inblue.domain.procedure_changes import changes

WAYS = ways(FULL)


@cache
def others(way: Way) -> tuple[Procedure, ...]:
    return tuple(each.procedure for each in changed(FULL, [way], 2))


def meaning(procedure: Procedure) -> dict[str, Any]:
    """The document as it is written, clauses in the order of their ids."""
    value: dict[str, Any] = json.loads(json.dumps(procedure.json_value()))
    return {**value, "clauses": sorted(value["clauses"], key=lambda clause: str(clause["id"]))}


procedures = st.one_of(
    st.sampled_from(DOCUMENTS).map(read),
    st.sampled_from(WAYS).flatmap(lambda way: st.sampled_from((*others(way), read(FULL)))),
    st.permutations(FULL["clauses"]).map(lambda clauses: read({**FULL, "clauses": clauses})),
    st.sampled_from(("yes", "first", "passed", "asked", "on_late")).map(lambda name: renamed(FULL, name, "other")),
)


@pytest.mark.long
@given(before=procedures, after=procedures)
def test_nothing_changed_exactly_where_both_mean_the_same(before: Procedure, after: Procedure) -> None:
    found = changes(before, after)
    assert (found == ()) == (meaning(before) == meaning(after))
    back = changes(after, before)
    assert {(each.field, each.after, each.before) for each in back} == {(e.field, e.before, e.after) for e in found}
    for each in found:
        assert each.before != each.after
        for sentence in (each.before, each.after):
            assert sentence is None or sentence.field == each.field


@pytest.mark.long
@given(way=st.sampled_from(WAYS), data=st.data())
def test_what_changed_is_said_in_a_sentence_and_not_as_a_value(way: Way, data: st.DataObject) -> None:
    after = data.draw(st.sampled_from((*others(way), read(FULL))))
    for each in changes(read(FULL), after):
        for sentence in (each.before, each.after):
            assert sentence is None or not sentence.text.startswith(f"{sentence.field}: "), sentence


def test_a_longer_window_is_one_change_before_and_after() -> None:
    hours = {"clause": "on_window", "fixed_by": "procedure", "hours": 24}
    one, other = (read({**FULL, "window": {**hours, "hours": each}}) for each in (24, 72))
    (change,) = changes(one, other)
    assert change.part == "How the window runs"
    assert change.before is not None
    assert change.after is not None
    assert change.before.text == "Voting is open for 24 hours from the opening; nobody types the deadline."
    assert change.after.text == "Voting is open for 72 hours from the opening; nobody types the deadline."
    assert change.before.clause == "on_window"


def test_a_rule_that_one_has_alone_is_added_or_taken_away() -> None:
    without = read({name: each for name, each in FULL.items() if name != "annulment"})
    (added,) = changes(without, read(FULL))
    assert (added.field, added.before, added.after is None) == ("annulment", None, False)
    (taken,) = changes(read(FULL), without)
    assert (taken.field, taken.before is None, taken.after) == ("annulment", False, None)


def test_the_order_of_conditions_means_something_and_that_of_clauses_does_not() -> None:
    decision = {**FULL["decision"], "conditions": FULL["decision"]["conditions"][::-1]}
    assert [each.field for each in changes(read(FULL), read({**FULL, "decision": decision}))] == ["decision.conditions"]
    assert changes(read(FULL), read({**FULL, "clauses": FULL["clauses"][::-1]})) == ()
