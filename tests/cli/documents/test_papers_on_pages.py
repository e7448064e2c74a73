"""A paper on its pages: its own text direction, and no signature on a page without some of what it signs."""

from __future__ import annotations

from datetime import UTC, datetime

import pypdfium2
import pytest

from inblue.cli.documents.blocks import Block, heading, quote, signature
from inblue.cli.documents.html import html_of
from inblue.cli.documents.typeset import typeset
from inblue.cli.language.choose import language

AT = datetime(2026, 1, 1, tzinfo=UTC)


def pages(code: str, *blocks: Block) -> pypdfium2.PdfDocument:
    data = {"title": "t", "footer": "", "sections": True, "blocks": [heading("Annex I", 1), *blocks]}
    return pypdfium2.PdfDocument(typeset("paper.typ", data, language(code), made_at=AT))


def places(page: pypdfium2.PdfPage, characters: str) -> list[float]:
    """How far to the right each of these characters is."""
    found = page.get_textpage()
    said = found.get_text_range()
    return [found.get_charbox(said.index(each))[0] for each in characters]


@pytest.mark.parametrize(("code", "text"), [("ar", "xyz then q."), ("ar", "一xyz then q。"), ("en", "xyz then q.")])
def test_a_paper_of_no_known_language_runs_as_its_letters_do(code: str, text: str) -> None:
    document = pages(code, quote(text, None))
    y, q, stop = places(document[0], f"yq{text[-1]}")
    assert y < q < stop


@pytest.mark.parametrize("paragraphs", range(35, 40))
@pytest.mark.parametrize("within", [True, False])
def test_a_signature_is_on_the_page_of_the_last_paragraph(paragraphs: int, within: bool) -> None:
    text = "\n\n".join([*(f"Paragraph {number}." for number in range(paragraphs)), "At last."])
    block = ["(Signed) A. B.", "Permanent Representative", "Ambassador"]
    blocks = [quote(text, "en", block)] if within else [quote(text, "fr"), signature(block)]
    found = [page.get_textpage().get_text_bounded() for page in pages("en", heading("Annex II"), *blocks)]
    (signed,) = [page for page in found if "(Signed)" in page]
    assert "At last." in signed
    assert "Ambassador" in signed


def test_a_long_paper_with_a_signature_begins_where_there_is_room() -> None:
    first = "\n\n".join(f"Line {number}." for number in range(12))
    text = "\n\n".join(f"Paragraph {number}." for number in range(60))
    document = pages("en", quote(first, "en"), heading("Annex II"), quote(text, "fr"), signature(["(Signed) A. B."]))
    assert "Paragraph 0." in document[0].get_textpage().get_text_bounded()


def test_printed_from_a_screen_a_section_with_a_long_paper_may_be_broken_and_a_short_one_is_not() -> None:
    long, short = quote("Word. " * 400, "en"), quote("Word. " * 40, "en")
    html = html_of("t", [heading("Annex I"), short, heading("Annex II"), long, heading("Annex III")], language(None))
    found = html.decode().split("<section")[1:]
    assert [part.startswith(' class="long"') for part in found] == [False, True, False]
