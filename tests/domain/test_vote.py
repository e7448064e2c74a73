"""A vote, as its procedure allows and forbids it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from inblue.domain.acts import (
    Act,
    ClericalErrorCorrected,
    DraftWithdrawn,
    LetterSent,
    ReceiptAcknowledged,
    ReplyRejected,
    WindowChanged,
)
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.vote import fold

Begin = Callable[..., Any]


def refused(story: Any, act: Act, clause: str | None, office: str = "registrar") -> None:
    before = story.state
    with pytest.raises(Refused) as caught:
        story.do(act, office)
    assert caught.value.clause == clause
    assert story.state is before


def test_fifteen_in_favour_adopt_unanimously(story: Begin) -> None:
    vote = story().opens()
    for member in vote.roster.ids:
        vote.at(hours=1)
        assert [act.act for act in vote.reply(member)] == ["vote_cast"]
    assert vote.tally.outcome == "open"
    vote.closes().announces(resolution="2518 (2020)")
    assert vote.tally.outcome == "adopted"
    assert vote.tally.unanimous
    assert vote.state.result.act.outcome == "adopted"
    assert vote.tally.counts == {"in_favour": 15, "against": 0, "abstention": 0, "absent": 0}


def test_a_silent_member_is_absent_and_the_text_is_adopted_without_it(story: Begin) -> None:
    vote = story().opens().at(hours=2)
    for member in vote.roster.ids[1:]:
        vote.reply(member)
    vote.closes()
    assert vote.tally.counts["absent"] == 1
    assert (vote.tally.outcome, vote.tally.unanimous) == ("adopted", False)


def test_a_draft_may_be_withdrawn_before_the_opening_and_not_after(story: Begin) -> None:
    vote = story()
    vote.do(DraftWithdrawn())
    assert vote.state.withdrawn is not None
    refused(story().opens(), DraftWithdrawn(), "in_blue")


def test_a_withdrawn_draft_cannot_be_opened(story: Begin) -> None:
    vote = story()
    vote.do(DraftWithdrawn())
    refused(vote, LetterSent(kind="opening", opens_at=vote.now, snapshot=vote.snapshot()), "opening")


def test_voting_opens_once(story: Begin) -> None:
    vote = story().opens()
    refused(vote, LetterSent(kind="opening", opens_at=vote.now, snapshot=vote.snapshot()), "opening")


def test_the_deadline_is_never_typed_nor_moved(story: Begin) -> None:
    vote = story()
    later = vote.now + timedelta(days=3)
    refused(vote, LetterSent(kind="opening", opens_at=vote.now, closes_at=later, snapshot=vote.snapshot()), "window")
    vote.opens()
    refused(vote, WindowChanged(closes_at=later), "window")


def test_a_moved_deadline_that_was_recorded_all_the_same_moves_nothing(story: Begin) -> None:
    vote = story().opens()
    closes_at = vote.state.window.closes_at
    vote.force(WindowChanged(closes_at=closes_at + timedelta(days=1)))
    assert vote.state.window.closes_at == closes_at
    assert [f.clause for f in vote.raised() if "recorded all the same" in f.text] == ["window"]


def test_voting_closes_after_the_window_and_once(story: Begin) -> None:
    vote = story().opens().at(hours=23, minutes=59)
    refused(vote, VotingClosed(closed_at=vote.now), "window")
    vote.at(hours=25)
    refused(vote, VotingClosed(closed_at=vote.now - timedelta(hours=2)), "window")
    vote.closes(hours=25)
    refused(vote, VotingClosed(closed_at=vote.now), "window")


def test_a_close_forced_before_the_deadline_closes_nothing(story: Begin) -> None:
    vote = story().opens().at(hours=2)
    vote.force(VotingClosed(closed_at=vote.now))
    assert not vote.state.is_closed
    assert vote.tally.outcome == "open"


def test_nothing_is_announced_before_the_close_twice_or_otherwise_than_decided(story: Begin) -> None:
    vote = story().opens().at(hours=25)
    refused(vote, ResultAnnounced(), "announcement")
    vote.closes(hours=25)
    refused(vote, ResultAnnounced(outcome="adopted"), "majority")
    refused(vote, TallyCirculated(counts={"in_favour": 9, "absent": 6}), "majority")
    vote.announces()
    assert vote.state.result.act.outcome == "not_adopted"
    refused(vote, ResultAnnounced(), "announcement")


def test_no_outcome_letter_before_the_close(story: Begin) -> None:
    refused(story().opens(), LetterSent(kind="outcome"), "window")


def test_an_office_records_only_what_the_procedure_lets_it(story: Begin) -> None:
    vote = story().opens()
    refused(vote, ReceiptAcknowledged(member="BEL"), "recorders", office="president")


def test_nothing_is_acknowledged_that_is_not_on_record_or_twice(story: Begin) -> None:
    vote = story().opens()
    refused(vote, ReceiptAcknowledged(member="BEL"), None)
    vote.reply("BEL")
    vote.acknowledge("BEL")
    refused(vote, ReceiptAcknowledged(member="BEL"), None)


def test_a_reply_is_rejected_only_for_a_clause_that_rejects(story: Begin) -> None:
    vote = story().opens()
    vote.reply("BEL", signed=False)
    refused(vote, ReplyRejected(member="BEL", clause="signature", reason="x"), "signature")
    refused(vote, ReplyRejected(member="BEL", clause="nowhere", reason="x"), None)


def test_a_reply_is_not_rejected_without_a_ground_not_even_by_force(story: Begin) -> None:
    vote = story().opens()
    vote.reply("BEL")
    groundless = ReplyRejected(member="BEL", clause="late", reason="it came too late")
    refused(vote, groundless, "late")
    vote.force(groundless)
    assert vote.tally.counts["in_favour"] == 1
    assert [c.clause for c in vote.state.contradictions] == ["late"]


def test_a_result_forced_before_the_close_does_not_count(story: Begin) -> None:
    vote = story().opens()
    vote.force(ResultAnnounced(outcome="not_adopted"))
    assert vote.state.result is None
    assert len(vote.state.contradictions) == 1


def test_a_day_that_has_not_begun_is_ahead_of_the_clock_too(story: Begin) -> None:
    vote = story().opens()
    with pytest.raises(Refused, match="lies ahead of the clock"):
        vote.reply("BEL", received_at=vote.now.date() + timedelta(days=1))


def test_what_has_not_happened_yet_is_not_recorded(story: Begin) -> None:
    vote = story().opens()
    with pytest.raises(Refused, match="lies ahead of the clock"):
        vote.reply("BEL", received_at=vote.now + timedelta(seconds=1))


@pytest.mark.parametrize(("member", "position"), [("BEL", "maybe"), ("XXX", "maybe")])
def test_what_the_procedure_cannot_know_is_bad_input(story: Begin, member: str, position: str) -> None:
    vote = story().opens()
    with pytest.raises(Malformed):
        vote.reply(member, position)
    assert vote.state.replies == ()


@pytest.mark.parametrize(
    ("told", "clause"),
    [
        (lambda vote: vote.opens().at(hours=24, seconds=1).reply("BEL"), "late"),
        (lambda vote: vote.reply("BEL"), "early"),
        (lambda vote: vote.opens().reply("NOR"), "roster"),
        (lambda vote: vote.opens().reply("BEL", None), "choices"),
    ],
)
def test_a_reply_that_cannot_count_is_recorded_and_rejected(
    story: Begin, told: Callable[[Any], list[Act]], clause: str
) -> None:
    vote = story()
    cast, rejected = told(vote)
    assert cast.act == "vote_cast"
    assert isinstance(rejected, ReplyRejected)
    assert rejected.clause == clause
    assert len(vote.state.replies) == 1
    assert vote.state.replies[0].rejected


def test_a_reply_at_exactly_the_deadline_is_inside(story: Begin) -> None:
    vote = story().opens().at(hours=24)
    assert len(vote.reply("BEL")) == 1
    assert vote.verdict().placement == "inside"


def test_the_first_reply_counts_and_the_second_is_kept(story: Begin) -> None:
    vote = story().opens()
    vote.reply("BEL", "in_favour")
    assert [act.act for act in vote.reply("BEL", "against")] == ["vote_cast", "reply_rejected"]
    vote.closes()
    assert (vote.tally.counts["in_favour"], vote.tally.counts["against"]) == (1, 0)
    assert [reply.act.position for reply in vote.state.replies] == ["in_favour", "against"]


def test_where_votes_may_change_the_last_reply_counts(story: Begin) -> None:
    data = {
        **built_in_procedure("unsc-2020-253").json_value(),
        "second_reply": {"clause": "second_reply", "stands": "last"},
    }
    vote = story(Procedure.of(data, where="test")).opens()
    vote.reply("BEL", "in_favour")
    assert len(vote.reply("BEL", "against")) == 1
    vote.closes()
    assert (vote.tally.counts["in_favour"], vote.tally.counts["against"]) == (0, 1)


@pytest.mark.parametrize(
    "paper",
    [{"form": "note_verbale", "signed": False, "office": None}, {"signed": False}, {"office": "third_secretary"}],
)
def test_a_flaw_of_form_is_flagged_and_counts(story: Begin, paper: dict[str, Any]) -> None:
    vote = story().opens()
    assert len(vote.reply("BEL", **paper)) == 1
    vote.acknowledge("BEL")
    assert [finding.severity for finding in vote.raised("BEL")] == ["flag"]
    vote.closes()
    assert vote.tally.counts["in_favour"] == 1


def test_a_late_reply_that_no_act_rejects_does_not_count_either(story: Begin) -> None:
    vote = story().opens().at(hours=25)
    cast, _ = vote.reply("BEL")
    other = story().opens().at(hours=25)
    other.force(cast)
    other.closes(hours=26)
    assert other.tally.counts["in_favour"] == 0
    assert "no act rejects it" in other.raised("BEL")[0].text


def correction(**given: Any) -> ClericalErrorCorrected:
    values = {"member": "BEL", "field": "instrument.signatory", "was": "A. Nother", "now": "Another", "reason": "slip"}
    return ClericalErrorCorrected(**{**values, **given})


def test_a_clerical_error_is_corrected_and_the_old_value_stays_in_view(story: Begin) -> None:
    vote = story().opens()
    vote.reply("BEL", signatory="A. Nother")
    vote.do(correction())
    reply = vote.state.replies[0]
    assert reply.act.instrument.signatory == "Another"
    assert reply.entered.act.instrument.signatory == "A. Nother"
    assert "from A. Nother to Another" in vote.raised("BEL")[1].text


@pytest.mark.parametrize(
    ("given", "clause"),
    [
        ({"field": "member", "was": "BEL", "now": "FRA"}, "corrections"),
        ({"field": "position", "was": "in_favour", "now": "against"}, "corrections"),
        ({"was": "Somebody else"}, None),
    ],
)
def test_what_may_not_be_corrected(story: Begin, given: dict[str, Any], clause: str | None) -> None:
    vote = story().opens()
    vote.reply("BEL", signatory="A. Nother")
    refused(vote, correction(**given), clause)


def test_a_position_is_corrected_by_reading_the_same_paper_again_until_the_announcement(story: Begin) -> None:
    vote = story().opens()
    vote.reply("BEL", "in_favour", sha256="ab" * 32)
    paper = {"field": "position", "was": "in_favour", "now": "against", "sha256": "ab" * 32}
    refused(vote, correction(**{**paper, "sha256": "cd" * 32}), "corrections")  # another paper is another reply
    vote.do(correction(**{**paper, "sha256": None}))  # it names the paper that is on record
    assert vote.state.replies[0].corrections[0].act.sha256 == "ab" * 32
    assert vote.state.replies[0].act.position == "against"
    vote.closes().announces()
    refused(vote, correction(**{**paper, "was": "against", "now": "in_favour"}), "corrections")


def test_a_documented_history_is_never_refused_by_a_clause(story: Begin) -> None:
    vote = story(times="documented")
    vote.do(LetterSent(kind="opening", dated=vote.now.date(), snapshot=vote.snapshot()))
    vote.do(WindowChanged(closes_at=vote.now + timedelta(days=9)))
    vote.do(DraftWithdrawn())
    assert [c.clause for c in vote.state.contradictions] == ["window", "in_blue"]
    assert vote.state.moved_to is None
    assert vote.state.withdrawn is None


def test_silence_is_consent_and_one_objection_defeats(story: Begin) -> None:
    vote = story("unga-74-544", "unga-74")
    deadline = vote.now + timedelta(hours=90)
    with pytest.raises(Refused, match="at least 72 h"):
        vote.do(
            LetterSent(
                kind="opening", opens_at=vote.now, closes_at=vote.now + timedelta(hours=71), snapshot=vote.snapshot()
            )
        )
    vote.do(LetterSent(kind="opening", opens_at=vote.now, closes_at=deadline, snapshot=vote.snapshot()))
    vote.do(WindowChanged(closes_at=deadline + timedelta(hours=10)))
    assert vote.state.window.closes_at == deadline + timedelta(hours=10)
    vote.now = deadline + timedelta(hours=5)
    vote.reply("MLT", "objection")
    vote.now = deadline + timedelta(hours=11)
    vote.do(VotingClosed(closed_at=vote.now))
    assert (vote.tally.outcome, vote.tally.counts) == ("not_adopted", {"objection": 1, "consent": 192})


def test_where_the_procedure_allows_it_voting_closes_as_soon_as_it_is_decided(story: Begin) -> None:
    data: Any = built_in_procedure("unsc-2020-253").json_value()
    decision = {**data["decision"], "decided": {"adopted": "when_reached"}}
    vote = story(Procedure.of({**data, "decision": decision}, where="test")).opens().at(hours=1)
    for member in vote.roster.ids[:8]:
        vote.reply(member)
    refused(vote, VotingClosed(closed_at=vote.now), "window")
    vote.reply(vote.roster.ids[8])
    vote.do(VotingClosed(closed_at=vote.now))
    assert vote.tally.outcome == "adopted"
    vote.at(hours=2)
    assert vote.reply(vote.roster.ids[9])[-1].act == "reply_rejected"


def test_folding_in_two_halves_is_folding_whole(story: Begin) -> None:
    vote = story().opens()
    vote.reply("BEL")
    vote.reply("BEL", "against")
    vote.acknowledge("BEL")
    vote.closes().announces()
    assert fold(vote.recorded, vote.documents) == vote.state == fold(vote.recorded, vote.documents)
