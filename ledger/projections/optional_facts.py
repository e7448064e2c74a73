"""The parts of a record from optional rules of its procedure, as values: absent if the procedure has no such rule.

Questions put beside the draft, when the outcome was decided, facts that bear on the vote, seats that changed or have no
vote, and a window that was suspended or whose end the registrar chose. The texts for people are elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from ...domain.course import course_of
from ...domain.facts import facts_of, on_record
from ...domain.instant import Span, format_instant, format_moment
from ...domain.optional_acts import ElectorateChanged, FactRecorded
from ...domain.optional_rules import FactRule
from ...domain.recorded import Recorded, Reply, Suspended
from ...domain.state import VoteState
from ...domain.tally import QuestionTally, Tally
from ...domain.validity import arrival


class FactLine(NamedTuple):
    """A fact that bears on a vote, and what was last recorded about it."""

    rule: FactRule
    recorded: Recorded[FactRecorded] | None

    @property
    def status(self) -> Literal["present", "missing", "unknown"]:
        """Whether it is present; unknown if nothing was recorded."""
        return "unknown" if self.recorded is None else self.recorded.act.status


class OptionalFacts(NamedTuple):
    """These parts of one vote. ``chosen``: no deadline was fixed, so the registrar chooses the end. ``advisory`` are
    the members whose seats reply but are not counted.
    """

    questions: tuple[QuestionTally, ...]
    decided_at: Span | None
    decided_by: int | None
    facts: tuple[FactLine, ...]
    changes: tuple[Recorded[ElectorateChanged], ...]
    advisory: tuple[str, ...]
    suspensions: tuple[Suspended, ...]
    chosen: bool


def optional_facts(state: VoteState, counted: Tally) -> OptionalFacts:
    """The parts of a vote as ``counted``."""
    known, snapshot = on_record(state), state.snapshot
    pinned = snapshot.roster.members if snapshot is not None else ()
    return OptionalFacts(
        counted.questions,
        counted.decided_at,
        counted.decided_by,
        tuple(FactLine(rule, known.get(rule.id)) for rule in facts_of(state)),
        tuple(state.seat_changes),
        tuple(seat.member for seat in pinned if seat.advisory),
        tuple(state.suspensions),
        state.procedure.window.fixed_by == "closing",
    )


def came_after_the_decision(state: VoteState, reply: Reply) -> bool:
    """Whether a reply certainly came after the outcome was decided."""
    return course_of(state).came_after(arrival(state, reply))


def optional_json(state: VoteState, counted: Tally) -> dict[str, Any]:
    """The fields of a vote in every format: only those that are not empty."""
    return dict(_fields(optional_facts(state, counted)))


def _fields(facts: OptionalFacts) -> Iterator[tuple[str, Any]]:
    if facts.questions:
        yield "questions", [_question_json(each) for each in facts.questions]
    if facts.decided_at is not None:
        yield "decided", {"between": _between(facts.decided_at), "act": facts.decided_by}
    if facts.facts:
        yield "facts", [_fact_json(each) for each in facts.facts]
    if facts.changes:
        yield "seat_changes", [_change_json(each) for each in facts.changes]
    if facts.advisory:
        yield "advisory", list(facts.advisory)


def reply_optional_json(state: VoteState, reply: Reply) -> dict[str, Any]:
    """The same for the fields of a reply."""
    act, found = reply.act, dict[str, Any]()
    if act.answers:
        found["answers"] = {answer.question: answer.position for answer in act.answers}
    if act.reasons is not None:
        found["reasons"] = act.reasons
    if act.condition is not None:
        found["condition"] = act.condition
    if act.effective_at is not None:
        found["effective_at"] = format_instant(act.effective_at)
    if act.message is not None:
        found["message"] = act.message.json_value()
    if came_after_the_decision(state, reply):
        found["after_decision"] = True
    return found


def _question_json(question: QuestionTally) -> dict[str, Any]:
    return {"question": question.question, "tally": question.counts, "outcome": question.outcome}


def _fact_json(line: FactLine) -> dict[str, Any]:
    act = line.recorded.act if line.recorded is not None else None
    at = act.established_at if act is not None else None
    return {
        "fact": line.rule.id,
        "status": line.status,
        "act": line.recorded.number if line.recorded is not None else None,
        "established_at": format_moment(at) if at is not None else None,
        "by": act.by if act is not None else None,
    }


def _change_json(change: Recorded[ElectorateChanged]) -> dict[str, Any]:
    at = change.act.changed_at
    return {
        "act": change.number,
        "member": change.act.member,
        "change": change.act.change,
        "changed_at": format_moment(at) if at is not None else None,
    }


def _between(span: Span) -> list[str | None]:
    return [None if end is None else format_instant(end) for end in span]
