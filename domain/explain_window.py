"""Sentences on the window of a vote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from .length import Length
from .phrase import Said, Value
from .procedure import Procedure2
from .sentence import Telling, names_of
from .window_rules import ClosingWindow, FixedWindow, FixedWindow1, LetterWindow, LetterWindow1, WindowRule


def tell_window(telling: Telling) -> None:
    """How long voting is open, how that is counted, whether its end moves, and what comes outside it."""
    rule = telling.procedure.window
    length, clauses = rule.said_length, _clauses(rule)
    match rule:
        case FixedWindow(starts="first_reply"):
            text = Said.of(
                "Voting is open for {length} from the arrival of the first reply that counts.", length=length
            )
        case FixedWindow() | FixedWindow1():
            text = Said.of("Voting is open for {length} from the opening; nobody types the deadline.", length=length)
        case LetterWindow() | LetterWindow1():
            text = Said.of("The opening letter gives the deadline, at least {length} after the opening.", length=length)
        case ClosingWindow():
            text = Said.of(
                "Voting is open until it is closed, for {length} at least; it ends when the closing is recorded.",
                length=length,
            )
    telling.tell("window", text, rule)
    _tell_counting(telling)
    text = Said.of("The deadline may be moved.") if rule.extendable else Said.of("The deadline may not be moved.")
    telling.tell("window.extendable", text, clauses.get("extension", rule.clause))
    text = Said.of("A reply that arrives at the very instant of closing is late.")
    if rule.at_close == "inside":
        text = Said.of("A reply that arrives at the very instant of closing is in time.")
    telling.tell("window.at_close", text, clauses.get("at_close", rule.clause))
    if (clause := clauses.get("suspension")) is not None:
        text = Said.of("The window may be suspended; its end then moves on by as long as that lasted.")
        telling.tell("window.suspension_clause", text, clause)
    procedure = telling.procedure
    telling.tell_offence("late", procedure.late, Said.of("A reply that arrives after the close"))
    telling.tell_offence("early", procedure.early, Said.of("A reply that arrives before the opening"))
    lag = timedelta(seconds=procedure.recording.lag_seconds)
    text = Said.of("The registrar's clock vouches for an arrival that is entered within {lag} of it.", lag=lag)
    telling.tell("recording", text, procedure.recording)
    after = Said.of("A reply that is entered after the result was announced")
    telling.tell_offence("after_announcement", procedure.after_announcement, after)


def _tell_counting(telling: Telling) -> None:
    procedure, rule = telling.procedure, telling.procedure.window
    clause = _clauses(rule).get("counting", rule.clause)
    if rule.length is not None and rule.length.unit != "hours":
        _tell_days(telling, rule.length, clause)
    else:
        counted = names_of(rule.countings)
        text = Said.of("Its hours are counted as {counting}.", counting=counted[0])
        if counted[1:]:
            text = Said.of(
                "Its hours are counted as {counting}, unless the opening letter says one of: {others}.",
                counting=counted[0],
                others=counted[1:],
            )
        telling.tell("window.countings", text, clause)
    if not isinstance(procedure, Procedure2):
        return
    if procedure.window.weekend is not None:
        days = names_of(procedure.window.weekend)
        telling.tell("window.weekend", Said.of("The weekend, which working days leave out: {days}.", days=days), clause)
    if procedure.window.holidays is not None:
        dates: tuple[Value, ...] = procedure.window.holidays
        text = Said.of("Holidays, which working days leave out: {days}.", days=dates)
        telling.tell("window.holidays", text, clause)


def _clauses(rule: WindowRule) -> Mapping[str, str]:
    """The clauses that a window of the second format names beside its own."""
    return {} if isinstance(rule, FixedWindow1 | LetterWindow1) else rule.of_length


def _tell_days(telling: Telling, length: Length, clause: str) -> None:
    text = Said.of("The day after the one on which it begins is the first of its days.")
    if length.first_day == "counted":
        text = Said.of("The day on which it begins is the first of its days.")
    telling.tell("window.length.first_day", text, clause)
    match length.ends:
        case "same_time":
            text = Said.of("It ends at the time of day at which it began.")
        case "end_of_day":
            text = Said.of("It ends at the end of its last day.")
        case hour:
            text = Said.of("It ends at {hour} of its last day.", hour=hour)
    telling.tell("window.length.ends", text, clause)


def length_said(length: Length) -> Value:
    """A length with all its details, as a phrase."""
    said = [length.said]
    if length.first_day == "counted":
        said.append(Said.of("its first day counted"))
    if length.ends == "end_of_day":
        said.append(Said.of("to the end of the last"))
    elif length.ends != "same_time":
        said.append(Said.of("to {hour} of the last", hour=length.ends))
    return said[0] if len(said) == 1 else tuple(said)
