"""The service's pages in a real browser: the votes, the record behind them, and the page where something is pasted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from asking import Asker, listening
from axe_playwright_python.sync_playwright import Axe
from ledgers import recorded
from many_votes import vote
from paths import ARTEFACTS

import inblue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = {"desk": 1280, "phone": 390}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Asker, str, str]]:
    ledger = recorded()
    vote(ledger, 0)
    app = inblue.web_app(ledger)
    app.state.service.horizon.look()
    receipt = inblue.issue_receipt(ledger, "SIM/0", "EST").canonical().decode()
    vote(ledger, 1, until=9)
    waits = inblue.issue_receipt(ledger, "SIM/1", "BEL").canonical().decode()
    with listening(app) as asker:
        yield asker, receipt, waits


@pytest.fixture
def page(browser: Browser, made: tuple[Asker, str, str]) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    refused: list[str] = []
    opened.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: refused.append(str(error)))
    yield opened
    context.close()
    assert refused == []


def test_from_the_list_of_votes_a_reader_comes_to_a_record_that_checks_itself(
    page: Page, made: tuple[Asker, str, str]
) -> None:
    page.goto(made[0].url)
    assert page.locator("h1").inner_text() == "Written votes"
    assert page.locator(".open .symbol").all_inner_texts() == ["SIM/1"]
    assert page.locator(".served .symbol").all_inner_texts() == ["SIM/0", "SIM/A/74/L.1", "S/2020/240"]
    page.locator(".served > li", has_text="S/2020/240").get_by_text("the record, with its proof").click()
    page.wait_for_selector('[data-verdict="holds"]')
    assert "S/2020/240" in page.title()


def test_what_is_pasted_gets_its_answer(page: Page, made: tuple[Asker, str, str]) -> None:
    ask, receipt, waits = made
    page.goto(f"{ask.url}/search")

    def look_up(text: str) -> tuple[str | None, str]:
        page.get_by_label("Digest or receipt").fill(text)
        page.get_by_role("button", name="Look it up").click()
        page.wait_for_load_state()
        answer = page.locator(".answer")
        return answer.get_attribute("data-answer"), answer.locator(".said").inner_text()

    answer, said = look_up(receipt)
    assert answer == "there"
    assert re.fullmatch(r"The reply of EST to SIM/0 is entry \d+ of the log, as the receipt shows\.", said)
    page.get_by_text("that it is in the log").click()
    assert '"format":"inblue-proof/1"' in page.content()
    page.goto(f"{ask.url}/search")
    assert look_up(f"  {'ab' * 32}\n")[0] == "missing"
    assert look_up(waits) == ("not_shown", "The vote is open. The answer is given once the result is announced.")
    assert look_up(receipt.replace("SIM/0", "SIM/9"))[0] == "fault"
    assert look_up("<script>document.title = 'taken'</script>")[0] == "fault"
    assert "taken" not in page.title()


def test_everybody_can_use_the_pages(page: Page, made: tuple[Asker, str, str]) -> None:
    for path in ("", "/search", f"/search?q={'ab' * 32}", "/?lang=ar"):
        page.goto(made[0].url + path)
        found = Axe().run(page, options=RULES)
        assert not found.response["violations"], found.generate_report()
        for width in WIDTHS.values():
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)


@pytest.mark.skipif("INBLUE_TEST_PICTURES" not in os.environ, reason="make pictures looks at it")
def test_screen(page: Page, made: tuple[Asker, str, str]) -> None:
    ask, receipt, _ = made
    ARTEFACTS.mkdir(exist_ok=True)
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(ask.url)
        page.screenshot(path=ARTEFACTS / f"serve-votes-{name}.png", full_page=True)
        page.goto(f"{ask.url}/search")
        page.get_by_label("Digest or receipt").fill(receipt)
        page.get_by_role("button", name="Look it up").click()
        page.wait_for_selector(".answer")
        page.screenshot(path=ARTEFACTS / f"serve-search-{name}.png", full_page=True)
