"""What a picture of the window shows: what happened, and what is known of when. Values alone; nothing here draws.

:mod:`.chart_screen` and :mod:`.chart_print` choose from it, each with labels and signs of its own. A known instant is a
point. What is known only within bounds is a span; an unknown end is the picture's edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeAlias

from ...domain.instant import Span, is_instant
from ...domain.state import VoteState
from ...domain.validity import arrival
from ...ledger.audit.timeline import Dated
from ...ledger.projections.record import Record, ReplyRecord
from ..language.english import Language

What: TypeAlias = Literal[
    "opens", "closes", "reply", "statement", "co_sponsorship", "due", "announced", "stamped", "cosigned"
]
Kind: TypeAlias = Literal[
    "opens",
    "closes",
    "received",
    "arrived",
    "outside",
    "dated",
    "proved",
    "acknowledged",
    "filed",
    "due",
    "announced",
    "stamped",
    "cosigned",
]


class Cosigned(Protocol):
    """A witness that has cosigned the log, and when by its own clock, where it says."""

    @property
    def at(self) -> datetime | None:
        """When."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A kind of thing, and when it happened.

    A reply is ``received`` when its registrar says so; it ``arrived``, or did so ``outside`` the window, not after it
    was recorded.
    """

    kind: Kind
    span: Span


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the picture: ``member`` is whose statement or co-sponsorship it is, ``reply`` which reply."""

    what: What
    marks: tuple[Mark, ...]
    member: str = ""
    reply: ReplyRecord | None = None

    def span(self, kind: Kind) -> Span | None:
        """When its first mark of that kind happened; None without one."""
        return next((mark.span for mark in self.marks if mark.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on the axis, at a percentage of the width. Narrow screens show those of ``rank`` 0."""

    at: float
    text: str
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis of time. Positions are percentages of its width from the left; time runs the way the language is read."""

    first: datetime
    last: datetime
    mirrored: bool

    @classmethod
    def over(cls, instants: Sequence[datetime], language: Language, *, share: int, least: timedelta) -> Scale:
        """Over one or more instants, with room on either side: a ``share``-th of their length, at least ``least``."""
        first, last = min(instants), max(instants)
        room = max((last - first) / share, least)
        return cls(first - room, last + room, language.direction == "rtl")

    def at(self, instant: datetime) -> float:
        """Where an instant is; one beyond the axis is at its edge."""
        share = min(max((instant - self.first) / (self.last - self.first), 0), 1) * 100
        return round(100 - share if self.mirrored else share, 3)

    def of(self, span: Span) -> tuple[float, float]:
        """Where a span begins and ends."""
        return self.at(span.earliest or self.first), self.at(span.latest or self.last)


def rows_of(record: Record, stamps: Iterable[Dated] = (), cosigned: Iterable[Cosigned] = ()) -> Iterator[Row]:
    """What happened in a vote and to its log, in the order in which pictures show it."""
    state = record.state
    if state.opening is not None:
        yield Row("opens", (Mark("opens", state.window.opens),))
        yield Row("closes", (Mark("closes", state.window.closes),))
    for each in record.replies:
        yield Row("reply", tuple(_of_reply(state, each)), each.reply.member, each)
    for filed in state.explanations:
        yield Row("statement", (Mark("filed", state.span(filed.act.filed_at)),), filed.act.member)
    for joined in state.co_sponsorships:
        yield Row("co_sponsorship", (Mark("filed", state.span(joined.act.announced_at)),), joined.act.member)
    if state.announcement_due is not None and state.opening is not None:
        yield Row("due", (Mark("due", state.announcement_due),))
    if state.result is not None:
        yield Row("announced", (Mark("announced", state.span(state.result.act.announced_at)),))
    if stamped := [Span(each.timestamp.not_before, each.timestamp.not_after) for each in stamps]:
        yield Row("stamped", tuple(Mark("stamped", span) for span in stamped))
    if timed := [each.at for each in cosigned if each.at is not None]:
        yield Row("cosigned", tuple(Mark("cosigned", Span(at, at)) for at in timed))


def ends_of(spans: Iterable[Span]) -> list[datetime]:
    """The instants at which these spans begin and end, as far as they are known."""
    return [end for span in spans for end in (span.earliest, span.latest) if end is not None]


def _of_reply(state: VoteState, each: ReplyRecord) -> Iterator[Mark]:
    act, verdict = each.reply.act, each.verdict
    if act.instrument.dated is not None:
        yield Mark("dated", state.span(act.instrument.dated))
    received = state.span(act.received_at)
    yield Mark("received", received)
    outside = verdict.placement in {"late", "early"}
    yield Mark("outside" if outside else "arrived", received if state.documented else arrival(state, each.reply))
    if verdict.not_before is not None or verdict.not_after is not None:
        yield Mark("proved", Span(verdict.not_before, verdict.not_after))
    if each.reply.acknowledged is not None and is_instant(each.reply.acknowledged.act.acknowledged_at):
        yield Mark("acknowledged", state.span(each.reply.acknowledged.act.acknowledged_at))
