"""The picture of the window: what is drawn where, and that what is not known is never drawn as a point."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest
from stories import OPENING, Story

from inblue.cli.charts.chart_screen import Chart, Shape, chart_of
from inblue.cli.language.english import Language
from inblue.domain.acts import LetterSent
from inblue.ledger.projections.record import record_of


class RightToLeft(Language):
    """As Arabic is read."""

    direction = "rtl"


def drawn(story: Story, lang: Language | None = None) -> Chart:
    found = chart_of(record_of(story.state), (), (), lang or Language())
    assert found is not None
    return found


def undated_opening(story: Callable[..., Story]) -> Story:
    """A documented vote whose opening letter has a date and no hour."""
    told = story(times="documented")
    told.now = OPENING
    told.do(LetterSent(kind="opening", dated=date(2020, 3, 27), snapshot=told.snapshot()))
    return told


def of(found: Chart, kind: str) -> list[Shape]:
    return [shape for shape in found.shapes if shape.kind == kind]


def test_before_anything_has_a_time_no_chart_is_drawn(story: Callable[..., Story]) -> None:
    assert chart_of(record_of(story().state), (), (), Language()) is None


def test_a_day_is_a_span_and_an_instant_a_point(story: Callable[..., Story]) -> None:
    told = story().opens()
    told.at(hours=3).reply("CHN")
    told.at(hours=30).reply("EST", received_at=OPENING.date() + timedelta(days=1))
    known, day = of(drawn(told), "arrived")
    assert known.sure
    assert not day.sure
    assert day.width > 0


def test_what_nobody_knows_goes_on_at_both_ends(story: Callable[..., Story]) -> None:
    told = undated_opening(story)
    told.now = OPENING + timedelta(days=9)
    told.reply("CHN", received_at=None, dated=date(2020, 3, 27))
    (arrived,) = of(drawn(told), "arrived")
    assert (arrived.left, arrived.width) == (0, 100)
    assert arrived.open_start
    assert arrived.open_end
    assert drawn(told).band is None


def test_late_is_another_mark_than_in_time(story: Callable[..., Story]) -> None:
    told = story().opens()
    told.at(hours=25).reply("EST")
    assert [shape.kind for shape in drawn(told).shapes if shape.kind in {"arrived", "outside"}] == ["outside"]


def test_the_window_is_a_band_and_replies_are_in_it_or_after_it(story: Callable[..., Story]) -> None:
    told = story().opens()
    told.at(hours=3).reply("CHN")
    told.at(hours=25).reply("EST")
    found = drawn(told)
    assert found.band is not None
    left, width = found.band
    assert left < of(found, "arrived")[0].x < left + width < of(found, "outside")[0].x


def test_time_runs_the_way_the_language_is_read(story: Callable[..., Story]) -> None:
    told = story().opens()
    told.at(hours=3).reply("CHN")
    there, back = drawn(told), drawn(told, RightToLeft())
    for one, other in zip(there.shapes, back.shapes, strict=True):
        assert round(one.x + other.x, 2) == 100
    assert there.band is not None
    assert back.band is not None
    assert there.band[1] == back.band[1]


def test_a_mistyped_year_does_not_squeeze_the_rest_into_a_point(story: Callable[..., Story]) -> None:
    told = story(times="documented").opens()
    told.now = datetime(2026, 1, 1, tzinfo=UTC)
    told.reply("CHN", received_at=OPENING + timedelta(hours=3), dated=date(1002, 3, 27))
    told.reply("EST", received_at=datetime(2025, 3, 28, tzinfo=UTC))
    found = drawn(told)
    assert found.band is not None
    assert found.band[1] > 30
    assert all(0 <= end <= 100 for shape in found.shapes for end in (shape.x, shape.end))


@pytest.mark.parametrize("hours", [0, 1, 30, 72, 2_000, 20_000, 5_000_000])
def test_there_are_never_more_labels_than_can_be_read(story: Callable[..., Story], hours: int) -> None:
    told = undated_opening(story)
    told.now = OPENING + timedelta(hours=hours)
    told.reply("CHN", received_at=OPENING)
    told.reply("EST")
    assert len(drawn(told).ticks) <= 10


def test_a_cosignature_is_where_its_witness_says(story: Callable[..., Story]) -> None:
    class Witnessed(NamedTuple):
        at: datetime | None

    told = story().opens()
    told.at(hours=3).reply("CHN")
    witnesses = (Witnessed(OPENING + timedelta(hours=4)), Witnessed(None))
    found = chart_of(record_of(told.state), (), witnesses, Language())
    assert found is not None
    (cosigned,) = of(found, "cosigned")
    assert cosigned.x > of(found, "arrived")[0].x
