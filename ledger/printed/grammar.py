"""What a line of such a document can be, in either language: a heading, a speaker, a signature, a note on languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol

TONGUES = ("ar", "zh", "en", "fr", "ru", "es")
FORMS = ("letter", "note_verbale")


class Found(NamedTuple):
    """A value, and from where to where in the text it was read."""

    value: str | date | int | bool
    start: int
    end: int


Read = dict[str, Found]
"""What was read, by the name of its field."""


class Position(NamedTuple):
    """The position that words take, or why that is for a person to say."""

    found: Found | None
    why: str = ""


class Grammar(Protocol):
    """One of the two languages. Every text is as :class:`.place.Flow` gives it."""

    language: str
    blanks: bool
    """Whether words are set apart by blanks."""
    end_of_document: frozenset[str]
    """Lines with which a note begins that is no part of the document."""

    def annex(self, line: str) -> int | None:
        """The number of the annex of which this is the title."""

    def is_enclosure(self, line: str) -> bool:
        """Whether this is the title of an enclosure."""

    def original(self, line: str) -> tuple[str, ...] | None:
        """The languages in a note such as [Original: French]; None where it is not one."""

    def heading(self, text: str) -> Read | None:
        """form, dated, office and member, addressees (a0, a1), of the heading of a letter or note; else None."""

    def speaker(self, text: str) -> Read | None:
        """speaker, form_of_address, office, member, of the heading of a statement; else None."""

    def signed(self, text: str) -> Read | None:
        """signed, and the name as signatory, of such a line; else None."""

    name_first: bool
    """Whether the name of a signature block stands first in it."""

    def rank(self, text: str) -> str | None:
        """The English rank that is meant."""

    def office(self, text: str) -> Read | None:
        """office, and the member whose it is, in a line of a signature block; else None."""

    def position(self, text: str) -> Position:
        """The position that the words of a reply take."""

    def explanation(self, text: str) -> Found | None:
        """What they say of an explanation of vote; None where that is for a person to say."""

    def co_sponsors(self, text: str) -> Found | None:
        """Where they say that the member joins the sponsors."""

    def cover(self, text: str) -> Read:
        """What a covering letter says: resolution, outcome, announced, agenda_item, procedure (and its date), draft."""

    def day(self, text: str) -> date | None:
        """A date that is the whole text."""

    def sponsors(self, text: str) -> tuple[str, ...] | None:
        """The members named in "China: draft resolution"; else None."""


class Wanted(NamedTuple):
    """A pattern, and which of its groups is which field. ``value`` makes a value of what a group has."""

    pattern: re.Pattern[str]
    fields: Mapping[str, Callable[[str], str | date | int | bool | None]]


def searched(text: str, wanted: Sequence[Wanted]) -> Read:
    """The first of each field that is found."""
    found: Read = {}
    for each in wanted:
        hit = each.pattern.search(text)
        for name, value in each.fields.items() if hit is not None else ():
            assert hit is not None  # noqa: S101 - or nothing is looped over
            if name in found or hit.start(name) < 0:
                continue
            made = value(hit[name])
            if made is not None:
                found[name] = Found(made, hit.start(name), hit.end(name))
    return found


def a_day(year: int, month: int, day: int) -> date | None:
    """That day, if there is one."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def one_position(
    text: str, phrases: Sequence[tuple[re.Pattern[str], str]], doubts: Sequence[tuple[re.Pattern[str], str]]
) -> Position:
    """The one position that the phrases give; none where they give two, or where one of the doubts is found."""
    found = [Found(name, hit.start(), hit.end()) for pattern, name in phrases for hit in pattern.finditer(text)]
    if not found:
        return Position(None, "no words that take a position were found")
    if len({each.value for each in found}) > 1:
        return Position(None, "words of more than one position were found")
    for pattern, why in doubts:
        if hit := pattern.search(text):
            return Position(None, f"{why} ({hit[0].strip()})")
    return Position(min(found, key=lambda each: each.start))
