"""A source's silence is not an absence: seats that nobody names, counts without names, and what still follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from plain_rules import plain

from inblue.domain.acts import DraftCirculated, LetterSent
from inblue.domain.certainty import possible_outcomes
from inblue.domain.ending_acts import ResultAnnounced, TallyCirculated
from inblue.domain.errors import Malformed
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster, built_in_roster
from inblue.domain.tally import decide_by

Begin = Callable[..., Any]
COUNCIL = built_in_procedure("unsc-2020-253")
SEATS = built_in_roster("unsc-2020").ids
CHOICES = ("in_favour", "against", "abstention")


def told(story: Begin, votes: Mapping[str, str | None], **given: Any) -> Any:
    """A documented history with these votes; perhaps with printed ``counts``, and with what was ``announced``."""
    counts, announced = given.pop("counts", None), given.pop("announced", None)
    vote = story(times="documented", **given)
    vote.do(LetterSent(kind="opening", dated=date(2020, 3, 27), snapshot=vote.snapshot()))
    for member, position in votes.items():
        vote.reply(member, position, received_at=None)
    if counts is not None:
        vote.do(TallyCirculated(counts=counts))
    if announced is not None:
        vote.do(ResultAnnounced(outcome=announced, announced_at=date(2020, 3, 30)))
    return vote


def kinds(vote: Any) -> list[str]:
    about = {"not_on_record", "tally_differs", "announcement_overtaken", "forbidden_act"}
    return [finding.kind for finding in vote.raised() if finding.kind in about]


@pytest.mark.parametrize("replies", [None, "incomplete"])
def test_a_seat_that_no_source_names_is_not_on_record_and_never_absent(story: Begin, replies: str | None) -> None:
    named = {member: "in_favour" for member in SEATS if member not in {"CHN", "RUS"}}
    vote = told(story, named, replies=replies, announced="vetoed")
    assert vote.tally.counts == {"in_favour": 13, "against": 0, "abstention": 0, "absent": 0, "not_on_record": 2}
    assert (vote.tally.outcome, vote.tally.derived, vote.tally.vetoed_by) == ("vetoed", False, ())
    vetoed = "not adopted owing to the negative vote of a permanent member of the Council"
    assert vote.tally.reasons[-1] == f"{vetoed}, as announced: it does not follow from what is on record"
    assert possible_outcomes(vote.state) == {"adopted", "vetoed"}
    assert [judged.met for judged in vote.tally.conditions] == [True, None]
    assert kinds(vote) == ["not_on_record"]


def test_in_a_list_said_to_be_complete_who_is_missing_was_absent(story: Begin) -> None:
    named = {member: "in_favour" for member in SEATS if member not in {"CHN", "RUS"}}
    vote = told(story, named, replies="complete", announced="adopted")
    assert vote.tally.counts == {"in_favour": 13, "against": 0, "abstention": 0, "absent": 2}
    assert (vote.tally.outcome, vote.tally.derived) == ("adopted", True)
    assert not kinds(vote)


def test_what_every_possible_count_gives_is_derived_and_another_announcement_is_raised(story: Begin) -> None:
    vote = told(story, dict.fromkeys(SEATS[:7], "against"), announced="adopted")
    assert (vote.tally.outcome, vote.tally.derived) == ("not_adopted", True)
    assert kinds(vote) == ["not_on_record", "announcement_overtaken"]


def test_without_an_announcement_what_does_not_follow_stays_open(story: Begin) -> None:
    vote = told(story, dict.fromkeys(SEATS[:8], "in_favour"), announced=None)
    assert (vote.tally.outcome, vote.tally.derived) == ("open", True)  # nothing says that voting is closed
    vote.do(ResultAnnounced(announced_at=date(2020, 3, 30)))
    assert (vote.tally.outcome, vote.tally.derived) == ("open", False)
    assert vote.tally.reasons[-1] == "the outcome does not follow from what is on record, and none was announced"


def test_an_announcement_that_nothing_on_record_allows_is_raised(story: Begin) -> None:
    vote = told(story, dict.fromkeys(SEATS[:9], "in_favour"), announced="not_adopted")
    assert (vote.tally.outcome, vote.tally.derived) == ("not_adopted", False)
    assert kinds(vote) == ["not_on_record", "announcement_overtaken"]


def test_printed_counts_without_names_decide_what_they_can(story: Begin) -> None:
    counts = {"in_favour": 12, "against": 0, "abstention": 3}
    vote = told(story, {}, replies="counts_only", counts=counts, announced="adopted")
    assert vote.tally.counts["not_on_record"] == 15
    assert vote.tally.counts["absent"] == 0
    assert (vote.tally.outcome, vote.tally.derived, vote.tally.unanimous) == ("adopted", True, False)
    assert vote.tally.reasons[0] == "the source gives counts and no names: who voted how is not on record"
    vote = told(story, {}, replies="counts_only", counts={"in_favour": 13, "against": 2}, announced="vetoed")
    assert (vote.tally.outcome, vote.tally.derived) == ("vetoed", False)  # who the two were is on no record
    assert possible_outcomes(vote.state) == {"adopted", "vetoed"}
    vote = told(story, {}, replies="counts_only", counts={"in_favour": 8, "against": 7}, announced="not_adopted")
    assert (vote.tally.outcome, vote.tally.derived) == ("not_adopted", True)
    vote = told(story, {}, replies="counts_only", counts={"in_favour": 15}, announced="adopted")
    assert vote.tally.unanimous


def test_printed_counts_that_the_replies_contradict_are_raised_and_bound_nothing(story: Begin) -> None:
    vote = told(story, {"CHN": "against"}, replies="incomplete", counts={"in_favour": 15}, announced="adopted")
    assert kinds(vote) == ["not_on_record", "tally_differs", "announcement_overtaken"]
    assert possible_outcomes(vote.state) == {"vetoed", "not_adopted"}


def test_a_source_without_names_has_no_position_of_anybody(story: Begin) -> None:
    for replies in ("counts_only", "secret_ballot"):
        vote = told(story, {}, replies=replies)
        with pytest.raises(Malformed, match=f"position: by the draft's replies, {replies}, nobody's position"):
            vote.reply("CHN", received_at=None)
        vote.reply("CHN", None, says="not_on_record", received_at=None)


def test_a_reply_whose_position_no_source_gives_is_not_silence(story: Begin) -> None:
    named = dict.fromkeys(SEATS, "in_favour") | {"CHN": None}
    vote = told(story, {m: p for m, p in named.items() if p}, replies="complete")
    vote.reply("CHN", None, says="not_on_record", received_at=None)
    vote.do(ResultAnnounced(outcome="adopted", announced_at=date(2020, 3, 30)))
    assert vote.tally.counts == {"in_favour": 14, "against": 0, "abstention": 0, "absent": 0, "not_on_record": 1}
    assert (vote.tally.outcome, vote.tally.derived) == ("adopted", False)
    assert not [finding for finding in vote.raised("CHN") if finding.kind == "choice"]


def test_only_a_documented_history_says_what_its_source_shows(story: Begin) -> None:
    draft = {"symbol": "S/1", "question": "substantive", "procedure": COUNCIL.sha256}
    for times in ("live", "simulated"):
        with pytest.raises(Malformed, match="replies: only a documented history says"):
            DraftCirculated.of({**draft, "times": times, "replies": "complete"}, where="draft")
        with pytest.raises(Malformed, match="says: only in a documented history may a position"):
            story(times=times).opens().reply("CHN", None, says="not_on_record")


def test_the_first_format_of_procedures_took_every_list_for_complete(story: Begin) -> None:
    window = {"clause": "window", "fixed_by": "procedure", "hours": 24}
    value = {**plain(COUNCIL), "format": "inblue-procedure/1", "window": window}
    first = Procedure.of(value, where="test")
    draft = {"symbol": "S/2020/1", "question": "substantive", "times": "documented", "procedure": first.sha256}
    vote = story(times="documented")
    vote.documents.procedures[first.sha256] = vote.rules = first
    vote.recorded, vote.maybe = [], None
    vote.force(DraftCirculated.of(draft, where="draft"))
    vote.force(LetterSent(kind="opening", dated=date(2020, 3, 27), snapshot=vote.snapshot()))
    vote.reply("BEL", received_at=None)
    vote.do(ResultAnnounced(outcome="not_adopted", announced_at=date(2020, 3, 30)))
    assert vote.tally.counts == {"in_favour": 1, "against": 0, "abstention": 0, "absent": 14}


def test_no_choice_is_called_as_what_is_not_on_record() -> None:
    value = {**COUNCIL.json_value(), "choices": ["in_favour", "against", "abstention", "not_on_record"]}
    with pytest.raises(Malformed, match="not_on_record is not a choice"):
        Procedure.of(value, where="test")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(SEATS), st.lists(st.sampled_from(CHOICES), min_size=1, max_size=2)),
    st.sampled_from([None, "incomplete"]),
    st.sampled_from(["adopted", "not_adopted", "vetoed", None]),
    st.data(),
)
def test_deleting_knowledge_never_adds_an_absence(
    story: Begin, votes: dict[str, list[str]], replies: str | None, announced: Any, data: Any
) -> None:
    replied = [(member, position) for member, positions in votes.items() for position in positions]
    kept = [each for each in replied if data.draw(st.booleans())]
    absent = []
    for shown in (replied, kept):
        vote = told(story, {}, replies=replies)
        for member, position in shown:
            vote.reply(member, position, received_at=None)
        if announced:
            vote.do(ResultAnnounced(outcome=announced, announced_at=date(2020, 3, 30)))
        absent.append(vote.tally.counts["absent"])
    assert absent == [0, 0]


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
THRESHOLDS = st.builds(
    lambda choices, compare, among, bound, weight: {
        **({"weight": weight} if weight else {}),
        "choices": choices,
        "compare": compare,
        "among": among,
        **bound,
    },
    st.sampled_from([["in_favour"], ["against"], ["against", "absent"]]),
    st.sampled_from(["at_least", "more_than", "at_most", "fewer_than"]),
    st.sampled_from(["all", "permanent"]),
    st.one_of(
        st.fixed_dictionaries({"number": st.integers(0, 4)}),
        st.fixed_dictionaries(
            {"share": st.sampled_from(["1/2", "2/3"]), "base": st.sampled_from([None, ["in_favour", "against"]])}
        ),
    ),
    st.sampled_from([None, "people"]),
)


@example(
    {"choices": ["against"], "compare": "at_most", "among": "permanent", "number": 0},
    {},
    {"in_favour": 3, "against": 1},
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    THRESHOLDS,
    st.dictionaries(st.sampled_from(FEW.ids), st.sampled_from(CHOICES)),
    st.dictionaries(st.sampled_from((*CHOICES, "absent")), st.integers(0, 4)),
)
def test_no_vote_that_printed_counts_allow_has_an_outcome_that_was_not_named(
    story: Begin, threshold: dict[str, Any], named: dict[str, str], counts: dict[str, int]
) -> None:
    condition = {"id": "c", "clause": "majority", "any_of": [threshold], "failing": "vetoed"}
    decision = {"clause": "majority", "conditions": [condition], "unanimous": []}
    value = {name: each for name, each in COUNCIL.json_value().items() if name != "seats"}
    rules = Procedure.of({**value, "decision": decision}, where="test")
    vote = told(story, named, procedure=rules, roster=FEW, replies="incomplete", counts=counts)
    by_hand = set()
    for each in product((*CHOICES, None), repeat=4):
        positions = dict(zip(FEW.ids, each, strict=True))
        taken = [position or "absent" for position in each]
        fits = all(taken.count(name) == number for name, number in counts.items())
        if fits and all(positions[member] == position for member, position in named.items()):
            by_hand.add(decide_by(rules, FEW, "substantive", positions).outcome)
    if by_hand:
        assert by_hand <= possible_outcomes(vote.state)
        if "weight" not in threshold and "share" not in threshold:
            assert by_hand == possible_outcomes(vote.state)
