"""Replies to the questions put beside a draft, and numbers of texts: what the procedure does not have is refused."""

from __future__ import annotations

from typing import Any

import pytest
from committee import Committee, body, seats

from inblue.domain.acts import VoteCast
from inblue.domain.ballot import Answer
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instrument import Instrument

PUT = [{"id": "use", "clause": "choices", "title": "to use it", "choices": ["agree", "oppose"], "silence": "no_answer"}]
NAMES: dict[str, Any] = {
    "outcomes": [{"id": "carried", "title": "carried"}, {"id": "lost", "title": "lost"}],
    "decision": {
        "clause": "majority",
        "passing": "carried",
        "unanimous": ["yes"],
        "conditions": [
            {
                "id": "majority",
                "clause": "majority",
                "failing": "lost",
                "any_of": [{"choices": ["yes"], "compare": "more_than", "share": "1/2"}],
            }
        ],
    },
}


@pytest.mark.parametrize(
    ("question", "position", "said"),
    [
        ("elsewhere", "agree", "puts no question 'elsewhere'; it puts use"),
        ("use", "yes", "the choices are agree, oppose"),
    ],
)
def test_an_answer_that_the_procedure_does_not_know_is_not_a_reply(question: str, position: str, said: str) -> None:
    vote = Committee(body(questions_put=PUT), seats("A", "B")).at(hours=1)
    with pytest.raises(Malformed, match=said):
        vote.cast("A", answers=(Answer(question=question, position=position),))
    with pytest.raises(Malformed, match=said):  # nor as a registrar with other software would record it
        vote.force(vote_of("A", question, position, vote))
    vote.cast("A", answers=(Answer(question="use", position="oppose"),))


def vote_of(member: str, question: str, position: str, vote: Committee) -> VoteCast:
    return VoteCast(
        member=member,
        position="yes",
        received_at=vote.now,
        instrument=Instrument(form="e_mail"),
        answers=(Answer(question=question, position=position),),
    )


def test_a_text_that_does_not_pass_gets_no_number_whatever_its_outcome_is_called() -> None:
    vote = Committee(body(**NAMES), seats("A", "B")).at(hours=1).cast("A", "no").over()
    with pytest.raises(Refused, match="announced as “lost” gets no number"):
        vote.do(ResultAnnounced(outcome="lost", resolution="7", announced_at=vote.now))
    vote.do(ResultAnnounced(outcome="lost", announced_at=vote.now))
