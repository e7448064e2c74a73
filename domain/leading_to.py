"""What to do after a refusal: the next act of a vote after which the rules allow the refused one.

It applies the rules, as in :mod:`.next_acts`: each next act is treated as recorded, and the refused one is proposed
again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from .acts import (
    Act,
    ClericalErrorCorrected,
    DraftWithdrawn,
    EntryVoided,
    LetterSent,
    VoteCast,
    WindowChanged,
)
from .ending_acts import VoteAnnulled
from .errors import InblueError
from .next_acts import NextAct, allowed, at_hour, proposed
from .optional_acts import WindowSuspended
from .recorded import Documents, Recorded
from .register_acts import REGISTRAR
from .state import VoteState
from .vote import evolve

_STEPS = 2
_NO_WAY = (DraftWithdrawn, VoteAnnulled, WindowChanged, WindowSuspended)
"""Acts that never lead on: those that give a vote up or postpone its end; and nothing waits for a receipt."""


class _Reached(NamedTuple):
    """A possible vote, the time then, and the first act that leads to it."""

    state: VoteState
    hour: datetime
    first: NextAct | None


def leading_to(state: VoteState, act: Act, now: datetime, documents: Documents) -> NextAct | None:
    """The first act of the shortest sequence after which the rules allow ``act``; None if there is none.

    It is ``act`` itself, with the time, if only the time is missing.
    """
    if state.documented or allowed(state, act, now):
        return None
    reached = [_Reached(state, now, None)]
    for left in range(_STEPS, -1, -1):
        further: list[_Reached] = []
        for each in reached:
            for hour in _hours(each):
                if allowed(each.state, at_hour(act, hour), hour):
                    return each.first or NextAct(act.kind_name, None, since=hour)
                if left:
                    further += _after_one_more(each, act, hour, now, documents)
        reached = further
    return None


def voided_instead(state: VoteState, act: Act, now: datetime) -> int | None:
    """The entry that may be voided if the rules do not allow its correction; None if the act is not a correction."""
    if not isinstance(act, ClericalErrorCorrected):
        return None
    replies = state.replies_of(act.member)
    number = replies[act.reply - 1].entered.number if act.reply <= len(replies) else None
    if number is None or not allowed(state, EntryVoided(number=number, reason="-", voided_at=now), now):
        return None
    return number


def _hours(reached: _Reached) -> Iterator[datetime]:
    """The time, and the deadline if it is in the future."""
    yield reached.hour
    closes = reached.state.window.closes_at
    if closes is not None and closes > reached.hour:
        yield closes


def _after_one_more(
    reached: _Reached, wanted: Act, hour: datetime, now: datetime, documents: Documents
) -> Iterator[_Reached]:
    """The vote as it would be after each possible next act at that time."""
    for act, said in proposed(reached.state, hour, receipts=False):
        step = _about(wanted, act) if isinstance(act, VoteCast) else act
        if step is None or isinstance(act, _NO_WAY) or not allowed(reached.state, step, hour):
            continue
        if not reached.state.procedure.recorders.may_record(act.kind_name, REGISTRAR):
            continue
        told = said._replace(since=hour if hour > now else None, members=(), until=None)
        if isinstance(step, VoteCast):
            told = told._replace(members=(step.member,))
        try:
            after = _after(reached.state, step, hour, documents)
        except InblueError:
            continue
        yield _Reached(after, hour, reached.first or told)


def _about(wanted: Act, cast: VoteCast) -> VoteCast | None:
    """A reply of the member whose reply the refused act is about, and of no other: replies are never made up."""
    member = getattr(wanted, "member", None)
    return None if member is None or isinstance(wanted, VoteCast) else cast.model_copy(update={"member": member})


def _after(state: VoteState, act: Act, hour: datetime, documents: Documents) -> VoteState:
    if isinstance(act, LetterSent) and act.kind == "opening":  # what it pins is not known yet
        letter = Recorded(act, state.version, hour, REGISTRAR)
        return state.after({"opening": letter, "letters": state.letters.plus(letter), "version": state.version + 1})
    return evolve(state, Recorded(act, state.version, hour, REGISTRAR), documents)
