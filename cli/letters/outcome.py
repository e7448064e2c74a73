"""The outcome of a vote, in the sentence used by letters, the compendium and its notes."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.describe import vote_said
from ...domain.inert import one_line
from ...domain.procedure import Procedure2
from ...domain.state import VoteState
from ...domain.tally import tally
from ...domain.titles import failing_said, outcome_title
from ...ledger.projections.compendium import Annex
from ..language.english import Language


def outcome_said(state: VoteState, language: Language, resolution: str | None = None) -> str:
    """The outcome of the vote, in the body's own words if it has some.

    ``resolution`` is the number that a resolution is to have whose adoption nobody has announced yet.
    """
    rules, result, symbol, say = state.procedure, state.result, vote_said(state), language.say
    outcome = (result.act.outcome if result is not None else None) or tally(state).outcome
    if outcome == "open":
        return missing(say("outcome"), language)
    if formula := failing_said(rules, outcome):
        return say("The draft {symbol}: {outcome}.", symbol=symbol, outcome=language.again(formula))
    if outcome != rules.decision.passing:
        return say("The draft {symbol} was not adopted.", symbol=symbol)
    if own := outcome_title(rules, outcome):
        return say("The draft {symbol}: {outcome}.", symbol=symbol, outcome=language.again(own))
    if isinstance(rules, Procedure2) and rules.resolution is not None:
        given = result.act.resolution if result is not None else resolution
        number = language.resolution(one_line(given)) if given else missing(say("number of the resolution"), language)
        return say("The draft {symbol} was adopted as resolution {number}.", symbol=symbol, number=number)
    return say("The draft {symbol} was adopted.", symbol=symbol)


def missing(what: str, language: Language) -> str:
    """A blank that names what is missing."""
    return language.say("[{what}: not on record]", what=what)


def annexes_said(annexes: Sequence[Annex], language: Language) -> str:
    """Annexes by number, from the first to the last."""
    first, last = annexes[0].number, annexes[-1].number
    if first == last:
        return language.say("annex {number}", number=language.annex(first))
    return language.annexes(first, last)
