"""A shipped procedure as the first format has it: without the rules that came later."""

from __future__ import annotations

from typing import Any

from inblue.domain.procedure import Procedure1, built_in_procedure


def rules_of_the_first(name: str = "unsc-2020-253") -> dict[str, Any]:
    """The fields of the procedure that both formats have; its ``format`` and ``window`` are still of the second."""
    rules = built_in_procedure(name).json_value()
    return {field: value for field, value in rules.items() if field in Procedure1.model_fields}
