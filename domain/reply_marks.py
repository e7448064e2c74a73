"""The members, days and document symbols that a letter names, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from .folded_text import Folded, folded_phrase
from .member_search import names_of
from .reply_phrases import Phrases, phrases

_SYMBOL = re.compile(r"(?<![a-z0-9/.])[a-z]{1,8}(?:/[a-z0-9.\-]{1,20}){2,6}", re.ASCII)


class Mark(NamedTuple):
    """What is named, and its place in a folded text."""

    value: str
    start: int
    end: int


class MemberNames:
    """The names of members in every language available, and other names that letters use."""

    @classmethod
    def of(cls, members: Mapping[str, str]) -> MemberNames:
        """The names of ``members``, which maps ids to English names; made once."""
        return _names_of(tuple(members.items()))

    def __init__(self, members: Mapping[str, str]) -> None:
        self._by_first: dict[str, list[tuple[str, str]]] = {}
        others = [language.names for language in phrases()]
        for id_, english in members.items():
            names = {*names_of(id_, english), *(name for each in others if english for name in each.get(id_, ()))}
            for name in names if english else ():
                folded = folded_phrase(name)
                if name != id_ and len(folded) > 1:
                    self._by_first.setdefault(folded[0], []).append((folded, id_))
        for listed in self._by_first.values():
            listed.sort(key=lambda each: -len(each[0]))

    def marks(self, text: Folded, start: int = 0, end: int | None = None) -> list[Mark]:
        """The members named in a range, the longest name at each place."""
        found: list[Mark] = []
        place, end = start, len(text.text) if end is None else end
        while place < end:
            mark = self.at(text, place, end)
            found += [mark] if mark else []
            place = mark.end if mark else place + 1
        return found

    def at(self, text: Folded, place: int, end: int) -> Mark | None:
        """The member whose name begins at ``place``."""
        for name, id_ in self._by_first.get(text.text[place], ()):
            after = place + len(name)
            if after <= end and text.text.startswith(name, place) and text.occurrences(name, place, after):
                return Mark(id_, place, after)
        return None


@lru_cache(8)
def _names_of(members: tuple[tuple[str, str], ...]) -> MemberNames:
    return MemberNames(dict(members))


def days(text: Folded, start: int = 0, end: int | None = None) -> list[Mark]:
    """The days written in a range, as ``2020-03-27``; an ambiguous one is left out."""
    end = len(text.text) if end is None else end
    found = [mark for language in phrases() for form in _forms(language) for mark in _days(form, text.text, start, end)]
    return sorted(set(found), key=lambda mark: mark.start)


def symbols(text: Folded, start: int = 0, end: int | None = None) -> list[Mark]:
    """Texts written like the symbol of a document, in capital letters."""
    end = len(text.text) if end is None else end
    marks = [(found[0].rstrip(".-"), found.start()) for found in _SYMBOL.finditer(text.text, start, end)]
    return [
        Mark(symbol.upper(), place, place + len(symbol)) for symbol, place in marks if any(map(str.isdigit, symbol))
    ]


class _Form(NamedTuple):
    pattern: re.Pattern[str]
    months: tuple[str, ...]


@lru_cache(32)
def _forms_of(language: str) -> tuple[_Form, ...]:
    of = next(each for each in phrases() if each.language == language)
    months = tuple(folded_phrase(month) for month in of.months)
    named = "|".join(re.escape(month) for month in months) or r"\d{1,2}"
    forms = []
    for written in of.dates:
        shown = folded_phrase(written)
        pattern = (
            re.escape(shown)
            .replace(r"\{d\}", r"(?P<d>\d{1,2})(?:st|nd|rd|th|er)?")
            .replace(r"\{y\}", r"(?P<y>[12]\d{3})")
            .replace(r"\{month\}", f"(?P<month>{named})")
            .replace(r"\{m\}", r"(?P<m>\d{1,2})")
        )
        forms.append(_Form(re.compile(rf"(?<!\d){pattern}(?!\d)"), months))
    return tuple(forms)


def _forms(language: Phrases) -> tuple[_Form, ...]:
    return _forms_of(language.language)


def _days(form: _Form, text: str, start: int, end: int) -> Iterator[Mark]:
    for found in form.pattern.finditer(text, start, end):
        given = found.groupdict()
        month = form.months.index(given["month"]) + 1 if given.get("month") else int(given.get("m") or 0)
        try:
            day = date(int(given["y"]), month, int(given["d"]))
        except ValueError:
            continue
        yield Mark(day.isoformat(), found.start(), found.end())
