"""What an auditor would raise, by clause: one finding per fact. An observation that offends no clause has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from .acts import TallyCirculated
from .instant import Span
from .phrase import Hours, Said, Value, Word
from .procedure import Effect
from .state import Recorded, Reply, VoteState
from .tally import counts_of, said_counts
from .validity import offences, rejecting, standing
from .wording import words


class Finding(NamedTuple):
    """``severity`` is the effect of the clause: ``reject``, ``flag`` or ``note``; ``reply`` counts the member's."""

    clause: str | None
    severity: Effect
    text: Said
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
            text = Said.of("{offence}; counted on the record all the same", offence=offence.text)
            text = text if counted else offence.text
            if unsaid and not state.documented:
                text = Said.of("{offence}; no act rejects it, though the clause does", offence=text)
            yield Finding(offence.clause, offence.effect, text, reply.member, reply.ordinal)
        for rejection in reply.rejections:
            if rejection.act.clause not in {o.clause for o in found}:
                why = rejection.act.reason
                text = Said.of("rejected, for: {reason}; nothing on record bears that out", reason=why)
                yield Finding(rejection.act.clause, "flag", text, reply.member, reply.ordinal)
        yield from _on_one_reply(state, reply)
        if not reply.rejected and reply.act.position is not None and (state.documented or grave is None):
            earlier.setdefault(reply.member, reply)


def _on_one_reply(state: VoteState, reply: Reply) -> Iterator[Finding]:
    procedure, act = state.procedure, reply.act

    def note(text: Said) -> Finding:
        return Finding(None, "note", text, reply.member, reply.ordinal)

    received, recorded = act.received_at, reply.entered.recorded_at
    if not state.documented and received is not None:
        arrived = state.span(received).latest
        lag = timedelta(seconds=procedure.recording.lag_seconds)
        if arrived is not None and recorded - arrived > lag:
            rule = procedure.recording
            late = recorded - arrived
            text = Said.of("entered {late} after it arrived; the procedure allows {lag}", late=late, lag=lag)
            yield Finding(rule.clause, procedure.effect(rule), text, reply.member, reply.ordinal)
    duty = procedure.acknowledgement
    if duty is not None and reply.acknowledged is None:
        text = Said.of("no acknowledgement on record")
        yield Finding(duty.clause, procedure.effect(duty), text, reply.member, reply.ordinal)
    for correction in reply.corrections:
        c = correction.act
        text = Said.of(
            "{field} corrected from {was} to {now}: {reason}",
            field=c.field,
            was=_shown(c.field, c.was),
            now=_shown(c.field, c.now),
            reason=c.reason,
        )
        yield note(text)
    filed = any(statement.act.member == reply.member for statement in state.explanations)
    if act.explanation == "enclosed" and act.instrument.sha256 is None:
        text = Said.of("says that an explanation is enclosed; the enclosure is not on record")
        link = Said.of("{finding}; a statement was filed, and nothing says it is the same", finding=text)
        yield note(link if filed else text)
    if act.explanation == "announced" and not filed:
        yield note(Said.of("announces an explanation; none is on record"))
    if act.explanation == "none_stated" and filed:
        yield note(Said.of("states that there is no explanation; one was filed all the same"))
    president = state.snapshot.president if state.snapshot else None
    if act.instrument.addressee == "president" and reply.member == president:
        yield note(Said.of("sent to the President by the President's own delegation"))


def _on_statements(state: VoteState) -> Iterator[Finding]:
    rule = state.procedure.statements
    if rule is None:
        return
    unknown: list[Value] = []
    for statement in state.explanations:
        filed = state.span(statement.act.filed_at)
        due = state.window.closes.shifted(timedelta(hours=rule.hours))
        if due.certainly_before(filed) and due.latest and filed.earliest:
            text = Said.of(
                "statement filed {late} after the {hours} for statements",
                late=filed.earliest - due.latest,
                hours=Hours(rule.hours),
            )
            yield Finding(rule.clause, state.procedure.effect(rule), text, statement.act.member)
        elif statement.act.filed_at is None:
            unknown.append(state.procedure.said(statement.act.member))
    if unknown:
        text = Said.of("when the statements of {members} were filed is not on record", members=tuple(unknown))
        yield Finding(rule.clause, "note", text)


def _on_the_opening(state: VoteState) -> Iterator[Finding]:
    procedure, opening = state.procedure, state.opening
    if opening is None:
        if state.replies:
            yield Finding(procedure.opening.clause, "flag", Said.of("no opening letter is on record"))
        return
    if state.window.opens_at is None:
        text = Said.of("the hour at which the window opened is not on record")
        yield Finding(procedure.window.clause, procedure.effect(procedure.window), text)
    elif not state.documented:
        late = opening.recorded_at - state.window.opens_at
        if late > timedelta(seconds=procedure.recording.lag_seconds):
            text = Said.of("the opening was entered {late} after the instant it gives", late=late)
            yield Finding(procedure.recording.clause, procedure.effect(procedure.recording), text)
    if procedure.notice is not None and opening.act.programme_of_work is not True:
        text = Said.of("no notice is on record of the opening in the programme of work")
        if opening.act.programme_of_work is False:
            text = Said.of("there was no notice of the opening in the programme of work")
        yield Finding(procedure.notice.clause, procedure.effect(procedure.notice), text)
    if state.snapshot is not None and (president := state.snapshot.president) is not None:
        sponsors, votes = president in state.draft.act.sponsors, any(r.member == president for r in state.replies)
        if sponsors and votes:
            text = Said.of(
                "the President ({member}) puts to the vote a draft that it sponsors, and votes on it",
                member=procedure.said(president),
            )
            yield Finding(None, "note", text, president)


def _on_the_end(state: VoteState) -> Iterator[Finding]:
    procedure = state.procedure
    if not state.is_closed:
        return
    if state.closed is None:
        text = Said.of("no act closes the vote; the announcement implies it")
        yield Finding(procedure.window.clause, "note", text)
    if procedure.tally_circulation is not None and state.tally_circulated is None:
        rule = procedure.tally_circulation
        yield Finding(rule.clause, procedure.effect(rule), Said.of("no circulated tally is on record"))
    if state.tally_circulated is not None:
        yield from _on_the_tally(state, state.tally_circulated)
    announcement, due = procedure.announcement, state.announcement_due
    if announcement is None or due is None or state.result is None:
        return
    announced = state.span(state.result.act.announced_at)
    if due.certainly_before(announced) and due.latest and announced.earliest:
        late, allowed = announced.earliest - due.latest, Hours(announcement.hours)
        text = Said.of("announced {late} after the {hours} that were allowed", late=late, hours=allowed)
        yield Finding(announcement.clause, procedure.effect(announcement), text)
    elif not _certainly_by(announced, due):
        allowed = Hours(announcement.hours)
        text = Said.of("whether it was announced within {hours} of the close cannot be judged", hours=allowed)
        yield Finding(announcement.clause, "note", text)


def _on_the_tally(state: VoteState, circulated: Recorded[TallyCirculated]) -> Iterator[Finding]:
    counts = counts_of(state)
    if {name: circulated.act.counts.get(name, 0) for name in counts} == counts:
        return
    if circulated.number in {contradiction.number for contradiction in state.contradictions}:
        return  # said there already
    rule = state.procedure.tally_circulation or state.procedure.decision
    said = said_counts(circulated.act.counts)
    text = Said.of("the circulated tally, {counts}, is not what the replies on record come to", counts=said)
    yield Finding(rule.clause, "flag", text)


def _on_the_log(state: VoteState) -> Iterator[Finding]:
    for contradiction in state.contradictions:
        text = Said.of("act {number}: {contradiction}", number=contradiction.number, contradiction=contradiction.text)
        yield Finding(contradiction.clause, "flag", text)
    for number in state.clock_steps:
        text = Said.of("the recorder's clock stepped back at act {number}; order is the log's", number=number)
        yield Finding(None, "flag", text)


def _certainly_by(event: Span, due: Span) -> bool:
    return event.latest is not None and due.earliest is not None and event.latest <= due.earliest


_NAMED = ("position", "explanation", "form", "office", "office_in_heading", "addressee")


def _shown(field: str, value: bool | str | None) -> Value:
    if isinstance(value, str):
        return Word(value) if field.rpartition(".")[2] in _NAMED else words(value)
    return Said.of("nothing") if value is None else Said.of("true") if value else Said.of("false")
