"""The parts of a letter: quotations, the heading, the lines above and below the sentences, and the sentences.

A member, a date and an office are read where a letter states its own, not where it mentions another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .folded_text import PARAGRAPH, Folded, fold, folded_phrase, is_wide
from .reply_phrases import Phrases, phrases

_STOPS = ".!?。؟"
_ABOVE, _BELOW = 25, 12  # lines of a letter that are examined above and below its sentences
_SALUTATION = 60  # the most characters of one line
_HEADING = 600  # a heading must begin and end within this many characters of the folded text
_LABEL = re.compile(r"(附件[一二三四五六七八九十]+|annex [ivxl]+)?\n?(\[[^\]\n]{0,40}\])?\n?")


class Line(NamedTuple):
    """A non-empty line: its place in the original, and its folded text."""

    start: int
    end: int
    text: Folded

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where that range of the folded line is in the original."""
        first, last = self.text.original(start, end)
        return self.start + first, self.start + last


class Heading(NamedTuple):
    """The heading of a letter in the Council's documents: the places of its parts in the folded text."""

    date: tuple[int, int]
    whose: tuple[int, int]
    to: tuple[int, int]
    form: tuple[int, int]


class Letter(NamedTuple):
    """A text divided into its parts.

    ``quoted`` are ranges of the original; ``above`` and ``below`` leave out an address.
    """

    original: str
    own: Folded
    quoted: tuple[tuple[int, int], ...]
    heading: Heading | None
    above: tuple[Line, ...]
    below: tuple[Line, ...]
    address: tuple[Line, ...]
    body: tuple[int, int]
    """Where its sentences are in the folded text."""

    def sentence(self, place: int) -> tuple[int, int]:
        """The sentence around a place of the folded text."""
        start = place
        while start > self.body[0] and not _ends(self.own.text, start - 1):
            start -= 1
        end = place
        while end < len(self.own.text) and not _ends(self.own.text, end):
            end += 1
        return start, min(end + 1, len(self.own.text))

    def first_sentence(self) -> tuple[int, int]:
        """The first of its sentences."""
        return self.sentence(self.body[0])


def letter_of(text: str) -> Letter:
    """Divide ``text`` into its parts."""
    spoken, quoted = _without_quotes(text)
    own = fold(spoken)
    heading = _heading(own)
    lines = [Line(start, end, fold(spoken[start:end])) for start, end in _lines(spoken)]
    first = heading.form[1] if heading else 0
    above, body_start = _above(lines, own, first) if heading is None else ([], first)
    after = _below(lines)
    body_end = own.place(after[0].start) if after else len(own.text)
    address = [*_address(above), *_address(after)]
    return Letter(
        text,
        own,
        quoted,
        heading,
        tuple(line for line in above if line not in address),
        tuple(line for line in after if line not in address),
        tuple(address),
        (min(body_start, body_end), body_end),
    )


def _without_quotes(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """``text`` with blanks for what is quoted in it, and where that was."""
    quoted: list[tuple[int, int]] = []
    starts = tuple({folded_phrase(each) for language in phrases() for each in language.quotes})
    lines = list(_lines(text))
    for number, (start, end) in enumerate(lines):
        line = text[start:end].strip()
        if line.startswith(">"):
            quoted.append((start, end))
            continue
        folded = fold(line[:200]).text
        following = text[slice(*lines[number + 1])] if number + 1 < len(lines) else ""
        said = re.search(r"(wrote|a ecrit|escribio|写道|пишет|написал)\s?:$", folded)
        if (folded.startswith(starts) and (folded[0] in "-b" or _is_header(following))) or (
            said and not following.strip().startswith(">")
        ):
            quoted.append((start, len(text)))
            break
    kept = list(text)
    for start, end in quoted:
        kept[start:end] = [char if char == "\n" else " " for char in kept[start:end]]
    return "".join(kept), tuple(quoted)


def _is_header(line: str) -> bool:
    return re.match(r"\s*[^\s:：][^:：]{0,30}[:：]", line) is not None


def _lines(text: str) -> Iterator[tuple[int, int]]:
    place = 0
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield place, place + len(line.rstrip())
        place += len(line)


def _heading(own: Folded) -> Heading | None:
    begin = _LABEL.match(own.text)
    start = begin.end() if begin else 0
    for language in phrases():
        found = _heading_form(language).match(own.text, start, start + _HEADING) if language.heading else None
        if found:
            date, whose, to, form = (found.span(name) for name in ("date", "whose", "to", "form"))
            return Heading(date, whose, to, form)
    return None


def _heading_form(language: Phrases) -> re.Pattern[str]:
    assert language.heading is not None  # noqa: S101 - the caller has checked
    forms = "|".join(re.escape(folded_phrase(each)) for each in (*language.notes, *language.letters))
    shown = re.escape(folded_phrase(language.heading)).replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(
        shown.replace("{date}", r"(?P<date>[^,()]{6,30}?)")
        .replace("{whose}", r"(?P<whose>[^.。]{2,150}?)")
        .replace("{to}", r"(?P<to>[^.。]{2,100}?)")
        .replace("{form}", f"(?P<form>{forms})")
        + (r"(?=\n|$)" if language.heading.endswith(("{to}", "{whose}")) else "")
    )


def _above(lines: list[Line], own: Folded, first: int) -> tuple[list[Line], int]:
    """The lines above the sentences, up to a salutation or the first sentence, and where the sentences begin."""
    salutations = tuple(folded_phrase(each) for language in phrases() for each in language.salutations)
    widest = max((len(line.text.text) for line in lines), default=0)
    above: list[Line] = []
    for number, line in enumerate(lines[:_ABOVE]):
        said = line.text.text
        if said.startswith(salutations) and len(said) <= _SALUTATION and said[-1] in ",:!،":
            return lines[:number], own.place(line.start)
    for line in lines[:_ABOVE]:
        said = line.text.text
        if _ends(said, len(said) - 1) or len(said) > max(60, 0.8 * widest) or _wide_prose(said, widest):
            break
        above.append(line)
    if len(above) == len(lines):
        above = []
    return above, own.place(above[-1].end) if above else first


def _wide_prose(said: str, widest: int) -> bool:
    return is_wide(said[0]) and len(said) > 0.8 * widest and widest > 20


def _below(lines: list[Line]) -> list[Line]:
    """The lines below the last sentence."""
    last = max((at for at, line in enumerate(lines) if _stops(line.text.text)), default=-1)
    below = lines[last + 1 :]
    return below[:_BELOW] if last >= 0 else []


def _address(lines: list[Line]) -> list[Line]:
    """The ``lines`` that address the letter: from the first such line until an empty line."""
    known = [folded_phrase(each.text) for language in phrases() for each in language.addressees]
    honours = tuple(folded_phrase(each) for language in phrases() for each in language.honours)
    address: list[Line] = []
    for line in lines:
        said = line.text.text
        follows = bool(address) and line.start - address[-1].end <= 2
        if follows or said.startswith(honours) or any(line.text.occurrences(each) for each in known):
            address.append(line)
    return address


def _stops(said: str) -> bool:
    """Whether a line ends a sentence: long enough for one, and not an abbreviation."""
    return said[-1] in "。؟" or (said[-1] in ".!?" and len(said) > 12 and _ends(said, len(said) - 1))


def _ends(text: str, place: int) -> bool:
    """Whether a sentence ends with the character at ``place``; after a short word, such as "Mr.", it does not."""
    if text[place] not in _STOPS:
        return False
    if text[place] != ".":
        return True
    if place + 1 < len(text) and text[place + 1] not in f" {PARAGRAPH}":
        return False
    word = re.search(r"[^\W\d_]*$", text[max(0, place - 4) : place])
    return word is None or len(word[0]) > 3 or not word[0]
