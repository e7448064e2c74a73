"""Check 18 of a part of a log: what is missed where lines of the register before it are left out, or left open."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import SMALL, first_format
from signers import REGISTRAR

from inblue.domain.acts import ExplanationFiled
from inblue.domain.register_acts import PresidencyAssigned
from inblue.ledger.audit.checks import REGISTER
from inblue.ledger.audit.register_count import RegisterCount
from inblue.ledger.audit.result import Result
from inblue.ledger.entries.entry import REGISTER_STREAM, Entry, Seen, read_entry, write_entry
from inblue.ledger.entries.streams import vote_stream
from inblue.ledger.standards.merkle import EMPTY_ROOT

NOW = datetime(2026, 3, 29, tzinfo=UTC)
EXPLAINS = ExplanationFiled(member="CHN", languages=("fr",))
PRESIDES = PresidencyAssigned(body="Security Council", member="CHN", month="2026-01")


STREAMS = [REGISTER_STREAM, vote_stream(SMALL), "none"]


def log_of(streams: list[str], first: int) -> list[Entry]:
    """A log with an entry in each of these streams; the ``first`` ones do not count the register."""
    entries, numbers = list[Entry](), Counter[str]()
    for at, stream in enumerate(streams):
        with first_format() if at < first else nullcontext():
            row = write_entry(
                PRESIDES if stream == REGISTER_STREAM else EXPLAINS,
                stream=stream,
                index=numbers[stream],
                register=numbers[REGISTER_STREAM],
                signer=REGISTRAR,
                office="registrar",
                recorded_at=NOW,
                seen=Seen(0, EMPTY_ROOT),
            )
        entries.append(read_entry(row.envelope))
        numbers[stream] += 1
    return entries


class Shown(NamedTuple):
    """A part of a log from ``start`` on, and of the register before it the ``lines`` first entries."""

    streams: list[str]
    first: int
    start: int
    lines: int

    @property
    def before(self) -> list[int]:
        """Where the register's entries are before the part."""
        return [at for at in range(self.start) if self.streams[at] == REGISTER_STREAM]

    def counted(self, end: int | None = None) -> tuple[RegisterCount, Result, list[Entry]]:
        """What is counted up to ``end``."""
        result, entries = Result(), log_of(self.streams, self.first)
        count = RegisterCount(result, self.start)
        for at in [*self.before[: self.lines], *range(self.start, len(entries) if end is None else end)]:
            count.check(at, entries[at])
            count.passed(at, entries[at].stream)
        return count, result, entries


@st.composite
def parts(draw: st.DrawFn) -> Shown:
    streams = [REGISTER_STREAM, *draw(st.lists(st.sampled_from(STREAMS), min_size=1, max_size=8))]
    start = draw(st.integers(1, len(streams) - 1))
    lines = draw(st.integers(1, streams[:start].count(REGISTER_STREAM)))
    return Shown(streams, draw(st.integers(0, len(streams))), start, lines)


@given(parts())
def test_what_is_left_out_of_the_register_is_missed_or_said_to_be_open(shown: Shown) -> None:
    count, result, _ = shown.counted()
    part, lacks = range(shown.start, len(shown.streams)), shown.lines < len(shown.before)
    counting = [at for at in part if at >= shown.first]
    found = [(each.check, each.entry) for each in result.listed()]
    assert found == ([(REGISTER, counting[0])] if counting and lacks else [])
    last = shown.before[shown.lines - 1]
    settled = counting or any(shown.streams[at] == REGISTER_STREAM for at in part) or last == shown.start - 1
    said = count.not_proved()
    assert (said is None) == bool(settled)
    assert said is None or f"between entry {last} and entry {shown.start} may have been left out" in str(said)


@given(parts())
def test_nothing_of_the_register_is_left_out_before_the_last_entry_that_counts_it(shown: Shown) -> None:
    """As with a trusted checkpoint, after which there may be nothing."""
    count, result, entries = shown.counted(shown.start)
    last = shown.start - 1
    count.last_before(entries[last])
    lacks = shown.lines < len(shown.before) and last >= shown.first
    assert [(each.check, each.entry) for each in result.listed()] == ([(REGISTER, last)] if lacks else [])
    assert count.not_proved() is None
    assert count.formats.counting == (last if last >= shown.first else None)


@pytest.mark.parametrize(("said", "fits"), [(1, False), (2, True), (3, False)])
def test_the_last_entry_before_a_part_counts_neither_fewer_nor_more_than_there_are(said: int, fits: bool) -> None:
    result, entries = Result(), log_of([REGISTER_STREAM, REGISTER_STREAM, STREAMS[1]], 0)
    count = RegisterCount(result, 3)
    for at in range(2):
        count.passed(at, REGISTER_STREAM)
    count.last_before(entries[2]._replace(register=said))
    assert [(each.check, each.entry) for each in result.listed()] == ([] if fits else [(REGISTER, 2)])


def test_where_no_entry_of_the_register_is_shown_all_after_the_founding_may_be_missing() -> None:
    count = RegisterCount(Result(), 3)
    count.check(3, log_of([REGISTER_STREAM, *STREAMS], 4)[3])
    assert "between entry 0 and entry 3 may have been left out" in str(count.not_proved())
