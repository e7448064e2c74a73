"""The compendium in Chinese, laid beside S/2020/268 as it is printed: line by line (docs/compendium.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pypdfium2
import pytest
from paths import EXAMPLES, REAL_CASE, ROOT
from signers import LOG, REGISTRAR

from inblue.cli.compendium.annexes import Annexes
from inblue.cli.language.choose import language
from inblue.ledger.ledger import Ledger
from inblue.ledger.operations.play import play_all, read_case
from inblue.ledger.projections.compendium import Compendium, compendium_of

PRINTED = (EXAMPLES / "s-2020-268/as-printed/zh.txt").read_text()
PAGE = (ROOT / "docs/compendium.md").read_text()


@pytest.fixture(scope="module")
def made() -> Iterator[Compendium]:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with Ledger.create(None, signer=REGISTRAR, log_signer=LOG, origin="example.org/same", clock=lambda: now) as ledger:
        case = read_case(REAL_CASE)
        play_all(ledger, [(case, REAL_CASE.parent)], signer=REGISTRAR, at_once=True)
        yield compendium_of(ledger.vote("S/2020/240"), ledger.files)


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_every_line_of_the_document_is_there_in_its_order_but_those_that_the_page_lists(made: Compendium) -> None:
    ours = squeezed(Annexes(made, language("zh")).text().decode())
    at, other = 0, []
    for line in filter(None, map(squeezed, PRINTED.splitlines())):
        found = ours.find(line, at)
        if found < 0:
            other.append(line)
        else:
            at = found + len(line)
    listed = re.findall(r"^\| `([^`]+)` \| `[^`]*` \|", PAGE, re.MULTILINE)
    assert other == [squeezed(each) for each in listed]


def test_between_the_masthead_and_the_last_annex_is_nothing_else(made: Compendium) -> None:
    """Not one character more than the document has, but for those that the page lists."""
    text = Annexes(made, language("zh")).text().decode()
    ours = squeezed(text[text.index("联合国 S/2020/268") : text.index("\n根据记录\n")])
    printed = squeezed(PRINTED)
    for was, now in re.findall(r"^\| `([^`]+)` \| `([^`]*)` \|", PAGE, re.MULTILINE):
        assert squeezed(was) in printed
        printed = printed.replace(squeezed(was), squeezed(now))
    assert ours == printed


@pytest.mark.long
@pytest.mark.parametrize("code", ["zh", "ar", "fr", "en"])
def test_on_paper_no_page_is_near_empty_and_no_signature_begins_one(made: Compendium, code: str) -> None:
    document = pypdfium2.PdfDocument(Annexes(made, language(code)).pdf())
    pages = [page.get_textpage().get_text_bounded() for page in document]
    assert all(len(page.split("\n")) > 12 for page in pages[:-1])
    for page in pages:
        first = page.strip().split("\n")[0]
        assert not re.match(r"\(Sign|.*（签名）|.*常驻联合国代表$", first)
    assert code == "ar" or all("S/2020/268" in page[-40:] for page in pages)
