"""What changed in a vote between two moments, on either axis of a replay: in sentences, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from ...domain.acts import Act
from ...domain.errors import Malformed
from ...domain.happening import Happening
from ...domain.instant import format_instant, format_local, format_moment
from ...domain.phrase import Local, Said, Value, Word
from ...domain.recorded import Recorded
from ...domain.roster import NOT_ON_RECORD
from ...domain.said_counts import said_counts
from ...domain.titles import outcome_said
from ...domain.window_said import end_said
from .replay import Replay
from .roll_call import Axis, RollCall, between_json, what_if_json


class SeatChange(NamedTuple):
    """A seat whose position changed: None for a seat from which nothing had arrived."""

    member: str
    was: str | None
    now: str | None


class Changes(NamedTuple):
    """What changed after ``before`` up to ``after``; ``before`` is None if the vote did not exist yet.

    ``acts`` are those that were recorded in between, or had certainly happened by the later moment but not by the
    earlier; ``open`` are those that may have happened in between.
    """

    replay: Replay
    axis: Axis
    start: datetime
    end: datetime
    before: RollCall | None
    after: RollCall | None
    acts: tuple[Recorded[Act], ...]
    open: tuple[Happening, ...]

    @property
    def seats(self) -> tuple[SeatChange, ...]:
        """The seats whose positions differ."""
        was, now = _positions(self.before), _positions(self.after)
        members = dict.fromkeys((*now, *was))
        return tuple(
            SeatChange(member, was.get(member), now.get(member))
            for member in members
            if was.get(member) != now.get(member)
        )

    def said(self) -> Iterator[Said]:
        """What changed, one sentence for each change; a single sentence if nothing did."""
        before, after = self.before, self.after
        if after is None:
            yield Said.of("There was nothing of this vote yet.")
            return
        if before is None:
            yield Said.of("The draft was circulated in between.")
        if not (self.acts or self.open or self._differs()):
            yield Said.of("Nothing changed.")
            return
        if before is not None and before.phase != after.phase:
            yield Said.of("It was {was}, and is {now}.", was=before.phase_said, now=after.phase_said)
        yield from self._said_of_deadline()
        for seat in self.seats:
            yield self._said_of_seat(seat)
        if before is not None and (was_counted := _counts(before)) != (counted := _counts(after)):
            yield Said.of(
                "Counts were: {was}. They are: {now}.", was=said_counts(was_counted), now=said_counts(counted)
            )
        was = before.tally.outcome if before is not None else "open"
        if was != after.tally.outcome:
            each = [outcome_said(after.state.procedure, outcome) for outcome in (was, after.tally.outcome)]
            yield Said.of("The outcome was {was}, and is {now}.", was=each[0], now=each[1])

    def _differs(self) -> bool:
        before, after = self.before, self.after
        if before is None or after is None:
            return before is not after
        return (before.phase, before.tally, before.state.window) != (after.phase, after.tally, after.state.window)

    def _said_of_deadline(self) -> Iterator[Said]:
        was = self.before.state.window.closes_at if self.before is not None else None
        now = self.after.state.window.closes_at if self.after is not None else None
        if self.after is None:
            return
        end, ended = end_said(self.after.state), None if self.before is None else end_said(self.before.state)
        if end is not None and end != ended:
            yield Said.of("{end}.", end=end)
        if now is None or was == now:
            return
        zone = self.after.state.zone
        if was is None:
            yield Said.of("The window closes {closes}.", closes=Local(now, zone))
        else:
            yield Said.of("The deadline was {was}, and is {now}.", was=Local(was, zone), now=Local(now, zone))

    def _said_of_seat(self, seat: SeatChange) -> Said:
        state = self.replay.whole
        return Said.of(
            "{member}: {now}; before: {was}.",
            member=state.procedure.said(seat.member),
            was=_position(seat.was, self.before),
            now=_position(seat.now, self.after),
        )


def _counts(call: RollCall) -> dict[str, int]:
    """The counts for people: silence is not counted before the voting is closed."""
    silence = call.state.procedure.silence.means
    return {name: n for name, n in call.tally.counts.items() if call.state.is_closed or name != silence}


def changes_between(replay: Replay, start: datetime | date, end: datetime | date, axis: Axis | None = None) -> Changes:
    """What changed after ``start`` up to ``end``: instants, or ends of days by the vote's zone.

    Raises:
        Malformed: ``end`` is not after ``start``.
    """
    on, span = replay.axis(axis), replay.whole.span
    first, last = span(start).latest, span(end).latest
    if first is None or last is None or last <= first:
        zone = replay.whole.zone
        raise Malformed(f"{format_local(end, zone)} is not after {format_local(start, zone)}")
    before, after = replay.at(first, on), replay.at(last, on)
    had, has = replay.acts_by(first, on), replay.acts_by(last, on)
    apart = {} if after is None else {each.recorded.number: each for each in (*after.perhaps, *after.unknown)}
    open_before = () if before is None else (*before.perhaps, *before.unknown)
    undecided = {number for number in (each.recorded.number for each in open_before) if number in has}
    certain = tuple(replay.act(number) for number in sorted(has - had - undecided))
    ended = [each for each in open_before if each.recorded.number in undecided]
    return Changes(replay, on, first, last, before, after, certain, (*ended, *apart.values()))


def changes_json(changes: Changes) -> dict[str, Any]:
    """One vote of ``inblue-changes/1``."""
    state = changes.replay.whole
    return {
        "draft": state.symbol,
        "round": state.round,
        "procedure": state.procedure.id,
        "times": state.draft.act.times,
        "axis": changes.axis,
        "from": format_instant(changes.start),
        "to": format_instant(changes.end),
        "what_if": what_if_json(changes.replay.what_if),
        "before": _moment_json(changes.before),
        "after": _moment_json(changes.after),
        "seats": [seat._asdict() for seat in changes.seats],
        "acts": [_act_json(changes.replay, each) for each in changes.acts],
        "perhaps": [
            {**_act_json(changes.replay, each.recorded), "between": between_json(each.span)} for each in changes.open
        ],
        "sentences": list(changes.said()),
    }


def _moment_json(call: RollCall | None) -> dict[str, Any] | None:
    if call is None:
        return None
    closes = call.state.window.closes_at
    return {
        "phase": call.phase,
        "closes_at": None if closes is None else format_instant(closes),
        "tally": call.tally.counts,
        "outcome": call.tally.outcome,
        "untimed": call.untimed,
    }


def _act_json(replay: Replay, recorded: Recorded[Act]) -> dict[str, Any]:
    moment = getattr(recorded.act, recorded.act.when)
    return {
        "act": recorded.number,
        "kind": recorded.act.kind_and_version(),
        "at": format_moment(moment) if moment else None,
        "recorded_at": format_instant(recorded.recorded_at),
        "text": replay.said(recorded),
    }


def _positions(call: RollCall | None) -> dict[str, str | None]:
    """The positions at a moment; without a roster yet, ``not_on_record`` for members that may have replied."""
    if call is None:
        return {}
    open_ = (
        getattr(each.recorded.act, "member", None) for each in (*call.perhaps, *call.unknown) if _hidden(call, each)
    )
    return {**{member: NOT_ON_RECORD for member in open_ if member is not None}, **call.tally.positions}


def _hidden(call: RollCall, each: Happening) -> bool:
    return each.recorded.number in call.hidden


def _position(position: str | None, call: RollCall | None) -> Value:
    """The text for a seat: silence means nothing until voting is closed."""
    if position == NOT_ON_RECORD and call is not None and call.hidden:
        return Said.of("not known")
    if position is not None:
        return Word(position)
    if call is not None and call.state.is_closed:
        return Word(call.state.procedure.silence.means)
    return Said.of("no reply")
