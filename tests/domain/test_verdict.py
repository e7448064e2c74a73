"""The verdict on a reply: where it falls, who vouches for that, and the sentence on what is not proved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from inblue.domain.acts import LetterSent, VoteCast
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.instant import parse_instant
from inblue.domain.instrument import Instrument
from inblue.domain.verdict import silence_not_proved

Begin = Callable[..., Any]
HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("recorded", "received", "placement", "strength", "sentence"),
    [
        (1 * HOUR, 1 * HOUR, "inside", "attested", "no third party vouches that it had arrived by the deadline"),
        (24 * HOUR, 24 * HOUR, "inside", "attested", "no third party vouches that it had arrived by the deadline"),
        (24 * HOUR + TICK, 24 * HOUR, "inside", "attested", "no third party"),
        (24 * HOUR + TICK, 24 * HOUR + TICK, "late", "attested", "that it did not arrive earlier is not proved"),
        (30 * HOUR, 30 * HOUR, "late", "documented", "that it did not arrive earlier is not proved"),
        (1 * HOUR, -1 * HOUR, "early", "attested", "no third party vouches for when it arrived"),
        (20 * HOUR, 1 * HOUR, "inside", "attested", "no third party"),
        (24.25 * HOUR, 24 * HOUR, "inside", "attested", "no third party"),
        (24.25 * HOUR + TICK, 24 * HOUR, "inside", "documented", "entered 15 min later: nothing made at that time"),
        (30 * HOUR, 2 * HOUR, "inside", "documented", "entered 28 h later: nothing made at that time vouches for it"),
        (30 * HOUR, 25 * HOUR, "late", "documented", "entered 5 h later: nothing made at that time vouches for it"),
        (30 * HOUR, -1 * HOUR, "early", "documented", "entered 31 h later: nothing made at that time vouches"),
        (1 * HOUR, None, "indeterminate", "attested", "no third party vouches for when it arrived"),
        (24 * HOUR, None, "indeterminate", "attested", "no third party vouches for when it arrived"),
        (30 * HOUR, None, "indeterminate", "none", "Not on record: when the reply arrived. That it came within"),
    ],
)
def test_placement_and_strength_are_answered_apart(
    story: Begin, recorded: timedelta, received: timedelta | None, placement: str, strength: str, sentence: str
) -> None:
    vote = story().opens()
    opened = vote.now
    vote.now = opened + recorded
    vote.reply("BEL", received_at=None if received is None else opened + received)
    verdict = vote.verdict()
    assert (verdict.placement, verdict.strength) == (placement, strength)
    assert sentence in verdict.not_proved
    assert verdict.margin == (None if received is None else 24 * HOUR - received)
    assert verdict.margin_basis == (None if received is None else "received_at")
    assert (verdict.not_before, verdict.not_after) == (None, None)  # nothing here is a third party's


@pytest.mark.parametrize(
    ("day", "hours", "placement", "strength", "sentence"),
    [
        (date(2020, 3, 27), 20, "indeterminate", "attested", "registrar's own clock"),
        (date(2020, 3, 28), 40, "indeterminate", "documented", "Only the day of arrival is on record, not the hour."),
        (date(2020, 3, 29), 60, "late", "documented", "Only the day of arrival is on record, not the hour."),
        (date(2020, 3, 26), 60, "early", "documented", "Only the day of arrival is on record, not the hour."),
    ],
)
def test_of_a_day_only_that_much_is_said(
    story: Begin, day: date, hours: int, placement: str, strength: str, sentence: str
) -> None:
    vote = story().opens().at(hours=hours)
    vote.reply("BEL", received_at=day)
    assert (vote.verdict().placement, vote.verdict().strength) == (placement, strength)
    assert sentence in vote.verdict().not_proved
    assert vote.verdict().margin is None


def test_before_any_opening_every_reply_is_early(story: Begin) -> None:
    vote = story()
    vote.reply("BEL", received_at=None)
    assert (vote.verdict().placement, vote.verdict().strength) == ("early", "attested")


def test_a_date_on_paper_is_evidence_of_drafting_only(story: Begin) -> None:
    vote = story().opens().at(hours=30)
    vote.reply("BEL", received_at=None, dated=date(2020, 3, 27))
    verdict = vote.verdict()
    assert (verdict.placement, verdict.strength) == ("indeterminate", "documented")
    assert "The date on it shows when it was drafted, not when it arrived." in verdict.not_proved


def test_in_a_documented_history_nobody_attests_whatever_is_known(story: Begin) -> None:
    vote = story(times="documented")
    opened = vote.now
    vote.do(LetterSent(kind="opening", dated=date(2020, 3, 27), snapshot=vote.snapshot()))
    vote.now = opened + timedelta(days=2000)
    vote.reply("BEL", received_at=None, dated=date(2020, 3, 27))
    assert (vote.verdict().placement, vote.verdict().strength) == ("indeterminate", "documented")
    assert vote.verdict().not_proved.startswith(
        "Not on record: the hour at which the window opened and when the reply arrived. The date on it"
    )
    vote.reply("FRA", received_at=None)
    assert vote.verdict().strength == "none"
    vote.reply("DEU", received_at=date(2020, 4, 30))
    assert vote.verdict().strength == "documented"


def test_a_documented_opening_with_its_hour_places_documented_arrivals(story: Begin) -> None:
    vote = story(times="documented")
    opened = vote.now
    vote.do(LetterSent(kind="opening", opens_at=opened, snapshot=vote.snapshot()))
    vote.now = opened + timedelta(days=2000)
    for member, hours, placement in (("BEL", 24, "inside"), ("FRA", 25, "late"), ("DEU", -1, "early")):
        vote.reply(member, received_at=opened + hours * HOUR)
        assert (vote.verdict().placement, vote.verdict().strength) == (placement, "documented")
        assert "nothing made at that time vouches for it" in vote.verdict().not_proved


def test_what_was_announced_had_closed_and_so_had_opened_a_day_before(story: Begin) -> None:
    vote = story(times="documented")
    announced = vote.now + 27 * HOUR
    vote.do(LetterSent(kind="opening", dated=date(2020, 3, 27), snapshot=vote.snapshot()))
    assert (vote.state.window.opens.latest, vote.state.window.closes.latest) == (None, None)
    vote.do(ResultAnnounced(announced_at=announced))
    opens, closes = vote.state.window.opens, vote.state.window.closes
    assert (opens.earliest, opens.latest) == (parse_instant("2020-03-27T04:00:00Z"), announced - 24 * HOUR)
    assert (closes.earliest, closes.latest) == (parse_instant("2020-03-28T04:00:00Z"), announced)


def test_the_evidence_lists_what_the_verdict_rests_on(story: Begin) -> None:
    vote = story().opens().at(hours=1)
    vote.reply("BEL", dated=date(2020, 3, 27), sha256="ab" * 32)
    vote.acknowledge("BEL")
    told = {each.kind: each.text for each in vote.verdict().evidence}
    assert told == {
        "instrument_date": "the letter is dated 2020-03-27",
        "received": "entered as received 2020-03-27T19:00:00Z",
        "recorded": "recorded 2020-03-27T19:00:00Z by the registrar, and signed",
        "instrument_bytes": f"the instrument is kept: SHA-256 {'ab' * 32}",
        "acknowledgement": "acknowledged 2020-03-27T19:00:00Z",
    }


def test_other_software_cannot_make_a_reply_arrive_after_it_was_entered_and_be_attested_at_once(story: Begin) -> None:
    vote = story().opens().at(hours=30)
    paper = Instrument(form="letter")
    vote.force(VoteCast(member="BEL", position="in_favour", received_at=vote.now + HOUR, instrument=paper))
    assert vote.verdict().strength == "documented"
    assert vote.verdict().placement == "late"


@pytest.mark.parametrize(("procedure", "roster", "means"), [("unsc-2020-253", "unsc-2020", "absent"),
                                                            ("unga-74-544", "unga-74", "consent")])  # fmt: skip
def test_silence_proves_no_letter_was_ignored(story: Begin, procedure: str, roster: str, means: str) -> None:
    said = silence_not_proved(story(procedure, roster).state)
    assert f"counted as {means}" in said
    assert "never entered" in said
