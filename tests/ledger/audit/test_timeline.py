"""Bounds from tokens over checkpoints: each authority's own, the weaker one taken, contradictions named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from inblue.domain.instant import format_instant
from inblue.ledger.audit.timeline import Dated, Timeline
from inblue.ledger.standards.timestamp import Timestamp

NOON = datetime(2026, 3, 27, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def token(name: str, size: int, minutes: float, authority: str = "one") -> Dated:
    when = NOON + timedelta(minutes=minutes)
    return Dated(size, name, Timestamp(authority, when, SECOND, 1, "1.2.3", False))


def minute(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_an_entry_existed_by_the_earliest_token_that_covers_it() -> None:
    line = Timeline([token("a", 3, 1), token("b", 5, 2), token("c", 9, 3)], {})
    for entry, until in ((0, 1), (2, 1), (3, 2), (4, 2), (5, 3), (8, 3)):
        bounds = line.bounds(entry)
        assert bounds is not None
        assert (bounds.not_before, bounds.not_after) == (None, minute(until) + SECOND)
    assert line.bounds(9) is None


def test_an_entry_was_made_after_the_latest_token_that_it_or_one_before_it_names() -> None:
    line = Timeline([token("a", 3, 1), token("b", 5, 2)], {4: ["a"], 7: ["b"], 8: ["a"], 9: ["unknown"]})
    assert line.bounds(3) is not None
    for entry, since in ((5, 1), (6, 1), (7, 2), (8, 2), (9, 2)):
        bounds = line.bounds(entry)
        assert bounds is not None
        assert bounds.not_before == minute(since) - SECOND


def test_of_several_authorities_none_decides_alone() -> None:
    line = Timeline([token("a", 5, 1), token("b", 5, 30, "two")], {6: ["a"], 7: ["b"]})
    first = line.bounds(4)
    assert first is not None
    assert first.not_after == minute(30) + SECOND
    assert [ground.split(":")[0][:10] for ground in first.grounds] == ["existed by", "existed by"]
    assert [format_instant(minute(m) + SECOND) in first.grounds[n] for n, m in enumerate((1, 30))] == [True, True]
    later = line.bounds(8)
    assert later is not None
    assert later.not_before == minute(1) - SECOND


def test_made_after_what_another_says_it_existed_by_is_a_contradiction() -> None:
    line = Timeline([token("a", 5, 60), token("b", 9, 10, "two")], {6: ["a"]})
    bounds = line.bounds(7)
    assert bounds is not None
    assert bounds.contradiction == (
        f"one vouches that it was made after {format_instant(minute(60) - SECOND)}, "
        f"and two that it existed by {format_instant(minute(10) + SECOND)}"
    )
    assert line.bounds(5) is not None
    assert line.bounds(5).contradiction is None  # type: ignore[union-attr]
