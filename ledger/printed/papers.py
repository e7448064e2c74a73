"""A printed letter, note or statement: its note on languages, heading, text and signature block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .grammar import Found, Grammar, Read
from .place import Flow, Line, Span, whole

_HEADING_LINES = 6
_BLOCK_LINES = 10
_WRAPPED = 3
"""The most lines of a printed office."""


class Value(NamedTuple):
    """What was read, and where."""

    value: object
    span: Span


class PrintedPaper(NamedTuple):
    """``heading`` and ``block`` have what was read in them, by field; ``heading`` is None if there is none. ``offices``
    are those of the signature block, in order. ``left`` are lines before the heading, or in the block, that could not
    be interpreted.
    """

    original: tuple[tuple[str, ...], Span] | None
    heading: dict[str, Value] | None
    is_statement: bool
    block: dict[str, Value]
    offices: tuple[Value, ...]
    headed: tuple[Line, ...]
    body: tuple[Line, ...]
    signed: tuple[Line, ...]
    left: tuple[Line, ...]


def read_paper(lines: Sequence[Line], grammar: Grammar, *, before: int = 1) -> PrintedPaper:
    """Read the lines of one annex, or of the covering letter, of which up to ``before`` lines may come first."""
    written = [line for line in lines if line.text.strip()]
    original, left, at = None, [], 0
    heading: dict[str, Value] | None = None
    headed: tuple[Line, ...] = ()
    statement = False
    while at < len(written) and at <= before:
        note = grammar.original(written[at].bare) if original is None and not before > 1 else None
        if note is not None:
            original, before = (note, written[at].span), before + 1
            at += 1
            continue
        heading, statement, headed = _heading(written[at : at + _HEADING_LINES], grammar)
        if heading is not None:
            break
        left.append(written[at])
        at += 1
    if heading is None:
        left, at = [], 0 if original is None else 1
    rest = written[at + len(headed) :]
    block, offices, start, end = _signature(rest, grammar)
    return PrintedPaper(
        original, heading, statement, block, offices, headed, tuple(rest[:start]), tuple(rest[start:end]),
        (*left, *rest[end:]),
    )  # fmt: skip


def _heading(lines: Sequence[Line], grammar: Grammar) -> tuple[dict[str, Value] | None, bool, tuple[Line, ...]]:
    """The longest run of first lines that is a heading."""
    for count in range(len(lines), 0, -1):
        flow = Flow(lines[:count], blanks=grammar.blanks)
        for read, statement in ((grammar.heading, False), (grammar.speaker, True)):
            found = read(flow.text)
            if found is not None:
                return placed(found, flow), statement, tuple(lines[:count])
    return None, False, ()


def _signature(lines: Sequence[Line], grammar: Grammar) -> tuple[dict[str, Value], tuple[Value, ...], int, int]:
    """The contents of the block at the end, its offices, and the lines where it begins and ends."""
    first = max(0, len(lines) - _BLOCK_LINES)
    at = next((n for n in range(len(lines) - 1, first - 1, -1) if _signed(lines[n], grammar) is not None), None)
    if at is None:
        return {}, (), len(lines), len(lines)
    flow = Flow([lines[at]], blanks=grammar.blanks)
    block = placed(_signed(lines[at], grammar) or {}, flow)
    offices: list[Value] = []
    start = end = at
    if grammar.name_first:
        end += 1
        while end < len(lines) and (
            taken := _of_block(lines[end : end + _WRAPPED], grammar, block, offices, first=True)
        ):
            end += taken
        return block, tuple(offices), start, end
    while start > first and (taken := _of_block(lines[max(first, start - _WRAPPED) : start], grammar, block, offices)):
        start -= taken
    return block, tuple(reversed(offices)), start, at + 1


def _signed(line: Line, grammar: Grammar) -> Read | None:
    return grammar.signed(Flow([line], blanks=grammar.blanks).text)


def _of_block(
    lines: Sequence[Line], grammar: Grammar, block: dict[str, Value], offices: list[Value], *, first: bool = False
) -> int:
    """How many of the ``first`` lines, or of the last, state a rank or an office; it is stored."""
    for count in range(1, len(lines) + 1):
        flow = Flow(lines[:count] if first else lines[-count:], blanks=grammar.blanks)
        whole_of = flow.span(0, len(flow.text))
        rank = grammar.rank(flow.text)
        if rank is not None and "rank" not in block:
            block["rank"] = Value(flow.raw(0, len(flow.text)), whole_of)
            if grammar.language != "en":
                block["rank_in_english"] = Value(rank, whole_of)
            return count
        office = grammar.office(flow.text)
        if office is not None:
            said = placed(office, flow)
            offices.append(said["office"])
            if "member" in said:
                block.setdefault("member", said["member"])
            return count
    return 0


def placed(read: Read, flow: Flow) -> dict[str, Value]:
    """What was read, each with its place; a name as printed."""
    return {name: Value(_printed(found, flow), flow.span(found.start, found.end)) for name, found in read.items()}


def _printed(found: Found, flow: Flow) -> object:
    return flow.raw(found.start, found.end) if found.value == "" else found.value


def span_of(lines: Sequence[Line]) -> Span | None:
    """The place of some lines; None if there are none."""
    return whole(lines) if any(line.text.strip() for line in lines) else None
