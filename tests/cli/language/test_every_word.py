"""The page, both papers and the watch in five languages: nothing is left in English, by catalogue or by template.

``strict`` languages refuse what their catalogue lacks. What a template says without asking a language would pass them;
this finds it, since it is the same in every language as in English.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from authority import Tsa
from desks import SYMBOL, Desk, opened, trust
from ledgers import SMALL
from make_vectors import vectors

from inblue.cli.compendium.annexes import Annexes
from inblue.cli.documents.html import html_of
from inblue.cli.documents.page import build_page
from inblue.cli.documents.record_pdf import record_pdf
from inblue.cli.documents.typeset import typeset
from inblue.cli.language.choose import language
from inblue.cli.language.english import Language
from inblue.cli.language.update_catalogues import TRANSLATED, NotLiteral, extract
from inblue.cli.terminal.watch import Watched, lines_of
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.projections.compendium import compendium_of
from inblue.ledger.projections.record import record_of

VOTES = ("S/2020/240", "SIM/2026/1", "SIM/A/74/L.1")
OTHERS = pytest.mark.parametrize("code", TRANSLATED)
NOT_LATIN = pytest.mark.parametrize("code", ["ar", "zh", "ru"])
DAY = datetime(2020, 3, 30, 12, tzinfo=UTC)
OURS = {"inblue", "README", "SHA-256", "inblue verify vote.zip", "inblue report vote.zip -o report.html"}
OURS |= {"Distr.: General", "fixed"}  # as on documents of every language; and how a row is set, which is not text
OURS |= {"What's in Blue,"}  # a publication, before its date


@pytest.fixture(scope="module")
def book(histories: Path) -> Iterator[Ledger]:
    with Ledger.open(histories, read_only=True) as ledger:
        yield ledger


@pytest.fixture(scope="module")
def bundles(book: Ledger, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    return {
        symbol: export(book, folder / f"{number}.zip", vote=symbol).path for number, symbol in enumerate(VOTES, start=1)
    }


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Path, Tsa]:
    """An open vote with timestamps of two authorities, of whom one is trusted."""
    folder = tmp_path_factory.mktemp("stamped")
    one, two = Tsa.make(folder / "one", "one"), Tsa.make(folder / "two", "two")
    desk = opened(one, two)
    desk.at(2).cast("CHN", file=b"China votes in favour.")
    desk.stamp()
    return desk, export(desk.ledger, folder / "vote.zip", vote=SYMBOL, include_open=True).path, one


def seen(page: str) -> set[str]:
    """The texts of a page, with their accessible names; not commands and checkpoints."""
    labels = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', page)
    body = re.sub(r"(?s)<(script|style|pre|code)\b.*?</\1>", "", page)
    return {" ".join(html.unescape(each).split()) for each in (*re.split(r"<[^>]+>", body), *labels)} - {""}


def english(said: Iterable[str], as_in_english: Iterable[str], written: str) -> list[str]:
    """What is the same in English, has Latin words, and is not from the ledger."""
    same = set(said) & set(as_in_english)
    return sorted(each for each in same if not all(part in written for part in parts(each)))


def parts(said: str) -> list[str]:
    """What may come from different places in a text: a name, a note on it, a number of pages."""
    found = (part.strip() for part in re.split(r": | \(|\)|\d+/\d+$", said) if said not in OURS)
    return [part for part in found if re.search("[A-Za-z]{3}", part)]


def written_in(book: Ledger, symbol: str) -> str:
    """Whatever people wrote into the ledger, and its names, keys and ids."""
    acts = "\n".join(str(each.act.json_value()) for each in book.acts(symbol))
    state = book.vote(symbol)
    register = book.register()
    keys = "\n".join(map(str, (*register.grants, *register.log_keys)))
    return "\n".join((acts, keys, symbol, state.procedure.zone, *state.procedure.names))


# By catalogue


@OTHERS
def test_all_that_a_page_says_is_translated(bundles: dict[str, Path], code: str) -> None:
    lang = language(code, strict=True)
    for symbol, bundle in bundles.items():
        page = build_page(bundle, symbol, None, lang)
        assert f'lang="{code}" dir="{lang.direction}"' in page.html


@pytest.mark.long
@OTHERS
def test_all_that_a_page_says_of_timestamps_of_an_open_vote_and_of_a_broken_bundle_is_translated(
    stamped: tuple[Desk, Path, Tsa], code: str, tmp_path: Path
) -> None:
    lang = language(code, strict=True)
    _, bundle, known = stamped
    assert build_page(bundle, SYMBOL, trust(known), lang).verification.timestamps
    for vector in vectors():
        if vector.alone is None:
            continue
        path = tmp_path / f"{vector.name}.zip"
        path.write_bytes(vector.raw)
        assert build_page(path, SMALL, None, lang).html


@pytest.mark.long
@OTHERS
def test_all_that_papers_say_is_translated(book: Ledger, bundles: dict[str, Path], code: str) -> None:
    lang = language(code, strict=True)
    for symbol, bundle in bundles.items():
        found = verify_bundle(bundle)
        assert record_pdf([record_of(found.states[symbol])], found, lang)
        annexes = Annexes(compendium_of(book.vote(symbol), book.files), lang)
        assert html_of(annexes.title, annexes.blocks(), lang)


@OTHERS
def test_all_that_the_watch_says_is_translated(book: Ledger, stamped: tuple[Desk, Path, Tsa], code: str) -> None:
    lang = language(code, strict=True)
    for ledger, symbol in (*((book, symbol) for symbol in VOTES), (stamped[0].ledger, SYMBOL)):
        watched = Watched(ledger, symbol)
        watched.look()
        for height in (60, 8):
            assert lines_of(watched, stamped[0].now, lang, 80, height)


# By template


@NOT_LATIN
def test_no_text_of_a_page_is_left_in_english(book: Ledger, bundles: dict[str, Path], code: str) -> None:
    for symbol, bundle in bundles.items():
        said, as_in_english = (seen(build_page(bundle, symbol, None, lang).html) for lang in both(code))
        assert english(said, as_in_english, written_in(book, symbol)) == []


@NOT_LATIN
def test_no_text_of_a_compendium_is_left_in_english(book: Ledger, code: str) -> None:
    for symbol in VOTES:
        made = compendium_of(book.vote(symbol), book.files)
        kept = {"quote", "masthead"} if code == "zh" else {"quote"}  # documents in Chinese have their head in English
        said, as_in_english = (
            set(texts([block for block in Annexes(made, lang).blocks() if block["kind"] not in kept]))
            for lang in both(code)
        )
        assert english(said, as_in_english, written_in(book, symbol)) == []


@pytest.mark.long
@NOT_LATIN
def test_no_line_of_a_paper_is_left_in_english(book: Ledger, bundles: dict[str, Path], code: str) -> None:
    for symbol, bundle in bundles.items():
        found = verify_bundle(bundle)
        said, as_in_english = (
            lines_in(record_pdf([record_of(found.states[symbol])], found, lang)) for lang in both(code)
        )
        wrapped = " ".join(written_in(book, symbol).split())
        ids = "\n".join(clause.id for clause in found.states[symbol].procedure.clauses)
        assert english(said, as_in_english, f"{wrapped}\n{ids}\n{found.checkpoint}") == []


@NOT_LATIN
def test_no_line_of_the_watch_is_left_in_english(stamped: tuple[Desk, Path, Tsa], code: str) -> None:
    desk, _, _ = stamped
    watched = Watched(desk.ledger, SYMBOL)
    watched.look()
    said, as_in_english = (
        {re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in lines_of(watched, desk.now, lang, 80, 40)}
        for lang in both(code)
    )
    assert english(said, as_in_english, written_in(desk.ledger, SYMBOL)) == []


def test_what_looks_for_english_finds_it() -> None:
    said = {"Left in English", "S/1", "by a person"}
    assert english(said, said, "said by a person") == ["Left in English"]


def both(code: str) -> tuple[Language, Language]:
    return language(code), language(None)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            if name not in {"kind", "lang", "mime", "href", "name"}:
                yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def lines_in(pdf: bytes) -> set[str]:
    document = pypdfium2.PdfDocument(pdf)
    return {" ".join(line.split()) for page in document for line in page.get_textpage().get_text_bounded().splitlines()}


# By extraction


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cli/x.py", "lang.say(words)"),
        ("cli/x.py", 'say("a" if one else "b")'),
        ("cli/x.py", 'lang.say(f"{member} replied")'),
        ("cli/x.py", 'self.language.plural("{number} entry", many, 2)'),
        ("domain/x.py", "Said.of(clause.text)"),
        ("cli/x.html", "{{ say(title) }}"),
        ("cli/x.html", '{{ say("a" ~ name) }}'),
        ("cli/x.html", '{{ plural("{number} entry", many, 2) }}'),
    ],
)
def test_what_no_extraction_can_find_is_refused_with_its_place(tmp_path: Path, name: str, said: str) -> None:
    for folder in ("domain/procedures", "ledger", "cli"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / name).write_text(f"\n{said}\n")
    with pytest.raises(NotLiteral, match=f"{name}:2: give "):
        extract(tmp_path)


# What is set apart


def test_on_arabic_paper_words_are_set_apart_and_nothing_else_turns_a_line() -> None:
    lang = language("ar")
    title = lang.say("Draft {symbol}", symbol="S/1")
    hostile = "a \u2068 b \u202e c"
    blocks = [{"kind": "text", "text": each} for each in (title, hostile)]
    pdf = typeset("paper.typ", {"title": title, "footer": "f", "blocks": blocks}, lang, made_at=DAY)
    said = " ".join(lines_in(pdf))  # which gives the letters of a line from right to left in an order of its own
    assert (said.count("2068"), said.count("202")) == (1, 1)
    assert "2069" not in said
