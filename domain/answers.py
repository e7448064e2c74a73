"""What a reply answers: to the draft by its position, and to each question that is put beside it."""

from __future__ import annotations

from .ballot import DRAFT
from .procedure import Procedure
from .recorded import Reply
from .roster import NOT_ON_RECORD
from .state import VoteState


def questions_of(procedure: Procedure) -> tuple[str, ...]:
    """The questions of a vote: the draft, then those that are put beside it."""
    return (DRAFT, *(each.id for each in procedure.asked))


def answer_of(state: VoteState, reply: Reply, question: str) -> str | None:
    """What a reply answers to a question: None if it is silent on it, ``not_on_record`` if nothing says.

    If a documented history does not say that its list of replies is complete, what it leaves out means nothing.
    """
    act = reply.act
    if act.says == "not_on_record":
        return NOT_ON_RECORD
    if question == DRAFT:
        return act.position
    given = next((each.position for each in act.answers if each.question == question), None)
    whole = not state.documented or state.draft.act.replies == "complete"
    return given if given is not None or whole else NOT_ON_RECORD
