"""What the source of a documented history never states: one note for the vote instead of a finding on each reply.

A compendium prints letters, but no acknowledgements. If it prints some, the missing ones are findings.
"""

from __future__ import annotations

from collections.abc import Iterator

from .finding import Finding
from .phrase import Said
from .procedure import Procedure2
from .procedure_rules import Rule
from .state import VoteState


def unsaid_by_the_source(state: VoteState) -> frozenset[str]:
    """The rules on which the source of a documented history says nothing for any reply; empty in a live vote.

    Under the first format of procedures each reply is judged by itself.
    """
    if not state.documented or not state.replies or not isinstance(state.procedure, Procedure2):
        return frozenset()
    papers = [reply.act.instrument for reply in state.replies]
    said = {
        "acknowledgement": any(reply.acknowledged is not None for reply in state.replies),
        "signature": any(paper.signed is not None for paper in papers),
        "office": any(paper.office is not None for paper in papers),
    }
    return frozenset(name for name, anything in said.items() if not anything)


def on_what_the_source_leaves_unsaid(state: VoteState) -> Iterator[Finding]:
    """A note for each of those rules that the procedure has."""
    unsaid, procedure, number = unsaid_by_the_source(state), state.procedure, len(state.replies)
    said: tuple[tuple[str, Rule | None, Said], ...] = (
        (
            "acknowledgement",
            procedure.acknowledgement,
            Said.counted(
                "the source carries no acknowledgements: not judged for {number} reply",
                "the source carries no acknowledgements: not judged for {number} replies",
                number,
            ),
        ),
        (
            "signature",
            procedure.signature,
            Said.counted(
                "the source does not say who signed: not judged for {number} reply",
                "the source does not say who signed: not judged for {number} replies",
                number,
            ),
        ),
        (
            "office",
            procedure.office,
            Said.counted(
                "the source names no signatory's office: not judged for {number} reply",
                "the source names no signatory's office: not judged for {number} replies",
                number,
            ),
        ),
    )
    for name, rule, text in said:
        if rule is not None and name in unsaid:
            yield Finding("unsaid_by_the_source", rule.clause, "note", text, given={"rule": name, "replies": number})
