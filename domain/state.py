"""The state of a vote after its acts so far. Plain frozen values; :mod:`.vote` folds acts into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from .acts import CoSponsorshipAnnounced, DraftCirculated, DraftCorrected, DraftWithdrawn, ExplanationFiled, LetterSent
from .ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled, VotingClosed
from .instant import Span, span_of
from .lasting import NOTHING, Row, Table
from .naming import name_of
from .optional_acts import ElectorateChanged, FactRecorded
from .procedure import Procedure, Procedure1, Procedure2
from .recorded import Contradiction, Moved, Recorded, Reply, Suspended, Voided
from .register import month_of
from .roster import Roster
from .rules_of import electorate, may_be_withdrawn, may_close_early
from .seating import Seating, gave_a_reply, has_plain_seat, seating
from .snapshot import Snapshot
from .window import Awaited, Counted, Window, closing_of, opening_of
from .zone import zone


@dataclass(frozen=True)
class VoteState:
    """A vote, from its first act on."""

    draft: Recorded[DraftCirculated]
    procedure: Procedure
    version: int = 0
    last_recorded_at: datetime | None = None
    latest_recorded_at: datetime | None = None
    withdrawn: Recorded[DraftWithdrawn] | None = None
    letters: Row[Recorded[LetterSent]] = NOTHING
    opening: Recorded[LetterSent] | None = None
    snapshot: Snapshot | None = None
    pinned_zone: ZoneInfo | None = None
    moved_to: datetime | None = None
    moves: Row[Moved] = NOTHING
    begun: Span | None = None
    """When the first reply that is in order arrived, if the window begins with it; see :mod:`.first_reply`."""
    replies: Row[Reply] = NOTHING
    by_member: Table[str, Row[int]] = field(default_factory=Table)  # the places in replies of those of each member
    rejected_in: Table[int, int] = field(default_factory=Table)  # the place in replies of the one that an act rejects
    explanations: Row[Recorded[ExplanationFiled]] = NOTHING
    co_sponsorships: Row[Recorded[CoSponsorshipAnnounced]] = NOTHING
    closed: Recorded[VotingClosed] | None = None
    tally_circulated: Recorded[TallyCirculated] | None = None
    tallies: Row[Recorded[TallyCirculated]] = NOTHING
    result: Recorded[ResultAnnounced] | None = None
    corrected_results: Row[Recorded[ResultAnnounced]] = NOTHING
    annulled: Recorded[VoteAnnulled] | None = None
    draft_corrections: Row[Recorded[DraftCorrected]] = NOTHING
    facts: Row[Recorded[FactRecorded]] = NOTHING
    seat_changes: Row[Recorded[ElectorateChanged]] = NOTHING
    suspensions: Row[Suspended] = NOTHING
    voided: Row[Voided] = NOTHING
    taken_back: Table[int, int] = field(default_factory=Table)  # the act that voids an act, by number
    contradictions: Row[Contradiction] = NOTHING
    clock_steps: Row[int] = NOTHING
    at_close: VoteState | None = None
    """The vote when the first act after the close and the lag was recorded; always None for a documented history."""
    disowned: tuple[int, ...] = ()  # acts, by number, that no key in authority has signed: they have no effect
    keys: Table[str, int] = field(default_factory=Table)  # the act with each idempotency key; of two, the first
    derived: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)  # of a whole state

    def after(self, changed: Mapping[str, Any]) -> VoteState:
        """This state with some fields changed. Derived values that depend on none of those fields are kept."""
        derived = self.derived.copy()  # copied in one step: another thread may be deriving something of this state
        kept = {name: value for name, value in derived.items() if _RESTS_ON[name].isdisjoint(changed)}
        new = object.__new__(VoteState)  # dataclasses.replace would take ten times as long
        object.__setattr__(new, "__dict__", {**self.__dict__, **changed, "derived": kept})
        return new

    @property
    def symbol(self) -> str:
        """The draft's symbol. Other rounds of the same draft have it too."""
        return self.draft.act.symbol

    @property
    def round(self) -> int:
        """Which vote on this draft it is, from 1."""
        return self.draft.act.round

    @property
    def name(self) -> str:
        """The name of the vote: the symbol, in a later round ``SYMBOL#ROUND``."""
        return name_of(self.symbol, self.round)

    @property
    def ended(self) -> Recorded[Any] | None:
        """The act after which the draft may be put again: its withdrawal, an annulment, or the first announcement."""
        ends = (each for each in (self.withdrawn, self.annulled, self.first_result) if each is not None)
        return min(ends, key=lambda each: each.number, default=None)

    @property
    def first_result(self) -> Recorded[ResultAnnounced] | None:
        """The announcement as first made, even if corrected since."""
        return (*self.corrected_results, self.result)[0]

    @property
    def documented(self) -> bool:
        """Whether this is history as printed, in which breaking a rule is a finding and never a refusal."""
        return self.draft.act.times == "documented"

    @property
    def roster(self) -> Roster | None:
        """The seats that vote, once the opening has pinned a roster; as pinned if all vote to the end."""
        seating, snapshot = self.seating, self.snapshot
        if seating is None or snapshot is None or not seating.former:
            return seating and seating.roster
        if "roster" not in self.derived:
            stand = (member for member in seating.former if self.has_seat(member))
            self.derived["roster"] = seating.with_former(stand, snapshot.roster)
        found: Roster = self.derived["roster"]
        return found

    def has_plain_seat(self, member: str) -> bool:
        """Whether ``member`` has a seat that votes from before the opening until after the close."""
        if self.snapshot is None or self.seat_changes:
            return False
        return has_plain_seat(self.snapshot.roster, electorate(self.procedure), member)

    def has_seat(self, member: str) -> bool:
        """Whether the seat of ``member`` votes: as the roster says, but in constant time."""
        if self.has_plain_seat(member) or (seating := self.seating) is None or member in seating.roster:
            return self.snapshot is not None
        term, withdrawable = seating.former.get(member), may_be_withdrawn(self.procedure)
        replies = self.replies_of(member)
        return term is not None and gave_a_reply(term, replies, self.zone, may_be_withdrawn=withdrawable)

    @property
    def seating(self) -> Seating | None:
        """Which seats vote, before any reply is looked at, once the opening has pinned a roster."""
        found: Seating | None = self.derived.get("seating")
        if found is None and self.snapshot is not None:
            pinned, rule, printed = self.snapshot.roster, electorate(self.procedure), self.documented
            found = seating(pinned, rule, self.seat_changes, self.window, self.zone, documented=printed)
            self.derived["seating"] = found
        return found

    @property
    def suspended(self) -> bool:
        """Whether the window is suspended."""
        return bool(self.suspensions) and self.suspensions[-1].ended is None

    @property
    def is_closed(self) -> bool:
        """Closed; in a documented history a close that nobody recorded is implied by the announcement."""
        return self.closed is not None or (self.documented and self.result is not None)

    def reply(self, member: str, ordinal: int) -> Reply | None:
        """That member's ``ordinal``-th reply, from 1."""
        places = self.by_member.get(member)
        return self.replies[places[ordinal - 1]] if places is not None and 1 <= ordinal <= len(places) else None

    def replies_of(self, member: str) -> tuple[Reply, ...]:
        """The replies of one member, in order of entry."""
        return tuple(self.replies[at] for at in self.by_member.get(member, ()))

    def reply_in(self, number: int) -> Reply | None:
        """The reply that act ``number`` entered, if it entered one."""
        at = self.replies.place_of(number, _entered)
        return None if at is None else self.replies[at]

    @property
    def counting(self) -> Counted:
        """How the hours of the window are counted: as the opening pins it, else the default for a silent letter."""
        pinned = self.snapshot.counting if self.snapshot else None
        return pinned or self.procedure.window.countings[0]

    def counted(self, counting: Counted) -> VoteState:
        """This vote as it would be if the hours were counted in that way."""
        if self.snapshot is None or counting == self.counting:
            return self
        return self.after({"snapshot": self.snapshot.model_copy(update={"counting": counting})})

    def closing_of(self, opens_at: datetime, counting: Counted | None = None) -> datetime:
        """When the hours of the procedure are over, counted from ``opens_at``, under another counting if given."""
        rule = self.procedure.window
        if rule.length is not None:
            return rule.length.end(opens_at, self.zone, rule.days_off)
        return closing_of(opens_at, rule.hours or 0, counting or self.counting, self.zone, rule.days_off)

    @property
    def printed_deadline(self) -> datetime | None:
        """As the opening letter of a documented history prints it; ignored under the first format of procedures."""
        if self.opening is None or not self.prints_deadlines:
            return None
        return self.opening.act.closes_at

    @property
    def prints_deadlines(self) -> bool:
        """Whether an opening letter may say when the window closes, although that follows from the opening."""
        rule = self.procedure.window
        fixed = rule.fixed_by == "procedure" and rule.starts == "opening"
        return fixed and self.documented and isinstance(self.procedure, Procedure2)

    def span(self, moment: datetime | date | None) -> Span:
        """The instants that ``moment`` may mean in the vote's zone."""
        return span_of(moment, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that names this vote's days: as its opening pins it, else as the procedure names it."""
        return self.pinned_zone or zone(self.procedure.zone)

    @property
    def window(self) -> Window:
        """The window. It is always derived, never typed.

        A letter with a date and no hour opens it no earlier than that day. In a documented history the announcement
        bounds it from above, since nothing is announced before the close, and the deadline is as the letter prints it.
        """
        found: Window | None = self.derived.get("window")
        if found is None:
            found = self.derived["window"] = self._derived_window()
        return found

    @property
    def closes_as_opened(self) -> datetime | None:
        """The deadline as it was when voting was opened, if known: before it was moved, or voting closed."""
        if "as_opened" not in self.derived:
            nothing = {"moves": NOTHING, "suspensions": NOTHING}
            as_opened = self.after({**nothing, "moved_to": None, "begun": None, "closed": None, "result": None})
            self.derived["as_opened"] = as_opened.window.closes_at
        found: datetime | None = self.derived["as_opened"]
        return found

    def _derived_window(self) -> Window:
        if self.opening is None:
            return Window()
        letter, rule = self.opening.act, self.procedure.window
        at_close = rule.at_close
        opens = self.span(letter.opens_at)
        if letter.opens_at is None and letter.dated is not None:
            opens = Span(self.span(letter.dated).earliest, None)
        if isinstance(self.procedure, Procedure2):
            opens = opens.not_before(self.span(self.draft.act.circulated_at).earliest)
        announced = self.span(self.result.act.announced_at).latest if self.documented and self.result else None
        if rule.fixed_by != "letter" and announced is not None:
            opens = opens.not_after(self._opening_of(announced))
        closes, awaits = self._unmoved_end(opens, announced)
        if (printed := self.printed_deadline) is not None:
            opens, closes = opens.not_after(printed), Span(printed, printed)
        if not (rule.fixed_by == "closing" and self.closed is not None):
            closes = self._moved(closes)
        if self.suspended and awaits != "closing" and not self.end_chosen:
            closes, awaits = Span(closes.earliest, None).not_after(announced), "resumption"
        if may_close_early(self.procedure) and self.closed is not None and closes.latest is not None:
            closed = self.closed_at or closes
            if closed.certainly_before(closes):
                closes = closed
                if isinstance(self.procedure, Procedure2):  # a later last instant is that of the deadline
                    at_close = "inside"
        return Window(opens, closes, at_close, None if self.documented else awaits)

    def _unmoved_end(self, opens: Span, announced: datetime | None) -> tuple[Span, Awaited | None]:
        """When a window that opens then ends, unless moved or suspended, and what that still depends on."""
        rule, closed = self.procedure.window, self.closed_at
        if rule.fixed_by == "letter":
            printed = self.opening.act.closes_at if self.opening else None
            return Span(printed, printed) if printed else Span().not_after(announced), None
        least = self._end_of(opens)
        if rule.fixed_by == "closing":
            if closed is not None:
                return closed.not_before(least.earliest).not_after(announced), None
            return Span(least.earliest, None).not_after(announced), "closing"
        if rule.starts == "opening":
            return least.not_after(announced), None
        if self.begun is None:
            return Span(least.earliest, None).not_after(announced), "first_reply"
        return self._end_of(self.begun.not_before(opens.earliest)).not_after(announced), None

    def _end_of(self, begins: Span) -> Span:
        """When the procedure's length, begun in that span, is over."""
        first, last = begins
        return Span(first and self.closing_of(first), last and self.closing_of(last))

    def _opening_of(self, over: datetime) -> datetime:
        """An instant after which no window that was over then had opened."""
        rule = self.procedure.window
        if rule.length is not None:
            return rule.length.begin(over, self.zone, rule.days_off)
        if isinstance(self.procedure, Procedure1):  # which goes back in elapsed hours, however it counts
            return over - timedelta(hours=rule.hours or 0)
        return opening_of(over, rule.hours or 0, self.counting, self.zone, rule.days_off)

    def _moved(self, end: Span) -> Span:
        """The ``end``, as the deadline was last moved, plus the suspensions of the window since."""
        moved = Span(self.moved_to, self.moved_to)
        return self._later(moved, self.moves[-1].by.number if self.moves else -1) if self.moved_to else self._later(end)

    def _later(self, end: Span, since: int = -1) -> Span:
        """The ``end`` plus the suspensions of the window on record after act ``since``."""
        over = (each for each in self.suspensions if each.ended is not None and each.begun.number > since)
        return reduce(lambda moved, each: each.moved(moved, self.span), over, end)

    @property
    def least_end(self) -> datetime | None:
        """The earliest instant at which the procedure lets the window end, however it is moved; None if not known."""
        opens = self.window.opens.earliest
        return None if opens is None else self._later(Span(self.closing_of(opens), None)).earliest

    @property
    def closed_at(self) -> Span | None:
        """When voting was closed, if an act says so; if that ends the window, the instant of its recording."""
        if self.closed is None:
            return None
        by = self.closed.recorded_at
        return Span(by, by) if self.end_chosen else self.span(self.closed.act.closed_at).not_after(by)

    @property
    def end_chosen(self) -> bool:
        """Whether whoever closed voting thereby chose the end of the window; never true in a documented history."""
        return self.procedure.window.fixed_by == "closing" and self.closed is not None and not self.documented

    def at_close_before(self, recorded_at: datetime) -> VoteState | None:
        """The vote at its close, once an act is recorded at ``recorded_at``: this one, if it is the first past it."""
        if self.at_close is not None or self.documented or self.annulled is not None:
            return self.at_close
        if (closes := self.window.closes.latest) is None:
            return None
        return self if recorded_at > closes + timedelta(seconds=self.procedure.recording.lag_seconds) else None

    @property
    def opened_late(self) -> timedelta | None:
        """How long after its stated instant an opening was entered, if longer than the procedure's lag.

        It has no effect under the first format of procedures.
        """
        opening, lag = self.opening, timedelta(seconds=self.procedure.recording.lag_seconds)
        if opening is None or self.documented or isinstance(self.procedure, Procedure1):
            return None
        opens = self.window.opens.earliest
        late = None if opens is None else opening.recorded_at - opens
        return late if late is not None and late > lag else None

    def president_in(self, when: Span) -> str | None:
        """Who presided then, as the opening pins it; None if a month is not known, or nobody is assigned to it.

        For a snapshot of the first format it is the presider at the opening, who was used for everything then.
        """
        snapshot, opening = self.snapshot, self.opening
        if snapshot is not None and snapshot.format == "inblue-snapshot/1":
            return snapshot.president
        if snapshot is None or opening is None or when.earliest is None or when.latest is None:
            return None
        month = month_of(when.earliest, self.zone)
        if month != month_of(when.latest, self.zone):
            return None
        opened = self.span(opening.act.opens_at or opening.act.dated).earliest or opening.recorded_at
        if snapshot.president is not None and month == month_of(opened, self.zone):
            return snapshot.president
        return snapshot.presidencies.get(month)

    @property
    def announcement_due(self) -> Span | None:
        """The time by which the result must be announced, if the procedure says."""
        rule = self.procedure.announcement
        return None if rule is None else self.window.closes.shifted(timedelta(hours=rule.hours))


def _entered(reply: Reply) -> int:
    return reply.entered.number


_WINDOW = {
    *("draft", "procedure", "opening", "snapshot", "pinned_zone", "moved_to", "begun", "suspensions", "closed"),
    "result",
}
_RESTS_ON: dict[str, set[str]] = {
    "as_opened": {"draft", "procedure", "opening", "snapshot", "pinned_zone"},
    "ballots": set(),
    "course": _WINDOW | {"replies", "facts", "seat_changes", "suspensions"},
    "facts": _WINDOW | {"facts"},
    "filed": {"explanations"},
    "otherwise": _WINDOW,
    "window": _WINDOW,
    "roster": _WINDOW | {"seat_changes", "replies"},
    "seating": _WINDOW | {"seat_changes"},
    "successors": {"replies"},
    "standing": _WINDOW | {"replies", "seat_changes"},
}
