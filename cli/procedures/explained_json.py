"""The output of the commands on procedures, as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...domain.example_votes import Counted
from ...domain.explain import explain
from ...domain.lint import Fault
from ...domain.procedure import Procedure
from ...domain.procedure_changes import Change
from ...domain.sentence import Sentence
from ...domain.state import VoteState
from ...domain.tally import tally
from ...domain.trial import remarks, uncounted


def checked_json(rules: Procedure, counted: Iterable[Counted], faults: Iterable[Fault]) -> dict[str, Any]:
    """``inblue-procedure-check/1``: the sentences by part, the results of the examples, the faults."""
    parts = [{"title": str(part.title), "sentences": [*map(_sentence, part.sentences)]} for part in explain(rules)]
    return {
        "format": "inblue-procedure-check/1",
        "procedure": _known_as(rules),
        "parts": parts,
        "examples": [_example(each) for each in counted],
        "faults": [{"clause": fault.clause, "text": str(fault.text)} for fault in faults],
    }


def changes_json(before: Procedure, after: Procedure, changed: Sequence[Change]) -> dict[str, Any]:
    """``inblue-procedure-diff/1``: what was said before and what is said after, by field."""
    listed = [
        {
            "part": str(change.part),
            "field": change.field,
            "before": change.before and _text(change.before),
            "after": change.after and _text(change.after),
        }
        for change in changed
    ]
    return {
        "format": "inblue-procedure-diff/1",
        "before": _known_as(before),
        "after": _known_as(after),
        "changes": listed,
    }


def tried_json(state: VoteState, rows: Sequence[int]) -> dict[str, Any]:
    """``inblue-procedure-try/1``: counts, outcome and reasons, and of each reply that is not counted why; by row."""
    counted = tally(state)
    row = {id(reply): number for reply, number in zip(state.replies, rows, strict=True)}
    return {
        "format": "inblue-procedure-try/1",
        "procedure": _known_as(state.procedure),
        "question": state.draft.act.question,
        "seats": len(counted.positions),
        "counts": counted.counts,
        "outcome": counted.outcome,
        "unanimous": counted.unanimous,
        "reasons": [str(reason) for reason in counted.reasons],
        "questions": [
            {"question": each.question, "counts": each.counts, "outcome": each.outcome} for each in counted.questions
        ],
        "not_counted": [
            {"row": row[id(each.reply)], "member": each.reply.member, "text": str(each.text), "clause": each.clause}
            for each in uncounted(state)
        ],
        "remarks": [
            {
                "row": row[id(reply)],
                "member": reply.member,
                "effect": offence.effect,
                "text": str(offence.text),
                "clause": offence.clause,
            }
            for reply, offence in remarks(state)
        ],
    }


def _known_as(rules: Procedure) -> dict[str, str]:
    return {"id": rules.id, "sha256": rules.sha256}


def _sentence(sentence: Sentence) -> dict[str, Any]:
    return {"field": sentence.field, **_text(sentence)}


def _text(sentence: Sentence) -> dict[str, Any]:
    return {"text": str(sentence.text), "clause": sentence.clause}


def _example(counted: Counted) -> dict[str, Any]:
    tally = counted.tally
    return {
        "title": counted.example.title,
        "wanted": counted.example.outcome,
        "outcome": tally and tally.outcome,
        "as_wanted": counted.as_wanted,
        "reasons": [str(reason) for reason in tally.reasons] if tally else [],
        "fault": counted.fault,
    }
