"""Suspension of the window: when it is allowed, what it changes, and how such an act is taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .errors import Malformed, Refused
from .instant import Span
from .lasting import Row
from .optional_acts import WindowResumed, WindowSuspended
from .phrase import Said
from .procedure import Procedure2
from .recorded import Recorded, Suspended
from .rules_of import known_member
from .state import VoteState


def check_suspension(state: VoteState, act: WindowSuspended | WindowResumed, at: Span) -> None:
    """Check that the window may be suspended, or resumed.

    Raises:
        Refused: no clause allows it, the window is not open, it is already (or not) suspended, or it would resume so
        early that it was over while suspended on record.
        Malformed: the procedure does not know the member of the hold, or the instant is missing.
    """
    procedure = state.procedure
    clause = procedure.window.suspension_clause if isinstance(procedure, Procedure2) else None
    if clause is None:
        raise Refused(procedure.window.clause, Said.of("no clause of the procedure lets the window be suspended"))
    if isinstance(act, WindowSuspended) and act.by is not None:
        known_member(procedure, act.by)
    if state.opening is None or at.certainly_before(state.window.opens):
        raise Refused(clause, Said.of("there is no window to suspend before voting is open"))
    goes_on = state.documented and isinstance(act, WindowResumed) and state.suspended  # it was voided after the close
    if not goes_on and (state.is_closed or state.window.closes.certainly_before(at)):
        raise Refused(clause, Said.of("the window is over; it is not suspended any more"))
    if isinstance(act, WindowSuspended) == state.suspended:
        text = Said.of("the window is suspended already") if state.suspended else Said.of("the window is not suspended")
        raise Refused(clause, text)
    if not state.documented:
        _check_instant(state, act, at, clause)


def suspension_effect(state: VoteState, recorded: Recorded[Any]) -> dict[str, Any]:
    """The fields of the state that such an act changes, once it is recorded and allowed."""
    if isinstance(recorded.act, WindowSuspended):
        return {"suspensions": state.suspensions.plus(Suspended(recorded, None))}
    last = len(state.suspensions) - 1
    return {"suspensions": state.suspensions.put(last, state.suspensions[last]._replace(ended=recorded))}


def suspension_entry(suspensions: Row[Suspended], number: int) -> Recorded[Any] | None:
    """The act of that number, if it suspended or resumed the window."""
    for suspension in suspensions:
        for each in (suspension.begun, suspension.ended):
            if each is not None and each.number == number:
                return each
    return None


def may_be_taken_back(suspensions: Row[Suspended], entry: Recorded[Any]) -> bool:
    """Whether an entry may be voided as far as suspensions go: two suspensions must not overlap."""
    return not isinstance(entry.act, WindowResumed) or suspensions[-1].ended is entry


def without_suspension(suspensions: Row[Suspended], number: int) -> Row[Suspended]:
    """The suspensions without act ``number``: if it began one, without that one; else with that one still lasting."""
    for at, suspension in enumerate(suspensions):
        if suspension.begun.number == number:
            return suspensions.without(at)
        if suspension.ended is not None and suspension.ended.number == number:
            return suspensions.put(at, suspension._replace(ended=None))
    return suspensions


def _check_instant(state: VoteState, act: WindowSuspended | WindowResumed, at: Span, clause: str) -> None:
    moment = getattr(act, act.when)
    if not isinstance(moment, datetime):
        raise Malformed(f"{act.when}: the deadline follows from the instant of it")
    if (since := _stood_until(state)) is not None and moment < since:
        raise Refused(clause, Said.of("that is not before {since}", since=since))
    if isinstance(act, WindowResumed) and at.latest is not None:
        now = Recorded(act, state.version, at.latest, "")
        _check_end(state, suspension_effect(state, now), at.latest, clause)


def check_taken_back(state: VoteState, entry: Recorded[Any], at: Span) -> None:
    """Check that an act that suspended or resumed a live window may be voided ``at`` that time.

    A suspension may be voided after the close, since that never makes the end later. A resumption may not: another in
    its place could, and so let in late replies.

    Raises:
        Refused: it is a resumption and the window is over; or the window is open and would already have been over.
    """
    clause = state.procedure.corrections.clause
    over = state.is_closed or state.window.closes.certainly_before(at)
    if over and isinstance(entry.act, WindowResumed):
        raise Refused(clause, Said.of("the window is over; its end does not move on any more"))
    if not over and at.latest is not None:
        left = without_suspension(state.suspensions, entry.number)
        _check_end(state, {"suspensions": left}, at.latest, clause)


def _check_end(state: VoteState, changed: dict[str, Any], now: datetime, clause: str) -> None:
    """Check that the window, with that change, is not over ``now``."""
    end = state.after(changed).window.closes.latest
    if end is not None and end < now:
        text = Said.of(
            "the window would have been over at {end}, while it was suspended on record: what came since would be late",
            end=end,
        )
        raise Refused(clause, text)


def _stood_until(state: VoteState) -> datetime | None:
    """The instant of the last suspension or resumption, or of the opening."""
    if not state.suspensions:
        return state.window.opens.earliest
    last = state.suspensions[-1]
    return last.begun.act.suspended_at if last.ended is None else last.ended.act.resumed_at  # type: ignore[return-value]
