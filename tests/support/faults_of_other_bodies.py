"""Vectors of the acts that other bodies have, each with one fault: :mod:`single_faults` gives them among all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ledgers import cast

from inblue.domain.acts import Act
from inblue.domain.ballot import Answer
from inblue.domain.optional_acts import ElectorateChanged, FactRecorded, WindowResumed, WindowSuspended

Body = dict[str, Any]


def _of(act: Act) -> Body:
    return act.json_value()


AGREES = Answer(question="use", position="agree")
ANSWERED = _of(cast("VNM", 2).model_copy(update={"answers": (AGREES,)}))
ANSWER: Body = ANSWERED["answers"][0]
ENDS = _of(ElectorateChanged(member="VNM", change="ends", reason="Its term is over."))
BEGINS = _of(ElectorateChanged(member="RUS", change="begins", reason="Elected.", groups=("elected",)))
FACT = _of(FactRecorded(fact="prior_decision", status="present"))
SUSPENDED, RESUMED = _of(WindowSuspended(reason="A hold.")), _of(WindowResumed())
RESULT: Body = {"act": "result_announced", "announced_at": None, "resolution": None, "source": None}
REPLY, SEAT = "vote-cast@3", "electorate-changed@1"


def acts_with_a_fault() -> Iterator[tuple[str, str, str, Body, str]]:
    """Name, what, the sentence of docs/spec, the act, and the kind that its entry names."""
    twice = {**ANSWERED, "answers": [ANSWER, {**ANSWER, "position": "oppose"}]}
    yield "answers-twice", "a question is answered twice", "ENT-32", twice, REPLY
    draft = {**ANSWERED, "answers": [{**ANSWER, "question": "draft"}]}
    yield "answers-draft", "the draft is answered beside the position", "ENT-32", draft, REPLY
    many = [{**ANSWER, "question": f"question_{number}"} for number in range(20)]
    yield "answers-20", "20 questions are answered", "ENT-32", {**ANSWERED, "answers": many}, REPLY
    says = {**ANSWERED, "position": None, "says": "withdraws"}
    yield "answers-withdrawn", "a reply withdraws, and answers", "ENT-32", says, REPLY
    yield "answers-version", "answers in version 2 of the kind", "ENT-20", ANSWERED, "vote-cast@2"
    more = {**ANSWERED, "answers": [{**ANSWER, "more": None}]}
    yield "answers-more", "a field more in an answer", "ENT-20", more, REPLY
    yield "outcome-open", "an announcement of no outcome", "ENT-32", {**RESULT, "outcome": "open"}, "result-announced@1"
    yield "seat-ended", "what kind of seat one was that ends", "ENT-32", {**ENDS, "groups": ["elected"]}, SEAT
    yield "seat-groups", "a group twice", "ENT-32", {**BEGINS, "groups": ["elected", "elected"]}, SEAT
    yield "seat-alternate", "a member is its own alternate", "ENT-32", {**BEGINS, "alternates": ["RUS"]}, SEAT
    yield "seat-weight", "a weight with a leading zero", "ENT-20", {**BEGINS, "weights": {"shares": "012.5"}}, SEAT
    yield "seat-change", "a seat that neither begins nor ends", "ENT-20", {**ENDS, "change": "x"}, SEAT
    unknown = {**FACT, "status": "unknown"}
    yield "fact-unknown", "a fact that is neither present nor missing", "ENT-20", unknown, "fact-recorded@1"
    yield "suspended-until", "a suspension with an end", "ENT-20", {**SUSPENDED, "until": None}, "window-suspended@1"
    yield "resumed-noon", "resumed at noon", "ENT-22", {**RESUMED, "resumed_at": "at noon"}, "window-resumed@1"
