"""A host's interface to votes: one by name, several acts at once, what is due, all records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Self

from ...domain.acts import Act, ReplyRejected
from ...domain.errors import InblueError, Refused
from ...domain.instrument import Instrument
from ...domain.messages import NamedMessage
from ...domain.observed import Observed
from ...domain.recorded import Recorded
from ...domain.register import Register
from ...domain.roster import Roster
from ...domain.state import VoteState
from ..clock import Clock
from ..edge.face import face_of, instant
from ..errors import Broken, Busy, NotFound, SignerFailed
from ..projections.record import Record, record_of
from ..projections.roll_call import roll_call
from ..standards.ed25519 import Signer
from .acting import Acts, Done
from .messages import InMessage


@dataclass(frozen=True, slots=True)
class Due:
    """A vote whose window is over but which is not closed: its name, and when the window ended.

    >>> [(each.vote, each.closed_at < now) for each in ledger.due()]
    [('S/2026/2', True)]
    """

    vote: str
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """The result of :meth:`Votes.close_due` for a vote: ``done``, or the ``fault`` that prevented closing it.

    >>> [(each.vote, each.done.state.is_closed) for each in ledger.close_due(signer=registrar)]
    [('S/2026/2', True)]
    """

    vote: str
    done: Done | None
    fault: InblueError | None = None


@face_of
class Votes(ABC):
    """The part of a ledger that handles votes."""

    clock: Clock

    @abstractmethod
    def votes(self) -> tuple[str, ...]:
        """The name of each vote."""

    @abstractmethod
    def vote(self, symbol: str) -> VoteState:
        """The current state of a vote."""

    @abstractmethod
    def acts(self, symbol: str, *, after: int = 0) -> Iterator[Recorded[Act]]:
        """The acts of a vote."""

    @abstractmethod
    def register(self) -> Register:
        """The current register."""

    @abstractmethod
    def _observed(self, message: NamedMessage) -> tuple[Observed, ...]:
        """What was observed in a message."""

    @abstractmethod
    def in_message(self, number: int, part: str | None, paper: Instrument) -> InMessage:
        """How a reply names a message."""

    @abstractmethod
    def attach(self, content: bytes) -> str:
        """Store bytes beside the log."""

    @abstractmethod
    def perform(
        self,
        symbol: str,
        *acts: Act,
        signer: Signer,
        office: str | None = None,
        roster: Roster | None = None,
        president: str | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[Recorded[Act], ...]:
        """Record acts."""

    @abstractmethod
    def _passing(self, symbol: str) -> VoteState:
        """The current state of a vote, without keeping it in memory."""

    def at(self, symbol: str, *, signer: Signer, office: str | None = None) -> OnVote:
        """The vote on ``symbol``, existing or to be circulated, with the ``signer`` that acts on it.

        >>> vote = ledger.at("S/2026/7", signer=registrar)
        >>> vote.circulate("unsc-2020-253").number
        0
        >>> vote.state.symbol
        'S/2026/7'
        """
        return OnVote(self, symbol, signer, office)

    def due(self, at: datetime | None = None) -> tuple[Due, ...]:
        """The votes whose window is over at ``at`` (default: now) but which are not closed, earliest deadline first.

        >>> [(due.vote, due.closed_at < now) for due in ledger.due()]
        [('S/2026/2', True)]
        """
        now = at or instant(self.clock)
        return _by_deadline(due for name in self.votes() for due in self._due(name, now))

    def close_due(self, *, signer: Signer, office: str | None = None) -> tuple[Closed, ...]:
        """Close each vote that is due. Votes closed by others meanwhile are left out; one that cannot be closed or read
        has a ``fault`` and does not stop the others.

        >>> [closed.vote for closed in ledger.close_due(signer=registrar)]
        ['S/2026/2']
        >>> ledger.due()
        ()
        """
        now, closed, over = instant(self.clock), list[Closed](), list[Due]()
        for name in self.votes():
            try:
                over += self._due(name, now)
            except Broken as error:
                closed.append(Closed(name, None, error))
        for due in _by_deadline(over):
            try:
                closed.append(Closed(due.vote, self.at(due.vote, signer=signer, office=office).close()))
            except (Refused, Busy, SignerFailed) as error:
                if not self.vote(due.vote).is_closed:
                    closed.append(Closed(due.vote, None, error))
        return tuple(closed)

    def _due(self, name: str, now: datetime) -> Iterator[Due]:
        call = roll_call(self._passing(name), now)
        end = call.state.window.closes_at if call.phase == "due" else None
        if end is not None:
            yield Due(call.state.name, end)

    def records(self) -> Iterator[Record]:
        """The record of each vote, in the order of circulation; only one is in memory at a time.

        >>> [record.state.symbol for record in ledger.records()]
        ['S/2026/0', 'S/2026/2', 'S/2026/1']
        """
        for name in self.votes():
            yield record_of(self._passing(name), observations=self._observed)


def _by_deadline(found: Iterable[Due]) -> tuple[Due, ...]:
    return tuple(sorted(found, key=lambda due: due.closed_at))


@face_of
@dataclass(frozen=True)
class OnVote(Acts[Done]):
    """One vote, and who acts on it. Each act is recorded when its method returns, or refused.

    >>> ledger.at("S/2026/1", signer=registrar).reply("COL", "abstention", letter).reply
    1
    """

    _book: Votes = field(repr=False)
    symbol: str
    _signer: Signer = field(repr=False)
    _office: str | None = None

    @property
    def name(self) -> str:
        """The vote's name: a symbol, or ``SYMBOL#ROUND``.

        >>> vote.name
        'S/2026/1'
        """
        return self.symbol

    @property
    def state(self) -> VoteState:
        """The current state of the vote; raises NotFound before its draft was circulated.

        >>> [reply.member for reply in ended.state.replies]
        ['COL']
        """
        return self._book.vote(self.symbol)

    def together(self, *, key: str | None = None) -> Together:
        """Several acts in one transaction, under one checkpoint: all are recorded when the block ends, or none is.

        >>> with ledger.at("S/2026/8", signer=registrar).together() as acts:
        ...     acts.circulate("unsc-2020-253")
        ...     acts.open(roster, programme_of_work=True)
        >>> [each.act.act for each in acts.done.recorded]
        ['draft_circulated', 'letter_sent']
        """
        return Together(self, key)

    def perform(
        self, *acts: Act, key: str | None = None, roster: Roster | None = None, president: str | None = None
    ) -> Done:
        """Record acts that the caller made, like :meth:`.Ledger.perform`.

        >>> sent = inblue.LetterSent(kind="outcome", symbol="S/2026/12", sent_at=now)
        >>> ended.perform(sent).recorded[0].act.kind
        'outcome'
        """
        recorded = self._book.perform(
            self.symbol, *acts, signer=self._signer, office=self._office, roster=roster, president=president,
            idempotency_key=key,
        )  # fmt: skip
        return Done(self.symbol, recorded, self._book.vote(self.symbol))

    def _record(
        self, act: Act, key: str | None = None, roster: Roster | None = None, president: str | None = None
    ) -> Done:
        return self.perform(act, key=key, roster=roster, president=president)

    def _state(self) -> VoteState:
        return self.state

    def _before(self, key: str | None, position: int = 0) -> Act | None:
        try:
            number = None if key is None else self.state.keys.get(key)
        except NotFound:
            number = None
        if number is None:
            return None
        recorded = (each.act for each in self._book.acts(self.symbol, after=number))
        given = [act for act in recorded if not isinstance(act, ReplyRejected)]  # which the rules add
        return given[position] if position < len(given) else None

    def _now(self) -> datetime:
        return instant(self._book.clock)

    def _in_message(self, number: int, part: str | None, paper: Instrument) -> InMessage:
        found = self._book.in_message(number, part, paper)
        if found.content is not None:
            self._book.attach(found.content)
        return found

    def _adopted(self, procedure: str) -> str:
        known = self._book.register().procedures
        found = known.get(procedure) or (procedure if procedure in known.values() else None)
        if found is None:
            raise NotFound(f"the procedure {procedure[:80]!a} is not adopted in this ledger")
        return found


@face_of
@dataclass
class Together(Acts[None]):
    """Acts that are recorded together when the block ends. ``done`` then has the result.

    >>> with vote.together(key="case-4711") as acts:
    ...     acts.reply("COL", "in_favour", letter)
    ...     acts.acknowledge("COL")
    >>> acts.done.reply
    1
    """

    _vote: OnVote = field(repr=False)
    _key: str | None
    _acts: list[Act] = field(default_factory=list, repr=False)
    _roster: Roster | None = field(default=None, repr=False)
    _president: str | None = field(default=None, repr=False)
    _done: Done | None = None
    _nows: list[datetime] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        """The vote's name: a symbol, or ``SYMBOL#ROUND``.

        >>> vote.together().name
        'S/2026/1'
        """
        return self._vote.name

    @property
    def done(self) -> Done:
        """The result; raises Refused before the block has ended, or if it ended with an exception.

        >>> with vote.together() as acts:
        ...     acts.reply("COL", "in_favour", letter)
        >>> acts.done.member
        'COL'
        """
        if self._done is None:
            raise Refused(None, "nothing was recorded: the block has not ended, or with an exception")
        return self._done

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None or not self._acts:
            return
        perform = partial(self._vote.perform, key=self._key, roster=self._roster, president=self._president)
        try:
            self._done = perform(*self._acts)
        except Refused:
            if self._vote._before(self._key) is None:
                raise
            self._done = perform(*(self._as_before(position, act) for position, act in enumerate(self._acts)))

    def _as_before(self, position: int, act: Act) -> Act:
        """``act``, if it said "now", at the time of the one that another caller recorded under the key meanwhile."""
        before = self._vote._before(self._key, position)
        if type(before) is not type(act):
            return act
        said_now = [name for name in type(act).model_fields if getattr(act, name) in self._nows]
        return act.model_copy(update={name: getattr(before, name) for name in said_now})

    def _record(
        self, act: Act, key: str | None = None, roster: Roster | None = None, president: str | None = None
    ) -> None:
        if key is not None:
            raise Refused(None, "the key is that of all the acts: give it to together()")
        self._acts.append(act)
        self._roster, self._president = roster or self._roster, president or self._president

    def _state(self) -> VoteState:
        return self._vote.state

    def _before(self, key: str | None) -> Act | None:  # noqa: ARG002 - the key is that of all
        return self._vote._before(self._key, len(self._acts))

    def _now(self) -> datetime:
        self._nows.append(now := self._vote._now())
        return now

    def _in_message(self, number: int, part: str | None, paper: Instrument) -> InMessage:
        return self._vote._in_message(number, part, paper)

    def _adopted(self, procedure: str) -> str:
        return self._vote._adopted(procedure)
