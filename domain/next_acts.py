"""The acts that the rules allow next in a vote, each with its clause, times and members.

Each act is checked against the rules as if it were proposed. An act that is forbidden now but allowed at the deadline
is listed with that time. A reply is never forbidden; it is listed while a seat's reply can still be in time. Acts that
take something back are not steps of a vote, and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from .acts import Act, DraftWithdrawn, LetterSent, ReceiptAcknowledged, VoteCast, WindowChanged
from .ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled, VotingClosed
from .errors import InblueError
from .instant import Span
from .instrument import Instrument
from .optional_acts import WindowResumed, WindowSuspended
from .procedure import Procedure2
from .rules import check
from .rules_of import annulment, extension_rule
from .state import VoteState
from .tally import counts_of
from .validity import standing

_PAPER = "0" * 64
"""A placeholder for the digest of the paper that such an act must have when it is proposed."""


class NextAct(NamedTuple):
    """An act that may be recorded: from ``since``, if not yet, and before ``until``, if that ends.

    ``letter`` is the kind of a letter; ``members`` are the members it is for.
    """

    act: str
    clause: str | None
    since: datetime | None = None
    until: datetime | None = None
    letter: str | None = None
    members: tuple[str, ...] = ()


def next_acts(state: VoteState, now: datetime) -> tuple[NextAct, ...]:
    """The next acts in a vote, with the clock at ``now``. A documented history or a withdrawn draft has none."""
    if state.documented or state.withdrawn is not None:
        return ()
    closes = state.window.closes_at
    later = closes if closes is not None and closes > now else None
    found: list[NextAct] = []
    for act, said in proposed(state, now):
        if not state.procedure.recorders.may_record(act.kind_name, "registrar"):
            continue
        if allowed(state, act, now):
            found.append(said)
        elif later is not None and allowed(state, at_hour(act, later), later):
            found.append(said._replace(since=later))
    return tuple(_together(found))


def _together(found: list[NextAct]) -> Iterator[NextAct]:
    """Merge the same act for several members into one."""
    for alike, each in groupby(found, key=lambda one: one._replace(members=())):
        yield alike._replace(members=tuple(dict.fromkeys(member for one in each for member in one.members)))


def allowed(state: VoteState, act: Act, at: datetime) -> bool:
    """Whether the rules allow an act at a time."""
    try:
        check(state, act, Span(at, at))
    except InblueError:
        return False
    return True


def at_hour(act: Act, at: datetime) -> Act:
    """The same act at a later time."""
    return act.model_copy(update={"closed_at": at}) if isinstance(act, VotingClosed) and act.closed_at else act


def proposed(state: VoteState, now: datetime, *, receipts: bool = True) -> Iterator[tuple[Act, NextAct]]:
    """The candidates for the next act in the course of a vote, each with what is reported about it.

    Without ``receipts``, acknowledgements are left out: there may be as many as members.
    """
    if state.opening is None:
        yield from _before_the_opening(state, now)
    elif not state.is_closed and state.annulled is None:
        yield from _in_the_window(state, now)
    if receipts and (rule := state.procedure.acknowledgement):
        for reply in state.replies:
            if reply.acknowledged is None and reply.voided is None:
                act = ReceiptAcknowledged(member=reply.member, reply=reply.ordinal)
                yield act, NextAct(act.kind_name, rule.clause, members=(reply.member,))
    yield from _after_the_close(state, now)


def _before_the_opening(state: VoteState, now: datetime) -> Iterator[tuple[Act, NextAct]]:
    procedure = state.procedure
    for kind in ("procedure", "opening"):
        if kind == "procedure" and any(each.act.kind == kind for each in state.letters):
            continue
        closes = _some_deadline(state, now) if kind == "opening" and procedure.window.fixed_by == "letter" else None
        letter = LetterSent(kind=kind, sent_at=now, opens_at=now if kind == "opening" else None, closes_at=closes)
        yield letter, NextAct(letter.kind_name, procedure.opening.clause if kind == "opening" else None, letter=kind)
    withdrawn = DraftWithdrawn(withdrawn_at=now)
    yield withdrawn, NextAct(withdrawn.kind_name, procedure.withdrawal.clause)


def _some_deadline(state: VoteState, now: datetime) -> datetime:
    """A deadline that the opening letter may give."""
    least = state.closing_of(now) if state.procedure.window.length is not None else now
    return max(least, now + timedelta(hours=1))


def _in_the_window(state: VoteState, now: datetime) -> Iterator[tuple[Act, NextAct]]:
    procedure, closes, stands = state.procedure, state.window.closes_at, standing(state)
    missing = tuple(each.member for each in state.roster.members if each.member not in stands) if state.roster else ()
    open_ = closes is None or now <= closes
    if missing and open_:
        choice = next(iter(procedure.choices))
        cast = VoteCast(member=missing[0], position=choice, received_at=now, instrument=Instrument(form="letter"))
        yield cast, NextAct(cast.kind_name, procedure.window.clause, until=closes, members=missing)
    if open_ and closes is not None:
        moved = WindowChanged(closes_at=closes + timedelta(hours=1), changed_at=now)
        yield moved, NextAct(moved.kind_name, extension_rule(procedure).clause, until=closes)
    if isinstance(procedure, Procedure2) and (clause := procedure.window.suspension_clause) is not None:
        held = WindowSuspended(reason="-", suspended_at=now, sha256=_PAPER)
        yield held, NextAct(held.kind_name, clause, until=closes)
        goes_on = WindowResumed(resumed_at=now)
        yield goes_on, NextAct(goes_on.kind_name, clause)
    if (ends := annulment(procedure)) is not None:
        annulled = VoteAnnulled(reason="-", annulled_at=now, sha256=_PAPER)
        yield annulled, NextAct(annulled.kind_name, ends.clause, until=closes)
    closed = VotingClosed(closed_at=None if procedure.window.fixed_by == "closing" else now)
    yield closed, NextAct(closed.kind_name, procedure.window.clause)


def _after_the_close(state: VoteState, now: datetime) -> Iterator[tuple[Act, NextAct]]:
    procedure = state.procedure
    if not state.is_closed:
        return
    if state.tally_circulated is None and procedure.tally_circulation is not None:
        tally = TallyCirculated(counts=counts_of(state), circulated_at=now)
        yield tally, NextAct(tally.kind_name, procedure.tally_circulation.clause)
    if state.result is None:
        result, rule = ResultAnnounced(announced_at=now), procedure.announcement or procedure.window
        yield result, NextAct(result.kind_name, rule.clause)
    sent = {each.act.kind for each in state.letters}
    for kind in ("outcome", "compendium"):
        asks = getattr(procedure, f"{kind}_letter", None)
        if kind not in sent and asks is not None and state.result is not None:
            letter = LetterSent(kind=kind, sent_at=now)
            yield letter, NextAct(letter.kind_name, asks.clause, letter=kind)
