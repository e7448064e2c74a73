"""The result of a decision if nobody replies, with made-up seats."""

from __future__ import annotations

from .certainty import Known
from .procedure import Procedure, Procedure2
from .procedure_rules import Outcome, Question
from .roster import Roster, Seat

_SEATS = 100


def silent(procedure: Procedure) -> Known:
    """A vote in which nobody replied, with as many seats as the procedure has, each in every group."""
    number = procedure.seats.number if isinstance(procedure, Procedure2) and procedure.seats is not None else _SEATS
    tests = [test for condition in procedure.decision.conditions for test in condition.any_of]
    groups = tuple(dict.fromkeys(test.among for test in tests if test.among not in {"all", "permanent"}))
    weights: dict[str, int | str] = dict.fromkeys([test.weight for test in tests if test.weight is not None], 1)
    seats = tuple(
        Seat(member=f"S{each}", permanent=each == 0, weights=weights, groups=groups) for each in range(number)
    )
    return Known(procedure, Roster(name="made up", members=seats), {})


def said_by_silence(procedure: Procedure, question: Question) -> frozenset[Outcome]:
    """The outcome if nobody replies."""
    return silent(procedure).outcomes(question)
