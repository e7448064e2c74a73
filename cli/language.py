"""The language a person is spoken to in: sentences, words, names, times. English so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

from ..domain import wording
from ..domain.errors import MalformedError
from ..domain.instant import Span, format_local

LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")


class Language:
    """How things are said in one language. A sentence in English is the id of its translation."""

    code: str = "en"
    direction: Literal["ltr", "rtl"] = "ltr"

    def say(self, text: str, /, **values: Any) -> str:
        """A sentence, with its named fields filled in."""
        return text.format(**values) if values else text

    def plural(self, one: str, many: str, number: int, /, **values: Any) -> str:
        """A sentence that depends on a number, which is its field ``number``."""
        return self.say(one if number == 1 else many, number=self.number(number), **values)

    def word(self, identifier: str) -> str:
        """An identifier as people read it."""
        return wording.words(identifier)

    def member(self, id: str, names: Mapping[str, str] | None = None) -> str:  # noqa: A002 - as agreed
        """A member's short name."""
        return (names or {}).get(id, id).partition(" (")[0].partition(" of Great Britain")[0]

    def instant(self, at: datetime, zone: str) -> str:
        """An instant by the clock of ``zone``."""
        return format_local(at, zone)

    def day(self, day: date) -> str:
        """A date."""
        return day.isoformat()

    def span(self, span: Span, zone: str) -> str:
        """What is known of when something happened."""
        if span.instant is not None:
            return self.instant(span.instant, zone)
        first = f"not before {self.instant(span.earliest, zone)}" if span.earliest else ""
        last = f"not after {self.instant(span.latest, zone)}" if span.latest else ""
        return ", ".join(part for part in (first, last) if part) or "not known"

    def duration(self, length: timedelta) -> str:
        """A length of time, without its sign."""
        return wording.duration(length)

    def number(self, number: int) -> str:
        """A number."""
        return f"{number:,}"

    def join(self, items: Iterable[str]) -> str:
        """A list."""
        return ", ".join(items)


def language(code: str | None) -> Language:
    """The language of that code; None is English.

    Raises:
        MalformedError: none that there are texts in.
    """
    if code not in {None, "en"}:
        raise MalformedError(f"--lang: there are no texts in {code!r} yet; there is en")
    return Language()
