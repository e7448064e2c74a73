"""Template output read into blocks: a mark at the beginning of a line says what the line is (docs/letters.md).

A value begins no block and no cell: whatever is put into a template carries a mark of its own, which no text from
outside can hold, and which is taken out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..documents.blocks import Block, facts, heading, items, signature, table, text
from ..language.english import Language

VALUE, BAR = "\ue000", "\ue001"
"""The mark before a value, and the sign for a bar in one: private-use characters, not in other texts."""

_MARKS = re.compile(r"(#|!|-|:|>|\|) ?")
_WIDE = re.compile("[\u2e80-\u9fff\uff00-\uffe6]")


class Sentence(str):
    """A text that is in the reader's language as a whole, and is inserted as it is; other values are kept apart."""

    __slots__ = ()


def put_in(value: str) -> str:
    """A value as it is inserted into a template's text."""
    return VALUE + value.replace("|", BAR)


def blocks_of(written: str, language: Language) -> list[Block]:
    """The blocks of a letter, in order."""
    found: list[Block] = []
    kind, lines = "", list[str]()
    for line in [*written.split("\n"), ""]:
        mark = _MARKS.match(line)
        now = mark[1] if mark else ("" if not line.replace(VALUE, "").strip() else "p")
        if lines and (now != kind or now in {"#", "!"}):
            found += _block(kind, lines, language)
            lines = []
        kind = now
        if now:
            lines.append(line[mark.end() :] if mark else line)
    return found


def _block(kind: str, lines: list[str], language: Language) -> list[Block]:
    clean = _cleaner(language)
    match kind:
        case "#":
            return [heading(clean(lines[0]), 1)]
        case "!":
            return [text(clean(lines[0]), "banner")]
        case "-":
            return [items([clean(each) for each in lines])]
        case ">":
            return [signature([clean(each) for each in lines])]
        case ":":
            rows = [line.split("|", 1) for line in lines]
            return [facts((clean(row[0]), clean(row[-1]) if len(row) > 1 else "") for row in rows)]
        case "|":
            cells = [[clean(cell) for cell in line.rstrip().removesuffix("|").split("|")] for line in lines]
            width = len(cells[0])
            rows_of = [(row + [""] * width)[:width] for row in cells]
            return [table(rows_of[0], rows_of[1:], [1] * width)] if len(rows_of) > 1 else []
        case _:
            return [text(clean(_joined(lines)))]


def _joined(lines: list[str]) -> str:
    """The lines of a paragraph, joined; Chinese lines without a space between them."""
    whole = lines[0].strip()
    for line in lines[1:]:
        following = line.strip()
        bare = following.lstrip(VALUE)
        wide = whole and bare and _WIDE.match(whole[-1]) and _WIDE.match(bare[0])
        whole = f"{whole}{'' if wide else ' '}{following}"
    return whole


def _cleaner(language: Language) -> Callable[[str], str]:
    def clean(written: str) -> str:
        return language.whole(written.replace(VALUE, "").replace(BAR, "|").strip())

    return clean
