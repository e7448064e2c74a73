"""When a window ends, in words, if no deadline says so."""

from __future__ import annotations

from .phrase import Local, Said
from .state import VoteState


def end_said(state: VoteState) -> Said | None:
    """What the end of the window depends on, and until when it is open at least; None if the end is known."""
    window, rule = state.window, state.procedure.window
    if state.opening is None or window.awaits is None:
        return None
    until = None if window.closes.earliest is None else Local(window.closes.earliest, state.zone)
    if state.suspended:
        if until is None:
            return Said.of("the window is suspended")
        return Said.of("the window is suspended, and ends later than {until}", until=until)
    if window.awaits == "first_reply":
        length = rule.said_length
        if until is None:
            return Said.of("the window ends {length} after the first reply that counts", length=length)
        return Said.of(
            "the window ends {length} after the first reply that counts, not before {until}", length=length, until=until
        )
    if until is None:
        return Said.of("open until voting is closed")
    return Said.of("open until voting is closed, at least until {until}", until=until)
