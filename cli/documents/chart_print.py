"""The picture of a window, as positions between 0 and 100 from its left edge to its right: nothing here draws.

A known instant is a point. What is known only within bounds is a span; an end that nobody knows is the picture's edge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...domain.instant import Span
from ...ledger.projections.record import Record
from ..language.english import Language

Stretch = tuple[float, float]

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened: ``at`` is when, ``exact`` if that is an instant; ``proved`` what timestamps bound."""

    label: str
    at: Stretch
    exact: bool
    counted: bool
    proved: Stretch | None


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled instant below the picture."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """``window`` is the stretch that may have been open; ``deadline`` where the close is a known instant."""

    alt: str
    window: Stretch
    deadline: float | None
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]


def picture_of(record: Record, language: Language) -> Picture | None:
    """The picture of a record's window, or None where no instant at all is known."""
    state = record.state
    window, zone = state.window, state.procedure.zone
    announced = state.span(state.result.act.announced_at) if state.result else Span()
    spans = [state.span(each.reply.act.received_at) for each in record.replies]
    filed = [(each.act.member, state.span(each.act.filed_at)) for each in state.explanations]
    proved = [Span(each.verdict.not_before, each.verdict.not_after) for each in record.replies]
    known = _ends([window.opens, window.closes, announced, *spans, *proved, *(span for _, span in filed)])
    if not known:
        return None
    scale = _Scale(min(known), max(known), mirrored=language.direction == "rtl")
    rows = [Row(language.say("opening"), *scale.of(window.opens), True, None)] if state.opening else []
    rows += [
        Row(
            _whose(each.reply.member, each.reply.ordinal),
            *scale.of(span),
            each.counted,
            scale.of(bounds)[0] if bounds != Span() else None,
        )
        for each, span, bounds in zip(record.replies, spans, proved, strict=True)
    ]
    rows += [Row(language.say("{member}: statement", member=who), *scale.of(span), False, None) for who, span in filed]
    if state.result:
        rows.append(Row(language.say("announcement"), *scale.of(announced), True, None))
    (opens, _), (closes, _) = scale.of(window.opens), scale.of(window.closes)
    alt = language.say(
        "The window on a line of time, with a row for each reply. The table and the replies below say it in words."
    )
    return Picture(
        alt,
        (min(*opens, *closes), max(*opens, *closes)),
        None if window.closes_at is None else closes[0],
        tuple(rows),
        tuple(_ticks(scale, [window.opens.earliest, window.closes.latest, *scale.ends], zone, language)),
    )


class _Scale:
    """Where an instant stands: time runs the way the language is read. A little room is left on either side."""

    def __init__(self, first: datetime, last: datetime, *, mirrored: bool) -> None:
        room = max((last - first) / 25, _HOUR / 2)
        self.first, self.last, self.mirrored = first - room, last + room, mirrored
        self.ends = (first, last)

    def at(self, instant: datetime) -> float:
        from_first = (instant - self.first) / (self.last - self.first) * 100
        return round(100 - from_first if self.mirrored else from_first, 3)

    def of(self, span: Span) -> tuple[Stretch, bool]:
        """The stretch of a span, and whether it is one instant."""
        first = self.at(self.first if span.earliest is None else span.earliest)
        last = self.at(self.last if span.latest is None else span.latest)
        return (min(first, last), max(first, last)), span.instant is not None


def _ends(spans: Iterable[Span]) -> list[datetime]:
    return [end for span in spans for end in (span.earliest, span.latest) if end is not None]


def _whose(member: str, ordinal: int) -> str:
    return member + (f" ({ordinal})" if ordinal > 1 else "")


def _ticks(scale: _Scale, wanted: list[datetime | None], zone: str, language: Language) -> Iterable[Tick]:
    """The instants named below the picture: those that matter first, and none so near another that they would touch."""
    placed: list[float] = []
    for instant in wanted:
        if instant is None:
            continue
        at = scale.at(instant)
        if all(abs(at - other) >= 22 for other in placed):
            placed.append(at)
            yield Tick(at, language.instant(instant, zone))
