"""What a verification says of itself, and how problems are collected."""

from __future__ import annotations

import pytest

from inblue.domain.errors import Malformed
from inblue.ledger.audit.checks import FORM, LOG
from inblue.ledger.audit.result import Problem, Result, Verification, verification_json
from inblue.ledger.projections.as_of import AsOf


def found(
    *, entries: int = 0, start: int = 0, witnessed: int = 0, as_of: AsOf | None = None, known: int = 0
) -> Verification:
    return Verification(
        entries, 0, None, 0, (), (), start=start, witnessed_size=witnessed, as_of=as_of, known_size=known
    )


@pytest.mark.parametrize(
    ("entries", "start", "witnessed", "enough"),
    [
        (0, 0, 0, False),
        (0, 0, 1, False),
        (1, 0, 0, False),
        (1, 0, 1, True),
        (2, 0, 1, False),
        (1, 0, 2, True),
        (2, 3, 4, False),
        (2, 3, 5, True),
    ],
)
def test_a_log_is_witnessed_where_all_that_was_checked_is_cosigned(
    entries: int, start: int, witnessed: int, enough: bool
) -> None:
    assert found(entries=entries, start=start, witnessed=witnessed).witnessed is enough


def test_it_is_not_where_a_line_of_the_register_after_the_entries_is_not_cosigned() -> None:
    for size, enough in ((8, False), (9, True)):
        assert found(entries=5, witnessed=size, as_of=AsOf(5, 9, 9)).witnessed is enough


@pytest.mark.parametrize(
    ("as_of", "known", "current"),
    [
        (None, 0, False),
        (AsOf(9, 9, 9), 0, True),
        (AsOf(9, 9, 9), 9, True),
        (AsOf(9, 9, 9), 10, False),
        (AsOf(5, 7, 9), 0, False),
    ],
)
def test_the_verdicts_are_current_where_the_reader_knows_of_no_later_state(
    as_of: AsOf | None, known: int, current: bool
) -> None:
    assert found(as_of=as_of, known=known).current is current


def test_problems_are_listed_in_the_order_of_the_log_and_those_of_no_entry_last() -> None:
    result = Result()
    result.problem(LOG, None, "of the whole")
    result.problem(LOG, 7, "of seven")
    result.problem(FORM, 7, "of seven too")
    result.problem(LOG, 0, "of the first\nin two lines")
    told = [(each.check, each.entry, each.text) for each in result.listed()]
    first = (LOG, 0, "of the first in two lines")
    assert told == [first, (FORM, 7, "of seven too"), (LOG, 7, "of seven"), (LOG, None, "of the whole")]
    assert (result.of_entries, result.holds, result.hopeless) == (3, False, False)


def test_a_hundred_are_listed_and_after_a_thousand_no_more_of_single_entries_are_kept() -> None:
    result = Result()
    for entry in range(999):
        result.problem(FORM, entry, "wrong")
    assert not result.hopeless
    result.problem(FORM, 999, "wrong")
    assert result.hopeless
    result.problem(FORM, 1_000, "wrong")
    result.problem(LOG, None, "of the whole")
    assert len(result.problems) == 1_001
    assert result.of_entries == 1_001
    assert [each.entry for each in result.listed()] == list(range(100))


def test_what_is_disowned_is_a_problem_no_longer_and_nothing_else_is_withdrawn() -> None:
    result = Result()
    for check, entry in ((FORM, 3), (LOG, 3), (FORM, 4)):
        result.problem(check, entry, "wrong")
    result.withdraw(FORM, 3)
    assert result.problems == (Problem(LOG, 3, "wrong"), Problem(FORM, 4, "wrong"))


def test_what_follows_from_one_cause_is_said_once() -> None:
    result = Result()
    for entry in (1, 2):
        result.once(LOG, entry, "from here on")
    result.once(FORM, 2, "another check")
    assert [(each.check, each.entry) for each in result.problems] == [(LOG, 1), (FORM, 2)]


def test_the_largest_state_that_the_reader_knows_counts() -> None:
    result = Result()
    for size in (5, 9, 7):
        result.known(size)
    assert result.known_size == 9


def test_nothing_but_a_verification_is_written_as_one() -> None:
    assert verification_json(found(entries=3))["entries"] == 3
    with pytest.raises(Malformed):
        verification_json(None)  # type: ignore[arg-type]
