"""The outcome at the close stays; what is recorded after it and its lag gives a second one, beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from inblue.domain.acts import ClericalErrorCorrected, WindowChanged
from inblue.domain.ballot import SignedBallot
from inblue.domain.close import amended_by, read_after_close, said_of_close, settled, tally_at_close
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated
from inblue.domain.errors import Refused
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.verdict import judge

Begin = Callable[..., Any]
LAG = timedelta(minutes=15)  # of unsc-2020-253
NINE = ("CHN", "FRA", "GBR", "USA", "BEL", "DOM", "EST", "DEU", "IDN")
COUNCIL = built_in_procedure("unsc-2020-253").json_value()
ALWAYS = Procedure.of(
    {
        **COUNCIL,
        "corrections": {"clause": "corrections", "fields": ["position", "explanation"], "until": "always"},
        "after_announcement": {"clause": "acknowledgement"},
    },
    where="test",
)


def corrects(vote: Any, member: str, was: str, now: str) -> Any:
    return vote.do(
        ClericalErrorCorrected(
            member=member, field="position", was=was, now=now, reason="misread", corrected_at=vote.now, sha256="e" * 64
        )
    )


@pytest.fixture
def vetoed(story: Begin) -> Any:
    """Nine in favour, and RUS against an hour before the end; closed and announced."""
    vote = story(ALWAYS).opens().at(hours=1)
    for member in NINE:
        vote.reply(member)
    vote.at(hours=23).reply("RUS", "against", sha256="e" * 64)
    vote.closes()
    vote.do(TallyCirculated(counts={"in_favour": 9, "against": 1, "absent": 5}, circulated_at=vote.now))
    return vote.announces()


def kinds(vote: Any) -> set[str]:
    return {finding.kind for finding in vote.raised()}


def test_a_correction_after_the_close_gives_a_second_outcome_and_leaves_the_first(vetoed: Any) -> None:
    vetoed.at(hours=31)
    corrects(vetoed, "RUS", "against", "abstention")
    at_close = tally_at_close(vetoed.state)
    assert at_close is not None
    assert (at_close.outcome, vetoed.tally.outcome, settled(vetoed.state)) == ("vetoed", "adopted", False)
    assert amended_by(vetoed.state) == (vetoed.state.version - 1,)
    assert said_of_close(vetoed.state) == (
        "at the close: vetoed (in favour 9, against 1, abstentions 0, absent 5)",
        f"as amended by act {vetoed.state.version - 1}: adopted (in favour 9, against 0, abstention 1, absent 5)",
        "RUS: against at the close, abstention as amended",
    )
    assert {"announcement_overtaken", "tally_overtaken"} <= kinds(vetoed)


def test_a_correction_within_the_lag_is_of_the_close_and_still_overtakes_what_was_announced(vetoed: Any) -> None:
    vetoed.at(hours=24, minutes=15)
    corrects(vetoed, "RUS", "against", "abstention")
    assert (tally_at_close(vetoed.state), settled(vetoed.state), vetoed.tally.outcome) == (None, True, "adopted")
    assert {"announcement_overtaken", "tally_overtaken"} <= kinds(vetoed)


def test_nothing_is_overtaken_where_nothing_changed(vetoed: Any) -> None:
    vetoed.at(hours=31).acknowledge("RUS")
    assert (settled(vetoed.state), amended_by(vetoed.state), said_of_close(vetoed.state)) == (True, (), ())
    assert not {"announcement_overtaken", "tally_overtaken"} & kinds(vetoed)


def test_a_reply_entered_after_the_close_and_its_lag_is_of_the_amended_outcome_only(story: Begin) -> None:
    vote = story(ALWAYS).opens().at(hours=1)
    for member in NINE:
        vote.reply(member)
    inside = vote.now + timedelta(hours=1)
    vote.closes().announces()
    vote.at(hours=30).reply("RUS", "against", received_at=inside, sha256="a" * 64)
    at_close = tally_at_close(vote.state)
    assert at_close is not None
    assert (at_close.outcome, at_close.counts["absent"], vote.tally.outcome) == ("adopted", 6, "vetoed")
    assert (vote.verdict().placement, vote.verdict().strength) == ("inside", "documented")
    assert vote.verdict().read_after_close
    assert not judge(vote.state, vote.state.replies[0]).read_after_close


@pytest.mark.parametrize(("after", "late"), [(LAG, False), (LAG + timedelta(microseconds=1), True)])
def test_the_lag_is_the_last_instant_of_the_close(story: Begin, after: timedelta, late: bool) -> None:
    vote = story().opens()
    vote.now = vote.state.window.closes_at + after
    vote.reply("BEL", received_at=vote.now - LAG)
    assert read_after_close(vote.state, vote.state.replies[0]) is late
    assert vote.verdict().strength == ("documented" if late else "attested")


def test_a_position_read_again_after_the_close_is_documented_at_most(vetoed: Any) -> None:
    assert vetoed.verdict().strength == "attested"
    vetoed.at(hours=31)
    corrects(vetoed, "RUS", "against", "abstention")
    verdict = vetoed.verdict()
    assert (verdict.strength, verdict.read_after_close) == ("documented", True)
    assert verdict.not_proved == "It was read after the close: nothing made by then vouches for what it says."


def test_what_a_member_signed_is_not_corrected(vetoed: Any) -> None:
    state = vetoed.state
    signed = SignedBallot.model_construct(envelope="")
    last = state.replies[-1]._replace(act=state.replies[-1].act.model_copy(update={"ballot": signed}))
    vetoed.maybe = state.after({"replies": (*state.replies[:-1], last)})
    with pytest.raises(Refused, match="what RUS signed itself is not corrected"):
        corrects(vetoed, "RUS", "against", "abstention")


def test_a_history_as_printed_has_one_outcome(story: Begin) -> None:
    vote = story(times="documented")
    vote.now += timedelta(days=2000)
    vote.reply("BEL", received_at=None)
    vote.do(ResultAnnounced(outcome="adopted"))
    assert (vote.state.at_close, settled(vote.state)) == (None, True)


def test_a_moved_deadline_is_the_first_thing_that_is_said(story: Begin) -> None:
    vote = story("unga-74-544", "unga-74")
    opened = vote.now
    vote.opens(opened, closes_at=opened + timedelta(hours=96))
    vote.now += timedelta(hours=24)
    vote.do(WindowChanged(closes_at=opened + timedelta(hours=120), changed_at=vote.now))
    vote.do(WindowChanged(closes_at=opened + timedelta(hours=80), changed_at=vote.now))
    longer, shorter = vote.raised()[:2]
    assert [(each.kind, each.severity) for each in (longer, shorter)] == [
        ("deadline_moved", "note"),
        ("deadline_moved", "flag"),
    ]
    assert shorter.values["was"] == longer.values["now"] == opened + timedelta(hours=120)
