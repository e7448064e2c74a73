"""What an auditor would raise, by clause: one finding per fact. An observation that offends no clause has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from .acts import TallyCirculated
from .instant import Span
from .offence import offences, rejecting, standing
from .procedure import Effect
from .state import Recorded, Reply, VoteState
from .tally import tally
from .wording import duration, words


class Finding(NamedTuple):
    """``severity`` is the effect of the clause: ``reject``, ``flag`` or ``note``; ``reply`` counts the member's."""

    clause: str | None
    severity: Effect
    text: str
    member: str | None = None
    reply: int | None = None


def findings(state: VoteState) -> tuple[Finding, ...]:
    """Every finding on the vote as it stands: on each reply in order, then on the statements, then on the whole."""
    return (
        *_on_replies(state),
        *_on_statements(state),
        *_on_the_opening(state),
        *_on_the_end(state),
        *_on_the_log(state),
    )


def _on_replies(state: VoteState) -> Iterator[Finding]:
    stands = standing(state)
    earlier: dict[str, Reply] = {}
    for reply in state.replies:
        found = offences(state, reply, earlier.get(reply.member))
        grave = rejecting(found)
        for offence in found:
            counted = stands.get(reply.member) is reply and offence.effect == "reject"
            unsaid = offence is grave and not reply.rejected
            text = offence.text + ("; counted on the record all the same" if counted else "")
            if unsaid and not state.documented:
                text += "; no act rejects it, though the clause does"
            yield Finding(offence.clause, offence.effect, text, reply.member, reply.ordinal)
        for rejection in reply.rejections:
            if rejection.act.clause not in {o.clause for o in found}:
                text = f"rejected, for: {rejection.act.reason}; nothing on record bears that out"
                yield Finding(rejection.act.clause, "flag", text, reply.member, reply.ordinal)
        yield from _on_one_reply(state, reply)
        if not reply.rejected and reply.act.position is not None and (state.documented or grave is None):
            earlier.setdefault(reply.member, reply)


def _on_one_reply(state: VoteState, reply: Reply) -> Iterator[Finding]:
    procedure, act = state.procedure, reply.act

    def note(text: str) -> Finding:
        return Finding(None, "note", text, reply.member, reply.ordinal)

    received, recorded = act.received_at, reply.entered.recorded_at
    if not state.documented and received is not None:
        arrived = state.span(received).latest
        lag = timedelta(seconds=procedure.recording.lag_seconds)
        if arrived is not None and recorded - arrived > lag:
            rule = procedure.recording
            text = f"entered {duration(recorded - arrived)} after it arrived; the procedure allows {duration(lag)}"
            yield Finding(rule.clause, procedure.effect(rule), text, reply.member, reply.ordinal)
    duty = procedure.acknowledgement
    if duty is not None and reply.acknowledged is None:
        yield Finding(duty.clause, procedure.effect(duty), "no acknowledgement on record", reply.member, reply.ordinal)
    for correction in reply.corrections:
        c = correction.act
        yield note(f"{c.field} corrected from {_shown(c.was)} to {_shown(c.now)}: {c.reason}")
    filed = any(statement.act.member == reply.member for statement in state.explanations)
    if act.explanation == "enclosed" and act.instrument.sha256 is None:
        link = "; a statement was filed, and nothing says it is the same" if filed else ""
        yield note(f"says that an explanation is enclosed; the enclosure is not on record{link}")
    if act.explanation == "announced" and not filed:
        yield note("announces an explanation; none is on record")
    if act.explanation == "none_stated" and filed:
        yield note("states that there is no explanation; one was filed all the same")
    president = state.snapshot.president if state.snapshot else None
    if act.instrument.addressee == "president" and reply.member == president:
        yield note("sent to the President by the President's own delegation")


def _on_statements(state: VoteState) -> Iterator[Finding]:
    rule = state.procedure.statements
    if rule is None:
        return
    unknown = []
    for statement in state.explanations:
        filed = state.span(statement.act.filed_at)
        due = state.window.closes.shifted(timedelta(hours=rule.hours))
        if due.certainly_before(filed) and due.latest and filed.earliest:
            text = (
                f"statement filed {duration(filed.earliest - due.latest)} after the {rule.hours} hours for statements"
            )
            yield Finding(rule.clause, state.procedure.effect(rule), text, statement.act.member)
        elif statement.act.filed_at is None:
            unknown.append(statement.act.member)
    if unknown:
        yield Finding(rule.clause, "note", f"when the statements of {', '.join(unknown)} were filed is not on record")


def _on_the_opening(state: VoteState) -> Iterator[Finding]:
    procedure, opening = state.procedure, state.opening
    if opening is None:
        if state.replies:
            yield Finding(procedure.opening.clause, "flag", "no opening letter is on record")
        return
    if state.window.opens_at is None:
        text = "the hour at which the window opened is not on record"
        yield Finding(procedure.window.clause, procedure.effect(procedure.window), text)
    elif not state.documented:
        late = opening.recorded_at - state.window.opens_at
        if late > timedelta(seconds=procedure.recording.lag_seconds):
            text = f"the opening was entered {duration(late)} after the instant it gives"
            yield Finding(procedure.recording.clause, procedure.effect(procedure.recording), text)
    if procedure.notice is not None and opening.act.programme_of_work is not True:
        known = "there was no notice" if opening.act.programme_of_work is False else "no notice is on record"
        severity = procedure.effect(procedure.notice)
        yield Finding(procedure.notice.clause, severity, f"{known} of the opening in the programme of work")
    if state.snapshot is not None and (president := state.snapshot.president) is not None:
        sponsors, votes = president in state.draft.act.sponsors, any(r.member == president for r in state.replies)
        if sponsors and votes:
            text = f"the President ({president}) puts to the vote a draft that it sponsors, and votes on it"
            yield Finding(None, "note", text, president)


def _on_the_end(state: VoteState) -> Iterator[Finding]:
    procedure = state.procedure
    if not state.is_closed:
        return
    if state.closed is None:
        yield Finding(procedure.window.clause, "note", "no act closes the vote; the announcement implies it")
    if procedure.tally_circulation is not None and state.tally_circulated is None:
        rule = procedure.tally_circulation
        yield Finding(rule.clause, procedure.effect(rule), "no circulated tally is on record")
    if state.tally_circulated is not None:
        yield from _on_the_tally(state, state.tally_circulated)
    announcement, due = procedure.announcement, state.announcement_due
    if announcement is None or due is None or state.result is None:
        return
    announced = state.span(state.result.act.announced_at)
    if due.certainly_before(announced) and due.latest and announced.earliest:
        late = duration(announced.earliest - due.latest)
        text = f"announced {late} after the {announcement.hours} hours that were allowed"
        yield Finding(announcement.clause, procedure.effect(announcement), text)
    elif not _certainly_by(announced, due):
        text = f"whether it was announced within {announcement.hours} hours of the close cannot be judged"
        yield Finding(announcement.clause, "note", text)


def _on_the_tally(state: VoteState, circulated: Recorded[TallyCirculated]) -> Iterator[Finding]:
    counts = tally(state).counts
    if {name: circulated.act.counts.get(name, 0) for name in counts} == counts:
        return
    if circulated.number in {contradiction.number for contradiction in state.contradictions}:
        return  # said there already
    rule = state.procedure.tally_circulation or state.procedure.decision
    said = ", ".join(f"{words(name)} {number}" for name, number in circulated.act.counts.items())
    yield Finding(rule.clause, "flag", f"the circulated tally, {said}, is not what the replies on record come to")


def _on_the_log(state: VoteState) -> Iterator[Finding]:
    for contradiction in state.contradictions:
        text = f"act {contradiction.number}: {contradiction.text}"
        yield Finding(contradiction.clause, "flag", text)
    for number in state.clock_steps:
        yield Finding(None, "flag", f"the recorder's clock stepped back at act {number}; order is the log's")


def _certainly_by(event: Span, due: Span) -> bool:
    return event.latest is not None and due.earliest is not None and event.latest <= due.earliest


def _shown(value: object) -> str:
    return "nothing" if value is None else words(value) if isinstance(value, str) else str(value).lower()
