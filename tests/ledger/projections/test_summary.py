"""A vote in one line, and which votes are wanted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from stories import OPENING, Story

from inblue.domain.acts import LetterSent
from inblue.ledger.projections.record import record_of
from inblue.ledger.projections.summary import Summary, Wanted, summary_of


@pytest.fixture
def summary(story: Callable[..., Story]) -> Summary:
    vote = story().opens().at(hours=1)
    for member in ("CHN", "FRA", "RUS", "GBR", "USA", "BEL", "DOM", "EST", "DEU"):
        vote.reply(member)
    vote.at(hours=25)
    vote.reply("IDN", "against")  # late
    vote.closes()
    vote.at(hours=30)
    return summary_of(record_of(vote.state))


def test_the_replies_that_take_effect_are_counted_by_their_evidence(summary: Summary) -> None:
    assert summary.strengths == {"proven": 0, "attested": 9, "documented": 0, "none": 0}
    assert (summary.weakest, len(summary.record.replies)) == ("attested", 10)


def test_findings_are_counted_by_severity(summary: Summary) -> None:
    found = [finding.severity for _, finding in summary.record.findings]
    assert summary.findings == {name: found.count(name) for name in ("reject", "flag", "note")}
    assert summary.findings["reject"] == 1


def test_a_vote_without_replies_has_no_weakest_evidence(story: Callable[..., Story]) -> None:
    assert summary_of(record_of(story().opens().state)).weakest is None


@pytest.mark.parametrize(
    ("wanted", "has"),
    [
        (Wanted(), True),
        (Wanted(body="United Nations Security Council"), True),
        (Wanted(body="UNSC"), True),
        (Wanted(body="unsc-2020-253"), True),
        (Wanted(body="unga"), False),
        (Wanted(outcome="adopted"), True),
        (Wanted(outcome="vetoed"), False),
        (Wanted(member="BEL"), True),
        (Wanted(member="IDN"), True),  # it took part, though late
        (Wanted(member="VNM"), False),
        (Wanted(member="BEL", position="in_favour"), True),
        (Wanted(member="BEL", position="against"), False),
        (Wanted(member="IDN", position="against"), False),  # it does not count
        (Wanted(member="VNM", position="absent"), True),
        (Wanted(member="NOR", position="absent"), False),  # it has no seat
        (Wanted(since=date(2020, 3, 28)), True),
        (Wanted(since=date(2020, 3, 29)), False),
        (Wanted(until=date(2020, 3, 27)), True),
        (Wanted(until=date(2020, 3, 26)), False),
        (Wanted(since=OPENING + timedelta(hours=25)), False),
        (Wanted(member="BEL", outcome="vetoed"), False),
    ],
)
def test_which_votes_are_wanted(summary: Summary, wanted: Wanted, has: bool) -> None:
    assert wanted.has(summary) is has


def test_a_vote_whose_days_are_not_certain_may_have_been_held_then(story: Callable[..., Story]) -> None:
    vote = story(times="documented")
    vote.now = datetime(2026, 1, 1, tzinfo=UTC)
    vote.do(LetterSent(kind="opening", dated=date(2020, 3, 27), snapshot=vote.snapshot()))  # a date and no hour
    summary = summary_of(record_of(vote.state))
    perhaps = Wanted(since=date(2020, 4, 10))
    assert perhaps.has(summary)
    assert perhaps.certainly_in_time(summary) is False
    assert not Wanted(until=date(2020, 3, 26)).has(summary)
    assert Wanted().certainly_in_time(summary) is None
