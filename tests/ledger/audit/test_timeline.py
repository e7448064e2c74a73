"""Bounds from tokens over checkpoints: the weakest authority's counts, and nothing left out makes them stronger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.instant import format_instant
from inblue.domain.verdict import Bounds
from inblue.ledger.audit.timeline import Dated, Needed, Timeline, Tokens
from inblue.ledger.standards.timestamp import Timestamp

NOON = datetime(2026, 3, 27, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ONE, BOTH = Needed(("one",)), Needed(("one", "two"))


def token(name: str, size: int, minutes: float, authority: str = "one") -> Dated:
    when = NOON + timedelta(minutes=minutes)
    return Dated(size, name, Timestamp(authority, when, SECOND, 1, "1.2.3", False))


def minute(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def timeline(dated: Sequence[Dated], named: Mapping[str, int], needed: Needed = ONE, handed_over: str = "") -> Timeline:
    return Timeline(Tokens(dated, named, frozenset(handed_over.split())), needed)


def bounds(line: Timeline, entry: int, recorded_at: datetime | None = None) -> Bounds:
    found = line.bounds(entry, recorded_at)
    assert found is not None
    return found


def test_an_entry_existed_by_the_earliest_token_that_covers_it() -> None:
    line = timeline([token("a", 3, 1), token("b", 5, 2), token("c", 9, 3)], {})
    for entry, until in ((0, 1), (2, 1), (3, 2), (4, 2), (5, 3), (8, 3)):
        found = bounds(line, entry)
        assert (found.not_before, found.not_after) == (None, minute(until) + SECOND)
    assert line.bounds(9) is None


def test_an_entry_was_made_after_the_last_token_that_it_or_one_before_it_names() -> None:
    named = {"a": 4, "b": 7, "unknown": 9}
    line = timeline([token("a", 3, 1), token("b", 5, 2)], named, handed_over="unknown")
    assert line.bounds(3) is not None
    for entry, since in ((5, 1), (6, 1), (7, 2), (8, 2), (9, 2)):
        assert bounds(line, entry).not_before == minute(since) - SECOND


def test_of_several_authorities_the_weakest_counts() -> None:
    tokens, named = [token("a", 5, 1), token("b", 5, 30, "two")], {"a": 6, "b": 7}
    line = timeline(tokens, named, BOTH)
    first = bounds(line, 4)
    assert first.not_after == minute(30) + SECOND
    assert [ground.split(":")[0][:10] for ground in first.grounds] == ["existed by", "existed by"]
    assert [format_instant(minute(m) + SECOND) in first.grounds[n] for n, m in enumerate((1, 30))] == [True, True]
    assert bounds(line, 8).not_before == minute(1) - SECOND
    assert bounds(line, 6).not_before is None, "the other has said nothing yet"
    one_is_enough = timeline(tokens, named, BOTH._replace(at_least=1))
    assert bounds(one_is_enough, 4).not_after == minute(1) + SECOND
    assert bounds(one_is_enough, 8).not_before == minute(30) - SECOND


def test_where_one_that_is_needed_shows_nothing_nothing_is_shown() -> None:
    line = timeline([token("a", 5, 1)], {}, BOTH)
    found = bounds(line, 4)
    assert (found.not_after, found.doubt) == (None, None)
    assert found.lacking is not None
    assert "no timestamp of two shows it" in found.lacking
    assert bounds(timeline([token("a", 5, 1)], {}, BOTH._replace(at_least=1)), 4).not_after == minute(1) + SECOND
    assert bounds(timeline([token("a", 5, 1)], {}, Needed(("one",), 2)), 4).not_after is None
    assert timeline([token("a", 5, 1)], {}, Needed(())).bounds(4) is None, "nobody is believed"
    assert timeline([token("a", 5, 1, "three")], {}, BOTH).bounds(4) is None, "nor one that is not needed"


def test_an_entry_was_on_record_when_another_was_made_that_names_a_token_over_it() -> None:
    tokens = [token("a", 5, 1), token("b", 5, 2, "two")]
    line = timeline(tokens, {"a": 6, "b": 7}, BOTH)
    assert [line.covers(7, entry) for entry in (0, 4, 5, 7)] == [True, True, False, False]
    assert not line.covers(6, 4), "the other's token is named by none yet"
    assert timeline(tokens, {"a": 6, "b": 7}, BOTH._replace(at_least=1)).covers(6, 4)
    assert not timeline(tokens, {"a": 6, "b": 7}, Needed(())).covers(7, 4)
    for place in (3, 6, 9):
        missing = timeline(tokens, {"a": 6, "b": 7, "lost": place}, BOTH)
        assert not missing.covers(7, 4), "the token that is missing could undo it"
        assert timeline(tokens, {"a": 6, "b": 7, "lost": place}, BOTH, handed_over="lost").covers(7, 4)


def test_a_token_earlier_than_one_that_the_entry_comes_after_is_not_counted() -> None:
    tokens = [token("a", 5, 60), token("b", 9, 10, "two"), token("c", 9, 61)]
    found = bounds(timeline(tokens, {"a": 6}, BOTH), 7)
    assert found.not_after is None
    assert found.contradiction == (
        f"one vouches that it was made after {format_instant(minute(60) - SECOND)}, "
        f"and two that it existed by {format_instant(minute(10) + SECOND)}"
    )
    assert found.grounds[-1] == found.contradiction
    later = bounds(timeline([*tokens, token("d", 12, 62, "two")], {"a": 6}, BOTH), 7)
    assert later.not_after == minute(62) + SECOND
    assert bounds(timeline(tokens, {"a": 6}, BOTH), 4).contradiction is None


@pytest.mark.parametrize(
    ("recorded", "since", "until", "doubtful", "after"),
    [
        (30, 29, 31, None, 31),
        (30, 31, 33, None, 33),  # within a minute of what its clock says
        (30, 32, 33, "made after", 33),
        (30, 20, 29, None, 29),
        (30, 20, 28, "there by", None),
    ],
)
def test_an_hour_that_tokens_refute_is_in_doubt_and_no_bound_rests_on_it(
    recorded: int, since: int, until: int, doubtful: str | None, after: int | None
) -> None:
    line = timeline([token("a", 3, since), token("b", 9, until)], {"a": 5, "b": 9})
    found = bounds(line, 6, minute(recorded))
    assert (found.doubt is not None) == (doubtful is not None)
    assert doubtful is None or doubtful in str(found.doubt)
    assert found.not_after == (None if after is None else minute(after) + SECOND)


def test_a_token_that_nobody_names_takes_no_hour_in_doubt() -> None:
    """It could be left out unseen, and what it takes away with it."""
    found = bounds(timeline([token("a", 3, 20), token("b", 9, 28)], {"a": 5}), 6, minute(30))
    assert (found.doubt, found.not_after) == (None, None)
    assert found.contradiction is not None
    assert "it was recorded at" in found.contradiction


def test_what_a_token_that_is_not_handed_over_could_cover_is_in_doubt_until_all_are_named_again() -> None:
    tokens = [token("a", 3, 1), token("b", 3, 1, "two"), token("c", 9, 9), token("d", 9, 9, "two")]
    line = timeline(tokens, {"a": 3, "b": 3, "lost": 6, "c": 9, "d": 10}, BOTH)
    for entry, doubtful in enumerate([False] * 3 + [True] * 7 + [False] * 2):
        found = line.bounds(entry)
        assert (found is not None and found.doubt is not None) == doubtful, entry
        if doubtful and found:
            assert "entry 6 names it (lost)" in str(found.doubt)
        assert found is None or (found.not_before, found.not_after) == (None, None)  # it may tell of a revocation
    whole = timeline(tokens, {"a": 3, "b": 3, "lost": 6, "c": 9, "d": 10}, BOTH, handed_over="lost")
    assert {found.doubt for found in map(whole.bounds, range(12)) if found is not None} == {None}


class Story(NamedTuple):
    """Tokens over a log of twelve entries, in which entry each is named, which are handed over, and which less."""

    tokens: dict[str, Dated]
    named: dict[str, int]
    shown: frozenset[str]
    fewer: frozenset[str]
    hours: list[datetime]
    at_least: int | None

    def bounds(self, shown: frozenset[str], entry: int) -> Bounds:
        """What the ``shown`` evidence proves."""
        dated = [each for name, each in self.tokens.items() if name in shown]
        found = timeline(dated, self.named, BOTH._replace(at_least=self.at_least)).bounds(entry, self.hours[entry])
        return found or Bounds(None, None, ())


@st.composite
def stories(draw: st.DrawFn, left_out: st.SearchStrategy[str] | None = None) -> Story:
    moments = st.integers(0, 12)
    tokens, named = {}, {}
    for number in range(draw(st.integers(1, 7))):
        size = draw(st.integers(1, 11))
        name = str(number)
        tokens[name] = token(name, size, draw(moments), draw(st.sampled_from(["one", "two"])))
        if (place := draw(st.none() | st.integers(size, 11))) is not None:
            named[name] = place
    shown = draw(st.frozensets(st.sampled_from(sorted(tokens))))
    if left_out is None:
        fewer = draw(st.frozensets(st.sampled_from(sorted(shown)))) if shown else shown
    else:
        whose = draw(left_out)
        fewer = frozenset(name for name in shown if tokens[name].timestamp.authority != whose)
    hours = [minute(draw(moments)) for _ in range(12)]
    return Story(tokens, named, shown, fewer, hours, draw(st.sampled_from([None, 1, 2])) if left_out is None else None)


def not_stronger(story: Story) -> None:
    for entry in range(12):
        most, less = story.bounds(story.shown, entry), story.bounds(story.fewer, entry)
        assert most.doubt is None or less.doubt is not None
        if less.not_after is not None:
            assert most.not_after is not None
            assert most.not_after <= less.not_after
        if less.not_before is not None:
            assert most.not_before is not None
            assert most.not_before >= less.not_before
        if most.not_before is not None and most.not_after is not None:
            assert most.not_before <= most.not_after


@given(stories())
def test_no_tokens_that_are_left_out_make_anything_stronger(story: Story) -> None:
    not_stronger(story)


@given(stories(st.sampled_from(["one", "two"])))
def test_nor_all_those_of_an_authority(story: Story) -> None:
    not_stronger(story)
