"""Rows and tables: a changed copy is what a changed tuple or dict would be, and costs the same however long it is."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inblue.domain.lasting import NOTHING, Row, Table

CHANGES = st.lists(st.tuples(st.sampled_from(["plus", "put", "without"]), st.integers(0, 2_000), st.integers()))


@given(st.integers(0, 1_000), CHANGES)
def test_a_row_is_what_a_list_is_and_an_earlier_one_stays(length: int, changes: list[tuple[str, int, int]]) -> None:
    row, plain = Row(range(length)), list(range(length))
    seen = [(row, list(plain))]
    for how, place, value in changes:
        if how == "plus":
            row = row.plus(value)
            plain.append(value)
        elif plain:
            at = place % len(plain)
            row = row.put(at, value) if how == "put" else row.without(at)
            plain[at : at + 1] = [value] if how == "put" else []
        seen.append((row, list(plain)))
    for each, as_list in seen:
        assert (list(each), len(each)) == (as_list, len(as_list))
        assert each == as_list
        assert list(reversed(each)) == as_list[::-1]
        assert [each[at] for at in range(-len(as_list), len(as_list))] == as_list * 2
        assert each[3:-2] == tuple(as_list[3:-2])
        assert pickle.loads(pickle.dumps(each)) == each  # noqa: S301 - our own
    assert hash(row) == hash(tuple(plain))
    with pytest.raises(IndexError):
        row[len(plain)]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40) | st.text(max_size=2), st.integers())))
def test_a_table_is_what_a_dict_is_in_the_same_order(changes: list[tuple[bool, int | str, int]]) -> None:
    table, plain = Table[Any, int](), dict[Any, int]()
    for adds, key, value in changes:
        before, as_dict = table, dict(plain)
        if adds:
            table, plain[key] = table.plus(key, value), value
        else:
            table = table.without(key)
            plain.pop(key, None)
        assert before == as_dict
        assert list(before.items()) == list(as_dict.items())
    assert table == plain
    assert (list(table.items()), len(table)) == (list(plain.items()), len(plain))
    assert all(key in table and table[key] == value for key, value in plain.items())
    assert pickle.loads(pickle.dumps(table)) == table  # noqa: S301 - our own


def test_what_rises_along_a_row_is_found() -> None:
    row = Row(range(0, 3_000, 3))
    assert [row.place_of(number, lambda each: each) for number in (0, 3, 4, 2_997, 9_999)] == [0, 1, None, 999, None]


def copied(changed: Callable[[], Any], *, whole: Any) -> int:
    """How many references a change of one value created: those in tuples and dicts that ``whole`` does not have."""
    old: set[int] = set()
    _walk(whole, old)
    new: set[int] = set()
    return _walk(changed(), new, old)


def _walk(value: Any, seen: set[int], known: frozenset[int] | set[int] = frozenset()) -> int:
    if id(value) in known or id(value) in seen or not isinstance(value, (tuple, dict)):
        return 0
    seen.add(id(value))
    inner = value.values() if isinstance(value, dict) else value
    return len(value) + sum(_walk(each, seen, known) for each in inner)


@pytest.mark.parametrize("length", [1_000, 50_000])
def test_a_change_copies_a_few_hundred_references_of_however_many(length: int) -> None:
    row = Row(range(length))
    for change in (lambda: row.plus(1)._pieces, lambda: row.put(length // 2, 1)._pieces):
        assert copied(change, whole=row._pieces) < 600
    table = Table({f"M{number}": number for number in range(length)})
    assert copied(lambda: table.plus("new", 1)._parts, whole=table._parts) < 600
    assert len(NOTHING) == 0
