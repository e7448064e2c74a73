"""Any acts in any order: what they can do to a vote, by any recorder, and what they cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from inblue.domain.acts import (
    Act,
    ClericalErrorCorrected,
    CoSponsorshipAnnounced,
    DraftWithdrawn,
    ExplanationFiled,
    LetterSent,
    ReceiptAcknowledged,
    ReplyRejected,
    VoteCast,
    WindowChanged,
)
from inblue.domain.close import tally_at_close
from inblue.domain.describe import describe
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.findings import findings
from inblue.domain.instant import parse_instant
from inblue.domain.instrument import Instrument
from inblue.domain.tally import counts_of, outcome_of, tally
from inblue.domain.validity import standing
from inblue.domain.verdict import judge
from inblue.domain.vote import fold

Begin = Callable[..., Any]
OPENING = parse_instant("2020-03-27T18:00:00Z")
INSTANTS = st.integers(-3, 40).map(lambda hours: OPENING + timedelta(hours=hours))
EXTREMES = st.sampled_from([parse_instant("1000-01-01T00:00:00Z"), parse_instant("8999-12-31T23:59:59Z")])
MOMENTS = st.none() | INSTANTS | INSTANTS.map(lambda instant: instant.date()) | EXTREMES
DATES = st.none() | INSTANTS.map(lambda instant: instant.date()) | EXTREMES.map(lambda instant: instant.date())
MEMBERS = st.sampled_from(["BEL", "CHN", "FRA", "NOR", "XXX"])
POSITIONS = st.sampled_from(["in_favour", "against", "abstention", None, "perhaps"])
CLAUSES = st.sampled_from(["late", "early", "roster", "second_reply", "signature", "window", "nowhere"])
ORDINALS = st.integers(1, 2)
PAPERS = st.builds(
    Instrument,
    form=st.sampled_from(["letter", "note_verbale"]),
    dated=DATES,
    office=st.sampled_from([None, "permanent_representative", "attache"]),
    signed=st.sampled_from([None, True, False]),
)
CORRECTIONS = st.sampled_from(
    [
        ("position", "in_favour", "against"),
        ("position", "in_favour", "perhaps"),
        ("instrument.signed", False, True),
        ("instrument.dated", None, "2020-03-27"),
        ("instrument.dated", None, "27 March"),
        ("received_at", None, "2020-03-27T18:00:00Z"),
        ("instrument", None, None),
        ("no.such.field", None, "x"),
    ]
)
OUTCOMES = st.sampled_from([None, "adopted", "not_adopted", "vetoed"])
ACTS: st.SearchStrategy[Act] = st.one_of(
    st.builds(DraftWithdrawn, withdrawn_at=MOMENTS),
    st.builds(LetterSent, kind=st.just("opening"), dated=DATES, opens_at=MOMENTS, closes_at=st.none() | INSTANTS),
    st.builds(LetterSent, kind=st.just("opening"), opens_at=INSTANTS),
    st.builds(LetterSent, kind=st.sampled_from(["procedure", "outcome", "compendium"]), sender=st.none() | MEMBERS),
    st.builds(VoteCast, member=MEMBERS, position=POSITIONS, received_at=MOMENTS, instrument=PAPERS),
    st.builds(VoteCast, member=MEMBERS, position=POSITIONS, received_at=INSTANTS, instrument=PAPERS),
    st.builds(ReplyRejected, member=MEMBERS, reply=ORDINALS, clause=CLAUSES, reason=st.just("so")),
    st.builds(ReceiptAcknowledged, member=MEMBERS, reply=ORDINALS, acknowledged_at=MOMENTS),
    st.builds(ExplanationFiled, member=MEMBERS, filed_at=MOMENTS),
    st.builds(CoSponsorshipAnnounced, member=MEMBERS, announced_at=MOMENTS),
    st.builds(WindowChanged, closes_at=INSTANTS | EXTREMES, changed_at=MOMENTS),
    st.builds(VotingClosed, closed_at=MOMENTS),
    st.builds(TallyCirculated, counts=st.sampled_from([{}, {"absent": 15}, {"in_favour": 15}, {"perhaps": 1}])),
    st.builds(ResultAnnounced, announced_at=MOMENTS, outcome=OUTCOMES),
    st.builds(
        lambda member, reply, what, sha256: ClericalErrorCorrected(
            member=member, reply=reply, field=what[0], was=what[1], now=what[2], reason="slip", sha256=sha256
        ),
        MEMBERS,
        ORDINALS,
        CORRECTIONS,
        st.sampled_from([None, "ab" * 32]),
    ),
)
STEPS = st.lists(st.tuples(st.integers(-1, 9), st.booleans(), ACTS), max_size=25)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tell(story: Begin, times: str, steps: list[tuple[int, bool, Act]], procedure: str, roster: str) -> Any:
    """Record what the rules do not refuse, or, by force, whatever can be recorded at all."""
    vote = story(procedure, roster, times=times)
    for hours, by_force, given_act in steps:
        act = given_act
        vote.now += timedelta(hours=hours)
        if isinstance(act, LetterSent) and act.kind == "opening":
            act = act.model_copy(update={"snapshot": vote.snapshot("CHN")})
        before, refusal = vote.state, None
        try:
            (vote.force if by_force else vote.do)(act)
        except (Refused, Malformed) as error:
            refusal = error
        assert refusal is None or (vote.state is before and "\n" not in str(refusal))
        if isinstance(refusal, Refused) and refusal.clause is not None:
            assert times != "documented"
            assert refusal.clause in {clause.id for clause in vote.rules.clauses}
        fresh = replace(vote.state)  # without what was derived of the states before it
        assert (vote.state.window, standing(vote.state)) == (fresh.window, standing(fresh))
    return vote


@pytest.mark.parametrize("times", ["live", "simulated", "documented"])
@pytest.mark.parametrize(("procedure", "roster"), [("unsc-2020-253", "unsc-2020"), ("unga-74-544", "unga-74")])
@MANY
@given(steps=STEPS)
def test_whatever_is_recorded_can_be_read_counted_judged_and_replayed(
    story: Begin, procedure: str, roster: str, times: str, steps: list[tuple[int, bool, Act]]
) -> None:
    vote = tell(story, times, steps, procedure, roster)
    state = vote.state
    counted = tally(state)
    assert (counts_of(state), outcome_of(state)) == (counted.counts, tally(state, as_if_closed=True).outcome)
    assert sum(counted.counts.values()) == (len(state.roster.ids) if state.roster else 0)
    assert set(standing(state)) <= set(state.roster.ids if state.roster else ())
    assert sum(r.member in standing(state) and standing(state)[r.member] is r for r in state.replies) == len(
        standing(state)
    )
    assert all(judge(state, reply).not_proved for reply in state.replies)
    assert {finding.clause for finding in findings(state)} <= {clause.id for clause in vote.rules.clauses} | {None}
    assert all(describe(recorded.act, state) for recorded in vote.recorded)
    assert fold(vote.recorded, vote.documents) == state


@MANY
@given(steps=STEPS)
def test_the_councils_deadline_never_moves_and_only_the_close_decides(
    story: Begin, steps: list[tuple[int, bool, Act]]
) -> None:
    state = tell(story, "live", steps, "unsc-2020-253", "unsc-2020").state
    if state.opening is not None:
        assert state.window.opens_at == state.opening.act.opens_at
        assert state.window.closes_at == state.opening.act.opens_at + timedelta(hours=24)
    if state.closed is not None:
        assert state.closed.recorded_at >= state.window.closes_at
    else:
        assert (state.result, tally(state).outcome) == (None, "open")
    assert all(judge(state, reply).placement in {"inside", "indeterminate"} for reply in standing(state).values())


@pytest.mark.long
@pytest.mark.parametrize(("procedure", "roster"), [("unsc-2020-253", "unsc-2020"), ("unga-74-544", "unga-74")])
@MANY
@given(before=STEPS, after=STEPS)
def test_no_act_recorded_after_the_close_and_its_lag_changes_the_outcome_at_the_close(
    story: Begin,
    procedure: str,
    roster: str,
    before: list[tuple[int, bool, Act]],
    after: list[tuple[int, bool, Act]],
) -> None:
    opening = LetterSent(kind="opening", opens_at=OPENING, closes_at=OPENING + timedelta(hours=72))
    opening = opening if procedure == "unga-74-544" else opening.model_copy(update={"closes_at": None})
    vote = tell(story, "live", [(1, False, opening), *before], procedure, roster)
    at_close = vote.state.at_close or vote.state
    closes = vote.state.window.closes.latest or vote.now
    assume(closes.year < 8000)
    vote.now = max(vote.now, closes + timedelta(days=8))
    for hours, by_force, act in after:
        vote.now += timedelta(hours=max(hours, 0))
        try:
            (vote.force if by_force else vote.do)(act)
        except (Refused, Malformed):
            continue
    if vote.state.at_close is not None:
        assert tally_at_close(vote.state) == tally(at_close, as_if_closed=True)
        assert vote.state.at_close is at_close
