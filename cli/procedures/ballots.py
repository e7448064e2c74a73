"""Ballots in a file of comma-separated values, one reply per row, which ``inblue procedure try`` counts."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from io import StringIO
from typing import Any, NamedTuple, NoReturn

from ...domain.errors import Malformed
from ...domain.instant import parse_instant
from ...domain.procedure import Procedure, Procedure2
from ...domain.roster import Roster, Seat
from ...domain.trial import Tried, by_arrival

MAX_CSV_BYTES = 4 * 1024 * 1024
MAX_ROWS = 50_000
MAX_CELL = 300
ANSWER, WEIGHT = "answer:", "weight:"
_OF_REPLIES = ("member", "position", "received_at", "reasons", "by", "says", "effective_at")
_OF_SEATS = ("permanent", "advisory", "groups")
_YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_OF_NAMES = re.compile(f"({ANSWER}|{WEIGHT})[a-z][a-z0-9_]{{0,63}}")
_SAYS = ("withdraws", "dissociates")


class Ballots(NamedTuple):
    """The replies in a file, the row of each (the first below the heading is 2), and the seats that it lists."""

    replies: tuple[Tried, ...]
    rows: tuple[int, ...]
    roster: Roster

    def rows_in_order(self) -> tuple[int, ...]:
        """The rows in the order in which their replies arrive."""
        return tuple(self.rows[place] for place in by_arrival(self.replies))


def read_ballots(raw: bytes, where: str, rules: Procedure, roster: Roster | None) -> Ballots:
    """Read ballots; each member named has a seat, unless a ``roster`` says who has one.

    Raises:
        Malformed: not UTF-8, no such column, member, position or question, or a wrong format; with row and column.
    """
    table = _Table(raw, where)
    replies: list[Tried] = []
    rows: list[int] = []
    seats: dict[str, Seat] = {}
    for row in table.rows():
        reply = _reply(row, rules)
        if roster is None:
            seats[reply.member] = _seat(row, reply.member, seats.get(reply.member), rules)
        elif given := [name for name in row.cells if name in _OF_SEATS or name.startswith(WEIGHT)]:
            row.refuse(given[0], "the roster says what a seat is")
        if reply.position is not None or reply.says is not None or reply.answers:
            replies.append(reply)
            rows.append(row.number)
    if replies and len({reply.received_at is None for reply in replies}) > 1:
        at = next(rows[place] for place, reply in enumerate(replies) if reply.received_at is None)
        raise Malformed(f"{where}: row {at}, column received_at: empty, but other replies have an instant")
    return Ballots(tuple(replies), tuple(rows), roster or _listed(rules, seats, where))


class _Row(NamedTuple):
    """A row by column, without its empty cells."""

    number: int
    cells: Mapping[str, str]
    where: str

    def refuse(self, column: str, why: str) -> NoReturn:
        raise Malformed(f"{self.where}: row {self.number}, column {column}: {why}")

    def read(self, column: str, reading: Callable[[str], Any]) -> Any:
        """The value of a cell; None if it is empty."""
        given = self.cells.get(column)
        if given is None:
            return None
        try:
            return reading(given)
        except Malformed as error:
            self.refuse(column, str(error))


class _Table:
    """The rows of a file, read strictly."""

    def __init__(self, raw: bytes, where: str) -> None:
        if len(raw) > MAX_CSV_BYTES:
            raise Malformed(f"{where}: {len(raw):,} bytes; at most {MAX_CSV_BYTES:,} are read")
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Malformed(f"{where}: not UTF-8 at byte {error.start}") from None
        self.where = where
        self._read = csv.reader(StringIO(text, newline=""), strict=True)
        self.columns = next(self._lines(), [])
        self._check_columns()

    def _lines(self) -> Iterator[list[str]]:
        while True:
            try:
                yield next(self._read)
            except StopIteration:
                return
            except csv.Error as error:
                raise Malformed(f"{self.where}: line {self._read.line_num}: not CSV: {error}") from None

    def _check_columns(self) -> None:
        if "member" not in self.columns or "position" not in self.columns:
            hint = "; they are separated by commas" if any(";" in each or "\t" in each for each in self.columns) else ""
            raise Malformed(f"{self.where}: row 1: the columns member and position are missing{hint}")
        for name in self.columns:
            known = name in _OF_REPLIES or name in _OF_SEATS
            if not known and not _OF_NAMES.fullmatch(name):
                columns = ", ".join((*_OF_REPLIES, *_OF_SEATS, f"{ANSWER}QUESTION", f"{WEIGHT}NAME"))
                raise Malformed(f"{self.where}: row 1: no column {_shown(name)} is known; the columns are {columns}")
            if self.columns.count(name) > 1:
                raise Malformed(f"{self.where}: row 1: the column {_shown(name)} occurs twice")

    def rows(self) -> Iterator[_Row]:
        """The rows below the heading that are not empty."""
        for number, cells in enumerate(self._lines(), start=2):
            if number > MAX_ROWS + 1:
                raise Malformed(f"{self.where}: more than {MAX_ROWS:,} rows, which is the limit")
            if not any(cells):
                continue
            if len(cells) != len(self.columns):
                counted = f"{len(cells)} cells, and {len(self.columns)} columns"
                raise Malformed(f"{self.where}: row {number}: {counted}")
            row = _Row(
                number, {n: c for n, each in zip(self.columns, cells, strict=True) if (c := each.strip())}, self.where
            )
            for name, cell in row.cells.items():
                if len(cell) > MAX_CELL:
                    row.refuse(name, f"{len(cell):,} characters; at most {MAX_CELL} are read")
            yield row


def _reply(row: _Row, rules: Procedure) -> Tried:
    member = row.cells.get("member")
    if member is None:
        row.refuse("member", "nobody is named")
    for column in ("member", "by"):
        row.read(column, lambda name: _member(rules, name))
    position, says = row.cells.get("position"), row.read("says", lambda text: _one_of(text, _SAYS))
    if position == rules.silence.means:
        position = None  # a position that no reply takes
    if position is not None:
        _one_of_choices(row, "position", position, rules.choices)
    answers: dict[str, str] = {}
    for column, answer in row.cells.items():
        if column.startswith(ANSWER):
            answers[column.removeprefix(ANSWER)] = _answer(row, column, answer, rules)
    if says is not None and (position is not None or answers):
        row.refuse("says", "such a reply takes no position, and answers nothing")
    if row.cells.get("by") == member:
        row.refuse("by", "another than the member itself is meant")
    received: datetime | None = row.read("received_at", parse_instant)
    reasons = row.read("reasons", _yes_or_no)
    later = row.read("effective_at", parse_instant)
    return Tried(member, position, received, answers, reasons, row.cells.get("by"), says, later)


def _one_of_choices(row: _Row, column: str, given: str, choices: tuple[str, ...]) -> None:
    if given not in choices:
        row.refuse(column, f"{_shown(given)} is none of {', '.join(choices)}")


def _answer(row: _Row, column: str, answer: str, rules: Procedure) -> str:
    question = column.removeprefix(ANSWER)
    known = next((each for each in rules.asked if each.id == question), None)
    if known is None:
        row.refuse(column, f"{rules.id} puts no such question: {', '.join(q.id for q in rules.asked) or 'none'}")
    _one_of_choices(row, column, answer, known.choices)
    return answer


def _seat(row: _Row, member: str, known: Seat | None, rules: Procedure) -> Seat:
    """The seat of a member from its row; a later row of the same member repeats it, or leaves it out."""
    permanent = rules.seats.permanent if isinstance(rules, Procedure2) and rules.seats else ()
    weights = {
        column.removeprefix(WEIGHT): row.read(column, _weight) for column in row.cells if column.startswith(WEIGHT)
    }
    given = {
        "permanent": row.read("permanent", _yes_or_no),
        "advisory": row.read("advisory", _yes_or_no),
        "groups": tuple((row.cells.get("groups") or "").split()) or None,
        "weights": weights or None,
    }
    said = {name: value for name, value in given.items() if value is not None}
    try:
        seat = Seat(**{"member": member, "permanent": member in permanent, **said})
    except Malformed as error:
        row.refuse("member", str(error))
    if known is None:
        return seat
    if said and any(getattr(known, name) != value for name, value in said.items()):
        row.refuse("member", f"an earlier row says otherwise of the seat of {member}")
    return known


def _listed(rules: Procedure, seats: Mapping[str, Seat], where: str) -> Roster:
    """The seats of the rows; where the procedure lists its members by their ids, each of them has one."""
    listed = rules.members if isinstance(rules.members, tuple) else ()
    every = {**{member: Seat(member=member) for member in listed}, **seats}
    if not every:
        raise Malformed(f"{where}: no row names a member")
    return Roster(name="of the ballots", members=tuple(every.values()))


def _member(rules: Procedure, name: str) -> str:
    Seat(member=name)
    if not rules.knows(name):
        raise Malformed(rules.unknown(name))
    return name


def _yes_or_no(text: str) -> bool:
    found = _YES_OR_NO.get(text.lower())
    if found is None:
        raise Malformed(f"{_shown(text)} is neither yes nor no")
    return found


def _one_of(text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise Malformed(f"{_shown(text)} is not one of {', '.join(known)}")
    return text


def _weight(text: str) -> int | str:
    """A whole number, or a decimal as text, as rosters have it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else text


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 40 else text[:40] + "...")
