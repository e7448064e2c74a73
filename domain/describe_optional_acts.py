"""Acts for which a procedure has an optional rule, described in a sentence each."""

from __future__ import annotations

from .facts import fact_rules
from .optional_acts import ElectorateChanged, FactRecorded, OptionalAct, WindowSuspended
from .phrase import Said, Value, Word
from .state import VoteState


def describe_optional(act: OptionalAct, state: VoteState) -> Said:
    """What ``act`` did, given the state of the vote after it."""
    said = state.procedure.said
    match act:
        case FactRecorded():
            title = next((rule.title for rule in fact_rules(state.procedure) if rule.id == act.fact), None)
            fact: Value = Word(act.fact) if title is None else Said.written(title)
            if act.status == "present":
                return Said.of("on record that this is so: {fact}", fact=fact)
            return Said.of("on record that this is not so: {fact}", fact=fact)
        case ElectorateChanged(change="begins"):
            return Said.of("the seat of {member} begins: {reason}", member=said(act.member), reason=act.reason)
        case ElectorateChanged():
            return Said.of("the seat of {member} ends: {reason}", member=said(act.member), reason=act.reason)
        case WindowSuspended(by=None):
            return Said.of("window suspended: {reason}", reason=act.reason)
        case WindowSuspended():
            by = said(act.by) if act.by is not None else ""
            return Said.of("window suspended, for {member}: {reason}", member=by, reason=act.reason)
        case _:
            return Said.of("window resumed")
