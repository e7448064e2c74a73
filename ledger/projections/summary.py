"""A one-line summary of a record: outcome, strengths of evidence, counts of findings; and filters."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, get_args

from ...domain.instant import Span, format_moment
from ...domain.procedure_rules import Effect
from ...domain.state import VoteState
from ...domain.titles import outcome_title
from ...domain.verdict import Strength
from .record import Record
from .roll_call import between_json


class Summary(NamedTuple):
    """A summary of a record.

    ``strengths`` counts the replies that take effect by the strength of their evidence, strongest first; ``weakest`` is
    the weakest of those, None if no reply takes effect. ``findings`` counts by severity, the gravest first. ``held`` is
    the span of the vote, from the opening of its window, or its circulation if it was not opened, to the end of the
    window.
    """

    record: Record
    strengths: dict[str, int]
    weakest: Strength | None
    findings: dict[str, int]
    held: Span

    @property
    def state(self) -> VoteState:
        """The vote."""
        return self.record.state


def summary_of(record: Record) -> Summary:
    """Summarize a record."""
    order: tuple[Strength, ...] = get_args(Strength)  # the strongest first
    strengths = Counter(each.verdict.strength for each in record.replies if each.takes_effect)
    severities = Counter(finding.severity for _, finding in record.findings)
    weakest = next((strength for strength in reversed(order) if strengths[strength]), None)
    return Summary(
        record,
        {strength: strengths[strength] for strength in order},
        weakest,
        {effect: severities[effect] for effect in get_args(Effect)},
        _held(record.state),
    )


class Wanted(NamedTuple):
    """A filter for votes: those of a ``body``, held from ``since`` to ``until`` (both included; days are in the vote's
    zone), in which ``member`` took part, or took ``position``, with the outcome ``outcome``.

    None does not filter. ``position`` is a choice of the procedure, or what silence means there.
    """

    body: str | None = None
    since: datetime | date | None = None
    until: datetime | date | None = None
    member: str | None = None
    position: str | None = None
    outcome: str | None = None

    def has(self, summary: Summary) -> bool:
        """Whether a vote matches. A vote with uncertain days matches if it may have been held then."""
        state, tally = summary.state, summary.record.tally
        if self.body is not None and self.body.casefold() not in _names_of_body(state):
            return False
        if self.outcome is not None and tally.outcome != self.outcome:
            return False
        return self._took_part(summary) and self._in_time(summary) != "no"

    def certainly_in_time(self, summary: Summary) -> bool | None:
        """Whether a vote was certainly held in those days, or only perhaps; None if no days are given."""
        if self.since is None and self.until is None:
            return None
        return self._in_time(summary) == "yes"

    def _took_part(self, summary: Summary) -> bool:
        if self.member is None:
            return True
        state = summary.state
        if self.position is None:
            return any(reply.voided is None for reply in state.replies_of(self.member))
        positions = summary.record.tally.positions
        silence = state.procedure.silence.means
        return self.member in positions and (positions[self.member] or silence) == self.position

    def _in_time(self, summary: Summary) -> Literal["yes", "perhaps", "no"]:
        state, held = summary.state, summary.held
        first = state.span(self.since).earliest if self.since is not None else None
        last = state.span(self.until).latest if self.until is not None else None
        if first is not None and held.latest is not None and held.latest < first:
            return "no"
        if last is not None and held.earliest is not None and held.earliest > last:
            return "no"
        begun = first is None or (held.latest is not None and _certain_end(state) >= first)
        ended = last is None or (held.earliest is not None and _certain_start(state) <= last)
        return "yes" if begun and ended else "perhaps"


def summary_json(summary: Summary) -> dict[str, Any]:
    """One vote of ``inblue-votes/1``, without its phase, and of ``inblue-audit-line/1``."""
    state, record = summary.state, summary.record
    result = state.result.act if state.result is not None else None
    title = outcome_title(state.procedure, record.tally.outcome)
    return {
        "draft": state.symbol,
        "round": state.round,
        "title": state.draft.act.title,
        "body": state.procedure.body,
        "procedure": state.procedure.id,
        "times": state.draft.act.times,
        "held": between_json(summary.held),
        "tally": record.tally.counts,
        "outcome": record.tally.outcome,
        "outcome_at_close": record.at_close.outcome if record.at_close else None,
        "outcome_certain": record.outcome_certain,
        "outcome_derived": record.tally.derived,
        "settled": record.settled,
        "announced": None if result is None else result.outcome,
        "announced_at": format_moment(result.announced_at) if result and result.announced_at else None,
        "resolution": None if result is None else result.resolution,
        "replies": len(record.replies),
        "strengths": dict(summary.strengths),
        "weakest": summary.weakest,
        "findings": dict(summary.findings),
        **({} if title is None else {"outcome_title": str(title)}),
    }


def _held(state: VoteState) -> Span:
    if state.opening is None:
        return state.span(state.draft.act.circulated_at).not_after(state.draft.recorded_at)
    window = state.window
    closes = window.closes.latest or window.opens.latest or state.opening.recorded_at
    return Span(window.opens.earliest, closes)


def _certain_end(state: VoteState) -> datetime:
    """An instant by which the vote had certainly not ended, if one is known."""
    window = state.window
    return max(_of(state, window.closes.earliest), _of(state, window.opens.earliest))


def _certain_start(state: VoteState) -> datetime:
    """An instant by which the vote had certainly begun."""
    span = state.window.opens if state.opening is not None else _held(state)
    return span.latest or state.window.closes.latest or state.draft.recorded_at


def _of(state: VoteState, instant: datetime | None) -> datetime:
    earliest = state.span(state.draft.act.circulated_at).earliest
    return instant or earliest or datetime.min.replace(tzinfo=state.draft.recorded_at.tzinfo)


def _names_of_body(state: VoteState) -> set[str]:
    """The names that identify a body: its name, and its procedure's id with or without the part after a dash."""
    procedure = state.procedure
    return {procedure.body.casefold(), procedure.id, procedure.id.partition("-")[0]}
