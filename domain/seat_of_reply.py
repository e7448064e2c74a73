"""Whether the member of a reply had a seat when it arrived, and whether the caster may reply for that seat."""

from __future__ import annotations

from .instant import Span
from .phrase import Said
from .rules_of import electorate, on_behalf
from .state import VoteState


def no_seat(state: VoteState, member: str, came: Span) -> Said | None:
    """Why ``member`` had no seat when its reply ``came``; None if it had one, or perhaps had."""
    if state.has_plain_seat(member) or (seating := state.seating) is None:
        return None
    term, said = seating.terms.get(member), state.procedure.said(member)
    if term is None:
        if member in seating.roster or member in seating.advisory:
            return None
        return Said.of("{member} is not on the roster of this vote", member=said)
    if term.not_begun(came):
        return Said.of("the seat of {member} had not begun when this came", member=said)
    if member in seating.roster or member in seating.advisory:
        return None
    if term.ended(came):
        return Said.of("the seat of {member} had ended when this came", member=said)
    rule = electorate(state.procedure)
    if rule is not None and rule.fixed == "opening" and term.not_begun(state.window.opens):
        return Said.of("the seat of {member} was not in force when voting was opened", member=said)
    if term.not_begun(state.window.closes):
        return Said.of("the seat of {member} is not in force by the close", member=said)
    return None


def cast_by_another(state: VoteState, member: str, by: str) -> Said | None:
    """That ``by`` cast a reply on behalf of ``member`` and the procedure does not allow it."""
    rule, said = on_behalf(state.procedure), state.procedure.said
    text = Said.of("cast by {by}, on behalf of the member", by=said(by))
    if rule is None or rule.by is None:
        return text
    if rule.by == "anybody":
        return None
    seat = state.seating.seat(member) if state.seating is not None else None
    if seat is not None and by in seat.alternates:
        return None
    return Said.of("{offence}: not one of the alternates of its seat", offence=text)
