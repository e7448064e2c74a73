"""A reply taken back: what it does by the rules and by when it arrived, never by when it was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inblue.domain.acts import LetterSent, VoteCast
from inblue.domain.certainty import outcome_certain, possible_outcomes
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.errors import Malformed
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.validity import standing, standings

Begin = Callable[..., Any]
MINUTE = timedelta(minutes=1)
COUNCIL = built_in_procedure("unsc-2020-253")


def rules(stands: str = "first", allowed: bool | None = None, effect: str | None = None, **more: Any) -> Procedure:
    value: dict[str, Any] = COUNCIL.json_value()
    clause = {"id": "taking_back", "text": "Of replies taken back.", "source": "Rule 9", "effect": effect}
    rule = {} if allowed is None else {"reply_withdrawal": {"clause": "taking_back", "allowed": allowed}}
    second = {"clause": "second_reply", "stands": stands}
    return Procedure.of(
        {**value, "clauses": [*value["clauses"], clause], "second_reply": second, **rule, **more}, where="test"
    )


def sends(vote: Any, what: str | None, *, received: int | None, recorded: int | None = None) -> list[str]:
    """Have a reply of RUS recorded: a position, or ``withdraws``; which acts that gave."""
    start = vote.state.window.opens_at
    vote.at(minutes=(received or 0) if recorded is None else recorded)
    given = {"says": what} if what in {"withdraws", "dissociates"} else {}
    at = None if received is None else start + received * MINUTE
    acts = vote.reply("RUS", None if given else what, received_at=at, sha256=f"{len(vote.recorded):064x}", **given)
    return [f"{act.act} {getattr(act, 'reply', '')}".strip() for act in acts]


def position(vote: Any) -> str | None:
    reply = standing(vote.state).get("RUS")
    return reply.act.position if reply else None


def raised(vote: Any) -> list[tuple[str, str | None, str, int | None]]:
    about = {"withdrawn", "reply_withdrawal", "order_undetermined", "second_reply", "choice", "dissociation"}
    return [(f.kind, f.clause, f.severity, f.reply) for f in vote.raised() if f.kind in about]


def test_where_the_rules_allow_it_the_seat_is_as_if_it_had_not_replied(story: Begin) -> None:
    vote = story(rules(allowed=True)).opens()
    sends(vote, "against", received=10)
    assert sends(vote, "withdraws", received=20) == ["vote_cast"]
    assert vote.closes().tally.counts["absent"] == 15
    assert raised(vote) == [("withdrawn", "taking_back", "note", 1)]


def test_after_a_withdrawal_the_next_reply_is_the_first(story: Begin) -> None:
    vote = story(rules(allowed=True)).opens()
    sends(vote, "against", received=10)
    sends(vote, "withdraws", received=20)
    assert sends(vote, "in_favour", received=30) == ["vote_cast"]
    assert position(vote) == "in_favour"
    assert sends(vote, "against", received=40) == ["vote_cast", "reply_rejected 4"]
    assert raised(vote) == [("second_reply", "second_reply", "reject", 4), ("withdrawn", "taking_back", "note", 1)]


def test_a_vote_that_may_be_changed_may_be_taken_back_where_no_rule_says_otherwise(story: Begin) -> None:
    vote = story(rules("last")).opens()
    sends(vote, "against", received=10)
    sends(vote, "withdraws", received=20)
    assert position(vote) is None
    assert raised(vote) == [("withdrawn", "second_reply", "note", 1)]
    vote = story(rules("last", allowed=False, effect="reject")).opens()
    sends(vote, "against", received=10)
    assert sends(vote, "withdraws", received=20) == ["vote_cast", "reply_rejected 2"]
    assert position(vote) == "against"
    assert raised(vote) == [("reply_withdrawal", "taking_back", "reject", 2)]


def test_where_no_rule_was_found_the_first_counts_and_the_withdrawal_is_flagged(story: Begin) -> None:
    vote = story().opens()
    sends(vote, "against", received=10)
    assert sends(vote, "withdraws", received=20) == ["vote_cast"]
    assert position(vote) == "against"
    assert raised(vote) == [("reply_withdrawal", "second_reply", "flag", 2)]


def test_a_withdrawal_that_comes_after_the_close_withdraws_nothing(story: Begin) -> None:
    vote = story(rules(allowed=True)).opens()
    sends(vote, "against", received=10)
    assert sends(vote, "withdraws", received=24 * 60 + 1) == ["vote_cast", "reply_rejected 2"]
    assert position(vote) == "against"


@pytest.mark.parametrize("stands", ["first", "last"])
def test_whether_a_withdrawal_came_after_the_reply_is_said_where_it_is_not_certain(story: Begin, stands: str) -> None:
    vote = story(rules(stands, allowed=True)).opens()
    for member in vote.roster.ids:
        if member != "RUS":
            vote.at(minutes=5).reply(member)
    sends(vote, "withdraws", received=30, recorded=120)  # entered too late for its hour to be believed
    sends(vote, "against", received=121)
    vote.closes()
    assert position(vote) == "against"
    assert standings(vote.state)["RUS"].perhaps_none is False  # it was entered before the reply had come
    sends_late = story(rules(stands, allowed=True)).opens()
    for member in vote.roster.ids:
        if member != "RUS":
            sends_late.at(minutes=5).reply(member)
    sends(sends_late, "against", received=60)
    sends(sends_late, "withdraws", received=30, recorded=120)
    sends_late.closes()
    assert position(sends_late) == "against"
    assert possible_outcomes(sends_late.state) == {"adopted", "vetoed"}
    assert not outcome_certain(sends_late.state)
    assert ("order_undetermined", "second_reply", "flag", 1) in raised(sends_late)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["in_favour", "against", "withdraws"]), min_size=2, max_size=5),
    st.randoms(use_true_random=False),
    st.sampled_from([rules("last", allowed=True), rules("last"), rules("first", allowed=True)]),
)
def test_the_order_of_entry_of_replies_and_withdrawals_decides_nothing(
    story: Begin, sent: list[str], random: Any, procedure: Procedure
) -> None:
    arrived = list(enumerate(sent))
    counted = []
    for order in (arrived, random.sample(arrived, len(arrived))):
        vote = story(procedure).opens()
        for number, (minute, what) in enumerate(order):
            sends(vote, what, received=minute, recorded=8 + number)
        counted.append((position(vote), standings(vote.state).keys()))
    assert counted[0] == counted[1]


def test_a_dissociation_is_not_an_objection_and_not_an_offence(story: Begin) -> None:
    vote = story("unga-74-544", "unga-74")
    vote.opens(closes_at=vote.now + timedelta(hours=74))
    acts = vote.reply("MLT", None, says="dissociates")
    assert [act.act for act in acts] == ["vote_cast"]
    assert raised(vote) == [("dissociation", "choices", "note", 1)]
    vote.closes(hours=75).announces()
    assert (vote.tally.outcome, vote.tally.counts) == ("adopted", {"objection": 0, "consent": 193})


def test_a_dissociation_has_the_effect_of_its_clause_where_there_is_one(story: Begin) -> None:
    vote = story(rules(dissociation={"clause": "taking_back"}, effect="flag")).opens()
    sends(vote, "dissociates", received=10)
    assert raised(vote) == [("dissociation", "taking_back", "flag", 1)]


def test_a_reply_that_takes_none_is_an_offence_as_ever(story: Begin) -> None:
    vote = story().opens()
    assert sends(vote, None, received=10) == ["vote_cast", "reply_rejected 1"]
    assert raised(vote) == [("choice", "choices", "reject", 1)]


@pytest.mark.parametrize("says", ["withdraws", "dissociates", "not_on_record"])
def test_a_reply_says_one_thing(says: Any) -> None:
    paper = Instrument(form="letter")
    with pytest.raises(Malformed, match=f"a reply that says {says} has neither a position nor a ballot"):
        VoteCast.of(
            {
                "act": "vote_cast",
                "member": "RUS",
                "position": "against",
                "says": says,
                "instrument": {"form": "letter"},
            },
            where="reply",
        )
    assert VoteCast(member="RUS", position=None, says=says, instrument=paper).kind_and_version() == "vote-cast@2"
    assert VoteCast(member="RUS", position=None, instrument=paper).kind_and_version() == "vote-cast@1"


def test_in_a_documented_history_days_may_show_that_it_came_later(story: Begin) -> None:
    for days, counted in (((14, 15), 0), ((14, 14), 1)):
        vote = story(rules(allowed=True), times="documented", replies="complete")
        vote.do(LetterSent(kind="opening", dated=date(2020, 3, 13), snapshot=vote.snapshot()))
        vote.reply("RUS", "against", received_at=date(2020, 3, days[0]))
        vote.reply("RUS", None, says="withdraws", received_at=date(2020, 3, days[1]))
        vote.do(ResultAnnounced(outcome="not_adopted", announced_at=date(2020, 3, 17)))
        assert vote.tally.counts["against"] == counted
