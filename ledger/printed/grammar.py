"""The kinds of lines of such a document, in either language: a heading, a speaker, a signature, a note on languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from .members import member_called

TONGUES = ("ar", "zh", "en", "fr", "ru", "es")
FORMS = ("letter", "note_verbale")


class Found(NamedTuple):
    """A value, and the range of the text it was read from."""

    value: str | date | int | bool
    start: int
    end: int


Read = dict[str, Found]
"""What was read, by field name."""


class Position(NamedTuple):
    """The position that words take, or why a person must decide."""

    found: Found | None
    why: str = ""


class Grammar(Protocol):
    """One of the two languages. Every text is as given by :class:`.place.Flow`."""

    language: str
    blanks: bool
    """Whether words are separated by blanks."""
    end_of_document: frozenset[str]
    """First lines of a note that is not part of the document."""

    def annex(self, line: str) -> int | None:
        """The number of the annex with this title."""

    def is_enclosure(self, line: str) -> bool:
        """Whether this is the title of an enclosure."""

    def original(self, line: str) -> tuple[str, ...] | None:
        """The languages in a note such as [Original: French]; None if it is not one."""

    def heading(self, text: str) -> Read | None:
        """form, dated, office and member, addressees (a0, a1), of the heading of a letter or note; else None."""

    def speaker(self, text: str) -> Read | None:
        """speaker, form_of_address, office, member, of the heading of a statement; else None."""

    def signed(self, text: str) -> Read | None:
        """signed, and the name as signatory, of such a line; else None."""

    name_first: bool
    """Whether the name is first in a signature block."""

    def rank(self, text: str) -> str | None:
        """The English rank."""

    def office(self, text: str) -> Read | None:
        """office, and its member, in a line of a signature block; else None."""

    def position(self, text: str) -> Position:
        """The position that the words of a reply take."""

    def explanation(self, text: str) -> Found | None:
        """What they say about an explanation of vote; None if a person must decide."""

    def co_sponsors(self, text: str) -> Found | None:
        """Where they say that the member joins the sponsors."""

    def cover(self, text: str) -> Read:
        """A covering letter's facts: resolution, outcome, announced, agenda_item, procedure (and date), draft."""

    def day(self, text: str) -> date | None:
        """A date that is the whole text."""

    def sponsors(self, text: str) -> tuple[str, ...] | None:
        """The members named in "China: draft resolution"; else None."""


class Wanted(NamedTuple):
    """A pattern, and the field of each of its groups. ``value`` converts the text of a group."""

    pattern: re.Pattern[str]
    fields: Mapping[str, Callable[[str], str | date | int | bool | None]]


def searched(text: str, wanted: Sequence[Wanted]) -> Read:
    """The first value found of each field."""
    found: Read = {}
    for each in wanted:
        hit = each.pattern.search(text)
        for name, value in each.fields.items() if hit is not None else ():
            assert hit is not None  # noqa: S101 - otherwise there is nothing to loop over
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
    """The position that the phrases give; none if they give two, or if a doubt is found."""
    found = [Found(name, hit.start(), hit.end()) for pattern, name in phrases for hit in pattern.finditer(text)]
    if not found:
        return Position(None, "no words that take a position were found")
    if len({each.value for each in found}) > 1:
        return Position(None, "words of more than one position were found")
    for pattern, why in doubts:
        if hit := pattern.search(text):
            return Position(None, f"{why} ({hit[0].strip()})")
    return Position(min(found, key=lambda each: each.start))


class Phrases(NamedTuple):
    """The phrases of one language from which a text's meaning is taken."""

    positions: Sequence[tuple[re.Pattern[str], str]]
    doubts: Sequence[tuple[re.Pattern[str], str]]
    none_stated: re.Pattern[str]
    enclosed: re.Pattern[str]
    explains: re.Pattern[str]
    """An explanation of vote is spoken of."""
    co_sponsors: re.Pattern[str]
    cover: Sequence[Wanted]
    draft: re.Pattern[str]
    """The line above a draft, its sponsors as a group."""
    comma: str
    both: str
    """The word between the last two items of a list, which may also be within names."""


class ByPhrases:
    """What either grammar reads by its phrases."""

    language: str
    phrases: Phrases

    def position(self, text: str) -> Position:
        """As in the protocol."""
        return one_position(text, self.phrases.positions, self.phrases.doubts)

    def explanation(self, text: str) -> Found | None:
        """As in the protocol."""
        for pattern, value in ((self.phrases.none_stated, "none_stated"), (self.phrases.enclosed, "enclosed")):
            if hit := pattern.search(text):
                return Found(value, hit.start(), hit.end())
        return None if self.phrases.explains.search(text) else Found("silent", 0, len(text))

    def co_sponsors(self, text: str) -> Found | None:
        """As in the protocol."""
        hit = self.phrases.co_sponsors.search(text)
        return None if hit is None else Found(True, hit.start(), hit.end())

    def cover(self, text: str) -> Read:
        """As in the protocol."""
        return searched(text, self.phrases.cover)

    def sponsors(self, text: str) -> tuple[str, ...] | None:
        """As in the protocol."""
        hit = self.phrases.draft.fullmatch(text)
        if hit is None:
            return None
        if whole := member_called(hit[1], self.language):
            return (whole,)
        named = [member_called(each, self.language) for each in self._listed(hit[1])]
        return None if None in named else tuple(each for each in named if each)

    def _listed(self, said: str) -> list[str]:
        *first, last = re.split(self.phrases.comma, said)
        if member_called(last, self.language) is None:
            for hit in re.finditer(self.phrases.both, last):
                pair = [last[: hit.start()], last[hit.end() :]]
                if all(member_called(each, self.language) for each in pair):
                    return [*first, *pair]
        return [*first, last]
