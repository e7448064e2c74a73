"""The rows of the optional tables for one vote, from optional rules of its procedure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ...domain.instant import Span, format_moment
from ...domain.procedure import Procedure2
from ...domain.recorded import Reply
from ...domain.state import VoteState
from ...domain.tally import Tally
from ...domain.titles import outcome_title
from ..projections.optional_facts import OptionalFacts, came_after_the_decision, optional_facts
from ..projections.record import Record
from .columns import UNKNOWN, Cell, Row

_DRAFT = "draft"


def optional_rows_of(record: Record) -> Iterator[tuple[str, Row]]:
    """The rows of a vote, each with the name of its table; empty if its procedure has no such rule."""
    state, counted = record.state, record.tally
    facts = optional_facts(state, counted)
    yield from (("decisions", row) for row in _decisions(state, counted, facts))
    yield from (("answers", row) for row in _answers(state, facts))
    yield from (("facts", row) for row in _facts(state, facts))
    yield from (("seat_changes", row) for row in _changes(state, facts))
    yield from (("suspensions", row) for row in _suspensions(state, facts))
    for each in record.replies:
        if (row := _reply(state, each.reply)) is not None:
            yield "particulars", row


def _decisions(state: VoteState, counted: Tally, facts: OptionalFacts) -> Iterator[Row]:
    procedure = state.procedure
    own = isinstance(procedure, Procedure2) and bool(procedure.outcomes)
    if not (own or facts.questions or facts.decided_at is not None or facts.chosen):
        return
    asked = {each.id: each.title for each in procedure.asked}
    for question, counts, outcome in (
        (_DRAFT, counted.counts, counted.outcome),
        *((each.question, each.counts, each.outcome) for each in facts.questions),
    ):
        decided = facts.decided_at if question == _DRAFT else None
        title = outcome_title(procedure, outcome)
        yield {
            "vote": state.name,
            "question": question,
            "asked": asked.get(question, state.draft.act.title),
            "counts": json.dumps(counts, ensure_ascii=False, separators=(",", ":")),
            "outcome": outcome,
            "outcome_title": None if title is None else str(title),
            "decided_earliest": _bound(decided, 0),
            "decided_latest": _bound(decided, 1),
            "decided_by": facts.decided_by if decided is not None else None,
            "end_chosen": facts.chosen,
        }


def _answers(state: VoteState, facts: OptionalFacts) -> Iterator[Row]:
    silence = {each.id: each.silence for each in state.procedure.asked}
    for each in facts.questions:
        for member, answer in each.answers.items():
            yield {
                "vote": state.name,
                "member": member,
                "question": each.question,
                "answer": answer,
                "counted_as": answer or silence[each.question],
            }


def _facts(state: VoteState, facts: OptionalFacts) -> Iterator[Row]:
    for line in facts.facts:
        act = line.recorded.act if line.recorded is not None else None
        at = act.established_at if act is not None else None
        yield {
            "vote": state.name,
            "fact": line.rule.id,
            "title": line.rule.title,
            "status": UNKNOWN if act is None else act.status,
            "act": line.recorded.number if line.recorded is not None else None,
            "established_at": UNKNOWN if at is None else format_moment(at),
            "by": act.by if act is not None else None,
        }


def _changes(state: VoteState, facts: OptionalFacts) -> Iterator[Row]:
    for change in facts.changes:
        when = state.span(change.act.changed_at).not_after(change.recorded_at)
        yield {
            "vote": state.name,
            "act": change.number,
            "member": change.act.member,
            "change": change.act.change,
            "changed_earliest": when.earliest or UNKNOWN,
            "changed_latest": when.latest,
        }


def _suspensions(state: VoteState, facts: OptionalFacts) -> Iterator[Row]:
    for begun, ended in facts.suspensions:
        since = state.span(begun.act.suspended_at).not_after(begun.recorded_at)
        until = None if ended is None else state.span(ended.act.resumed_at).not_after(ended.recorded_at)
        yield {
            "vote": state.name,
            "act": begun.number,
            "by": begun.act.by,
            "begun_earliest": since.earliest or UNKNOWN,
            "begun_latest": since.latest,
            "resumed_by": None if ended is None else ended.number,
            "resumed_earliest": None if until is None else until.earliest or UNKNOWN,
            "resumed_latest": None if until is None else until.latest,
        }


def _reply(state: VoteState, reply: Reply) -> Row | None:
    act, after = reply.act, came_after_the_decision(state, reply)
    if act.reasons is None and act.condition is None and act.effective_at is None and not after:
        return None
    return {
        "vote": state.name,
        "act": reply.entered.number,
        "member": reply.member,
        "reply": reply.ordinal,
        "reasons": UNKNOWN if act.reasons is None else act.reasons,
        "condition": act.condition,
        "effective_at": act.effective_at,
        "after_decision": after,
    }


def _bound(span: Span | None, end: int) -> Cell:
    return None if span is None else span[end] or UNKNOWN
