"""Findings on how the hours of a window are counted, and on a printed deadline."""

from __future__ import annotations

from collections.abc import Iterator

from .countings import reading_of, windows_otherwise
from .finding import Finding
from .phrase import Local, Said, Word
from .procedure_rules import Effect
from .rules_of import counting_rule
from .state import VoteState
from .validity import arrival, placement


def on_the_counting(state: VoteState) -> Iterator[Finding]:
    """A finding if a reply would be placed differently under another counting that the procedure has.

    If it is late under some countings only, the offence says so itself.
    """
    of, snapshot = counting_rule(state.procedure), state.snapshot
    if snapshot is None or snapshot.counting is None:
        return
    otherwise = windows_otherwise(state)
    for reply in state.replies:
        received = arrival(state, reply)
        place = placement(state, reply)
        if place == "late" and reading_of(state, lambda _, window: window.place(received) == "late"):  # noqa: B023
            continue
        for other, window in otherwise.items():
            elsewhere = window.place(received)
            if place != elsewhere:
                text = Said.of(
                    "{placement} as the hours are counted ({counting}); {elsewhere} if counted otherwise ({other})",
                    placement=Word(place),
                    counting=Word(state.counting),
                    other=Word(other),
                    elsewhere=Word(elsewhere),
                )
                effect = state.procedure.effect(of)
                yield Finding("counted_otherwise", of.clause, effect, text, reply.member, reply.ordinal)


def on_the_printed_deadline(state: VoteState) -> Iterator[Finding]:
    """The deadline that a letter prints, compared with the one that follows from the opening under each counting."""
    printed, opening, rule = state.printed_deadline, state.opening, state.procedure.window
    if printed is None or opening is None:
        return
    letter = opening.act.model_copy(update={"closes_at": None})
    derived = state.after({"opening": opening._replace(act=letter)})
    agreeing = [each for each in rule.countings if derived.counted(each).window.closes.has(printed)]
    others = [each for each in rule.countings if each not in agreeing]
    closes = Local(printed, state.zone)
    effect: Effect = "note" if state.counting in agreeing else state.procedure.effect(rule)
    if not others:
        text = Said.of(
            "the deadline in the letter, {closes}, agrees with the one that follows from the opening", closes=closes
        )
    elif agreeing:
        text = Said.of(
            "the deadline in the letter, {closes}, agrees with the one that follows from the opening if the hours are "
            "counted so: {countings}; not if they are counted so: {others}",
            closes=closes,
            countings=tuple(map(Word, agreeing)),
            others=tuple(map(Word, others)),
        )
    else:
        text = Said.of(
            "the deadline in the letter, {closes}, is not the one that follows from the opening", closes=closes
        )
    yield Finding("deadline_printed", rule.clause, effect, text)
