"""Corrections of a reply or a draft that was entered wrongly; the old value stays visible."""

from __future__ import annotations

from .acts import (
    ClericalErrorCorrected,
    DraftCirculated,
    DraftCorrected,
    VoteCast,
)
from .errors import Malformed, Refused
from .phrase import Said, Value
from .procedure import Procedure
from .recorded import Reply
from .rules_of import known_member, known_question
from .state import VoteState


def the_reply(state: VoteState, member: str, ordinal: int) -> Reply:
    """That member's ``ordinal``-th reply.

    Raises:
        Refused: none is on record, or it is voided.
    """
    reply = state.reply(member, ordinal)
    if reply is None:
        unknown = f"; {state.procedure.unknown(member)}" if not state.procedure.knows(member) else ""
        raise Refused(None, f"no reply {ordinal} of {member} is on record{unknown}")
    if reply.voided is not None:
        raise Refused(None, f"reply {ordinal} of {member} is voided, by act {reply.voided.number}")
    return reply


def naming_its_paper(state: VoteState, act: ClericalErrorCorrected) -> ClericalErrorCorrected:
    """The correction, with the paper of its reply named if it names none and one is on record."""
    paper = the_reply(state, act.member, act.reply).act.instrument
    if act.sha256 is not None or paper.sha256 is None:
        return act
    return act.model_copy(update={"sha256": paper.sha256, "media_type": paper.media_type})


def check_same_paper(state: VoteState, act: ClericalErrorCorrected) -> None:
    """Check that a correction in a vote that is not a documented history re-reads the paper on record.

    Raises:
        Refused: it names another paper.
    """
    kept = the_reply(state, act.member, act.reply).act.instrument.sha256
    if kept is not None and act.sha256 != kept:
        text = Said.of("a correction reads the same paper again; another paper is another reply: enter it as one")
        raise Refused(state.procedure.corrections.clause, text)


_MAYBE_UNSAID = frozenset({"reasons", "condition", "effective_at"})
"""Fields that an entry of an earlier version lacks: in a reply they are null then."""
_NEVER = frozenset({"act", "member", "ballot", "replaces", "instrument.sha256", "instrument.media_type"})


def check_correction(state: VoteState, act: ClericalErrorCorrected) -> None:
    """Check that a field of a reply may be corrected.

    Raises:
        Refused: the procedure never allows it, or no longer does, or the value on record differs.
        Malformed: the new value is not of the field's form.
    """
    reply = the_reply(state, act.member, act.reply)
    rule = state.procedure.corrections
    if act.field in _NEVER:
        raise Refused(
            rule.clause, Said.of("{field} is not corrected: void the reply and enter it again", field=act.field)
        )
    if act.field.startswith("message.") or (act.field == "received_at" and reply.act.message is not None):
        text = Said.of("{field} is that of the message: void the reply and enter it again", field=act.field)
        raise Refused(rule.clause, text)
    if act.was == act.now:
        raise Refused(None, f"{act.field} is {act.now!r} on record already")
    if act.field not in rule.fields and not state.documented:
        allowed: tuple[Value, ...] = rule.fields
        text = Said.of("{field} cannot be corrected; only {fields}", field=act.field, fields=allowed)
        raise Refused(rule.clause, text)
    if rule.until == "announcement" and state.result is not None and not state.documented:
        raise Refused(rule.clause, Said.of("nothing is corrected after the result is announced"))
    if act.field == "position" and reply.act.ballot is not None and not state.documented:
        text = Said.of("what {member} signed itself is not corrected", member=state.procedure.said(act.member))
        raise Refused(rule.clause, text)
    if act.field == "position" and act.sha256 is None and not state.documented:
        raise Refused(rule.clause, Said.of("no paper of this reply is on record: void it and enter it again"))
    read_position(state.procedure, corrected(reply, act))


def corrected(reply: Reply, correction: ClericalErrorCorrected) -> VoteCast:
    """The reply with one field corrected.

    Raises:
        Refused: no such field, or its value is not what the correction says it was.
        Malformed: the new value is not of the field's form.
    """
    value = reply.act.json_value()
    *path, last = correction.field.split(".")
    holder: object = value
    for step in path:
        holder = holder.get(step) if isinstance(holder, dict) else None
    if holder is value and last in _MAYBE_UNSAID:
        value.setdefault(last, None)
    if not isinstance(holder, dict) or last not in holder or isinstance(holder[last], (dict, list)):
        raise Refused(None, f"a reply has no field {correction.field} to correct")
    if holder[last] != correction.was:
        raise Refused(None, f"{correction.field} is {holder[last]!r} on record, not {correction.was!r}")
    holder[last] = correction.now
    if correction.sha256 is not None and isinstance(instrument := value["instrument"], dict):
        instrument["sha256"], instrument["media_type"] = correction.sha256, correction.media_type
    return VoteCast.of(value, where=correction.field)


def read_position(procedure: Procedure, act: VoteCast) -> None:
    """Check a reply against what the procedure knows. The sender is not checked: the reply has arrived.

    Raises:
        Malformed: it has a position, or answers a question, that this procedure does not know.
    """
    if act.position is not None and act.position not in procedure.choices:
        choices = ", ".join(procedure.choices)
        raise Malformed(f"position: {act.position!r} is no choice of {procedure.id}; the choices are {choices}")
    put = {each.id: each.choices for each in procedure.asked}
    for answer in act.answers:
        if answer.question not in put:
            known = ", ".join(put) or "none"
            raise Malformed(f"answers: {procedure.id} puts no question {answer.question!r}; it puts {known}")
        if answer.position not in put[answer.question]:
            choices = ", ".join(put[answer.question])
            raise Malformed(f"answers.{answer.question}: {answer.position!r} is no choice; the choices are {choices}")


def check_draft_correction(state: VoteState, act: DraftCorrected) -> None:
    """Check that one of a draft's particulars may be corrected.

    Raises:
        Refused: voting is open, or the value on record differs.
        Malformed: the new value is not of the field's form.
    """
    clause = state.procedure.corrections.clause
    if not state.documented and state.opening is not None:
        raise Refused(clause, Said.of("a draft is corrected until voting is open, and not after"))
    if not state.documented and state.withdrawn is not None:
        raise Refused(clause, Said.of("the draft {symbol} is withdrawn", symbol=state.name))
    if act.was == act.now:
        raise Refused(None, f"{act.field} is as on record already")
    draft = corrected_draft(state.draft.act, act)
    known_question(state.procedure, draft.question)
    for member in draft.sponsors:
        known_member(state.procedure, member)


def corrected_draft(draft: DraftCirculated, correction: DraftCorrected) -> DraftCirculated:
    """The circulation with one of its particulars corrected.

    Raises:
        Refused: the value is not what the correction says it was.
        Malformed: the new value is not of the field's form.
    """
    value, told = draft.json_value(), correction.json_value()
    on_record = value[correction.field]
    if on_record != told["was"]:
        raise Refused(None, f"{correction.field} is {on_record!r} on record, not {told['was']!r}")
    return DraftCirculated.of({**value, correction.field: told["now"]}, where=correction.field)
