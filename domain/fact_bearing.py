"""How the facts of a vote bear on its decision: one decides it, another takes conditions out of it.

A fact that is not on record yet may turn out either way. If it is due by the announcement, both are possible until it
is known. If it is due later, the outcome stays as it is until then, and is reported as subject to that fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias

from .facts import facts_of, on_record
from .optional_rules import FactRule
from .state import VoteState

Status: TypeAlias = Literal["present", "missing"]


class Bearing(NamedTuple):
    """The effect of facts on a decision.

    ``decides`` is the one that certainly decides it; each of ``may_decide``, before that one, does so if it turns out
    so. ``passed_over`` are the ids of conditions that a fact removes, ``perhaps`` of those that a fact removes if it
    turns out present. ``awaited`` are due after the announcement and not on record.
    """

    decides: FactRule | None = None
    may_decide: tuple[FactRule, ...] = ()
    passed_over: Mapping[str, FactRule] = {}
    perhaps: Mapping[str, FactRule] = {}
    awaited: tuple[FactRule, ...] = ()

    @property
    def of_conditions(self) -> Bearing:
        """Their effect on conditions alone."""
        return Bearing(passed_over=self.passed_over, perhaps=self.perhaps)


NO_FACTS = Bearing()


def bearing(rules: Iterable[FactRule], known: Mapping[str, Status]) -> Bearing:
    """How facts bear on a decision if those ``known`` are present or missing, and the others are unknown.

    ``rules`` are those on the kind of question that is decided.
    """
    decides: FactRule | None = None
    may_decide: list[FactRule] = []
    passed_over: dict[str, FactRule] = {}
    perhaps: dict[str, FactRule] = {}
    awaited: list[FactRule] = []
    for rule in rules:
        status = known.get(rule.id)
        if rule.does not in {"decides", "overrides"}:
            continue
        if status is None and rule.due == "after":
            awaited.append(rule)
        elif rule.does == "decides" and decides is None and status in {None, rule.if_it_is}:
            if status is None:
                may_decide.append(rule)
            else:
                decides = rule
        elif rule.does == "overrides" and status in {None, "present"}:
            taken_out = perhaps if status is None else passed_over
            taken_out.update(dict.fromkeys(rule.conditions or (), rule))
    perhaps = {name: rule for name, rule in perhaps.items() if name not in passed_over}
    return Bearing(decides, tuple(may_decide), passed_over, perhaps, tuple(awaited))


def bearing_of(state: VoteState) -> Bearing:
    """How the facts on record bear on the decision of a vote."""
    if not (rules := facts_of(state)):
        return NO_FACTS
    return bearing(rules, {name: recorded.act.status for name, recorded in on_record(state).items()})
