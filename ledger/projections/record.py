"""The record, for auditors: a verdict with its evidence per reply; findings by clause; the outcome and its reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

from ...domain.canonical import MAX_INTEGER
from ...domain.certainty import outcome_certain
from ...domain.clocks import on_clocks
from ...domain.close import amended_by, settled, tally_at_close
from ...domain.ending_acts import ResultAnnounced
from ...domain.finding import Finding
from ...domain.finding_groups import Group, bears_on_outcome, grouped
from ...domain.findings import beside_the_outcome, findings, moves_said
from ...domain.instant import format_instant, format_moment
from ...domain.observed import Observations, Observed, nothing_observed, observed_json, observed_said
from ...domain.on_record import not_on_record
from ...domain.phrase import Said
from ...domain.recorded import Reply
from ...domain.roster import VOIDED
from ...domain.state import VoteState
from ...domain.tally import Tally, tally
from ...domain.titles import outcome_title
from ...domain.validity import rejections, standing, withdrawals
from ...domain.verdict import Bounds, Evidence, Strength, Verdict, bounds_of, judge, silence_not_proved
from ...domain.voiding import successor
from ..edge.face import face
from .optional_facts import optional_json, reply_optional_json
from .roll_call import window_json

if TYPE_CHECKING:
    from ..edge.json_types import AuditJson

_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


class ReplyRecord(NamedTuple):
    """A reply with its verdict, whether it counted, and the ids of the findings on it.

    ``takes_effect``: it counts, or it withdraws one that would. ``observed`` is what was found in its message.
    """

    reply: Reply
    verdict: Verdict
    counted: bool
    findings: tuple[str, ...]
    takes_effect: bool
    observed: tuple[Observed, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """The auditable record of one vote. Findings have ids ``F1``, ``F2``, ... in order.

    ``silent`` are the members that sent no reply, ``not_on_record`` those whose position no source gives. ``at_close``
    is the count at the close, if something was recorded after it and its lag, and ``amended_by`` are the later acts
    that changed something; ``settled``: outcome and positions are still those at the close.
    """

    state: VoteState
    tally: Tally
    replies: tuple[ReplyRecord, ...]
    silent: tuple[str, ...]
    not_on_record: tuple[str, ...]
    findings: tuple[tuple[str, Finding], ...]
    at_close: Tally | None = None
    amended_by: tuple[int, ...] = ()
    settled: bool = True
    outcome_certain: bool = True
    clocks: tuple[Finding, ...] = ()
    """The acts whose stated recording time timestamps disprove, or could disprove."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The findings for people: grouped by what they say, those that bear on the outcome first."""
        return grouped(self.findings)

    @property
    def beside_the_outcome(self) -> tuple[Said, ...]:
        """What is shown wherever the outcome is: the one at the close, if it differs, the announced one, any doubt."""
        return (*beside_the_outcome(self.state), *(finding.text for finding in self.clocks))

    @property
    def moves_said(self) -> tuple[Said, ...]:
        """How the deadline was moved, a sentence for each move."""
        return moves_said(self.state)

    @property
    def silence_not_proved(self) -> Said:
        """What the silence of those listed does not prove."""
        return silence_not_proved(self.state)


@face
def record_of(
    state: VoteState,
    bounds: Mapping[int, Bounds] | None = None,
    *,
    leaving_out: Collection[str] = (),
    observations: Observations = nothing_observed,
) -> Record:
    """The record of a vote in its current state; ``bounds`` by the number of the act, if timestamps are trusted.

    ``leaving_out`` are kinds of findings that an older format lacks. ``observations`` gives the observations on
    messages of replies; they change no verdict, and are listed with its evidence.

    >>> [each.reply.member for each in inblue.record_of(ledger.vote("S/2026/0")).replies]
    ['COL']
    """
    clocks = tuple(on_clocks(state, bounds or {}))
    raised = (finding for finding in (*findings(state), *clocks) if finding.kind not in leaving_out)
    numbered = tuple((f"F{n}", finding) for n, finding in enumerate(raised, start=1))
    on_reply: dict[tuple[str | None, int | None], list[str]] = {}
    for fid, finding in numbered:
        on_reply.setdefault((finding.member, finding.reply), []).append(fid)
    stands = standing(state)
    withdrawing = {(by.member, by.ordinal) for back in withdrawals(state).values() for by in back.values()}
    seen = [observations(message) if (message := reply.act.message) else () for reply in state.replies]
    replies = tuple(
        ReplyRecord(
            reply,
            _beside(judge(state, reply, bounds_of(reply, bounds or {})), observed),
            stands.get(reply.member) is reply,
            tuple(on_reply.get((reply.member, reply.ordinal), ())),
            stands.get(reply.member) is reply or (reply.member, reply.ordinal) in withdrawing,
            observed,
        )
        for reply, observed in zip(state.replies, seen, strict=True)
    )
    heard = {reply.member for reply in state.replies if reply.voided is None}
    counted = tally(state)
    return Record(
        state,
        counted,
        replies,
        tuple(member for member, position in counted.positions.items() if position is None and member not in heard),
        not_on_record(counted.positions),
        numbered,
        tally_at_close(state),
        amended_by(state),
        settled(state),
        outcome_certain(state),
        clocks,
    )


def _beside(verdict: Verdict, observed: Iterable[Observed]) -> Verdict:
    """The same verdict, with the observations beside it."""
    said = tuple(Evidence("observation", said) for each in observed for said in observed_said(each))
    return verdict._replace(evidence=verdict.evidence + said) if said else verdict


def observations_json(observed: Iterable[Observed]) -> dict[str, Any]:
    """The observations on the message of a reply, if any."""
    found = [observed_json(each) for each in observed]
    return {"observations": found} if found else {}


def clocks_short_of(record: Record, wanted: Strength) -> tuple[Finding, ...]:
    """The findings on clocks, if ``wanted`` is more than documented: then the vote falls short of it."""
    return record.clocks if wanted in {"proven", "attested"} else ()


def short_of(record: Record, wanted: Strength) -> list[ReplyRecord]:
    """The replies that take effect with evidence weaker than ``wanted``, or that were read after the close; and those
    of which only a voided seat is left.
    """
    order = get_args(Strength)  # strongest first
    return [
        each
        for each in record.replies
        if record.tally.positions.get(each.reply.member) == VOIDED
        or (
            each.takes_effect
            and (each.verdict.read_after_close or order.index(each.verdict.strength) > order.index(wanted))
        )
    ]


def strongest(names: Iterable[str]) -> Strength | None:
    """The strongest of the strengths of evidence in ``names``; None if there is none."""
    given = set(names)
    return next((strength for strength in get_args(Strength) if strength in given), None)


@face
def audit_json(record: Record) -> AuditJson:
    """One vote of ``inblue-audit/1``.

    >>> inblue.audit_json(inblue.record_of(ledger.vote("S/2026/0")))["outcome"]
    'not_adopted'
    """
    state, outcome = record.state, record.tally
    return cast(
        "AuditJson",
        {
            "draft": state.symbol,
            "round": state.round,
            "title": state.draft.act.title,
            "procedure": state.procedure.id,
            "procedure_sha256": state.draft.act.procedure,
            "times": state.draft.act.times,
            "question": state.draft.act.question,
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
            "reasons": list(outcome.reasons),
            "announced": announced_json(record),
            "announced_before": announced_before_json(record),
            "replies": [_reply_json(state, each) for each in record.replies],
            "silent": list(record.silent),
            "not_on_record": list(record.not_on_record),
            "silence": {"means": state.procedure.silence.means, "not_proved": record.silence_not_proved},
            "findings": [
                {
                    "id": fid,
                    "kind": finding.kind,
                    "bears_on_outcome": bears_on_outcome(finding),
                    "clause": finding.clause,
                    "severity": finding.severity,
                    "member": finding.member,
                    "reply": finding.reply,
                    "text": finding.text,
                }
                for fid, finding in record.findings
            ],
            **optional_json(state, outcome),
            **_titled(state, outcome),
        },
    )


def _titled(state: VoteState, counted: Tally) -> dict[str, Any]:
    """The body's own name for the outcome, if it has one."""
    title = outcome_title(state.procedure, counted.outcome)
    return {} if title is None else {"outcome_title": title}


def close_json(record: Record) -> dict[str, Any]:
    """The outcome at the close besides the current one; null while nothing was recorded that could change it."""
    return {
        "outcome_at_close": record.at_close.outcome if record.at_close else None,
        "tally_at_close": record.at_close.counts if record.at_close else None,
        "amended_by": list(record.amended_by),
        "settled": record.settled,
    }


def circulated_json(record: Record) -> dict[str, int] | None:
    """The counts that were circulated, or that a source prints; None if none is on record."""
    circulated = record.state.tally_circulated
    return None if circulated is None else circulated.act.counts


def announced_json(record: Record) -> dict[str, Any] | None:
    """The announcement as made; None if none is on record."""
    result = record.state.result
    return None if result is None else _announcement_json(result.act)


def announced_before_json(record: Record) -> list[dict[str, Any]]:
    """The announcements that were corrected since, in order."""
    return [_announcement_json(each.act) for each in record.state.corrected_results]


def voided_json(state: VoteState) -> list[dict[str, Any]]:
    """The voided entries: for each the act, its kind, and the act that voided it."""
    return [{"act": each.act.number, "kind": each.act.act.kind_name, "by": each.by.number} for each in state.voided]


def taken_back_json(state: VoteState, reply: Reply) -> dict[str, Any]:
    """The acts that voided a reply and entered its paper again, and the entry that it replaces; null for none."""
    again = successor(state, reply) if reply.voided else None
    return {
        "voided_by": reply.voided.number if reply.voided else None,
        "replaced_by": again.entered.number if again else None,
        "replaces": reply.entered.act.replaces,
    }


def _announcement_json(result: ResultAnnounced) -> dict[str, Any]:
    return {
        "announced_at": format_moment(result.announced_at) if result.announced_at else None,
        "resolution": result.resolution,
        "outcome": result.outcome,
        "by": result.by,
    }


def _reply_json(state: VoteState, each: ReplyRecord) -> dict[str, Any]:
    act, verdict, paper = each.reply.act, each.verdict, each.reply.act.instrument
    return {
        "member": act.member,
        "reply": each.reply.ordinal,
        "act": each.reply.entered.number,
        "position": act.position,
        "says": act.says,
        "by": act.by,
        "counted": each.counted,
        **taken_back_json(state, each.reply),
        "rejected": [{"clause": r.act.clause, "reason": r.act.reason} for r in rejections(state, each.reply)],
        "dated": paper.dated.isoformat() if paper.dated else None,
        "sent_at": format_moment(act.sent_at) if act.sent_at else None,
        "received_at": format_moment(act.received_at) if act.received_at else None,
        "recorded_at": format_instant(each.reply.entered.recorded_at),
        "acknowledged": each.reply.acknowledged is not None,
        "explanation": act.explanation,
        "instrument": act.json_value()["instrument"],
        "source": act.source,
        "placement": verdict.placement,
        "strength": verdict.strength,
        "read_after_close": verdict.read_after_close,
        "not_before": format_instant(verdict.not_before) if verdict.not_before else None,
        "not_after": format_instant(verdict.not_after) if verdict.not_after else None,
        "margin_seconds": verdict.margin // _SECOND if verdict.margin is not None else None,
        "margin_microseconds": _microseconds(verdict.margin),
        "margin_basis": verdict.margin_basis,
        "evidence": [{"kind": evidence.kind, "text": evidence.text} for evidence in verdict.evidence],
        "not_proved": verdict.not_proved,
        "findings": list(each.findings),
        **reply_optional_json(state, each.reply),
        **observations_json(each.observed),
    }


def _microseconds(margin: timedelta | None) -> int | None:
    """A margin of 285 years or more, from a mistyped year, has no exact number that every JSON reader can read."""
    microseconds = margin // _MICROSECOND if margin is not None else None
    return microseconds if microseconds is None or abs(microseconds) <= MAX_INTEGER else None
