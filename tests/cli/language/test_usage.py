"""How each language is written in its catalogue: terms that stay apart, plurals, colons, quotes, directions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import permutations

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from paths import ROOT

from inblue.cli.documents.marked import html_of_runs
from inblue.cli.language.choose import language
from inblue.cli.language.own_words import from_outside
from inblue.cli.language.update_catalogues import TRANSLATED
from inblue.domain.said_counts import said_count, said_counts
from inblue.domain.zone import zone

OTHERS = pytest.mark.parametrize("code", TRANSLATED)
STEMS = {  # of proven, attested, documented, none, witness, cosignature, timestamp
    "ar": ("مثبت", "مصدَّق", "وثائق", "لا شيء", "شاهد", "مشترك", "زمني"),
    "es": ("probad", "acredit", "document", "ningun", "testig", "cofirm", "tiempo"),
    "fr": ("prouv", "attest", "document", "néant", "témoin", "cosign", "horodat"),
    "ru": ("доказ", "завер", "документ", "нет", "свидетел", "соподпис", "метк"),
    "zh": ("已证明", "证实", "有文件", "无", "见证", "会签", "时间戳"),
}
WITNESSING = {
    "ar": "شاهد|شهود|يشهد|(?<!س)تشهد|مشهود",
    "es": "testig",
    "fr": "témoin|témoign",
    "ru": "свидетел|засвидетельств",
    "zh": "见证",
}
TALLIES = {
    "ar": ["لا ممتنع (0)", "ممتنع واحد (1)", "ممتنعان (2)", "3 ممتنعين", "11 ممتنعا", "100 ممتنع"],
    "en": ["abstentions 0", "abstention 1", "abstentions 2", "abstentions 3", "abstentions 11", "abstentions 100"],
    "es": ["0 abstenciones", "1 abstención", "2 abstenciones", "3 abstenciones", "11 abstenciones", "100 abstenciones"],
    "fr": ["0 abstention", "1 abstention", "2 abstentions", "3 abstentions", "11 abstentions", "100 abstentions"],
    "ru": [
        "воздержались 0",
        "воздержался 1",
        "воздержались 2",
        "воздержались 3",
        "воздержались 11",
        "воздержались 100",
    ],
    "zh": ["弃权0", "弃权1", "弃权2", "弃权3", "弃权11", "弃权100"],
}
HAN = "\u2e80-\u9fff\u3000-\u303f\uff00-\uffef"
WRONG = {  # what no message of a language has, outside a foreign title
    "ar": r"[\u0600-\u06ff]\s*[,;?]|[\"“”]|\u064b\u0627",
    "es": r"[\"“”]",
    "fr": r"[\"“”]|\w'\w|(?<![\u00a0\u202f])[;?!»]|[^\u00a0\u202f\d]:(?!//)|«(?![\u00a0\u202f])",
    "ru": r"[\"“”ёЁ]",
    "zh": rf"[{HAN}] |(?<=\S) (?=[{HAN}])|[{HAN}}}][:;,?!]|[:;,?!][{HAN}]|[\"«»]",
}


def messages(code: str) -> Iterator[tuple[Message, str, str]]:
    """Each message with its English and a form of its translation."""
    path = ROOT / "cli" / "language" / "locales" / code / "LC_MESSAGES" / "inblue.po"
    for message in read_po(BytesIO(path.read_bytes()), locale=code):
        if message.id:
            english = message.id if isinstance(message.id, str) else message.id[0]
            for form in [message.string] if isinstance(message.string, str) else message.string or ():
                yield message, english, form


@OTHERS
def test_how_strongly_is_said_by_words_of_which_none_is_within_another(code: str) -> None:
    lang = language(code, strict=True)
    said = [lang.word(name) for name in ("proven", "attested", "documented", "none", "witness")]
    said += [lang.say("Cosignatures"), lang.say("Timestamps")]
    said = [word.lower() for word in said]
    assert len(set(said)) == len(said)
    for (stem, own), (_, other) in permutations(zip(STEMS[code], said, strict=True), 2):
        assert stem in own
        assert stem not in other


@OTHERS
def test_only_a_witness_witnesses(code: str) -> None:
    for _, english, form in messages(code):
        about_witnesses = re.search("witness|one who counts", english.lower())
        assert about_witnesses or not re.search(WITNESSING[code], form), f"{english}: {form}"


@pytest.mark.parametrize("code", ["en", *TRANSLATED])
def test_a_tally_agrees_with_its_number(code: str) -> None:
    lang = language(code, strict=True)
    said = [lang.again(said_count("abstention", number)) for number in (0, 1, 2, 3, 11, 100)]
    assert [text.removeprefix("\N{RIGHT-TO-LEFT MARK}") for text in said] == TALLIES[code]


def test_a_list_of_counts_is_one_sentence() -> None:
    counts = said_counts({"in_favour": 13, "against": 1, "abstention": 1, "absent": 6, "lgtm": 2})
    assert language("fr").say("{counts}; {outcome}", counts=counts, outcome="x") == (
        "13 pour, 1 contre, 1 abstention, 6 absents et LGTM 2\u00a0; x"
    )


def test_of_arabic_forms_the_one_for_11_to_99_is_in_the_accusative() -> None:
    for message, _, _ in messages("ar"):
        if message.pluralizable:
            assert isinstance(message.string, tuple)
            hundred, eleven = message.string[4:6]
            assert len(eleven) >= len(hundred), message.id


@OTHERS
def test_no_message_has_the_marks_of_another_language(code: str) -> None:
    for _, english, form in messages(code):
        own = re.sub(r"What's in Blue|https?://\S+", "", form)
        assert not re.search(WRONG[code], own), f"{english}: {form}"


@OTHERS
def test_a_message_ends_as_its_english_does(code: str) -> None:
    for _, english, form in messages(code):
        for end, ends in ((".", ".。"), (":", ":：")):
            abbreviated = code == "ru" and form.endswith((" подтв.", "засчит.", "подтв."))
            assert abbreviated or (english.rstrip()[-1] == end) == (form.rstrip()[-1] in ends), f"{english}: {form}"


def test_a_dated_sentence_has_one_full_stop() -> None:
    russian, at = language("ru"), datetime(2020, 3, 30, 18, tzinfo=UTC)
    for when in (russian.day(at.date()), russian.instant(at, zone("UTC"))):
        assert "г." not in when
        assert ".." not in russian.say("{end}.", end=when)
    assert language("ru").say("dated {dated}", dated=date(2020, 3, 30)) == "дата: 30 марта 2020 года"


def test_a_number_in_arabic_runs_as_the_sentence_does_and_a_symbol_as_latin() -> None:
    arabic = language("ar")
    assert arabic.say("as resolution {number}", number="2518 (2020)") == "القرار \u20672518 (2020)\u2069"
    for text, isolate in (("S/2020/240", "\u2066"), ("74/544 A", "\u2066"), ("بلجيكا", "\u2067"), ("74/544", "\u2067")):
        assert arabic.apart(text) == f"{isolate}{text}\u2069"
    assert arabic.apart("\u2067x\u2069 بلجيكا").startswith("\u2066<U+2067>"), "an outsider's marks are written out"


def test_annexes_in_arabic_are_counted_in_words() -> None:
    arabic = language("ar")
    said = {1: "الأول", 2: "الثاني", 11: "الحادي عشر", 19: "التاسع عشر", 20: "العشرون", 21: "الحادي والعشرون"}
    assert {number: arabic.annex(number) for number in said} == said
    assert re.sub("[\u2066-\u2069]", "", arabic.annexes(17, 20)) == "المرفقات من السابع عشر إلى العشرين"
    assert arabic.annex(193) == "193"


def test_in_arabic_a_member_comes_after_its_preposition() -> None:
    members = ("BEL", "RUS", "USA", "LBN", "DEU")
    said = [language("ar").of_member(member) for member in members]
    assert said == ["لبلجيكا", "للاتحاد الروسي", "للولايات المتحدة الأمريكية", "للبنان", "لألمانيا"]


def test_what_a_person_wrote_is_marked_by_its_script_where_the_reader_has_another() -> None:
    title = "Safety of peacekeepers"
    marked = '<bdi lang="und-Latn">Safety of peacekeepers</bdi>'
    assert {code: html_of_runs(from_outside(title, language(code))) for code in ("fr", "zh", "ar")} == {
        "fr": marked,
        "zh": marked,
        "ar": marked,
    }
    assert html_of_runs(from_outside(title, language("en"))) == title
    assert html_of_runs(from_outside("决议草案", language("zh"))) == "决议草案"
    assert html_of_runs(from_outside("决议草案", language("en"))) == '<bdi lang="und-Hani">决议草案</bdi>'
    assert html_of_runs(from_outside("2020", language("fr"))) == "2020"


@pytest.mark.parametrize(
    ("code", "said", "margin"),
    [
        ("ar", "ساعة و5 دقائق", "1 س و5 د"),
        ("es", "1 h 5 min", "1 h 5 min"),
        ("ru", "1 ч 5 мин", "1 ч 5 мин"),
        ("zh", "1小时5分钟", "1小时5分钟"),
    ],
)
def test_a_length_of_time_is_in_words_that_are_read_so(code: str, said: str, margin: str) -> None:
    lang = language(code, strict=True)
    assert lang.duration(timedelta(hours=1, minutes=5)) == said
    assert lang.margin(timedelta(hours=1, minutes=5)) == margin
    assert re.sub("[\u200f\u2066-\u2069]", "", lang.margin(timedelta(hours=-1, minutes=-5))) == f"-{margin}"
    assert lang.duration(timedelta(days=2)) == {"ar": "يومان", "es": "2 d", "ru": "2 дня", "zh": "2天"}[code]
