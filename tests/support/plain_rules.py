"""The shipped rules as either format can say them, for tests that make other rules of them."""

from __future__ import annotations

from typing import Any

from inblue.domain.procedure import Procedure, Procedure1

_BOTH = {"format"} | set(Procedure1.model_fields)


def plain(rules: Procedure) -> dict[str, Any]:
    """``rules`` as JSON, without what the second format alone has."""
    value: dict[str, Any] = {name: each for name, each in rules.json_value().items() if name in _BOTH}
    value["clauses"] = [{name: each for name, each in c.items() if name != "unjudged"} for c in value["clauses"]]
    of_window = {"counting_clause", "at_close_clause", "weekend", "holidays"}
    value["window"] = {name: each for name, each in value["window"].items() if name not in of_window}
    for condition in value["decision"]["conditions"]:
        condition.setdefault("questions", ["substantive", "procedural"])
    return value
