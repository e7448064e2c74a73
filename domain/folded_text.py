"""A text without what differs between two prints of it: case, accents, kinds of blanks and quotation marks.

Phrases are searched in it and mapped back to the original text: :attr:`Folded.at` has the place of each character.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

PARAGRAPH = "\n"
_QUOTES = dict.fromkeys("‘’ʼ`´", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("‐‑‒–—", "-") | {"•": "·", "ـ": ""}
_WIDE = (("⺀", "꓏"), ("豈", "﫿"), ("！", "･"))


class Folded(NamedTuple):
    """The folded text, and for each of its characters where it is in the original; one more place for the end."""

    text: str
    at: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where that range of the folded text is in the original."""
        return (self.at[start], self.at[end - 1] + 1) if end > start else (self.at[start], self.at[start])

    def place(self, original: int) -> int:
        """Where the folded text continues from ``original``, a place in the original."""
        return bisect_left(self.at, original)

    def occurrences(self, phrase: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
        """Where the folded ``phrase`` occurs as whole words."""
        found, place, end = [], start, len(self.text) if end is None else end
        while (place := self.text.find(phrase, place, end)) >= 0:
            after = place + len(phrase)
            if not (_joins(self.text, place) or _joins(self.text, after)):
                found.append((place, after))
            place = after
        return found


def fold(text: str) -> Folded:
    """``text``, folded. Blanks beside Chinese are dropped; an empty line becomes a :data:`PARAGRAPH`."""
    kept: list[str] = []
    at: list[int] = []
    blank, breaks = -1, 0
    for place, char in enumerate(text):
        if char.isspace():
            blank, breaks = (place if blank < 0 else blank), breaks + (char == "\n")
            continue
        folded = _folded(char)
        if not folded:
            continue
        if blank >= 0 and kept:
            if breaks > 1:
                kept.append(PARAGRAPH)
                at.append(blank)
            elif not (is_wide(kept[-1]) or is_wide(folded[0])):
                kept.append(" ")
                at.append(blank)
        blank, breaks = -1, 0
        kept += folded
        at += [place] * len(folded)
    return Folded("".join(kept), (*at, len(text)))


@lru_cache(4096)
def folded_phrase(phrase: str) -> str:
    """A phrase as it is searched for."""
    return fold(phrase).text


@lru_cache(4096)
def _folded(char: str) -> str:
    char = _QUOTES.get(char, char)
    plain = unicodedata.normalize("NFKD", char).casefold()
    return "".join(_QUOTES.get(each, each) for each in plain if not unicodedata.category(each).startswith("M"))


def is_wide(char: str) -> bool:
    """Whether ``char`` is Chinese or Chinese punctuation, where no blanks separate words."""
    return char > "ⷿ" and any(first <= char <= last for first, last in _WIDE)


def _joins(text: str, place: int) -> bool:
    """Whether a word continues across ``place``."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    return before.isalnum() and after.isalnum() and not (is_wide(before) or is_wide(after))
