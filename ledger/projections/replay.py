"""Replay of a vote: at any moment and act by act, on either axis, under its own procedure or, as a what-if, another.

On the axis of what was *known*, acts are in the order of recording. On the axis of what *happened*, they are placed by
arrival and date (:mod:`...domain.happening`), as far as that is certain; the others are kept apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from ...domain.acts import Act
from ...domain.describe import describe, entry_said
from ...domain.errors import Malformed
from ...domain.happening import Happening, Placed, happenings, in_order_of_happening
from ...domain.instant import format_instant, format_moment
from ...domain.phrase import Said
from ...domain.procedure import Procedure
from ...domain.recorded import Documents, Recorded
from ...domain.retelling import Retelling
from ...domain.state import VoteState
from ...domain.vote import evolve_with_gaps
from ...domain.what_if import WhatIf, under
from ..edge.face import face
from .roll_call import Axis, RollCall, between_json, roll_call, what_if_json


class HistoryStep(NamedTuple):
    """One act, in words, and the vote right after it.

    ``at`` is when the act happened, as far as known, as text; ``happening`` has it as a span, on the axis of what
    happened.
    """

    recorded: Recorded[Act]
    text: Said
    at: str
    after: RollCall
    happening: Happening | None = None


class Replay:
    """The checked acts of one vote. ``whole`` is the vote after the last of them.

    >>> replay = inblue.Replay(ledger.acts("S/2026/0"), ledger.documents)
    >>> [step.recorded.act.act for step in replay.steps()][-1]
    'result_announced'
    """

    def __init__(
        self, acts: Iterable[Recorded[Act]], documents: Documents, *, procedure: Procedure | None = None
    ) -> None:
        """With ``procedure``, a what-if: the acts are judged by it.

        Raises:
            Malformed: no acts, or ``procedure`` cannot judge them.
        """
        self.what_if: WhatIf | None = None
        self.acts: tuple[Recorded[Act], ...] = tuple(acts)
        self.documents: Documents = documents
        if procedure is not None:
            self.what_if, self.acts, self.documents = under(procedure, self.acts, documents)
        whole = self._folded(self.acts)
        if whole is None:
            raise Malformed("no act of a vote is there")
        self.whole: VoteState = whole

    def axis(self, asked: Axis | None) -> Axis:
        """The axis to show a moment on: the requested one, else what was known; for a documented history what happened.

        A documented history was recorded long after it happened.
        """
        return asked or ("happened" if self.whole.documented else "known")

    def at(self, moment: datetime | date, axis: Axis | None = None) -> RollCall | None:
        """The roll call at an instant, or at the end of a day by the vote's zone.

        None if the draft was not circulated yet, or, on the axis of what was known, not on record.
        """
        at = self.whole.span(moment).latest
        if at is None:
            return None
        return self._known(at) if self.axis(axis) == "known" else self._happened(at)

    def acts_by(self, at: datetime, axis: Axis) -> frozenset[int]:
        """The numbers of the acts that were recorded, or had certainly happened, by ``at``."""
        if axis == "known":
            return frozenset(each.number for each in self.acts if each.recorded_at <= at)
        return frozenset(each.recorded.number for each in self._happenings if each.placed(at) == "by_then")

    def steps(self, axis: Axis = "known") -> Iterator[HistoryStep]:
        """The vote act by act: in the order of recording, or of happening, as far as that is determined."""
        return self._steps_recorded() if axis == "known" else self._steps_happened()

    def said(self, recorded: Recorded[Act]) -> Said:
        """What an act did, in words that are true for the whole vote."""
        return entry_said(recorded, self.whole)

    def act(self, number: int) -> Recorded[Act]:
        """The act of that number."""
        return self._by_number[number]

    @cached_property
    def _by_number(self) -> dict[int, Recorded[Act]]:
        return {each.number: each for each in self.acts}

    @cached_property
    def _happenings(self) -> tuple[Happening, ...]:
        return in_order_of_happening(self.whole, happenings(self.whole, self.acts))

    def _folded(self, acts: Iterable[Recorded[Act]]) -> VoteState | None:
        state: VoteState | None = None
        for recorded in acts:
            state = evolve_with_gaps(state, recorded, self.documents)
        return state

    def _known(self, at: datetime) -> RollCall | None:
        known = [each for each in self.acts if each.recorded_at <= at]
        try:  # if the clock stepped back, some in between may be missing
            state = self._folded(known)
        except Malformed:  # and the rest depends on one of them
            before = next(place for place, each in enumerate(self.acts) if each.recorded_at > at)
            state = self._folded(self.acts[:before])
        return None if state is None else roll_call(state, at, axis="known", what_if=self.what_if)

    def _happened(self, at: datetime) -> RollCall | None:
        placed: dict[Placed, list[Happening]] = {"by_then": [], "perhaps": [], "unknown": [], "later": []}
        for each in self._happenings:
            placed[each.placed(at)].append(each)
        if not placed["by_then"] and self._happenings[0] in placed["later"]:
            return None
        told = Retelling(self.whole)
        for each in sorted(placed["by_then"], key=lambda each: each.recorded.number):
            told.happened(each.recorded)
        open_ = (*placed["perhaps"], *placed["unknown"])
        told.perhaps(each.recorded for each in open_)
        apart = {"perhaps": placed["perhaps"], "unknown": placed["unknown"]}
        state = told.state.after({"at_close": None}) if told.unknown else told.state
        return roll_call(
            state, at, axis="happened", hidden=told.unknown, what_if=self.what_if, **_without_circulation(apart)
        )

    def _steps_recorded(self) -> Iterator[HistoryStep]:
        state: VoteState | None = None
        for recorded in self.acts:
            state = evolve_with_gaps(state, recorded, self.documents)
            moment = getattr(recorded.act, recorded.act.when)
            clock = moment if isinstance(moment, datetime) else recorded.recorded_at
            said = format_moment(moment) if moment else "time not known" if state.documented else format_instant(clock)
            after = roll_call(state, clock, axis="known", what_if=self.what_if)
            yield HistoryStep(recorded, describe(recorded.act, state), said, after)

    def _steps_happened(self) -> Iterator[HistoryStep]:
        told, had = Retelling(self.whole), set[int]()
        waiting = sorted(self._happenings, key=_begins, reverse=True)
        for each in self._happenings:
            told.happened(each.recorded)
            had.add(each.recorded.number)
            clock = each.span.latest or each.recorded.recorded_at
            while waiting and _begins(waiting[-1]) <= clock:  # by then it may have happened too
                if (perhaps := waiting.pop().recorded).number not in had:
                    told.perhaps((perhaps,))
            said = format_moment(each.moment) if each.moment else "time not known"
            after = roll_call(told.state, clock, axis="happened", hidden=told.unknown, what_if=self.what_if)
            yield HistoryStep(each.recorded, self.said(each.recorded), said, after, each)


def _begins(each: Happening) -> datetime:
    return each.span.earliest or datetime.min.replace(tzinfo=UTC)


def _without_circulation(apart: dict[str, list[Happening]]) -> dict[str, Any]:
    """The acts kept apart, without the circulation, which begins the vote whatever its printed time."""
    return {name: [each for each in every if each.recorded.number] for name, every in apart.items()}


@face
def roll_call_at(
    acts: Iterable[Recorded[Act]], documents: Documents, at: datetime, axis: Axis | None = None
) -> RollCall | None:
    """The roll call at ``at`` (:meth:`Replay.at`), or None if the vote did not exist yet.

    >>> call = inblue.roll_call_at(ledger.acts("S/2026/1"), ledger.documents, now)
    >>> call.phase
    'open'
    """
    every = tuple(acts)
    return Replay(every, documents).at(at, axis) if every else None


@face
def history(acts: Iterable[Recorded[Act]], documents: Documents) -> Iterator[HistoryStep]:
    """The vote act by act, in the order of recording.

    >>> [step.recorded.act.act for step in inblue.history(ledger.acts("S/2026/1"), ledger.documents)]
    ['draft_circulated', 'letter_sent']
    """
    every = tuple(acts)
    return Replay(every, documents).steps() if every else iter(())


def replay_json(replay: Replay, axis: Axis = "known") -> dict[str, Any]:
    """One vote of ``inblue-replay/1``."""
    state = replay.whole
    return {
        "draft": state.symbol,
        "round": state.round,
        "procedure": state.procedure.id,
        "times": state.draft.act.times,
        "axis": axis,
        "what_if": what_if_json(replay.what_if),
        "steps": [history_json(each) for each in replay.steps(axis)],
    }


def history_json(step: HistoryStep) -> dict[str, Any]:
    """One step of ``inblue-replay/1``."""
    happening = step.happening
    return {
        "act": step.recorded.number,
        "kind": step.recorded.act.kind_and_version(),
        "at": step.at if step.at != "time not known" else None,
        "between": between_json(happening.span) if happening else None,
        "order_undetermined": happening.undetermined if happening else None,
        "recorded_at": format_instant(step.recorded.recorded_at),
        "office": step.recorded.office,
        "text": step.text,
        "seconds_left": step.after.seconds_left,
        "tally": step.after.tally.counts,
    }
