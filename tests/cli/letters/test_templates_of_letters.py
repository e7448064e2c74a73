"""Templates of letters: the shipped ones, written out for a body to change, and what a body's own may not do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import EXAMPLES
from signers import LOG, REGISTRAR

import inblue
from inblue.cli.language.choose import language
from inblue.cli.language.english import LANGUAGES
from inblue.cli.letters.letter import drafted
from inblue.cli.letters.markup import blocks_of, put_in
from inblue.cli.letters.rendering import MAX_TEMPLATE_BYTES, files_of
from inblue.cli.letters.words import Wanted
from inblue.domain.errors import Malformed
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play_all
from inblue.ledger.projections.letters import KINDS


@pytest.fixture(scope="module")
def book() -> Ledger:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    book = Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/letters", clock=lambda: now)
    play_all(book, [(inblue.read_case(EXAMPLES / "simulated.case.json"), EXAMPLES)], signer=REGISTRAR, at_once=True)
    return book


def text_by(book: Ledger, source: str, folder: Path, kind: str = "votes") -> str:
    (folder / f"{kind}.j2").write_text(source, encoding="utf-8")
    (vote,) = book.votes()
    return drafted(book.vote(vote), language("en"), Wanted(kind, member="BEL"), book.files, folder).text()  # type: ignore[arg-type]


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_written_out_gives_the_letter_that_the_shipped_one_gives(
    book: Ledger, code: str, tmp_path: Path
) -> None:
    lang = language(code, strict=True)
    for name, content in files_of(lang, KINDS):
        (tmp_path / name).write_bytes(content)
        assert b"say(" not in content
    (vote,) = book.votes()
    for kind in KINDS:
        wanted = Wanted(kind, member="BEL", receipt=True)
        shipped = drafted(book.vote(vote), lang, wanted, book.files)
        assert drafted(book.vote(vote), lang, wanted, book.files, tmp_path) == shipped


def test_a_body_writes_its_own_words_and_the_facts_stay_those_of_the_record(book: Ledger, tmp_path: Path) -> None:
    text = text_by(
        book, "# Votes on {{ symbol }}\n\n{% for seat in seats %}\n- {{ seat.member }}\n{% endfor %}", tmp_path
    )
    assert text.startswith("Votes on SIM/2026/1\n\n- Belgium\n- China\n")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("a\n{{ nobody }}", "line 2: 'nobody' is not among the names of this letter"),
        ("{{ symbol.upper() }}", "line 1: only say and plural can be called"),
        ("{{ symbol * 1000000000 }}", "cannot have this here: Mul"),
        ("{{ symbol ~ symbol }}", "cannot have this here: Concat"),
        ("{% set a = symbol %}", "cannot have this here: Assign"),
        ("{% include '/etc/passwd' %}", "cannot have this here: Include"),
        ("{% for a in seats %}{% for b in seats %}x{% endfor %}{% endfor %}", "none within another"),
        ("{% for a in 'abc' %}x{% endfor %}", "a loop goes over a list of this letter"),
        ("{{ symbol.__class__.__mro__ }}", "__class__"),
        ("{{ seats[0] }}", "cannot have this here: Getitem"),
        ("{% for each in seats %}{{ each.nothing }}{% endfor %}", "nothing"),
        ("{{ say('{0}', symbol) }}", "TypeError"),
        ("{{ say('{symbol:>999999999}', symbol=symbol) }}", "only plain fields"),
        ("{{ say(symbol) }}", "only plain fields"),
        ("{{ say('{symbol.__class__}', symbol=symbol) }}", "only plain fields"),
        ("\n\n{% if %}", "line 3"),
        ("{{", "line 1"),
    ],
)
def test_what_no_letter_needs_is_refused_with_its_place(book: Ledger, source: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(Malformed) as refused:
        text_by(book, source, tmp_path)
    assert str(tmp_path / "votes.j2") in str(refused.value)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_template_is_bounded_and_text(book: Ledger, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match=r"votes\.j2"):
        text_by(book, "x" * (MAX_TEMPLATE_BYTES + 1), tmp_path)
    (tmp_path / "votes.j2").write_bytes(b"\xff\xfe")
    (vote,) = book.votes()
    with pytest.raises(Malformed, match="a template is text in UTF-8"):
        drafted(book.vote(vote), language("en"), Wanted("votes"), book.files, tmp_path)
    with pytest.raises(Malformed, match="no such folder"):
        drafted(book.vote(vote), language("en"), Wanted("votes"), book.files, tmp_path / "none")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Co"]), max_size=40))
def test_a_value_begins_no_block_and_no_cell(value: str) -> None:
    one = " ".join(value.replace("\n", " ").split())
    written = f"{put_in(one)}\n\n- {put_in(one)}\n\n| a | b |\n| {put_in(one)} | c |\n"
    found = blocks_of(written, language("en"))
    kinds = [block["kind"] for block in found]
    assert kinds == (["text"] if one else []) + ["list", "table"]
    assert found[-1]["rows"] == [[one.strip(), "c"]]
