"""The record of the real case and of the simulated day, and what any order of commands leaves true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from paths import case_file
from stories import OPENING, Story

from inblue.domain.acts import Act, DraftWithdrawn, LetterSent, WindowChanged
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instant import parse_instant
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.vote import fold
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play, read_case
from inblue.ledger.projections.record import Record, audit_json, record_of, short_of
from inblue.ledger.projections.replay import roll_call_at
from inblue.ledger.standards.ed25519 import Ed25519Signer


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    signer = Ed25519Signer.generate()
    made = Ledger.create(None, signer=signer, log_signer=Ed25519Signer.generate())
    for name in ("s-2020-268", "simulated", "unga-74-544"):
        play(made, read_case(case_file(name)), case_file(name).parent, signer=signer)
    return made


@pytest.fixture(scope="module")
def real(ledger: Ledger) -> Record:
    return record_of(ledger.vote("S/2020/240"))


@pytest.fixture(scope="module")
def simulated(ledger: Ledger) -> Record:
    return record_of(ledger.vote("SIM/2026/1"))


def members(record: Record, clause: str) -> set[str | None]:
    return {finding.member for _, finding in record.findings if finding.clause == clause and finding.reply}


def test_the_real_case_is_adopted_and_nothing_in_it_is_placed(real: Record) -> None:
    assert real.tally.counts == {"in_favour": 15, "against": 0, "abstention": 0, "absent": 0}
    assert (real.tally.outcome, real.tally.unanimous, real.silent) == ("adopted", True, ())
    assert {each.verdict.placement for each in real.replies} == {"indeterminate"}
    assert {each.verdict.strength for each in real.replies} == {"documented"}
    assert all(each.counted and each.verdict.margin is None and each.verdict.not_after is None for each in real.replies)
    assert all("is not proved" in each.verdict.not_proved for each in real.replies)
    assert (real.state.window.opens_at, real.state.window.closes_at) == (None, None)


def test_the_real_case_has_the_findings_an_auditor_would_list(real: Record) -> None:
    assert members(real, "dated") == {"IDN", "DEU", "FRA", "GBR", "VCT", "VNM"}
    assert members(real, "form") == {"NER"}
    assert members(real, "office") == {"DOM", "DEU"}
    assert members(real, "addressee") == {"USA"}
    assert members(real, "acknowledgement") == set()
    assert sum(finding.clause == "acknowledgement" for _, finding in real.findings) == 1
    assert members(real, "signature") == set()
    severity = {(f.clause, f.severity) for _, f in real.findings}
    assert {
        ("dated", "note"),
        ("form", "flag"),
        ("office", "flag"),
        ("addressee", "note"),
        ("window", "flag"),
    } <= severity
    assert any(f.clause is None and "sponsors" in f.text for _, f in real.findings)


def test_one_fact_is_one_finding(real: Record) -> None:
    told = [(f.clause, f.member, f.reply, f.text) for _, f in real.findings]
    assert len(set(told)) == len(told)
    assert [f.clause for _, f in real.findings if f.member == "NER"] == ["form"]


def test_every_finding_cites_a_clause_of_the_procedure_or_none(real: Record, simulated: Record) -> None:
    for record in (real, simulated):
        clauses = {clause.id for clause in record.state.procedure.clauses}
        assert {finding.clause for _, finding in record.findings} <= clauses | {None}


def test_the_simulated_day(simulated: Record) -> None:
    assert simulated.tally.counts == {"in_favour": 11, "against": 1, "abstention": 1, "absent": 2}
    assert (simulated.tally.outcome, simulated.silent) == ("adopted", ("DOM",))
    verdicts = {(each.reply.member, each.reply.ordinal): each for each in simulated.replies}
    told = {key: (each.verdict.placement, each.verdict.strength, each.counted) for key, each in verdicts.items()}
    assert told["BEL", 1] == ("inside", "attested", True)
    assert told["BEL", 2] == ("inside", "attested", False)
    assert told["NOR", 1] == ("inside", "attested", False)
    assert told["NER", 1] == ("late", "attested", False)
    assert told["VNM", 1] == ("inside", "documented", True)
    assert verdicts["NER", 1].verdict.margin == -timedelta(minutes=7)
    assert "5 h 22 min later" in verdicts["VNM", 1].verdict.not_proved
    window = simulated.state.window
    assert window.opens_at is not None
    assert window.closes_at == window.opens_at + timedelta(seconds=86_400)


def test_a_silence_broken_is_a_text_defeated(ledger: Ledger) -> None:
    record = record_of(ledger.vote("SIM/A/74/L.1"))
    assert (record.tally.outcome, record.tally.counts) == ("not_adopted", {"objection": 1, "consent": 192})
    assert "never entered" in record.silence_not_proved


@pytest.mark.parametrize(
    ("instant", "replied"),
    [
        ("2026-03-07T13:59:00-05:00", 0),
        ("2026-03-07T15:00:00-05:00", 1),
        ("2026-03-08T01:55:00-05:00", 8),
        ("2026-03-08T03:15:00-04:00", 9),
        ("2026-03-11T00:00:00-04:00", 16),
    ],
)
def test_the_roll_call_at_any_moment(ledger: Ledger, instant: str, replied: int) -> None:
    call = roll_call_at(ledger.acts("SIM/2026/1"), ledger.documents, parse_instant(instant))
    assert call is not None
    assert len(call.state.replies) == replied


def test_the_roll_call_while_a_clock_was_set_back_has_what_was_recorded_by_then(story: Callable[..., Story]) -> None:
    vote = story().opens().at(hours=3)
    vote.reply("BEL")
    vote.at(hours=2)
    vote.reply("FRA")
    for hours, members in ((1, []), (2, ["FRA"]), (3, ["BEL", "FRA"])):
        call = roll_call_at(vote.recorded, vote.documents, OPENING + timedelta(hours=hours))
        assert call is not None
        assert [reply.member for reply in call.state.replies] == members


def test_the_json_keeps_its_contract(real: Record) -> None:
    told = audit_json(real)
    wanted = {"draft", "procedure", "times", "window", "tally", "outcome", "unanimous", "vetoed_by", "reasons"}
    assert wanted | {"replies", "silent", "findings"} <= told.keys()
    belgium = told["replies"][0]
    assert (belgium["member"], belgium["position"], belgium["counted"]) == ("BEL", "in_favour", True)
    assert (belgium["dated"], belgium["received_at"], belgium["margin_seconds"]) == ("2020-03-27", None, None)


def test_strength_follows_from_who_vouches_for_the_arrival(story: Callable[..., Any]) -> None:
    vote = story().opens().at(hours=1)
    opening = vote.state.window.opens_at
    vote.reply("BEL")
    assert (vote.verdict().placement, vote.verdict().strength) == ("inside", "attested")
    vote.reply("FRA", received_at=None)
    assert (vote.verdict().placement, vote.verdict().strength) == ("indeterminate", "attested")
    vote.at(hours=30)
    vote.reply("DEU", received_at=opening + timedelta(hours=2))
    assert (vote.verdict().placement, vote.verdict().strength) == ("inside", "documented")
    vote.reply("EST", received_at=None)
    assert (vote.verdict().placement, vote.verdict().strength) == ("indeterminate", "none")
    vote.reply("GBR", received_at=opening.date())
    assert vote.verdict().strength == "documented"
    vote.reply("USA", received_at=opening + timedelta(hours=30) - timedelta(minutes=15))
    assert (vote.verdict().placement, vote.verdict().strength) == ("late", "documented")


class AnyOrder(RuleBasedStateMachine):
    """Commands in any order, on a clock that only goes forward."""

    def __init__(self, begin: Callable[[], Any]) -> None:
        super().__init__()
        self.story = begin()
        self.deadline: Any = None

    def attempt(self, act: Act) -> None:
        before = self.story.state
        try:
            self.story.do(act)
        except (Refused, Malformed):
            assert self.story.state is before

    @rule(hours=st.integers(0, 9), seconds=st.integers(0, 3600))
    def time_passes(self, hours: int, seconds: int) -> None:
        self.story.now += timedelta(hours=hours, seconds=seconds)

    @rule()
    def open(self) -> None:
        self.attempt(LetterSent(kind="opening", opens_at=self.story.now, snapshot=self.story.snapshot()))

    @rule(
        member=st.sampled_from(["BEL", "CHN", "FRA", "DEU", "NOR", "XXX"]),
        position=st.sampled_from(["in_favour", "against", "abstention", None]),
        ago=st.integers(0, 50),
    )
    def reply(self, member: str, position: str | None, ago: int) -> None:
        before = self.story.state.replies
        try:
            self.story.reply(member, position, received_at=self.story.now - timedelta(hours=ago))
        except Malformed:
            assert member == "XXX"
        except Refused:  # the same letter entered twice, and nothing else
            assert any((r.member, r.entered.act.position) == (member, position) for r in before)
            assert self.story.state.replies == before
        else:
            assert len(self.story.state.replies) == len(before) + 1

    @rule()
    def withdraw(self) -> None:
        self.attempt(DraftWithdrawn())

    @rule(days=st.integers(0, 3))
    def move_the_deadline(self, days: int) -> None:
        self.attempt(WindowChanged(closes_at=self.story.now + timedelta(days=days)))

    @rule(days=st.integers(0, 3))
    def move_the_deadline_by_force(self, days: int) -> None:
        self.story.force(WindowChanged(closes_at=self.story.now + timedelta(days=days)))

    @rule()
    def close(self) -> None:
        self.attempt(VotingClosed(closed_at=self.story.now))

    @rule()
    def announce(self) -> None:
        self.attempt(ResultAnnounced(announced_at=self.story.now))

    @invariant()
    def the_deadline_never_moves(self) -> None:
        closes_at = self.story.state.window.closes_at
        self.deadline = self.deadline or closes_at
        assert closes_at == self.deadline

    @invariant()
    def every_seat_is_counted_once(self) -> None:
        if self.story.state.roster is not None:
            assert sum(self.story.tally.counts.values()) == 15

    @invariant()
    def nothing_is_announced_or_decided_before_the_close(self) -> None:
        state = self.story.state
        if state.closed is None:
            assert state.result is None
            assert self.story.tally.outcome == "open"
        else:
            assert self.deadline <= state.closed.recorded_at

    @invariant()
    def only_replies_in_time_count(self) -> None:
        record = record_of(self.story.state)
        assert all(each.verdict.placement == "inside" for each in record.replies if each.counted)

    @invariant()
    def folding_again_gives_the_same(self) -> None:
        assert fold(self.story.recorded, self.story.documents) == self.story.state


@pytest.mark.long
def test_any_order_of_commands_keeps_the_invariants(story: Callable[..., Any]) -> None:
    bounds = settings(max_examples=60, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(lambda: AnyOrder(story), settings=bounds)  # type: ignore[arg-type]  # a factory will do


def test_a_reply_that_takes_another_back_is_asked_for_its_evidence_as_one_that_counts(
    story: Callable[..., Any],
) -> None:
    rules = built_in_procedure("unsc-2020-253").json_value()
    last: dict[str, Any] = {**rules, "second_reply": {"clause": "second_reply", "stands": "last"}}
    vote = story(Procedure.of(last, where="test")).opens()
    vote.at(minutes=1).reply("RUS", "against")
    vote.at(minutes=2).reply("RUS", None, says="withdraws")
    vote.at(minutes=3).reply("CHN")
    record = record_of(vote.closes().state)
    assert [each.counted for each in record.replies] == [False, False, True]
    assert [(each.reply.member, each.reply.ordinal) for each in short_of(record, "proven")] == [("RUS", 2), ("CHN", 1)]
