"""The page of a receipt in a real browser: it checks itself, in six languages, on every screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from ledgers import SMALL, small
from paths import ARTEFACTS

from inblue.cli.delegation.looked import Looked
from inblue.cli.delegation.receipt_page import receipt_page
from inblue.cli.language.choose import language
from inblue.cli.language.english import LANGUAGES
from inblue.ledger.evidence.receipt import read_receipt
from inblue.ledger.evidence.receipt_alone import KnownKeys, check_alone
from inblue.ledger.operations.export import issue_receipt
from inblue.ledger.standards.ed25519 import Ed25519Signer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
CHINA = Ed25519Signer.from_seed(b"c" * 32)
LEDGER = small(change=lambda history: history[:4], members={"CHN": CHINA})
RAW = issue_receipt(LEDGER, SMALL, "CHN").canonical()
KEYS = KnownKeys.of_register(LEDGER.register())


def written(folder: Path, code: str = "en", raw: bytes = RAW, keys: KnownKeys = KEYS) -> Path:
    looked = Looked(raw, check_alone(read_receipt(raw, where="r"), keys), keys, claimed=True)
    page = folder / f"{code}.html"
    page.write_text(receipt_page(looked, language(code)))
    return page


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 360, "height": 640})
    yield made
    made.close()


def opened(context: BrowserContext, path: Path) -> Page:
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-checked]", state="attached", timeout=20_000)
    return page


def here(page: Page) -> list[str]:
    return [str(each) for each in page.locator("[data-here]").evaluate_all("all => all.map((td) => td.dataset.state)")]


def test_a_receipt_that_holds_says_so_twice(context: BrowserContext, tmp_path: Path) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = opened(context, written(tmp_path))
    assert page.locator("h1").inner_text() == "Your vote is in."
    assert page.locator("#here .said").inner_text().startswith("Checked in this browser: the receipt holds")
    assert here(page) == ["holds"] * 5
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_a_page_that_was_edited_does_not_hold(context: BrowserContext, tmp_path: Path) -> None:
    whole = written(tmp_path).read_text()
    for name, old, new in (
        ("member", '\\"member\\":\\"CHN\\"', '\\"member\\":\\"EST\\"'),
        ("place", "\\\\nindex ", "\\\\nindex 1"),
        ("key", CHINA.public_key.hex(), "".join(reversed(CHINA.public_key.hex()))),
    ):
        start = whole.index('id="receipt"')
        edited = whole[:start] + whole[start:].replace(old, new, 1)
        assert edited != whole, name
        (tmp_path / f"{name}.html").write_text(edited)
        page = opened(context, tmp_path / f"{name}.html")
        assert page.locator("#here .said").inner_text() == "Checked in this browser: DOES NOT HOLD.", name
        assert "broken" in here(page), name


def test_without_keys_the_page_says_what_was_not_checked(context: BrowserContext, tmp_path: Path) -> None:
    page = opened(context, written(tmp_path, keys=KnownKeys()))
    assert page.locator("#here").get_attribute("data-verdict") == "unchecked"
    assert here(page) == ["holds", "unknown", "unknown", "holds", "unknown"]
    assert "It was not checked that the log signed this" in page.locator("h1").inner_text()


def test_a_key_from_elsewhere_is_compared(context: BrowserContext, tmp_path: Path) -> None:
    page = opened(context, written(tmp_path))
    for pasted, answer in ((KEYS.log_keys[0], "same"), ("example.org/small+00000000+AAAA", "other"), (" ", "nothing")):
        page.locator("#pasted").fill(pasted)
        page.locator("#compare-button").click()
        assert page.locator("#compared").get_attribute("data-answer") == answer


def test_the_receipt_can_be_saved_as_it_is(context: BrowserContext, tmp_path: Path) -> None:
    page = opened(context, written(tmp_path))
    with page.expect_download() as saved:
        page.locator("a[download]").click()
    assert json.loads(saved.value.path().read_bytes()) == json.loads(RAW)


@pytest.mark.parametrize("code", LANGUAGES)
def test_axe_finds_nothing_and_nothing_is_cut(context: BrowserContext, tmp_path: Path, code: str) -> None:
    page = opened(context, written(tmp_path, code))
    for width, height in ((360, 640), (390, 844), (1280, 900)):
        page.set_viewport_size({"width": width, "height": height})
        box = page.locator("#here").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < height
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response
        assert [(each["id"], each["nodes"][0]["target"]) for each in found["violations"]] == [], scheme
    ARTEFACTS.mkdir(exist_ok=True)
    page.set_viewport_size({"width": 360, "height": 640})
    page.screenshot(path=ARTEFACTS / f"receipt-{code}.jpg", full_page=True, type="jpeg", quality=85)
