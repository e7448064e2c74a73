"""The window of a vote, derived from its acts: never typed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .instant import Span
from .procedure import Procedure1, Procedure2
from .rules_of import early_close
from .window import Window, opening_of

if TYPE_CHECKING:
    from .state import VoteState


def window_of(state: VoteState) -> Window:
    """The spans in which the window may have opened and closed.

    A letter with a date and no hour opens it not before that day. In a documented history the announcement bounds it
    from above, since nothing is announced before the close, and the deadline is as the letter prints it.
    """
    if state.opening is None:
        return Window()
    letter, rule = state.opening.act, state.procedure.window
    opens = state.span(letter.opens_at)
    if letter.opens_at is None and letter.dated is not None:
        opens = Span(state.span(letter.dated).earliest, None)
    if isinstance(state.procedure, Procedure2):
        opens = opens.not_before(state.span(state.draft.act.circulated_at).earliest)
    announced = state.span(state.result.act.announced_at).latest if state.documented and state.result else None
    if rule.fixed_by == "procedure":
        if announced is not None:
            first = isinstance(state.procedure, Procedure1)  # which reckons back in elapsed hours, however it counts
            opens = opens.not_after(
                announced - timedelta(hours=(rule.hours or 0))
                if first
                else opening_of(announced, (rule.hours or 0), state.counting, state.zone, rule.days_off)
            )
        closes = Span(
            opens.earliest and state.closing_of(opens.earliest), opens.latest and state.closing_of(opens.latest)
        ).not_after(announced)
        if (printed := state.printed_deadline) is not None:
            opens, closes = opens.not_after(printed), Span(printed, printed)
    else:
        closes = Span(letter.closes_at, letter.closes_at) if letter.closes_at else Span().not_after(announced)
    if state.moved_to is not None:
        closes = Span(state.moved_to, state.moved_to)
    if early_close(state.procedure) is not None and state.closed is not None and closes.latest is not None:
        closed = state.span(state.closed.act.closed_at).not_after(state.closed.recorded_at)
        closes = closed if closed.certainly_before(closes) else closes
    return Window(opens, closes, rule.at_close)
