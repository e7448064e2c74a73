"""Two outputs of one state never differ in a fact (law 4): over made-up votes with slips, voidings and late acts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from stories import OPENING, Story

from inblue.domain.acts import Act, ClericalErrorCorrected, EntryVoided, ReplyRejected
from inblue.domain.canonical import parse_json
from inblue.domain.close import tally_at_close
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated, VotingClosed
from inblue.domain.errors import InblueError
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster, Seat
from inblue.ledger.projections.as_of import AsOf
from inblue.ledger.projections.record import audit_json, record_of
from inblue.ledger.projections.record_facts import record_bytes
from inblue.ledger.projections.roll_call import roll_call, status_json

MEMBERS = ("BEL", "CHN", "FRA", "GBR", "RUS", "USA")
SEATS = Roster(name="six", members=tuple(Seat(member=each, permanent=each != "BEL") for each in MEMBERS))
RULES = built_in_procedure("unsc-2020-253").json_value()
ALWAYS = Procedure.of(
    {name: value for name, value in RULES.items() if name != "seats"}
    | {"corrections": {"clause": "corrections", "fields": ["position", "received_at"], "until": "always"}},
    where="x",
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reply", "reply", "reply", "void", "correct", "reject", "close", "tally", "announce"]),
        st.sampled_from(MEMBERS),
        st.sampled_from(["in_favour", "against", "abstention"]),
        st.integers(0, 12),
        st.integers(1, 600),
    ),
    max_size=18,
)


def told(steps: list[tuple[str, str, str, int, int]]) -> Story:
    """The vote that these steps make, without those that are refused."""
    vote = Story(ALWAYS, SEATS).opens()
    for what, member, position, number, minutes in steps:
        vote.now += timedelta(minutes=minutes)
        try:
            if what == "reply":
                vote.reply(member, position, sha256=f"{number:064x}", received_at=vote.now - timedelta(minutes=number))
            else:
                vote.do(_act(what, member, position, number, vote))
        except InblueError:
            continue
    return vote


def _act(what: str, member: str, position: str, number: int, vote: Story) -> Act:
    match what:
        case "void":
            return EntryVoided(number=number, reason="a slip")
        case "correct":
            was = vote.state.reply(member, 1)
            old = was.act.position if was else None
            return ClericalErrorCorrected(member=member, field="position", was=old, now=position, reason="misread")
        case "reject":
            return ReplyRejected(member=member, clause="late", reason="it came late")
        case "close":
            return VotingClosed(closed_at=vote.now)
        case "tally":
            return TallyCirculated(counts=vote.tally.counts)
        case _:
            return ResultAnnounced(announced_at=vote.now)


@settings(max_examples=150)
@given(STEPS)
def test_status_audit_and_record_say_the_same_of_one_state(steps: list[tuple[str, str, str, int, int]]) -> None:
    vote = told(steps)
    record = record_of(vote.state)
    audit: Any = audit_json(record)
    status: Any = status_json(roll_call(vote.state, vote.now))
    whole: Any = parse_json(record_bytes([(record, {})], AsOf(1, 1, 1)))
    (facts,) = whole["votes"]
    for name in ("draft", "round", "window", "tally", "outcome", "outcome_at_close", "settled", "times"):
        assert audit[name] == facts[name] == status[name], name
    for name in ("annulled", "voided", "amended_by", "silent", "not_on_record", "vetoed_by", "announced"):
        assert audit[name] == facts[name], name
    counted = {each["member"]: each["position"] for each in audit["replies"] if each["counted"]}
    assert counted == {each["member"]: each["position"] for each in facts["replies"] if each["counted"]}
    seats = {seat["member"]: seat["position"] for seat in status["seats"]}
    assert {member: position for member, position in seats.items() if position not in {None, "voided"}} == counted
    assert [each["id"] for each in audit["findings"]] == [each["id"] for each in facts["findings"]]


@settings(max_examples=150)
@given(STEPS, STEPS)
def test_no_act_after_the_close_and_its_lag_changes_the_outcome_at_the_close(
    before: list[tuple[str, str, str, int, int]], after: list[tuple[str, str, str, int, int]]
) -> None:
    """Law 2."""
    vote = told(before)
    closes = vote.state.window.closes_at
    assert closes is not None
    vote.now = max(vote.now, closes + timedelta(minutes=15, microseconds=1))
    at_close = vote.tally.counts, vote.state.version
    if vote.state.at_close is not None:
        known = tally_at_close(vote.state)
        assert known is not None
        at_close = known.counts, vote.state.at_close.version
    for what, member, position, number, minutes in after:
        vote.now += timedelta(minutes=minutes)
        try:
            if what == "reply":
                vote.reply(member, position, received_at=OPENING + timedelta(minutes=minutes))
            else:
                vote.do(_act(what, member, position, number, vote))
        except InblueError:
            continue
        found = tally_at_close(vote.state)
        assert found is not None
        assert vote.state.at_close is not None
        assert (found.counts, vote.state.at_close.version) == at_close
