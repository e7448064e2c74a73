"""An act as recorded in its stream, and what several acts form together: a reply, a moved deadline, a slip."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Generic, NamedTuple, Protocol, TypeVar

from .acts import Act, ClericalErrorCorrected, EntryVoided, ReceiptAcknowledged, ReplyRejected, VoteCast, WindowChanged
from .instant import UNKNOWN, Span
from .lasting import NOTHING, Row
from .optional_acts import WindowResumed, WindowSuspended
from .phrase import Said
from .procedure import Procedure
from .snapshot import Snapshot

A_co = TypeVar("A_co", bound=Act, covariant=True)


class Documents(Protocol):
    """The documents that digests in acts refer to. They are content-addressed, so folding stays deterministic."""

    def procedure(self, sha256: str) -> Procedure:
        """The procedure with that digest."""

    def snapshot(self, sha256: str) -> Snapshot:
        """The snapshot with that digest."""

    def zone(self, sha256: str) -> bytes:
        """The bytes of the zone with that digest."""


class Recorded(NamedTuple, Generic[A_co]):
    """An act as it is in its stream: its number there (from 0), and who recorded it when.

    ``idempotency_key`` is the host's name for it, if any; ``entry`` the digest of its entry, once recorded; ``passed``
    the numbers of the acts directly before it that no key in authority has signed, which have no effect; ``behind`` the
    time of an earlier act, if this one was recorded more than :data:`.instant.CLOCKS_APART` before that.
    """

    act: A_co
    number: int
    recorded_at: datetime
    office: str
    idempotency_key: str | None = None
    entry: str | None = None
    passed: tuple[int, ...] = ()
    behind: datetime | None = None


class Reply(NamedTuple):
    """An instrument received in a vote. ``act`` is as corrected; ``entered`` as first recorded.

    ``ordinal`` counts this member's replies from 1, voided ones included. If this one replaces others that were voided,
    ``first_entered`` is the first entry of the same paper, and ``first_read`` the first that read it the same way.
    ``replaced_by`` is the act that last entered it again.
    """

    act: VoteCast
    entered: Recorded[VoteCast]
    ordinal: int
    rejections: tuple[Recorded[ReplyRejected], ...] = ()
    acknowledged: Recorded[ReceiptAcknowledged] | None = None
    corrections: Row[Recorded[ClericalErrorCorrected]] = NOTHING
    voided: Recorded[EntryVoided] | None = None
    replaced_by: int | None = None
    first_entered: Recorded[VoteCast] | None = None
    first_read: Recorded[VoteCast] | None = None

    @property
    def paper_entered(self) -> Recorded[VoteCast]:
        """The entry that first recorded the digest of the paper."""
        return self.first_entered or self.entered

    @property
    def read_first(self) -> Recorded[VoteCast]:
        """The entry that first read the paper this way: of this member, with this position."""
        return self.first_read or self.entered

    @property
    def member(self) -> str:
        """The member that sent it."""
        return self.act.member

    @property
    def rejected(self) -> bool:
        """Whether the record rejects it."""
        return bool(self.rejections)


class Moved(NamedTuple):
    """A deadline that was moved: by which act, and what it was before, if known."""

    by: Recorded[WindowChanged]
    was: datetime | None


class Suspended(NamedTuple):
    """A suspension of the window: the acts that began and ended it; the end is None while it lasts."""

    begun: Recorded[WindowSuspended]
    ended: Recorded[WindowResumed] | None

    def moved(self, end: Span, span: Callable[[datetime | date | None], Span]) -> Span:
        """The ``end`` of a window, moved by the length of the suspension, as far as that is known."""
        least, most = self.lasted(span)
        latest = None if most is None or end.latest is None else end.latest + most
        return Span(end.earliest and end.earliest + least, latest)

    def lasted(self, span: Callable[[datetime | date | None], Span]) -> tuple[timedelta, timedelta | None]:
        """The least and the most length of the suspension; ``span`` gives the instants that a moment may mean."""
        began = span(self.begun.act.suspended_at).not_after(self.begun.recorded_at)
        went_on = UNKNOWN if self.ended is None else span(self.ended.act.resumed_at).not_after(self.ended.recorded_at)
        least, most = timedelta(0), None
        if began.latest is not None and went_on.earliest is not None:
            least = max(least, went_on.earliest - began.latest)
        if began.earliest is not None and went_on.latest is not None:
            most = max(least, went_on.latest - began.earliest)
        return least, most


class Voided(NamedTuple):
    """An act that was declared wrong, and by which act."""

    act: Recorded[Act]
    by: Recorded[EntryVoided]


class Contradiction(NamedTuple):
    """A recorded act that the procedure forbids: ``clause`` (or None), and why, in words."""

    number: int
    clause: str | None
    text: Said
