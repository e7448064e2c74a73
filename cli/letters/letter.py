"""A letter as a draft: its title and its blocks, as text in columns, and as an archival PDF."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console

from ...domain.state import VoteState
from ...ledger.entries.files import Files
from ...ledger.projections.compendium import Compendium, compendium_of
from ...ledger.projections.letters import as_planned, check_letter
from ..documents.blocks import Block, dated
from ..language.english import Language
from ..terminal.wrap import Text, wrapped
from .markup import blocks_of
from .rendering import rendered
from .words import Wanted, Words

COLUMNS = 76


@dataclass(frozen=True, slots=True)
class Letter:
    """A drafted letter: the same record and templates give the same bytes."""

    state: VoteState
    language: Language
    title: str
    footer: str
    blocks: tuple[Block, ...]

    def text(self, width: int = COLUMNS) -> str:
        """As text, in lines of at most ``width`` columns."""
        console = Console(width=width, file=io.StringIO(), color_system=None)
        parts = ["\n".join(_lines(block, console, width, self.language)) for block in self.blocks]
        return "\n\n".join(part for part in parts if part) + "\n"

    def pdf(self) -> bytes:
        """As an archival PDF (PDF/A-2a, PDF/UA-1).

        Raises:
            PaperError: no typesetter here, or no font for the language.
        """
        from ..documents.typeset import typeset

        data = {"title": self.title, "footer": self.footer, "blocks": list(self.blocks), "letter": True}
        return typeset("paper.typ", data, self.language, made_at=dated(self.state))


def drafted(
    state: VoteState, language: Language, wanted: Wanted, files: Files, templates: Path | None = None
) -> Letter:
    """The letter that is asked for, from the record of a vote.

    Raises:
        Refused: the body has no such letter, or it is not time for it.
        NotFound: an acknowledgement of a reply that is not on record.
        Malformed: one of the body's own templates cannot be used.
    """
    check_letter(state, wanted.kind)
    if wanted.kind == "opening" and state.opening is None and wanted.planned is not None:
        state = as_planned(state, wanted.planned)
    made = compendium_of(state, files) if wanted.kind == "compendium" else None
    return _said(Words(state, language, wanted, made), templates)


def cover_of(made: Compendium, language: Language, templates: Path | None = None) -> Letter:
    """The draft of the letter at the beginning of a compendium.

    Raises:
        Malformed: the body's own template cannot be used.
    """
    return _said(Words(made.state, language, Wanted("compendium"), made), templates)


def _said(words: Words, templates: Path | None) -> Letter:
    written = rendered(words.wanted.kind, words.all(), words.language, templates)
    blocks = tuple(blocks_of(written, words.language))
    return Letter(words.state, words.language, words.title, words.mark or words.title, blocks)


def _lines(block: Block, console: Console, width: int, language: Language) -> Iterator[str]:
    match block["kind"]:
        case "list":
            for each in block["items"]:
                yield from _hung("- ", each, console, width)
        case "facts":
            name_width = min(max((cell_len(row[0]) for row in block["rows"]), default=0), width // 3) + 2
            for name, value, *_ in block["rows"]:
                yield from _beside(name, value, name_width, console, width)
        case "table":
            yield from _table(block, console, width)
        case "signature":
            lead = "" if language.direction == "rtl" else " " * (width // 2)
            for each in block["lines"]:
                yield from _hung(lead, each, console, width)
        case "banner":
            yield from _hung("*** ", block["text"], console, width)
        case _:
            yield from _wrapped(block["text"], console, width)


def _wrapped(said: str, console: Console, width: int) -> list[str]:
    return [line.plain.rstrip() for line in wrapped(Text(said), console, width)] or [""]


def _hung(lead: str, said: str, console: Console, width: int) -> Iterator[str]:
    for number, line in enumerate(_wrapped(said, console, width - cell_len(lead))):
        yield (lead if number == 0 or not lead.strip() else " " * cell_len(lead)) + line


def _beside(name: str, value: str, name_width: int, console: Console, width: int) -> Iterator[str]:
    names, values = _wrapped(name, console, name_width - 2), _wrapped(value, console, width - name_width)
    for number in range(max(len(names), len(values))):
        first = names[number] if number < len(names) else ""
        second = values[number] if number < len(values) else ""
        yield (set_cell_size(first, name_width) + second).rstrip()


def _table(block: Block, console: Console, width: int) -> Iterator[str]:
    rows = [block["head"], *block["rows"]]
    fitting = [min(max(cell_len(row[column]) for row in rows), width // len(rows[0])) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [_wrapped(cell, console, size) for cell, size in zip(row, fitting, strict=True)]
        for line in range(max(map(len, cells))):
            parts = [
                set_cell_size(cell[line] if line < len(cell) else "", size + 2)
                for cell, size in zip(cells, fitting, strict=True)
            ]
            yield "".join(parts).rstrip()
        if number == 0:
            yield "-" * min(sum(fitting) + 2 * (len(fitting) - 1), width)
