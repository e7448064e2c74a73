"""Facts that bear on a vote: due before an act or after it; present, missing, late, unknown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from committee import Committee, body, seats
from hypothesis import given
from hypothesis import strategies as st
from stories import OPENING

from inblue.domain.acts import EntryVoided
from inblue.domain.ending_acts import ResultAnnounced, VotingClosed
from inblue.domain.errors import Malformed, Refused
from inblue.domain.facts import on_record

SEATS = seats("A", "B", "C")


def rules(due: str, **more: Any) -> Any:
    return body(facts=[{"id": "consent", "title": "The chair consents.", "clause": "fact", "due": due, **more}])


def about_facts(vote: Committee) -> list[tuple[str, str]]:
    return [(finding.kind, finding.severity) for finding in vote.raised() if finding.kind.startswith("fact_")]


def announced(vote: Committee) -> Committee:
    vote.over().do(ResultAnnounced(announced_at=vote.now, outcome="not_adopted"))
    return vote


STEPS: dict[str, Callable[[Committee], object]] = {
    "opening": lambda vote: vote.opens(vote.now),
    "close": lambda vote: vote.do(VotingClosed(closed_at=vote.now)),
    "announcement": lambda vote: vote.do(ResultAnnounced(announced_at=vote.now, outcome="not_adopted")),
}


@pytest.mark.parametrize("due", list(STEPS))
def test_a_fact_that_forbids_is_asked_for_before_the_act(due: str) -> None:
    vote = Committee(rules(due, does="forbids"), SEATS, opened=False)
    for name, step in STEPS.items():
        if name == "close":
            vote.now += timedelta(hours=73)
        if name == due:
            with pytest.raises(Refused, match="not on record whether this is so: The chair consents"):
                step(vote)
            vote.fact("consent", "missing")
            with pytest.raises(Refused, match="this is not so: The chair consents"):
                step(vote)
            vote.now += timedelta(seconds=1)
            vote.fact("consent")
        step(vote)
    assert about_facts(vote) == []


@pytest.mark.parametrize("due", ["opening", "close", "announcement", "after"])
def test_a_fact_that_flags_is_found_missing_once_it_was_due(due: str) -> None:
    vote = Committee(rules(due), SEATS, opened=False)
    assert about_facts(vote) == []
    vote.opens(OPENING)
    assert bool(about_facts(vote)) == (due == "opening")
    vote.over()
    assert bool(about_facts(vote)) == (due in {"opening", "close"})
    vote.do(ResultAnnounced(announced_at=vote.now, outcome="not_adopted"))
    assert about_facts(vote) == [("fact_unknown", "note")]  # a degree milder than the clause's flag
    vote.fact("consent", "missing")
    assert about_facts(vote) == [("fact_missing", "flag")]


def test_a_fact_that_came_about_in_time_is_not_a_finding_however_late_it_is_entered() -> None:
    vote = announced(Committee(rules("close"), SEATS)).fact("consent", established_at=OPENING)
    assert about_facts(vote) == []


def test_a_fact_that_came_about_too_late_is_one() -> None:
    vote = announced(Committee(rules("close"), SEATS)).at(days=4).fact("consent")
    assert about_facts(vote) == [("fact_late", "flag")]


def test_a_fact_with_an_unknown_time_does_not_prove_that_it_came_in_time() -> None:
    vote = announced(Committee(rules("close"), SEATS)).at(days=4).fact("consent", established_at=None)
    assert about_facts(vote) == [("fact_time_unknown", "note")]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_of_several_acts_about_a_fact_the_one_counts_that_happened_last(order: tuple[int, ...]) -> None:
    told = [("missing", 1), ("present", 2), ("missing", 3)]
    vote = Committee(rules("after"), SEATS).at(hours=10)
    for each in order:
        status, hours = told[each]
        vote.fact("consent", status, established_at=OPENING + timedelta(hours=hours))
    assert on_record(vote.state)["consent"].act.established_at == OPENING + timedelta(hours=3)


def test_what_was_voided_is_not_on_record() -> None:
    vote = Committee(rules("opening"), SEATS).fact("consent", "missing")
    vote.do(EntryVoided(number=len(vote.recorded) - 1, reason="of another vote"))
    assert on_record(vote.state) == {}
    assert about_facts(vote) == [("fact_unknown", "note")]


def test_a_fact_that_the_procedure_does_not_ask_for_is_none() -> None:
    for vote, known in ((Committee(rules("after"), SEATS), "consent"), (Committee(body(), SEATS), "none")):
        with pytest.raises(Malformed, match=f"it knows {known}"):
            vote.fact("ratification")


def test_of_another_kind_of_question_nothing_is_asked() -> None:
    kinds = [{"id": "budget", "title": "the budget"}, {"id": "other", "title": "anything else"}]
    fact = {"id": "consent", "title": "Consent.", "clause": "fact", "due": "opening", "questions": ["other"]}
    vote = Committee(body(question_kinds=kinds, facts=[fact]), SEATS)
    assert about_facts(announced(vote)) == []


def test_an_overriding_fact_may_always_be_missing() -> None:
    vote = Committee(rules("announcement", does="overrides", conditions=["majority"]), SEATS)
    announced(vote.fact("consent", "missing"))
    assert about_facts(vote) == []


def test_in_print_a_missing_fact_is_a_finding_and_forbids_nothing() -> None:
    vote = Committee(rules("opening", does="forbids"), SEATS, "documented")
    assert about_facts(vote) == [("fact_unknown", "note")]


DUES = ("opening", "close", "announcement", "after")


@given(st.sets(st.sampled_from(DUES)), st.sets(st.sampled_from(DUES)))
def test_less_evidence_never_takes_a_finding_away(shown: set[str], left_out: set[str]) -> None:
    rules_ = body(facts=[{"id": due, "title": due, "clause": "fact", "due": due} for due in DUES])

    def found(present: set[str]) -> set[str]:
        vote = Committee(rules_, SEATS, opened=False)
        for due in present:
            vote.fact(due)
        vote.opens(OPENING)
        announced(vote)
        assert vote.tally.outcome == "not_adopted"
        return {str(finding.values["fact"]) for finding in vote.raised() if finding.kind.startswith("fact_")}

    assert found(shown) <= found(shown - left_out)
    assert len(found(shown)) == len(DUES) - len(shown)
