"""The offences of a reply, and which replies stand.

A reply that is late, unsigned or off the roster has still arrived: it is recorded, and the effect of the offended
clause decides whether it counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from .acts import ReplyRejected
from .arrival_order import arrival_for_order
from .countings import Reading, milder, reading_of
from .instant import Span
from .instrument import Instrument
from .offences_of_positions import offences_of_position, rule_of_position
from .phrase import AnyOf, Said, Value, Word
from .procedure import Procedure2
from .procedure_rules import AllowedRule, Effect, Rule
from .recorded import Recorded, Reply
from .rules_of import may_be_withdrawn, on_behalf, withdrawal_rule
from .seat_of_reply import cast_by_another, no_seat
from .state import VoteState
from .window import Counted, Placement
from .withdrawn_replies import kept_of, withdrawn


class Offence(NamedTuple):
    """An offence of a reply: the rule's name in the procedure, its clause, the effect, and why, in words.

    ``values`` are the fields of ``text``, and the countings if it is an offence under only some of them. ``in_time``:
    it follows from the reply itself, and an act rejects the reply for it; otherwise it follows from the close.
    """

    rule: str
    clause: str
    effect: Effect
    text: Said
    values: Mapping[str, Value]
    in_time: bool = True


def offences(state: VoteState, reply: Reply) -> list[Offence]:
    """Every offence of the paper and its arrival; those on its place in the vote come first."""
    return _offences(state, reply, _before(state, reply))


def _offences(state: VoteState, reply: Reply, earlier: Reply | None) -> list[Offence]:
    """The offences of a reply if ``earlier``, of the same member, certainly arrived before it."""
    found: list[Offence] = []
    procedure = state.procedure

    def offends(
        name: str, rule: Rule | None, text: Said, effect: Effect | None = None, reading: Reading | None = None
    ) -> None:
        if rule is None:
            return
        effect, values = effect or procedure.effect(rule), text.all_values()
        if reading is not None:  # it is an offence only under some countings of the hours
            text, effect, values = reading.of(text), milder(effect), {**values, **reading.values}
        found.append(Offence(name, rule.clause, effect, text, values))

    if (without := no_seat(state, reply.member, arrival(state, reply))) is not None:
        offends("off_roster", procedure.off_roster, without)
    _offences_of_arrival(state, reply, offends)
    if earlier is not None and reply.act.says not in {"withdraws", "dissociates"}:
        member = procedure.said(reply.member)
        text = Said.of("a second reply of {member}; the first stands", member=member)
        if earlier.act.position != reply.act.position:
            text = Said.of("a second reply of {member}, with another position; the first stands", member=member)
        offends("second_reply", procedure.second_reply, text)
    _offences_of_what_it_says(state, reply, offends)
    for name, rule, text, effect, in_time in offences_of_position(state, reply):
        offends(name, rule, text, effect)
        found[-1] = found[-1]._replace(in_time=in_time)
    result = state.first_result
    if result is not None and not state.documented and reply.entered.number > result.number:
        offends("after_announcement", procedure.after_announcement, Said.of("entered after the result was announced"))
    _offences_of_paper(state, reply, offends)
    return found


def rejecting(found: list[Offence]) -> Offence | None:
    """The first offence for which a reply does not count."""
    return next((o for o in found if o.effect == "reject"), None)


def groundless(state: VoteState, reply: Reply, clause: str) -> bool:
    """Whether the record shows that ``reply`` does not offend ``clause``, which the rules here judge."""
    if clause not in _judged(state, reply):
        return False
    earlier = _before(state, reply) if clause == state.procedure.second_reply.clause else None
    return clause not in {each.clause for each in _offences(state, reply, earlier)}


def rejections(state: VoteState, reply: Reply) -> tuple[Recorded[ReplyRejected], ...]:
    """The rejections of a reply that have an effect.

    A rejection has no effect if the record no longer supports it, since its ground was voided or corrected. In a
    documented history each has the effect that the record gives it.
    """
    if state.documented or not reply.rejections:
        return reply.rejections
    return tuple(each for each in reply.rejections if not groundless(state, reply, each.act.clause))


def _judged(state: VoteState, reply: Reply) -> set[str]:
    """The clauses that the rules here judge by themselves."""
    procedure, place = state.procedure, placement(state, reply)
    judged: list[Rule | None] = [procedure.off_roster, procedure.second_reply, procedure.choice]
    judged += [procedure.after_announcement, procedure.form, procedure.signature, procedure.office]
    judged += [procedure.addressee, procedure.dated, rule_of_position(state, reply)]
    if place != "indeterminate":
        judged += [procedure.late, procedure.early]
    return {rule.clause for rule in judged if rule is not None}


class Standing(NamedTuple):
    """The reply by which a member's seat is counted, and every reply that may be the one that the clause means.

    There are several if the order of arrival is not certain; ``reply`` is then the first on record. A reply that
    arrived after ``first_by`` was not the first. ``perhaps_none``: the member may have withdrawn its replies.
    """

    reply: Reply
    possible: tuple[Reply, ...]
    first_by: datetime | None
    perhaps_none: bool = False

    @property
    def certain(self) -> bool:
        """Whether this reply certainly stands: no other may, and the seat is not without one."""
        return len(self.possible) == 1 and not self.perhaps_none


def standing(state: VoteState) -> dict[str, Reply]:
    """The reply of each seated member that counts, by member.

    In a documented history a reply counts unless the record rejects it. Otherwise the rules apply too, so that an
    offending reply does not count even if no act rejects it. Of several that would count, the one that arrived first or
    last does, as the procedure says, never the one entered first or last.
    """
    return {member: seat.reply for member, seat in standings(state).items()}


def standings(state: VoteState) -> dict[str, Standing]:
    """The same as :func:`standing`, with every reply that may be the standing one."""
    found: dict[str, Standing] | None = state.derived.get("standing")
    if found is None:
        replies: dict[str, list[Reply]] = {}
        for reply in state.replies:
            replies.setdefault(reply.member, []).append(reply)
        stand = ((member, _standing(state, _in_order(state, each))) for member, each in replies.items())
        found = state.derived["standing"] = {member: seat for member, seat in stand if seat is not None}
    return found


def standing_of(state: VoteState, member: str) -> Standing | None:
    """One member's entry of :func:`standings`, without deriving the others."""
    if "standing" in state.derived:
        return standings(state).get(member)
    return _standing(state, _in_order(state, list(state.replies_of(member))))


def withdrawals(state: VoteState) -> dict[str, dict[int, Reply]]:
    """The replies that were certainly withdrawn, by member and ordinal, each with the reply that withdraws it."""
    found: dict[str, dict[int, Reply]] = {}
    members = {reply.member for reply in state.replies if reply.act.says == "withdraws"}
    replies: dict[str, list[Reply]] = {member: [] for member in members}
    for reply in state.replies:
        if reply.member in members and _in_effect(state, reply):
            replies[reply.member].append(reply)
    for member, each in replies.items():
        found[member] = withdrawn(state, *_apart(each))
    return found


def _standing(state: VoteState, eligible: list[Reply]) -> Standing | None:
    """The standing reply of one member, from those in order; None if it withdrew them all."""
    kept = kept_of(state, *_apart(eligible))
    if not kept.replies:
        return None
    ends = (arrival_for_order(state, reply).latest for reply in kept.replies)
    first_by = min((end for end in ends if end is not None), default=None)
    return Standing(kept.foremost[0], kept.foremost, first_by, kept.perhaps_none)


def _in_order(state: VoteState, replies: list[Reply]) -> list[Reply]:
    """The replies of one member that would each have effect on its own."""
    return [reply for reply in replies if _in_effect(state, reply)]


def _apart(replies: list[Reply]) -> tuple[list[Reply], list[Reply]]:
    """The replies of one member that may stand, and those that withdraw others."""
    found: tuple[list[Reply], list[Reply]] = [], []
    for reply in replies:
        found[reply.act.says == "withdraws"].append(reply)
    return found


def _in_effect(state: VoteState, reply: Reply) -> bool:
    return reply.voided is None and in_order(state, reply)


def in_order(state: VoteState, reply: Reply) -> bool:
    """Whether the reply, if not voided and the member's only one, would count or withdraw.

    For clauses that the rules judge by themselves, the facts decide, and a rejection on record adds nothing.
    """
    act = reply.act
    if not state.has_seat(reply.member) or no_seat(state, reply.member, arrival(state, reply)) is not None:
        return False
    withdraws = act.says == "withdraws" and may_be_withdrawn(state.procedure)
    if act.position is None and not act.answers and act.says != "not_on_record" and not withdraws:
        return False
    if state.documented or not reply.rejections:
        return not reply.rejected and (state.documented or rejecting(_offences(state, reply, None)) is None)
    judged = _judged(state, reply)
    if any(each.act.clause not in judged for each in reply.rejections):
        return False
    return rejecting(_offences(state, reply, None)) is None


def _before(state: VoteState, reply: Reply) -> Reply | None:
    """If the first reply stands: the standing reply, if another that would count certainly arrived before this one."""
    if state.procedure.second_reply.stands != "first":
        return None
    seat, since = standing_of(state, reply.member), arrival_for_order(state, reply).earliest
    return seat.reply if seat and seat.first_by and since and seat.first_by < since else None


def arrival(state: VoteState, reply: Reply) -> Span:
    """When the reply may have arrived: as received, but not after its paper was recorded."""
    return state.span(reply.act.received_at).not_after(reply.paper_entered.recorded_at)


def placement(state: VoteState, reply: Reply) -> Placement:
    """Where the arrival of a reply falls, if that is certain.

    If whoever closed voting thereby chose the end of the window, a reply already on record came before it, whatever its
    stated time; for one entered later with an earlier time, it is not certain.
    """
    place = state.window.place(arrival(state, reply))
    if place == "early" or not state.end_chosen or state.closed is None:
        return place
    entered = reply.paper_entered
    if entered.number < state.closed.number:
        return "inside" if place == "late" else place
    behind = entered.recorded_at < state.closed.recorded_at
    return "indeterminate" if behind and place == "inside" else place


class _Offends(Protocol):
    """The collector that :func:`offences` passes down."""

    def __call__(
        self, name: str, rule: Rule | None, text: Said, effect: Effect | None = None, reading: Reading | None = None
    ) -> None:
        """Add an offence against ``rule``, if the procedure has it."""


def _offences_of_arrival(state: VoteState, reply: Reply, offends: _Offends) -> None:
    procedure, window = state.procedure, state.window
    received = arrival(state, reply)
    if state.opening is None and not state.documented:
        offends("early", procedure.early, Said.of("voting is not open"))
        return
    place = placement(state, reply)
    if place == "early" and window.opens.earliest and received.latest:
        by = window.opens.earliest - received.latest
        offends("early", procedure.early, Said.of("received {by} before the window opened", by=by))
    if place == "late" and window.closes.latest and received.earliest:
        past = received.earliest - window.closes.latest
        at_once = Said.of("received at the very instant of closing")
        text = Said.of("received {by} after the window closed", by=past) if past else at_once
        reading = reading_of(state, lambda _, otherwise: otherwise.place(received) == "late")
        offends("late", procedure.late, text, reading=reading)


def _offences_of_what_it_says(state: VoteState, reply: Reply, offends: _Offends) -> None:
    procedure, act = state.procedure, reply.act
    dissociation = procedure.dissociation if isinstance(procedure, Procedure2) else None
    match act.says:
        case None if act.position is None and not act.answers:
            offends("choice", procedure.choice, Said.of("the reply takes no position"))
        case "withdraws" if not may_be_withdrawn(procedure):
            rule = withdrawal_rule(procedure)
            text = Said.of("withdraws an earlier reply, which stands: the procedure has no rule on withdrawing one")
            if rule is not None:
                text = Said.of("withdraws an earlier reply, which stands: the procedure allows no withdrawal")
            if not any(r is not reply and r.voided is None for r in state.replies_of(reply.member)):
                text = Said.of("withdraws an earlier reply, and none is on record")
            offends("reply_withdrawal", rule or procedure.second_reply, text, None if rule else "flag")
        case "dissociates":
            text = Said.of("dissociates the member from the text, without objecting")
            offends("dissociation", dissociation or procedure.choice, text, None if dissociation else "note")
        case _:
            pass
    if act.by is not None and (cast := cast_by_another(state, reply.member, act.by)) is not None:
        offends("on_behalf", on_behalf(procedure), cast)


def _offences_of_paper(state: VoteState, reply: Reply, offends: _Offends) -> None:
    procedure, paper = state.procedure, reply.act.instrument
    if procedure.form is not None and paper.form not in procedure.form.allowed:
        offends("form", procedure.form, _other_form(paper, _asked(procedure.form)))
    else:
        if paper.signed is False:
            offends("signature", procedure.signature, Said.of("not signed"))
        elif paper.signed is None:
            offends("signature", procedure.signature, Said.of("it is not known whether it was signed"), "note")
        if procedure.office is not None and paper.office not in procedure.office.allowed:
            effect: Effect | None = "note" if paper.office is None else None
            offends("office", procedure.office, _other_office(paper, _asked(procedure.office)), effect)
    if procedure.addressee is not None and paper.addressee and paper.addressee not in procedure.addressee.allowed:
        to, wanted = Word(paper.addressee), _asked(procedure.addressee)
        text = Said.of("addressed to {addressee}, not {wanted}", addressee=to, wanted=wanted)
        if state.documented:
            text = Said.of("{offence}; as printed in the text at hand, which may be a translation", offence=text)
        offends("addressee", procedure.addressee, text)
    _offences_of_date(state, reply, offends)


def _offences_of_date(state: VoteState, reply: Reply, offends: _Offends) -> None:
    procedure, opening = state.procedure, state.opening
    paper = reply.act.instrument
    if opening is None or paper.dated is None:
        return
    dated, window, rule = state.span(paper.dated), state.window, procedure.window
    if opening.act.opens_at is None and opening.act.dated is not None and rule.fixed_by == "procedure":
        last = state.span(opening.act.dated).latest

        def after_any(counting: Counted) -> bool:
            return last is not None and Span(None, state.closing_of(last, counting)).certainly_before(dated)

        if after_any(state.counting):
            text = Said.of(
                "dated {dated}, after any {hours} counted from the opening letter's date, {opening}",
                dated=paper.dated,
                hours=rule.said_length,
                opening=opening.act.dated,
            )
            reading = reading_of(state, lambda counting, _: after_any(counting))
            offends("dated", procedure.dated, text, reading=reading)
    elif window.closes.certainly_before(dated):
        text = Said.of("dated {dated}, after the window had closed", dated=paper.dated)
        reading = reading_of(state, lambda _, otherwise: otherwise.closes.certainly_before(dated))
        offends("dated", procedure.dated, text, reading=reading)
    if dated.certainly_before(window.opens):
        offends("dated", procedure.dated, Said.of("dated {dated}, before the window opened", dated=paper.dated))


def _asked(rule: AllowedRule) -> AnyOf:
    return AnyOf(tuple(Word(name) for name in rule.allowed))


def _other_form(paper: Instrument, wanted: AnyOf) -> Said:
    form = Word(paper.form)
    match paper.signed is False, paper.signatory is None:
        case True, True:
            return Said.of(
                "a {form}, unsigned, naming no signatory; the procedure asks for a {wanted}", form=form, wanted=wanted
            )
        case True, False:
            return Said.of("a {form}, unsigned; the procedure asks for a {wanted}", form=form, wanted=wanted)
        case False, True:
            return Said.of("a {form}, naming no signatory; the procedure asks for a {wanted}", form=form, wanted=wanted)
        case _:
            return Said.of("a {form}; the procedure asks for a {wanted}", form=form, wanted=wanted)


def _other_office(paper: Instrument, wanted: AnyOf) -> Said:
    if paper.office is None:
        return Said.of("the signatory's office is not known; asked for: {wanted}", wanted=wanted)
    office = Word(paper.office)
    if paper.office_in_heading is None:
        return Said.of("signed as {office}; asked for: {wanted}", office=office, wanted=wanted)
    return Said.of(
        "signed as {office} (the heading says {heading}); asked for: {wanted}",
        office=office,
        heading=Word(paper.office_in_heading),
        wanted=wanted,
    )
