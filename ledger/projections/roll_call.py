"""The roll call: the state of a vote now or at any moment, and its history act by act. Rebuilt from entries alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ...domain.acts import Act, VoteCast
from ...domain.close import settled, tally_at_close
from ...domain.describe import describe, position_said
from ...domain.instant import format_instant, format_moment
from ...domain.on_record import positions_of
from ...domain.phrase import Said
from ...domain.roster import UNKNOWN
from ...domain.state import Documents, Recorded, Reply, VoteState
from ...domain.tally import Tally, tally
from ...domain.validity import rejections, standing
from ...domain.vote import evolve, fold


class SeatLine(NamedTuple):
    """One line of the roll call. ``position`` is that of the reply that counts; ``replies`` are all not voided.

    It is None of a seat that was silent, and ``not_on_record`` of one whose position no source gives.
    """

    member: str
    name: str
    permanent: bool
    position: str | None
    reply: Reply | None
    replies: tuple[Reply, ...]

    @property
    def known(self) -> bool:
        """Whether it is on record how the member voted, or that it did not."""
        return self.position not in UNKNOWN

    @property
    def uncounted(self) -> Said | None:
        """What the last of the replies says, where none of them counts."""
        if self.reply is not None or not self.replies:
            return None
        last = self.replies[-1].act
        if last.says == "withdraws":
            return Said.of("withdrew its reply")
        return Said.of("{position}, not counted", position=position_said(last))


@dataclass(frozen=True, slots=True)
class RollCall:
    """A vote at a moment. ``untimed`` counts acts of a documented history that cannot be placed before or after it."""

    state: VoteState
    at: datetime
    tally: Tally
    seats: tuple[SeatLine, ...]
    others: tuple[Reply, ...]
    untimed: int = 0

    @property
    def phase(self) -> str:
        """``circulated``, ``withdrawn``, ``annulled``, ``scheduled`` (not open yet), ``open``, ``due`` (over, not yet
        closed), ``closed`` or ``announced``.
        """
        state = self.state
        if state.withdrawn is not None or state.annulled is not None:
            return "withdrawn" if state.withdrawn else "annulled"
        if state.result is not None:
            return "announced"
        if state.is_closed:
            return "closed"
        if state.opening is None:
            return "circulated"
        opens = state.window.opens.earliest
        if opens is not None and self.at < opens:
            return "scheduled"
        left = self.time_left
        return "due" if left is not None and left < timedelta(0) else "open"

    @property
    def time_left(self) -> timedelta | None:
        """Until the close, negative after it; None where either instant is unknown."""
        closes_at = self.state.window.closes_at
        return None if closes_at is None else closes_at - self.at

    @property
    def seconds_left(self) -> int | None:
        """As :attr:`time_left`, in seconds; None also before the window opens, and in a documented history."""
        left = self.time_left
        if left is None or self.state.documented or self.phase == "scheduled":
            return None
        return left // timedelta(seconds=1)

    @property
    def owed(self) -> tuple[Reply, ...]:
        """Replies whose receipt the procedure wants acknowledged, and which were not."""
        if self.state.procedure.acknowledgement is None:
            return ()
        return tuple(reply for reply in self.state.replies if reply.acknowledged is None and reply.voided is None)


def roll_call(state: VoteState, at: datetime, *, untimed: int = 0) -> RollCall:
    """The roll call of ``state``, with the clock at ``at``."""
    stands, names, roster = standing(state), state.procedure.names, state.roster
    positions = positions_of(state)
    seats = tuple(
        SeatLine(
            seat.member,
            names.get(seat.member, seat.member),
            seat.permanent,
            positions[seat.member],
            stands.get(seat.member),
            tuple(reply for reply in state.replies_of(seat.member) if reply.voided is None),
        )
        for seat in (roster.members if roster else ())
    )
    left = (reply for reply in state.replies if reply.voided is None)
    others = tuple(reply for reply in left if roster is None or reply.member not in roster)
    return RollCall(state, at, tally(state), seats, others, untimed)


def roll_call_at(acts: Iterable[Recorded[Act]], documents: Documents, at: datetime) -> RollCall | None:
    """The roll call as it stood at ``at``, or None if the draft was not yet circulated.

    A live or simulated vote is shown as the ledger knew it: acts recorded by then. A documented one was recorded
    afterwards, so that its acts count when print says they had happened; a reply without a time had arrived by the
    announcement, and whatever else has none had happened by the time it was recorded.
    """
    everything = tuple(acts)
    whole = fold(everything, documents)
    if whole is None:
        return None
    if not whole.documented:  # where the clock stepped back, some in between may be missing
        state = fold(_renumbered(recorded for recorded in everything if recorded.recorded_at <= at), documents)
        return None if state is None else roll_call(state, at)
    known = [(recorded, _had_happened_by(whole, recorded)) for recorded in everything]
    happened = tuple(r for r, by in known if r.number == 0 or by <= at)
    state = fold(_renumbered(happened), documents)
    return None if state is None else roll_call(state, at, untimed=_undecided(whole, known, at))


class HistoryStep(NamedTuple):
    """One act, said in words, and the vote right after it."""

    recorded: Recorded[Act]
    text: Said
    at: str
    after: RollCall


def history(acts: Iterable[Recorded[Act]], documents: Documents) -> Iterator[HistoryStep]:
    """The vote act by act. ``at`` is when the act happened, or what is known of that, as text."""
    state: VoteState | None = None
    for recorded in acts:
        state = evolve(state, recorded, documents)
        moment = getattr(recorded.act, recorded.act.when)
        clock = moment if isinstance(moment, datetime) else recorded.recorded_at
        said = format_moment(moment) if moment else "time not known" if state.documented else format_instant(clock)
        yield HistoryStep(recorded, describe(recorded.act, state), said, roll_call(state, clock))


def status_json(call: RollCall) -> dict[str, Any]:
    """One vote of ``inblue-status/1``."""
    state = call.state
    at_close = tally_at_close(state)
    return {
        "draft": state.symbol,
        "round": state.round,
        "title": state.draft.act.title,
        "procedure": state.procedure.id,
        "times": state.draft.act.times,
        "phase": call.phase,
        "window": window_json(state),
        "seconds_left": call.seconds_left,
        "tally": call.tally.counts,
        "outcome": call.tally.outcome,
        "outcome_derived": call.tally.derived,
        "outcome_at_close": at_close.outcome if at_close else None,
        "settled": settled(state),
        "seats": [
            {
                "member": seat.member,
                "name": seat.name,
                "permanent": seat.permanent,
                "position": seat.position,
                "replies": [reply_json(state, reply) for reply in state.replies_of(seat.member)],
            }
            for seat in call.seats
        ],
        "off_roster": [{"member": reply.member, **reply_json(state, reply)} for reply in call.others],
        "acknowledgements_owed": [{"member": reply.member, "reply": reply.ordinal} for reply in call.owed],
        "untimed": call.untimed,
    }


def history_json(step: HistoryStep) -> dict[str, Any]:
    """One step of ``inblue-replay/1``."""
    return {
        "act": step.recorded.number,
        "kind": step.recorded.act.kind_and_version(),
        "at": step.at if step.at != "time not known" else None,
        "recorded_at": format_instant(step.recorded.recorded_at),
        "office": step.recorded.office,
        "text": step.text,
        "seconds_left": step.after.seconds_left,
        "tally": step.after.tally.counts,
    }


def window_json(state: VoteState) -> dict[str, Any]:
    """The window: exact instants where known, and the spans that are known otherwise."""
    window = state.window

    def said(instant: datetime | None) -> str | None:
        return None if instant is None else format_instant(instant)

    return {
        "opens_at": said(window.opens_at),
        "closes_at": said(window.closes_at),
        "opens_between": [said(window.opens.earliest), said(window.opens.latest)],
        "closes_between": [said(window.closes.earliest), said(window.closes.latest)],
    }


def reply_json(state: VoteState, reply: Reply) -> dict[str, Any]:
    """A reply, for the roll call."""
    received = reply.act.received_at
    return {
        "reply": reply.ordinal,
        "position": reply.act.position,
        "says": reply.act.says,
        "by": reply.act.by,
        "received_at": format_moment(received) if received else None,
        "recorded_at": format_instant(reply.entered.recorded_at),
        "voided": reply.voided is not None,
        "rejected": [rejection.act.clause for rejection in rejections(state, reply)],
        "acknowledged": reply.acknowledged is not None,
    }


def _renumbered(acts: Iterable[Recorded[Act]]) -> Iterator[Recorded[Act]]:
    return (recorded._replace(number=number, passed=()) for number, recorded in enumerate(acts))


def _had_happened_by(whole: VoteState, recorded: Recorded[Act]) -> datetime:
    """By when an act of a documented history had happened: where print does not say, by its recording."""
    act = recorded.act
    known = whole.span(getattr(act, act.when)).latest or whole.span(getattr(act, "dated", None)).latest
    if isinstance(act, VoteCast) and known is None and whole.result is not None:
        known = whole.span(whole.result.act.announced_at).latest
    return recorded.recorded_at if known is None else known


def _undecided(whole: VoteState, known: list[tuple[Recorded[Act], datetime]], at: datetime) -> int:
    """How many acts may or may not have happened by ``at``."""
    undecided = 0
    for recorded, by in known:
        earliest = whole.span(getattr(recorded.act, recorded.act.when)).earliest
        if recorded.number and by > at and (earliest is None or earliest <= at):
            undecided += 1
    return undecided
