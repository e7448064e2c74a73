"""Small procedures of the second format, for tests of one rule: members A to G, a day, and what the test says."""

from __future__ import annotations

from typing import Any

from plain_rules import plain

from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster, Seat

CHOICES = ("in_favour", "against", "abstention")
_COUNCIL: Any = plain(built_in_procedure("unsc-2020-253"))
_KEPT = ("off_roster", "late", "early", "choice", "recording", "after_announcement", "transmission", "corrections")


def of_some(*tests: dict[str, Any], name: str = "majority", **given: Any) -> dict[str, Any]:
    """A condition of a decision, with those tests."""
    return {"id": name, "clause": "majority", "any_of": list(tests), **given}


def small(*conditions: dict[str, Any], decided: dict[str, str] | None = None, **given: Any) -> Procedure:
    """A procedure with those conditions; ``passing`` is of its decision, all else of the procedure itself."""
    decision = {"clause": "majority", "conditions": list(conditions), "unanimous": ["in_favour"]}
    decision |= {"decided": decided or {}} | {name: given.pop(name) for name in ("passing",) if name in given}
    kept = {name: _COUNCIL[name] for name in (*_KEPT, "withdrawal", "opening", "silence", "recorders", "second_reply")}
    return Procedure.of(
        {
            "format": "inblue-procedure/2",
            "id": "small",
            "title": "A small procedure",
            "body": "a small body",
            "source": "Rule 1",
            "zone": "UTC",
            "members": None,
            "choices": list(CHOICES),
            "clauses": _COUNCIL["clauses"],
            "window": {"clause": "window", "fixed_by": "procedure", "hours": 24, "countings": ["elapsed"]},
            **kept,
            "decision": decision,
            **given,
        },
        where="small",
    )


def electorate(*weights: int, **groups: str) -> Roster:
    """Seats A, B, C and so on, with these ``weights`` as votes; ``groups`` names the group of a member."""
    members = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(weights)]
    seats = (
        Seat(member=member, weights={"votes": weight}, groups=(groups[member],) if member in groups else ())
        for member, weight in zip(members, weights, strict=True)
    )
    return Roster(name="small", members=tuple(seats))
