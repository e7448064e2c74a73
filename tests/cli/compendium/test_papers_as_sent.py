"""A paper is in the compendium as it was sent: pages of a PDF, what a mail carries."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import typst
from archive import faults_of
from mails import PAPER, SYMBOL, MailDesk, mail

from inblue.cli.documents.blocks import heading
from inblue.cli.documents.papers import Papers
from inblue.cli.documents.pdf_pages import MOST_PAGES, pages_of
from inblue.cli.documents.typeset import typeset
from inblue.cli.language.choose import language
from inblue.ledger.projections.compendium import Paper, compendium_of


def letter(pages: int = 2, **size: float) -> bytes:
    """A PDF with something on each page."""
    made = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        made.new_page(size.get("width", 595), size.get("height", 842))
    into = io.BytesIO()
    made.save(into)
    return into.getvalue()


def shown(content: bytes, kind: str | None) -> tuple[list[dict[str, object]], Papers]:
    papers = Papers(language(None))
    blocks = list(papers.blocks(Paper("ab" * 32, kind, None, content), "annex-2"))
    return blocks, papers


def test_the_pages_of_a_pdf_are_shown_and_the_file_is_attached() -> None:
    pages, file = shown(letter(), "application/pdf")[0]
    assert (pages["kind"], file["kind"]) == ("pages", "file")
    assert pages["text"] == "The paper as it was sent: 2 pages, as pictures."
    first = pages["pages"][0]  # type: ignore[index]
    assert base64.b64decode(first["href"].partition(",")[2]).startswith(b"\x89PNG\r\n\x1a\n")
    assert first["alt"] == "Page 1 of 2 of the paper, as a picture."


def test_on_paper_they_are_pictures_in_an_archival_pdf() -> None:
    content = letter(3)
    blocks, papers = shown(content, None)
    plain = [{name: each for name, each in block.items() if name != "href"} for block in blocks]
    headed = [heading("Compendium", 1), heading("Annex II"), *plain]
    data = {"title": "t", "footer": "S/2026/1", "sections": True, "blocks": headed}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    made = typeset("paper.typ", data, language(None), made_at=at, attached=papers.attached)
    assert faults_of(made, part=3) == []
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert [file.get_file().read_bytes() for file in pdf.attachments.values()] == [content]
        assert len(pdf.pages) == 3


def test_who_does_not_see_a_picture_is_told_the_text_that_the_file_has() -> None:
    text = [
        {"kind": "text", "text": "Die Vertretung stimmt dafür. Делегация голосует за."},
        {"kind": "break"},
        {"kind": "text", "text": "Zweite Seite"},
    ]
    data = {"title": "Letter", "footer": "", "blocks": text}
    content = typeset("paper.typ", data, language(None), made_at=datetime(2026, 1, 1, tzinfo=UTC))
    pages, _ = shown(content, None)[0]
    told = [each["alt"] for each in pages["pages"]]  # type: ignore[attr-defined]
    lead = "Page {} of 2 of the paper, as a picture. Its text, as the file gives it: "
    assert told[0].startswith(lead.format(1) + "Die Vertretung stimmt dafür. Делегация голосует за.")
    assert told[1].startswith(lead.format(2) + "Zweite Seite")


def test_a_text_that_replaces_a_picture_needs_no_font() -> None:
    block = {"kind": "file", "number": 0, "name": "a.png", "mime": "image/png", "text": "a", "image": True}
    data = {"title": "t", "footer": "", "blocks": [{**block, "alt": "ቋንቋ\ue123"}]}
    picture = (pages_of(letter(1)) or [])[0].png
    made = typeset("paper.typ", data, language(None), made_at=datetime(2026, 1, 1, tzinfo=UTC), attached={"a": picture})
    assert faults_of(made, part=3) == []


def test_the_typesetter_refuses_a_pdf_within_an_archival_one(tmp_path: Path) -> None:
    """Once it does not, pages need no longer be pictures (docs/paper.md)."""
    (tmp_path / "letter.pdf").write_bytes(letter(1))
    (tmp_path / "main.typ").write_text('#set document(title: "t")\n#image("letter.pdf", alt: "a letter")\n')
    compiler = typst.Compiler(root=str(tmp_path))
    assert compiler.compile(str(tmp_path / "main.typ"), format="pdf")
    for standard in ("a-2a", "a-3a", "ua-1"):
        with pytest.raises(typst.TypstError, match="embedding PDFs is currently not supported"):
            compiler.compile(str(tmp_path / "main.typ"), format="pdf", pdf_standards=[standard])


@pytest.mark.parametrize("content", [b"%PDF-1.4 not really\n", letter()[:-200], letter(MOST_PAGES + 1), b"%PDF-"])
def test_a_pdf_that_cannot_be_drawn_is_attached_alone(content: bytes) -> None:
    blocks, _ = shown(content, "application/pdf")
    assert blocks[-1]["kind"] == "file"
    assert pages_of(content) is None or [each["kind"] for each in blocks] == ["pages", "file"]


def test_of_a_page_of_any_size_a_picture_of_a_sheet_is_made() -> None:
    found = pages_of(letter(1, width=14_400, height=14_400)) or []
    assert [(each.width, each.height) for each in found] == [(1240, 1240)]


def test_a_mail_is_shown_as_the_letter_that_it_carries_and_as_a_file() -> None:
    content = letter(1)
    raw = mail(content)
    blocks, papers = shown(raw, "message/rfc822")
    assert [each["kind"] for each in blocks] == ["pages", "file", "file"]
    assert {papers.attached[str(each["name"])] for each in blocks[1:]} == {content, raw}


def test_a_mail_without_attachments_is_shown_as_its_words() -> None:
    made = EmailMessage()
    made.set_content("Die Vertretung stimmt dafür.\n", charset="iso-8859-1")
    blocks, _ = shown(bytes(made), "message/rfc822")
    assert [each["kind"] for each in blocks] == ["quote", "file"]
    assert blocks[0]["text"] == "Die Vertretung stimmt dafür."


@pytest.mark.parametrize("content", [b"\xff" * 100, b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 50])
def test_what_is_not_a_mail_is_only_attached(content: bytes) -> None:
    blocks, papers = shown(content, "message/rfc822")
    assert list(papers.attached.values()) == [content]
    assert blocks[-1]["kind"] == "file"


def test_a_reply_that_is_a_message_is_shown_as_what_that_carries() -> None:
    desk = MailDesk()
    made = EmailMessage()
    made.set_content("The delegation votes in favour.\n")
    number = desk.receive(bytes(made))
    desk.vote.reply("CHN", "in_favour", PAPER, message=number)
    desk.later(hours=24, seconds=1)
    desk.vote.close()
    desk.vote.announce()
    annex = compendium_of(desk.ledger.vote(SYMBOL), desk.ledger.files).annexes[1]
    assert annex.paper.content == bytes(made)
    blocks = list(Papers(language(None)).blocks(annex.paper, "annex-2"))
    assert [(each["kind"], each["text"]) for each in blocks[:1]] == [("quote", "The delegation votes in favour.")]
