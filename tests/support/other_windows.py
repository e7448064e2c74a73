"""Rules of a body of three whose window is another than the Council's, and a vote under them."""

from __future__ import annotations

from typing import Any

from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster, Seat

THREE = Roster(name="three", members=(Seat(member="CHN"), Seat(member="EST"), Seat(member="VNM")))
LAG = 900
"""Seconds within which a reply is entered."""

CLOSING = {"clause": "window", "fixed_by": "closing", "hours": 72}
FIRST_REPLY = {
    "clause": "window",
    "fixed_by": "procedure",
    "starts": "first_reply",
    "length": {"number": 60, "unit": "days", "ends": "end_of_day"},
}
HOLDS = {"clause": "window", "fixed_by": "procedure", "hours": 24, "suspension_clause": "opening"}
MOVED = {"clause": "window", "fixed_by": "procedure", "hours": 24, "extendable": True, "extension_clause": "notice"}


def rules_with(window: dict[str, Any], **more: Any) -> Procedure:
    """The Council's rules of paper, a majority of two, and that ``window``."""
    value: dict[str, Any] = dict(built_in_procedure("unsc-2020-253").json_value())
    conditions = [{"id": "majority", "clause": "majority", "any_of": [_TWO]}]
    decision = {"clause": "majority", "conditions": conditions, "unanimous": []}
    gone = ("seats", "validity", "readings", "presider", "formulas", "resolution", "statements_of_others")
    kept = {name: each for name, each in value.items() if name not in gone}
    clauses = [{name: each for name, each in clause.items() if name != "unjudged"} for clause in value["clauses"]]
    changed = {
        "id": "other-window",
        "window": window,
        "decision": decision,
        "clauses": clauses,
        "zone": "Europe/Zurich",
    }
    return Procedure.of({**kept, "id": "other-window", **changed, **more}, where="rules")


_TWO = {"choices": ["in_favour"], "compare": "at_least", "number": 2}
