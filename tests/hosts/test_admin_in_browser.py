"""Django's admin of examples/outbox_django in a real browser: a wish is written, performed, and seen with its answer.

Run by ``make test-hosts``.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paths import EXAMPLES, ROOT

import inblue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.skipif("INBLUE_TEST_SERVERS" not in os.environ, reason="make test-hosts runs it")

PASSPHRASE = "four words nobody says"
PASSWORD = "another four words here"
NO_VOTE = "there is no such vote; circulate its draft first"
WISHES = "/admin/outbox_django/wish/"


class Host:
    """A Django project with the example in it, and a ledger with an open vote."""

    def __init__(self, folder: Path) -> None:
        keys, self.ledger = inblue.KeyStore(folder / "keys"), folder / "council.db"
        registrar, log = (keys.new(name, PASSPHRASE.encode()) for name in ("registrar", "log"))
        with inblue.Ledger.create(self.ledger, signer=registrar, log_signer=log) as ledger:
            ledger.adopt_procedure(inblue.built_in_procedure("unsc-2020-253"), signer=registrar)
            with ledger.at("S/2026/1", signer=registrar).together() as acts:
                acts.circulate("unsc-2020-253", title="The situation")
                acts.open(inblue.built_in_roster("unsc-2026"), programme_of_work=True)
        self.env = {
            "PATH": os.environ["PATH"], "PYTHONPATH": f"{EXAMPLES}:{ROOT / 'tests' / 'support'}",
            "DJANGO_SETTINGS_MODULE": "django_host", "DATABASE": str(folder / "host.db"), "SECRET_KEY": "of a test",
            "INBLUE_LEDGER": str(self.ledger), "INBLUE_KEYS": str(folder / "keys"), "INBLUE_PASSPHRASE": PASSPHRASE,
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        }  # fmt: skip
        self.django("migrate", "--verbosity", "0")
        self.django("createsuperuser", "--noinput", "--username", "root", "--email", "root@example.org")

    def django(self, *words: str) -> str:
        """One of Django's commands, as ``manage.py`` runs it; returns what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "django", *words],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve it on loopback; yield the address."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            place = f"127.0.0.1:{free.getsockname()[1]}"
        words = ["runserver", "--noreload", "--insecure", place]
        server = subprocess.Popen(
            [sys.executable, "-m", "django", *words], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        until = time.monotonic() + 60
        try:
            while not answers(f"http://{place}/admin/login/"):
                assert server.poll() is None, server.communicate()[0]
                assert time.monotonic() < until
                time.sleep(0.05)
            yield f"http://{place}"
        finally:
            server.terminate()
            said = server.communicate(timeout=60)[0].decode()
        assert "Traceback" not in said, said


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []


def enter(page: Page, address: str, vote: str, member: str) -> None:
    page.goto(f"{address}/replies/")
    page.get_by_label("Vote").fill(vote)
    page.get_by_label("Member").fill(member)
    page.get_by_label("Position").select_option("in_favour")
    page.get_by_role("button", name="Enter").click()
    page.wait_for_url(f"{address}{WISHES}")


def rows(page: Page) -> list[list[str]]:
    """What the list of wishes shows: vote, acts recorded, why refused; the oldest first."""
    found = []
    for row in page.locator("#result_list tbody tr").all():
        cells = (row.locator(f".field-{name}").inner_text() for name in ("vote", "recorded", "refused"))
        found.append(list(cells))
    return found[::-1]


def test_a_wish_is_written_performed_and_seen_with_its_answer(tmp_path: Path, page: Page) -> None:
    host = Host(tmp_path)
    with host.serving() as address:
        page.goto(f"{address}/replies/")
        assert "/admin/login/" in page.url, "an unknown user is asked to log in"
        page.get_by_label("Username").fill("root")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{address}/replies/")
        enter(page, address, "S/2026/1", "COL")
        assert rows(page) == [["S/2026/1", "-", "-"]]
        enter(page, address, "S/2026/9", "COL")

        assert host.django("perform_wishes") == "2 answered\n"
        page.reload()
        assert rows(page) == [["S/2026/1", "[2]", "-"], ["S/2026/9", "-", NO_VOTE]]

        page.get_by_role("link", name="Votes").click()
        page.wait_for_url(f"{address}{WISHES}votes/")
        assert page.locator("#content tbody tr").all_inner_texts()[0].split("\t")[:3] == [
            "S/2026/1", "The situation", "open",
        ]  # fmt: skip
        page.get_by_role("link", name="S/2026/1").click()
        page.wait_for_url(f"{address}{WISHES}votes/S/2026/1/")
        assert page.get_by_role("row", name="Colombia").get_by_role("cell").inner_text() == "in_favour"
        assert page.locator("#content li", has_text="form-").all_inner_texts()[0].endswith(": acts 2")

        page.goto(f"{address}{WISHES}")
        assert page.get_by_role("link", name="Add wish").count() == 0
        page.locator("#result_list tbody th a").first.click()
        page.wait_for_load_state()
        assert page.locator("input[type=submit], button[type=submit]", has_text="Save").count() == 0
        assert page.get_by_role("link", name="Delete").count() == 0
    with inblue.Ledger.open(host.ledger, read_only=True) as ledger:
        assert [(each.member, each.act.position) for each in ledger.vote("S/2026/1").replies] == [("COL", "in_favour")]
        assert ledger.verify().holds
