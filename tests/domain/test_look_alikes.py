"""A name that people may take for another is refused in every act; where one is on record, a finding says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from inblue.domain.acts import (
    Act,
    ClericalErrorCorrected,
    DraftCirculated,
    DraftCorrected,
    ExplanationFiled,
    LetterSent,
)
from inblue.domain.ending_acts import ResultAnnounced as Announced
from inblue.domain.errors import Malformed
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.register import Register, decide_register
from inblue.domain.register_acts import PresidencyAssigned, ProcedureAdopted, RosterAdopted

Begin = Callable[..., Any]
COUNCIL = built_in_procedure("unsc-2020-253")
UNSEEN = "U\\+200B \\(ZERO WIDTH SPACE\\)"
CLERICAL: dict[str, Any] = {"member": "FRA", "field": "instrument.language", "was": None, "reason": "typed wrongly"}


def draft(vote: Any, **given: Any) -> DraftCirculated:
    return DraftCirculated.of({**vote.state.draft.act.json_value(), **given}, where="draft")


@pytest.mark.parametrize(
    ("field", "act"),
    [
        ("symbol", LetterSent(kind="outcome", symbol="S/1\u200b")),
        ("language", LetterSent(kind="outcome", language="e\u200bn")),
        ("languages", ExplanationFiled(member="FRA", languages=("en", "f\u200br"))),
        ("resolution", Announced(resolution="1\u200b")),
        ("now", ClericalErrorCorrected(now="e\u200bn", **CLERICAL)),
        ("now", DraftCorrected(field="languages", was=(), now=("f\u200br",), reason="typed wrongly")),
        ("now", DraftCorrected(field="texts", was={}, now={"f\u200br": "a" * 64}, reason="typed wrongly")),
    ],
)
def test_an_act_with_such_a_name_is_refused(story: Begin, field: str, act: Act) -> None:
    vote = story()
    with pytest.raises(Malformed, match=f"^{field}: {UNSEEN}"):
        vote.do(act)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("symbol", {"symbol": "S/1\u200b"}),
        ("languages", {"languages": ["e\u200bn"]}),
        ("texts", {"texts": {"e\u200bn": "a" * 64}}),
        ("original", {"original": "e\u200bn"}),
    ],
)
def test_a_draft_with_such_a_name_is_not_circulated_and_one_on_record_is_flagged(
    story: Begin, field: str, given: dict[str, Any]
) -> None:
    vote = story()
    act = draft(vote, **given) if field != "texts" else vote.state.draft.act.model_copy(update=given)
    vote.maybe, vote.recorded = None, []
    with pytest.raises(Malformed, match=f"^{field}: {UNSEEN}"):
        vote.do(act)
    vote.force(act)  # as a version before this one recorded it
    flagged = [(f.severity, f.text) for f in vote.raised() if f.kind == "look_alike"]
    assert flagged == [("flag", f"a name in act 0 ({field}) has U+200B and may be taken for another")]


def test_a_title_and_a_persons_name_may_be_of_several_scripts(story: Begin) -> None:
    vote = story()
    mixed = draft(vote, title="О мире (On peace) \u200d")
    vote.maybe, vote.recorded = None, []
    vote.do(mixed)
    vote.opens()
    vote.reply("FRA", signatory="Иванов Ivanov")
    assert not [f for f in vote.raised() if f.kind == "look_alike"]


@pytest.mark.parametrize(
    "act",
    [
        RosterAdopted(name="Council\u200b", sha256="a" * 64),
        PresidencyAssigned(body="Security \u0421ouncil", member="FRA", month="2026-01"),
        PresidencyAssigned(body="Security Council", member="FRA", month="٢٠٢٦-01"),
        ProcedureAdopted(id="unsc\u200b", sha256="a" * 64),
    ],
)
def test_the_register_takes_no_such_name(act: Any) -> None:
    with pytest.raises(Malformed, match=r"(name|body|month|id): U\+"):
        decide_register(Register(), act, office="registrar")


def test_no_vote_is_opened_by_a_procedure_or_a_roster_of_such_a_name(story: Begin) -> None:
    named: dict[str, Any] = {**COUNCIL.json_value(), "body": "Security \u0421ouncil"}
    with pytest.raises(Malformed, match=r"body: U\+0421 \(CYRILLIC CAPITAL LETTER ES\) is of another script"):
        story(Procedure.of(named, where="procedure"))
    vote = story()
    vote.roster = vote.roster.model_copy(update={"name": "unsc-\u0430"})
    with pytest.raises(Malformed, match=r"roster: U\+0430"):
        vote.opens()
