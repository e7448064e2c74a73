"""The roll call: the state of a vote at a moment, and as JSON. Rebuilt from entries alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

from ...domain.close import settled, tally_at_close
from ...domain.describe import entry_said, position_said
from ...domain.happening import Happening
from ...domain.instant import Span, format_instant, format_moment
from ...domain.next_acts import NextAct, next_acts
from ...domain.on_record import positions_of
from ...domain.phrase import Said
from ...domain.recorded import Reply
from ...domain.roster import UNKNOWN
from ...domain.state import VoteState
from ...domain.tally import Tally, tally
from ...domain.titles import outcome_title
from ...domain.validity import rejections, standing
from ...domain.what_if import WhatIf
from ..edge.face import face
from .optional_facts import optional_json, reply_optional_json

if TYPE_CHECKING:
    from ..edge.json_types import StatusJson

Axis: TypeAlias = Literal["known", "happened"]
"""``known``: what the ledger knew, by recording. ``happened``: what had happened, by all that is on record today."""


class SeatLine(NamedTuple):
    """One line of the roll call. ``position`` is that of the reply that counts; ``replies`` are all that are not
    voided.

    It is None for a silent seat, and ``not_on_record`` if no source gives the position. For an ``advisory`` seat, whose
    replies never count, it is that of the last reply.
    """

    member: str
    name: str
    permanent: bool
    position: str | None
    reply: Reply | None
    replies: tuple[Reply, ...]
    advisory: bool = False

    @property
    def known(self) -> bool:
        """Whether it is on record how the member voted, or that it did not."""
        return self.position not in UNKNOWN

    @property
    def uncounted(self) -> Said | None:
        """What the last of the replies says, if none of them counts."""
        if self.reply is not None or not self.replies:
            return None
        last = self.replies[-1].act
        if last.says == "withdraws":
            return Said.of("withdrew its reply")
        return Said.of("{position}, not counted", position=position_said(last))


@dataclass(frozen=True, slots=True)
class RollCall:
    """A vote at a moment, on one of the two axes, if one was requested; ``what_if``: under another procedure.

    ``perhaps`` are the acts that may have happened by then, since their span includes the moment; ``unknown`` are those
    without any time. A reply among them is not counted: its seat's position is not on record.
    """

    state: VoteState
    at: datetime
    tally: Tally
    seats: tuple[SeatLine, ...]
    others: tuple[Reply, ...]
    axis: Axis | None = None
    perhaps: tuple[Happening, ...] = ()
    unknown: tuple[Happening, ...] = ()
    hidden: frozenset[int] = frozenset()
    """The entries, by number, that represent in ``state`` replies that may or may not have arrived."""
    what_if: WhatIf | None = None
    advisory: tuple[SeatLine, ...] = ()

    @property
    def untimed(self) -> int:
        """How many acts cannot be placed before or after the moment."""
        return len(self.perhaps) + len(self.unknown)

    def replies_of(self, member: str) -> tuple[Reply, ...]:
        """The replies of one member that had certainly arrived."""
        return tuple(each for each in self.state.replies_of(member) if each.entered.number not in self.hidden)

    def open_of(self, member: str) -> tuple[Happening, ...]:
        """The replies of one member that may or may not have arrived."""
        every = (*self.perhaps, *self.unknown)
        return tuple(each for each in every if each.recorded.number in self.hidden and _member(each) == member)

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
    def phase_said(self) -> Said:
        """The phase of the vote, in words."""
        match self.phase:
            case "circulated":
                return Said.of("circulated")
            case "withdrawn":
                return Said.of("withdrawn")
            case "annulled":
                return Said.of("annulled")
            case "scheduled":
                return Said.of("scheduled")
            case "open":
                return Said.of("open")
            case "due":
                return Said.of("due")
            case "closed":
                return Said.of("closed")
            case _:
                return Said.of("announced")

    @property
    def time_left(self) -> timedelta | None:
        """Time until the close, negative after it; None if either instant is unknown."""
        closes_at = self.state.window.closes_at
        return None if closes_at is None else closes_at - self.at

    @property
    def seconds_left(self) -> int | None:
        """The same as :attr:`time_left`, in seconds; also None before the window opens, and in a documented history."""
        left = self.time_left
        if left is None or self.state.documented or self.phase == "scheduled":
            return None
        return left // timedelta(seconds=1)

    @property
    def owed(self) -> tuple[Reply, ...]:
        """Replies that the procedure requires to be acknowledged but that were not."""
        if self.state.procedure.acknowledgement is None:
            return ()
        return tuple(
            reply
            for reply in self.state.replies
            if reply.acknowledged is None and reply.voided is None and reply.entered.number not in self.hidden
        )


@face
def roll_call(
    state: VoteState,
    at: datetime,
    *,
    axis: Axis | None = None,
    perhaps: Sequence[Happening] = (),
    unknown: Sequence[Happening] = (),
    hidden: Collection[int] = (),
    what_if: WhatIf | None = None,
) -> RollCall:
    """The roll call of ``state``, with the clock at ``at``; the other arguments are as in :class:`RollCall`.

    >>> inblue.roll_call(ledger.vote("S/2026/2"), now).phase
    'due'
    """
    stands, names, roster = standing(state), state.procedure.names, state.roster
    positions = positions_of(state)
    seats = tuple(
        SeatLine(
            seat.member,
            names.get(seat.member, seat.member),
            seat.permanent,
            positions[seat.member],
            _come(stands.get(seat.member), hidden),
            tuple(reply for reply in state.replies_of(seat.member) if _is_here(reply, hidden)),
        )
        for seat in (roster.members if roster else ())
    )
    left = (reply for reply in state.replies if _is_here(reply, hidden))
    advisory = tuple(_advisory_seats(state, hidden))
    seated = {seat.member for seat in advisory}
    others = tuple(
        reply for reply in left if reply.member not in seated and (roster is None or reply.member not in roster)
    )
    return RollCall(
        *(state, at, tally(state), seats, others, axis, tuple(perhaps), tuple(unknown), frozenset(hidden), what_if),
        advisory=advisory,
    )


def _advisory_seats(state: VoteState, hidden: Collection[int]) -> Iterator[SeatLine]:
    """The seats in force whose replies are not counted."""
    names, seating = state.procedure.names, state.seating
    for seat in seating.advisory.values() if seating is not None else ():
        replies = tuple(reply for reply in state.replies_of(seat.member) if _is_here(reply, hidden))
        position = replies[-1].act.position if replies else None
        name = names.get(seat.member, seat.member)
        yield SeatLine(seat.member, name, seat.permanent, position, replies[-1] if replies else None, replies, True)


@face
def status_json(call: RollCall) -> StatusJson:
    """One vote of ``inblue-status/1``.

    >>> inblue.status_json(inblue.roll_call(ledger.vote("S/2026/1"), now))["phase"]
    'open'
    """
    state = call.state
    at_close = tally_at_close(state)
    return cast(
        "StatusJson",
        {
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
            "seats": [_seat_json(call, seat) for seat in call.seats],
            "off_roster": [{"member": reply.member, **reply_json(state, reply)} for reply in call.others],
            "acknowledgements_owed": [{"member": reply.member, "reply": reply.ordinal} for reply in call.owed],
            "untimed": call.untimed,
            "at": None if call.axis is None else format_instant(call.at),
            "axis": call.axis,
            "perhaps": [_happening_json(state, each) for each in call.perhaps],
            "unknown": [_happening_json(state, each) for each in call.unknown],
            "what_if": what_if_json(call.what_if),
            "next_acts": [_next_json(each) for each in next_acts(state, call.at)] if call.axis is None else [],
            **_optional(call),
        },
    )


def _next_json(each: NextAct) -> dict[str, Any]:
    """An act that may be recorded next."""
    return {
        "act": each.act,
        "letter": each.letter,
        "clause": each.clause,
        "since": None if each.since is None else format_instant(each.since),
        "until": None if each.until is None else format_instant(each.until),
        "members": list(each.members),
    }


def _optional(call: RollCall) -> dict[str, Any]:
    """The parts from optional rules of the procedure, including the lines of advisory seats."""
    found = optional_json(call.state, call.tally)
    title = outcome_title(call.state.procedure, call.tally.outcome)
    if title is not None:
        found["outcome_title"] = title
    if call.advisory:
        found["advisory"] = [_seat_json(call, seat) for seat in call.advisory]
    return found


def _seat_json(call: RollCall, seat: SeatLine) -> dict[str, Any]:
    found: dict[str, Any] = {
        "member": seat.member,
        "name": seat.name,
        "permanent": seat.permanent,
        "position": seat.position,
        "replies": [reply_json(call.state, reply) for reply in call.replies_of(seat.member)],
    }
    if call.tally.questions and not seat.advisory:
        found["answers"] = {each.question: each.answers.get(seat.member) for each in call.tally.questions}
    return found


def what_if_json(what_if: WhatIf | None) -> dict[str, Any] | None:
    """``what_if`` of every format that may show one; null if the vote is judged by its own procedure."""
    if what_if is None:
        return None
    other = what_if.procedure
    return {
        "procedure": other.id,
        "procedure_sha256": other.sha256,
        "instead_of": what_if.instead_of,
        "left_out": list(what_if.left_out),
    }


def between_json(span: Span) -> list[str | None]:
    """A span: its two ends, null if unknown."""
    return [None if end is None else format_instant(end) for end in span]


def _happening_json(state: VoteState, each: Happening) -> dict[str, Any]:
    return {
        "act": each.recorded.number,
        "kind": each.recorded.act.kind_and_version(),
        "member": _member(each),
        "at": format_moment(each.moment) if each.moment else None,
        "between": between_json(each.span),
        "text": entry_said(each.recorded, state),
    }


def _member(each: Happening) -> str | None:
    member = getattr(each.recorded.act, "member", None)
    return member if isinstance(member, str) else None


def _is_here(reply: Reply, hidden: Collection[int]) -> bool:
    return reply.voided is None and reply.entered.number not in hidden


def _come(reply: Reply | None, hidden: Collection[int]) -> Reply | None:
    return None if reply is None or reply.entered.number in hidden else reply


def window_json(state: VoteState) -> dict[str, Any]:
    """The window: exact instants if known, and the spans otherwise."""
    window = state.window

    def said(instant: datetime | None) -> str | None:
        return None if instant is None else format_instant(instant)

    return {
        "opens_at": said(window.opens_at),
        "closes_at": said(window.closes_at),
        "opens_between": [said(window.opens.earliest), said(window.opens.latest)],
        "closes_between": [said(window.closes.earliest), said(window.closes.latest)],
        **_end_json(state),
    }


def _end_json(state: VoteState) -> dict[str, Any]:
    """How the end of the window is determined, if no deadline fixes it; empty otherwise."""
    rule = state.procedure.window
    if rule.fixed_by != "closing" and rule.starts == "opening" and not state.suspensions:
        return {}
    stood_still = [
        {
            "act": each.begun.number,
            "by": each.begun.act.by,
            "suspended_at": _moment(each.begun.act.suspended_at),
            "resumed_by": None if each.ended is None else each.ended.number,
            "resumed_at": None if each.ended is None else _moment(each.ended.act.resumed_at),
        }
        for each in state.suspensions
    ]
    follows = "closing" if rule.fixed_by == "closing" else rule.starts
    return {"end": {"follows": follows, "awaits": state.window.awaits, "suspensions": stood_still}}


def _moment(moment: datetime | date | None) -> str | None:
    return None if moment is None else format_moment(moment)


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
        **reply_optional_json(state, reply),
    }
