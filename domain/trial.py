"""A trial vote: replies are judged and counted as a ledger would, and nothing is recorded.

Nobody signs, and papers are assumed to be in order: the result depends only on who replied what, and when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from .act import Says
from .acts import Act, DraftCirculated, LetterSent, VoteCast
from .ballot import Answer
from .ending_acts import VotingClosed
from .errors import Refused
from .instrument import Instrument
from .optional_acts import FactRecorded
from .phrase import Said, Value
from .procedure import Procedure
from .procedure_rules import Question
from .recorded import Recorded, Reply
from .roster import Roster
from .snapshot import Snapshot
from .state import VoteState
from .validity import Offence, offences, rejecting, standing_of
from .vote import decide, evolve
from .zone import zone_file

SYMBOL = "TRIAL"
_TICK = timedelta(milliseconds=1)
_A_WHILE = timedelta(seconds=1)
_SOME_DAY = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Tried(NamedTuple):
    """A reply in a trial. Without ``received_at``, it arrives in the window, after those before it."""

    member: str
    position: str | None
    received_at: datetime | None = None
    answers: Mapping[str, str] = {}
    reasons: bool | None = None
    by: str | None = None
    says: Says | None = None
    effective_at: datetime | None = None


class Trial(NamedTuple):
    """The input of a trial: a ``question`` put to the seats of ``roster``, their replies, and the known facts.

    Voting opens at ``opens_at``, or on some day on which the seats are in force. ``closes_at`` is the deadline if a
    letter gives it, or the time of the close if there is no fixed deadline.
    """

    procedure: Procedure
    roster: Roster
    question: Question
    replies: Sequence[Tried]
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    facts: Mapping[str, str] = {}


class Uncounted(NamedTuple):
    """A reply that is not counted, and why; ``clause`` is the clause that says so, if any."""

    reply: Reply
    clause: str | None
    text: Said


def tried(trial: Trial) -> VoteState:
    """The vote after voting is closed and every reply has arrived, later ones included.

    Raises:
        Refused: the procedure does not allow the vote to be opened or closed this way.
        Malformed: a reply names a member, position or question that the procedure does not know.
    """
    course = _Course(trial)
    course.do(_circulated(trial, course.opens_at), course.opens_at)
    for fact, status in trial.facts.items():
        course.do(
            FactRecorded.of({"act": "fact_recorded", "fact": fact, "status": status}, where=fact), course.opens_at
        )
    course.do(_opening(trial, course), course.opens_at)
    later = list(_in_order_of_arrival(trial, course))
    while later and not course.is_over(later[0][1]):
        course.do(*later.pop(0))
    ended = course.ends()
    course.do(VotingClosed(), ended)
    for act, at in later:
        course.do(act, max(at, ended))
    return course.the_state


def uncounted(state: VoteState) -> Iterator[Uncounted]:
    """The replies that are not counted, each with the reason, in the order of arrival."""
    second, advisory = state.procedure.second_reply.clause, state.seating.advisory if state.seating else {}
    for reply in state.replies:
        grave = rejecting(offences(state, reply))
        standing = standing_of(state, reply.member)
        if grave is not None:
            yield Uncounted(reply, grave.clause, grave.text)
        elif reply.member in advisory:
            text = Said.of("an advisory seat: on record, and not counted")
            yield Uncounted(reply, state.procedure.off_roster.clause, text)
        elif reply.act.says is not None or (reply.act.position is None and not reply.act.answers):
            yield Uncounted(reply, None, Said.of("it takes no position"))
        elif standing is None:
            yield Uncounted(reply, None, Said.of("it was withdrawn, or its seat is not counted"))
        elif standing.reply is not reply:
            yield Uncounted(reply, second, Said.of("another reply of the same member stands"))


def remarks(state: VoteState) -> Iterator[tuple[Reply, Offence]]:
    """The flags and notes on replies that are not rejected."""
    for reply in state.replies:
        found = offences(state, reply)
        if rejecting(found) is None:
            yield from ((reply, offence) for offence in found)


class _Course:
    """The vote so far, and the documents that its acts name."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.opens_at = trial.opens_at or _in_force(trial.roster)
        self.pinned = Snapshot.pinning(trial.procedure, trial.roster)
        self.state: VoteState | None = None

    @property
    def the_state(self) -> VoteState:
        assert self.state is not None  # noqa: S101 - never read before the draft is circulated
        return self.state

    def procedure(self, _: str) -> Procedure:
        """As :class:`.recorded.Documents`: there is one."""
        return self.trial.procedure

    def snapshot(self, _: str) -> Snapshot:
        """As :class:`.recorded.Documents`: there is one."""
        return self.pinned

    def zone(self, _: str) -> bytes:
        """As :class:`.recorded.Documents`: there is one."""
        return zone_file(self.trial.procedure.zone)

    def do(self, act: Act, at: datetime) -> None:
        """Apply one act and the acts that follow from it."""
        office = self._office(act)
        for each in decide(self.state, act, now=at, office=office, documents=self):
            number = self.state.version if self.state else 0
            self.state = evolve(self.state, Recorded(each, number, at, office), self)

    def _office(self, act: Act) -> str:
        offices = self.trial.procedure.recorders.offices
        for office in offices.get(act.kind_name, offices.get("*", ())):
            return office
        clause, kind = self.trial.procedure.recorders.clause, act.kind_name
        raise Refused(clause, Said.of("no office may record an act of the kind {kind}", kind=kind))

    def is_over(self, at: datetime) -> bool:
        """Whether the window is over at that instant, as far as is known now."""
        closes = self.trial.closes_at or self.the_state.window.closes.latest
        return closes is not None and at > closes

    def ends(self) -> datetime:
        """When voting is closed."""
        fixed_by = self.trial.procedure.window.fixed_by
        closes = self.trial.closes_at if fixed_by == "closing" else None
        closes = closes or self.the_state.window.closes.latest or self.the_state.closing_of(self.opens_at)
        last = self.the_state.latest_recorded_at or closes
        return max(closes + (timedelta(0) if fixed_by == "closing" else _A_WHILE), last)


def _in_force(roster: Roster) -> datetime:
    """Some instant at which the seats of a roster are in force."""
    since, until = roster.term
    if until is not None and until <= _SOME_DAY.date():
        return datetime.combine(since or until - timedelta(days=30), _SOME_DAY.timetz())
    return _SOME_DAY if since is None or since < _SOME_DAY.date() else datetime.combine(since, _SOME_DAY.timetz())


def _circulated(trial: Trial, at: datetime) -> DraftCirculated:
    return DraftCirculated(
        symbol=SYMBOL,
        question=trial.question,
        circulated_at=at,
        times="simulated",
        procedure=trial.procedure.sha256,
    )


def _opening(trial: Trial, course: _Course) -> LetterSent:
    closes = None
    if trial.procedure.window.fixed_by == "letter":
        closes = trial.closes_at or max(
            course.the_state.closing_of(course.opens_at), course.opens_at + timedelta(days=1)
        )
    return LetterSent(
        kind="opening",
        sent_at=course.opens_at,
        opens_at=course.opens_at,
        closes_at=closes,
        programme_of_work=True,
        snapshot=course.pinned.sha256,
    )


def _in_order_of_arrival(trial: Trial, course: _Course) -> Iterator[tuple[VoteCast, datetime]]:
    paper = _paper(trial.procedure)
    for place in by_arrival(trial.replies):
        at = trial.replies[place].received_at or course.opens_at + _TICK * (place + 1)
        yield _cast(trial.replies[place], paper.model_copy(update={"remarks": (f"reply {place + 1}",)}), at), at


def by_arrival(replies: Sequence[Tried]) -> list[int]:
    """The places of the replies in order of arrival: the order of the list if no instants are given."""
    return sorted(range(len(replies)), key=lambda place: (replies[place].received_at or _SOME_DAY, place))


def _paper(procedure: Procedure) -> Instrument:
    """A valid paper; each reply has its own."""
    return Instrument(
        form=procedure.form.allowed[0] if procedure.form else "letter",
        office=procedure.office.allowed[0] if procedure.office else None,
        addressee=procedure.addressee.allowed[0] if procedure.addressee else None,
        signed=True,
    )


def _cast(reply: Tried, paper: Instrument, at: datetime) -> VoteCast:
    return VoteCast(
        member=reply.member,
        position=reply.position,
        received_at=at,
        instrument=paper,
        says=reply.says,
        by=reply.by,
        answers=tuple(Answer(question=question, position=answer) for question, answer in reply.answers.items()),
        reasons=reply.reasons,
        effective_at=reply.effective_at,
    )


def silent(state: VoteState) -> tuple[Value, ...]:
    """The members that sent no reply, as a list in a sentence."""
    roster = state.roster
    return tuple(state.procedure.said(each) for each in (roster.ids if roster else ()) if each not in state.by_member)
