"""Acts for which a procedure has an optional rule: whether it allows them, and what they change in the vote."""

from __future__ import annotations

from typing import Any, cast

from .errors import Malformed, Refused
from .facts import fact_rules
from .instant import Span
from .optional_acts import ElectorateChanged, FactRecorded, OptionalAct, WindowResumed, WindowSuspended
from .phrase import Number, Said
from .recorded import Recorded
from .rules_of import electorate, known_member
from .seating import happened
from .seats import unfit_seat
from .state import VoteState
from .suspensions import check_suspension, suspension_effect

MAX_SEAT_CHANGES = 500
"""The most changes of seats in a vote: each recomputes the whole electorate."""


def check_optional_act(state: VoteState, act: OptionalAct, at: Span) -> None:
    """Check such an act, which happens ``at`` that time, against the current state of the vote.

    Raises:
        Refused: the procedure forbids it (with the clause), or it makes no sense here (without).
        Malformed: it names a member or a fact that the procedure cannot know.
    """
    match act:
        case FactRecorded():
            check_fact(state, act)
        case ElectorateChanged():
            check_electorate_change(state, act, at)
        case WindowSuspended() | WindowResumed():
            check_suspension(state, act, at)


def optional_effect(state: VoteState, recorded: Recorded[Any]) -> dict[str, Any]:
    """The fields of the state that such an act changes, once it is recorded and allowed."""
    match recorded.act:
        case FactRecorded():
            return {"facts": state.facts.plus(cast("Recorded[FactRecorded]", recorded))}
        case ElectorateChanged():
            return {"seat_changes": state.seat_changes.plus(cast("Recorded[ElectorateChanged]", recorded))}
        case _:
            return suspension_effect(state, recorded)


def check_fact(state: VoteState, act: FactRecorded) -> None:
    """Check a fact that is to be recorded.

    Raises:
        Malformed: the procedure has no such fact.
    """
    if act.fact not in {rule.id for rule in fact_rules(state.procedure)}:
        known = ", ".join(rule.id for rule in fact_rules(state.procedure)) or "none"
        raise Malformed(f"fact: {state.procedure.id} knows no fact {act.fact!r}; it knows {known}")


def check_electorate_change(state: VoteState, act: ElectorateChanged, at: Span) -> None:
    """Check an unforeseen change of seats.

    Raises:
        Refused: no clause allows one, voting is not open or is over, the paper is missing, or the seat exists already
        or does not exist.
        Malformed: the procedure cannot know the member.
    """
    procedure, rule, seating = state.procedure, electorate(state.procedure), state.seating
    for member in (act.member, *act.alternates):
        known_member(procedure, member)
    if rule is None or rule.changes is None:
        raise Refused(procedure.off_roster.clause, Said.of("no clause of the procedure lets a seat change"))
    clause = rule.changes
    if state.opening is None or seating is None:
        raise Refused(clause, Said.of("voting is not open: the roster of the opening lists the seats"))
    if state.is_closed or state.window.closes.certainly_before(at):
        raise Refused(clause, Said.of("the window is over; no seat changes any more"))
    if act.sha256 is None and not state.documented:
        raise Refused(clause, Said.of("a change of seats needs the paper that says so: attach it"))
    if (earlier := _later_change(state, act, at)) is not None:
        text = Said.of(
            "act {number} changed this seat later: void it, and enter both in their order", number=earlier.number
        )
        raise Refused(clause, text)
    if len(state.seat_changes) >= MAX_SEAT_CHANGES:
        raise Refused(clause, Said.of("a vote has at most {number} changes of seats", number=Number(MAX_SEAT_CHANGES)))
    listed = act.member in seating.roster or act.member in seating.advisory
    if listed == (act.change == "begins"):
        said = procedure.said(act.member)
        text = Said.of("{member} has a seat already", member=said)
        raise Refused(clause, text if listed else Said.of("{member} has no seat", member=said))
    if act.change == "begins" and not state.documented:
        for unfit in unfit_seat(procedure, act.seat):
            raise Refused(*unfit)


def _later_change(state: VoteState, act: ElectorateChanged, at: Span) -> Recorded[ElectorateChanged] | None:
    """A change of the same seat on record that certainly came after this one."""
    mine = state.span(act.changed_at).not_after(at.latest)
    changes = (each for each in state.seat_changes if each.act.member == act.member)
    return next((each for each in changes if mine.certainly_before(happened(each, state.zone))), None)
