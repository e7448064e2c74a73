"""The second verifier: its own tests, its page in a real browser, and that its sources make that page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from node import NODE
from paths import EXAMPLES, VECTORS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

SECOND = EXAMPLES / "second-verifier"
BUNDLES = VECTORS / "bundles"

installed = pytest.mark.skipif(
    not (NODE and (SECOND / "node_modules").is_dir()), reason="make test installs it, with npm"
)


@pytest.mark.long
@installed
def test_it_passes_its_own_tests() -> None:
    assert NODE is not None
    done = subprocess.run([NODE, "--test", "test/"], cwd=SECOND, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@installed
def test_its_page_is_what_its_sources_make(tmp_path: Path) -> None:
    assert NODE is not None
    copy = tmp_path / "second-verifier"
    shutil.copytree(SECOND, copy, symlinks=True)
    (copy / "verify.html").unlink()
    subprocess.run([NODE, "build.mjs"], cwd=copy, check=True)
    assert (copy / "verify.html").read_bytes() == (SECOND / "verify.html").read_bytes()


def asked(browser: Browser, bundle: str, *, trust: str | None = None, against: tuple[str, ...] = ()) -> str:
    """What the page shows after these files are chosen; it must make no request."""
    requests: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith("blob:"):  # a worker that it makes of its own program
            requests.append(request.url)

    page: Page = browser.new_page()
    page.on("request", note)
    page.goto((SECOND / "verify.html").as_uri())
    page.set_input_files("#bundle", BUNDLES / bundle)
    if trust is not None:
        page.set_input_files("#trust", BUNDLES / trust)
    if against:
        page.set_input_files("#against", [BUNDLES / each for each in against])
    page.click("#check")
    page.locator("#report .status").wait_for()
    text = page.inner_text("#report")
    page.close()
    assert requests == [(SECOND / "verify.html").as_uri()]
    return text


@pytest.mark.long
@pytest.mark.parametrize(
    ("bundle", "status"), [("good.zip", "holds"), ("signature.zip", "does not hold"), ("cut.zip", "refused")]
)
def test_an_auditor_without_python_drops_a_bundle_on_the_page(browser: Browser, bundle: str, status: str) -> None:
    assert status in asked(browser, bundle).lower()


def test_with_a_trust_file_the_page_says_what_is_proven(browser: Browser) -> None:
    assert "proven" in asked(browser, "stamped.zip", trust="trust-stamped.json").lower()
