"""Findings on when a vote was decided: whether before the close, and what came after the decision."""

from __future__ import annotations

from collections.abc import Iterator

from .certainty import outcome_certain, possible_outcomes
from .course import course_of, takes_effect
from .finding import Finding
from .phrase import Code, Said, Value
from .procedure_rules import OPEN
from .rules_of import decided_early
from .state import VoteState
from .tally import outcome_of
from .titles import outcome_code


def on_the_course(state: VoteState) -> Iterator[Finding]:
    """The findings that depend on when a vote was decided, if its procedure says when that is."""
    if not decided_early(state.procedure):
        return
    course, clause = course_of(state), state.procedure.decision.clause
    yield from _on_an_early_close(state)
    if course.outcome is None:
        return
    for reply in state.replies:
        if reply.voided is None and course.came_after(takes_effect(state, reply)):
            text = Said.of("came after the vote was decided")
            yield Finding("after_decision", clause, "note", text, reply.member, reply.ordinal)


def on_the_certainty(state: VoteState) -> Iterator[Finding]:
    """That another order of arrival, or a fact still due, would give another outcome."""
    if outcome_certain(state):
        return
    possible, procedure = sorted(possible_outcomes(state)), state.procedure
    outcomes: tuple[Value, ...] = tuple(outcome_code(procedure, each) for each in possible)
    text = Said.of(
        "the outcome is not certain: in another order of arrival it could be one of {outcomes}", outcomes=outcomes
    )
    if outcome_of(state) == OPEN and not course_of(state).perhaps:
        text = Said.of(
            "the outcome is not certain: by what is on record it could be one of {outcomes}", outcomes=outcomes
        )
    given = {"outcomes": tuple(map(Code, possible))}
    yield Finding("outcome_open", procedure.decision.clause, "flag", text, given=given)


def _on_an_early_close(state: VoteState) -> Iterator[Finding]:
    """Voting that was closed before the deadline although, by the record, nothing was decided by then."""
    if state.closed is None:
        return
    deadline, closed = state.after({"closed": None}).window.closes, state.span(state.closed.act.closed_at)
    if closed.certainly_before(deadline) and not course_of(state).decided_by(closed):
        text = Said.of("voting was closed before the deadline; by what is on record no outcome was decided by then")
        yield Finding("closed_undecided", state.procedure.window.clause, "flag", text)
