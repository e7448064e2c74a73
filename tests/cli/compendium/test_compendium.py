"""The compendium: annexes in their order, papers as they are kept, and nothing that is not on record."""

from __future__ import annotations

import base64
import json
import os
import re
import struct
import subprocess
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from archive import faults_of
from command_line import call
from ledgers import SMALL, forced, small
from paths import EXAMPLES, GOLDEN, INBLUE, REAL_CASE, VECTORS, case_file
from signers import REGISTRAR

from inblue.cli.compendium.annexes import Annexes
from inblue.cli.language.choose import language
from inblue.domain.acts import ClericalErrorCorrected
from inblue.domain.ending_acts import ResultAnnounced
from inblue.domain.errors import Refused
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.export import export
from inblue.ledger.projections.compendium import Compendium, compendium_of

REAL, SIMULATED, SILENCE = "S/2020/240", "SIM/2026/1", "SIM/A/74/L.1"
# In the order of annexes II to XX of S/2020/268.
REPLIES = ["BEL", "CHN", "DOM", "EST", "FRA", "DEU", "IDN", "NER", "RUS", "VCT", "ZAF", "TUN", "GBR", "USA", "VNM"]
STATEMENTS = ["CHN", "IDN", "RUS", "VCT"]
LETTER = "Excellency,\r\n\r\n#panic() *in favour* <script>alert(1)</script> </blockquote> {{ 7 }}\r\n\tBelgium\r\n"


def png(width: int = 3, height: int = 2) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(width) for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def run(ledger: Path, *words: object) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger), "INBLUE_PASSPHRASE": "four words nobody says"}
    return call([INBLUE, *map(str, words)], env=env)


def ok(ledger: Path, *words: object) -> str:
    done = run(ledger, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real vote without papers, a silence procedure, and the simulated day with papers of every kind."""
    folder = tmp_path_factory.mktemp("compendium")
    papers = {
        "bel.txt": LETTER.encode(),
        "chn.pdf": b"%PDF-1.4 not really\n",
        "est.png": png(),
        "fra.html": b"<script>alert(1)</script>",
        "rus.png": png()[:33] + b"and then nothing that is a picture",
        "draft.en.txt": b"The Council,\n\n1. Decides.\n",
        "draft.fr.txt": "Le Conseil,\n\n1. Décide.\n".encode(),
    }
    for name, content in papers.items():
        (folder / name).write_bytes(content)
    case: Any = json.loads((EXAMPLES / "simulated.case.json").read_text())
    case["draft"]["files"] = {"en": "draft.en.txt", "fr": "draft.fr.txt"}
    for act in case["acts"]:
        paper = next((n for n in papers if n.startswith(act.get("member", "-").lower() + ".")), None)
        if act["act"] == "vote_cast" and paper and act["received_at"] < "2026-03-08T12":
            act["file"] = paper
    (folder / "simulated.case.json").write_text(json.dumps(case))
    path = folder / "ledger.db"
    for each in ("s-2020-268", "unga-74-544"):
        ok(path, "play", case_file(each))
    ok(path, "play", folder / "simulated.case.json")
    return path


def compendium(ledger: Path, symbol: str) -> Compendium:
    with Ledger.open(ledger, read_only=True) as book:
        return compendium_of(book.vote(symbol), book.files)


class Page(HTMLParser):
    """What a reader of a page sees: its words, its tags, its links."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.tags: list[str] = [""]
        self.links: list[dict[str, str | None]] = []
        self.heads: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in {"dd", "br"}:
            self.said.append(" " if tag == "dd" else "\n")
        if tag in {"a", "img"}:
            self.links.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        if self.tags[-1] != "style":
            self.said.append(data)
        if self.tags[-1] in {"h2", "h3"} and data.strip():
            self.heads.append(data.strip())


def page(ledger: Path, symbol: str, folder: Path) -> Page:
    (folder / "c.html").unlink(missing_ok=True)
    ok(ledger, "compendium", "--vote", symbol, "-o", folder / "c.html")
    return Page((folder / "c.html").read_text())


def pdf_words(content: bytes) -> str:
    return " ".join(" ".join(p.get_textpage().get_text_bounded() for p in pypdfium2.PdfDocument(content)).split())


def test_annexes_are_in_the_order_of_the_published_letter(ledger: Path) -> None:
    made = compendium(ledger, REAL)
    assert [annex.number for annex in made.annexes] == list(range(1, 21))
    assert made.annexes[0].kind == "opening"
    assert [annex.reply.member for annex in made.of("reply") if annex.reply] == REPLIES
    assert [annex.statement.act.member for annex in made.of("statement") if annex.statement] == STATEMENTS


def test_the_page_of_the_real_letter_is_what_was_approved(ledger: Path, tmp_path: Path) -> None:
    """INBLUE_UPDATE_GOLDEN=1 in the environment approves what the page says now."""
    said = "".join(
        f"{line.strip()}\n" for line in "".join(page(ledger, REAL, tmp_path).said).splitlines() if line.strip()
    )
    approved = GOLDEN / "s-2020-240.compendium.txt"
    if os.environ.get("INBLUE_UPDATE_GOLDEN"):
        approved.write_text(said, encoding="utf-8")
    assert said == approved.read_text(encoding="utf-8")


def test_replies_do_not_stand_in_their_order_of_arrival(ledger: Path) -> None:
    made = compendium(ledger, SIMULATED)
    numbered = [(a.reply.member, a.reply.ordinal) for a in made.of("reply") if a.reply]
    assert numbered[:4] == [("BEL", 1), ("BEL", 2), ("CHN", 1), ("EST", 1)]
    members = [member for member, _ in numbered]
    assert members.index("VCT") < members.index("ZAF"), "Saint Vincent and the Grenadines comes before South Africa"
    assert "NOR" not in members
    assert [reply.member for reply in made.outsiders] == ["NOR"]


def test_a_reply_that_does_not_count_is_annexed_with_the_clause(ledger: Path, tmp_path: Path) -> None:
    said = " ".join("".join(page(ledger, SIMULATED, tmp_path).said).split())
    assert "received 7 min after the window closed (clause late)" in said
    assert "a reply of Norway, which is not on the roster of this vote" in said


@pytest.mark.long
@pytest.mark.parametrize("symbol", [REAL, SIMULATED, SILENCE])
def test_on_paper_it_is_an_archival_and_accessible_pdf(ledger: Path, tmp_path: Path, symbol: str) -> None:
    out = tmp_path / "c.pdf"
    ok(ledger, "compendium", "--vote", symbol, "--pdf", "-o", out)
    assert faults_of(out.read_bytes(), part=3 if symbol == SIMULATED else 2) == []
    first = out.read_bytes()
    ok(ledger, "compendium", "--vote", symbol, "--pdf", "-o", tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == first
    made = compendium(ledger, symbol)
    closes = made.state.window.closes_at
    if closes is not None:
        assert language(None).instant(closes, made.state.zone) in pdf_words(first)


def test_a_paper_that_is_text_is_shown_as_text(ledger: Path, tmp_path: Path) -> None:
    shown = page(ledger, SIMULATED, tmp_path)
    said = "".join(shown.said)
    assert "Excellency,\n\n#panic() *in favour* <script>alert(1)</script> </blockquote> {{ 7 }}\n    Belgium" in said
    assert "1. Décide." in said
    assert not {"script", "iframe", "link", "object", "form"} & set(shown.tags)
    ok(ledger, "compendium", "--vote", SIMULATED, "--pdf", "-o", tmp_path / "c.pdf")
    assert "#panic() *in favour* <script>alert(1)</script> </blockquote> {{ 7 }}" in pdf_words(
        (tmp_path / "c.pdf").read_bytes()
    )


def test_other_papers_are_carried_byte_for_byte(ledger: Path, tmp_path: Path) -> None:
    links = [link for link in page(ledger, SIMULATED, tmp_path).links if link.get("download")]
    carried = {
        str(link["href"]).partition(",")[0]: base64.b64decode(str(link["href"]).partition(",")[2]) for link in links
    }
    assert carried["data:application/pdf;base64"] == b"%PDF-1.4 not really\n"
    assert carried["data:application/octet-stream;base64"] == b"<script>alert(1)</script>", "never as a page"
    ok(ledger, "compendium", "--vote", SIMULATED, "--pdf", "-o", tmp_path / "c.pdf")
    with pikepdf.open(tmp_path / "c.pdf") as pdf:
        attached = {name: file.get_file().read_bytes() for name, file in pdf.attachments.items()}
    assert {b"%PDF-1.4 not really\n", png(), b"<script>alert(1)</script>"} <= set(attached.values())
    assert all(name.startswith("annex-") for name in attached)


def test_a_picture_is_shown_and_a_broken_one_does_no_harm(ledger: Path, tmp_path: Path) -> None:
    pictures = [link for link in page(ledger, SIMULATED, tmp_path).links if link.get("alt")]
    assert base64.b64decode(str(pictures[0]["src"]).partition(",")[2]) == png()
    assert [base64.b64decode(str(each["src"]).partition(",")[2])[33:] for each in pictures[1:]] == [
        b"and then nothing that is a picture"
    ]
    ok(ledger, "compendium", "--vote", SIMULATED, "--pdf", "-o", tmp_path / "c.pdf")
    with pikepdf.open(tmp_path / "c.pdf") as pdf:
        assert {Path(name).suffix for name in pdf.attachments} == {".pdf", ".png", ".bin"}
        drawn = [each for each in pdf.objects if isinstance(each, pikepdf.Stream) and each.get("/Subtype") == "/Image"]
        assert [(int(each.Width), int(each.Height)) for each in drawn] == [(3, 2)]


def test_a_picture_too_large_to_draw_is_only_carried(ledger: Path) -> None:
    from inblue.cli.documents.papers import Papers
    from inblue.ledger.projections.compendium import Paper

    bomb = png(1, 1)[:16] + struct.pack(">II", 60_000, 60_000) + png(1, 1)[24:]
    blocks = list(Papers(language(None)).blocks(Paper("0" * 64, "image/png", None, bomb), "annex-1"))
    assert blocks[0]["image"] is False


def test_the_page_lets_nothing_in_and_runs_nothing(ledger: Path, tmp_path: Path) -> None:
    ok(ledger, "compendium", "--vote", REAL, "-o", tmp_path / "c.html")
    source = (tmp_path / "c.html").read_text()
    assert "default-src 'none'; style-src 'sha256-" in source
    assert "unsafe" not in source
    assert "http" not in source.replace("http-equiv", "")


def bare() -> dict[str, Any]:
    """The real vote as a case that attaches nothing."""
    case: dict[str, Any] = json.loads(REAL_CASE.read_text())
    for holder in (case["draft"], *case["acts"], *(act.get("instrument", {}) for act in case["acts"])):
        for name in ("file", "files", "translation"):
            holder.pop(name, None)
    return case


def test_what_the_ledger_does_not_hold_is_said_and_not_made_up(ledger: Path, tmp_path: Path) -> None:
    case = bare()
    del case["acts"][-1]["language"]
    (tmp_path / "bare.case.json").write_text(json.dumps(case))
    ok(tmp_path / "bare.db", "play", tmp_path / "bare.case.json")
    said = " ".join("".join(page(tmp_path / "bare.db", REAL, tmp_path).said).split())
    assert said.count("The paper is not on record") == 22  # the letter, twenty annexes, one enclosure
    assert said.count("[Original: ") == 2
    assert "Original language of annexes without a note on it: not on record." in said
    assert "[Original: French]" in said
    assert "[Original: Chinese and English]" in said
    assert "(Signed) Zhang Jun (张军)" in said
    assert "It is not the document S/2020/268 as issued" in said
    assert "closes hour not known" in said
    assert "DRAFT, prepared with inblue" in " ".join("".join(page(ledger, SILENCE, tmp_path).said).split())


def headings(made: Annexes) -> list[str]:
    return [str(block["text"]) for block in made.blocks() if block["kind"] == "heading" and block["level"] in {1, 3}]


def test_it_is_headed_as_the_published_letter_is(ledger: Path) -> None:
    made = compendium(ledger, REAL)
    english, chinese = (headings(Annexes(made, language(code))) for code in (None, "zh"))
    assert english[0] == (
        "Letter dated 31 March 2020 from the President of the Security Council addressed to the Secretary-General and "
        "the Permanent Representatives of the members of the Security Council"
    )
    assert "Letter dated 28 March 2020" not in " ".join(english)
    assert (
        "Note verbale dated 28 March 2020 from the Permanent Mission of the Niger to the United Nations addressed to "
        "the President of the Security Council"
    ) in english
    printed = [
        (REAL_CASE.parent / "s-2020-268" / f"{name}.zh.txt").read_text().partition("\n")[0]
        for name in ("letter", *(f"annex-{number:02}" for number in (1, 2, *range(4, 17), 19, 20)))
    ]
    assert [each for each in printed if each not in chinese] == []  # in the others a member has its full name


def test_a_signature_is_shown_once_as_printed_or_in_words_that_its_reader_knows(ledger: Path) -> None:
    made = compendium(ledger, REAL)
    blocks = {code: Annexes(made, language(code)).blocks() for code in ("zh", "ru")}
    printed = ["比利时常驻联合国代表", "特命全权大使", "马克·贝克斯廷·德布伊茨沃夫（签名）"]
    (inside,) = (block for block in blocks["zh"] if block.get("signature") == printed)
    assert printed[0] not in inside["text"]
    signed = [block["lines"] for block in blocks["ru"] if block["kind"] == "signature"]
    assert "Marc Pecsteen de Buytswerve (马克·贝克斯廷·德布伊茨沃夫)" in signed[2][0]


def test_an_office_is_in_the_feminine_where_the_record_says_that_a_woman_holds_it(ledger: Path) -> None:
    made = compendium(ledger, REAL)
    said = {code: str(Annexes(made, language(code)).blocks()) for code in ("fr", "es", "ar")}
    vincent = "auprès de l’Organisation des Nations Unies (Saint-Vincent-et-les Grenadines)"
    assert said["fr"].count(f"Représentante permanente {vincent}") == 3  # heading and signature of the reply, statement
    assert f"par la Représentante permanente {vincent}" in said["fr"]
    assert f"Représentant permanent {vincent}" not in said["fr"]
    assert "por la Representante Permanente" in said["es"]
    assert "Embajadora Extraordinaria y Plenipotenciaria" in said["es"]
    arabic = re.sub(r"[\u200f\u2066-\u2069]|\\u20[0-9a-f]{2}", "", said["ar"])
    assert arabic.count("الممثلة الدائمة لسانت فنسنت وجزر غرينادين لدى الأمم المتحدة") == 3
    assert "الممثل الدائم لبلجيكا لدى الأمم المتحدة" in arabic
    assert "<U+" not in arabic


def test_the_members_own_paper_is_in_its_annex(ledger: Path, tmp_path: Path) -> None:
    said = "".join("".join(page(ledger, REAL, tmp_path).said).split())
    for path in sorted((REAL_CASE.parent / "s-2020-268").glob("*.txt")):
        assert "".join(path.read_text().split()) in said
    assert said.count("atranslation,Chinese") == 21  # all but annex XVII, whose original is Chinese, too


def test_a_correction_that_brought_another_paper_leaves_the_members_own_in_its_annex(tmp_path: Path) -> None:
    """Acts before the announcement that the recorder refuses, but other software may have recorded."""
    book = small(change=lambda history: history[:6])
    late = book.attach(b"The delegation votes against.\n")
    correction = ClericalErrorCorrected(
        member="CHN",
        field="position",
        was="in_favour",
        now="against",
        reason="typing error",
        corrected_at=book.clock(),
        sha256=late,
        media_type="text/plain",
    )
    with pytest.raises(Refused, match="another paper is another reply"):
        book.perform(SMALL, correction, signer=REGISTRAR)
    forced(book, correction)
    book.perform(SMALL, ResultAnnounced(announced_at=book.clock()), signer=REGISTRAR)
    bundle = export(book, tmp_path / "b.zip", vote=SMALL).path
    said = " ".join(page(bundle, SMALL, tmp_path).said)
    assert "The delegation votes in favour." in said
    assert "The delegation votes against." not in said
    assert "typing error" in said


def test_the_number_of_a_resolution_is_written_as_in_each_language(ledger: Path) -> None:
    made = compendium(ledger, REAL)
    assert "第2518(2020)号决议" in str(Annexes(made, language("zh")).blocks())
    arabic = "\n".join(str(block["text"]) for block in Annexes(made, language("ar")).blocks() if "text" in block)
    assert "\N{RIGHT-TO-LEFT ISOLATE}2518 (2020)\N{POP DIRECTIONAL ISOLATE}" in arabic


def test_a_vote_that_is_not_closed_has_none(tmp_path: Path) -> None:
    ledger = tmp_path / "l.db"
    ok(ledger, "init")
    ok(ledger, "draft", "circulate", "S/1")
    done = run(ledger, "compendium", "-o", tmp_path / "c.html")
    assert (done.returncode, "is not closed" in done.stderr) == (2, True)
    assert not (tmp_path / "c.html").exists()


def test_it_is_made_from_a_bundle_too(ledger: Path, tmp_path: Path) -> None:
    ok(ledger, "compendium", "--vote", SIMULATED, "-o", tmp_path / "of-ledger.html")
    ok(ledger, "export", tmp_path / "vote.zip", "--vote", SIMULATED)
    ok(tmp_path / "vote.zip", "compendium", "-o", tmp_path / "of-bundle.html")
    of_ledger, of_bundle = ((tmp_path / f"of-{name}.html").read_text(encoding="utf-8") for name in ("ledger", "bundle"))
    as_of = re.findall(r" *<p>As of entry \d+ of \d+[^<]*</p>\n", of_bundle)
    assert len(as_of) == 1
    assert of_bundle.replace(as_of[0], "") == of_ledger
    bad = run(VECTORS / "bundles/signature.zip", "compendium", "-o", tmp_path / "no.html")
    assert (bad.returncode, "does not hold" in bad.stderr) == (1, True)
    assert not (tmp_path / "no.html").exists()


def test_it_never_writes_over_the_ledger_nor_half_a_file(ledger: Path, tmp_path: Path) -> None:
    done = run(ledger, "compendium", "--vote", REAL, "-o", ledger)
    assert (done.returncode, "something is there already" in done.stderr) == (2, True)
    done = run(ledger, "compendium", "--vote", REAL, "-o", tmp_path / "no" / "c.html")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert list(tmp_path.iterdir()) == []


def test_annexes_are_numbered_as_the_language_does() -> None:
    wanted = {1: "I", 4: "IV", 9: "IX", 14: "XIV", 20: "XX", 49: "XLIX", 193: "CXCIII"}
    assert {number: language(None).annex(number) for number in wanted} == wanted
    chinese = {1: "一", 10: "十", 16: "十六", 20: "二十", 21: "二十一"}
    assert {number: language("zh").annex(number) for number in chinese} == chinese
