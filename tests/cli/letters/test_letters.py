"""The letters that go out: every fact in them is the record's, in every language; what is unknown is a blank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from paths import case_file
from signers import LOG, REGISTRAR

import inblue
from inblue.cli.language.choose import language
from inblue.cli.language.english import LANGUAGES
from inblue.cli.letters.letter import Letter, drafted
from inblue.cli.letters.words import Wanted, Words
from inblue.domain.acts import LetterSent
from inblue.domain.errors import Refused
from inblue.domain.inert import MARKS
from inblue.domain.tally import tally
from inblue.domain.zone import zone
from inblue.ledger.errors import NotFound
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play_all
from inblue.ledger.projections.letters import KINDS, LetterKind, letters_of

NO_MARKS = dict.fromkeys(map(ord, MARKS))
HISTORIES = ("s-2020-268", "unga-74-544", "simulated")


@pytest.fixture(scope="module")
def books() -> Iterator[dict[str, Ledger]]:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    found = {}
    for name in HISTORIES:
        book = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/letters", clock=lambda: now)
        play_all(book, [(inblue.read_case(case_file(name)), case_file(name).parent)], signer=REGISTRAR, at_once=True)
        found[name] = book
    yield found
    for book in found.values():
        book.close()


def draft(books: dict[str, Ledger], name: str, wanted: Wanted, code: str = "en") -> Letter:
    book = books[name]
    (vote,) = book.votes()
    return drafted(book.vote(vote), language(code, strict=True), wanted, book.files)


def squeezed(text: str) -> str:
    return "".join(text.translate(NO_MARKS).split())


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", HISTORIES)
def test_every_letter_of_a_body_is_said_in_every_language(books: dict[str, Ledger], name: str, code: str) -> None:
    (vote,) = books[name].votes()
    state = books[name].vote(vote)
    for kind in letters_of(state):
        if kind in {"outcome", "compendium"} and state.result is None:
            continue
        member = state.replies[0].member if state.replies else ""
        if kind == "acknowledgement" and not member:
            continue
        letter = draft(books, name, Wanted(kind, member=member, zones=(zone("Asia/Shanghai"),)), code)
        text = letter.text()
        assert state.symbol in text
        assert "<U+" not in text
        assert "{" not in text
        assert draft(books, name, Wanted(kind, member=member, zones=(zone("Asia/Shanghai"),)), code).text() == text


@pytest.mark.parametrize("code", LANGUAGES)
def test_one_deadline_is_in_letter_calendar_and_record(books: dict[str, Ledger], code: str) -> None:
    (vote,) = books["simulated"].votes()
    state, lang = books["simulated"].vote(vote), language(code, strict=True)
    closes = state.window.closes_at
    assert closes is not None
    wanted = Wanted("opening", zones=(zone("Asia/Shanghai"),))
    letter, words = draft(books, "simulated", wanted, code), Words(state, lang, wanted)
    values = [squeezed(row[1]) for block in letter.blocks if block["kind"] == "facts" for row in block["rows"]]
    for said in (words.hour(closes, state.zone), words.utc(closes), words.hour(closes, zone("Asia/Shanghai"))):
        assert squeezed(said) in values
    assert "15:00" in words.hour(closes, state.zone)
    assert "19:00" in words.utc(closes)
    assert squeezed(lang.day_in_full(closes.date())) in squeezed(letter.text())


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_list_of_votes_has_every_seat_with_its_position_and_the_count(books: dict[str, Ledger], code: str) -> None:
    (vote,) = books["simulated"].votes()
    state, lang = books["simulated"].vote(vote), language(code, strict=True)
    letter, count = draft(books, "simulated", Wanted("votes"), code), tally(state)
    (seats,) = [block for block in letter.blocks if block["kind"] == "table"]
    said = [tuple(cell.translate(NO_MARKS) for cell in row) for row in seats["rows"]]
    wanted = [
        (lang.member(member, state.procedure.names), lang.word(position or "absent"))
        for member, position in count.positions.items()
    ]
    assert said == [tuple(cell.translate(NO_MARKS) for cell in row) for row in wanted]
    numbers = [row for block in letter.blocks if block["kind"] == "facts" for row in block["rows"]][
        -len(count.counts) :
    ]
    assert [row[1].translate(NO_MARKS) for row in numbers] == [str(n) for n in count.counts.values()]


def test_an_acknowledgement_says_when_the_reply_came_and_what_was_entered(books: dict[str, Ledger]) -> None:
    text = draft(books, "simulated", Wanted("acknowledgement", member="VNM")).text()
    (vote,) = books["simulated"].votes()
    reply = books["simulated"].vote(vote).reply("VNM", 1)
    assert reply is not None
    assert reply.act.position is not None
    assert "Viet Nam" in text
    assert reply.act.position.replace("_", " ") in text
    assert "attached" not in text
    assert "attached" in draft(books, "simulated", Wanted("acknowledgement", member="VNM", receipt=True)).text()


def test_a_reply_that_does_not_count_is_acknowledged_with_the_clause_that_says_so(books: dict[str, Ledger]) -> None:
    text = draft(books, "simulated", Wanted("acknowledgement", member="NER")).text()
    assert "kept, and not counted" in text
    assert "(clause late)" in text


def test_what_no_source_gives_is_a_blank_that_says_what_is_missing(books: dict[str, Ledger]) -> None:
    opening = draft(books, "s-2020-268", Wanted("opening")).text()
    assert "[hour of opening: not on record]" in opening
    assert "[deadline: not on record]" in opening
    assert "[address for replies: not on record]" in opening
    assert not re.search(r"\d\d:\d\d", opening)
    received = draft(books, "s-2020-268", Wanted("acknowledgement", member="BEL")).text()
    assert "[hour of arrival: not on record]" in received
    assert "[name of the signatory: not on record]" in received


def test_the_cover_letter_of_2020_has_the_words_and_the_annexes_of_the_document(books: dict[str, Ledger]) -> None:
    text = squeezed(draft(books, "s-2020-268", Wanted("compendium"), "zh").text())
    assert "2020年3月31日安全理事会主席给秘书长和安全理事会成员国常驻代表的信" in text
    for said in ("第2518(2020)号决议", "（见附件一及其附文）", "（见附件二至十六）", "（见附件十七至二十）"):
        assert said in text
    assert "本信及其附件将作为安全理事会文件印发。" in text
    assert "张军（签名）" in text


def test_a_draft_says_that_it_is_one_and_a_simulated_vote_that_it_is_made_up(books: dict[str, Ledger]) -> None:
    for kind in ("opening", "announcement", "outcome", "compendium"):
        text = draft(books, "simulated", Wanted(kind)).text()
        assert text.startswith("*** DRAFT, prepared with inblue")
        assert "SIMULATED" in text
    assert "DRAFT" not in draft(books, "simulated", Wanted("votes")).text()  # it is announced, and the registrar's own


def test_no_letter_is_offered_that_a_body_has_not_or_before_its_time(books: dict[str, Ledger]) -> None:
    (vote,) = books["unga-74-544"].votes()
    assembly = books["unga-74-544"].vote(vote)
    assert letters_of(assembly) == ("opening", "outcome", "compendium")
    with pytest.raises(Refused, match="has no letter of the kind votes; it has opening, outcome, compendium"):
        draft(books, "unga-74-544", Wanted("votes"))
    with pytest.raises(NotFound, match="no reply 1 of NOR"):
        draft(books, "s-2020-268", Wanted("acknowledgement", member="NOR"))


@pytest.mark.parametrize(("kind", "code"), list(zip(KINDS, LANGUAGES, strict=True)))
def test_paper_says_what_the_text_says(books: dict[str, Ledger], kind: LetterKind, code: str) -> None:
    letter = draft(books, "simulated", Wanted(kind, member="BEL"), code)
    content = letter.pdf()
    assert content == letter.pdf()
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content)]
    assert len(pages) == 1
    symbols = (
        re.findall(r"SIM/2026/\d", letter.text()) if code != "ar" else []
    )  # whose characters come in another order
    assert all(symbol in "".join(pages) for symbol in symbols)


def test_a_letter_that_is_planned_has_its_deadline_from_the_same_rule(books: dict[str, Ledger]) -> None:
    book = books["simulated"]
    (vote,) = book.votes()
    before = book.vote(vote).after({"opening": None, "snapshot": None, "result": None, "closed": None})
    opens = datetime(2026, 3, 7, 19, tzinfo=UTC)
    planned = LetterSent(kind="opening", opens_at=opens)
    text = drafted(before, language("en"), Wanted("opening", planned=planned), book.files).text()
    assert "8 March 2026, 19:00 UTC" in text
    working = LetterSent(kind="opening", opens_at=opens, counting="working_days")
    text = drafted(before, language("en"), Wanted("opening", planned=working), book.files).text()
    assert "10 March 2026, 04:00 UTC" in text


def test_an_old_state_says_of_which_entry_it_is(books: dict[str, Ledger]) -> None:
    from inblue.ledger.projections.as_of import AsOf

    text = draft(books, "simulated", Wanted("votes", as_of=AsOf(5, 9, 5).said())).text()
    assert "As of entry 5 of 9" in text


def test_letters_are_at_most_as_wide_as_an_e_mail_is(books: dict[str, Ledger], tmp_path: Path) -> None:
    from rich.cells import cell_len

    for code in LANGUAGES:
        text = draft(books, "simulated", Wanted("votes"), code).text()
        assert all(cell_len(line.translate(NO_MARKS)) <= 76 for line in text.splitlines())
