"""What an opening pins: its form, and that nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from seats import COUNCIL_2020

from inblue.domain.acts import LetterSent, VoteCast
from inblue.domain.canonical import digest
from inblue.domain.errors import Malformed, Refused
from inblue.domain.instant import parse_instant
from inblue.domain.instrument import Instrument
from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import built_in_roster
from inblue.domain.snapshot import PinnedZone, Snapshot
from inblue.domain.zone import zone_file

Begin = Callable[..., Any]
RULES, SEATS = built_in_procedure("unsc-2020-253"), built_in_roster("unsc-2020")
CALENDAR = Procedure.of(
    {
        **RULES.json_value(),
        "window": {"clause": "window", "fixed_by": "procedure", "hours": 24, "countings": ["calendar"]},
    },
    where="test",
)
BEFORE_CLOCKS_CHANGE = parse_instant("2007-03-10T14:00:00-05:00")
OLD = zone_file("America/New_York").replace(
    int(parse_instant("2007-03-11T07:00:00Z").timestamp()).to_bytes(8, "big"),
    int(parse_instant("2007-03-18T07:00:00Z").timestamp()).to_bytes(8, "big"),
)  # clocks that change a week later


def pinned(vote: Any, **other: Any) -> str:
    """The digest of a snapshot that is as it should be but for ``other``."""
    snapshot = Snapshot.pinning(vote.rules, vote.roster).model_copy(update=other)
    vote.documents.snapshots[snapshot.sha256] = snapshot
    return snapshot.sha256


def other_zone(vote: Any, raw: bytes, name: str = "America/New_York") -> str:
    vote.documents.zones[digest(raw)] = raw
    return pinned(vote, zone=PinnedZone(name=name, sha256=digest(raw)))


def test_the_second_format_pins_zone_and_counting_and_the_first_has_neither() -> None:
    second = Snapshot.pinning(RULES, SEATS)
    assert (second.format, second.counting) == ("inblue-snapshot/2", "elapsed")
    assert second.zone == PinnedZone(name="America/New_York", sha256=digest(zone_file("America/New_York")))
    value = second.json_value()
    assert {"zone", "counting", "authorities"} <= value.keys()
    assert Snapshot.read(second.raw, where="x") == second
    for missing in ("zone", "counting"):
        with pytest.raises(Malformed, match="pins a zone and a counting"):
            Snapshot.of({name: each for name, each in value.items() if name != missing}, where="x")
    plain = {name: each for name, each in value.items() if name not in {"zone", "counting", "authorities"}}
    first = Snapshot.of({**plain, "format": "inblue-snapshot/1"}, where="x")
    assert first.json_value() == {**plain, "format": "inblue-snapshot/1"}
    assert Snapshot.read(first.raw, where="x") == first
    for name, each in (("zone", value["zone"]), ("counting", "elapsed"), ("counting", None), ("authorities", [])):
        with pytest.raises(Malformed, match=f"{name}: inblue-snapshot/1 has no such field"):
            Snapshot.of({**plain, "format": "inblue-snapshot/1", name: each}, where="x")


def test_a_vote_is_judged_by_the_bytes_that_its_opening_pins(story: Begin) -> None:
    vote = story(CALENDAR, COUNCIL_2020)
    vote.now = BEFORE_CLOCKS_CHANGE
    vote.force(LetterSent(kind="opening", opens_at=vote.now, snapshot=other_zone(vote, OLD)))
    assert vote.state.window.closes_at == BEFORE_CLOCKS_CHANGE + timedelta(hours=24)
    usual = story(CALENDAR, COUNCIL_2020).opens(BEFORE_CLOCKS_CHANGE)
    assert usual.state.window.closes_at == BEFORE_CLOCKS_CHANGE + timedelta(hours=23)
    late = VoteCast(member="BEL", position="in_favour", received_at=vote.now + timedelta(hours=23.5), instrument=PAPER)
    for each, counted in ((vote, True), (usual, False)):
        each.now = BEFORE_CLOCKS_CHANGE + timedelta(hours=23.5)
        each.do(late)
        assert bool(each.tally.counts["in_favour"]) == counted


PAPER = Instrument(form="letter", office="permanent_representative", signed=True, addressee="president")


def test_bytes_that_give_another_time_in_the_window_are_refused_and_others_are_not(story: Begin) -> None:
    for opens_at, refused in (
        (BEFORE_CLOCKS_CHANGE - timedelta(days=2), False),
        (BEFORE_CLOCKS_CHANGE, True),
        (BEFORE_CLOCKS_CHANGE + timedelta(days=4), True),
        (BEFORE_CLOCKS_CHANGE + timedelta(days=9), False),
    ):
        vote = story(CALENDAR, COUNCIL_2020)
        vote.now = opens_at
        opening = LetterSent(kind="opening", opens_at=opens_at, snapshot=other_zone(vote, OLD))
        if refused:
            with pytest.raises(
                Refused, match="pins the zone America/New_York with another time than the tzdata package"
            ):
                vote.do(opening)
        vote.do(LetterSent(kind="opening", opens_at=opens_at, snapshot=vote.snapshot()) if refused else opening)


def test_in_a_history_without_the_hour_only_the_same_bytes_are_taken(story: Begin) -> None:
    vote = story(times="documented")
    opening = LetterSent(kind="opening", dated=vote.now.date(), snapshot=other_zone(vote, OLD))
    with pytest.raises(Refused, match="with another time"):
        vote.do(opening)
    vote.do(LetterSent(kind="opening", dated=vote.now.date(), snapshot=vote.snapshot()))


def test_pins_that_are_not_what_procedure_and_letter_say_are_refused(story: Begin) -> None:
    london = zone_file("Europe/London")
    first = {"format": "inblue-snapshot/1", "procedure": RULES.sha256, "roster": SEATS.json_value(), "keys": []}
    vote = story()
    vote.documents.snapshots["1" * 64] = Snapshot.of(first, where="x")
    for snapshot, says in (
        (pinned(vote, procedure="0" * 64), "pins another procedure than the draft"),
        (pinned(vote, counting="calendar"), "pins the counting calendar; by its letter it is elapsed"),
        (other_zone(vote, london, "Europe/London"), "pins the zone Europe/London; the procedure's is America/New_York"),
        (other_zone(vote, london), "with another time"),
        ("1" * 64, "pins neither a zone nor a counting"),
    ):
        with pytest.raises(Refused, match=says):
            vote.do(LetterSent(kind="opening", opens_at=vote.now, snapshot=snapshot))
    with pytest.raises(Malformed, match="TZif"):
        vote.do(LetterSent(kind="opening", opens_at=vote.now, snapshot=other_zone(vote, b"TZif of no sort")))


def test_only_an_opening_letter_announces_a_counting() -> None:
    assert LetterSent(kind="opening").kind_and_version() == "letter-sent@1"
    assert LetterSent(kind="opening", counting="elapsed").kind_and_version() == "letter-sent@2"
    with pytest.raises(Malformed, match="counting belongs to an opening letter only"):
        LetterSent.of({"kind": "outcome", "counting": "elapsed"}, where="letter")
