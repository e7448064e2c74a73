"""Every clause of a shipped procedure that a rule rests on, offended once."""

from __future__ import annotations

import pytest
from offences import KEPT, cited

from inblue.domain.procedure import Procedure2, built_in_procedure
from inblue.domain.procedure_rules import Rule
from inblue.domain.roster import shipped_names

OLDER = frozenset({"unsc-2020-253", "unga-74-544"})
"""Their documents have no examples; their conditions are tried in test_shipped_procedures.py."""


def rules_of(name: str) -> list[tuple[str, str, Rule]]:
    procedure = built_in_procedure(name)
    rules = [(name, each, rule) for each, rule in procedure.rules() if each not in KEPT]
    return [each for each in rules if not (name in OLDER and each[1].startswith("decision."))]


ALL = [each for name in shipped_names("procedures") for each in rules_of(name)]


@pytest.mark.parametrize(("name", "rule_name", "rule"), ALL, ids=[f"{each[0]} {each[1]}" for each in ALL])
def test_who_offends_a_rule_is_told_its_clause(name: str, rule_name: str, rule: Rule) -> None:
    procedure = built_in_procedure(name)
    assert isinstance(procedure, Procedure2)
    assert rule.clause in cited(procedure, rule_name, rule)
