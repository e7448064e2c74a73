"""What a record has under the optional rules of its procedure, in words that screen, page and paper share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...domain.describe_optional_acts import describe_optional
from ...domain.phrase import Local, Said, Value, Word
from ...domain.recorded import Reply
from ...domain.roster import UNKNOWN
from ...domain.said_counts import said_counts
from ...domain.state import VoteState
from ...domain.tally import Tally, said_of_span
from ...domain.titles import fact_said, outcome_said, question_put_said
from ...ledger.projections.optional_facts import FactLine, OptionalFacts, came_after_the_decision, optional_facts
from .english import Language


class Section(NamedTuple):
    """A heading, and rows of a name with its value. ``anchor`` identifies a section in every language."""

    anchor: str
    title: Said
    rows: tuple[tuple[Said, Said], ...]


def sections_of(state: VoteState, counted: Tally) -> tuple[Section, ...]:
    """The sections that are not empty."""
    facts = optional_facts(state, counted)
    every = (
        Section("questions", Said.of("Questions put beside the draft"), tuple(_questions(state, facts))),
        Section("facts", Said.of("Facts that bear on the vote"), tuple(_facts(state, facts))),
        Section("seats", Said.of("Seats"), tuple(_seats(state, facts))),
    )
    return tuple(section for section in every if section.rows)


def alone(value: Value) -> Said:
    """A value as a sentence of its own."""
    return Said.of("{value}", value=value)


def decided_said(state: VoteState, counted: Tally) -> Said | None:
    """When the outcome was decided, and by which reply; None if the procedure says nothing about that."""
    if counted.decided_at is None:
        return None
    when = said_of_span(counted.decided_at, state.zone)
    reply = state.reply_in(counted.decided_by) if counted.decided_by is not None else None
    if reply is None:
        return when
    member = state.procedure.said(reply.member)
    return Said.of(
        "{when}, by the reply of {member} (act {act})", when=when, member=member, act=counted.decided_by or 0
    )


def answers_said(state: VoteState, answers: Mapping[str, str | None]) -> tuple[Said, ...]:
    """The answers to the questions put beside the draft, a phrase for each; silence as it is counted."""
    silent = {each.id: each.silence for each in state.procedure.asked}
    return tuple(
        Said.of("{question}: {answer}", question=question_put_said(question, state.procedure), answer=answer)
        for question, given in answers.items()
        if question in silent
        for answer in [Word(given or silent[question])]
    )


def answer_rows(state: VoteState, reply: Reply) -> Iterator[tuple[Said, Said]]:
    """The answers of a reply to the questions put beside the draft: each with what the question asks."""
    asked = {each.id for each in state.procedure.asked}
    for answer in reply.act.answers:
        if answer.question in asked:
            yield question_put_said(answer.question, state.procedure), alone(Word(answer.position))


def numbered_answers(state: VoteState, reply: Reply, position: str, language: Language) -> str:
    """A position with the answers of its reply, by the numbers of the questions in their list."""
    numbers = {each.id: number for number, each in enumerate(state.procedure.asked, start=1)}
    for answer in reply.act.answers:
        number, said = numbers.get(answer.question, 0), Word(answer.position)
        position = language.say("{position}; {number}: {answer}", position=position, number=number, answer=said)
    return position


def reply_rows(state: VoteState, reply: Reply, counted: Tally) -> Iterator[tuple[Said, Said]]:
    """What a reply has under optional rules, except its answers: each with its name."""
    act = reply.act
    if act.reasons is not None:
        yield Said.of("reasons"), Said.of("given") if act.reasons else Said.of("none given")
    if act.condition is not None:
        yield Said.of("condition, in its words"), alone(act.condition)
    if act.effective_at is not None:
        yield Said.of("takes effect"), alone(Local(act.effective_at, state.zone))
    if _is_alternate(state, reply):
        yield Said.of("cast by"), Said.of("{by}, an alternate of this seat", by=state.procedure.said(act.by or ""))
    if (other := _counted_otherwise(state, reply, counted)) is not None:
        yield Said.of("counted as"), alone(Word(other))
    if came_after_the_decision(state, reply):
        yield Said.of("decision"), Said.of("it came after the outcome was decided")


def _counted_otherwise(state: VoteState, reply: Reply, counted: Tally) -> str | None:
    """What a lapsed position counts as."""
    lapses = {rule.choice for rule in getattr(state.procedure, "positions", ()) if rule.lapses is not None}
    if reply.act.position not in lapses or reply.member not in counted.positions:
        return None
    now = counted.positions[reply.member] or state.procedure.silence.means
    return None if now == reply.act.position or now in UNKNOWN else now


def _is_alternate(state: VoteState, reply: Reply) -> bool:
    seat = state.snapshot.roster.seat(reply.member) if state.snapshot is not None else None
    return seat is not None and reply.act.by is not None and reply.act.by in seat.alternates


def _questions(state: VoteState, facts: OptionalFacts) -> Iterator[tuple[Said, Said]]:
    for each in facts.questions:
        counts = said_counts(each.counts)
        said = alone(counts)
        if state.is_closed:
            outcome = outcome_said(state.procedure, each.outcome)
            said = Said.of("{counts}; {outcome}", counts=counts, outcome=outcome)
        yield question_put_said(each.question, state.procedure), said


def _facts(state: VoteState, facts: OptionalFacts) -> Iterator[tuple[Said, Said]]:
    for line in facts.facts:
        yield fact_said(line.rule), _status(state, line)


def _status(state: VoteState, line: FactLine) -> Said:
    if line.recorded is None:
        return Said.of("not on record")
    act = line.recorded.act
    status = Said.of("present") if act.status == "present" else Said.of("missing")
    said = Said.of("{status} (act {act})", status=status, act=line.recorded.number)
    if act.established_at is not None:
        said = Said.of("{status}, {when}", status=said, when=said_of_span(state.span(act.established_at), state.zone))
    return Said.of("{status}, by {who}", status=said, who=act.by) if act.by is not None else said


def _seats(state: VoteState, facts: OptionalFacts) -> Iterator[tuple[Said, Said]]:
    if facts.advisory:
        members: tuple[Value, ...] = tuple(map(state.procedure.said, facts.advisory))
        text = Said.of("{members}: they reply, and are not counted", members=members)
        yield Said.of("advisory seats"), text
    for change in facts.changes:
        when = said_of_span(state.span(change.act.changed_at).not_after(change.recorded_at), state.zone)
        what = describe_optional(change.act, state)
        yield Said.of("act {number}", number=change.number), Said.of("{what}; {when}", what=what, when=when)
