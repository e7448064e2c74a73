"""Papers that, by their bytes, are replies in several votes: a letter may answer two drafts, or was entered wrongly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ...domain.describe import position_said
from ...domain.phrase import Said
from ...domain.recorded import Reply
from ...domain.state import VoteState


class SharedPaper(NamedTuple):
    """A paper by its digest, and its replies in several votes, each with its vote."""

    sha256: str
    replies: tuple[tuple[VoteState, Reply], ...]

    def said(self) -> Said:
        """The paper, and its replies, in words."""
        replies = tuple(
            Said.of(
                "{vote}: {member} {position}",
                vote=state.name,
                member=state.procedure.said(reply.member),
                position=position_said(reply.act),
            )
            for state, reply in self.replies
        )
        return Said.of("the paper {sha256} is a reply in several votes: {replies}", sha256=self.sha256, replies=replies)


def shared_papers(states: Iterable[VoteState]) -> tuple[SharedPaper, ...]:
    """The papers that are replies in more than one of these votes, in the order in which they are found."""
    found: dict[str, list[tuple[VoteState, Reply]]] = {}
    for state in states:
        for reply in state.replies:
            if (sha256 := reply.act.instrument.sha256) is not None and reply.voided is None:
                found.setdefault(sha256, []).append((state, reply))
    return tuple(
        SharedPaper(sha256, tuple(replies))
        for sha256, replies in found.items()
        if len({state.name for state, _ in replies}) > 1
    )


def shared_papers_json(papers: Iterable[SharedPaper]) -> list[dict[str, Any]]:
    """``shared_papers`` of ``inblue-audit/1``."""
    return [
        {
            "sha256": paper.sha256,
            "replies": [
                {"vote": state.name, "member": reply.member, "reply": reply.ordinal, "position": reply.act.position}
                for state, reply in paper.replies
            ],
        }
        for paper in papers
    ]
