"""Findings on conditional positions and on positions that lapse."""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Finding
from .lapses import lapse_of, lapsed
from .offences_of_positions import rule_of_position
from .phrase import Said, Word
from .recorded import Reply
from .state import VoteState


def on_position(state: VoteState, reply: Reply) -> Iterator[Finding]:
    """Every finding of this kind on one reply; offences are found elsewhere."""
    act = reply.act
    if act.condition is not None:
        text = Said.of("makes its position depend on this: {condition}", condition=act.condition)
        yield Finding("conditional", None, "note", text, reply.member, reply.ordinal)
    lapse, rule, position = lapse_of(state, reply), rule_of_position(state, reply), act.position or ""
    if lapse is None or rule is None:
        return
    been, to, after = lapsed(state, reply), Word(lapse.to), lapse.after.said
    if been:
        text = Said.of("{position}: {to} after {length}", position=Word(position), to=to, length=after)
        yield Finding("lapsed", rule.clause, state.procedure.effect(rule), text, reply.member, reply.ordinal)
    elif been is None:
        text = Said.of(
            "{position}: whether it was {to} by the close, after {length}, is not certain",
            position=Word(position),
            to=to,
            length=after,
        )
        yield Finding("lapse_undetermined", rule.clause, "flag", text, reply.member, reply.ordinal)
