"""Before the announcement a compendium is a draft: it says so as letters do, and its letter is the one they draft."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from paths import EXAMPLES
from signers import LOG, REGISTRAR

from inblue.cli.compendium.annexes import Annexes
from inblue.cli.documents.html import html_of
from inblue.cli.language.choose import language
from inblue.cli.language.english import LANGUAGES
from inblue.cli.letters.letter import drafted
from inblue.cli.letters.words import Wanted
from inblue.domain.errors import Refused
from inblue.domain.state import VoteState
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play_all, read_case
from inblue.ledger.projections.compendium import compendium_of

WHEN = ("voting_closed", "tally_circulated", "letter_sent")
"""The last act on record: voting has just closed, the list of votes is circulated, the compendium letter is sent."""


def simulated(folder: Path, *, last: str) -> Ledger:
    """The simulated day up to the last act of kind ``last``, with a compendium letter in it if that is the kind."""
    case: Any = json.loads((EXAMPLES / "simulated.case.json").read_text())
    kinds = [act["act"] for act in case["acts"]]
    end = kinds.index(last) if last != "letter_sent" else kinds.index("tally_circulated")
    case["acts"] = [*case["acts"][: end + 1], *(case["acts"][-1:] if last == "letter_sent" else [])]
    (folder / "case.json").write_text(json.dumps(case))
    now = datetime(2026, 11, 1, tzinfo=UTC)
    book = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/draft", clock=lambda: now)
    play_all(book, [(read_case(folder / "case.json"), folder)], signer=REGISTRAR, at_once=True)
    return book


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ledger]]:
    found = {last: simulated(tmp_path_factory.mktemp(last), last=last) for last in WHEN}
    yield found
    for book in found.values():
        book.close()


def the_vote(book: Ledger) -> VoteState:
    (name,) = book.votes()
    return book.vote(name)


def made(book: Ledger, code: str) -> Annexes:
    return Annexes(compendium_of(the_vote(book), book.files), language(code, strict=True))


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("last", WHEN)
def test_until_the_announcement_it_is_a_draft_in_the_words_of_letters(
    books: dict[str, Ledger], last: str, code: str
) -> None:
    book = books[last]
    annexes, words = made(book, code), drafted(the_vote(book), language(code), Wanted("announcement"), book.files)
    mark = next(block["text"] for block in words.blocks if block["kind"] == "banner")
    assert annexes.blocks()[0] == {"kind": "banner", "text": mark}
    assert mark in annexes.text().decode().partition("\n")[0]
    said = annexes.say("The result of the vote is not announced yet.")
    assert str(annexes.blocks()).count(said) == 2  # at the head, and in the notes of the record


def test_its_letter_is_the_one_that_letter_draft_writes(books: dict[str, Ledger]) -> None:
    book = books["voting_closed"]
    for code in LANGUAGES:
        letter = drafted(the_vote(book), language(code), Wanted("compendium"), book.files)
        words = [block for block in letter.blocks if block["kind"] != "banner"]
        blocks = made(book, code).blocks()
        begins = blocks.index(words[0])
        assert blocks[begins : begins + len(words)] == words
    english = letter_of(book)
    assert "The draft SIM/2026/1 was adopted as resolution [number of the resolution: not on record]." in english
    assert "The result was announced on: [date: not on record]." in english


def letter_of(book: Ledger) -> str:
    return drafted(the_vote(book), language("en"), Wanted("compendium"), book.files).text(1_000)


def test_each_page_of_paper_and_the_page_on_a_screen_say_so(books: dict[str, Ledger]) -> None:
    annexes = made(books["tally_circulated"], "en")
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(annexes.pdf())]
    assert len(pages) > 2
    assert all("DRAFT, prepared with inblue" in page and "SIM/2026/1" in page for page in pages)
    html = html_of(annexes.title, annexes.blocks(), annexes.language).decode()
    assert html.index("DRAFT, prepared with inblue") < html.index("<header")


def test_once_announced_and_sent_it_is_not_a_draft(tmp_path: Path) -> None:
    case = EXAMPLES / "simulated.case.json"
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/sent", clock=lambda: now) as book:
        play_all(book, [(read_case(case), EXAMPLES)], signer=REGISTRAR, at_once=True)
        assert "DRAFT" not in made(book, "en").text().decode()


def test_the_replies_of_an_open_vote_are_in_no_paper(tmp_path: Path) -> None:
    book = simulated(tmp_path, last="receipt_acknowledged")
    with pytest.raises(Refused, match="is not closed; its compendium comes after that"):
        compendium_of(the_vote(book), book.files)
    with pytest.raises(Refused, match="is not closed; inblue vote close comes before this letter"):
        drafted(the_vote(book), language("en"), Wanted("compendium"), book.files)
