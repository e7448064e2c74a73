"""Clocks that were proved false: acts that were not recorded at the hour that they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .finding import Finding
from .phrase import Number, Said, Value
from .state import VoteState
from .verdict import Bounds

_MOST_NAMED = 10
BY_TIMESTAMPS = frozenset({"clock_disproved", "clock_unchecked"})
"""Kinds of findings that rest on what timestamps a reader has, and believes."""


def on_clocks(state: VoteState, bounds: Mapping[int, Bounds]) -> Iterator[Finding]:
    """A finding for each act of which timestamps show that its hour cannot be; ``bounds`` are by number of the act.

    And one for all acts but replies that a timestamp which is not handed over could say it of.
    """
    replies = {reply.entered.number: reply for reply in state.replies}
    for number, each in sorted(bounds.items()):
        if each.clock is None:
            continue
        reply = replies.get(number)
        text = Said.of("act {number}: {clock}", number=Number(number), clock=each.clock)
        member, ordinal = (reply.member, reply.ordinal) if reply is not None else (None, None)
        yield Finding("clock_disproved", None, "flag", text, member, ordinal, each.clock.all_values())
    unchecked = {n: each.doubt for n, each in sorted(bounds.items()) if n not in replies and each.clock is None}
    doubts = [(n, doubt) for n, doubt in unchecked.items() if doubt is not None]
    if doubts:
        acts: tuple[Value, ...] = tuple(Number(number) for number, _ in doubts[:_MOST_NAMED])
        text = Said.of(
            "the hours of {number} acts ({acts}, ...) are not held against every timestamp: {doubt}",
            number=len(doubts),
            acts=acts,
            doubt=doubts[0][1],
        )
        if len(doubts) <= _MOST_NAMED:
            text = Said.of(
                "the hours of acts {acts} are not held against every timestamp: {doubt}", acts=acts, doubt=doubts[0][1]
            )
        yield Finding("clock_unchecked", None, "flag", text)
