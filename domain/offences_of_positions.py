"""Offences by the position of a reply: missing reasons, or a later instant of taking effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .instant import Span
from .optional_rules import PositionRule
from .phrase import Said, Word
from .procedure_rules import Effect, Rule
from .recorded import Reply
from .rules_of import position_rule
from .state import VoteState


class Offending(NamedTuple):
    """An offence: its name, the rule, the text, and the effect if it differs from the clause's.

    ``in_time``: it follows from the reply as it came; otherwise from the close, and no act rejects the reply for it.
    """

    name: str
    rule: Rule
    text: Said
    effect: Effect | None = None
    in_time: bool = True


def rule_of_position(state: VoteState, reply: Reply) -> PositionRule | None:
    """The procedure's rule on what the position of a reply requires or becomes, if it has one."""
    return position_rule(state.procedure, state.draft.act.question, reply.act.position)


def offences_of_position(state: VoteState, reply: Reply) -> Iterator[Offending]:
    """The offences of a reply by its position."""
    act, rule = reply.act, rule_of_position(state, reply)
    if rule is not None and rule.reasons and act.reasons is not True:
        position = Word(rule.choice)
        if act.reasons is False:
            yield Offending("reasons", rule, Said.of("{position}, without reasons", position=position))
        else:
            text = Said.of("{position}: whether it gives reasons is not known", position=position)
            yield Offending("reasons", rule, text, "note")
    if act.effective_at is None:
        return
    if rule is None or not rule.later:
        text = Said.of("takes effect at an instant of its own, {at}: no rule lets it", at=act.effective_at)
        yield Offending("effective_at", state.procedure.choice, text)
    elif state.window.closes.certainly_before(Span(act.effective_at, act.effective_at)):
        text = Said.of("takes effect {at}, after the window closes", at=act.effective_at)
        yield Offending("effective_at", rule, text, in_time=False)
