"""When a vote is decided: by the order of arrival, as far as it is certain, and never by that of typing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_rules import CHOICES, electorate, of_some, small
from stories import OPENING, Story

from inblue.domain.acts import LetterSent, VoteCast
from inblue.domain.ballot import DRAFT
from inblue.domain.certainty import outcome_certain, possible_outcomes
from inblue.domain.course import course_of
from inblue.domain.ending_acts import VotingClosed
from inblue.domain.errors import Refused
from inblue.domain.instant import Span
from inblue.domain.instrument import Instrument
from inblue.domain.optional_acts import FactRecorded
from inblue.domain.procedure import Procedure
from inblue.domain.reach import out_of_reach
from inblue.domain.roster import Roster, Seat
from inblue.domain.tally import decide_by, tally
from inblue.domain.weighing import Weighing, outcomes_by

Begin = Callable[..., Any]
CAST = ["in_favour", "against"]
FOR = {"choices": ["in_favour"], "compare": "more_than", "share": "1/2"}
HALF_OF_ALL, HALF_OF_CAST = of_some(FOR), of_some({**FOR, "base": CAST})
UNBROKEN = of_some({"choices": ["against"], "compare": "at_most", "number": 0}, name="silence", failing="not_adopted")
FIVE = electorate(1, 1, 1, 1, 1)

SOME = st.lists(st.sampled_from([*CHOICES, "absent"]), min_size=1, max_size=3, unique=True)
COMPARE = st.sampled_from(["at_least", "more_than", "at_most", "fewer_than"])
TESTS = st.fixed_dictionaries(
    {"choices": SOME, "compare": COMPARE, "number": st.integers(0, 6)}, optional={"weight": st.just("votes")}
) | st.fixed_dictionaries(
    {"choices": SOME, "compare": COMPARE, "share": st.sampled_from(["1/3", "1/2", "2/3", "1/1"])},
    optional={"base": SOME, "weight": st.just("votes")},
)
DECISIONS = st.lists(
    st.tuples(st.lists(TESTS, min_size=1, max_size=2), st.sampled_from(["not_adopted", "vetoed"])),
    min_size=1,
    max_size=3,
)
ROSTERS = st.lists(st.integers(0, 3), min_size=3, max_size=5).map(lambda weights: electorate(*weights))
WHEN = st.sampled_from(["when_reached", "when_certain", "at_close"])


def rules(decision: Any, decided: dict[str, str] | None = None, **given: Any) -> Procedure:
    conditions = [of_some(*tests, name=f"c{at}", failing=failing) for at, (tests, failing) in enumerate(decision)]
    outcomes = {"adopted", *(failing for _, failing in decision)}
    kept = {name: when for name, when in (decided or {}).items() if name in outcomes}
    return small(*conditions, decided=kept, **given)


REACHED = DECISIONS.filter(lambda decision: not any(out_of_reach(rules(decision))))
"""Decisions whose every bound can be reached."""


def opened(procedure: Procedure, roster: Any = FIVE) -> Story:
    """A vote that was opened past the check of what its seats can reach, which is tested elsewhere."""
    story = Story(procedure, roster)
    story.now = OPENING
    story.force(LetterSent(kind="opening", opens_at=OPENING, snapshot=story.snapshot()))
    return story


def cast(story: Story, *replies: tuple[str, str]) -> Story:
    for member, position in replies:
        story.now += timedelta(minutes=1)
        story.reply(member, position, signatory=f"at {story.now}")  # no letter twice
    return story


@settings(deadline=None)
@given(DECISIONS, ROSTERS, st.data())
def test_running_sums_give_what_a_plain_tally_gives_after_every_reply(decision: Any, roster: Any, data: Any) -> None:
    procedure, taken = rules(decision), dict[str, str | None]()
    weighing = Weighing(procedure, roster, "substantive")
    weighing.fill(DRAFT, {})
    steps = st.lists(st.tuples(st.sampled_from(roster.ids), st.sampled_from([*CHOICES, None])), max_size=8)
    for member, position in data.draw(steps):
        taken[member] = position
        weighing.place(DRAFT, member, (position,))
        plain = decide_by(procedure, roster, "substantive", taken)
        assert outcomes_by(procedure, weighing) == {plain.outcome}
        for judged in plain.conditions:
            running = weighing.thresholds(judged.condition)
            for measured, (_, sums, met) in zip(judged.thresholds, running, strict=True):
                assert (sums.counted.least, sums.counted.most) == (measured.counted, measured.counted)
                assert (None if sums.base is None else sums.base.least) == measured.base
                assert met == {measured.met}


@settings(deadline=None, max_examples=60)
@given(REACHED, ROSTERS, st.dictionaries(st.sampled_from(["adopted", "not_adopted", "vetoed"]), WHEN), st.data())
def test_a_vote_is_decided_by_the_first_replies_that_decide_it(
    decision: Any, roster: Any, decided: dict[str, str], data: Any
) -> None:
    procedure = rules(decision, decided)
    order = data.draw(st.permutations(roster.ids))
    positions = data.draw(st.lists(st.sampled_from(CHOICES), max_size=len(order)))
    came = dict(zip(order, positions, strict=False))
    story = cast(opened(procedure, roster), *came.items())
    course, found = course_of(story.state), None
    for number in range(1, len(came) + 1):
        so_far = dict(list(came.items())[:number])
        now = decide_by(procedure, roster, "substantive", so_far).outcome
        silent = [member for member in roster.ids if member not in so_far]
        every = {
            decide_by(procedure, roster, "substantive", {**so_far, **dict(zip(silent, rest, strict=True))}).outcome
            for rest in product([*CHOICES, None], repeat=len(silent))
        }
        if decided.get(now) == "when_reached" or (
            len(every) == 1 and decided.get(now) == "when_certain" and course.at == Span(*[minute(number)] * 2)
        ):
            found = now
        if found is not None:
            assert (course.outcome, course.at, course.by) == (found, Span(*[minute(number)] * 2), number + 1)
            return
    assert course.outcome is None


def minute(number: int) -> datetime:
    return OPENING + timedelta(minutes=number)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["reply", "withdraws", "fact", "second"]),
        st.sampled_from("ABCDE"),
        st.sampled_from([*CHOICES]),
        st.booleans(),
    ),
    max_size=6,
)
CONSENT: dict[str, Any] = {"id": "consent", "title": "Consent of the host", "clause": "majority", "due": "announcement"}
CONSENT |= {"does": "decides", "if_it_is": "missing", "outcome": "not_adopted"}
OVERRULED: dict[str, Any] = {"id": "overruled", "title": "The board overrules", "clause": "majority", "due": "close"}
OVERRULED |= {"does": "overrides", "conditions": ["c0"]}


@settings(deadline=None, max_examples=150)
@given(
    REACHED,
    ROSTERS,
    st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from(CHOICES)), max_size=5),
    ACTS,
    st.sampled_from([[], [CONSENT], [OVERRULED]]),
    st.booleans(),
)
def test_a_result_that_is_decided_as_certain_is_never_changed_by_what_comes_after(
    decision: Any, roster: Any, first: Any, later: Any, facts: Any, withdrawable: bool
) -> None:
    every = dict.fromkeys(("adopted", "not_adopted", "vetoed"), "when_certain")
    withdrawal = {"reply_withdrawal": {"clause": "second_reply", "allowed": withdrawable}}
    outcomes = {"adopted", *(failing for _, failing in decision)}
    facts = [fact for fact in facts if fact["does"] == "overrides" or fact["outcome"] in outcomes]
    story = cast(opened(rules(decision, every, facts=facts, **withdrawal), roster), *_known(first, roster))
    course = course_of(story.state)
    for act, member, position, present in later:
        story.now += timedelta(minutes=1)
        if act == "fact" and facts:
            status: Any = "present" if present else "missing"
            story.do(FactRecorded(fact=facts[0]["id"], status=status, established_at=story.now))
        elif member in roster and act == "withdraws":
            story.reply(member, None, says="withdraws", signatory=f"at {story.now}")
        elif member in roster:
            story.reply(member, position, signatory=f"at {story.now}")
        if course.outcome is not None:
            assert course_of(story.state) == course
    story.closes()
    if course.outcome is not None:
        assert (story.tally.outcome, story.tally.decided_at) == (course.outcome, course.at)


def _known(replies: Any, roster: Any) -> list[tuple[str, str]]:
    return [(member, position) for member, position in replies if member in roster]


RISING: Any = st.sampled_from([{"compare": "at_least"}, {"compare": "more_than"}])
FALLING: Any = st.sampled_from([{"compare": "at_most"}, {"compare": "fewer_than"}])
BOUNDS: Any = st.one_of(
    st.fixed_dictionaries({"number": st.integers(0, 6)}),
    st.sampled_from([{"share": "1/2"}, {"share": "2/3", "base": CAST}, {"share": "1/4", "base": CAST}]),
)
MONOTONE = st.tuples(st.tuples(RISING, st.just(["in_favour"])) | st.tuples(FALLING, st.just(["against"])), BOUNDS).map(
    lambda drawn: {**drawn[0][0], "choices": drawn[0][1], **drawn[1]}
)


@settings(deadline=None)
@given(
    st.lists(st.lists(MONOTONE, min_size=1, max_size=2), min_size=1, max_size=3),
    st.lists(st.sampled_from([*CHOICES, None]), min_size=5, max_size=5),
    st.integers(0, 4),
)
def test_under_a_monotone_rule_turning_an_against_into_an_in_favour_never_defeats(
    conditions: Any, positions: Any, turned: int
) -> None:
    procedure = small(*(of_some(*tests, name=f"c{at}") for at, tests in enumerate(conditions)))
    before: dict[str, str | None] = dict(zip(FIVE.ids, positions, strict=True)) | {FIVE.ids[turned]: "against"}
    after = before | {FIVE.ids[turned]: "in_favour"}
    outcome = decide_by(procedure, FIVE, "substantive", before).outcome
    if outcome == "adopted":
        assert decide_by(procedure, FIVE, "substantive", after).outcome == "adopted"


@given(SOME.filter(lambda named: "absent" not in named), st.lists(st.sampled_from([*CHOICES, None]), max_size=5))
def test_silence_is_broken_by_exactly_what_its_clause_names(named: list[str], positions: list[str | None]) -> None:
    procedure = small(of_some({"choices": named, "compare": "at_most", "number": 0}))
    found = decide_by(procedure, FIVE, "substantive", dict(zip(FIVE.ids, positions, strict=False)))
    assert (found.outcome == "not_adopted") == any(position in named for position in positions)


def test_the_order_of_typing_decides_nothing() -> None:
    procedure = small(UNBROKEN, decided={"not_adopted": "when_reached"}, second_reply=LAST)
    story = opened(procedure)
    story.at(hours=3).reply("A", "against", received_at=OPENING + timedelta(hours=2, minutes=55))
    story.reply("B", "against", received_at=OPENING + timedelta(hours=2, minutes=50))
    at = OPENING + timedelta(hours=2, minutes=50)
    assert course_of(story.state)[:4] == ("not_adopted", "when_reached", Span(at, at), 3)
    assert "decided at 2020-03-27 20:50:00+00, by the reply of B: what came after it changes nothing" in (
        tally(story.state, as_if_closed=True).reasons
    )


LAST = {"clause": "second_reply", "stands": "last"}


def test_what_comes_after_the_decision_stays_on_record_and_changes_nothing() -> None:
    story = opened(small(HALF_OF_CAST, decided={"adopted": "when_reached"}))
    cast(story, ("A", "in_favour"), ("B", "against"), ("C", "against"))
    story.closes()
    found = story.tally
    assert (found.outcome, found.decided_at, found.decided_by) == ("adopted", Span(minute(1), minute(1)), 2)
    assert found.counts == {"in_favour": 1, "against": 2, "abstention": 0, "absent": 2}
    assert found.reasons[0].startswith("majority: 1 in favour, needed more than 1/2 of 1 (in favour or against): met")
    assert [(f.member, f.severity) for f in story.raised() if f.kind == "after_decision"] == [
        ("B", "note"),
        ("C", "note"),
    ]
    assert not story.state.documented


def test_without_a_word_on_when_it_is_decided_a_vote_is_decided_at_the_close_and_says_nothing_of_it() -> None:
    story = cast(opened(small(HALF_OF_CAST)), ("A", "in_favour"), ("B", "against"), ("C", "against"))
    with pytest.raises(Refused, match="the window is open until"):
        story.do(VotingClosed(closed_at=story.now))
    found = story.closes().tally
    assert (found.outcome, found.decided_at, found.decided_by, found.questions) == ("not_adopted", None, None, ())


def test_an_outcome_that_was_not_decided_earlier_is_decided_at_the_close() -> None:
    story = cast(
        opened(small(HALF_OF_ALL, decided={"adopted": "when_certain", "not_adopted": "at_close"})), ("A", CHOICES[0])
    )
    found = story.closes().tally
    assert (found.outcome, found.decided_at) == ("not_adopted", story.state.window.closes)


def test_voting_closes_early_once_nothing_that_can_come_changes_the_result_and_not_before() -> None:
    """Two in favour, one against of five (gitvote #335): the two that are silent could still defeat it."""
    story = opened(small(HALF_OF_CAST, decided={"adopted": "when_certain"}))
    cast(story, ("A", "in_favour"), ("B", "in_favour"), ("C", "against"))
    with pytest.raises(Refused, match="the window is open until"):
        story.do(VotingClosed(closed_at=story.now))
    cast(story, ("D", "in_favour"))
    story.do(VotingClosed(closed_at=story.now))
    assert story.tally.decided_at == Span(story.now, story.now)
    assert "nothing that could still come would have changed it" in story.tally.reasons[-2]
    assert story.state.window.closes_at == story.now


def test_where_replies_may_be_changed_nothing_is_certain_before_the_close() -> None:
    every = [(member, "in_favour") for member in FIVE.ids]
    decided = {"adopted": "when_certain"}
    assert course_of(cast(opened(small(HALF_OF_ALL, decided=decided)), *every).state).outcome == "adopted"
    assert course_of(cast(opened(small(HALF_OF_ALL, decided=decided, second_reply=LAST)), *every).state).outcome is None
    may = {"reply_withdrawal": {"clause": "second_reply", "allowed": True}}
    assert course_of(cast(opened(small(HALF_OF_ALL, decided=decided, **may)), *every).state).outcome is None
    clause = small(HALF_OF_ALL).clauses[0].id
    seats = {"electorate": {"clause": clause, "changes": clause}}
    assert course_of(cast(opened(small(HALF_OF_ALL, decided=decided, **seats)), *every).state).outcome is None


def test_of_two_replies_of_one_instant_nobody_says_which_decided() -> None:
    story = opened(small(HALF_OF_CAST, decided={"adopted": "when_reached"}))
    story.at(hours=1).reply("A", "in_favour")
    assert course_of(story.state).outcome == "adopted"
    other = opened(small(HALF_OF_CAST, decided={"adopted": "when_reached"}))
    other.at(hours=1).reply("A", "in_favour")
    other.reply("B", "against")
    assert course_of(other.state)[:1] == (None,)
    assert course_of(other.state).perhaps == {"adopted"}
    with pytest.raises(Refused):
        other.do(VotingClosed(closed_at=other.now))
    other.closes()
    assert (other.tally.outcome, other.tally.derived) == ("open", False)
    assert other.tally.reasons[-1] == "the outcome depends on the order in which replies arrived, which is not certain"
    assert (sorted(possible_outcomes(other.state)), outcome_certain(other.state)) == (["adopted", "not_adopted"], False)
    (finding,) = [finding for finding in other.raised() if finding.kind == "outcome_open"]
    assert finding.text.endswith("in another order of arrival it could be one of adopted, not_adopted")
    other.announces(outcome="adopted")
    assert not [finding for finding in other.raised() if finding.kind == "forbidden_act"]


def test_replies_of_one_instant_that_lead_to_one_outcome_in_any_order_decide_it() -> None:
    story = opened(small(HALF_OF_ALL, decided={"adopted": "when_reached"}))
    for member in "ABC":
        story.at(hours=1).reply(member, "in_favour")
    at = OPENING + timedelta(hours=1)
    assert course_of(story.state)[:4] == ("adopted", "when_reached", Span(at, at), None)
    assert story.at(hours=2)
    assert story.do(VotingClosed(closed_at=story.now))


def test_a_reply_whose_hour_is_not_known_may_have_come_at_any_time_before_its_recording() -> None:
    story = opened(small(HALF_OF_ALL, decided={"adopted": "when_reached"}))
    cast(story, ("A", "in_favour"), ("B", "in_favour"))
    story.at(hours=3).reply("C", "in_favour", received_at=date(2020, 3, 27))
    course = course_of(story.state)
    assert (course.outcome, course.at) == ("adopted", Span(minute(2), OPENING + timedelta(hours=3)))
    assert course.by is None


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABCD"), st.sampled_from(CAST), st.integers(0, 3)),
        max_size=4,
        unique_by=lambda r: r[0],
    )
)
def test_where_the_order_is_not_certain_every_order_gives_what_is_said(replies: Any) -> None:
    """Replies of one hour may have come in any order: whatever is decided as certain is so in each of them."""
    procedure = small(HALF_OF_CAST, decided={"adopted": "when_reached"})
    story = opened(procedure, electorate(1, 1, 1, 1))
    for member, position, hour in sorted(replies, key=lambda reply: reply[2]):
        story.at(hours=hour + 1).reply(member, position)
    story.closes()
    outcomes = set()
    for order in permutations(replies):
        if [hour for *_, hour in order] != sorted(hour for *_, hour in order):
            continue
        so_far: dict[str, str | None] = {}
        outcome = None
        for member, position, _ in order:
            so_far[member] = position
            outcome = outcome or (decide_by(procedure, story.roster, "substantive", so_far).outcome == "adopted")
        outcomes.add("adopted" if outcome else "not_adopted")
    if story.tally.outcome == "open":
        assert outcomes <= possible_outcomes(story.state)
    else:
        assert outcomes == {story.tally.outcome}


def test_a_reply_entered_after_an_early_close_can_show_that_it_was_closed_undecided() -> None:
    story = opened(small(UNBROKEN, HALF_OF_CAST, decided={"adopted": "when_reached"}))
    story.at(hours=1).reply("A", "in_favour")
    story.at(hours=1, minutes=1).do(VotingClosed(closed_at=story.now))
    assert story.tally.outcome == "adopted"
    story.reply("B", "against", received_at=OPENING + timedelta(minutes=59))
    assert story.tally.outcome == "not_adopted"
    assert [finding.clause for finding in story.raised() if finding.kind == "closed_undecided"] == ["window"]


def test_a_later_position_decides_from_the_instant_that_it_names() -> None:
    later = {"positions": [{"choice": "in_favour", "clause": "majority", "later": True}]}
    story = opened(small(HALF_OF_ALL, decided={"adopted": "when_reached"}, **later), electorate(1))
    takes = OPENING + timedelta(hours=5)
    story.at(hours=1).do(_with(story, effective_at=takes))
    assert course_of(story.state).at == Span(takes, takes)


def _with(story: Story, **given: Any) -> Any:
    return VoteCast(
        member="A", position="in_favour", received_at=story.now, instrument=Instrument(form="letter"), **given
    )


def test_what_is_decided_is_the_same_for_ten_thousand_seats_and_takes_no_square_of_them() -> None:
    """A year of seconds is over before a quadratic walk would be; this one is over at once."""
    roster = Roster(name="many", members=tuple(Seat(member=f"M{n}") for n in range(2_000)))
    weighing = Weighing(small(HALF_OF_ALL), roster, "substantive")
    weighing.fill(DRAFT, {})
    for number, member in enumerate(roster.ids):
        weighing.place(DRAFT, member, ("in_favour",))
        assert (outcomes_by(weighing.procedure, weighing) == {"adopted"}) == (number + 1 > 1_000)
