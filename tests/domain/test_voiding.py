"""A slip is taken back in view: voided entries have no effect, free what they blocked, and stay on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories import OPENING, Story

from inblue.domain.acts import (
    Act,
    ClericalErrorCorrected,
    CoSponsorshipAnnounced,
    DraftCorrected,
    DraftWithdrawn,
    EntryVoided,
    ExplanationFiled,
    LetterSent,
    ReceiptAcknowledged,
    ReplyRejected,
    VoteCast,
)
from inblue.domain.ballot import SignedBallot
from inblue.domain.close import amended_by, settled, tally_at_close
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated, VoteAnnulled, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instrument import Instrument
from inblue.domain.phrase import Said
from inblue.domain.procedure import built_in_procedure
from inblue.domain.roster import built_in_roster
from inblue.domain.validity import rejections, standing
from inblue.domain.verdict import Bounds, bounds_of, judge

Begin = Callable[..., Any]
PAPER, OTHER = "a" * 64, "b" * 64


def voids(vote: Story, number: int, reason: str = "entered in error") -> None:
    vote.do(EntryVoided(number=number, reason=reason, voided_at=vote.now))


def entered(vote: Story, number: int = -1) -> int:
    """The act by which a reply was entered."""
    return vote.state.replies[number].entered.number


def positions(vote: Story) -> dict[str, str | None]:
    return {member: reply.act.position for member, reply in standing(vote.state).items()}


def test_a_forged_mail_is_voided_and_the_true_letter_that_came_second_counts(story: Begin) -> None:
    """live1: the true letter was rejected as a second reply, and its rejection is on record."""
    vote = story().opens().at(hours=1)
    vote.reply("FRA", "against", sha256=OTHER)
    assert [each.act for each in vote.reply("FRA", "in_favour", sha256=PAPER)] == ["vote_cast", "reply_rejected"]
    voids(vote, entered(vote, 0), "the sender was not the mission")
    assert positions(vote) == {"FRA": "in_favour"}
    assert rejections(vote.state, vote.state.replies[1]) == ()
    assert {each.kind for each in vote.raised("FRA")} >= {"voided", "rejection_overtaken"}


def test_a_letter_entered_under_another_member_is_freed_for_its_own(story: Begin) -> None:
    """people.md D2: France's letter under RUS; then Russia's own reply comes."""
    vote = story().opens().at(hours=1)
    vote.reply("RUS", "against", sha256=PAPER)
    voids(vote, entered(vote), "it is the letter of France")
    vote.reply("FRA", "against", sha256=PAPER)
    vote.reply("RUS", "in_favour", sha256=OTHER)
    assert positions(vote) == {"FRA": "against", "RUS": "in_favour"}
    vote.closes()
    assert vote.tally.counts["absent"] == 13


def test_one_wrong_digit_in_an_hour_loses_no_vote(story: Begin) -> None:
    """people.md D3: rejected as early at once; corrected, or voided and entered again, it counts."""
    vote = story().opens().at(minutes=10)
    typed = OPENING - timedelta(minutes=50)
    assert [a.act for a in vote.reply("GRC", received_at=typed, sha256=PAPER)][:1] == ["vote_cast"]
    vote = story().opens().at(minutes=10)
    vote.reply("BEL", received_at=typed, sha256=PAPER)
    assert [each.act.clause for each in vote.state.replies[0].rejections] == ["early"]
    slip: Any = {"field": "received_at", "was": typed.isoformat().replace("+00:00", "Z"), "now": "2020-03-27T18:10:00Z"}
    vote.do(ClericalErrorCorrected(member="BEL", reason="-04:00 was meant", corrected_at=vote.now, **slip))
    assert positions(vote) == {"BEL": "in_favour"}
    assert (vote.verdict().placement, vote.verdict().strength) == ("inside", "attested")


def test_the_same_letter_may_be_entered_again_once_it_is_voided(story: Begin) -> None:
    vote = story().opens().at(minutes=10)
    vote.reply("BEL", "against", sha256=PAPER)
    with pytest.raises(Refused, match="on record already"):
        vote.reply("BEL", "in_favour", sha256=PAPER, received_at=vote.now)
    number = entered(vote)
    voids(vote, number)
    vote.do(cast(vote, "BEL", "in_favour", replaces=number))
    assert positions(vote) == {"BEL": "in_favour"}
    with pytest.raises(Refused, match=f"act {number} is replaced already, by act {number + 2}"):
        vote.do(cast(vote, "FRA", "in_favour", replaces=number))


def cast(vote: Story, member: str, position: str, **given: Any) -> VoteCast:
    sha256, received = given.pop("sha256", PAPER), given.pop("received_at", OPENING + timedelta(minutes=10))
    paper = Instrument(form="letter", office="permanent_representative", signed=True, sha256=sha256)
    return VoteCast(member=member, position=position, received_at=received, instrument=paper, **given)


def test_what_is_entered_again_keeps_the_proof_of_the_same_paper_and_no_other(story: Begin) -> None:
    """The first entry bound the bytes of the paper: its timestamps, and the hour of its recording, are theirs."""
    for sha256, kept in ((PAPER, True), (OTHER, False)):
        vote = story().opens().at(minutes=10)
        vote.reply("RUS", "against", sha256=PAPER)
        first = entered(vote)
        voids(vote.at(hours=5), first)
        vote.do(cast(vote, "FRA", "against", sha256=sha256, replaces=first))
        vote.at(hours=23).closes()
        in_time = Bounds(OPENING, OPENING + timedelta(hours=1), ())
        reply, read = vote.state.replies[-1], OPENING + timedelta(hours=6)
        bounds = {first: in_time, entered(vote): Bounds(OPENING + timedelta(hours=4), read, ())}
        found = bounds_of(reply, bounds)
        assert found is not None
        # It is as strong as the weaker of the two: the bytes existed by the first hour, read so by the sixth.
        assert (found.not_before, found.not_after) == (OPENING if kept else OPENING + timedelta(hours=4), read)
        assert judge(vote.state, reply, found).strength == "proven"
        late = {first: in_time, entered(vote): Bounds(OPENING, OPENING + timedelta(hours=25), ())}
        assert judge(vote.state, reply, bounds_of(reply, late)).strength == "attested"
        assert vote.state.replies[-1].paper_entered.number == (first if kept else first + 2)


def test_a_paper_did_not_come_after_it_was_entered(story: Begin) -> None:
    vote = story().opens().at(minutes=10)
    vote.reply("RUS", "against", sha256=PAPER)
    first = entered(vote)
    voids(vote.at(hours=5), first)
    with pytest.raises(Refused, match="this paper was entered before that"):
        vote.do(cast(vote, "FRA", "against", replaces=first, received_at=vote.now))


def test_a_reply_voided_after_the_close_leaves_the_outcome_at_the_close(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    for member in ("CHN", "FRA", "GBR", "USA", "BEL", "DOM", "EST", "DEU", "IDN"):
        vote.reply(member, sha256=PAPER)
    vote.closes().at(hours=30)
    voids(vote, entered(vote))
    at_close = tally_at_close(vote.state)
    assert at_close is not None
    assert (at_close.outcome, settled(vote.state)) == ("adopted", False)
    assert amended_by(vote.state) == (vote.state.version - 1,)
    assert [each.severity for each in vote.raised() if each.kind == "voided"] == ["flag"]
    assert vote.tally.counts == {"in_favour": 8, "against": 0, "abstention": 0, "absent": 6, "voided": 1}
    assert (vote.tally.outcome, vote.tally.derived) == ("open", False)  # eight, and perhaps nine
    assert [each.values for each in vote.raised() if each.kind == "seat_voided"] == [{"members": ("IDN",)}]
    vote.announces()  # at the close it was adopted, and that is announced
    assert vote.state.result.act.outcome == "adopted"


def test_a_seat_whose_reply_was_voided_after_the_close_is_voided_until_another_counts(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("FRA", sha256=PAPER)
    vote.reply("BEL", sha256=OTHER)
    vote.closes().at(hours=30)
    voids(vote, entered(vote, 0))
    assert (vote.tally.positions["FRA"], vote.tally.outcome, vote.tally.derived) == ("voided", "not_adopted", True)
    vote.do(cast(vote, "FRA", "against", replaces=entered(vote, 0), received_at=OPENING + timedelta(hours=1)))
    assert vote.tally.positions["FRA"] == "against"
    before = story().opens().at(hours=1)
    before.reply("FRA", sha256=PAPER)
    voids(before, entered(before))
    assert before.closes().tally.positions["FRA"] is None  # voided while voting was open: it sent nothing else


def test_entered_again_after_the_close_with_the_same_reading_it_was_read_in_time(story: Begin) -> None:
    """A wrong office was typed. The reading that binds member and position was made in time; another one was not."""
    for member, late in (("BEL", False), ("DEU", True)):
        vote = story().opens().at(minutes=10)
        vote.reply("BEL", sha256=PAPER)
        first = entered(vote)
        vote.closes().at(hours=30)
        voids(vote, first)
        vote.do(cast(vote, member, "in_favour", replaces=first))
        assert judge(vote.state, vote.state.replies[-1]).read_after_close is late


def test_an_opening_is_voided_until_the_window_opens_or_soon_after_its_entry(story: Begin) -> None:
    """people.md D4: another year, or another month, was typed."""
    vote = story()
    wrong = vote.now - timedelta(days=60)
    vote.do(LetterSent(kind="opening", opens_at=wrong, snapshot=vote.snapshot(), sha256=PAPER))
    vote.reply("BEL", "against", sha256=OTHER)
    assert positions(vote) == {}
    vote.now += timedelta(minutes=10)
    voids(vote, vote.state.opening.number, "the month was mistyped")
    assert (vote.state.opening, vote.state.at_close, vote.state.window.opens_at) == (None, None, None)
    vote.opens(vote.now)
    assert vote.state.window.opens_at == vote.now
    vote.now += timedelta(minutes=15, microseconds=1)
    with pytest.raises(Refused, match="an opening may be voided until"):
        voids(vote, vote.state.opening.number)


@pytest.mark.parametrize(
    ("act", "left"),
    [
        (LetterSent(kind="procedure", dated=OPENING.date()), "letters"),
        (ExplanationFiled(member="BEL"), "explanations"),
        (CoSponsorshipAnnounced(member="BEL"), "co_sponsorships"),
        (TallyCirculated(counts={"absent": 15}), "tallies"),
    ],
)
def test_letters_statements_and_tallies_are_voided_too(story: Begin, act: Act, left: str) -> None:
    vote = story().opens().closes()
    before = len(getattr(vote.state, left))
    vote.do(act)
    voids(vote, vote.state.version - 1)
    assert len(getattr(vote.state, left)) == before
    assert vote.state.tally_circulated is None
    assert [each.act.act for each in vote.state.voided] == [act]


def test_a_rejection_that_was_wrong_is_voided_and_the_reply_counts(story: Begin) -> None:
    vote = story(times="documented")
    vote.do(LetterSent(kind="opening", dated=vote.now.date(), snapshot=vote.snapshot()))
    vote.reply("BEL", received_at=None)
    vote.do(ReplyRejected(member="BEL", clause="late", reason="misread"))
    assert positions(vote) == {}
    voids(vote, vote.state.version - 1)
    assert positions(vote) == {"BEL": "in_favour"}


def test_what_was_given_or_signed_by_others_is_not_voided(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL", sha256=PAPER)
    vote.acknowledge("BEL")
    for number, why in ((0, "a circulation is not voided"), (3, "act 3 cannot be voided"), (9, "there is no act 9")):
        with pytest.raises(Refused, match=why):
            voids(vote, number)
    ballot = SignedBallot.model_construct(envelope="")
    vote.force(cast(vote, "FRA", "against").model_copy(update={"ballot": ballot}))
    with pytest.raises(Refused, match="signed itself is not voided"):
        voids(vote, 4)
    vote.do(LetterSent(kind="procedure", dated=OPENING.date()), "president")
    with pytest.raises(Refused, match="act 5 was entered by the President"):
        voids(vote, 5)
    voids(vote, 2)
    with pytest.raises(Refused, match="act 2 is voided already"):
        voids(vote, 2)
    for act in (
        ReceiptAcknowledged(member="BEL"),
        ReplyRejected(member="BEL", clause="late", reason="late"),
        ClericalErrorCorrected(member="BEL", field="explanation", was="silent", now="enclosed", reason="slip"),
    ):
        with pytest.raises(Refused, match="reply 1 of BEL is voided, by act 6"):
            vote.do(act)
    assert vote.state.replies[0].acknowledged is not None  # once acknowledged is always acknowledged


def test_nothing_is_voided_after_the_announcement_but_in_a_transcription(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL")
    vote.closes().announces()
    with pytest.raises(Refused, match="nothing is voided after the result is announced"):
        voids(vote, 2)
    printed = story(times="documented")
    printed.do(LetterSent(kind="opening", dated=OPENING.date(), snapshot=printed.snapshot()))
    printed.reply("BEL", received_at=None)
    printed.do(ResultAnnounced(outcome="not_adopted"))
    voids(printed, 2)
    assert (positions(printed), printed.state.contradictions) == ({}, ())


def test_a_transcribers_slip_is_corrected_after_the_announcement_and_the_old_value_stays_in_view(story: Begin) -> None:
    """u8: the printed vote was 15-0-0, and one position was typed wrongly."""
    vote = story(times="documented")
    vote.do(LetterSent(kind="opening", dated=OPENING.date(), snapshot=vote.snapshot()))
    for member in vote.roster.ids:
        vote.reply(member, "abstention" if member == "VNM" else "in_favour", received_at=None)
    vote.do(ResultAnnounced(outcome="adopted"))
    slip: Any = {"field": "position", "was": "abstention", "now": "in_favour", "reason": "the transcriber's error"}
    vote.do(ClericalErrorCorrected(member="VNM", **slip))
    assert (vote.tally.counts["in_favour"], vote.tally.unanimous, vote.state.contradictions) == (15, True, ())
    said = [each.text for each in vote.raised("VNM") if each.kind == "corrected"]
    assert said == ["position corrected from abstention to in favour: the transcriber's error"]


def test_a_drafts_particulars_are_corrected_until_voting_is_open(story: Begin) -> None:
    """people.md D6: the title typed as "..." stays for ever."""
    vote = story()

    def corrects(field: Any, was: Any, now: Any) -> None:
        vote.do(DraftCorrected(field=field, was=was, now=now, reason="mistyped", corrected_at=vote.now))

    corrects("title", None, "Peace operations")
    corrects("sponsors", ("CHN",), ("CHN", "RUS"))
    corrects("question", "substantive", "procedural")
    corrects("dated", None, "2020-03-27")
    corrects("texts", {}, {"en": PAPER})
    draft = vote.state.draft.act
    assert (draft.title, draft.sponsors, draft.question) == ("Peace operations", ("CHN", "RUS"), "procedural")
    assert (str(draft.dated), draft.texts) == ("2020-03-27", {"en": PAPER})
    with pytest.raises(Refused, match="title is 'Peace operations' on record, not None"):
        corrects("title", None, "Peacekeeping")
    for field, was, now in (("question", "procedural", "moot"), ("sponsors", ("CHN", "RUS"), ("EU",))):
        with pytest.raises(Malformed):
            corrects(field, was, now)
    vote.opens()
    with pytest.raises(Refused, match="a draft is corrected until voting is open"):
        corrects("title", "Peace operations", "Peace")
    assert [each.kind for each in vote.raised()].count("draft_corrected") == 5


def test_an_announcement_is_corrected_by_a_later_one_that_names_it(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    for member in built_in_roster("unsc-2020").ids:
        vote.reply(member)
    vote.closes().announces(resolution="2817 (2020)")
    first = vote.state.result.number
    again = {"announced_at": vote.now, "resolution": "2518 (2020)", "outcome": "adopted"}
    for corrects in (None, first - 1):
        with pytest.raises(Refused, match=r"announced already|the announcement that stands is act"):
            vote.do(ResultAnnounced(**again, corrects=corrects))
    vote.do(ResultAnnounced(**again, corrects=first))
    assert vote.state.result.act.resolution == "2518 (2020)"
    assert [each.act.resolution for each in vote.state.corrected_results] == ["2817 (2020)"]
    assert [each.severity for each in vote.raised() if each.kind == "announcement_corrected"] == ["flag"]
    assert vote.state.ended.number == first


def test_a_vote_is_annulled_before_the_close_with_its_paper_and_can_be_put_again(story: Begin) -> None:
    vote = story()
    annuls = VoteAnnulled(reason="the text in blue was the wrong one", annulled_at=vote.now, sha256=PAPER)
    with pytest.raises(Refused, match="withdraw the draft instead"):
        vote.do(annuls)
    vote.opens().at(hours=1)
    vote.reply("BEL")
    with pytest.raises(Refused, match="attach it"):
        vote.do(VoteAnnulled(reason="x", annulled_at=vote.now))
    vote.do(annuls)
    assert [each.severity for each in vote.raised() if each.kind == "annulled"] == ["flag"]
    vote.reply("FRA")
    for act in (VotingClosed(), ResultAnnounced(), annuls, DraftWithdrawn(), TallyCirculated(counts={})):
        with pytest.raises(Refused, match="the vote was annulled"):
            vote.at(hours=30).do(act)
    assert (vote.tally.outcome, vote.tally.reasons) == ("open", ("the vote was annulled",))
    assert (vote.state.ended.act, vote.state.at_close) == (annuls, None)
    closed = story().opens().closes(hours=24, seconds=1)
    with pytest.raises(Refused, match="before the close"):
        closed.do(annuls)


MEMBERS = ("BEL", "CHN", "FRA")
TRACES = {"order_of_entry", "rejection_overtaken"}
SLIPS = st.tuples(st.sampled_from(MEMBERS), st.sampled_from(["in_favour", "against", "abstention"]))


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(SLIPS, SLIPS, st.booleans()), min_size=1, max_size=6),
    st.integers(0, 25 * 60),
    st.sampled_from(["first", "last"]),
)
def test_what_is_voided_and_entered_again_gives_what_a_right_entry_would_have_given(
    told: list[tuple[tuple[str, str], tuple[str, str], bool]], after: int, stands: str
) -> None:
    """Law 9: the record of who never slipped, plus the trace. ``after``: how many minutes later it is noticed."""
    rules = built_in_procedure("unsc-2020-253")
    rules = type(rules).of(
        {**rules.json_value(), "second_reply": {"clause": "second_reply", "stands": stands}}, where="x"
    )
    right, slipped = (Story(rules, built_in_roster("unsc-2020")).opens() for _ in range(2))
    wrong: list[tuple[int, VoteCast]] = []
    for minute, (meant, typed, slips) in enumerate(told, start=1):
        for vote, (member, position) in ((right, meant), (slipped, typed if slips else meant)):
            vote.at(minutes=minute)
            received = OPENING + timedelta(minutes=minute)
            paper: Any = {"sha256": f"{minute:064x}", "received_at": received}
            entered_as = cast(vote, member, position, **paper)
            vote.do(entered_as)
            if vote is slipped and slips:
                wrong.append((entered(vote), cast(vote, *meant, **paper)))
    slipped.at(minutes=len(told) + 1 + after)
    for number, meant_act in wrong:
        voids(slipped, number)
        slipped.do(meant_act.model_copy(update={"replaces": number}))
    for vote in (right, slipped):
        vote.at(hours=50).do(VotingClosed(closed_at=vote.now))
    assert positions(slipped) == positions(right)
    assert slipped.tally == right.tally
    for member, reply in standing(right.state).items():
        again = standing(slipped.state)[member]
        before, now = judge(right.state, reply), judge(slipped.state, again)
        assert now.placement == before.placement
        assert now.read_after_close or now.strength == before.strength
        raised = [
            {each.kind for each in vote.raised(member) if each.reply == one.ordinal} - TRACES
            for vote, one in ((right, reply), (slipped, again))
        ]
        assert raised[0] == raised[1]
    if after <= 24 * 60:
        assert settled(slipped.state)


def shown(vote: Story, bounds: dict[int, Bounds]) -> tuple[str, bool]:
    reply = vote.state.replies[-1]
    verdict = judge(vote.state, reply, bounds_of(reply, bounds))
    return verdict.strength, verdict.read_after_close


def corrects(vote: Story, member: str, field: str, was: Any, now: Any, **given: Any) -> None:
    vote.do(ClericalErrorCorrected(member=member, field=field, was=was, now=now, reason="x", **given))


IN_TIME = Bounds(OPENING, OPENING + timedelta(hours=1), ())


def test_bytes_that_come_with_a_correction_are_proved_by_no_earlier_entry(story: Begin) -> None:
    vote = story().opens().at(minutes=10)
    vote.do(cast(vote, "BEL", "in_favour", sha256=None))
    first = entered(vote)
    vote.closes().at(hours=30)
    corrects(vote, "BEL", "explanation", "silent", "enclosed", sha256=PAPER)
    assert shown(vote, {first: IN_TIME}) == ("attested", False)
    voids(vote, first)
    vote.do(cast(vote, "BEL", "in_favour", replaces=first))
    assert (vote.state.replies[-1].first_entered, shown(vote, {first: IN_TIME})[0]) == (None, "documented")


def test_a_reading_that_a_correction_made_is_as_old_as_the_correction(story: Begin) -> None:
    vote = story().opens().at(minutes=10)
    vote.reply("BEL", "in_favour", sha256=PAPER)
    first = entered(vote)
    vote.at(hours=2)
    corrects(vote, "BEL", "position", "in_favour", "against")
    assert shown(vote, {first: IN_TIME}) == ("attested", False)  # no other clock says when it was read so
    vote.closes().at(hours=30)
    voids(vote, first)
    vote.do(cast(vote, "BEL", "against", replaces=first))
    assert shown(vote, {first: IN_TIME}) == ("documented", True)


def test_a_paper_goes_to_one_reply_only(story: Begin) -> None:
    vote = story().opens().at(minutes=10)
    vote.reply("BEL", sha256=PAPER)
    first = entered(vote)
    voids(vote, first)
    vote.do(cast(vote, "FRA", "in_favour", replaces=first))
    second = entered(vote)
    voids(vote, second)
    with pytest.raises(Refused, match=f"act {first} is replaced already, by act {second}"):
        vote.do(cast(vote, "DEU", "in_favour", replaces=first))
    vote.do(cast(vote, "EST", "in_favour", replaces=second))
    assert vote.state.replies[-1].paper_entered.number == first


def test_what_a_member_signed_replaces_nothing_and_no_doubt_is_lost(story: Begin) -> None:
    with pytest.raises(Malformed, match="replaces: a ballot is what the member signed"):
        VoteCast.of(
            {**cast(story(), "BEL", "against").json_value(), "ballot": {"envelope": "x"}, "replaces": 2}, where="x"
        )
    vote = story().opens().at(minutes=10)
    vote.reply("BEL", sha256=PAPER)
    first = entered(vote)
    voids(vote, first)
    vote.do(cast(vote, "BEL", "in_favour", replaces=first))
    doubtful = Bounds(None, None, (), doubt=Said.of("its hour is in doubt"))
    assert shown(vote, {first: IN_TIME, entered(vote): doubtful})[0] == "documented"


def test_an_opening_that_is_voided_takes_its_close_along(story: Begin) -> None:
    vote = story()
    wrong = vote.now - timedelta(days=60)
    vote.do(LetterSent(kind="opening", opens_at=wrong, snapshot=vote.snapshot(), sha256=PAPER))
    vote.do(VotingClosed(closed_at=vote.now))
    voids(vote, vote.state.opening.number)
    assert (vote.state.closed, vote.state.is_closed) == (None, False)
    vote.opens(vote.now)
    with pytest.raises(Refused):
        vote.announces()


def test_an_annulled_vote_is_over(story: Begin) -> None:
    vote = story().opens()
    vote.do(VoteAnnulled(reason="x", annulled_at=vote.now, sha256=PAPER))
    vote.now += timedelta(minutes=1)
    with pytest.raises(Refused, match="annulled"):
        voids(vote, vote.state.opening.number)
    for act in (LetterSent(kind="opening", opens_at=vote.now, snapshot=vote.snapshot()),):
        with pytest.raises(Refused, match="annulled"):
            vote.do(act)


def test_whose_a_reply_is_is_never_corrected(story: Begin) -> None:
    vote = story(times="documented")
    vote.do(LetterSent(kind="opening", dated=OPENING.date(), snapshot=vote.snapshot()))
    vote.reply("BEL", received_at=None)
    corrects(vote, "BEL", "member", "BEL", "FRA")
    assert (vote.state.replies[0].member, len(vote.state.contradictions)) == ("BEL", 1)


@pytest.mark.parametrize("times", ["live", "documented"])
def test_a_reply_voided_alone_leaves_no_absence(story: Begin, times: str) -> None:
    vote = story(times=times, replies="complete") if times == "documented" else story()
    vote.opens().at(hours=1)
    vote.reply("FRA", sha256=PAPER)
    vote.at(hours=24, minutes=5)  # within the lag
    voids(vote, entered(vote))
    vote.at(hours=25).do(VotingClosed(closed_at=vote.now))
    assert vote.tally.positions["FRA"] == "voided"
