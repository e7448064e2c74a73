"""What an auditor would raise, by clause: one finding per fact. An observation that offends no clause gives none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from .arrival_order import entered_out_of_order, hour_entered
from .close import said_of_close, tally_at_close
from .countings import milder, reading_of
from .finding import Fact, Finding
from .findings_on_counting import on_the_counting, on_the_printed_deadline
from .findings_on_facts import on_facts
from .findings_on_names import on_names
from .findings_on_positions import on_position
from .findings_on_presiding import on_who_presided
from .findings_on_seats import beside_on_seats, on_seats
from .findings_on_slips import correction_said, on_the_annulment, on_what_was_taken_back
from .findings_on_sources import on_a_vote_on_behalf, on_another_announcement, on_printed_counts, on_sources
from .findings_on_the_course import on_the_certainty, on_the_course
from .findings_on_window import on_a_chosen_end, on_how_it_ended, on_what_the_end_decides
from .instant import Span
from .observance import observance
from .on_record import said_of_unknown, statements_of
from .phrase import Hours, Number, Said, Value
from .procedure import Procedure2
from .procedure_rules import WithinRule
from .recorded import Reply
from .said_counts import said_counts
from .seats import at_opening, not_in_force, unfit_seats
from .source_silence import on_what_the_source_leaves_unsaid, unsaid_by_the_source
from .state import VoteState
from .tally import counts_of, outcome_of
from .titles import outcome_code
from .validity import Offence, arrival, offences, rejecting, rejections, standing, standings


def findings(state: VoteState) -> tuple[Finding, ...]:
    """Every finding on the current state of the vote: on each reply in order, the statements, then the whole."""
    return (
        *on_how_it_ended(state),
        *on_a_chosen_end(state),
        *on_what_was_taken_back(state),
        *_on_replies(state),
        *on_what_the_source_leaves_unsaid(state),
        *_on_the_order(state),
        *on_sources(state),
        *on_seats(state),
        *on_facts(state),
        *_on_statements(state),
        *_on_the_opening(state),
        *_on_the_end(state),
        *on_the_course(state),
        *on_who_presided(state),
        *observance(state),
        *_on_the_log(state),
        *on_names(state),
    )


def moves_said(state: VoteState) -> tuple[Said, ...]:
    """How the end of the window came about if the deadline moved: a sentence for each move."""
    return tuple(finding.text for finding in on_how_it_ended(state))


def beside_the_outcome(state: VoteState) -> tuple[Said, ...]:
    """What is shown wherever the outcome is: the outcome at the close, if it differs, the one announced, any doubt."""
    raised = (
        *(*on_the_annulment(state), *_on_the_announcement(state), *on_the_certainty(state)),
        *(*beside_on_seats(state), *on_what_the_end_decides(state)),
    )
    return (*said_of_close(state), *(finding.text for finding in raised))


def _on_replies(state: VoteState) -> Iterator[Finding]:
    stands, nowhere = standing(state), unsaid_by_the_source(state)
    for reply in state.replies:
        if reply.voided is not None:
            continue
        found = offences(state, reply)
        grave = rejecting([offence for offence in found if offence.in_time])
        for offence in found:
            if offence.rule in nowhere:
                continue
            counted = stands.get(reply.member) is reply and offence.effect == "reject"
            unsaid = offence is grave and not rejections(state, reply)
            text = Said.of("{offence}; counted on the record all the same", offence=offence.text)
            text = text if counted else offence.text
            if unsaid and not state.documented:
                text = Said.of("{offence}; no act rejects it, though the clause does", offence=text)
            values: Mapping[str, Fact] = offence.values
            contested = _contested(state, offence, counts=stands.get(reply.member) is reply, unsaid=unsaid)
            yield Finding(
                offence.rule, offence.clause, offence.effect, text, reply.member, reply.ordinal, values, contested
            )
        for rejection in reply.rejections:
            if rejection.act.clause not in {o.clause for o in found}:
                why = rejection.act.reason
                clause, given = rejection.act.clause, {"act": rejection.number}
                about = (reply.member, reply.ordinal, given)
                if rejection in rejections(state, reply):
                    text = Said.of("rejected, for: {reason}; nothing on record bears that out", reason=why)
                    yield Finding("groundless_rejection", clause, "flag", text, *about)
                else:
                    text = Said.of("rejected, for: {reason}; nothing bears that out any more: no effect", reason=why)
                    yield Finding("rejection_overtaken", clause, "note", text, *about)
        yield from _on_one_reply(state, reply, nowhere)


def _contested(state: VoteState, offence: Offence, *, counts: bool, unsaid: bool) -> bool:
    """Whether the clause excludes a reply that counts, or that no act rejects."""
    rejects = state.procedure.clause(offence.clause).effect == "reject"
    return rejects and (counts or (unsaid and not state.documented))


def _on_the_order(state: VoteState) -> Iterator[Finding]:
    """A finding if a member's replies did not arrive in the order of entry, or if that is not certain."""
    rule = state.procedure.second_reply
    for reply, earlier in entered_out_of_order(state):
        text = Said.of("entered after reply {reply}, and arrived before it", reply=earlier.ordinal)
        yield Finding("order_of_entry", rule.clause, "note", text, reply.member, reply.ordinal)
    for member, seat in standings(state).items():
        if len(seat.possible) == 1:
            continue
        replies, on_record = tuple(Number(reply.ordinal) for reply in seat.possible), seat.reply.ordinal
        if rule.stands == "first":
            text = Said.of(
                "which of replies {replies} arrived first is not certain; reply {reply}, first on record, stands",
                replies=replies,
                reply=on_record,
            )
        else:
            text = Said.of(
                "which of replies {replies} arrived last is not certain; reply {reply}, first on record, stands",
                replies=replies,
                reply=on_record,
            )
        yield Finding("order_undetermined", rule.clause, "flag", text, member, on_record)
    yield from on_the_certainty(state)


def _on_one_reply(state: VoteState, reply: Reply, nowhere: frozenset[str]) -> Iterator[Finding]:
    procedure, act = state.procedure, reply.act

    def note(kind: str, text: Said, given: Mapping[str, Fact] | None = None) -> Finding:
        return Finding(kind, None, "note", text, reply.member, reply.ordinal, given)

    received, recorded = act.received_at, hour_entered(reply)
    if not state.documented and received is not None:
        arrived = state.span(received).latest
        lag = timedelta(seconds=procedure.recording.lag_seconds)
        if arrived is not None and recorded - arrived > lag:
            rule = procedure.recording
            late = recorded - arrived
            text = Said.of("entered {late} after it arrived; the procedure allows {lag}", late=late, lag=lag)
            effect = procedure.effect(rule)
            yield Finding("entered_late", rule.clause, effect, text, reply.member, reply.ordinal)
    sent, came = state.span(act.sent_at), arrival(state, reply)
    if came.certainly_before(sent):
        yield note("sent_after_received", Said.of("it says that it was sent after it was received"))
    duty = procedure.acknowledgement
    if duty is not None and reply.acknowledged is None and "acknowledgement" not in nowhere:
        text = Said.of("no acknowledgement on record")
        effect = procedure.effect(duty)
        yield Finding("not_acknowledged", duty.clause, effect, text, reply.member, reply.ordinal)
    for correction in reply.corrections:
        c = correction.act
        given: dict[str, Fact] = {"act": correction.number, "field": c.field, "was": c.was, "now": c.now}
        yield note("corrected", correction_said(c), given)
    yield from on_a_vote_on_behalf(state, reply)
    yield from on_position(state, reply)
    filed = reply.member in statements_of(state)
    if act.explanation == "enclosed" and not act.instrument.is_kept:
        text = Said.of("says that an explanation is enclosed; the enclosure is not on record")
        link = Said.of("{finding}; a statement was filed, and nothing says it is the same", finding=text)
        yield note("enclosure_missing", link if filed else text, {"statement_filed": filed})
    if act.explanation == "announced" and not filed:
        yield note("explanation_missing", Said.of("announces an explanation; none is on record"))
    if act.explanation == "none_stated" and filed:
        yield note(
            "explanation_unannounced", Said.of("states that there is no explanation; one was filed all the same")
        )
    came = arrival(state, reply) if act.received_at is not None else state.span(act.instrument.dated)
    if act.instrument.addressee == "president" and reply.member == state.president_in(came):
        yield note("by_the_president", Said.of("sent to the President by the President's own delegation"))


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
            yield _too_late("statement_late", state, rule, filed, text, statement.act.member)
        elif statement.act.filed_at is None:
            unknown.append(state.procedure.said(statement.act.member))
    if unknown:
        text = Said.of("when the statements of {members} were filed is not on record", members=tuple(unknown))
        yield Finding("statement_time_unknown", rule.clause, "note", text)


def _on_the_opening(state: VoteState) -> Iterator[Finding]:
    procedure, opening = state.procedure, state.opening
    if opening is None:
        if state.replies:
            text = Said.of("no opening letter is on record")
            yield Finding("no_opening", procedure.opening.clause, "flag", text)
        return
    if state.window.opens_at is None:
        text = Said.of("the hour at which the window opened is not on record")
        effect = procedure.effect(procedure.window)
        yield Finding("opening_time_unknown", procedure.window.clause, effect, text)
    elif not state.documented:
        late = opening.recorded_at - state.window.opens_at
        if late > timedelta(seconds=procedure.recording.lag_seconds):
            text = Said.of("the opening was entered {late} after the instant it gives", late=late)
            effect = procedure.effect(procedure.recording)
            yield Finding("opening_entered_late", procedure.recording.clause, effect, text)
    circulated = state.span(state.draft.act.circulated_at)
    if isinstance(procedure, Procedure2) and state.window.opens.certainly_before(circulated):
        text = Said.of("the window opened before the draft was circulated")
        yield Finding("opened_before_circulation", procedure.opening.clause, "flag", text)
    if state.snapshot is not None:
        for clause, text in unfit_seats(procedure, state.snapshot.roster, at_opening(state)):
            yield Finding("roster_contradicts", clause, "flag", text)
        if gone := not_in_force(procedure, state.snapshot.roster, state.window.opens, state.zone):
            text = Said.of(
                "these seats of the roster are not in force when voting opens: {members}",
                members=tuple(map(procedure.said, gone)),
            )
            yield Finding("seat_not_in_force", procedure.off_roster.clause, "flag", text)
    yield from on_the_counting(state)
    yield from on_the_printed_deadline(state)
    if procedure.notice is not None and opening.act.programme_of_work is not True:
        text = Said.of("no notice is on record of the opening in the programme of work")
        if opening.act.programme_of_work is False:
            text = Said.of("there was no notice of the opening in the programme of work")
        effect = procedure.effect(procedure.notice)
        said = {"programme_of_work": opening.act.programme_of_work}
        yield Finding("no_notice", procedure.notice.clause, effect, text, given=said)
    if state.snapshot is not None and (president := state.snapshot.president) is not None:
        sponsors, votes = president in state.draft.act.sponsors, any(r.member == president for r in state.replies)
        if sponsors and votes:
            text = Said.of(
                "the President ({member}) puts to the vote a draft that it sponsors, and votes on it",
                member=procedure.said(president),
            )
            yield Finding("president_sponsors", None, "note", text, president)


def _on_the_end(state: VoteState) -> Iterator[Finding]:
    procedure = state.procedure
    if not state.is_closed:
        return
    if state.closed is None:
        text = Said.of("no act closes the vote; the announcement implies it")
        yield Finding("close_implied", procedure.window.clause, "note", text)
    if procedure.tally_circulation is not None and state.tally_circulated is None:
        rule = procedure.tally_circulation
        text = Said.of("no circulated tally is on record")
        yield Finding("tally_not_circulated", rule.clause, procedure.effect(rule), text)
    yield from _on_the_tallies(state)
    yield from _on_the_announcement(state)
    announcement, due = procedure.announcement, state.announcement_due
    if announcement is None or due is None or state.result is None:
        return
    announced = state.span(state.result.act.announced_at)
    if due.certainly_before(announced) and due.latest and announced.earliest:
        late, allowed = announced.earliest - due.latest, Hours(announcement.hours)
        text = Said.of("announced {late} after the {hours} that were allowed", late=late, hours=allowed)
        yield _too_late("announced_late", state, announcement, announced, text)
    elif not _certainly_by(announced, due):
        allowed = Hours(announcement.hours)
        text = Said.of("whether it was announced within {hours} of the close cannot be judged", hours=allowed)
        yield Finding("announcement_time_unknown", announcement.clause, "note", text)


def _on_the_tallies(state: VoteState) -> Iterator[Finding]:
    """Each circulated tally that does not, or no longer does, match the replies on record."""
    if said_of_unknown(state) is not None:
        yield from on_printed_counts(state)
        return
    counts, before = counts_of(state), tally_at_close(state)
    at_close = before.counts if before else counts
    contradicted = {contradiction.number for contradiction in state.contradictions}
    rule = state.procedure.tally_circulation or state.procedure.decision
    for circulated in state.tallies:
        counted = circulated.act.counts
        if {name: counted.get(name, 0) for name in counts} == counts == at_close:
            continue
        if circulated.number in contradicted:
            continue
        said = said_counts(counted)
        given: dict[str, Fact] = {"act": circulated.number, "circulated": counted, "counts": counts}
        text = Said.of("the circulated tally, {counts}, is not what the replies on record come to", counts=said)
        if state.documented:
            yield Finding("tally_differs", rule.clause, "flag", text, given=given)
            continue
        if at_close != counts:
            text = Said.of(
                "the circulated tally is {counts}; at the close it was {at_close}, as amended it is {amended}",
                counts=said,
                at_close=said_counts(at_close),
                amended=said_counts(counts),
            )
        yield Finding("tally_overtaken", rule.clause, "flag", text, given={**given, "at_close": at_close})


def _on_the_announcement(state: VoteState) -> Iterator[Finding]:
    """The announcement, if it does not, or no longer does, match the outcome at the close or as amended."""
    if (result := state.result) is None:
        return
    announced = result.act.outcome or (state.procedure.decision.passing if result.act.resolution else None)
    before, outcome, clause = tally_at_close(state), outcome_of(state), state.procedure.decision.clause
    at_close = before.outcome if before else outcome
    if said_of_unknown(state) is not None:
        yield from on_another_announcement(state, announced)
        return
    if announced is None or announced == outcome == at_close:
        return
    if (result.number, clause) in {(each.number, each.clause) for each in state.contradictions}:
        return  # already reported there
    text = Said.of(
        "announced as {announced}; at the close the outcome was {at_close}, as amended it is {outcome}",
        announced=outcome_code(state.procedure, announced),
        at_close=outcome_code(state.procedure, at_close),
        outcome=outcome_code(state.procedure, outcome),
    )
    if at_close == outcome:
        text = Said.of(
            "announced as {announced}; by the rules the outcome is {outcome}",
            announced=outcome_code(state.procedure, announced),
            outcome=outcome_code(state.procedure, outcome),
        )
    values: dict[str, Fact] = {"announced": announced, "at_close": at_close, "outcome": outcome}
    yield Finding("announcement_overtaken", clause, "flag", text, given=values)


def _on_the_log(state: VoteState) -> Iterator[Finding]:
    for contradiction in state.contradictions:
        text = Said.of("act {number}: {contradiction}", number=contradiction.number, contradiction=contradiction.text)
        yield Finding("forbidden_act", contradiction.clause, "flag", text, given={"act": contradiction.number})
    for number in state.clock_steps:
        text = Said.of("the recorder's clock stepped back at act {number}; order is the log's", number=number)
        yield Finding("clock_stepped_back", None, "flag", text)


def _too_late(
    kind: str, state: VoteState, rule: WithinRule, event: Span, text: Said, member: str | None = None
) -> Finding:
    """That something came too late by ``rule``, under the countings that make it late."""
    hours, effect, values = timedelta(hours=rule.hours), state.procedure.effect(rule), text.all_values()
    reading = reading_of(state, lambda _, otherwise: otherwise.closes.shifted(hours).certainly_before(event))
    if reading is not None:
        text, effect, values = reading.of(text), milder(effect), {**values, **reading.values}
    return Finding(kind, rule.clause, effect, text, member, given=values)


def _certainly_by(event: Span, due: Span) -> bool:
    return event.latest is not None and due.earliest is not None and event.latest <= due.earliest
