"""The rows of the tables for one vote, from its record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from ...domain.finding_groups import bears_on_outcome
from ...domain.instant import Span, format_moment
from ...domain.on_record import voided_after_close
from ...domain.recorded import Reply
from ...domain.roster import NOT_ON_RECORD
from ...domain.state import VoteState
from ...domain.validity import arrival, offences, rejecting, rejections, standings, withdrawals
from ...domain.voiding import successor
from ..projections.as_of import AsOf
from ..projections.record import Record, ReplyRecord
from ..standards.checkpoint import Checkpoint
from .columns import UNKNOWN, Cell, Row


class Why(NamedTuple):
    """Why a reply counts or does not, in a word, and the clause for it."""

    word: str
    clause: str | None = None


def rows_of(record: Record, as_of: AsOf | None, checkpoint: Checkpoint | None) -> Iterator[tuple[str, Row]]:
    """The rows of a vote, each with the name of its table: first the one of ``votes``."""
    state = record.state
    whys = _whys(record)
    yield "votes", _vote(record, as_of, checkpoint)
    yield from (("seats", row) for row in _seats(record, whys))
    yield from (("replies", _reply(state, each, whys[each.reply.entered.number])) for each in record.replies)
    for fid, finding in record.findings:
        yield (
            "findings",
            {
                "vote": state.name,
                "finding": fid,
                "kind": finding.kind,
                "clause": finding.clause,
                "severity": finding.severity,
                "bears_on_outcome": bears_on_outcome(finding),
                "member": finding.member,
                "reply": finding.reply,
                "text": str(finding.text),
            },
        )


def deadline(state: VoteState) -> tuple[datetime | None, datetime | None]:
    """What may be disclosed about a vote that is not over, besides its name: the bounds of its deadline."""
    closes = state.window.closes
    return closes.earliest, closes.latest


def _vote(record: Record, as_of: AsOf | None, checkpoint: Checkpoint | None) -> Row:
    state, now = record.state, record.tally
    at_close = record.at_close or (now if state.is_closed else None)
    result, window = state.result, state.window
    opened = state.opening is not None or state.documented
    announced = None if result is None else state.span(result.act.announced_at)
    return {
        "vote": state.name,
        "symbol": state.symbol,
        "round": state.round,
        "title": state.draft.act.title,
        "body": state.procedure.body,
        "procedure": state.procedure.id,
        "procedure_sha256": state.draft.act.procedure,
        "question": state.draft.act.question,
        "times": state.draft.act.times,
        "stage": _stage(state),
        **_between("opened", window.opens if opened else None),
        **_between("closes", window.closes if opened else None),
        **_between("closed", _closed(state)),
        **_between("announced", announced),
        "seats": len(state.roster.members) if state.roster else None,
        "counts_at_close": _json(at_close.counts) if at_close else None,
        "counts_as_amended": _json(now.counts),
        "outcome_at_close": at_close.outcome if at_close else None,
        "outcome_as_amended": now.outcome,
        "outcome_announced": result.act.outcome if result else None,
        "resolution": result.act.resolution if result else None,
        "outcome_derived": now.derived,
        "outcome_certain": record.outcome_certain,
        "settled": record.settled,
        "amended_by": _json(list(record.amended_by)),
        "replies": len(record.replies),
        "replies_counted": sum(each.counted for each in record.replies),
        "findings": len(record.findings),
        "as_of_entry": as_of.entry if as_of else None,
        "checkpoint_size": checkpoint.size if checkpoint else None,
        "checkpoint_root": checkpoint.root.hex() if checkpoint else None,
    }


def _stage(state: VoteState) -> str:
    """The phase of the vote, only by its acts: whether a deadline has passed would need a clock."""
    if state.withdrawn is not None or state.annulled is not None:
        return "withdrawn" if state.withdrawn else "annulled"
    if state.result is not None:
        return "announced"
    if state.is_closed:
        return "closed"
    return "circulated" if state.opening is None else "opened"


def _closed(state: VoteState) -> Span | None:
    """When voting was closed; in a documented history, no later than the announcement that implies it."""
    if state.closed is not None:
        return state.closed_at
    if state.is_closed and state.result is not None:
        return Span(None, state.span(state.result.act.announced_at).latest)
    return None


def _seats(record: Record, whys: Mapping[int, Why]) -> Iterator[Row]:
    state, now = record.state, record.tally
    at_close = record.at_close or (now if state.is_closed else None)
    stand, voided = standings(state), voided_after_close(state)
    for seat in state.roster.members if state.roster else ():
        member, position = seat.member, now.positions[seat.member]
        seated = stand.get(member)
        why = whys[seated.reply.entered.number] if seated else _why_none(state, member, position, voided, whys)
        yield {
            "vote": state.name,
            "member": member,
            "name": state.procedure.names.get(member, member),
            "permanent": seat.permanent,
            "position": position,
            "position_at_close": at_close.positions.get(member) if at_close else None,
            "counted_as": position or state.procedure.silence.means,
            "reply": seated.reply.ordinal if seated else None,
            "act": seated.reply.entered.number if seated else None,
            "certain": seated.certain if seated else position != NOT_ON_RECORD,
            "why": why.word,
            "clause": why.clause,
        }


def _why_none(
    state: VoteState, member: str, position: str | None, voided: frozenset[str], whys: Mapping[int, Why]
) -> Why:
    """Why no reply of a seat counts: the reason for its last one."""
    if member in voided:
        return Why("voided")
    replies = state.replies_of(member)
    left = [reply for reply in replies if reply.voided is None] or replies
    if left:
        return whys[left[-1].entered.number]
    return Why(NOT_ON_RECORD if position == NOT_ON_RECORD else "silent")


def _whys(record: Record) -> dict[int, Why]:
    """The same for every reply, by the number of its act."""
    state, back = record.state, withdrawals(record.state)
    return {
        each.reply.entered.number: Why("counts")
        if each.counted
        else _why_not(state, each.reply, withdrawn=each.reply.ordinal in back.get(each.reply.member, {}))
        for each in record.replies
    }


def _why_not(state: VoteState, reply: Reply, *, withdrawn: bool) -> Why:
    if reply.voided is not None:
        return Why("voided")
    if rejected := rejections(state, reply):
        return Why("rejected", rejected[0].act.clause)
    if (offence := rejecting(offences(state, reply))) is not None and not state.documented:
        return Why("rejected", offence.clause)
    if reply.act.says == "withdraws":
        return Why("withdraws")
    if withdrawn:
        return Why("withdrawn")
    if state.seating is not None and reply.member in state.seating.advisory:
        return Why("advisory", state.procedure.off_roster.clause)
    if state.roster is None or reply.member not in state.roster:
        return Why("no_seat", state.procedure.off_roster.clause if state.roster else None)
    if reply.act.position is None and reply.act.says != NOT_ON_RECORD:
        return Why("no_position", state.procedure.choice.clause)
    return Why("other_counts", state.procedure.second_reply.clause)


def _reply(state: VoteState, each: ReplyRecord, why: Why) -> Row:
    reply, verdict = each.reply, each.verdict
    act, paper, came = reply.act, reply.act.instrument, arrival(state, reply)
    again = successor(state, reply) if reply.voided else None
    return {
        "vote": state.name,
        "act": reply.entered.number,
        "member": reply.member,
        "reply": reply.ordinal,
        "position": act.position,
        "says": act.says,
        "by": act.by,
        "dated": paper.dated or UNKNOWN,
        "sent_at": format_moment(act.sent_at) if act.sent_at else UNKNOWN,
        "received_at": format_moment(act.received_at) if act.received_at else UNKNOWN,
        "arrival_earliest": came.earliest or UNKNOWN,
        "arrival_latest": came.latest,
        "proved_not_before": verdict.not_before,
        "proved_not_after": verdict.not_after,
        "recorded_at": reply.entered.recorded_at,
        "placement": verdict.placement,
        "strength": verdict.strength,
        "read_after_close": verdict.read_after_close,
        "counted": each.counted,
        "why": why.word,
        "clause": why.clause,
        "voided_by": reply.voided.number if reply.voided else None,
        "replaced_by": again.entered.number if again else None,
        "acknowledged_by": reply.acknowledged.number if reply.acknowledged else None,
        "ballot": act.ballot is not None,
        "paper_sha256": paper.sha256 if paper.is_kept else None,
        "entry_sha256": reply.entered.entry,
    }


def _between(what: str, span: Span | None) -> dict[str, Cell]:
    """Two cells for the bounds of an event; both empty if it did not happen and cannot."""
    if span is None:
        return {f"{what}_earliest": None, f"{what}_latest": None}
    return {f"{what}_earliest": span.earliest or UNKNOWN, f"{what}_latest": span.latest or UNKNOWN}


def _json(value: Mapping[str, int] | list[int]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
