"""Immutable sequences and mappings whose changed copies cost the same whatever their length.

A vote is folded act by act, and every state stays unchanged. If its replies were a tuple, each act would copy all of
them, and the time would grow with the square of the number of acts. Here a change copies at most a few hundred
references, within the allowed sizes (``MAX_ACTS``, ``MAX_SEATS``).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
K = TypeVar("K")
V_co = TypeVar("V_co", covariant=True)

_PIECE = 256
_WIDE = 64


class Row(Sequence[T_co], Generic[T_co]):
    """A sequence in chunks of at most 256. It equals a tuple or list of the same values."""

    __slots__ = ("_ends", "_pieces")

    def __init__(self, values: Iterable[T_co] = ()) -> None:
        every = tuple(values)
        self._pieces: tuple[tuple[T_co, ...], ...] = tuple(
            every[at : at + _PIECE] for at in range(0, len(every), _PIECE)
        )
        self._ends = tuple(accumulate(map(len, self._pieces)))

    def plus(self: Row[T], value: T) -> Row[T]:
        """A copy with one more value at its end."""
        pieces = self._pieces
        if pieces and len(pieces[-1]) < _PIECE:
            return _row((*pieces[:-1], (*pieces[-1], value)), (*self._ends[:-1], self._ends[-1] + 1))
        return _row((*pieces, (value,)), (*self._ends, len(self) + 1))

    def put(self: Row[T], at: int, value: T) -> Row[T]:
        """A copy with another value at ``at``."""
        number, inner = self._find(at)
        piece = self._pieces[number]
        changed = (*piece[:inner], value, *piece[inner + 1 :])
        return _row((*self._pieces[:number], changed, *self._pieces[number + 1 :]), self._ends)

    def without(self, at: int) -> Row[T_co]:
        """A copy without the value at ``at``."""
        number, inner = self._find(at)
        piece = self._pieces[number]
        left = (*piece[:inner], *piece[inner + 1 :])
        pieces = (*self._pieces[:number], *((left,) if left else ()), *self._pieces[number + 1 :])
        return _row(pieces, tuple(accumulate(map(len, pieces))))

    def place_of(self, number: int, by: Callable[[T_co], int]) -> int | None:
        """The index of the value whose ``by`` is ``number``; ``by`` must rise along the row. None if there is none."""
        at = bisect_left(self, number, key=by)
        return at if at < len(self) and by(self[at]) == number else None

    @overload
    def __getitem__(self, at: int) -> T_co: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[T_co, ...]: ...
    def __getitem__(self, at: int | slice) -> T_co | tuple[T_co, ...]:
        if isinstance(at, slice):
            return tuple(self[each] for each in range(*at.indices(len(self))))
        if 0 <= at < _PIECE and self._pieces and at < len(self._pieces[0]):  # most rows are no longer than that
            return self._pieces[0][at]
        number, inner = self._find(at)
        return self._pieces[number][inner]

    def __iter__(self) -> Iterator[T_co]:
        return chain.from_iterable(self._pieces)

    def __reversed__(self) -> Iterator[T_co]:
        if len(self._pieces) == 1:
            return reversed(self._pieces[0])
        return chain.from_iterable(map(reversed, reversed(self._pieces)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __add__(self: Row[T], other: Iterable[T]) -> tuple[T, ...]:
        return (*self, *other)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Row, tuple, list)):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Row({tuple(self)!r})"

    def _find(self, at: int) -> tuple[int, int]:
        length = len(self)
        at = at + length if at < 0 else at
        if not 0 <= at < length:
            raise IndexError(at)
        number = bisect_right(self._ends, at)
        return number, at - (self._ends[number - 1] if number else 0)


def _row(pieces: tuple[tuple[T, ...], ...], ends: tuple[int, ...]) -> Row[T]:
    made: Row[T] = Row.__new__(Row)
    made._pieces, made._ends = pieces, ends
    return made


NOTHING: Row[Any] = Row()
"""An empty row, shared wherever one begins."""


class Table(Mapping[K, V_co], Generic[K, V_co]):
    """A mapping in 4,096 parts, in insertion order. It equals a dict of the same items."""

    __slots__ = ("_came", "_length", "_parts")

    def __init__(self, values: Mapping[K, V_co] | Iterable[tuple[K, V_co]] = ()) -> None:
        self._parts, self._length, self._came = _EMPTY, 0, 0
        made: Table[K, V_co] = self
        for key, value in dict(values).items():
            made = made.plus(key, value)
        self._parts, self._length, self._came = made._parts, made._length, made._came

    def plus(self, key: K, value: V_co) -> Table[K, V_co]:  # type: ignore[misc] # this one is not changed by it
        """A copy in which ``key`` has ``value``; an existing key keeps its place."""
        outer, inner = _place(key)
        row = self._parts[outer]
        part = dict(row[inner])
        known = part.get(key)
        part[key] = (known[0] if known is not None else self._came, value)
        return self._with(outer, inner, part, self._length + (known is None), self._came + 1)

    def without(self, key: K) -> Table[K, V_co]:
        """A copy without ``key``."""
        outer, inner = _place(key)
        part = dict(self._parts[outer][inner])
        if part.pop(key, None) is None:
            return self
        return self._with(outer, inner, part, self._length - 1, self._came)

    def _with(self, outer: int, inner: int, part: dict[Any, Any], length: int, came: int) -> Table[K, V_co]:
        made: Table[K, V_co] = Table.__new__(Table)
        row = self._parts[outer]
        changed = (*row[:inner], part, *row[inner + 1 :])
        made._parts = (*self._parts[:outer], changed, *self._parts[outer + 1 :])
        made._length, made._came = length, came
        return made

    def __getitem__(self, key: K) -> V_co:
        number = hash(key)  # inlined from _place, since the call would take as long as the rest
        value: V_co = self._parts[number % _WIDE][number // _WIDE % _WIDE][key][1]
        return value

    @overload
    def get(self, key: K) -> V_co | None: ...
    @overload
    def get(self, key: K, default: V_co | T) -> V_co | T: ...
    def get(self, key: K, default: object = None) -> object:
        """The same as for any mapping, in a third of the time."""
        number = hash(key)
        found = self._parts[number % _WIDE][number // _WIDE % _WIDE].get(key)
        return default if found is None else found[1]

    def __contains__(self, key: object) -> bool:
        number = hash(key)
        return key in self._parts[number % _WIDE][number // _WIDE % _WIDE]

    def __iter__(self) -> Iterator[K]:
        every = [
            (came, key) for row in self._parts if row is not _NONE for part in row for key, (came, _) in part.items()
        ]
        every.sort(key=lambda each: each[0])
        return iter([key for _, key in every])

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"Table({dict(self)!r})"


def _place(key: object) -> tuple[int, int]:
    number = hash(key)
    return number % _WIDE, number // _WIDE % _WIDE


_NONE: tuple[dict[Any, Any], ...] = ({},) * _WIDE
_EMPTY: tuple[tuple[dict[Any, Any], ...], ...] = (_NONE,) * _WIDE
