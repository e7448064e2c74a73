"""Messages for people, in one of the six official languages of the United Nations.

English needs no catalogue and imports nothing for it: a sentence is its own message id. The other five are in
:mod:`.translation`, on gettext catalogues and the CLDR's dates, numbers, durations and lists (docs/languages.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ...domain.inert import inert
from ...domain.instant import Span, format_local
from ...domain.phrase import Local, Number, Said, Value, in_english
from ...domain.wording import duration, words

LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
"""The codes, in the order in which the United Nations lists its languages in English."""

_TONGUES = {"ar": "Arabic", "zh": "Chinese", "en": "English", "fr": "French", "ru": "Russian", "es": "Spanish"}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_WITH_ARTICLE = frozenset(["ARE", "BHS", "CAF", "COD", "COG", "COM", "DOM", "GBR", "GMB", "KOR", "LAO", "MDA", "MHL"])
_WITH_ARTICLE |= {"NER", "NLD", "PHL", "PRK", "RUS", "SDN", "SYR", "TZA", "USA"}
"""Members whose names the United Nations writes with an article within a sentence (UNTERM: "Niger (the)")."""
_HUNDREDS = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"))
_ROMAN = (*_HUNDREDS, (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


class Language:
    """English, and the interface of every language. ``direction`` is that of its writing."""

    code: str = "en"
    direction: Literal["ltr", "rtl"] = "ltr"
    colon: str = ": "
    """What is between a name and its value, with its spaces."""

    def say(self, template: str, /, **values: Value) -> str:
        """A template in this language, its fields filled with ``values``. Give it as a literal.

        Raises:
            LookupError: it is not translated, and this language was asked to be strict.
        """
        return self.again(Said.of(template, **values))

    def plural(self, one: str, many: str, number: int, /, **values: Value) -> str:
        """The singular or plural template for ``number``, which fills ``{number}``. Give both as literals."""
        return self.again(Said.counted(one, many, number, **values))

    def again(self, said: Said) -> str:
        """What the record says, in this language.

        Raises:
            LookupError: it is not translated, and this language was asked to be strict.
        """
        return inert(str(said))

    def written(self, text: str) -> str:
        """A text from a procedure or a ledger: translated if it is from a built-in procedure, else as it is.

        Within a line, :meth:`.Language.apart` keeps its direction to itself. It is inert.
        """
        return inert(text)

    def apart(self, text: str) -> str:
        """A text in any language, inert, and marked so that its direction is its own."""
        return inert(text)

    def template(self, said: Said) -> str:
        """The sentence in this language, with its fields open."""
        return said.template

    def whole(self, text: str) -> str:
        """A line made of texts in this language, marked so that it runs in the language's direction."""
        return text

    def word(self, identifier: str) -> str:
        """An identifier as people read it: ``in_favour`` is ``in favour``."""
        return words(identifier)

    def member(self, member: str, names: Mapping[str, str] | None = None) -> str:
        """The short name that the United Nations uses for a member.

        ``names`` are the English names of those that the procedure knows; a member that is not among them is called by
        its id.
        """
        from ...domain.roster import built_in_members

        return (built_in_members("un-member-states") if names is None else names).get(member, member)

    def of_member(self, member: str, names: Mapping[str, str] | None = None) -> str:
        """A member's name after "of" in a title: with its article, if it has one."""
        name = self.member(member, names)
        return f"the {name}" if member in _WITH_ARTICLE and name != member else name

    def instant(self, at: datetime, zone: ZoneInfo) -> str:
        """An instant in the local time of the zone, to the second, with the zone's offset."""
        return format_local(at, zone)

    def day(self, day: date) -> str:
        """A date without a time."""
        return day.isoformat()

    def day_in_full(self, day: date) -> str:
        """A date without a time, as letters write it out."""
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def place_of(self, zone: ZoneInfo) -> str:
        """The place whose time a zone keeps: ``New York``."""
        return str(zone.key).rpartition("/")[2].replace("_", " ")

    def resolution(self, number: str) -> str:
        """The number of a resolution, ``2518 (2020)``, as this language writes it."""
        return number

    def pair(self, items: Sequence[str]) -> str:
        """A list of texts in this language; of two, one and the other."""
        return (
            self.say("{first} and {second}", first=items[0], second=items[1]) if len(items) == 2 else self.join(items)
        )

    def moment(self, moment: datetime | date | None, zone: ZoneInfo) -> str:
        """An instant, a day, or the words for an unknown one."""
        if moment is None:
            return self.say("not known")
        return self.instant(moment, zone) if isinstance(moment, datetime) else self.day(moment)

    def span(self, span: Span, zone: ZoneInfo) -> str:
        """An instant if it is known, else what is known about it."""
        if span.instant is not None:
            return self.instant(span.instant, zone)
        first = span.earliest and Local(span.earliest, zone)
        last = span.latest and Local(span.latest, zone)
        if first and last:
            return self.say("hour not known; not before {earliest}, not after {latest}", earliest=first, latest=last)
        if first:
            return self.say("hour not known; not before {earliest}", earliest=first)
        return self.say("hour not known; not after {latest}", latest=last) if last else self.say("hour not known")

    def duration(self, length: timedelta) -> str:
        """A length of time in its two largest units, without a sign."""
        return duration(length)

    def margin(self, length: timedelta) -> str:
        """A length of time, with a minus if it is negative."""
        return self.say("-{length}", length=length) if length < timedelta(0) else self.duration(length)

    def number(self, number: int) -> str:
        """A count, with separators between thousands."""
        return in_english(Number(number))

    def join(self, items: Iterable[str]) -> str:
        """A list of texts in this language."""
        return ", ".join(items)

    def tongue(self, code: str) -> str:
        """The name of a language by its two-letter code (ISO 639-1), one of the six; of another, the code."""
        return _TONGUES.get(code, code)

    def annex(self, number: int) -> str:
        """The number of an annex: Roman; in Arabic a figure, in Chinese a Chinese one."""
        said = ""
        for value, letters in _ROMAN:
            said += letters * (number // value)
            number %= value
        return said

    def of_a_woman(self, text: str) -> str:
        """A text that names an office, if the record says that a woman holds it."""
        return text

    def annexes(self, first: int, last: int) -> str:
        """A range of annexes."""
        return self.say("annexes {first} to {last}", first=self.annex(first), last=self.annex(last))


ENGLISH = Language()
