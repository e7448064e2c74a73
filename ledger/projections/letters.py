"""The letters of a vote, and when each can be drafted from the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from ...domain.acts import LetterSent
from ...domain.errors import Refused
from ...domain.instant import Span
from ...domain.procedure import Procedure2
from ...domain.recorded import Recorded, Reply
from ...domain.state import VoteState
from ...domain.validity import rejections
from ..errors import NotFound
from .compendium import has_compendium

LetterKind: TypeAlias = Literal["opening", "acknowledgement", "votes", "announcement", "outcome", "compendium"]
"""Opening letter, acknowledgement of a reply, list of votes, announcement, letter on the outcome, compendium letter."""

KINDS: tuple[LetterKind, ...] = get_args(LetterKind)


def letters_of(state: VoteState) -> tuple[LetterKind, ...]:
    """The letters in the procedure of a vote; every vote has an opening letter."""
    rules = state.procedure
    knows = {
        "opening": True,
        "acknowledgement": rules.acknowledgement is not None,
        "votes": rules.tally_circulation is not None,
        "announcement": rules.announcement is not None,
        "outcome": isinstance(rules, Procedure2) and rules.outcome_letter is not None,
        "compendium": has_compendium(state),
    }
    return tuple(kind for kind in KINDS if knows[kind])


def check_letter(state: VoteState, kind: LetterKind) -> None:
    """Make sure that a letter can be drafted for the current vote.

    Raises:
        Refused: the body has no such letter, or it is too early or too late.
    """
    known = letters_of(state)
    if kind not in known:
        raise Refused(None, f"the body of {state.name} has no letter of the kind {kind}; it has {', '.join(known)}")
    if kind == "opening" and state.opening is None and state.ended is not None:
        raise Refused(None, f"the vote on {state.name} is over; no letter opens it")
    if kind in {"votes", "announcement", "compendium"} and not state.is_closed:
        raise Refused(None, f"voting on {state.name} is not closed; inblue vote close comes before this letter")
    if kind == "outcome" and state.result is None:
        text = (
            f"the result of the vote on {state.name} is not announced; inblue result announce comes before this letter"
        )
        raise Refused(None, text)


def reply_of(state: VoteState, member: str, ordinal: int) -> Reply:
    """The reply that an acknowledgement is for.

    Raises:
        NotFound: there is none.
    """
    found = state.reply(member, ordinal)
    if found is None or found.voided is not None:
        raise NotFound(f"no reply {ordinal} of {member} to {state.name} is on record")
    return found


def letter_on_record(state: VoteState, kind: LetterKind | Literal["procedure"]) -> Recorded[LetterSent] | None:
    """The letter of that kind that was sent; the last one, if there are several."""
    if kind == "opening":
        return state.opening
    return next((each for each in reversed(state.letters) if each.act.kind == kind), None)


def as_planned(state: VoteState, planned: LetterSent) -> VoteState:
    """The vote as it would be opened by a letter that is not sent yet."""
    at = state.last_recorded_at or state.draft.recorded_at
    opened = state.after({"opening": Recorded(planned, state.draft.number + 1, at, "")})
    if planned.counting is not None and isinstance(planned.opens_at, datetime) and opened.window.closes_at is not None:
        closes = state.closing_of(planned.opens_at, planned.counting)
        opened.derived["window"] = replace(opened.window, closes=Span(closes, closes))
    return opened


def kept_and_not_counted(state: VoteState) -> tuple[Reply, ...]:
    """The replies on record that a clause keeps from counting."""
    return tuple(each for each in state.replies if each.voided is None and tuple(rejections(state, each)))
