"""Findings on who votes: seats that begin, end or change, and seats without a vote."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Fact, Finding
from .lasting import NOTHING
from .phrase import Code, Said
from .rules_of import electorate
from .seat_of_reply import no_seat
from .state import VoteState
from .tally import outcome_of
from .titles import outcome_code
from .validity import arrival


def on_seats(state: VoteState) -> Iterator[Finding]:
    """Every finding of this kind on the current state of the vote."""
    yield from _on_advisory_seats(state)
    yield from _on_former_seats(state)
    yield from _on_changes(state)
    yield from beside_on_seats(state)


def beside_on_seats(state: VoteState) -> Iterator[Finding]:
    """The notes shown beside the outcome: that it depends on who has a seat."""
    rule, seating = electorate(state.procedure), state.seating
    if rule is None or seating is None or not state.is_closed:
        return
    if seating.undetermined:
        members = tuple(map(state.procedure.said, seating.undetermined))
        text = Said.of("whether these seats are in force is not certain; they are counted: {members}", members=members)
        yield Finding("seat_undetermined", rule.clause, "flag", text)
    if not state.seat_changes:
        return
    changed, pinned = outcome_of(state), outcome_of(state.after({"seat_changes": NOTHING}))
    if changed != pinned:
        text = Said.of(
            "the outcome rests on seats that changed while voting was open: {outcome}; as pinned, {pinned}",
            outcome=outcome_code(state.procedure, changed),
            pinned=outcome_code(state.procedure, pinned),
        )
        given: dict[str, Fact] = {"outcome": Code(changed), "pinned": Code(pinned)}
        yield Finding("outcome_rests_on_seats", rule.changes or rule.clause, "flag", text, given=given)


def _on_advisory_seats(state: VoteState) -> Iterator[Finding]:
    seating = state.seating
    if seating is None or not seating.advisory:
        return
    for reply in state.replies:
        if reply.voided is None and reply.member in seating.advisory:
            text = Said.of("an advisory seat: on record, and not counted")
            yield Finding("advisory", state.procedure.off_roster.clause, "note", text, reply.member, reply.ordinal)


def _on_former_seats(state: VoteState) -> Iterator[Finding]:
    """The replies of seats that had ended by the close, given before they did."""
    rule, seating = electorate(state.procedure), state.seating
    if rule is None or seating is None or not seating.terms:
        return
    for reply in state.replies:
        member, term = reply.member, seating.terms.get(reply.member)
        gone = member not in seating.roster and member not in seating.advisory
        if term is None or term.ends is None or not gone or reply.voided is not None:
            continue
        if no_seat(state, member, arrival(state, reply)) is not None:
            continue  # the offence says so
        text, effect = Said.of("its seat ended after this reply, which falls"), state.procedure.effect(rule)
        if member in seating.former:
            text = Said.of("its seat ended after this reply, which stands")
            if not arrival(state, reply).certainly_before(term.ends):
                text = Said.of("whether its seat had ended when this came is not certain; the reply stands")
                effect = "flag"
        yield Finding("former_seat", rule.clause, effect, text, member, reply.ordinal)


def _on_changes(state: VoteState) -> Iterator[Finding]:
    """Each change of a seat while voting was open, by act."""
    rule = electorate(state.procedure)
    for change in state.seat_changes:
        act, said = change.act, state.procedure.said(change.act.member)
        text = Said.of("the seat of {member} begins: {reason}", member=said, reason=act.reason)
        if act.change == "ends":
            text = Said.of("the seat of {member} ends: {reason}", member=said, reason=act.reason)
        clause = None if rule is None else rule.changes
        given = {"act": change.number, "member": said, "change": Code(act.change)}
        yield Finding("electorate_changed", clause, "flag", text, act.member, given=given)
