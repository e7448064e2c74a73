"""The outcome at the close, which stays, and the outcome as amended by later records.

The first follows from what was on record by the close and the lag that the procedure allows for entering. Later records
can only give a second outcome beside it. A documented history has only one outcome.
"""

from __future__ import annotations

from collections.abc import Iterator

from .phrase import Number, Said, Value, Word
from .recorded import Reply
from .said_counts import said_counts
from .state import VoteState
from .tally import Tally, tally
from .titles import outcome_said
from .validity import standing


def tally_at_close(state: VoteState) -> Tally | None:
    """The count at the close, once something was recorded after it and its lag; None before."""
    return None if state.at_close is None else tally(state.at_close, as_if_closed=True)


def settled(state: VoteState) -> bool:
    """Whether outcome and positions are still those at the close."""
    before = tally_at_close(state)
    return before is None or _same(before, tally(state, as_if_closed=True))


def amended_by(state: VoteState) -> tuple[int, ...]:
    """The acts recorded after the close and its lag that changed or voided a reply, or rejected one, by number."""
    return () if state.at_close is None else tuple(sorted(set(_amending(state, state.at_close))))


def read_after_close(state: VoteState, reply: Reply) -> bool:
    """Whether the reply, or the position that it is read as taking, was entered only after the close and its lag."""
    if state.at_close is None:
        return False
    read = [c.number for c in reply.corrections if c.act.field in {"position", "says", "by"}]
    return max([reply.read_first.number, *read]) >= state.at_close.version


def said_of_close(state: VoteState) -> tuple[Said, ...]:
    """Both outcomes in words, and every seat that differs; nothing where the two agree."""
    before, after = tally_at_close(state), tally(state, as_if_closed=True)
    if before is None or _same(before, after):
        return ()
    acts: tuple[Value, ...] = tuple(Number(number) for number in amended_by(state))
    was, now = (outcome_said(state.procedure, each.outcome) for each in (before, after))
    first = Said.of("at the close: {outcome} ({counts})", outcome=was, counts=said_counts(before.counts))
    second = Said.counted(
        "as amended by act {acts}: {outcome} ({counts})",
        "as amended by acts {acts}: {outcome} ({counts})",
        len(acts),
        acts=acts,
        outcome=now,
        counts=said_counts(after.counts),
    )
    return (first, second, *_said_of_seats(state, before, after))


def _said_of_seats(state: VoteState, before: Tally, after: Tally) -> Iterator[Said]:
    silence = state.procedure.silence.means
    for member in dict.fromkeys((*before.positions, *after.positions)):
        was, now = before.positions.get(member), after.positions.get(member)
        if was != now:
            yield Said.of(
                "{member}: {was} at the close, {now} as amended",
                member=state.procedure.said(member),
                was=Word(was or silence),
                now=Word(now or silence),
            )


def _same(before: Tally, after: Tally) -> bool:
    return (before.outcome, before.positions) == (after.outcome, after.positions)


def _amending(state: VoteState, before: VoteState) -> Iterator[int]:
    since, stands = before.version, standing(state)
    yield from (each.by.number for each in state.voided if each.by.number >= since)
    for reply in state.replies:
        counts = stands.get(reply.member) is reply
        if reply.entered.number >= since and not counts:
            continue
        rejected, corrected = [each.number for each in reply.rejections], [each.number for each in reply.corrections]
        yield from (number for number in (reply.entered.number, *rejected, *corrected) if number >= since)
    if state.closed is not None and state.closed.number >= since and state.window != before.window:
        yield state.closed.number
