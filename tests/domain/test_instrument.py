"""What is on a paper: what yesterday's versions wrote stays as it was, and a translation is not the paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from inblue.domain.acts import DraftCirculated, ExplanationFiled, LetterSent, VoteCast
from inblue.domain.errors import Malformed
from inblue.domain.instrument import Instrument
from inblue.domain.payload import Payload
from inblue.domain.verdict import Bounds, judge

Begin = Callable[..., Any]
DRAFT = DraftCirculated(symbol="S/1", question="substantive", times="live", procedure="0" * 64)
LETTER: dict[str, Any] = {"form": "letter", "rank": "大使"}


def cast(**sheet: Any) -> VoteCast:
    return VoteCast(member="DEU", position="in_favour", instrument=Instrument(**LETTER, **sheet))


@pytest.mark.parametrize(
    ("payload", "kind", "newer"),
    [
        (LetterSent(kind="outcome"), "letter-sent@1", "signatory"),
        (LetterSent(kind="opening", counting="elapsed"), "letter-sent@2", "addressees"),
        (LetterSent(kind="outcome", offices=("president",)), "letter-sent@3", None),
        (ExplanationFiled(member="CHN"), "explanation-filed@1", "speaker"),
        (ExplanationFiled(member="CHN", speaker="张军"), "explanation-filed@2", None),
        (DRAFT, "draft-circulated@1", "original"),
        (DRAFT.model_copy(update={"original": "en"}), "draft-circulated@3", None),
        (cast(), "vote-cast@1", "instrument.translation"),
        (cast(rank_in_english="Ambassador"), "vote-cast@2", None),
        (cast(translation="zh"), "vote-cast@2", None),
    ],
)
def test_a_payload_is_written_in_the_lowest_version_that_can_say_it(
    payload: Payload, kind: str, newer: str | None
) -> None:
    value: Any = payload.json_value()
    assert payload.kind_and_version() == kind
    assert type(payload).of(value, where="payload") == payload
    if newer:
        *way, last = newer.split(".")
        for step in way:
            value = value[step]
        assert last not in value


def test_a_field_of_an_instrument_is_none_of_the_letter_around_it() -> None:
    with pytest.raises(Malformed, match="translation: there is no such field here"):
        VoteCast.of({"member": "DEU", "position": None, "translation": "zh", "instrument": LETTER}, where="reply")


def test_a_translation_that_is_kept_proves_nothing_of_the_paper(story: Begin) -> None:
    strengths = []
    for translation in (None, "zh"):
        vote = story().opens().at(hours=1)
        vote.reply("BEL", sha256="ab" * 32, translation=translation)
        verdict = judge(vote.state, vote.state.replies[-1], Bounds(vote.now, vote.now + timedelta(minutes=1), ()))
        (kept,) = (each.text for each in verdict.evidence if each.kind == "instrument_bytes")
        strengths.append((verdict.strength, kept))
    assert strengths == [
        ("proven", f"the instrument is kept: SHA-256 {'ab' * 32}"),
        ("attested", f"a translation of it is kept: SHA-256 {'ab' * 32}"),
    ]
