"""What a position asks for, or becomes: reasons, an instant from which it takes effect, a lapse; and conditions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from committee import Committee, body, seats
from hypothesis import given
from hypothesis import strategies as st
from stories import OPENING

from inblue.domain.acts import ClericalErrorCorrected
from inblue.domain.lapses import lapsed
from inblue.domain.verdict import judge

SEATS = seats("A", "B", "C")
REASONS = [{"choice": "no", "clause": "reasons", "reasons": True}]
LATER = [{"choice": "yes", "clause": "later", "later": True}]
HOLD = [{"choice": "no", "clause": "holds", "lapses": {"after": {"number": 24, "unit": "hours"}, "to": "no_vote"}}]
NO_OBJECTION = [
    {"id": "silence", "clause": "majority", "any_of": [{"choices": ["no"], "compare": "at_most", "number": 0}]}
]


def test_a_reply_that_lacks_the_reasons_that_its_position_needs_does_not_count() -> None:
    vote = Committee(body(positions=REASONS), SEATS)
    vote.cast("A", "no", reasons=True).cast("B", "no", reasons=False).cast("C", "no")
    assert [bool(reply.rejections) for reply in vote.state.replies] == [False, True, False]
    assert vote.over().tally.counts["no"] == 2
    found = {finding.member: finding for finding in vote.raised() if finding.kind == "reasons"}
    assert (found["B"].severity, found["C"].severity) == ("reject", "note")
    assert "A" not in found


def test_another_position_needs_none() -> None:
    vote = Committee(body(positions=REASONS), SEATS).cast("A", "yes", reasons=False).over()
    assert vote.tally.counts["yes"] == 1
    assert "reasons" not in vote.kinds()


def test_whether_it_gives_reasons_is_read_again_from_the_paper() -> None:
    vote = Committee(body(positions=REASONS), SEATS).cast("A", "no", reasons=False)
    about: dict[str, Any] = {
        "member": "A",
        "field": "reasons",
        "reason": "the annex has them",
        "corrected_at": vote.now,
    }
    vote.do(ClericalErrorCorrected(was=False, now=True, **about))
    assert vote.over().tally.counts["no"] == 1
    assert "rejection_overtaken" in vote.kinds()


def test_reasons_that_nobody_noted_can_be_noted_later() -> None:
    vote = Committee(body(positions=REASONS), SEATS).cast("A", "no")
    about: dict[str, Any] = {
        "member": "A",
        "field": "reasons",
        "reason": "the annex has them",
        "corrected_at": vote.now,
    }
    vote.do(ClericalErrorCorrected(was=None, now=True, **about))
    assert "reasons" not in vote.kinds()


@pytest.mark.parametrize(("after", "counts"), [({"hours": 71}, 1), ({"hours": 72}, 1), ({"hours": 73}, 0)])
def test_a_position_that_takes_effect_after_the_close_does_not_count(after: dict[str, float], counts: int) -> None:
    vote = Committee(body(positions=LATER), SEATS)
    vote.cast("A", effective_at=OPENING + timedelta(**after))
    assert not vote.state.replies[0].rejections  # that follows from the close, which may yet be moved
    assert vote.over().tally.counts["yes"] == counts
    assert ("effective_at" in vote.kinds()) == (not counts)


def test_an_instant_of_its_own_that_no_rule_lets_it_have_offends_the_choice() -> None:
    vote = Committee(body(), SEATS).cast("A", effective_at=OPENING + timedelta(hours=1))
    assert vote.state.replies[0].rejections[0].act.clause == "choices"


@pytest.mark.parametrize(("hours", "holds"), [(1, False), (47, False), (48, True), (60, True)])
def test_a_hold_lapses_into_consent(hours: float, holds: bool) -> None:
    vote = Committee(body(NO_OBJECTION, positions=HOLD), SEATS).at(hours=hours).cast("A", "no").over()
    assert vote.tally.counts == {"yes": 0, "no": int(holds), "abstain": 0, "no_vote": 3 - holds}
    assert vote.tally.outcome == ("not_adopted" if holds else "adopted")
    assert ("lapsed" in vote.kinds()) == (not holds)


def test_whether_it_has_lapsed_is_unknown_where_its_arrival_is() -> None:
    vote = Committee(body(NO_OBJECTION, positions=HOLD), SEATS)
    vote.at(hours=60).cast("A", "no", received_at=None)
    assert lapsed(vote.state, vote.state.replies[0]) is None
    vote.over()
    assert vote.tally.outcome == "open"
    assert vote.tally.positions["A"] == "not_on_record"
    assert "lapse_undetermined" in vote.kinds()


def test_a_condition_is_shown_and_decides_nothing() -> None:
    plain = Committee(body(), SEATS).cast("A").cast("B").over()
    other = Committee(body(), SEATS).cast("A", condition="that the budget is voted").cast("B").over()
    assert plain.tally.counts == other.tally.counts
    (found,) = [finding for finding in other.raised() if finding.kind == "conditional"]
    assert (found.severity, found.member) == ("note", "A")
    assert "that the budget is voted" in found.text


def test_a_hold_can_be_moved_beyond_the_close_and_is_not_judged_before() -> None:
    rules = body(NO_OBJECTION, positions=HOLD, window={"clause": "window", "fixed_by": "letter", "hours": 1})
    vote = Committee(rules, SEATS, opened=False)
    vote.opens(OPENING, closes_at=OPENING + timedelta(hours=20))
    vote.cast("A", "no")
    assert lapsed(vote.state, vote.state.replies[0]) is False
    assert judge(vote.state, vote.state.replies[0]).placement == "inside"


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["yes", "no"]), st.sampled_from([True, False, None])))
)
def test_without_reasons_where_they_are_needed_no_reply_counts(replies: list[tuple[str, str, bool | None]]) -> None:
    def counted(given: Callable[[bool | None], bool | None]) -> dict[str, int]:
        vote = Committee(body(positions=REASONS), SEATS)
        for number, (member, position, reasons) in enumerate(replies):
            vote.at(minutes=number + 1).cast(member, position, reasons=given(reasons))
        return vote.over().tally.counts

    every, as_given, none = counted(lambda _: True), counted(lambda each: each), counted(lambda _: False)
    assert none["no"] == 0
    assert none["yes"] == len({member for member, position, _ in replies if position == "yes"})
    assert sum(none.values()) == sum(as_given.values()) == sum(every.values()) == 3
