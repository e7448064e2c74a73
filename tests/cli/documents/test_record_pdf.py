"""The record on paper: what its PDF claims, what it says, and that no text of a ledger is more than text."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import typst
from archive import faults_of
from paths import ARTEFACTS, VECTORS

from inblue import NotFound
from inblue.cli.charts.chart_print import picture_of
from inblue.cli.documents.blocks import facts, heading, quote, text
from inblue.cli.documents.record_pdf import record_pdf
from inblue.cli.documents.typeset import PaperError, typeset
from inblue.cli.language.choose import language
from inblue.domain.acts import DraftCirculated, VoteCast
from inblue.ledger.audit.bundle import verify_bundle
from inblue.ledger.audit.result import Verification
from inblue.ledger.ledger import Ledger
from inblue.ledger.projections.record import Record, record_of

ENGLISH = language(None)
REAL, SIMULATED, SILENCE = "S/2020/240", "SIM/2026/1", "SIM/A/74/L.1"
DAY = datetime(2020, 3, 30, 12, tzinfo=UTC)
PAPERS = ARTEFACTS / "paper"
NO_FONTS = typst.Fonts(include_system_fonts=False)
HOSTILE = (
    '#panic("x") *b* _i_ `r` $x^2$ <label> @ref // c /* c */ \\u{41} #read("/etc/passwd") '
    "<script>alert(1)</script> </style> {{ 7*7 }} {name} {0} %s &amp; = no heading"
)
# Preambles of the Charter, as published in the six languages.
CHARTER = {
    "ar": "نحن شعوب الأمم المتحدة وقد آلينا على أنفسنا أن ننقذ الأجيال المقبلة من ويلات الحرب",
    "zh": "我联合国人民同兹决心，欲免后世再遭今代人类两度身历惨不堪言之战祸",
    "en": "We the peoples of the United Nations determined to save succeeding generations from the scourge of war",
    "fr": "Nous, peuples des Nations Unies, résolus à préserver les générations futures du fléau de la guerre",
    "ru": "Мы, народы Объединенных Наций, преисполненные решимости избавить грядущие поколения от бедствий войны",
    "es": "Nosotros los pueblos de las Naciones Unidas resueltos a preservar a las generaciones venideras del flagelo",
}


@pytest.fixture(scope="module")
def verification(histories: Path) -> Iterator[Verification]:
    with Ledger.open(histories, read_only=True) as book:
        yield book.verify()


@pytest.fixture(scope="module")
def records(verification: Verification) -> dict[str, Record]:
    return {symbol: record_of(state) for symbol, state in verification.states.items()}


def words_of(pdf: bytes) -> str:
    """The text of a PDF as another program reads it, with each run of blanks as one."""
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def squeezed(said: str) -> str:
    return "".join(said.split())


@pytest.mark.parametrize("symbol", [REAL, SIMULATED, SILENCE])
def test_the_record_is_an_archival_and_accessible_pdf(
    symbol: str, records: dict[str, Record], verification: Verification
) -> None:
    assert faults_of(record_pdf([records[symbol]], verification, ENGLISH)) == []


def test_what_looks_for_faults_finds_them_in_a_common_pdf(tmp_path: Path) -> None:
    (tmp_path / "plain.typ").write_text("= Title\nA text.\n")
    plain = typst.compile(str(tmp_path / "plain.typ"), pdf_tags=False)
    assert isinstance(plain, bytes)
    found = " ".join(faults_of(plain))
    assert all(what in found for what in ("claims", "output intent", "not tagged", "its title", "structure tree"))


def test_the_same_record_gives_the_same_bytes(records: dict[str, Record], verification: Verification) -> None:
    one, other = (record_pdf([records[SIMULATED]], verification, ENGLISH) for _ in range(2))
    assert one == other
    with pikepdf.open(io.BytesIO(one)) as pdf:  # dated by the record, not by the current time
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20260310150000")


def test_it_says_what_the_record_says(records: dict[str, Record], verification: Verification) -> None:
    record = records[SIMULATED]
    said = squeezed(words_of(record_pdf([record], verification, ENGLISH)))
    closes = record.state.window.closes_at
    assert closes is not None
    assert squeezed(ENGLISH.instant(closes, record.state.zone)) in said
    assert "SIMULATED" in said
    assert "againstIndonesia" in said.replace(":1", "")
    for each in record.replies:
        assert squeezed(each.verdict.not_proved) in said
        assert all(squeezed(evidence.text) in said for evidence in each.verdict.evidence)
    for fid, finding in record.findings:
        assert fid in said
        assert squeezed(finding.text) in said
    assert verification.checkpoint is not None
    assert verification.checkpoint.origin in said


def test_the_real_vote_keeps_its_unknown_hours_unknown(records: dict[str, Record], verification: Verification) -> None:
    said = words_of(record_pdf([records[REAL]], verification, ENGLISH))
    assert "times as documented" in said
    assert said.count("indeterminate, documented") == 15
    assert "closes hour not known; not before 2020-03-28" in said
    assert "马克" in said


def test_what_does_not_hold_says_so_on_its_paper() -> None:
    found = verify_bundle(VECTORS / "bundles/signature.zip")
    assert not found.holds
    pdf = record_pdf([record_of(state) for state in found.states.values()], found, ENGLISH)
    assert faults_of(pdf) == []
    said = squeezed(words_of(pdf))
    assert "ITDOESNOTHOLD" in said
    assert squeezed(found.problems[0].text) in said


def test_no_text_of_a_ledger_is_read_as_markup(records: dict[str, Record], verification: Verification) -> None:
    state = records[SIMULATED].state
    title, remark = HOSTILE[:300], HOSTILE
    draft = DraftCirculated.of({**state.draft.act.json_value(), "title": title}, where="draft")
    reply = state.replies[0]
    cast = VoteCast.of({**reply.act.json_value(), "source": remark}, where="reply")
    changed = replace(
        state,
        draft=state.draft._replace(act=draft),
        replies=state.replies.put(0, reply._replace(act=cast)),
    )
    said = squeezed(words_of(record_pdf([record_of(changed)], verification, ENGLISH)))
    assert squeezed(title) in said
    assert squeezed(remark) in said


@pytest.mark.parametrize("code", ["ar", "zh", "en", "fr", "ru", "es"])
def test_paper_is_set_in_every_official_language(code: str) -> None:
    speech = language(code)
    blocks = [heading(CHARTER[code], 1), facts([(CHARTER[code][:14], CHARTER[code])]), quote(CHARTER[code], code)]
    data = {"title": CHARTER[code], "footer": "S/2020/240", "blocks": blocks}
    pdf = typeset("paper.typ", data, speech, made_at=DAY)
    assert faults_of(pdf) == []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert str(document.Root.Lang) == code
    page = pypdfium2.PdfDocument(pdf)[0]
    image = page.render(scale=1.5).to_pil().convert("L")
    PAPERS.mkdir(parents=True, exist_ok=True)
    image.save(PAPERS / f"charter-{code}.png")
    ink = [x for x in range(image.width) for y in range(200) if image.getpixel((x, y)) < 128]
    assert ink
    margin = image.width * 22 / 210
    near_right = max(ink) > image.width - margin - 6
    assert near_right if code == "ar" else min(ink) < margin + 6, "a line begins where its script does"
    if code != "ar":  # pdfium gives Arabic in its presentation forms
        assert squeezed(CHARTER[code]) in squeezed(words_of(pdf))


@pytest.mark.parametrize(
    ("code", "said", "package"), [("zh", "x", "fonts-noto-cjk"), ("ar", "x", "fonts-noto-core"), ("en", "张军", "cjk")]
)
def test_a_font_that_is_missing_is_named_with_its_package(code: str, said: str, package: str) -> None:
    data = {"title": "t", "footer": "f", "blocks": [text(said)]}
    with pytest.raises(PaperError, match=package) as raised:
        typeset("paper.typ", data, language(code), made_at=DAY, fonts=NO_FONTS)
    assert "\n" not in str(raised.value)


def test_without_the_typesetter_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(NotFound, match=r"a PDF needs the extra \"paper\": pip install 'inblue\[paper\]'"):
        typeset("paper.typ", {}, ENGLISH, made_at=DAY)


def test_a_character_that_no_font_has_or_none_should_is_written_as_its_number() -> None:
    data = {"title": "t", "footer": "f", "blocks": [text("a \ue000 b \u202e c \x07 d \U0001f600 e \u0378 f")]}
    pdf = typeset("paper.typ", data, ENGLISH, made_at=DAY, fonts=NO_FONTS)
    assert faults_of(pdf) == []
    assert "a <U+E000> b <U+202E> c <U+0007> d <U+1F600> e <U+0378> f" in words_of(pdf)


def test_an_unknown_time_is_drawn_as_a_span_and_never_as_a_point(records: dict[str, Record]) -> None:
    real = picture_of(records[REAL], ENGLISH)
    assert real is not None
    assert not any(row.exact for row in real.rows)
    assert real.deadline is None
    assert [row.at for row in real.rows if row.label == "BEL"] == [(0.0, 100.0)]
    simulated = picture_of(records[SIMULATED], ENGLISH)
    assert simulated is not None
    assert simulated.deadline is not None
    rows = {row.label: row for row in simulated.rows}
    assert all(row.exact for row in rows.values())
    assert rows["VNM"].at[0] < simulated.deadline < rows["NER"].at[0]
    assert (rows["VNM"].counted, rows["NER"].counted, rows["BEL (2)"].counted) == (True, False, False)


def test_a_picture_of_many_replies_goes_on_over_pages(records: dict[str, Record], verification: Verification) -> None:
    record = records[SIMULATED]
    many = replace(record, replies=(record.replies * 13)[:193])
    document = pypdfium2.PdfDocument(record_pdf([many], verification, ENGLISH))
    drawn = [page.get_textpage().get_text_bounded().count("2026-03-08 15:00:00-04") for page in document]
    assert sum(drawn[:7]) == 1 + 5, "the deadline in words, and below each of five pictures"


def test_pages_are_kept_as_pictures_to_be_looked_at(records: dict[str, Record], verification: Verification) -> None:
    PAPERS.mkdir(parents=True, exist_ok=True)
    for symbol, name in ((REAL, "real"), (SIMULATED, "simulated")):
        document = pypdfium2.PdfDocument(record_pdf([records[symbol]], verification, ENGLISH))
        for number, page in enumerate(document, start=1):
            image = page.render(scale=1.2).to_pil()
            image.save(PAPERS / f"{name}-{number}.png")
            assert len(image.convert("L").getcolors() or ()) > 20, "a page has something on it"
