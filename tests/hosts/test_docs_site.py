"""The documentation as a site: made without a warning, and read from files in a browser, at desk and phone width.

It needs what ``make docs`` installs (pins/docs.txt).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from paths import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = {"desk": 1280, "phone": 390}
PAGES = (
    "index",
    "tutorial/vote",
    "tutorial/audit",
    "how-to/officer",
    "glossary",
    "evidence",
    "verifying",
    "reference/commands/index",
    "reference/commands/vote",
    "reference/schemas/record",
    "adr/README",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "docs"
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "site" / "make_site.py"), str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (made.returncode, made.stderr) == (0, "")
    return folder


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": WIDTHS["desk"], "height": 900})
    yield opened
    opened.close()


def found_by(page: Page, site: Path, word: str) -> list[str]:
    page.goto((site / "index.html").as_uri())
    page.get_by_role("search").get_by_role("textbox").first.fill(word)
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.search-summary')?.innerText.includes('finished')")
    found: list[str] = page.locator("#search-results li a").evaluate_all("all => all.map(each => each.href)")
    return found


def test_a_search_from_files_finds_a_word_and_leads_to_it(page: Page, site: Path) -> None:
    found = found_by(page, site, "acknowledgement")
    assert any("reference/commands/receipt" in each for each in found)
    page.locator("#search-results li a").first.click()
    page.wait_for_load_state()
    assert "acknowledgement" in page.content().lower()


def test_everybody_can_use_the_pages(page: Page, site: Path) -> None:
    wrong = {}
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 900})
        for name in PAGES:
            page.goto((site / f"{name}.html").as_uri())
            wrong[name, width] = [each["id"] for each in Axe().run(page).response["violations"]]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        found_by(page, site, "receipt")
        wrong["search", width] = [each["id"] for each in Axe().run(page).response["violations"]]
    assert {where: rules for where, rules in wrong.items() if rules} == {}


def test_no_page_asks_for_anything_but_its_own_files(page: Page, site: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto((site / f"{name}.html").as_uri())
    found_by(page, site, "witness")
    assert [url for url in asked if not url.startswith((site.as_uri(), "data:"))] == []


def test_every_command_and_schema_has_a_page(site: Path) -> None:
    from inblue.cli import COMMANDS
    from inblue.cli.desk.schemas import SCHEMAS

    assert {each.stem for each in (site / "reference" / "commands").glob("*.html")} == {*COMMANDS, "index"}
    assert {each.stem for each in (site / "reference" / "schemas").glob("*.html")} == {*SCHEMAS, "index"}
