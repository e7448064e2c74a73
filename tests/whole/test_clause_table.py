"""Each clause of a shipped procedure, with its source, rule, finding and test, as the documentation shows it."""

from __future__ import annotations

import pytest
from clause_table import PAGE, SHIPPED, faults, judged_by, written

from inblue.domain.procedure import built_in_procedure
from inblue.domain.roster import shipped_names


@pytest.mark.long
def test_the_table_is_the_one_that_is_generated() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page) == page, "run: make clauses"


@pytest.mark.long
def test_every_kind_of_finding_has_a_rule_and_every_test_exists() -> None:
    assert faults() == []


@pytest.mark.long
def test_every_rule_of_every_shipped_procedure_comes_to_something_that_a_test_shows() -> None:
    assert set(SHIPPED) == set(shipped_names("procedures"))
    for name in SHIPPED:
        for rule, _ in built_in_procedure(name).rules():
            judged = judged_by(rule)
            assert judged.findings or judged.refusal or judged.else_, rule
            assert judged.tests or rule == "transmission", rule
