"""Findings on the end of a window: moved, suspended, or chosen by whoever closed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from .answers import answer_of, questions_of
from .fact_bearing import bearing_of
from .finding import Fact, Finding
from .instant import Span
from .phrase import Code, Local, Number, Said, Value
from .procedure import Procedure2
from .procedure_rules import OPEN, Outcome
from .recorded import Reply, Suspended
from .roster import Roster
from .rules_of import extension_rule
from .state import VoteState
from .tally import tally
from .titles import outcome_code
from .validity import arrival, in_order
from .verdict import entered_after_close
from .weighing import Weighing, outcomes_by
from .window import Window


def on_how_it_ended(state: VoteState) -> Iterator[Finding]:
    """Each move of the deadline and each suspension of the window, and whether its end was chosen."""
    clause = extension_rule(state.procedure).clause
    for moved in state.moves:
        now, when = moved.by.act.closes_at, moved.by.act.changed_at or moved.by.recorded_at
        values: dict[str, Value] = {"act": Number(moved.by.number), "now": now, "at": when}
        text = Said.of("act {act} of {at} set the deadline to {now}", **values)
        if moved.was is not None:
            text = Said.of("act {act} of {at} moved the deadline from {was} to {now}", **values, was=moved.was)
        shortened = moved.was is not None and now < moved.was
        yield Finding("deadline_moved", clause, "flag" if shortened else "note", text)
    for suspension in state.suspensions:
        yield from _on_a_suspension(state, suspension)
    if state.end_chosen:
        end = Local(state.window.closes_at, state.zone) if state.window.closes_at else Said.of("not known")
        text = Said.of("no deadline was set: whoever closed voting chose the end of the window, {end}", end=end)
        yield Finding("end_chosen", state.procedure.window.clause, "note", text)


def on_a_chosen_end(state: VoteState) -> Iterator[Finding]:
    """Whether another end would have given another outcome, and what was entered after it was chosen."""
    if not state.end_chosen:
        return
    yield from on_what_the_end_decides(state)
    clause = state.procedure.window.clause
    for reply in state.replies:
        if reply.voided is None and entered_after_close(state, reply):
            text = Said.of("entered after the entry that closed voting, which chose the end of the window")
            yield Finding("entered_after_close", clause, "flag", text, reply.member, reply.ordinal)


def on_what_the_end_decides(state: VoteState) -> Iterator[Finding]:
    """The outcomes of earlier or later ends that whoever closed voting could have chosen."""
    if not state.end_chosen or state.roster is None:
        return
    clause, outcome = state.procedure.window.clause, tally(state).outcome
    earlier, later = _other_ends(state)
    for end in earlier:
        if (other := _outcome_at(state, end.at)) not in {outcome, OPEN}:
            text = Said.of(
                "closed before {until}, the outcome would have been {other}; it is {outcome}",
                until=Local(end.until, state.zone),
                other=outcome_code(state.procedure, other),
                outcome=outcome_code(state.procedure, outcome),
            )
            given: dict[str, Fact] = {"until": end.until, "other": Code(other), "outcome": Code(outcome)}
            yield Finding("end_matters", clause, "flag", text, given=given)
    for end in later:
        if (other := _outcome_at(state, end.at)) not in {outcome, OPEN}:
            text = Said.of(
                "closed at {since} or later, the outcome would have been {other}; it is {outcome}",
                since=Local(end.at, state.zone),
                other=outcome_code(state.procedure, other),
                outcome=outcome_code(state.procedure, outcome),
            )
            given = {"since": end.at, "other": Code(other), "outcome": Code(outcome)}
            yield Finding("end_matters", clause, "flag", text, given=given)


class _End(NamedTuple):
    """An end of the window that would have given ``outcome``, as would any from ``at`` to before ``until``."""

    at: datetime
    until: datetime
    outcome: Outcome


def _other_ends(state: VoteState) -> tuple[list[_End], list[_End]]:
    """For each other outcome, the last end before the chosen one and the first after it that give it."""
    closes, least, roster = state.window.closes_at, state.least_end, state.roster
    if closes is None or least is None or roster is None:
        return [], []
    walked = list(_walked(state, roster, least))
    before = [end for end in walked if end.at <= closes]
    chosen = before[-1].outcome if before else None
    earlier = {end.outcome: end for end in before if end.outcome != chosen}
    later: dict[Outcome, _End] = {}
    for end in walked[len(before) :]:
        if end.outcome != chosen:
            later.setdefault(end.outcome, end)
    return list(earlier.values()), list(later.values())


def _walked(state: VoteState, roster: Roster, least: datetime) -> Iterator[_End]:
    """The outcome of each possible end of the window, from ``least`` on: one for each instant of an arrival."""
    came, stands, facts = _arrivals(state), _Standing(state), bearing_of(state)
    weighing = Weighing(state.procedure, roster, state.draft.act.question)
    for question in questions_of(state.procedure):
        weighing.fill(question, {})
    place, at = 0, least
    while True:
        while place < len(came) and came[place][0] <= at:
            member, reply = came[place][1].member, stands.after(came[place][1])
            for question in questions_of(state.procedure):
                answer = None if reply is None else answer_of(state, reply, question)
                weighing.place(question, member, (answer,))
            place += 1
        until = came[place][0] if place < len(came) else datetime.max.replace(tzinfo=at.tzinfo)
        possible = outcomes_by(state.procedure, weighing, facts)
        yield _End(at, until, next(iter(possible)) if len(possible) == 1 else OPEN)
        if place == len(came):
            return
        at = until


def _arrivals(state: VoteState) -> list[tuple[datetime, Reply]]:
    """The replies that would have had an effect if voting had stayed open, by the latest instant of their arrival."""
    waiting = state.after({"closed": None})
    found = []
    for reply in state.replies:
        by = arrival(state, reply).latest
        if by is not None and reply.voided is None and in_order(waiting, reply):
            found.append((by, reply))
    return sorted(found, key=lambda each: each[0])


class _Standing:
    """Tracks which reply of each member stands as replies arrive."""

    def __init__(self, state: VoteState) -> None:
        self._first = state.procedure.second_reply.stands == "first"
        self._stands: dict[str, Reply] = {}

    def after(self, reply: Reply) -> Reply | None:
        """The reply of that member that stands once ``reply`` has also arrived."""
        if reply.act.says == "withdraws":
            self._stands.pop(reply.member, None)
        elif not self._first or reply.member not in self._stands:
            self._stands[reply.member] = reply
        return self._stands.get(reply.member)


def _outcome_at(state: VoteState, end: datetime) -> Outcome:
    """The outcome if the window had ended then, under all rules of the procedure."""
    otherwise = state.after({"closed": None})
    closed: Window = replace(state.window, closes=Span(end, end), at_close="inside")
    otherwise.derived["window"] = closed
    return tally(otherwise, as_if_closed=True).outcome


def _on_a_suspension(state: VoteState, suspension: Suspended) -> Iterator[Finding]:
    procedure, begun, ended = state.procedure, suspension.begun, suspension.ended
    clause = procedure.window.suspension_clause if isinstance(procedure, Procedure2) else None
    if clause is None:
        return
    since = _when(state, begun.act.suspended_at or begun.recorded_at)
    values: dict[str, Value] = {"act": Number(begun.number), "since": since, "reason": begun.act.reason}
    text = Said.of("act {act} suspended the window since {since}: {reason}", **values)
    if ended is not None:
        values["until"] = _when(state, ended.act.resumed_at or ended.recorded_at)
        text = Said.of("act {act} suspended the window from {since} to {until}: {reason}", **values)
    yield Finding("window_suspended", clause, "note", text)
    lag = timedelta(seconds=procedure.recording.lag_seconds)
    for each in (begun, ended):
        moment = None if each is None else getattr(each.act, each.act.when)
        if each is None or state.documented or not isinstance(moment, datetime):
            continue
        if (late := each.recorded_at - moment) > lag:
            text = Said.of(
                "act {act} on the window was entered {late} after its instant; the procedure allows {lag}",
                act=Number(each.number),
                late=late,
                lag=lag,
            )
            rule = procedure.recording
            yield Finding("suspension_entered_late", rule.clause, "flag", text)


def _when(state: VoteState, moment: datetime | date) -> Value:
    return Local(moment, state.zone) if isinstance(moment, datetime) else moment
