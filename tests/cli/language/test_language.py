"""The six languages: catalogues that are whole, and what they say of the histories in examples/."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from command_line import call
from paths import INBLUE, ROOT
from rich.cells import cell_len

from inblue.cli.language.choose import language
from inblue.cli.language.english import ENGLISH, LANGUAGES
from inblue.cli.language.update_catalogues import TRANSLATED, extract, mo_bytes, po_bytes, updated
from inblue.cli.terminal.wrap import _ends  # the rule itself: rich decides the rest
from inblue.domain.errors import Malformed
from inblue.domain.instant import Span
from inblue.domain.phrase import AnyOf, Local, Member, Number, Said, Word
from inblue.domain.procedure import built_in_procedure
from inblue.domain.roster import built_in_members, built_in_names
from inblue.domain.zone import zone

LOCALES = ROOT / "cli" / "language" / "locales"
DEADLINE = datetime(2026, 3, 8, 19, 0, tzinfo=UTC)
OTHERS = pytest.mark.parametrize("code", TRANSLATED)


def po(code: str) -> Path:
    return LOCALES / code / "LC_MESSAGES" / "inblue.po"


def catalogue(code: str) -> Catalog:
    return read_po(BytesIO(po(code).read_bytes()), locale=code)


def messages(code: str) -> list[Message]:
    return [message for message in catalogue(code) if message.id]


def forms(message: Message) -> tuple[str, ...]:
    return (message.string or "",) if isinstance(message.string, str | None) else tuple(message.string)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.fixture(scope="module")
def ledger(histories: Path) -> Path:
    return histories


def inblue(ledger: Path, *words: object, status: int = 0, **environment: str) -> str:
    given = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger), "INBLUE_PASSPHRASE": "four words nobody says"}
    done = call([INBLUE, *map(str, words)], env={**given, **environment})
    assert (done.returncode, bool(done.stderr)) == (status, status != 0), done.stderr
    return done.stdout + done.stderr


# Catalogues


@pytest.mark.long
def test_the_template_is_what_extraction_gives() -> None:
    assert (LOCALES / "inblue.pot").read_bytes() == po_bytes(extract(ROOT)), "run make messages"


@pytest.mark.long
@OTHERS
def test_a_catalogue_is_what_extraction_gives_and_is_compiled_from_that(code: str) -> None:
    written = po(code).read_bytes()
    catalog = updated(code, extract(ROOT), written)
    assert po_bytes(catalog) == written, "run make messages"
    assert po(code).with_suffix(".mo").read_bytes() == mo_bytes(catalog), "run make messages"


@OTHERS
def test_every_message_is_translated_in_every_form_and_none_is_a_guess(code: str) -> None:
    catalog = catalogue(code)
    for message in messages(code):
        assert all(forms(message)), f"{code}: {message.id} is not translated"
        assert not message.fuzzy, f"{code}: {message.id} is fuzzy"
        if message.pluralizable:
            assert len(forms(message)) == catalog.num_plurals


@OTHERS
def test_a_translation_has_the_fields_of_its_message(code: str) -> None:
    for message in messages(code):
        one = message.id if isinstance(message.id, str) else message.id[0]
        for form in forms(message):
            assert fields(form) == fields(one), f"{code}: {message.id}"


def test_a_missing_translation_is_found(tmp_path: Path) -> None:
    template = extract(ROOT)
    template.add("a sentence nobody has translated")
    added = updated("fr", template, po("fr").read_bytes()).get("a sentence nobody has translated")
    assert added is not None
    assert not added.string


def test_every_template_in_the_code_is_given_the_fields_it_has() -> None:
    for path in sorted(path for folder in ("domain", "ledger", "cli") for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="Said"), attr="of"), args=[ast.Constant(value=str(text))]
                ):
                    given = {keyword.arg for keyword in node.keywords}
                    assert None in given or given == fields(text), f"{path.name}: {text}"


# What is said


def test_english_is_said_word_for_word_as_records_have_it() -> None:
    said = Said.of("{member}: {position}", member=Member("BEL"), position=Word("in_favour"))
    assert ENGLISH.say(said) == said == "BEL: in favour"
    assert ENGLISH.say("{a} of {b}", a=1, b=Number(2000)) == "1 of 2,000"
    assert (language(None), language("en")) == (ENGLISH, ENGLISH)


@pytest.mark.parametrize(
    ("code", "positions"),
    [
        ("ar", ["مؤيد", "معارض", "ممتنع", "غائب"]),
        ("zh", ["赞成", "反对", "弃权", "缺席"]),
        ("en", ["in favour", "against", "abstention", "absent"]),
        ("fr", ["pour", "contre", "abstention", "absent"]),
        ("ru", ["за", "против", "воздержание", "отсутствие"]),
        ("es", ["a favor", "en contra", "abstención", "ausente"]),
    ],
)
def test_positions_are_said_in_the_terms_of_the_united_nations(code: str, positions: list[str]) -> None:
    council = built_in_procedure("unsc-2020-253")
    said = [language(code, strict=True).word(name) for name in (*council.choices, council.silence.means)]
    assert said == positions


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [
        ("ru", 1, "1 запись"),
        ("ru", 3, "3 записи"),
        ("ru", 5, "5 записей"),
        ("ru", 11, "11 записей"),
        ("ru", 21, "21 запись"),
        ("ar", 0, "لا قيود (0)"),
        ("ar", 1, "قيد واحد (1)"),
        ("ar", 2, "قيدان (2)"),
        ("ar", 3, "3 قيود"),
        ("ar", 11, "11 قيدا"),
        ("ar", 100, "100 قيد"),
        ("fr", 0, "0 écriture"),
        ("fr", 2, "2 écritures"),
        ("zh", 7, "7个条目"),
    ],
)
def test_a_number_takes_the_form_that_the_language_asks_for(code: str, number: int, said: str) -> None:
    spoken = language(code, strict=True).plural("{number} entry", "{number} entries", number)
    assert spoken.removeprefix("\N{RIGHT-TO-LEFT MARK}") == said  # which holds a leading number to its side


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_deadline_is_the_same_instant_in_every_language(code: str) -> None:
    said = language(code, strict=True).instant(DEADLINE, zone("America/New_York"))
    assert "15:00:00" in said
    assert re.search(r"-04(:00)?", said)
    assert {"2026", "8" if code != "en" else "08"} <= set(re.findall(r"\d+", said))


def test_dates_durations_and_lists_follow_the_cldr() -> None:
    day = date(2020, 3, 27)
    written_out = {"ar": "27 آذار/مارس 2020", "es": "27 de marzo de 2020", "fr": "27 mars 2020"}
    written_out |= {"ru": "27 марта 2020 года", "zh": "2020年3月27日"}
    assert {code: language(code).day(day) for code in TRANSLATED} == written_out
    assert language("zh").duration(timedelta(hours=5, minutes=3)) == "5小时3分钟"
    assert language("ru").duration(timedelta(microseconds=3)) == "менее 1 с"
    assert language("es").join(["a", "b", "c"]) == "a, b y c"
    assert language("es").join(["a", "San Vicente y las Granadinas", "c"]) == "a, San Vicente y las Granadinas, c"
    assert (
        language("zh").say("{choice} {number}", choice=(Member("FRA"), Member("VCT")), number=1)
        == "法国、圣文森特和格林纳丁斯 1"
    )
    either = AnyOf((Word("letter"), Word("note_verbale")))
    assert (
        language("fr").say("{comparison}; or {other}", comparison="x", other=either).endswith("lettre ou note verbale")
    )


def test_an_instant_in_a_sentence_keeps_its_microseconds() -> None:
    at = datetime(2020, 3, 27, 18, 0, 0, 5, tzinfo=UTC)
    for code in TRANSLATED:
        assert "18:00:00.000005" in language(code).say("acknowledged {at}", at=at)
        assert "14:00:00 " in language(code).say(
            "deadline moved to {closes}", closes=Local(at, zone("America/New_York"))
        )


def test_what_is_known_of_an_hour_is_said_whole() -> None:
    for code in TRANSLATED:
        lang = language(code, strict=True)
        for span in (Span(), Span(DEADLINE, None), Span(None, DEADLINE), Span(DEADLINE, DEADLINE + timedelta(days=1))):
            assert lang.span(span, zone("UTC"))


def test_within_arabic_a_symbol_keeps_its_own_direction() -> None:
    said = language("ar").say("draft {symbol} circulated: {question}", symbol="S/2020/240", question="q")
    assert "\N{LEFT-TO-RIGHT ISOLATE}S/2020/240\N{POP DIRECTIONAL ISOLATE}" in said
    assert (language("ar").direction, language("zh").direction) == ("rtl", "ltr")


def test_what_is_not_translated_is_said_in_english_and_refused_where_one_is_strict() -> None:
    assert language("fr").say("nobody said this") == "nobody said this"
    assert language("fr").word("no_such_word") == "no such word"
    strict = language("fr", strict=True)
    for say in (strict.say, strict.word):
        with pytest.raises(LookupError, match="nobody said this"):
            say("nobody said this")
    with pytest.raises(LookupError, match="one thing"):
        strict.plural("one thing", "many things", 2)


@pytest.mark.parametrize("code", ["", "de", "EN", "zh_CN", "../fr"])
def test_a_code_of_no_language_is_refused_with_the_six(code: str) -> None:
    with pytest.raises(Malformed, match="ar, zh, en, fr, ru, es"):
        language(code)


# Names of members


def test_every_member_state_has_a_name_in_every_language() -> None:
    names = built_in_names("un-member-states")
    assert list(names) == list(built_in_members("un-member-states"))
    for member, each in names.items():
        assert set(each) == set(TRANSLATED), member
        assert all(text and text == text.strip() for text in each.values()), member
    for code in TRANSLATED:
        assert len({each[code] for each in names.values()}) == len(names), f"{code}: two members of one name"


def test_the_fifteen_are_called_as_the_chinese_document_calls_them() -> None:
    fifteen = (
        "比利时 中国 多米尼加共和国 爱沙尼亚 法国 德国 印度尼西亚 尼日尔 俄罗斯联邦 圣文森特和格林纳丁斯 南非 突尼斯 "
        "大不列颠及北爱尔兰联合王国 美利坚合众国 越南"
    )
    ids = "BEL CHN DOM EST FRA DEU IDN NER RUS VCT ZAF TUN GBR USA VNM"
    assert [language("zh").member(member) for member in ids.split()] == fifteen.split()


def test_a_member_of_another_body_is_not_a_namesake_of_a_member_state() -> None:
    assert language("fr").member("LUX", {"SEA": "Seattle"}) == "LUX"
    assert language("fr").member("LUX", built_in_members("un-member-states")) == "Luxembourg"
    assert ENGLISH.member("LUX") == "Luxembourg"


# The commands


@pytest.fixture
def shown_by(ledger: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command prints. It runs by its entry point in this process, since starting a process each time is slow."""
    from inblue.cli.main import run

    monkeypatch.setenv("INBLUE_LEDGER", str(ledger))

    def show(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["inblue", *words])
        assert run() == 0
        said = capsys.readouterr()
        assert said.err == ""
        return said.out

    return show


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("command", [("status",), ("replay",), ("replay", "--step"), ("audit",), ("verify",)])
def test_every_line_fits_80_columns_in_every_language(
    shown_by: Callable[..., str], command: tuple[str, ...], code: str
) -> None:
    votes = ("S/2020/240", "SIM/2026/1", "SIM/A/74/L.1") if command != ("verify",) else (None,)
    for vote in votes:
        shown = shown_by(*command, *(["--vote", vote] if vote else []), "--lang", code)
        if command != ("verify",):  # a root is as long as it is
            assert max(map(cell_len, shown.splitlines())) <= 80, shown
        if code == "zh":
            assert not re.search(r"[\u4e00-\u9fff][:;,?!]", shown), shown


@OTHERS
def test_nothing_that_the_commands_say_of_three_histories_is_untranslated(
    ledger: Path, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from inblue.cli.procedures.opened_by import print_procedure
    from inblue.cli.terminal.history import print_history, print_step
    from inblue.cli.terminal.record import print_record
    from inblue.cli.terminal.roll_call import print_roll_call, print_votes
    from inblue.cli.terminal.verification import print_short, print_verification
    from inblue.ledger.audit.whole_ledger import verify
    from inblue.ledger.ledger import Ledger
    from inblue.ledger.projections.record import record_of
    from inblue.ledger.projections.replay import history
    from inblue.ledger.projections.roll_call import roll_call

    lang = language(code, strict=True)
    with Ledger.open(ledger, read_only=True) as book:
        for symbol in book.votes():
            state = book.vote(symbol)
            steps = list(history(book.acts(symbol), book.documents))
            record = record_of(state)
            print_roll_call(roll_call(state, DEADLINE), lang, moment=True)
            print_history(steps, lang)
            for number, step in enumerate(steps, start=1):
                print_step(step, number, len(steps), lang)
                print_roll_call(step.after, lang)
                print_record(record_of(step.after.state), lang)
            print_record(record, lang)
            print_procedure(state.procedure, lang)
            print_short("proven", [(symbol, each) for each in record.replies], lang=lang)
            for each in record.replies:
                assert all(lang.again(evidence.text) for evidence in each.verdict.evidence)
        print_votes([roll_call(book.vote(symbol), DEADLINE) for symbol in book.votes()], lang)
        print_votes([], lang)
        print_verification("ledger", verify(book.streams, book.log, book.files), lang)
    assert "{" not in capsys.readouterr().out


def test_the_environment_chooses_the_language_and_the_option_overrules_it(ledger: Path) -> None:
    words = ("audit", "--vote", "S/2020/240")
    assert "一致通过" in inblue(ledger, *words, INBLUE_LANG="zh")
    assert "adoptado" not in inblue(ledger, *words, "--lang", "es", INBLUE_LANG="zh")
    assert "aprobado por unanimidad" in inblue(ledger, *words, "--lang", "es", INBLUE_LANG="zh")
    assert inblue(ledger, *words, INBLUE_LANG="") == inblue(ledger, *words)


def test_json_is_the_same_in_every_language(ledger: Path) -> None:
    assert inblue(ledger, "audit", "--json", "--lang", "ar") == inblue(ledger, "audit", "--json")


def test_an_unknown_language_is_one_line_and_status_2(ledger: Path) -> None:
    said = inblue(ledger, "status", "--lang", "de", status=2)
    assert said.count("\n") == 1
    assert "ar, zh, en, fr, ru, es" in said


@pytest.mark.parametrize("words", [["--help"], ["status", "--help"], ["audit"], ["verify"]])
def test_what_is_said_in_english_imports_no_babel(ledger: Path, words: list[str]) -> None:
    code = "import sys; from inblue.cli.main import run; run(); sys.stdout.flush(); assert 'babel' not in sys.modules"
    given = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger)}
    done = subprocess.run([sys.executable, "-c", code, *words], env=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# Lines


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("赞成反对弃权", 6, ["赞成反", "对弃权"]),
        ("赞成，反对", 4, ["赞", "成，", "反对"]),
        ("成员CHN、USA", 7, ["成员", "CHN、", "USA"]),
        ("（赞成）反对", 6, ["（赞", "成）反", "对"]),
        ("avis\u00a0: non", 6, ["avis\u00a0: ", "non"]),
        ("赞成 ABCDEFGHIJ", 6, ["赞成 ", "ABCDEF", "GHIJ"]),
    ],
)
def test_chinese_breaks_between_characters_and_never_before_a_stop(text: str, width: int, lines: list[str]) -> None:
    ends = [0, *_ends(text, width), len(text)]
    assert [text[a:b] for a, b in pairwise(ends)] == lines
