"""The course of a vote: which outcome was decided before the close, when, and by which reply.

A procedure may say of an outcome that it is decided when it is reached, or as soon as nothing that can still arrive
changes it. The replies are processed once in the order of arrival, never of entry, with the running sums of each
threshold. If the order is not certain, a seat has several positions for a while: nothing is decided by what may have
arrived only later, and outcomes that may have been decided are listed beside the one that was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple, TypeAlias

from .answers import answer_of, questions_of
from .arrival_order import arrival_for_order
from .fact_bearing import Status, bearing
from .facts import facts_of, on_record
from .instant import Span
from .on_record import list_is_complete, voided_after_close
from .optional_acts import FactRecorded
from .optional_rules import When
from .procedure import Procedure2
from .procedure_rules import Outcome
from .recorded import Recorded, Reply
from .roster import NOT_ON_RECORD, Roster
from .rules_of import decided_early, may_be_withdrawn
from .state import VoteState
from .validity import in_order, standings
from .weighing import Weighing, outcomes_by

Answers: TypeAlias = tuple["str | None", ...]
"""A reply's answers to the questions of a vote, in the order of the questions."""

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Course(NamedTuple):
    """What was decided before the close, if anything was: ``outcome``, ``at`` the arrival of the deciding reply.

    ``by`` is the act that brought it, if only one can have. For an outcome decided when it was reached, ``seats`` are
    the answers that count, by question and member: those that had arrived. ``perhaps`` are outcomes that another
    possible order of arrival would have decided, so that it is not certain which was.
    """

    outcome: Outcome | None = None
    when: When = "at_close"
    at: Span = Span()
    by: int | None = None
    seats: Mapping[str, Mapping[str, Collection[str | None]]] | None = None
    perhaps: frozenset[Outcome] = frozenset()

    def decided_by(self, when: Span) -> bool:
        """Whether an outcome was decided before the close, and not certainly later than ``when``."""
        return self.outcome is not None and not when.certainly_before(self.at)

    def came_after(self, arrival: Span) -> bool:
        """Whether what arrived then certainly arrived after the decision."""
        return self.outcome is not None and self.at.certainly_before(arrival)


NOTHING_DECIDED = Course()


def course_of(state: VoteState) -> Course:
    """The course of the vote, from what is on record."""
    if state.roster is None or not decided_early(state.procedure):
        return NOTHING_DECIDED
    found: Course | None = state.derived.get("course")
    if found is None:
        found = state.derived["course"] = _Walk(state, state.roster).course()
    return found


def decided_at(state: VoteState, outcome: Outcome) -> Span | None:
    """When ``outcome`` was decided; None if the procedure decides it only at the close."""
    if not isinstance(state.procedure, Procedure2) or outcome not in state.procedure.decision.decided:
        return None
    course = course_of(state)
    return course.at if course.outcome == outcome else state.window.closes


def takes_effect(state: VoteState, reply: Reply) -> Span:
    """When a reply takes its position: at its arrival, or at a later instant that it names."""
    arrived, later = arrival_for_order(state, reply), reply.act.effective_at
    if later is None or (arrived.earliest is not None and later <= arrived.earliest):
        return arrived
    return Span(later, later) if arrived.latest is None or arrived.latest <= later else arrived.not_before(later)


class _Event(NamedTuple):
    """Something that arrived: the reply of a seat (None: it withdraws), or a fact that became known."""

    span: Span
    number: int
    member: str | None = None
    answers: Answers | None = None
    fact: tuple[str, Status] | None = None

    @property
    def start(self) -> datetime:
        return self.span.earliest or _FIRST

    @property
    def end(self) -> datetime:
        return self.span.latest or _LAST


class _Place:
    """What a seat may have answered so far: ``settled``, and what is still open, in a group of its replies."""

    def __init__(self, before: Answers, *, first: bool) -> None:
        self.none = before
        self.first = first
        self.settled = frozenset({before})
        self.group: list[_Event] = []
        self.answers: set[Answers] = set()
        self.open = 0
        self.arrived = False  # a reply of the group certainly has
        self.withdraws = False  # one of the group does

    def begins(self, event: _Event) -> None:
        """From now on ``event`` may have happened."""
        self.group.append(event)
        self.open += 1
        self.answers.add(event.answers or self.none)
        self.withdraws |= event.answers is None

    def ends(self, event: _Event) -> None:
        """``event`` has certainly happened; once all events of the group have, the answer is settled."""
        self.open -= 1
        self.arrived |= event.answers is not None
        if self.open:
            return
        self.settled = self._settled()
        self.group, self.answers, self.arrived, self.withdraws = [], set(), False, False

    def now(self) -> frozenset[Answers]:
        """Everything that it may have answered by now."""
        if not self.group or (self.first and self.none not in self.settled and not self.withdraws):
            return self.settled
        kept = self.settled
        if self.arrived and not self.withdraws:
            kept = kept - {self.none} if self.first else frozenset()
        return kept | self.answers

    def _settled(self) -> frozenset[Answers]:
        if len(self.group) == 1 and self.withdraws:
            return frozenset({self.none})
        if self.withdraws:
            return self.settled | self.answers | {self.none}
        if not self.first:
            bound = max(event.start for event in self.group)
            return frozenset(event.answers or self.none for event in self.group if event.end >= bound)
        if self.none not in self.settled:
            return self.settled
        bound = min(event.end for event in self.group)
        foremost = (event.answers or self.none for event in self.group if event.start <= bound)
        return (self.settled - {self.none}) | frozenset(foremost)


class _Walk:
    """One pass over what arrived, with running sums: of what has arrived, and of what can still arrive."""

    def __init__(self, state: VoteState, roster: Roster) -> None:
        procedure = state.procedure
        self.state, self.roster, self.procedure = state, roster, procedure
        self.questions = questions_of(procedure)
        self.decided: Mapping[Outcome, When] = procedure.decision.decided
        self.stays = procedure.second_reply.stands == "first" and not may_be_withdrawn(procedure)
        self.seats_may_change = _seats_may_change(state)
        self.replied = False
        self.under_way: dict[int, _Event] = {}
        nothing: Answers = (None,) * len(self.questions)
        unknown: Answers = (NOT_ON_RECORD,) * len(self.questions)
        lost = frozenset(roster.ids) if not list_is_complete(state) else voided_after_close(state)
        first = procedure.second_reply.stands == "first"
        self.places = {m: _Place(unknown if m in lost else nothing, first=first) for m in roster.ids}
        self.lapses = _lapses(state)
        self.known: dict[str, Status] = {}
        self.facts = bearing(facts_of(state), {})
        self.reached = self._weighing(lambda place: place.now()) if "when_reached" in self.decided.values() else None
        self.certain = self._weighing(self._to_come) if "when_certain" in self.decided.values() else None

    def course(self) -> Course:
        """The decision, at the first instant at which it was certainly made."""
        perhaps: dict[Outcome, datetime] = {}
        last = _FIRST
        for instant, begin, end in _by_instant(_events(self.state, self.roster)):
            for event in begin:
                self._begins(event)
            if begin != end or len(begin) > 1:
                self._reached(instant, perhaps)
            for event in end:
                self._ends(event)
            now = self._reached(instant, perhaps) if end else frozenset()
            if len(now) == 1 and now == perhaps.keys():
                (reached,) = now
                since = perhaps[reached]
                return Course(reached, "when_reached", _span(since, instant), self._only(end, last), self._seats())
            if end and not perhaps and (certain := self._certain()) is not None:
                since = min(event.start for event in (*end, *self.under_way.values()))
                return Course(certain, "when_certain", _span(since, instant), self._only(end, last))
            last = instant
        return Course(perhaps=frozenset(perhaps))

    def _only(self, end: Sequence[_Event], last: datetime) -> int | None:
        """The act that brought the last arrival, if nothing else can have arrived at that time, since ``last``."""
        alone = len(end) == 1 and not self.under_way and end[0].start >= last
        return end[0].number if alone else None

    def _reached(self, instant: datetime, perhaps: dict[Outcome, datetime]) -> frozenset[Outcome]:
        """The outcomes that may be reached by ``instant``; those decided then are kept in ``perhaps``."""
        if self.reached is None or (not self.replied and self.facts.decides is None):
            return frozenset()
        found = outcomes_by(self.procedure, self.reached, self.facts)
        for outcome in found:
            if self.decided.get(outcome) == "when_reached":
                perhaps.setdefault(outcome, instant)
        return found

    def _certain(self) -> Outcome | None:
        """The outcome that nothing can change any more, if the procedure decides it then."""
        if self.certain is None or self.seats_may_change:
            return None
        found = outcomes_by(self.procedure, self.certain, self.facts)
        outcome = next(iter(found))
        return outcome if len(found) == 1 and self.decided.get(outcome) == "when_certain" else None

    def _begins(self, event: _Event) -> None:
        self.under_way[event.number] = event
        if event.member is not None:
            self.replied = True
            self.places[event.member].begins(event)
            self._weigh(event.member)

    def _ends(self, event: _Event) -> None:
        del self.under_way[event.number]
        if event.member is not None:
            self.places[event.member].ends(event)
            self._weigh(event.member)
        if event.fact is not None:
            self.known[event.fact[0]] = event.fact[1]
            self.facts = bearing(facts_of(self.state), self.known)

    def _weigh(self, member: str) -> None:
        place = self.places[member]
        for at, question in enumerate(self.questions):
            if self.reached is not None:
                self.reached.place(question, member, {answers[at] for answers in place.now()})
            if self.certain is not None:
                self.certain.place(question, member, {answers[at] for answers in self._to_come(place)})

    def _to_come(self, place: _Place) -> frozenset[Answers]:
        """What a seat may yet answer: anything, unless its reply has arrived and stays."""
        now = place.now()
        if not self.stays or place.none in now:
            return frozenset({(NOT_ON_RECORD,) * len(self.questions)})
        lapsed: list[Answers] = [(self.lapses[each[0] or ""], *each[1:]) for each in now if each[0] in self.lapses]
        return now.union(lapsed)

    def _weighing(self, answers: Callable[[_Place], frozenset[Answers]]) -> Weighing:
        weighing = Weighing(self.procedure, self.roster, self.state.draft.act.question)
        for at, question in enumerate(self.questions):
            possible = {m: {each[at] for each in answers(place)} for m, place in self.places.items()}
            weighing.fill(question, possible)
        return weighing

    def _seats(self) -> dict[str, dict[str, frozenset[str | None]]]:
        return {
            question: {m: frozenset(each[at] for each in place.now()) for m, place in self.places.items()}
            for at, question in enumerate(self.questions)
        }


def _events(state: VoteState, roster: Roster) -> Iterator[_Event]:
    """What arrived: replies that have an effect, and facts that bear on the decision before the announcement."""
    stands, opens = standings(state), state.window.opens.earliest
    for reply in state.replies:
        withdraws = reply.act.says == "withdraws"
        if reply.voided is not None or reply.member not in roster:
            continue
        if len(state.by_member[reply.member]) == 1 and not withdraws:
            in_effect = reply.member in stands
        else:
            in_effect = in_order(state, reply)
        if in_effect:
            answers = tuple(answer_of(state, reply, question) for question in questions_of(state.procedure))
            span = takes_effect(state, reply).not_before(opens)
            yield _Event(span, reply.entered.number, reply.member, None if withdraws else answers)
    bears = {rule.id for rule in facts_of(state) if rule.does in {"decides", "overrides"} and rule.due != "after"}
    for name, recorded in on_record(state).items():
        if name in bears:
            yield _Event(_known_at(state, recorded), recorded.number, fact=(name, recorded.act.status))


def _known_at(state: VoteState, recorded: Recorded[FactRecorded]) -> Span:
    """When a fact was established: as typed, if it was recorded at once; otherwise by its recording."""
    typed = state.span(recorded.act.established_at)
    if state.documented:
        return typed
    lag = timedelta(seconds=state.procedure.recording.lag_seconds)
    late = typed.latest is None or recorded.recorded_at - typed.latest > lag
    return (Span() if late else typed).not_after(recorded.recorded_at)


def _by_instant(events: Iterator[_Event]) -> Iterator[tuple[datetime, list[_Event], list[_Event]]]:
    """Each instant at which events may first have happened, or certainly had: which begin then, and which end."""
    ends = [(at, over, event) for event in events for over, at in enumerate((event.start, event.end))]
    ends.sort(key=lambda each: (each[0], each[1], each[2].number))
    for instant, group in groupby(ends, key=lambda each: each[0]):
        found: tuple[list[_Event], list[_Event]] = [], []
        for _, over, event in group:
            found[over].append(event)
        yield instant, *found


def _span(first: datetime, last: datetime) -> Span:
    return Span(None if first == _FIRST else first, None if last == _LAST else last)


def _seats_may_change(state: VoteState) -> bool:
    """Whether seats may begin or end while voting is open: then nothing is certain before the close."""
    electorate = state.procedure.electorate if isinstance(state.procedure, Procedure2) else None
    if electorate is None or state.snapshot is None:
        return False
    opens = state.window.opens.earliest
    day = opens.astimezone(state.zone).date() if opens is not None else None
    dated = (day_ for seat in state.snapshot.roster.members for day_ in (seat.since, seat.until) if day_ is not None)
    changes = electorate.fixed == "close" and any(day is None or each > day for each in dated)
    return electorate.changes is not None or changes


def _lapses(state: VoteState) -> dict[str, str]:
    """What positions become after some time, by choice."""
    rules = state.procedure.positions if isinstance(state.procedure, Procedure2) else ()
    question = state.draft.act.question
    return {rule.choice: rule.lapses.to for rule in rules if rule.lapses is not None and rule.applies_to(question)}
