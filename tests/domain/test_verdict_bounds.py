"""What timestamps add to a verdict: proven in time, from one side or two; and what they leave as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from stories import OPENING, Story

from inblue.domain.phrase import Said
from inblue.domain.verdict import Bounds, Verdict, judge

DIGEST = "ab" * 32
CLOSE = OPENING + timedelta(hours=24)
Begin = Callable[..., Story]


def at(hours: float) -> datetime:
    return OPENING + timedelta(hours=hours)


def bounds(since: float | None, until: float | None, **said: str) -> Bounds:
    times = [None if hours is None else at(hours) for hours in (since, until)]
    told: dict[str, Any] = {name: Said.of(text) for name, text in said.items()}
    return Bounds(times[0], times[1], (Said.of("a ground"),), **told)


def judged(story: Begin, given: Bounds | None, hours: float = 2, **reply: Any) -> Verdict:
    vote = story().opens().at(hours=hours)
    vote.reply("CHN", **{"sha256": DIGEST, **reply})
    return judge(vote.state, vote.state.replies[0], given)


def test_without_timestamps_the_registrars_clock_attests(story: Begin) -> None:
    verdict = judged(story, None)
    assert (verdict.placement, verdict.strength, verdict.not_after) == ("inside", "attested", None)


def test_a_token_before_the_close_proves_what_the_entry_binds(story: Begin) -> None:
    verdict = judged(story, bounds(1, 3))
    assert (verdict.placement, verdict.strength) == ("inside", "proven")
    assert (verdict.not_before, verdict.not_after) == (at(1), at(3))
    assert (verdict.margin, verdict.margin_basis) == (timedelta(hours=21), "not_after")
    assert verdict.evidence[-1] == ("timestamp", "a ground")
    assert verdict.not_proved == "Who wrote the instrument, which the registrar entered, is not proved."


def test_a_bound_from_one_side_says_so(story: Begin) -> None:
    verdict = judged(story, bounds(-5, 3))
    assert verdict.strength == "proven"
    assert verdict.not_proved.startswith("That it came after the window opened is not proved.")


@pytest.mark.parametrize("until", [24.0, 23.999])
def test_the_close_itself_is_in_time(story: Begin, until: float) -> None:
    assert judged(story, bounds(None, until)).strength == "proven"


def test_a_token_after_the_close_proves_nothing_and_takes_nothing_away(story: Begin) -> None:
    verdict = judged(story, bounds(1, 24 + 1 / 3600))
    assert (verdict.placement, verdict.strength, verdict.margin_basis) == ("inside", "attested", "received_at")
    assert "vouches for 2020-03-28T18:00:01Z only" in verdict.not_proved


def test_without_ballot_or_bytes_nothing_that_arrived_is_bound(story: Begin) -> None:
    verdict = judged(story, bounds(1, 3), sha256=None)
    assert verdict.strength == "attested"
    assert "neither a ballot nor the instrument's bytes" in verdict.not_proved


def test_where_the_token_that_is_needed_is_contradicted_it_says_so(story: Begin) -> None:
    verdict = judged(story, bounds(5, None, contradiction="a says one thing, and b another"))
    assert verdict.strength == "attested"
    assert verdict.not_proved == "Nothing by timestamps: a says one thing, and b another."
    assert judged(story, bounds(1, 3, contradiction="a says one thing, and b another")).strength == "proven"


def test_where_an_authority_that_is_needed_shows_nothing_it_is_named(story: Begin) -> None:
    verdict = judged(story, bounds(1, None, lacking="one shows nothing"))
    assert (verdict.strength, verdict.not_proved) == ("attested", "one shows nothing")


@pytest.mark.parametrize(
    ("hours", "arrived", "strength"), [(2, 2, "documented"), (48, 2, "documented"), (2, None, "documented")]
)
def test_what_is_in_doubt_is_documented_at_most(
    story: Begin, hours: float, arrived: float | None, strength: str
) -> None:
    received = None if arrived is None else at(arrived)
    verdict = judged(story, bounds(1, 3, doubt="a token is not there"), hours, received_at=received)
    assert (verdict.placement == "inside", verdict.strength) == (arrived is not None, strength)
    assert verdict.not_proved == "a token is not there"
    assert verdict.margin_basis != "not_after"


def test_a_late_reply_is_never_made_timely(story: Begin) -> None:
    verdict = judged(story, bounds(25, 25.1), hours=25)
    assert (verdict.placement, verdict.strength) == ("late", "documented")


def test_an_arrival_typed_in_a_day_later_stays_documented(story: Begin) -> None:
    verdict = judged(story, bounds(47, 49), hours=48, received_at=at(2))
    assert (verdict.placement, verdict.strength) == ("inside", "documented")
