"""Checks a roster against its procedure: the number of seats, which are permanent, their weights.

It applies to votes opened under ``inblue-procedure/2``, not to those opened under the first format.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import starmap
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .decision_rules import Condition
from .errors import Refused
from .instant import Span
from .phrase import Said, Value, Word
from .procedure import Procedure, Procedure2
from .reach import out_of_reach_of
from .roster import Roster, Seat, built_in_roster, shipped_names
from .rules_of import electorate
from .seating import like, seating
from .state import VoteState
from .threshold import Threshold


class Unfit(NamedTuple):
    """A contradiction between a roster and the procedure: the clause, what it is, and how to fix it."""

    clause: str
    text: Said


def at_opening(state: VoteState) -> Roster | None:
    """The voting seats in force when voting was opened, before any change."""
    snapshot, rule = state.snapshot, electorate(state.procedure)
    if snapshot is None or rule is None:
        return state.roster
    first = rule.model_copy(update={"fixed": "opening"})
    return seating(snapshot.roster, first, (), state.window, state.zone, documented=state.documented).roster


def unfit_seats(procedure: Procedure, roster: Roster, voting: Roster | None = None) -> Iterator[Unfit]:
    """Everything in ``roster`` that contradicts ``procedure``; contradictions on seats as such come first.

    If a procedure leaves its members to the roster, its bounds are compared with the actual seats. ``voting`` are the
    seats that vote when voting is opened; the default is all but advisory ones.
    """
    if not isinstance(procedure, Procedure2):
        return
    found = list(_unfit(procedure, roster, voting))
    yield from found
    if not found and procedure.members is None:
        yield from starmap(Unfit, out_of_reach_of(procedure, voting or _with_a_vote(roster)))


def _with_a_vote(roster: Roster) -> Roster:
    return like(roster, tuple(seat for seat in roster.members if not seat.advisory))


def _unfit(procedure: Procedure2, roster: Roster, voting: Roster | None) -> Iterator[Unfit]:
    dated = voting is None and procedure.electorate is not None and bool(roster.dated)
    if voting is None:
        voting = _with_a_vote(roster)
    if not voting.members:
        yield Unfit(procedure.off_roster.clause, Said.of("no seat of the roster has a vote when voting is opened"))
    if (rule := procedure.seats) is not None:
        if len(voting.members) != rule.number and not dated:
            text = Said.of(
                "seats on the roster: {listed}; the procedure has {number}: list exactly those",
                listed=len(voting.members),
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
    yield from _unfit_groups(procedure, roster)
    for condition in procedure.decision.conditions:
        yield from _unfit_for(condition, procedure, roster)


def _unfit_groups(procedure: Procedure2, roster: Roster) -> Iterator[Unfit]:
    """Seats in groups that the procedure lacks, if it has any groups."""
    known = {group.id for group in procedure.groups}
    strange = dict.fromkeys(group for seat in roster.members for group in seat.groups if known and group not in known)
    if strange:
        text = Said.of(
            "the roster has groups that the procedure does not have: {groups}; it has {known}",
            groups=tuple(map(Word, strange)),
            known=tuple(map(Word, sorted(known))),
        )
        yield Unfit(procedure.off_roster.clause, text)


def unfit_seat(procedure: Procedure, seat: Seat) -> Iterator[Unfit]:
    """Contradictions between ``procedure`` and one ``seat`` that begins while voting is open."""
    if not isinstance(procedure, Procedure2):
        return
    alone = Roster(name="one seat", members=(seat,))
    yield from _unfit_groups(procedure, alone)
    for condition in procedure.decision.conditions:
        yield from _unfit_weights(condition, procedure, alone)
    if (rule := procedure.seats) is not None and seat.permanent != (seat.member in rule.permanent):
        text = Said.of(
            "the procedure says otherwise of {member} whether its seat is permanent", member=procedure.said(seat.member)
        )
        yield Unfit(rule.clause, text)


def check_seats(procedure: Procedure, roster: Roster, voting: Roster | None = None) -> None:
    """Check that a vote may be opened with ``roster``, of which the seats ``voting`` vote.

    Raises:
        Refused: it contradicts ``procedure``; the message says how, and how to fix it.
    """
    for clause, text in unfit_seats(procedure, roster, voting):
        raise Refused(clause, text)


def not_in_force(procedure: Procedure, roster: Roster, when: Span, zone: ZoneInfo) -> tuple[str, ...]:
    """The members whose seats are certainly not in force ``when`` a vote opens, in days of ``zone``.

    Empty if the procedure says which seats vote when some begin and end.
    """
    if electorate(procedure) is not None:
        return ()
    first = when.earliest.astimezone(zone).date() if when.earliest else None
    last = when.latest.astimezone(zone).date() if when.latest else None
    return tuple(seat.member for seat in roster.members if seat.out_of_force(first, last))


def check_terms(procedure: Procedure, roster: Roster, when: Span, zone: ZoneInfo) -> None:
    """Check that every seat of ``roster`` is in force ``when`` a vote opens.

    Raises:
        Refused: one is not; the message says which, and whether the roster of that day is shipped.
    """
    gone = not_in_force(procedure, roster, when, zone)
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
    """The names of the shipped rosters that are in force on ``day`` and fit ``procedure``."""
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
    """What a condition needs that these seats do not have."""
    yield from _unfit_groups_of(condition, roster)
    if not roster.permanent and any(each.among == "permanent" for each in condition.any_of):
        text = Said.of(
            "the decision ({condition}) asks for permanent members and the roster has none: mark them as permanent",
            condition=Word(condition.id),
        )
        yield Unfit(condition.clause, text)
    yield from _unfit_weights(condition, procedure, roster)


def _unfit_weights(condition: Condition, procedure: Procedure, roster: Roster) -> Iterator[Unfit]:
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


def _unfit_groups_of(condition: Condition, roster: Roster) -> Iterator[Unfit]:
    """The groups without a seat that a condition counts, and the group with several seats that decides a tie."""
    casting = None if condition.tie is None else condition.tie.casting
    among = [each.among for each in condition.any_of if each.among not in {"all", "permanent"}]
    for group in dict.fromkeys((*among, *(() if casting is None else (casting,)))):
        number = sum(seat.is_among(group) and not seat.advisory for seat in roster.members)
        if not number:
            text = Said.of(
                "the decision ({condition}) asks for seats of the group {group} and the roster has none: name it there",
                condition=Word(condition.id),
                group=Word(group),
            )
            yield Unfit(condition.clause, text)
        elif group == casting and number > 1:
            text = Said.of(
                "the casting vote ({condition}) is of the group {group}; the roster has {number} seats of it: list one",
                condition=Word(condition.id),
                group=Word(group),
                number=number,
            )
            yield Unfit(condition.clause, text)


def _counts(thresholds: list[Threshold], seat: Seat) -> bool:
    return not seat.advisory and any(seat.is_among(each.among) for each in thresholds)


def _said(procedure: Procedure, members: list[str]) -> tuple[Value, ...]:
    return tuple(procedure.said(member) for member in members)
