"""The picture of the window on paper, as positions between 0 and 100 from its left edge to its right.

A known instant is a dot. What is known only within bounds is a bar; an unknown end is the picture's edge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...domain.instant import Span
from ...ledger.projections.record import Record
from ..language.english import Language
from .window import Kind, Row, Scale, Tick, What, ends_of, rows_of

Stretch = tuple[float, float]

_SHOWN: dict[What, Kind] = {"opens": "opens", "reply": "received", "statement": "filed", "announced": "announced"}
"""What has a line here, and the mark that says when it was. Replies have what timestamps prove too."""

_APART = 22
"""Labels below the picture that are nearer than this would touch."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is drawn: ``at`` is when, ``exact`` if that is an instant; ``proved`` what timestamps bound."""

    label: str
    at: Stretch
    exact: bool
    counted: bool
    proved: Stretch | None


@dataclass(frozen=True, slots=True)
class Picture:
    """``window`` is the stretch that may have been open; ``deadline`` where the close is a known instant."""

    alt: str
    window: Stretch
    deadline: float | None
    rows: tuple[Line, ...]
    ticks: tuple[Tick, ...]


def picture_of(record: Record, language: Language) -> Picture | None:
    """The picture of a record's window, or None where no instant at all is known."""
    window, zone = record.state.window, record.state.zone
    rows = [(row, row.span(_SHOWN[row.what]) or Span()) for row in rows_of(record) if row.what in _SHOWN]
    proved = [row.span("proved") or Span() for row, _ in rows]
    known = ends_of([window.opens, window.closes, *(span for _, span in rows), *proved])
    if not known:
        return None
    scale = Scale.over(known, language, share=25, least=timedelta(minutes=30))
    lines = tuple(_line(row, span, scale, language) for row, span in rows)
    opens, closes = scale.of(window.opens), scale.of(window.closes)
    alt = language.say(
        "The window on a line of time, with a row for each reply. The table and the replies below say it in words."
    )
    return Picture(
        alt,
        (min(*opens, *closes), max(*opens, *closes)),
        None if window.closes_at is None else closes[0],
        lines,
        tuple(_ticks(scale, [window.opens.earliest, window.closes.latest, min(known), max(known)], zone, language)),
    )


def _line(row: Row, span: Span, scale: Scale, language: Language) -> Line:
    bounds = row.span("proved")
    counted = row.reply.counted if row.reply is not None else row.what != "statement"
    proved = None if bounds is None else _stretch(bounds, scale)
    return Line(_label(row, language), _stretch(span, scale), span.instant is not None, counted, proved)


def _label(row: Row, language: Language) -> str:
    if row.what == "opens":
        return language.say("opening")
    if row.what == "announced":
        return language.say("announcement")
    if row.reply is None:
        return language.say("{member}: statement", member=row.member)
    ordinal = row.reply.reply.ordinal
    return row.member + (f" ({ordinal})" if ordinal > 1 else "")


def _stretch(span: Span, scale: Scale) -> Stretch:
    """From left to right, whichever way time runs."""
    first, last = scale.of(span)
    return min(first, last), max(first, last)


def _ticks(scale: Scale, wanted: list[datetime | None], zone: ZoneInfo, language: Language) -> Iterable[Tick]:
    """The instants named below the picture: those that matter first, and none so near another that they would touch."""
    placed: list[float] = []
    for instant in wanted:
        if instant is None:
            continue
        at = scale.at(instant)
        if all(abs(at - other) >= _APART for other in placed):
            placed.append(at)
            yield Tick(at, language.instant(instant, zone))
