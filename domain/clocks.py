"""Clocks that were proved false: acts that were not recorded at the time that they state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .finding import Finding
from .phrase import Number, Said, Value
from .state import VoteState
from .verdict import Bounds

_MOST_NAMED = 10
BY_TIMESTAMPS = frozenset({"clock_disproved", "clock_unchecked"})
"""Kinds of findings that depend on which timestamps a reader has and trusts."""


def on_clocks(state: VoteState, bounds: Mapping[int, Bounds]) -> Iterator[Finding]:
    """A finding for each act whose time the timestamps disprove; ``bounds`` are by number of the act.

    One more finding covers all acts except replies whose time a missing timestamp could disprove.
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
            "the times of {number} acts ({acts}, ...) were not compared with every timestamp: {doubt}",
            number=len(doubts),
            acts=acts,
            doubt=doubts[0][1],
        )
        if len(doubts) <= _MOST_NAMED:
            text = Said.of(
                "the times of acts {acts} were not compared with every timestamp: {doubt}",
                acts=acts,
                doubt=doubts[0][1],
            )
        yield Finding("clock_unchecked", None, "flag", text)
