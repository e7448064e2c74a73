"""First and last mean arrival, never the order of typing; and where arrival is not certain, that is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stories import OPENING

from inblue.domain.acts import ReplyRejected, VoteCast
from inblue.domain.certainty import outcome_certain, outcomes_of, possible_outcomes
from inblue.domain.errors import Refused
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster
from inblue.domain.tally import decide_by
from inblue.domain.validity import standing

Begin = Callable[..., Any]
MINUTE = timedelta(minutes=1)
COUNCIL = built_in_procedure("unsc-2020-253")
LAST = Procedure.of(
    {**COUNCIL.json_value(), "second_reply": {"clause": "second_reply", "stands": "last"}}, where="test"
)


def entered(vote: Any, member: str, position: str, *, received: int | None, recorded: int) -> list[str]:
    """Record a reply ``recorded`` minutes after the opening, received at minute ``received``; return the new acts."""
    vote.at(minutes=recorded)
    at = None if received is None else vote.state.window.opens_at + received * MINUTE
    return [
        f"{act.act} {getattr(act, 'reply', '')}".strip()
        for act in vote.reply(member, position, received_at=at, sha256=f"{len(vote.recorded):064x}")
    ]


def kinds(vote: Any) -> list[tuple[str, int | None]]:
    about = {"order_of_entry", "order_undetermined", "second_reply", "outcome_open", "groundless_rejection"}
    return [(finding.kind, finding.reply) for finding in vote.raised() if finding.kind in about]


def test_the_reply_that_arrived_first_counts_though_another_was_typed_before_it(story: Begin) -> None:
    vote = story().opens()
    assert entered(vote, "RUS", "in_favour", received=57, recorded=58) == ["vote_cast"]
    assert entered(vote, "RUS", "against", received=54, recorded=59) == ["vote_cast", "reply_rejected 1"]
    assert standing(vote.state)["RUS"].act.position == "against"
    assert kinds(vote) == [("second_reply", 1), ("order_of_entry", 2)]
    assert entered(vote, "RUS", "abstention", received=56, recorded=60) == ["vote_cast", "reply_rejected 3"]
    assert standing(vote.state)["RUS"].ordinal == 2
    assert not vote.state.contradictions


def test_the_reply_that_arrived_last_counts_though_another_was_typed_after_it(story: Begin) -> None:
    vote = story(LAST).opens()
    entered(vote, "RUS", "in_favour", received=57, recorded=58)
    assert entered(vote, "RUS", "against", received=54, recorded=59) == ["vote_cast"]
    assert standing(vote.state)["RUS"].act.position == "in_favour"
    assert kinds(vote) == [("order_of_entry", 2)]


@pytest.mark.parametrize("rules", [COUNCIL, LAST])
@pytest.mark.parametrize(("received", "recorded"), [(30, 120), (None, 61), (57, 61)])
def test_an_arrival_typed_in_too_late_or_unknown_displaces_nothing(
    story: Begin, rules: Procedure, received: int | None, recorded: int
) -> None:
    vote = story(rules).opens()
    entered(vote, "RUS", "in_favour", received=57, recorded=58)
    assert entered(vote, "RUS", "against", received=received, recorded=recorded) == ["vote_cast"]
    assert standing(vote.state)["RUS"].act.position == "in_favour"
    assert kinds(vote) == [("order_undetermined", 1)]
    vote.closes()
    assert outcome_certain(vote.state)  # not adopted, whichever of the two it was


def test_who_may_have_come_first_is_not_rejected_for_coming_second(story: Begin) -> None:
    vote = story().opens()
    entered(vote, "RUS", "in_favour", received=57, recorded=58)
    entered(vote, "RUS", "against", received=30, recorded=120)
    with pytest.raises(Refused, match="nothing on record shows that reply 2 of RUS offends"):
        vote.do(ReplyRejected(member="RUS", reply=2, clause="second_reply", reason="second"))


def test_an_undetermined_order_is_said_beside_the_outcome_where_it_matters(story: Begin) -> None:
    vote = story().opens()
    for member in vote.roster.ids:
        if member != "RUS":
            entered(vote, member, "in_favour", received=10, recorded=10)
    entered(vote, "RUS", "in_favour", received=57, recorded=58)
    entered(vote, "RUS", "against", received=30, recorded=120)
    assert outcome_certain(vote.state)  # there is none yet
    vote.closes()
    assert vote.tally.outcome == "adopted"
    assert not outcome_certain(vote.state)
    assert possible_outcomes(vote.state) == {"adopted", "vetoed"}
    assert ("outcome_open", None) in kinds(vote)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["RUS", "CHN", "BEL"]), st.sampled_from(["in_favour", "against", "abstention"])),
        min_size=2,
        max_size=7,
    ),
    st.randoms(use_true_random=False),
    st.sampled_from([COUNCIL, LAST]),
)
def test_the_order_of_entry_within_the_lag_decides_nothing(
    story: Begin, replies: list[tuple[str, str]], random: Any, rules: Procedure
) -> None:
    arrived = [(minute, member, position) for minute, (member, position) in enumerate(replies)]
    shuffled = random.sample(arrived, len(arrived))
    votes = []
    for order in (arrived, shuffled):
        vote = story(rules).opens()
        for number, (minute, member, position) in enumerate(order):
            entered(vote, member, position, received=minute, recorded=8 + number // 2)
        votes.append(vote.closes())
    one, other = votes
    counted = [{m: reply.act.received_at for m, reply in standing(vote.state).items()} for vote in votes]
    assert counted[0] == counted[1]
    assert one.tally == other.tally
    assert not one.state.contradictions + other.state.contradictions


CHOICES = ("in_favour", "against", None)
THRESHOLDS = st.fixed_dictionaries(
    {
        "choices": st.sampled_from([["in_favour"], ["against"], ["against", "absent"]]),
        "compare": st.sampled_from(["at_least", "more_than", "at_most", "fewer_than"]),
        "among": st.sampled_from(["all", "permanent"]),
    },
    optional={"weight": st.just("people")},
)
BOUNDS = st.one_of(
    st.fixed_dictionaries({"number": st.integers(0, 4)}),
    st.fixed_dictionaries(
        {"share": st.sampled_from(["1/2", "2/3", "1/1"]), "base": st.sampled_from([None, ["in_favour", "against"]])}
    ),
)
CONDITIONS = st.lists(
    st.tuples(
        st.lists(st.builds(lambda one, other: {**one, **other}, THRESHOLDS, BOUNDS), min_size=1, max_size=2),
        st.sampled_from(["vetoed", "not_adopted"]),
    ),
    min_size=1,
    max_size=2,
)
SHARE = {"choices": ["in_favour"], "share": "1/2", "base": ["in_favour", "against"]}
FEW = Roster.of(
    {
        "format": "inblue-roster/1",
        "name": "few",
        "members": [
            {"member": member, "permanent": member in {"FRA", "CHN"}, "weights": {"people": weight}}
            for member, weight in (("FRA", 3), ("CHN", 0), ("BEL", 1), ("NER", 2))
        ],
    },
    where="test",
)


@example([([{**SHARE, "compare": "at_least"}], "vetoed")], [{None}] * 4)
@example([([{**SHARE, "compare": "fewer_than"}], "vetoed")], [{None}, {None}, {None}, {None, "in_favour"}])
@settings(max_examples=150)
@given(CONDITIONS, st.lists(st.sets(st.sampled_from(CHOICES), min_size=1), min_size=4, max_size=4))
def test_no_completion_has_an_outcome_that_was_not_named(conditions: Any, seats: list[set[str | None]]) -> None:
    written = [
        {"id": f"c{number}", "clause": "majority", "any_of": any_of, "failing": failing}
        for number, (any_of, failing) in enumerate(conditions)
    ]
    rules = Procedure.of(
        {
            **COUNCIL.json_value(),
            "silence": {"clause": "veto", "means": "absent"},
            "decision": {"clause": "majority", "conditions": written, "unanimous": []},
        },
        where="test",
    )
    possible = dict(zip(FEW.ids, seats, strict=True))
    by_hand = {
        decide_by(rules, FEW, "substantive", dict(zip(FEW.ids, each, strict=True))).outcome
        for each in product(*[sorted(seat, key=str) for seat in seats])
    }
    named = outcomes_of(rules, FEW, "substantive", possible)
    assert by_hand <= named
    if len(written) == 1 and len(written[0]["any_of"]) == 1 and not written[0]["any_of"][0].get("base"):
        assert named == by_hand


def test_when_a_reply_says_that_it_was_sent_decides_nothing(story: Begin) -> None:
    """Sent and received are two things: the mail of 11:00 was delayed, and came after the mail of 11:05."""
    vote = story().opens().at(hours=2)
    for minutes, sent, position in ((5, 5, "in_favour"), (30, 0, "against")):
        vote.at(hours=2, minutes=minutes)
        paper = Instrument(form="letter", office="permanent_representative", signed=True, sha256=f"{minutes:064x}")
        sent_at = OPENING + timedelta(hours=1, minutes=sent)
        vote.do(VoteCast(member="BEL", position=position, received_at=vote.now, sent_at=sent_at, instrument=paper))
    assert standing(vote.state)["BEL"].act.position == "in_favour"
    assert "sent 2020-03-27T19:05:00Z, by what it says" in [each.text for each in vote.verdict(0).evidence]
    assert vote.verdict(0).strength == "attested"  # only the registrar's clock says when it came
    ahead = VoteCast(
        member="FRA", position="against", received_at=vote.now, sent_at=vote.now + timedelta(hours=1), instrument=paper
    )
    vote.do(ahead)
    assert [each.kind for each in vote.raised("FRA")].count("sent_after_received") == 1
