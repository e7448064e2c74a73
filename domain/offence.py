"""What a reply offends, and which replies stand.

A reply that is late, unsigned or off the roster has arrived all the same: it is recorded, and the effect of the clause
it offends says what becomes of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Protocol

from .instant import Span
from .procedure import Effect, FixedWindow, Rule
from .state import Reply, VoteState
from .window import closing_of
from .wording import asked, duration, words


class Offence(NamedTuple):
    """What a reply offends: the rule's name in the procedure, its clause, the effect, and why, in words."""

    rule: str
    clause: str
    effect: Effect
    text: str


def offences(state: VoteState, reply: Reply, earlier: Reply | None) -> list[Offence]:
    """Everything in the paper and its arrival that offends a clause; what bears on its place in the vote first.

    ``earlier`` is the reply of the same member that stands already, if there is one.
    """
    found: list[Offence] = []
    procedure = state.procedure

    def offends(name: str, rule: Rule | None, text: str, effect: Effect | None = None) -> None:
        if rule is not None:
            found.append(Offence(name, rule.clause, effect or procedure.effect(rule), text))

    if state.roster is not None and reply.member not in state.roster:
        offends("off_roster", procedure.off_roster, f"{reply.member} is not on the roster of this vote")
    _offences_of_arrival(state, reply, offends)
    if earlier is not None and procedure.second_reply.stands == "first":
        change = "" if earlier.act.position == reply.act.position else ", with another position"
        offends("second_reply", procedure.second_reply, f"a second reply of {reply.member}{change}; the first stands")
    if reply.act.position is None:
        offends("choice", procedure.choice, "the reply takes no position")
    result = state.result
    if result is not None and not state.documented and reply.entered.number > result.number:
        offends("after_announcement", procedure.after_announcement, "entered after the result was announced")
    _offences_of_paper(state, reply, offends)
    return found


def rejecting(found: list[Offence]) -> Offence | None:
    """The first offence for which a reply does not count."""
    return next((o for o in found if o.effect == "reject"), None)


def groundless(state: VoteState, reply: Reply, clause: str) -> bool:
    """Whether the record shows that ``reply`` does not offend ``clause``, one of those that the rules here judge."""
    procedure, place = state.procedure, state.window.place(arrival(state, reply))
    judged: list[Rule | None] = [procedure.off_roster, procedure.second_reply, procedure.choice]
    judged += [procedure.after_announcement, procedure.form, procedure.signature, procedure.office]
    judged += [procedure.addressee, procedure.dated]
    if place != "indeterminate":
        judged += [procedure.late, procedure.early]
    before = replace(state, replies=state.replies[: state.replies.index(reply)])
    found = {offence.clause for offence in offences(state, reply, standing(before).get(reply.member))}
    return clause not in found and clause in {rule.clause for rule in judged if rule is not None}


def standing(state: VoteState) -> dict[str, Reply]:
    """The reply of each seated member that counts, by member.

    In a documented history a reply counts unless the record rejects it; otherwise the rules have a say too, so that an
    offending reply does not count for want of an act that rejects it.
    """
    stands: dict[str, Reply] = {}
    if state.roster is None:
        return stands
    for reply in state.replies:
        earlier = stands.get(reply.member)
        counts = not reply.rejected and reply.act.position is not None and reply.member in state.roster
        if counts and not state.documented:
            counts = rejecting(offences(state, reply, earlier)) is None
        if counts and (earlier is None or state.procedure.second_reply.stands == "last"):
            stands[reply.member] = reply
    return stands


def arrival(state: VoteState, reply: Reply) -> Span:
    """When the reply may have arrived: as received, and not after it was recorded."""
    return state.span(reply.act.received_at).not_after(reply.entered.recorded_at)


class _Offends(Protocol):
    """The collector that :func:`offences` hands down."""

    def __call__(self, name: str, rule: Rule | None, text: str, effect: Effect | None = None) -> None:
        """Note an offence against ``rule``, if the procedure has it."""


def _offences_of_arrival(state: VoteState, reply: Reply, offends: _Offends) -> None:
    procedure, window = state.procedure, state.window
    received = arrival(state, reply)
    if state.opening is None and not state.documented:
        offends("early", procedure.early, "voting is not open")
        return
    placement = window.place(received)
    if placement == "early" and window.opens.earliest and received.latest:
        by = duration(window.opens.earliest - received.latest)
        offends("early", procedure.early, f"received {by} before the window opened")
    if placement == "late" and window.closes.latest and received.earliest:
        past = received.earliest - window.closes.latest
        when = f"{duration(past)} after the window closed" if past else "at the very instant of closing"
        offends("late", procedure.late, f"received {when}")


def _offences_of_paper(state: VoteState, reply: Reply, offends: _Offends) -> None:
    procedure, paper = state.procedure, reply.act.instrument
    if procedure.form is not None and paper.form not in procedure.form.allowed:
        unsigned = ", unsigned" if paper.signed is False else ""
        nameless = ", naming no signatory" if paper.signatory is None else ""
        wanted = asked(procedure.form.allowed)
        offends("form", procedure.form, f"a {words(paper.form)}{unsigned}{nameless}; the procedure asks for a {wanted}")
    else:
        if paper.signed is False:
            offends("signature", procedure.signature, "not signed")
        elif paper.signed is None:
            offends("signature", procedure.signature, "it is not known whether it was signed", "note")
        if procedure.office is not None and paper.office not in procedure.office.allowed:
            wanted = asked(procedure.office.allowed)
            if paper.office is None:
                offends("office", procedure.office, f"the signatory's office is not known; asked for: {wanted}", "note")
            else:
                heading = f" (the heading says {words(paper.office_in_heading)})" if paper.office_in_heading else ""
                offends("office", procedure.office, f"signed as {words(paper.office)}{heading}; asked for: {wanted}")
    if procedure.addressee is not None and paper.addressee and paper.addressee not in procedure.addressee.allowed:
        wanted = asked(procedure.addressee.allowed)
        translated = "; as printed in the text at hand, which may be a translation" if state.documented else ""
        offends("addressee", procedure.addressee, f"addressed to {words(paper.addressee)}, not {wanted}{translated}")
    _offences_of_date(state, reply, offends)


def _offences_of_date(state: VoteState, reply: Reply, offends: _Offends) -> None:
    procedure, opening = state.procedure, state.opening
    paper = reply.act.instrument
    if opening is None or paper.dated is None:
        return
    dated, window, rule = state.span(paper.dated), state.window, procedure.window
    if opening.act.opens_at is None and opening.act.dated is not None and isinstance(rule, FixedWindow):
        last = state.span(opening.act.dated).latest
        latest_close = closing_of(last, rule.hours, rule.counted, procedure.zone) if last else None
        if latest_close and dated.earliest and dated.earliest > latest_close:
            offends(
                "dated",
                procedure.dated,
                f"dated {paper.dated}, after any {rule.hours} hours counted from the opening letter's date, "
                f"{opening.act.dated}",
            )
    elif window.closes.certainly_before(dated):
        offends("dated", procedure.dated, f"dated {paper.dated}, after the window had closed")
    if dated.certainly_before(window.opens):
        offends("dated", procedure.dated, f"dated {paper.dated}, before the window opened")
