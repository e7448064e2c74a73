"""The five languages beside English: gettext catalogues in locales/, and what the CLDR knows of dates and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from unicodedata import bidirectional
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, get_timezone_gmt
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

from ...domain.inert import inert
from ...domain.phrase import AnyOf, Code, Hours, Local, Member, Number, Said, Value, Word
from ...domain.roster import built_in_names
from ...domain.wording import Unit, parts_of, words
from .english import LANGUAGES, Language

LOCALES = Path(__file__).parent / "locales"
WORD = "word"
"""The context of catalogues' words for identifiers."""

_UNITS: dict[Unit, str] = {"d": "duration-day", "h": "duration-hour", "min": "duration-minute", "s": "duration-second"}
_RIGHT_TO_LEFT = {"ar"}
_RIGHT_TO_LEFT_MARK = "\N{RIGHT-TO-LEFT MARK}"
_ARABIC = re.compile(r"(?:[^\w\u2066-\u2069]|\d)*[\u0600-\u06ff]")
_IN_FULL = {"ru": "d MMMM y 'года'"}
_SHORT = {"ru": "d MMM y"}  # the CLDR's ends with a full stop, which would double that of a sentence
_BETWEEN_DAY_AND_HOUR = {"ar": "، ", "zh": ""}
_WRITTEN_OUT = {"ar": "hmins", "ru": "d"}
"""Units written out in full: in Arabic, where abbreviations are not read; days in Russian."""
_BETWEEN_UNITS = {"ar": " و", "zh": ""}
_NUMBER_AND_YEAR = re.compile(r"[\w-]+ \(\d{4}\)")
_COLONS = {"fr": "\N{NO-BREAK SPACE}: ", "zh": "："}
_AND = {"ar": re.compile(r" و"), "es": re.compile(r" [ye] "), "fr": re.compile(r" et "), "ru": re.compile(r" и ")}
_COMMAS = {"ar": "، ", "zh": "、"}
_ARABIC_MONTHS = (  # as the documents of the United Nations name them, in use in the east and in the west
    *("كانون الثاني/يناير", "شباط/فبراير", "آذار/مارس", "نيسان/أبريل", "أيار/مايو", "حزيران/يونيه"),
    *("تموز/يوليه", "آب/أغسطس", "أيلول/سبتمبر", "تشرين الأول/أكتوبر", "تشرين الثاني/نوفمبر", "كانون الأول/ديسمبر"),
)
_TONGUES = {
    "ar/en": "الإنكليزية",
    "zh/ar": "阿拉伯文",
    "zh/zh": "中文",
    "zh/en": "英文",
    "zh/fr": "法文",
    "zh/ru": "俄文",
    "zh/es": "西班牙文",
}
"""Languages with another name at the United Nations than in the CLDR; in Chinese, the names of written languages."""
_CHINESE = "〇一二三四五六七八九"
_ORDINALS = (  # of an annex, which is masculine
    *("الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع", "العاشر"),
    *("الحادي عشر", "الثاني عشر", "الثالث عشر", "الرابع عشر", "الخامس عشر", "السادس عشر", "السابع عشر", "الثامن عشر"),
    "التاسع عشر",
)
_TENS = ("العشر", "الثلاث", "الأربع", "الخمس", "الست", "السبع", "الثمان", "التسع")
_FEMININE = {
    "ar": (
        *(
            ("الممثل الدائم", "الممثلة الدائمة"),
            ("القائم بأعمال", "القائمة بأعمال"),
            ("المبعوث الخاص", "المبعوثة الخاصة"),
        ),
        *(("الممثل", "الممثلة"), ("سفير", "سفيرة"), ("مفوض", "مفوضة"), ("ومفوض", "ومفوضة")),
        ("نائب الممثلة الدائمة", "نائبة الممثل الدائم"),
    ),
    "es": (
        *(("el Representante", "la Representante"), ("Permanente Adjunto", "Permanente Adjunta")),
        *(("el Encargado", "la Encargada"), ("Encargado", "Encargada"), ("el Enviado Especial", "la Enviada Especial")),
        *(("Enviado Especial", "Enviada Especial"), ("Embajador", "Embajadora")),
        ("Extraordinario y Plenipotenciario", "Extraordinaria y Plenipotenciaria"),
    ),
    "fr": (
        ("Représentant permanent adjoint", "Représentante permanente adjointe"),
        *(("Représentant permanent", "Représentante permanente"), ("Représentant", "Représentante")),
        *(("Chargé d’affaires", "Chargée d’affaires"), ("Envoyé spécial", "Envoyée spéciale")),
        *(("le Représentante", "la Représentante"), ("le Chargée", "la Chargée"), ("Ambassadeur", "Ambassadrice")),
    ),
}
"""Offices and ranks in the feminine, in the order of replacement."""
_NO_LONG_UNITS = {"zh"}  # where the CLDR's short form is the long one, Babel 2.18 finds none
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT_ISOLATE, _END = (
    "\N{LEFT-TO-RIGHT ISOLATE}",
    "\N{RIGHT-TO-LEFT ISOLATE}",
    "\N{POP DIRECTIONAL ISOLATE}",
)


@cache
def translation(code: str, *, strict: bool = False) -> Translation:
    """The language of that code, one of the five."""
    return Translation(code, strict=strict)


class Told(str):
    """A text that a language made, with its own marks of direction, which a field that holds it keeps.

    Whatever is made of it by adding or formatting is an ordinary text again, and inert.
    """

    __slots__ = ()


class _Strict(NullTranslations):
    """Refuses messages that the catalogue before it lacks."""

    def gettext(self, message: str) -> str:
        raise LookupError(f"not translated: {message!r}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:  # noqa: ARG002
        raise LookupError(f"not translated: {msgid1!r}")

    def pgettext(self, context: str, message: str) -> str:
        raise LookupError(f"not translated: the {context} {message!r}")


class Translation(Language):
    """A language with a catalogue. A message it lacks is in English; if it is ``strict``, it is refused."""

    def __init__(self, code: str, *, strict: bool = False) -> None:
        self.code = code
        self.direction = "rtl" if code in _RIGHT_TO_LEFT else "ltr"
        self.colon = _COLONS.get(code, self.colon)
        self._locale = Locale(code)
        with (LOCALES / code / "LC_MESSAGES" / "inblue.mo").open("rb") as file:
            self._catalogue = GNUTranslations(file)
        self._known = copy(self._catalogue)
        if strict:
            self._catalogue.add_fallback(_Strict())
        self._names = built_in_names("un-member-states")

    def again(self, said: Said) -> str:
        """As :meth:`.Language.again`."""
        text = self.template(said)
        if said.values:
            text = text.format(**{name: self._value(value) for name, value in said.values.items()})
        return self._whole(text)

    def written(self, text: str) -> str:
        """As :meth:`.Language.written`. People's own texts have no translation: they are never refused."""
        known = self._known.gettext(text) if text else text
        return inert(text) if known == text else self._whole(known)

    def apart(self, text: str) -> str:
        """As :meth:`.Language.apart`; marks are needed within Arabic alone."""
        if not isinstance(text, Told):
            text = inert(text)
        if self.direction != "rtl":
            return self.resolution(text) if _NUMBER_AND_YEAR.fullmatch(text) else text
        return Told(f"{_isolate(text)}{text}{_END}")

    def whole(self, text: str) -> str:
        """As :meth:`.Language.whole`."""
        return self._whole(text.lstrip(_RIGHT_TO_LEFT_MARK))

    def _whole(self, text: str) -> str:
        """A text in this language; in Arabic, marked so that a foreign first word does not set its direction."""
        if self.direction == "rtl" and not _ARABIC.match(text):
            text = f"{_RIGHT_TO_LEFT_MARK}{text}"
        return Told(text)

    def word(self, identifier: str) -> str:
        """As :meth:`.Language.word`."""
        return self._catalogue.pgettext(WORD, words(identifier))

    def member(self, member: str, names: Mapping[str, str] | None = None) -> str:
        """As :meth:`.Language.member`."""
        if (names is None or member in names) and member in self._names:
            return Told(self._names[member][self.code])
        return self.apart(member)

    def instant(self, at: datetime, zone: ZoneInfo) -> str:
        """As :meth:`.Language.instant`."""
        return self._instant(at, zone, fraction="")

    def day(self, day: date) -> str:
        """As :meth:`.Language.day`; written out, as in documents of the United Nations."""
        return Told(self._dated(day, _IN_FULL.get(self.code, "long")))

    def day_in_full(self, day: date) -> str:
        """As :meth:`.Language.day_in_full`."""
        return self.day(day)

    def _dated(self, day: date, form: str) -> str:
        if self.code == "ar":
            return f"{day.day} {_ARABIC_MONTHS[day.month - 1]} {day.year}"
        return format_date(day, form, locale=self._locale)

    def place_of(self, zone: ZoneInfo) -> str:
        """As :meth:`.Language.place_of`, from the CLDR."""
        city: str | None = self._locale.time_zones.get(str(zone.key), {}).get("city")
        return super().place_of(zone) if city is None else Told(city)

    def resolution(self, number: str) -> str:
        """As :meth:`.Language.resolution`: in Chinese without a space."""
        return number.replace(" (", "(") if self.code == "zh" else super().resolution(number)

    def of_member(self, member: str, names: Mapping[str, str] | None = None) -> str:
        """As :meth:`.Language.of_member`: in Arabic with a preposition; the others do without an article."""
        name = self.member(member, names)
        if self.code != "ar" or name == self.apart(member):
            return name
        return Told(f"لل{name[2:]}" if name.startswith("ال") else f"ل{name}")

    def duration(self, length: timedelta) -> str:
        """As :meth:`.Language.duration`."""
        return self._length(length, _WRITTEN_OUT)

    def margin(self, length: timedelta) -> str:
        """As :meth:`.Language.margin`: short, for a column."""
        said = self._length(abs(length), {})
        return self.say("-{length}", length=said) if length < timedelta(0) else said

    def _length(self, length: timedelta, written_out: Mapping[str, str]) -> str:
        parts = [
            format_unit(
                n, _UNITS[unit], "long" if unit in written_out.get(self.code, "") else "short", locale=self._locale
            )
            for n, unit in parts_of(length)
        ]
        if not parts:
            return self.say("less than {length}", length=timedelta(seconds=1))
        said = _BETWEEN_UNITS.get(self.code, " ").join(parts)
        return Told(re.sub(r"\b1 horas", "1 h", said))  # Babel 2.18 has no singular of that in Spanish

    def number(self, number: int) -> str:
        """As :meth:`.Language.number`."""
        return format_decimal(number, locale=self._locale)

    def join(self, items: Iterable[str]) -> str:
        """As :meth:`.Language.join`."""
        every = list(items)
        comma, et = _COMMAS.get(self.code, ", "), _AND.get(self.code)
        if et is None or any(et.search(item) for item in every):
            listed = comma.join(every)  # "and" occurs within a name, and would make one look like two
        else:
            listed = format_list(every, "standard", locale=self._locale)
        return Told(listed) if all(isinstance(item, Told) for item in every) else listed

    def tongue(self, code: str) -> str:
        """As :meth:`.Language.tongue`, from the CLDR, or as the United Nations calls them."""
        if (named := _TONGUES.get(f"{self.code}/{code}")) is not None:
            return named
        return self._locale.languages[code] if code in LANGUAGES else code

    def annex(self, number: int) -> str:
        """As :meth:`.Language.annex`."""
        if self.code == "ar":
            return Told(_ordinal(number)) if number < 100 else str(number)
        if self.code != "zh" or number >= 100:
            return super().annex(number)
        tens, ones = divmod(number, 10)
        return (_CHINESE[tens] if tens > 1 else "") + ("十" if tens else "") + (_CHINESE[ones] if ones else "")

    def of_a_woman(self, text: str) -> str:
        """As :meth:`.Language.of_a_woman`; Russian, as the United Nations writes it, and Chinese make no difference."""
        womans: str = text
        for office, feminine in _FEMININE.get(self.code, ()):
            womans = re.sub(rf"\b{office}\b", feminine, womans)
        return Told(womans) if isinstance(text, Told) else womans

    def annexes(self, first: int, last: int) -> str:
        """As :meth:`.Language.annexes`; after "from" and "to" an Arabic ordinal is in the genitive."""
        if self.code != "ar" or last >= 100:
            return super().annexes(first, last)
        ends = (Told(re.sub("ون$", "ين", _ordinal(number))) for number in (first, last))
        return self.say("annexes {first} to {last}", first=next(ends), last=next(ends))

    def template(self, said: Said) -> str:
        """As :meth:`.Language.template`."""
        if said.many is None:
            return self._catalogue.gettext(said.template)
        number = said.values["number"]
        return self._catalogue.ngettext(said.template, said.many, number.value if isinstance(number, Number) else 0)

    def _value(self, value: Value) -> str:
        match value:
            case Said():
                return self.again(value)
            case str():
                return self.apart(value)
            case int():
                return str(value)
            case datetime():
                return self._instant(value, UTC, fraction=f".{value:%f}" if value.microsecond else "")
            case date():
                return self.day(value)
            case timedelta():
                return self.duration(value)
            case Word() | Code():
                return self.word(value.name)
            case Member():
                return self.member(value.id)
            case Number():
                return self.number(value.value)
            case Hours():
                short = self.code in _NO_LONG_UNITS
                return format_unit(value.value, _UNITS["h"], "short" if short else "long", locale=self._locale)
            case Local():
                return self.instant(value.at, value.zone)
            case AnyOf():
                return format_list([self._value(item) for item in value.items], "or", locale=self._locale)
            case _:
                return self.join(self._value(item) for item in value)

    def _instant(self, at: datetime, where: tzinfo, *, fraction: str) -> str:
        local = at.astimezone(where)
        clock = format_skeleton("Hms", local, tzinfo=where, locale=self._locale) + fraction
        offset = get_timezone_gmt(local, "iso8601", locale=self._locale)
        if self.direction == "rtl":
            offset = f"{_LEFT_TO_RIGHT}{offset}{_END}"
        day = self._dated(local.date(), _SHORT.get(self.code, "medium"))
        between = _BETWEEN_DAY_AND_HOUR.get(self.code)
        dated = (
            self._locale.datetime_formats["medium"].format(clock, day) if between is None else f"{day}{between}{clock}"
        )
        return Told(f"{dated} {self._locale.zone_formats['gmt'] % offset}")


def _isolate(text: str) -> str:
    """The mark that gives ``text`` the direction of its first letter; for a number alone, that of its surroundings."""
    depth = 0
    for char in text:
        match bidirectional(char):
            case "LRI" | "RLI" | "FSI":
                depth += 1
            case "PDI":
                depth -= 1
            case "L" if not depth:
                return _LEFT_TO_RIGHT
            case "R" | "AL" if not depth:
                return _RIGHT_TO_LEFT_ISOLATE
    return _RIGHT_TO_LEFT_ISOLATE


def _ordinal(number: int) -> str:
    """An Arabic ordinal below a hundred."""
    if number < 20:
        return _ORDINALS[number - 1]
    tens, ones = divmod(number, 10)
    ten = f"{_TENS[tens - 2]}ون"
    return f"{'الحادي' if ones == 1 else _ORDINALS[ones - 1]} و{ten}" if ones else ten
