"""The picture of the window on a screen: what is known of when each thing happened, as shapes on one axis of time.

A time that is known is a mark; one that is known only to lie between two instants is a hatched span between them, open
at an unknown end. The tables beside the picture show the same, from the same record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ...domain.recorded import Reply
from ...domain.state import VoteState
from ...ledger.audit.timeline import Dated
from ...ledger.projections.record import Record
from ..language.english import Language
from .window import Cosigned, Kind, Mark, Row, Scale, Tick, ends_of, rows_of

_SPANS: tuple[Kind, ...] = ("dated", "proved")
"""Kinds that are spans by nature, not because the time is unknown."""

ROW = 1.75
"""The height of a row, in rem."""

_STEPS = tuple(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12, 24, 48, 24 * 7, 24 * 30, 24 * 365))
_MOST_TICKS = 9
_SHORT = 24
"""The longest label, in characters, that a narrow screen shows whole."""
_FAR = 10
"""What lies further from the window than this many of its lengths is drawn at the edge."""


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


class Chart(NamedTuple):
    """What the template draws: a label and shapes for each row. ``band`` is the window, where both its ends are known.

    A label is given whole, and as a narrow screen has it. Lengths are in rem.
    """

    labels: tuple[tuple[str, str], ...]
    shapes: tuple[Shape, ...]
    ticks: tuple[Tick, ...]
    band: tuple[float, float] | None
    height: float
    kinds: tuple[Kind, ...]
    unknown: bool


def chart_of(record: Record, stamps: Iterable[Dated], cosigned: Iterable[Cosigned], lang: Language) -> Chart | None:
    """The picture of a vote, or None where nothing has a time."""
    rows = tuple(rows_of(record, stamps, cosigned))
    marks = [(number, mark) for number, row in enumerate(rows) for mark in row.marks if mark.kind != "received"]
    near = _near(record.state, ends_of(mark.span for _, mark in marks))
    if not near:
        return None
    scale = Scale.over(near, lang, share=30, least=timedelta(minutes=10))
    shapes = tuple(_shape(mark, number, scale) for number, mark in marks)
    window, names = record.state.window, record.state.procedure.names
    band = None
    if window.opens_at is not None and window.closes_at is not None:
        left, right = sorted((scale.at(window.opens_at), scale.at(window.closes_at)))
        band = (left, round(right - left, 3))
    kinds = tuple(dict.fromkeys(shape.kind for shape in shapes if shape.sure or shape.kind in _SPANS))
    unknown = any(not shape.sure and shape.kind not in _SPANS for shape in shapes)
    labels = tuple(_labels(row, names, lang) for row in rows)
    ticks = tuple(_ticks(scale, record.state.zone, lang))
    return Chart(labels, shapes, ticks, band, len(rows) * ROW, kinds, unknown)


def whose(reply: Reply, names: Mapping[str, str], lang: Language) -> str:
    """The name of the member whose reply it is, with the number of the reply where it is not the first."""
    return _whose(lang.member(reply.member, names), reply.ordinal, lang)


def _whose(member: str, ordinal: int, lang: Language) -> str:
    return lang.say("{member} (reply {reply})", member=member, reply=ordinal) if ordinal > 1 else member


def _labels(row: Row, names: Mapping[str, str], lang: Language) -> tuple[str, str]:
    """The label of a row, and a short form with the member's id where it does not fit on two short lines."""
    whole = _label(row, lambda member: lang.member(member, names), lang)
    return whole, whole if len(whole) <= _SHORT else _label(row, str, lang)


def _label(row: Row, called: Callable[[str], str], lang: Language) -> str:
    match row.what:
        case "opens":
            return lang.say("Window opens")
        case "closes":
            return lang.say("Window closes")
        case "statement":
            return lang.say("{member}: statement", member=called(row.member))
        case "co_sponsorship":
            return lang.say("{member}: co-sponsorship", member=called(row.member))
        case "due":
            return lang.say("Announcement due")
        case "announced":
            return lang.say("Result announced")
        case "stamped":
            return lang.say("Timestamps")
        case "cosigned":
            return lang.say("Cosignatures")
        case "reply":
            assert row.reply is not None  # noqa: S101 - the row is of it
            reply = row.reply.reply
            return _whose(called(reply.member), reply.ordinal, lang)


def _near(state: VoteState, ends: list[datetime]) -> list[datetime]:
    """Those near enough to the window: others would squeeze the rest into a point."""
    window = state.window
    if window.opens.earliest is None or window.closes.latest is None:
        return ends
    opens, closes = window.opens.earliest, window.closes.latest
    far = abs(closes - opens) * _FAR
    return [end for end in ends if opens - end <= far and end - closes <= far]


def _shape(mark: Mark, row: int, scale: Scale) -> Shape:
    span = mark.span
    start, end = scale.of(span)
    sure = span.instant is not None or mark.kind == "stamped"
    y = round((row + 0.5) * ROW, 3)
    return Shape(mark.kind, start, end, y, sure, span.earliest is None, span.latest is None)


def _ticks(scale: Scale, zone: ZoneInfo, lang: Language) -> Iterator[Tick]:
    """Hours or days of the zone, at most nine. Where hours are shown, narrow screens show the days alone."""
    length = scale.last - scale.first
    years = _STEPS[-1] * (length // (_STEPS[-1] * _MOST_TICKS) + 1)
    step = next((step for step in _STEPS if length / step <= _MOST_TICKS), years)
    local = scale.first.astimezone(zone)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    every = (day + step * number for number in range(10 * _MOST_TICKS))  # in local time: within one zone
    first, last = scale.first.timestamp(), scale.last.timestamp()
    shown = [at for at in every if first <= at.timestamp() <= last]
    days = step < timedelta(days=1) and any(at.hour == 0 for at in shown)
    for number, at in enumerate(shown):
        text = lang.day(at.date()) if at.hour == 0 else f"{at:%H:%M}"
        rank = int(at.hour != 0) if days else number % 3
        yield Tick(scale.at(at), text, rank)
