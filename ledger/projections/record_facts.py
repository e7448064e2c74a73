"""The record as ids and values, in no language: ``record.json`` of a bundle, ``inblue-record/1`` (docs/formats.md).

It is derived only from the entries, without a trust file: nothing in it is ``proven``, and what compromised keys put
in doubt is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from ...domain.canonical import MAX_INTEGER, Json, canonical
from ...domain.finding import Fact, Finding
from ...domain.finding_groups import bears_on_outcome
from ...domain.instant import format_instant, format_moment
from ...domain.judged import Judged, Measured
from ...domain.phrase import AnyOf, Code, Hours, Local, Member, Number, Word
from ...domain.roster import in_figures
from ...domain.state import VoteState
from ...domain.validity import rejections
from ...domain.verdict import Bounds, bounds_of
from .as_of import AsOf, as_of_json
from .optional_facts import optional_json, reply_optional_json
from .record import (
    Record,
    ReplyRecord,
    announced_before_json,
    announced_json,
    circulated_json,
    close_json,
    observations_json,
    taken_back_json,
    voided_json,
)
from .roll_call import window_json

FORMAT = "inblue-record/1"
DERIVATION = 2


def record_bytes(records: Iterable[tuple[Record, Mapping[int, Bounds]]], as_of: AsOf) -> bytes:
    """``record.json``: RFC 8785 form and LF. Each record has the bounds that it was made with."""
    votes: list[Json] = [_vote(record, bounds) for record, bounds in records]
    whole: dict[str, Json] = {
        "format": FORMAT,
        "derivation": DERIVATION,
        "as_of": as_of_json(as_of),
        "votes": votes,
    }
    return canonical(whole) + b"\n"


def _vote(record: Record, bounds: Mapping[int, Bounds]) -> dict[str, Any]:
    state, outcome = record.state, record.tally
    return {
        "draft": state.symbol,
        "round": state.draft.act.round,
        "title": state.draft.act.title,
        "procedure": state.procedure.id,
        "procedure_sha256": state.draft.act.procedure,
        "times": state.draft.act.times,
        "question": state.draft.act.question,
        "acts": state.version,
        "window": window_json(state),
        "withdrawn": state.withdrawn is not None,
        "annulled": state.annulled is not None,
        "voided": voided_json(state),
        "tally": outcome.counts,
        "outcome": outcome.outcome,
        "outcome_certain": record.outcome_certain,
        "outcome_derived": outcome.derived,
        "tally_circulated": circulated_json(record),
        **close_json(record),
        "unanimous": outcome.unanimous,
        "vetoed_by": list(outcome.vetoed_by),
        "conditions": [_condition(judged) for judged in outcome.conditions],
        "announced": announced_json(record),
        "announced_before": announced_before_json(record),
        "replies": [_reply(state, each, bounds_of(each.reply, bounds)) for each in record.replies],
        "silent": list(record.silent),
        "not_on_record": list(record.not_on_record),
        "silence": state.procedure.silence.means,
        "findings": [_finding(fid, finding) for fid, finding in record.findings],
        **optional_json(state, outcome),
    }


def _condition(judged: Judged) -> dict[str, Any]:
    return {
        "id": judged.condition.id,
        "clause": judged.condition.clause,
        "met": judged.met,
        "thresholds": [
            {"counted": _sum(each.counted), "base": _sum(each.base), "met": each.met, "most": _most(each)}
            for each in judged.thresholds
        ],
    }


def _most(measured: Measured) -> dict[str, Any] | None:
    """The most that it may count, and of what, if positions are not on record."""
    return None if measured.most is None else {"counted": _sum(measured.most[0]), "base": _sum(measured.most[1])}


def _reply(state: VoteState, each: ReplyRecord, bounds: Bounds | None) -> dict[str, Any]:
    reply, verdict = each.reply, each.verdict
    act, acknowledged = reply.act, reply.acknowledged
    return {
        "member": act.member,
        "reply": reply.ordinal,
        "act": reply.entered.number,
        "position": act.position,
        "says": act.says,
        "by": act.by,
        "counted": each.counted,
        **taken_back_json(state, reply),
        "rejected": [{"act": r.number, "clause": r.act.clause} for r in rejections(state, reply)],
        "sent_at": format_moment(act.sent_at) if act.sent_at else None,
        "received_at": format_moment(act.received_at) if act.received_at else None,
        "recorded_at": format_instant(reply.entered.recorded_at),
        "office": reply.entered.office,
        "acknowledged": None
        if acknowledged is None
        else {
            "act": acknowledged.number,
            "at": format_moment(acknowledged.act.acknowledged_at) if acknowledged.act.acknowledged_at else None,
        },
        "explanation": act.explanation,
        "instrument": act.json_value()["instrument"],
        "source": act.source,
        "ballot": act.ballot is not None,
        "placement": verdict.placement,
        "strength": verdict.strength,
        "read_after_close": verdict.read_after_close,
        "margin_microseconds": _exact(verdict.margin),
        "doubts": list(_doubts(bounds)),
        "findings": list(each.findings),
        **reply_optional_json(state, reply),
        **observations_json(each.observed),
    }


def _doubts(bounds: Bounds | None) -> Iterator[dict[str, Any]]:
    """What compromised keys put in doubt: which signature, which key, since when."""
    voids = (("entry", bounds.entry_void), ("ballot", bounds.ballot_void)) if bounds is not None else ()
    for signed, void in voids:
        if void is not None:
            yield {"signed": signed, **{name: _plain(value) for name, value in void.values.items()}}


def _finding(fid: str, finding: Finding) -> dict[str, Any]:
    return {
        "id": fid,
        "kind": finding.kind,
        "bears_on_outcome": bears_on_outcome(finding),
        "clause": finding.clause,
        "severity": finding.severity,
        "member": finding.member,
        "reply": finding.reply,
        "values": {name: _plain(value) for name, value in finding.values.items()},
    }


def _plain(value: Fact) -> Json:
    """A value as JSON: identifiers unchanged, instants and days as text, lengths of time in microseconds."""
    match value:
        case Word() | Code():
            return value.name
        case Member():
            return value.id
        case Number() | Hours():
            return value.value
        case Local():
            return format_instant(value.at)
        case AnyOf():
            return [_plain(item) for item in value.items]
        case tuple():
            return [_plain(item) for item in value]
        case datetime():
            return format_instant(value)
        case date():
            return value.isoformat()
        case timedelta():
            return _exact(value)
        case Mapping():
            return dict(value)
        case str():
            return str(value)
        case _:
            return value


def _sum(value: int | Fraction | None) -> int | str | None:
    """A sum over seats: as text if it is not an integer, or larger than every JSON reader can read."""
    return value if value is None or (isinstance(value, int) and value <= MAX_INTEGER) else in_figures(value)


def _exact(length: timedelta | None) -> int | None:
    """Microseconds; null if more than every JSON reader can read, as with a mistyped year (285 years)."""
    microseconds = None if length is None else length // timedelta(microseconds=1)
    return microseconds if microseconds is None or abs(microseconds) <= MAX_INTEGER else None
