"""The parts of a printed compendium: the covering letter, the annexes by their titles, and their enclosures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from ...domain.errors import Malformed
from .chinese import Chinese
from .english import English
from .grammar import Grammar
from .place import Line

_LAST = ("。", ".", "；", ";", "：", ":", "，", ",", "、", "！", "？", "”")
_STOPS = ("。", ".", "；", ";")
_CLOSING = frozenset("。，、；：！？）》”’」,.;:!?)")
_WITHIN = re.compile(r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]) (?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])")
_BULLETS = ("•", "–", "-", "—")


class Section(NamedTuple):
    """``number`` is the annex's, 0 for the covering letter. ``enclosed`` are the lines of its enclosure."""

    number: int
    title: Line | None
    lines: tuple[Line, ...]
    enclosed: tuple[Line, ...]


def grammar_of(lines: Sequence[Line], where: str) -> Grammar:
    """The language that the titles of the annexes are in.

    Raises:
        Malformed: no title of an annex in either, or some in both.
    """
    known: tuple[Grammar, ...] = (Chinese(), English())
    found = [each for each in known if any(each.annex(line.bare) for line in lines)]
    if not found:
        raise Malformed(f"{where}: no line is the title of an annex, in Chinese (附件一) or English (Annex I)")
    if len(found) > 1:
        raise Malformed(f"{where}: titles of annexes in Chinese and in English; one language is read")
    return found[0]


def sections_of(lines: Sequence[Line], grammar: Grammar, where: str) -> list[Section]:
    """The covering letter, then the annexes in order.

    Raises:
        Malformed: two annexes with one number.
    """
    found: list[Section] = []
    number, title, own, enclosed, inside = 0, None, [], [], False  # type: ignore[var-annotated]
    for line in lines:
        bare = line.bare
        if bare in grammar.end_of_document:
            break
        annex = grammar.annex(bare)
        if annex is not None:
            found.append(Section(number, title, tuple(own), tuple(enclosed)))
            twice = next((each for each in found if each.number == annex and each.title), None)
            if twice is not None and twice.title is not None:
                raise Malformed(f"{where}, line {line.number}: annex {annex} was on line {twice.title.number} already")
            number, title, own, enclosed, inside = annex, line, [], [], False
        elif title is not None and not inside and grammar.is_enclosure(bare):
            inside = True
        else:
            (enclosed if inside else own).append(line)
    return [*found, Section(number, title, tuple(own), tuple(enclosed))]


def paragraphs(lines: Sequence[Line], *, blanks: bool) -> list[str]:
    """The paragraphs of some lines, joined from printed lines.

    A line ends a paragraph if it is short, or ends like a sentence or clause; empty lines are ignored, since they also
    occur within paragraphs.
    """
    printed = [_spaced(line.text, blanks=blanks) for line in lines if line.text.strip()]
    widest = max((_width(each) for each in printed), default=0)
    found: list[str] = []
    go_on = False
    for each in printed:
        if found and (go_on or each[0] in _CLOSING) and not each.startswith(_BULLETS):
            found[-1] += (" " if blanks else "") + each
        else:
            found.append(each)
        full = 0.85 if each.endswith(_LAST) else 0.6
        go_on = _width(each) >= full * widest and not (each.endswith(_STOPS) and not blanks)
    return found


def _spaced(text: str, *, blanks: bool) -> str:
    """A line with single blanks; in Chinese, blanks that printing put between two characters are removed."""
    text = " ".join(text.split())
    return text if blanks else _WITHIN.sub("", text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
