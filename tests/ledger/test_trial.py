"""A vote that is only tried comes out as in a ledger that was fed the same replies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped_votes import START, electorate, least
from signers import LOG, REGISTRAR

from inblue.domain.acts import DraftCirculated, LetterSent, VoteCast
from inblue.domain.ballot import Answer
from inblue.domain.ending_acts import VotingClosed
from inblue.domain.errors import Refused
from inblue.domain.facts import fact_rules
from inblue.domain.instrument import Instrument
from inblue.domain.optional_acts import FactRecorded
from inblue.domain.procedure import Procedure, Procedure2, built_in_procedure
from inblue.domain.roster import Roster, Seat, shipped_names
from inblue.domain.state import VoteState
from inblue.domain.tally import tally
from inblue.domain.trial import Trial, Tried, remarks, silent, tried, uncounted
from inblue.domain.validity import standing
from inblue.ledger.ledger import Ledger

NAMES = shipped_names("procedures")


class Fed:
    """A ledger in memory, whose clock is the test's."""

    def __init__(self, rules: Procedure, roster: Roster) -> None:
        self.now, self.rules = START, rules
        self.ledger = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, clock=lambda: self.now)
        self.roster = roster
        self.sha256 = self.ledger.adopt_procedure(rules, signer=REGISTRAR)

    def do(self, act: Any, at: datetime, **given: Any) -> None:
        self.now = max(at, self.now)
        self.ledger.perform("T/1", act, signer=REGISTRAR, **given)


def fed(trial: Trial) -> VoteState:
    """The same vote in a ledger: signed entries, one by one, as a registrar would enter them."""
    rules, roster, opens = trial.procedure, trial.roster, START
    at = Fed(rules, roster)
    question = trial.question
    at.do(DraftCirculated(symbol="T/1", question=question, times="simulated", procedure=at.sha256), opens)
    for fact, status in trial.facts.items():
        at.do(FactRecorded.of({"act": "fact_recorded", "fact": fact, "status": status}, where=fact), opens)
    closes = trial.closes_at if rules.window.fixed_by == "letter" else None
    at.do(LetterSent(kind="opening", opens_at=opens, closes_at=closes), opens, roster=roster)
    end = trial.closes_at or at.ledger.vote("T/1").window.closes_at
    assert end is not None
    closed = False
    for number, reply in sorted(enumerate(trial.replies), key=lambda each: (each[1].received_at, each[0])):
        assert reply.received_at is not None
        if not closed and reply.received_at > end:
            at.do(VotingClosed(), end + timedelta(seconds=1))
            closed = True
        paper = Instrument(form=rules.form.allowed[0] if rules.form else "letter", remarks=(str(number),), signed=True)
        answers = tuple(Answer(question=name, position=answer) for name, answer in reply.answers.items())
        act = VoteCast(member=reply.member, position=reply.position, received_at=reply.received_at, instrument=paper)
        act = act.model_copy(update={"answers": answers, "reasons": reply.reasons, "says": reply.says})
        at.do(act, reply.received_at)
    if not closed:
        at.do(VotingClosed(), end + timedelta(seconds=1))
    return at.ledger.vote("T/1")


def replies_under(rules: Procedure, roster: Roster, until: datetime) -> st.SearchStrategy[list[Tried]]:
    asked = st.fixed_dictionaries({each.id: st.sampled_from(each.choices) for each in rules.asked})
    hours = (until - START) // timedelta(hours=1)
    at = st.integers(1, hours + hours // 4).map(lambda number: START + timedelta(hours=number))
    takes = st.tuples(st.sampled_from(rules.choices), asked, st.sampled_from((True, False, None)))
    withdraws = st.none()

    def reply(member: str, received_at: datetime, said: tuple[str, dict[str, str], bool | None] | None) -> Tried:
        if said is None:
            return Tried(member, None, received_at, says="withdraws")
        return Tried(member, said[0], received_at, said[1], said[2])

    members = st.sampled_from((*roster.ids[:6], roster.ids[-1]))
    return st.lists(
        st.tuples(members, at, st.one_of(takes, takes, takes, withdraws)).map(lambda each: reply(*each)), max_size=12
    )


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8)
@given(data=st.data())
def test_a_trial_comes_out_as_a_ledger_that_was_fed_the_same_replies(name: str, data: st.DataObject) -> None:
    rules = built_in_procedure(name)
    roster = electorate(rules)
    question = data.draw(st.sampled_from(rules.kinds_of_question))
    facts = {
        rule.id: "present" if rule.does == "forbids" else data.draw(st.sampled_from(("present", "missing")))
        for rule in fact_rules(rules)
    }
    closes = least(rules, START) + timedelta(days=10) if rules.window.fixed_by != "procedure" else None
    replies = data.draw(replies_under(rules, roster, closes or least(rules, START)))
    if rules.window.fixed_by == "closing":
        closes = max([closes or START, *(each.received_at or START for each in replies)])
    trial = Trial(rules, roster, question, replies, START, closes, facts)
    one, other = tried(trial), fed(trial)
    mine, its = tally(one), tally(other)
    assert (mine.counts, mine.outcome, mine.positions) == (its.counts, its.outcome, its.positions)
    assert [str(each) for each in mine.reasons] == [str(each) for each in its.reasons]
    assert mine.questions == its.questions
    counted = {(member, reply.ordinal) for member, reply in standing(other).items()}
    not_counted = {(each.reply.member, each.reply.ordinal) for each in uncounted(one)}
    assert not_counted == {(reply.member, reply.ordinal) for reply in other.replies} - counted


FIVE = Roster(name="five", members=tuple(Seat(member=member) for member in ("ANNA", "BEN", "CHLOE", "DAVID", "EMMA")))


def committee(**other: Any) -> Procedure:
    test = {"choices": ["yes"], "compare": "at_least", "number": 1}
    value: dict[str, Any] = {
        "format": "inblue-procedure/2",
        "id": "committee",
        "title": "Committee",
        "body": "Committee",
        "source": "made up",
        "zone": "UTC",
        "members": None,
        "choices": ["yes", "no"],
        "clauses": [
            {"id": "rule", "text": "A rule.", "source": "Rule 1"},
            {"id": "out", "text": "It does not count.", "source": "Rule 2", "effect": "reject"},
        ],
        **{name: {"clause": "rule"} for name in ("withdrawal", "opening")},
        **{name: {"clause": "out"} for name in ("late", "early", "off_roster", "choice", "after_announcement")},
        "window": {"clause": "rule", "fixed_by": "procedure", "hours": 72},
        "second_reply": {"clause": "rule", "stands": "last"},
        "recording": {"clause": "rule", "lag_seconds": 3600},
        "transmission": {"clause": "rule", "to": "the clerk"},
        "silence": {"clause": "rule", "means": "silent"},
        "corrections": {"clause": "rule", "fields": [], "until": "announcement"},
        "recorders": {"clause": "rule", "offices": {"*": ["registrar"]}},
        "decision": {
            "clause": "rule",
            "conditions": [{"id": "one", "clause": "rule", "any_of": [test]}],
            "unanimous": ["yes"],
        },
    }
    return Procedure2.of({**value, **other}, where="committee")


def tried_by(rules: Procedure, replies: list[Tried], **given: Any) -> VoteState:
    return tried(Trial(rules, FIVE, rules.kinds_of_question[0], replies, **given))


def reasons_of(state: VoteState) -> Mapping[str, str | None]:
    return {str(each.text): each.clause for each in uncounted(state)}


def test_without_instants_replies_come_in_time_and_in_the_order_of_the_list() -> None:
    state = tried_by(committee(), [Tried("ANNA", "yes"), Tried("ANNA", "no"), Tried("BEN", "yes")])
    assert tally(state).counts == {"yes": 1, "no": 1, "silent": 3}
    assert reasons_of(state) == {"another reply of the same member stands": "rule"}
    assert silent(state) == ("CHLOE", "DAVID", "EMMA")


def test_a_reply_entered_twice_is_two_replies_of_which_one_counts() -> None:
    state = tried_by(committee(), [Tried("ANNA", "yes"), Tried("ANNA", "yes")])
    assert len(state.replies) == 2
    assert tally(state).counts["yes"] == 1


def test_why_a_reply_is_not_counted() -> None:
    late = START + timedelta(hours=73)
    replies = [
        Tried("ANNA", "yes", START - timedelta(hours=1)),
        Tried("BEN", "yes", late),
        Tried("ZOE", "yes", START + timedelta(hours=1)),
        Tried("CHLOE", "yes", START + timedelta(hours=1)),
        Tried("CHLOE", None, START + timedelta(hours=2), says="withdraws"),
    ]
    state = tried_by(committee(), replies, opens_at=START)
    assert reasons_of(state) == {
        "received 1 h before the window opened": "out",
        "received 1 h after the window closed": "out",
        "ZOE is not on the roster of this vote": "out",
        "it was withdrawn, or its seat is not counted": None,
        "it takes no position": None,
    }
    assert tally(state).counts == {"yes": 0, "no": 0, "silent": 5}
    assert silent(state) == ("DAVID", "EMMA")


def test_an_advisory_seat_is_heard_and_not_counted() -> None:
    roster = Roster(name="two", members=(Seat(member="ANNA"), Seat(member="BEN", advisory=True)))
    rules = committee()
    state = tried(Trial(rules, roster, "substantive", [Tried("ANNA", "yes"), Tried("BEN", "yes")]))
    assert tally(state).counts == {"yes": 1, "no": 0, "silent": 0}
    assert reasons_of(state) == {"an advisory seat: on record, and not counted": "out"}


def test_what_is_flagged_or_noted_of_a_reply_that_counts_is_a_remark() -> None:
    rules = committee(on_behalf={"clause": "rule"})
    state = tried_by(rules, [Tried("ANNA", "yes", by="BEN")])
    ((reply, offence),) = remarks(state)
    assert (reply.member, offence.clause, offence.effect) == ("ANNA", "rule", "note")
    assert list(uncounted(state)) == []


def test_a_fact_that_is_missing_and_forbids_the_opening_refuses_the_trial_with_its_clause() -> None:
    fact = {"id": "asked", "title": "all were asked", "clause": "rule", "due": "opening", "does": "forbids"}
    rules = committee(facts=[fact])
    with pytest.raises(Refused, match="all were asked") as refused:
        tried_by(rules, [Tried("ANNA", "yes")])
    assert refused.value.clause == "rule"
    state = tried_by(rules, [Tried("ANNA", "yes")], facts={"asked": "present"})
    assert state.closed is not None


def test_acts_that_no_office_may_record_refuse_the_trial() -> None:
    rules = committee(recorders={"clause": "rule", "offices": {"vote_cast": ["registrar"]}})
    with pytest.raises(Refused, match="no office may record an act of the kind draft_circulated"):
        tried_by(rules, [])


def dated(roster_terms: tuple[str | None, str | None]) -> Iterator[Seat]:
    first, last = roster_terms
    for member in ("ANNA", "BEN"):
        yield Seat.of({"member": member, "from": first, "until": last}, where="seat")


@pytest.mark.parametrize(
    "terms",
    [("2020-01-01", "2021-01-01"), ("2031-01-01", None), (None, "2019-05-01"), (None, "2040-01-01"), (None, None)],
)
def test_without_an_opening_it_is_on_a_day_on_which_the_seats_are_in_force(
    terms: tuple[str | None, str | None],
) -> None:
    roster = Roster(name="dated", members=tuple(dated(terms)))
    rules = committee(electorate={"clause": "rule"})
    state = tried(Trial(rules, roster, "substantive", [Tried("ANNA", "yes"), Tried("BEN", "yes")]))
    assert tally(state).counts == {"yes": 2, "no": 0, "silent": 0}
