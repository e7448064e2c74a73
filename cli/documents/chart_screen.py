"""The window as a picture: what is known of when each thing happened, on one axis of time.

A time that is known is a mark; one that is known only to lie between two instants is a hatched span between them, open
at an end that nobody knows. What a picture shows stands in the tables beside it too, from the same record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, Protocol, TypeAlias

from ...domain.instant import Span, is_instant, zone
from ...domain.state import Reply, VoteState
from ...domain.validity import arrival
from ...ledger.audit.timeline import Dated
from ...ledger.projections.record import Record, ReplyRecord
from ..language.english import Language

Kind: TypeAlias = Literal[
    "opens",
    "closes",
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

_SPANS: tuple[Kind, ...] = ("dated", "proved")
"""What is a span by its nature, and not for want of knowing."""

ROW = 1.75
"""The height of a row, in rem."""

_STEPS = tuple(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12, 24, 48, 24 * 7, 24 * 30, 24 * 365))
_MOST_TICKS = 9
_FAR = 10
"""What lies further from the window than so many of its lengths is drawn at the edge."""


class Cosigned(Protocol):
    """A witness that has cosigned the log, and when by its own clock, where it says."""

    @property
    def at(self) -> datetime | None:
        """When."""


class Mark(NamedTuple):
    """A kind of thing, and when it happened."""

    kind: Kind
    span: Span


class Row(NamedTuple):
    """A line of the picture."""

    label: str
    marks: tuple[Mark, ...]


class Shape(NamedTuple):
    """A mark as it is drawn: from ``x`` to ``end`` in percent of the width, ``y`` in rem.

    ``sure`` is whether it is one instant; ``open_start`` and ``open_end`` say of a span that it goes on from there.
    """

    kind: Kind
    x: float
    end: float
    y: float
    sure: bool
    open_start: bool
    open_end: bool

    @property
    def left(self) -> float:
        """The left edge in percent, whichever way time runs."""
        return min(self.x, self.end)

    @property
    def width(self) -> float:
        """The width in percent."""
        return round(abs(self.end - self.x), 3)


class Tick(NamedTuple):
    """A label on the axis. Narrow screens show those of ``rank`` 0."""

    x: float
    text: str
    rank: int


class Chart(NamedTuple):
    """What the template draws. ``band`` is the window, where both its ends are known; lengths are in rem."""

    rows: tuple[Row, ...]
    shapes: tuple[Shape, ...]
    ticks: tuple[Tick, ...]
    band: tuple[float, float] | None
    height: float
    kinds: tuple[Kind, ...]
    unknown: bool


def chart_of(record: Record, stamps: Iterable[Dated], cosigned: Iterable[Cosigned], lang: Language) -> Chart | None:
    """The picture of a vote, or None where nothing has a time."""
    rows = (*_rows(record, lang), *_rows_of_others(tuple(stamps), tuple(cosigned), lang))
    axis = _Axis.over(record.state, [mark.span for row in rows for mark in row.marks], lang)
    if axis is None:
        return None
    shapes = tuple(axis.shape(mark, number) for number, row in enumerate(rows) for mark in row.marks)
    window = record.state.window
    band = None
    if window.opens_at is not None and window.closes_at is not None:
        left, right = sorted((axis.place(window.opens_at), axis.place(window.closes_at)))
        band = (left, round(right - left, 3))
    kinds = tuple(dict.fromkeys(shape.kind for shape in shapes if shape.sure or shape.kind in _SPANS))
    unknown = any(not shape.sure and shape.kind not in _SPANS for shape in shapes)
    return Chart(rows, shapes, tuple(axis.ticks()), band, len(rows) * ROW, kinds, unknown)


def whose(reply: Reply, names: Mapping[str, str], lang: Language) -> str:
    """The name of the member whose reply it is, with the number of the reply where it is not the first."""
    member = lang.member(reply.member, names)
    return lang.say("{member} (reply {reply})", member=member, reply=reply.ordinal) if reply.ordinal > 1 else member


def _rows(record: Record, lang: Language) -> Iterator[Row]:
    state, names = record.state, record.state.procedure.names
    if state.opening is not None:
        yield Row(lang.say("Window opens"), (Mark("opens", state.window.opens),))
        yield Row(lang.say("Window closes"), (Mark("closes", state.window.closes),))
    for each in record.replies:
        yield Row(whose(each.reply, names, lang), tuple(_of_reply(state, each)))
    for filed in state.explanations:
        member = lang.member(filed.act.member, names)
        yield Row(lang.say("{member}: statement", member=member), (Mark("filed", state.span(filed.act.filed_at)),))
    for joined in state.co_sponsorships:
        member = lang.member(joined.act.member, names)
        when = state.span(joined.act.announced_at)
        yield Row(lang.say("{member}: co-sponsorship", member=member), (Mark("filed", when),))
    if state.announcement_due is not None and state.opening is not None:
        yield Row(lang.say("Announcement due"), (Mark("due", state.announcement_due),))
    if state.result is not None:
        announced = state.span(state.result.act.announced_at)
        yield Row(lang.say("Result announced"), (Mark("announced", announced),))


def _rows_of_others(stamps: tuple[Dated, ...], cosigned: tuple[Cosigned, ...], lang: Language) -> Iterator[Row]:
    if stamps:
        stamped = (Span(each.timestamp.not_before, each.timestamp.not_after) for each in stamps)
        yield Row(lang.say("Timestamps"), tuple(Mark("stamped", span) for span in stamped))
    if timed := [each.at for each in cosigned if each.at is not None]:
        yield Row(lang.say("Cosignatures"), tuple(Mark("cosigned", Span(at, at)) for at in timed))


def _of_reply(state: VoteState, each: ReplyRecord) -> Iterator[Mark]:
    act, verdict = each.reply.act, each.verdict
    if act.instrument.dated is not None:
        yield Mark("dated", state.span(act.instrument.dated))
    outside = verdict.placement in {"late", "early"}
    span = state.span(act.received_at) if state.documented else arrival(state, each.reply)
    yield Mark("outside" if outside else "arrived", span)
    if verdict.not_before is not None or verdict.not_after is not None:
        yield Mark("proved", Span(verdict.not_before, verdict.not_after))
    if each.reply.acknowledged is not None and is_instant(each.reply.acknowledged.act.acknowledged_at):
        yield Mark("acknowledged", state.span(each.reply.acknowledged.act.acknowledged_at))


class _Axis(NamedTuple):
    start: datetime
    end: datetime
    zone: str
    lang: Language

    @classmethod
    def over(cls, state: VoteState, spans: list[Span], lang: Language) -> _Axis | None:
        ends = [end for span in spans for end in (span.earliest, span.latest) if end is not None]
        window = state.window
        if window.opens.earliest is not None and window.closes.latest is not None:
            opens, closes = window.opens.earliest, window.closes.latest
            far = abs(closes - opens) * _FAR
            ends = [end for end in ends if opens - end <= far and end - closes <= far]
        if not ends:
            return None
        first, last = min(ends), max(ends)
        margin = max((last - first) / 30, timedelta(minutes=10))
        return cls(first - margin, last + margin, state.procedure.zone, lang)

    def place(self, at: datetime) -> float:
        """Where ``at`` stands, in percent from the left; time runs the way the language is read."""
        share = min(max((at - self.start) / (self.end - self.start), 0), 1) * 100
        return round(100 - share if self.lang.direction == "rtl" else share, 3)

    def shape(self, mark: Mark, row: int) -> Shape:
        span = mark.span
        start, end = self.place(span.earliest or self.start), self.place(span.latest or self.end)
        sure = span.instant is not None or mark.kind == "stamped"
        y = round((row + 0.5) * ROW, 3)
        return Shape(mark.kind, start, end, y, sure, span.earliest is None, span.latest is None)

    def ticks(self) -> Iterator[Tick]:
        """Hours or days of the zone, at most nine. Where hours are shown, narrow screens show the days alone."""
        length = self.end - self.start
        years = _STEPS[-1] * (length // (_STEPS[-1] * _MOST_TICKS) + 1)
        step = next((step for step in _STEPS if length / step <= _MOST_TICKS), years)
        local = self.start.astimezone(zone(self.zone))
        day = local.replace(hour=0, minute=0, second=0, microsecond=0)
        every = (day + step * number for number in range(10 * _MOST_TICKS))  # by the clock on the wall: within one zone
        first, last = self.start.timestamp(), self.end.timestamp()
        shown = [at for at in every if first <= at.timestamp() <= last]
        days = step < timedelta(days=1) and any(at.hour == 0 for at in shown)
        for number, at in enumerate(shown):
            text = self.lang.day(at.date()) if at.hour == 0 else f"{at:%H:%M}"
            rank = int(at.hour != 0) if days else number % 3
            yield Tick(self.place(at), text, rank)
