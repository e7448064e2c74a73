"""Sentences on who votes, what a reply may say and must carry, and what a missing one means."""

from __future__ import annotations

from .explain_window import length_said
from .optional_rules import OnBehalf, PositionRule
from .phrase import AnyOf, Said, Value, Word
from .procedure import Procedure2
from .sentence import Telling, kind_said, names_of


def tell_voters(telling: Telling) -> None:
    """Who has a seat, which seats there are, and who may reply for another."""
    procedure = telling.procedure
    members, said = procedure.members, procedure.said
    text = Said.of("Whoever has a seat on the roster of a vote votes; the procedure lists no members.")
    if isinstance(members, str):
        text = Said.of("Members are those of the list {name}; the roster of a vote says who has a seat.", name=members)
    elif members is not None:
        listed: tuple[Value, ...] = members
        text = Said.of("Members are {members}; the roster of a vote says who has a seat.", members=listed)
    telling.tell("members", text)
    if isinstance(procedure, Procedure2):
        if procedure.seats is not None:
            number, permanent = procedure.seats.number, tuple(said(each) for each in procedure.seats.permanent)
            text = Said.counted("There is {number} seat.", "There are {number} seats.", number)
            telling.tell("seats.number", text, procedure.seats)
            if permanent:
                text = Said.of("Permanent members are {members}.", members=permanent)
                telling.tell("seats.permanent", text, procedure.seats)
        for group in procedure.groups:
            text = Said.of("Seats may belong to the group {id}: {title}.", id=group.id, title=Said.written(group.title))
            telling.tell(f"groups.{group.id}", text, group.clause)
        _tell_electorate(telling, procedure)
    telling.tell_offence(
        "off_roster", procedure.off_roster, Said.of("A reply of somebody without a seat"), may_count=False
    )
    if isinstance(procedure, Procedure2):
        telling.tell_offence("on_behalf", procedure.on_behalf, _cast_by(procedure.on_behalf))


def _tell_electorate(telling: Telling, procedure: Procedure2) -> None:
    rule = procedure.electorate
    if rule is None:
        return
    text = Said.of("The seats vote that are in force at the close.")
    if rule.fixed == "opening":
        text = Said.of("The seats vote that are in force at the opening.")
    telling.tell("electorate.fixed", text, rule)
    text = Said.of("A reply of a member whose seat has ended by the close falls.")
    if rule.former == "stands":
        text = Said.of("A reply of a member whose seat has ended by the close stands.")
    telling.tell("electorate.former", text, rule)
    if rule.changes is not None:
        text = Said.of("An unforeseen change of seats may be entered while voting is open, with its paper.")
        telling.tell("electorate.changes", text, rule.changes)


def _cast_by(rule: OnBehalf | None) -> Said:
    match rule.by if rule else None:
        case "alternates":
            return Said.of("A reply that is cast for a member by anybody but an alternate of its seat")
        case "anybody":
            return Said.of("A reply that is cast for a member by another, whoever that is")
        case _:
            return Said.of("A reply that is cast for a member by another")


def tell_questions(telling: Telling) -> None:
    """Which kinds of question there are, and what is put beside the draft."""
    procedure = telling.procedure
    if not isinstance(procedure, Procedure2):
        return
    for kind in procedure.question_kinds:
        text = Said.of(
            "A draft may be a question of the kind {id}: {title}.", id=kind.id, title=Said.written(kind.title)
        )
        telling.tell(f"question_kinds.{kind.id}", text, kind.clause)
    for put in procedure.questions_put:
        text = Said.of(
            "Beside the draft the question {id} is put: {title}. The answer is {answers}; a missing one is {silence}.",
            id=put.id,
            title=Said.written(put.title),
            answers=AnyOf(names_of(put.choices)),
            silence=Word(put.silence),
        )
        telling.tell(f"questions_put.{put.id}", text, put)


def tell_replies(telling: Telling) -> None:
    """What a reply may say, whether it can be changed, and what it must carry."""
    procedure = telling.procedure
    text = Said.of("A reply takes one of these positions: {choices}.", choices=names_of(procedure.choices))
    telling.tell("choices", text, procedure.choice)
    telling.tell_offence("choice", procedure.choice, Said.of("A reply that takes no position"), may_count=False)
    if isinstance(procedure, Procedure2):
        for position in procedure.positions:
            _tell_position(telling, position)
    if procedure.second_reply.stands == "first":
        text = Said.of("Of several replies of one member the first to arrive stands.")
        telling.tell("second_reply.stands", text, procedure.second_reply)
        telling.tell_offence("second_reply", procedure.second_reply, Said.of("A second reply"), may_count=False)
    else:
        text = Said.of("Of several replies of one member the last to arrive stands.")
        telling.tell("second_reply.stands", text, procedure.second_reply)
    if isinstance(procedure, Procedure2):
        if procedure.reply_withdrawal is not None:
            text = Said.of("A member may not withdraw its reply.")
            if procedure.reply_withdrawal.allowed:
                text = Said.of("A member may withdraw its reply; its seat is then as if it had sent none.")
            telling.tell("reply_withdrawal", text, procedure.reply_withdrawal)
        what = Said.of("A reply that dissociates the member from the text without objecting")
        telling.tell_offence("dissociation", procedure.dissociation, what, may_count=False)


def _tell_position(telling: Telling, rule: PositionRule) -> None:
    where, choice = f"positions.{rule.choice}", Word(rule.choice)
    if rule.reasons:
        what = Said.of("A reply with the position {choice} that gives no reasons", choice=choice)
        telling.tell_offence(f"{where}.reasons", rule, what)
    if rule.later:
        text = Said.of("A reply with the position {choice} may take effect later than it is given.", choice=choice)
        telling.tell(f"{where}.later", text, rule)
    if rule.lapses is not None:
        after, to = length_said(rule.lapses.after), Word(rule.lapses.to)
        text = Said.of("The position {choice} becomes {to} after {length}.", choice=choice, to=to, length=after)
        telling.tell(f"{where}.lapses", text, rule)
    if rule.questions is not None:
        kinds = AnyOf(tuple(kind_said(telling.procedure, kind) for kind in rule.questions))
        text = Said.of(
            "What is said of {choice} is for questions of this kind alone: {kinds}.", choice=choice, kinds=kinds
        )
        telling.tell(f"{where}.questions", text, rule)
    if not (rule.reasons or rule.later or rule.lapses):
        text = Said.of("Of a reply with the position {choice} nothing more is asked.", choice=choice)
        telling.tell(where, text, rule)


def tell_papers(telling: Telling) -> None:
    """Where replies are sent, and what their papers must have."""
    procedure = telling.procedure
    to = Said.written(procedure.transmission.to)
    telling.tell("transmission", Said.of("Replies are sent to {to}.", to=to), procedure.transmission)
    if procedure.form is not None:
        what = Said.of("A reply in another form than {allowed}", allowed=AnyOf(names_of(procedure.form.allowed)))
        telling.tell_offence("form", procedure.form, what)
    telling.tell_offence("signature", procedure.signature, Said.of("A reply that is not signed"))
    if procedure.office is not None:
        asked = AnyOf(names_of(procedure.office.allowed))
        what = Said.of("A reply that is signed by another office than {allowed}", allowed=asked)
        telling.tell_offence("office", procedure.office, what)
    if procedure.addressee is not None:
        addressees = AnyOf(names_of(procedure.addressee.allowed))
        what = Said.of("A reply that is addressed to anybody but {allowed}", allowed=addressees)
        telling.tell_offence("addressee", procedure.addressee, what)
    telling.tell_offence("dated", procedure.dated, Said.of("A reply whose date is outside the window"))
    text = Said.of("Each reply is acknowledged; otherwise there is a finding.")
    telling.tell_if("acknowledgement", procedure.acknowledgement, text)
    rule = procedure.corrections
    of_a_reply: tuple[Value, ...] = rule.fields
    until = Said.of("A typing error in one of these may be corrected at any time: {fields}.", fields=of_a_reply)
    if rule.until == "announcement":
        until = Said.of(
            "A typing error in one of these may be corrected until the result is announced: {fields}.",
            fields=of_a_reply,
        )
    if not rule.fields:
        until = Said.of("No typing error in a reply may be corrected.")
    telling.tell("corrections", until, rule)
    for act, offices in procedure.recorders.offices.items():
        who = AnyOf(names_of(offices)) if offices else Said.of("nobody")
        text = Said.of("Acts are recorded by {offices}.", offices=who)
        if act != "*":
            text = Said.of("Acts of the kind {act} are recorded by {offices}.", act=Word(act), offices=who)
        telling.tell(f"recorders.offices.{act}", text, procedure.recorders)
    if not procedure.recorders.offices:
        telling.tell("recorders.offices", Said.of("Nobody may record an act."), procedure.recorders)


def tell_silence(telling: Telling) -> None:
    """What a missing reply means, and where it is counted."""
    procedure = telling.procedure
    means = procedure.silence.means
    text = Said.of("A seat that does not reply counts as: {silence}.", silence=Word(means))
    telling.tell("silence", text, procedure.silence)
