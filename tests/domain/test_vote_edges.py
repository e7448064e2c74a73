"""What a vote refuses, act by act, and what it makes of acts that were recorded all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inblue.domain.acts import Act, ClericalErrorCorrected, DraftWithdrawn, LetterSent, ReplyRejected, WindowChanged
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.recorded import Recorded
from inblue.domain.vote import decide, evolve, fold

Begin = Callable[..., Any]


def refused(story: Any, act: Act, clause: str | None, office: str = "registrar") -> None:
    before = story.state
    with pytest.raises(Refused) as caught:
        story.do(act, office)
    assert caught.value.clause == clause
    assert story.state is before


def correction(**given: Any) -> ClericalErrorCorrected:
    values = {"member": "BEL", "field": "instrument.signatory", "was": "A. Nother", "now": "Another", "reason": "slip"}
    return ClericalErrorCorrected(**{**values, **given})


def test_nothing_is_withdrawn_twice_or_circulated_twice(story: Begin) -> None:
    vote = story()
    refused(vote, vote.state.draft.act, None)
    vote.do(DraftWithdrawn())
    refused(vote, DraftWithdrawn(), None)


@pytest.mark.parametrize("office", ["president", "permanent_representative", ""])
def test_only_the_registrar_enters_a_reply(story: Begin, office: str) -> None:
    vote = story().opens()
    cast, *_ = vote.reply("BEL")
    refused(vote, cast, "recorders", office=office)


def test_the_president_enters_letters_and_the_result(story: Begin) -> None:
    vote = story()
    vote.do(LetterSent(kind="opening", opens_at=vote.now, snapshot=vote.snapshot()), "president")
    vote.closes(hours=26)
    vote.do(ResultAnnounced(announced_at=vote.now), "president")
    vote.do(LetterSent(kind="outcome"), "president")
    assert vote.state.result.office == "president"


def test_a_day_that_has_not_begun_is_not_recorded_and_today_is(story: Begin) -> None:
    vote = story().opens()
    tomorrow = vote.now.date() + timedelta(days=1)
    with pytest.raises(Refused, match="2020-03-28 lies ahead of the clock"):
        vote.reply("BEL", received_at=tomorrow)
    assert len(vote.reply("BEL", received_at=tomorrow - timedelta(days=1))) == 1
    assert vote.verdict().placement == "indeterminate"


@pytest.mark.parametrize("sender", ["XXX", "chn"])
def test_a_letter_comes_from_a_member_that_the_procedure_knows(story: Begin, sender: str) -> None:
    with pytest.raises(Malformed, match="knows no member"):
        story().do(LetterSent(kind="procedure", sender=sender))


def test_an_opening_needs_its_instant_and_its_deadline_where_the_letter_fixes_it(story: Begin) -> None:
    vote = story()
    with pytest.raises(Malformed, match="opens_at"):
        vote.do(LetterSent(kind="opening", dated=vote.now.date(), snapshot=vote.snapshot()))
    assembly = story("unga-74-544", "unga-74")
    with pytest.raises(Malformed, match="closes_at"):
        assembly.do(LetterSent(kind="opening", opens_at=assembly.now, snapshot=assembly.snapshot()))


def test_a_window_is_moved_only_while_it_is_open_and_never_under_the_72_hours_or_into_the_past(story: Begin) -> None:
    vote = story("unga-74-544", "unga-74")
    refused(vote, WindowChanged(closes_at=vote.now + timedelta(days=9)), "window")
    opened = vote.now
    vote.do(LetterSent(kind="opening", opens_at=opened, closes_at=opened + timedelta(days=9), snapshot=vote.snapshot()))
    refused(vote, WindowChanged(closes_at=opened + timedelta(hours=72) - timedelta(microseconds=1)), "window")
    vote.now = opened + timedelta(days=5)
    refused(vote, WindowChanged(closes_at=opened + timedelta(days=4)), "window")
    vote.do(WindowChanged(closes_at=opened + timedelta(days=6)))
    vote.now = opened + timedelta(days=6, microseconds=1)
    refused(vote, WindowChanged(closes_at=opened + timedelta(days=9)), "window")


@pytest.mark.parametrize("clause", ["late", "early", "roster", "second_reply", "choices", "after_announcement"])
def test_a_good_reply_is_not_rejected_on_the_registrars_word(story: Begin, clause: str) -> None:
    vote = story().opens()
    vote.reply("RUS", "against")
    refused(vote, ReplyRejected(member="RUS", clause=clause, reason="unwelcome"), clause)
    vote.force(ReplyRejected(member="RUS", clause=clause, reason="unwelcome"))
    assert vote.tally.counts["against"] == 1
    assert [finding.clause for finding in vote.raised() if "recorded all the same" in finding.text] == [clause]


def test_a_reply_of_which_it_is_not_known_when_it_came_may_be_rejected_as_late(story: Begin) -> None:
    vote = story().opens().at(hours=25)
    vote.reply("BEL", received_at=None)
    assert vote.tally.counts["in_favour"] == 1
    vote.do(ReplyRejected(member="BEL", clause="late", reason="the mail server has it after the close"))
    assert vote.tally.counts["in_favour"] == 0
    refused_twice = ReplyRejected(member="BEL", clause="late", reason="again")
    refused(vote, refused_twice, None)


def test_a_position_is_corrected_by_a_paper_that_is_on_record_or_comes_with_the_correction(story: Begin) -> None:
    vote = story().opens()
    vote.reply("BEL", "in_favour")
    slip = {"field": "position", "was": "in_favour", "now": "against"}
    refused(vote, correction(**slip), "corrections")
    vote.do(correction(**slip, sha256="ab" * 32))
    assert vote.state.replies[0].act.instrument.sha256 == "ab" * 32
    back = {"field": "position", "was": "against", "now": "in_favour", "sha256": "cd" * 32}
    refused(vote, correction(**back), "corrections")  # from then on it is the paper of that reply


@pytest.mark.parametrize(
    "given",
    [
        {"field": "position", "was": "in_favour", "now": "perhaps", "sha256": "cd" * 32},
        {"field": "instrument.dated", "was": None, "now": "30 March"},
        {"field": "instrument.signed", "was": True, "now": "yes"},
        {"field": "explanation", "was": "silent", "now": "loud"},
    ],
)
def test_a_correction_cannot_leave_nonsense(story: Begin, given: dict[str, Any]) -> None:
    vote = story().opens()
    vote.reply("BEL", "in_favour")
    with pytest.raises(Malformed):
        vote.do(correction(**given))
    assert vote.state.replies[0].corrections == ()


def test_a_premature_announcement_by_other_software_costs_no_later_reply_its_vote(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    vote.force(ResultAnnounced(announced_at=vote.now, outcome="not_adopted"))
    assert [c.clause for c in vote.state.contradictions] == ["announcement"]
    for member in vote.roster.ids:
        assert len(vote.reply(member)) == 1
    vote.closes().announces()
    assert (vote.tally.outcome, vote.state.result.act.outcome) == ("adopted", "adopted")


def test_a_reply_entered_after_the_announcement_does_not_count_though_it_came_in_time(story: Begin) -> None:
    vote = story().opens().at(hours=25)
    vote.closes(hours=25).announces()
    *_, rejected = vote.reply("BEL", received_at=vote.now - timedelta(hours=10))
    assert isinstance(rejected, ReplyRejected)
    assert rejected.clause == "after_announcement"


def test_a_tally_is_circulated_again_when_a_reply_was_entered_late(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL")
    vote.closes()
    vote.do(TallyCirculated(counts={"in_favour": 1, "absent": 14}))
    vote.reply("FRA", received_at=vote.now - timedelta(hours=2))
    refused(vote, TallyCirculated(counts={"in_favour": 1, "absent": 14}), "majority")
    vote.do(TallyCirculated(counts={"in_favour": 2, "absent": 13}))
    assert vote.state.tally_circulated.act.counts["in_favour"] == 2
    with pytest.raises(Malformed, match="is no choice"):
        vote.do(TallyCirculated(counts={"maybe": 15}))


def test_a_documented_opening_that_names_its_deadline_opens_all_the_same(story: Begin) -> None:
    vote = story(times="documented")
    opened = vote.now
    typed = {"opens_at": opened, "closes_at": opened + timedelta(hours=30)}
    vote.do(LetterSent(kind="opening", snapshot=vote.snapshot(), **typed))
    assert vote.state.window.closes_at == opened + timedelta(hours=30)
    assert not vote.state.contradictions
    vote.do(LetterSent(kind="opening", opens_at=opened + timedelta(hours=2), snapshot=vote.snapshot()))
    assert vote.state.window.opens_at == opened
    live = story()
    live.force(LetterSent(kind="opening", snapshot=live.snapshot(), **typed))
    assert live.state.opening is None


def test_a_documented_deadline_under_the_72_hours_is_a_contradiction_and_holds(story: Begin) -> None:
    vote = story("unga-74-544", "unga-74", times="documented")
    closes_at = vote.now + timedelta(hours=48)
    vote.do(LetterSent(kind="opening", opens_at=vote.now, closes_at=closes_at, snapshot=vote.snapshot()))
    assert vote.state.window.closes_at == closes_at
    assert [c.clause for c in vote.state.contradictions] == ["window"]


@pytest.mark.parametrize(
    ("act", "clause"),
    [
        (DraftWithdrawn(), "in_blue"),
        (VotingClosed(), None),
        (LetterSent(kind="outcome"), None),
        (ResultAnnounced(outcome="adopted"), "majority"),
        (ResultAnnounced(resolution="1 (2020)"), "majority"),
        (ReplyRejected(member="BEL", clause="signature", reason="unsigned"), "signature"),
        (correction(field="received_at", was=None, now="2020-03-27T18:00:00Z"), None),
    ],
)
def test_documented_acts_are_kept_and_what_contradicts_the_rules_is_noted(
    story: Begin, act: Act, clause: str | None
) -> None:
    vote = story(times="documented", replies="complete")
    vote.do(LetterSent(kind="opening", dated=vote.now.date(), snapshot=vote.snapshot()))
    vote.reply("BEL", received_at=None)
    vote.do(act)
    assert vote.recorded[-1].act == act
    assert [c.clause for c in vote.state.contradictions] == ([clause] if clause else [])


def test_no_act_comes_before_the_draft(story: Begin) -> None:
    vote = story()
    recorded: Recorded[Act] = Recorded(DraftWithdrawn(), 0, vote.now, "registrar")
    with pytest.raises(Refused):
        decide(None, DraftWithdrawn(), now=vote.now, office="registrar", documents=vote.documents)
    with pytest.raises(Malformed, match="begins with the circulation"):
        evolve(None, recorded, vote.documents)


def test_an_act_that_is_not_the_next_is_never_applied(story: Begin) -> None:
    """One that is folded twice, or before the one in front of it, would give a vote that no stream holds."""
    vote = story().opens().at(hours=1)
    vote.reply("BEL")
    vote.reply("FRA")
    before, next_one = fold(vote.recorded[:3], vote.documents), vote.recorded[3]
    for number in (0, 1, 2, 4, 5, -1):
        with pytest.raises(Malformed, match=rf"act {number} .*out of order; act 3 comes next"):
            evolve(before, next_one._replace(number=number), vote.documents)
    with pytest.raises(Malformed, match=r"act 2 .*out of order; act 3 comes next"):
        evolve(before, vote.recorded[2], vote.documents)
    assert evolve(before, next_one, vote.documents) == vote.state
    for number in (1, -1):
        with pytest.raises(Malformed, match=rf"act {number} .*out of order; act 0 comes next"):
            evolve(None, vote.recorded[0]._replace(number=number), vote.documents)
    with pytest.raises(Malformed, match=r"act 2 .*out of order; act 1 comes next"):
        fold([vote.recorded[0], *vote.recorded[2:]], vote.documents)


def test_a_clock_that_steps_back_is_a_finding_and_the_order_is_the_logs(story: Begin) -> None:
    vote = story().opens().at(hours=3)
    vote.reply("BEL")
    vote.at(hours=2)
    vote.reply("FRA")
    assert vote.state.clock_steps == (3,)
    assert [finding.severity for finding in vote.raised() if "stepped back at act 3" in finding.text] == ["flag"]
    assert [reply.member for reply in vote.state.replies] == ["BEL", "FRA"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])  # it only makes votes
@given(st.integers(1, 8))
def test_folding_a_part_and_then_the_rest_is_folding_whole(story: Begin, cut: int) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL", signatory="A. Nother")
    vote.reply("BEL", "against")
    vote.do(correction())
    vote.acknowledge("BEL")
    vote.closes().announces()
    state = fold(vote.recorded[:cut], vote.documents)
    for recorded in vote.recorded[cut:]:
        state = evolve(state, recorded, vote.documents)
    assert state == vote.state == fold(vote.recorded, vote.documents)


def test_a_letter_entered_twice_is_one_letter(story: Begin) -> None:
    """By its bytes; where none are kept, by all that is on it. An officer types when it came."""
    vote = story().opens()
    vote.reply("BEL", sha256="a" * 64)
    vote.reply("CHN")
    before = len(vote.recorded)
    for like in ({"member": "BEL", "sha256": "a" * 64, "position": "against"}, {"member": "CHN"}):
        vote.at(hours=1)
        with pytest.raises(
            Refused, match=r"on record already, as its reply 1 \(act [23], entered 2020-03-27T18:00:00Z"
        ):
            vote.reply(**like)
    assert len(vote.recorded) == before


def test_another_letter_of_a_member_is_a_second_reply_however_like_the_first(story: Begin) -> None:
    vote = story().opens()
    vote.reply("BEL", sha256="a" * 64)
    vote.reply("CHN")
    for like in (
        {"member": "BEL", "sha256": "b" * 64},
        {"member": "BEL"},
        {"member": "CHN", "sha256": "c" * 64},
        {"member": "CHN", "position": "against"},
        {"member": "CHN", "signatory": "A. Nother"},
    ):
        assert [act.kind_name for act in vote.reply(**like)] == ["vote_cast", "reply_rejected"]


def test_who_voted_otherwise_in_between_may_come_back_to_the_first_words(story: Begin) -> None:
    vote = story().opens()
    for position in ("in_favour", "against", "in_favour"):
        vote.reply("BEL", position)
    assert [reply.act.position for reply in vote.state.replies] == ["in_favour", "against", "in_favour"]


def test_a_documented_history_may_print_a_letter_twice(story: Begin) -> None:
    vote = story(times="documented").opens()
    vote.reply("BEL", sha256="a" * 64)
    vote.reply("BEL", sha256="a" * 64)
    assert len(vote.state.replies) == 2
