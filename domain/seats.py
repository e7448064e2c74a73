"""Whether a roster is the one its procedure tells of: how many seats, which of them permanent, what they weigh.

Votes are opened by it under ``inblue-procedure/2``. What was opened under the first format is not compared with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .decision_rules import Condition
from .errors import Refused
from .instant import Span
from .phrase import Said, Value, Word
from .procedure import Procedure, Procedure2
from .roster import Roster, Seat, built_in_roster, shipped_names
from .threshold import Threshold


class Unfit(NamedTuple):
    """What of a roster contradicts the procedure: the clause, and what and how it is mended, in words."""

    clause: str
    text: Said


def unfit_seats(procedure: Procedure, roster: Roster) -> Iterator[Unfit]:
    """Everything in ``roster`` that contradicts ``procedure``; first what the procedure says of seats as such."""
    if not isinstance(procedure, Procedure2):
        return
    if (rule := procedure.seats) is not None:
        if len(roster.members) != rule.number:
            text = Said.of(
                "seats on the roster: {listed}; the procedure has {number}: list exactly those",
                listed=len(roster.members),
                number=rule.number,
            )
            yield Unfit(rule.clause, text)
        if missing := [member for member in rule.permanent if member not in roster.permanent]:
            text = Said.of(
                "the roster has no permanent seat of {members}: list it and mark it as permanent",
                members=_said(procedure, missing),
            )
            yield Unfit(rule.clause, text)
        if marked := [member for member in roster.ids if member in roster.permanent - {*rule.permanent}]:
            text = Said.of(
                "the roster marks as permanent what the procedure does not: {members}; take the mark away",
                members=_said(procedure, marked),
            )
            yield Unfit(rule.clause, text)
    for condition in procedure.decision.conditions:
        yield from _unfit_for(condition, procedure, roster)


def check_seats(procedure: Procedure, roster: Roster) -> None:
    """Check that a vote may be opened with ``roster``.

    Raises:
        Refused: it contradicts ``procedure``; what the matter is, and how it is mended.
    """
    for clause, text in unfit_seats(procedure, roster):
        raise Refused(clause, text)


def not_in_force(roster: Roster, when: Span, zone: ZoneInfo) -> tuple[str, ...]:
    """The members whose seats are certainly not in force ``when`` a vote opens, by the days of ``zone``."""
    first = when.earliest.astimezone(zone).date() if when.earliest else None
    last = when.latest.astimezone(zone).date() if when.latest else None
    return tuple(seat.member for seat in roster.members if seat.out_of_force(first, last))


def check_terms(procedure: Procedure, roster: Roster, when: Span, zone: ZoneInfo) -> None:
    """Check that every seat of ``roster`` is in force ``when`` a vote opens.

    Raises:
        Refused: one is not; which, and whether the roster of that day is shipped.
    """
    gone = not_in_force(roster, when, zone)
    if not gone or when.earliest is None:
        return
    day, members = when.earliest.astimezone(zone).date(), _said(procedure, list(gone))
    text = Said.of(
        "these seats of the roster are not in force on {day}: {members}; list those of that day",
        day=day,
        members=members,
    )
    if shipped := fitting(procedure, day):
        text = Said.of(
            "these seats of the roster are not in force on {day}: {members}; the roster of that day is {rosters}",
            day=day,
            members=members,
            rosters=shipped,
        )
    raise Refused(procedure.off_roster.clause, text)


def fitting(procedure: Procedure, day: date) -> tuple[str, ...]:
    """The names of the shipped rosters that are in force on ``day`` and are what ``procedure`` says of seats."""
    if not isinstance(procedure, Procedure2) or procedure.seats is None:
        return ()
    rosters = ((name, built_in_roster(name)) for name in shipped_names("rosters"))
    return tuple(
        name
        for name, roster in rosters
        if all(procedure.knows(seat.member) and seat.in_force(day) for seat in roster.members)
        and not any(unfit_seats(procedure, roster))
    )


def _unfit_for(condition: Condition, procedure: Procedure, roster: Roster) -> Iterator[Unfit]:
    """What a condition asks of seats that these do not have."""
    if not roster.permanent and any(each.among == "permanent" for each in condition.any_of):
        text = Said.of(
            "the decision ({condition}) asks for permanent members and the roster has none: mark them as permanent",
            condition=Word(condition.id),
        )
        yield Unfit(condition.clause, text)
    for weight in dict.fromkeys(each.weight for each in condition.any_of if each.weight is not None):
        counted = [each for each in condition.any_of if each.weight == weight]
        lacking = [s.member for s in roster.members if weight not in s.weights and _counts(counted, s)]
        if lacking:
            text = Said.of(
                "the decision ({condition}) counts the weight {weight}, which a seat lacks: {members}; "
                "give it, be it 0, under this name",
                condition=Word(condition.id),
                weight=weight,
                members=_said(procedure, lacking),
            )
            yield Unfit(condition.clause, text)


def _counts(thresholds: list[Threshold], seat: Seat) -> bool:
    return any(seat.is_among(each.among) for each in thresholds)


def _said(procedure: Procedure, members: list[str]) -> tuple[Value, ...]:
    return tuple(procedure.said(member) for member in members)
