"""One deadline everywhere: every output gives the one that follows from the opening entry, in every language."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pypdfium2
import pytest
from command_line import call
from paths import EXAMPLES, INBLUE, ROOT
from rich.cells import cell_len, set_cell_size

from inblue.cli.compendium.annexes import Annexes
from inblue.cli.documents.html import html_of
from inblue.cli.documents.page import build_page
from inblue.cli.documents.record_pdf import record_pdf
from inblue.cli.language.choose import language
from inblue.cli.language.english import LANGUAGES, Language
from inblue.cli.letters.letter import drafted
from inblue.cli.letters.words import Wanted, Words
from inblue.cli.terminal.history import print_history, print_step
from inblue.cli.terminal.record import print_record
from inblue.cli.terminal.roll_call import print_roll_call
from inblue.cli.terminal.watch import Watched, lines_of
from inblue.domain.instant import format_instant, parse_instant
from inblue.domain.phrase import Local
from inblue.domain.window import closing_of
from inblue.domain.zone import zone
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.projections.compendium import compendium_of
from inblue.ledger.projections.record import record_of
from inblue.ledger.projections.replay import history
from inblue.ledger.projections.roll_call import roll_call

SYMBOL = "SIM/2026/1"  # it is open while clocks change in New York, so that 24 hours are not the same hour next day
ZONE = zone("America/New_York")
MARKS = dict.fromkeys(map(ord, "\u200f\u2066\u2067\u2068\u2069"))


class Vote(NamedTuple):
    """A ledger with the vote, a bundle of it, and the deadline derived from the opening entry alone."""

    book: Ledger
    bundle: Path
    deadline: datetime


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("deadline") / "ledger.db"
    inblue(path, "play", EXAMPLES / "simulated.case.json")
    return path


@pytest.fixture(scope="module")
def vote(ledger: Path) -> Iterator[Vote]:
    bundle = ledger.parent / "vote.zip"
    with Ledger.open(ledger, read_only=True) as book:
        export(book, bundle, vote=SYMBOL)
        yield Vote(book, bundle, deadline_of(bundle))


def deadline_of(bundle: Path) -> datetime:
    """The deadline by the window's rule, from the opening entry in the bundle."""
    with zipfile.ZipFile(bundle) as members:
        lines = members.read("inblue-bundle/data/entries.jsonl").splitlines()
    entries = [json.loads(base64.b64decode(json.loads(line)["payload"])) for line in lines]
    (opening,) = [e["act"] for e in entries if e["act"].get("kind") == "opening"]
    rules = json.loads((ROOT / "domain/procedures/unsc-2020-253.json").read_text())
    window = rules["window"]
    return closing_of(parse_instant(opening["opens_at"]), window["hours"], window["countings"][0], zone(rules["zone"]))


def inblue(ledger: Path, *words: object) -> str:
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger), "INBLUE_PASSPHRASE": "four words nobody says"}
    return call([INBLUE, *map(str, words)], env=env, check=True).stdout


def squeezed(said: str) -> str:
    """Without blanks and marks of direction: lines end where there is room."""
    return "".join(unicodedata.normalize("NFKC", said).translate(MARKS).split())


def seen(page: str) -> str:
    """The words of a page, with a line for each element."""
    body = re.sub(r"(?s)<(script|style|head)\b.*?</\1>", "", page)
    return html.unescape(re.sub(r"<[^>]+>", "\n", body))


def printed(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf))


def test_the_deadline_is_24_hours_after_the_opening_though_clocks_change(vote: Vote) -> None:
    assert format_instant(vote.deadline) == "2026-03-08T19:00:00Z"


@pytest.mark.parametrize("command", ["status", "audit"])
def test_json_has_it(ledger: Path, vote: Vote, command: str) -> None:
    said = inblue(ledger, command, "--vote", SYMBOL, "--json")
    assert set(re.findall(r'"closes_at": "([^"]+)"', said)) == {format_instant(vote.deadline)}


def test_the_history_as_json_has_it_at_the_opening(ledger: Path, vote: Vote) -> None:
    said = inblue(ledger, "replay", "--vote", SYMBOL, "--json")
    assert re.findall(r"it closes ([^\"]+)", said) == [language(None).instant(vote.deadline, ZONE)]


def test_the_record_within_a_bundle_has_it(vote: Vote) -> None:
    with zipfile.ZipFile(vote.bundle) as members:
        said = members.read("inblue-bundle/data/record.json").decode()
    assert re.findall(r'"closes_at":"([^"]+)"', said) == [format_instant(vote.deadline)]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("command", ["status", "audit"])
def test_the_terminal_says_it(vote: Vote, code: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    lang = language(code, strict=True)
    state = vote.book.vote(SYMBOL)
    if command == "status":
        print_roll_call(roll_call(state, vote.deadline), lang)
    else:
        print_record(record_of(state), lang)
    lines = list(map(squeezed, capsys.readouterr().out.splitlines()))
    assert lines.count(squeezed(lang.say("closes") + lang.instant(vote.deadline, ZONE))) == 1


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("step", [False, True])
def test_the_history_says_it_at_the_opening(
    vote: Vote, code: str, step: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    lang = language(code, strict=True)
    steps = list(history(vote.book.acts(SYMBOL), vote.book.documents))
    if step:
        for number, each in enumerate(steps, start=1):
            print_step(each, number, len(steps), lang)
        said = capsys.readouterr().out
    else:
        print_history(steps, lang)
        said = last_column(capsys.readouterr().out, lang.say("act"))
    wanted = lang.say("opening letter: the window opens; it closes {closes}", closes=Local(vote.deadline, ZONE))
    assert squeezed(said).count(squeezed(wanted)) == 1


def last_column(table: str, head: str) -> str:
    """The cells below the last heading: those beside it go on over several lines too."""
    lines = [line.rstrip() for line in table.splitlines()]
    heading = next(line for line in lines if line.startswith("#"))
    width = cell_len(heading.removesuffix(head))
    return "\n".join(line.removeprefix(set_cell_size(line, width)) for line in lines if cell_len(line) > width)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("width", [80, 200])
def test_the_watch_says_it(vote: Vote, code: str, width: int) -> None:
    lang = language(code, strict=True)
    watched = Watched(vote.book, SYMBOL)
    watched.look()
    lines = (re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines_of(watched, vote.deadline, lang, width, 60))
    assert squeezed(lang.say("closes") + lang.instant(vote.deadline, ZONE)) in map(squeezed, lines)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_says_it_above_the_picture_and_in_the_table(vote: Vote, code: str) -> None:
    lang = language(code, strict=True)
    said = lang.instant(vote.deadline, ZONE)
    page = build_page(vote.bundle, SYMBOL, None, lang).html
    text = squeezed(seen(page))  # a day and an hour are elements of their own, without line breaks
    above = lang.say(
        "Opened: {when}.", when=lang.instant(vote.book.vote(SYMBOL).window.opens_at or vote.deadline, ZONE)
    )
    assert squeezed(above + lang.say("Closed: {when}.", when=said)) in text
    assert squeezed(said + lang.say("Voting closed by the registrar")) in text


@pytest.mark.long
@pytest.mark.parametrize("code", LANGUAGES)
def test_both_papers_say_it(vote: Vote, code: str) -> None:
    lang = language(code, strict=True)
    found = verify_bundle(vote.bundle)
    annexes = Annexes(compendium_of(vote.book.vote(SYMBOL), vote.book.files), lang)
    for pdf in (record_pdf([record_of(found.states[SYMBOL])], found, lang), annexes.pdf()):
        assert closes_lines(printed(pdf), lang) == [as_printed(lang.instant(vote.deadline, ZONE), lang)]


def closes_lines(text: str, lang: Language) -> list[str]:
    """What follows the word for the close, on lines that begin with it."""
    name = squeezed(lang.say("closes"))
    behind = [squeezed(line).removeprefix(name) for line in text.splitlines() if squeezed(line).startswith(name)]
    return [as_printed(each, lang) for each in behind if re.search(r"\d\d:\d\d:\d\d", each)]


def as_printed(said: str, lang: Language) -> str:
    """A reader of PDF gives the characters of a line from right to left in an order of its own."""
    return "".join(sorted(squeezed(said))) if lang.direction == "rtl" else squeezed(said)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_of_the_compendium_says_it(vote: Vote, code: str) -> None:
    lang = language(code, strict=True)
    annexes = Annexes(compendium_of(vote.book.vote(SYMBOL), vote.book.files), lang)
    lines = [squeezed(line) for line in seen(html_of(annexes.title, annexes.blocks(), lang).decode()).splitlines()]
    lines = [line for line in lines if line]
    assert lines[lines.index(squeezed(lang.say("closes"))) + 1] == squeezed(lang.instant(vote.deadline, ZONE))


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_opening_letter_says_it_by_two_clocks_and_its_calendar_in_utc(vote: Vote, code: str) -> None:
    lang = language(code, strict=True)
    state, wanted = vote.book.vote(SYMBOL), Wanted("opening")
    letter, words = drafted(state, lang, wanted, vote.book.files), Words(state, lang, wanted)
    values = [squeezed(row[1]) for block in letter.blocks if block["kind"] == "facts" for row in block["rows"]]
    for said in (words.hour(vote.deadline, ZONE), words.utc(vote.deadline)):
        assert values.count(squeezed(said)) == 1
    folder = vote.bundle.parent
    inblue(folder / "ledger.db", "letter", "draft", "opening", "--lang", code, "-o", folder / f"{code}.ics")
    event = (folder / f"{code}.ics").read_bytes()
    assert event.count(f"DTSTART:{vote.deadline:%Y%m%dT%H%M%SZ}".encode()) == 1
