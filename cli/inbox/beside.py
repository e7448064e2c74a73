"""A letter and what it proposes, side by side in 80 columns. In English, like what is shown before signing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text as Plain

from ...domain.inert import inert
from ...domain.message_contents import Part
from ...domain.proposal import FIELDS, FieldName, Passage, Proposal
from ...domain.wording import count, words
from ...ledger.intake.proposing import Read
from ...ledger.intake.tray import Waiting
from ..terminal.tables import STYLES, console, new_table, print_hanging
from ..terminal.wrap import Text, wrapped

_LETTER, _FIELDS, _LINES = 38, 39, 40
"""The widths of the two columns, and the number of lines of a letter on one screen."""
_CLOSED: frozenset[FieldName] = frozenset({"position", "form", "office", "addressee", "explanation"})


def print_letter(
    waiting: Waiting,
    read: Read,
    fields: Mapping[FieldName, str | None],
    names: Mapping[str, str],
    *,
    whole: bool = False,
    to: TextIO | None = None,
) -> None:
    """Letter and proposal; ``fields`` are the current values, some of which a person may have typed."""
    out, contents, proposal = console(to=to), read.contents, read.proposal
    out.print(Text(f"Message {waiting.message.number}", style="bold"))
    heads = {"from": contents.sender, "subject": contents.subject, "dated": contents.date}
    for name, said in heads.items():
        if said:
            print_hanging(out, Text(f"{name:<9}", style="dim"), Text(f"{said} (as the sender wrote it)"))
    for part in contents.parts:
        print_hanging(out, Text("part     ", style="dim"), Text(_part_said(part)))
    out.print()
    table = Table.grid(padding=(0, 1))
    table.add_column(width=_LETTER)
    table.add_column(width=_FIELDS)
    letter = contents.part(proposal.part) if proposal.part else None
    table.add_row(_shown(out, letter, proposal, whole=whole), _fields(out, proposal, fields, names))
    out.print(table)
    if proposal.reasons:
        out.print(Text("A person decides", style="bold"))
        for reason in proposal.reasons:
            blocks = ", ".join(words(field) for field in reason.blocks)
            lead = Text(f"  {blocks or 'note':<9} ", style=STYLES["flag"] if blocks else "dim")
            print_hanging(out, lead, Text(f"{reason.text}{_where(reason.read_in[:2])}"))


def print_tray(listed: Iterable[tuple[Waiting, Read | None]]) -> None:
    """The messages in order, one line each, with what became of them."""
    out, table = console(), new_table("", "recorded at (UTC)", "what became of it", "from, and about")
    for waiting, read in listed:
        sender = (read.contents.sender or "no sender") if read else ""
        subject = (read.contents.subject or "") if read else ""
        when = waiting.message.recorded_at.strftime("%Y-%m-%d %H:%M:%S")
        said = Text(became_of(waiting, read), style="" if waiting.waits else "dim")
        table.add_row(str(waiting.message.number), when, said, Text(f"{sender} {subject}".strip()[:120]))
    if table.row_count:
        out.print(table)
    else:
        out.print(Text("no message waits"))


def became_of(waiting: Waiting, read: Read | None) -> str:
    """What became of a message, in a line; for one that waits, what it proposes."""
    if waiting.recorded:
        return "; ".join(f"{each.member}: act {each.act} of {each.vote}" for each in waiting.recorded)
    if waiting.aside is not None:
        decided = "not a reply" if waiting.aside.decided == "no_reply" else "set aside"
        return decided + (f": {waiting.aside.reason}" if waiting.aside.reason else "")
    return proposed(read.proposal) if read else "waits"


def proposed(proposal: Proposal) -> str:
    """What a message proposes, in a line."""
    known = {field: proposal.value(field) for field in FIELDS}
    if all(known[field] is not None for field in ("member", "position", "vote")):
        said = f"{known['member']} {words(known['position'] or '')} on {known['vote']}"
        return f"proposed: {said}" + ("" if proposal.is_complete else f" ({count(len(proposal.reasons), 'remark')})")
    asked = [reason.text for reason in proposal.reasons if reason.blocks]
    named = f"{known['member']}: " if known["member"] else ""
    return f"a person decides: {named}{asked[0] if asked else 'not all is read'}"


def _part_said(part: Part) -> str:
    name = f" {part.name}" if part.name else ""
    faults = f": {'; '.join(part.faults)}" if part.faults else ""
    return f"{part.path} {part.media_type}{name}, {count(part.size, 'byte')}{faults}"


def _shown(out: Console, letter: Part | None, proposal: Proposal, *, whole: bool) -> RenderableType:
    if letter is None or letter.text is None:
        return Text("no text of a letter is read", style="dim")
    text = Text(letter.text)
    if inert(letter.text, marked=True) == letter.text:
        for field, reading in proposal.fields.items():
            for passage in reading.read_in:
                if passage.part == letter.path and passage.start is not None and passage.end is not None:
                    style = "bold" if reading.value is not None else STYLES["flag"]
                    if field not in {"explanation", "language"}:
                        text.stylize(style, passage.start, passage.end)
    lines = wrapped(text, out, _LETTER)
    for line in lines:
        line.rstrip()
    kept = [line for number, line in enumerate(lines) if line.plain or (number and lines[number - 1].plain)]
    more = len(kept) - _LINES
    if not whole and more > 0:
        kept = [*kept[:_LINES], Text(f"... {count(more, 'line')} more", style="dim")]
    return Text("\n").join(kept)


def _fields(
    out: Console, proposal: Proposal, fields: Mapping[FieldName, str | None], names: Mapping[str, str]
) -> RenderableType:
    lines: list[Plain] = []
    for field in FIELDS:
        reading, value = proposal.fields[field], fields.get(field)
        typed = value != reading.value
        said = "-" if value is None else words(value) if field in _CLOSED else value
        if field == "member" and value is not None and names.get(value):
            said = f"{value} {names[value]}"
        lines += wrapped(Text(f"{words(field):<12}").append(said, style="bold" if value else "dim"), out, _FIELDS)
        told = "as typed" if typed and value is not None else "left out" if typed else _told(field, proposal)
        lines += wrapped(Text(f"  {told}", style="dim"), out, _FIELDS)
    return Text("\n").join(lines)


def _told(field: FieldName, proposal: Proposal) -> str:
    reading = proposal.fields[field]
    if reading.value is not None:
        basis = " (usage)" if field == "position" and proposal.basis == "usage" else ""
        return "; ".join(_passages(reading.read_in[:1])) + basis
    if reading.candidates:
        candidates = ", ".join(words(each) if field in _CLOSED else each for each in reading.candidates[:4])
        return f"not proposed; perhaps {candidates}"
    return "not read"


def _where(passages: Iterable[Passage]) -> str:
    told = list(_passages(passages))
    return f" ({'; '.join(told)})" if told else ""


def _passages(passages: Iterable[Passage]) -> Iterator[str]:
    for passage in passages:
        page = f" p. {passage.page}" if passage.page else ""
        yield f"part {passage.part}{page}: {passage.text[:60]}"
