"""What any test may ask for: a vote told as a story, a browser, a database, a published log."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import call
from hypothesis import settings
from many_votes import with_votes
from paths import INBLUE, case_file, contents
from server import Database, database
from shelf import ShelfServer, serving
from signers import LOG, Elsewhere
from stories import Story

from inblue.domain.procedure import Procedure, built_in_procedure
from inblue.domain.roster import Roster, built_in_roster
from inblue.ledger.operations.publish import publish
from inblue.ledger.stores.address import Address, read_address

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A change is judged by the same examples every time, in make test-hosts by more of them; "make properties" looks for
# new ones.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None, max_examples=40)
settings.register_profile("thorough", derandomize=True, database=None, deadline=None)
settings.register_profile("searching", print_blob=True, deadline=None)
settings.load_profile("repeatable")

# The files that take longest, the longest first: begun last, one of them would keep a worker busy after all others.
LONGEST = (
    "test_page_in_browser.py",
    "test_refusals.py",
    "test_command_line.py",
    "test_rehearsal.py",
    "test_language.py",
    "test_published_log.py",
    "test_tampering.py",
    "test_postgres.py",
    "test_watch.py",
    "test_log_key.py",
    "test_histories.py",
    "test_live_run.py",
    "test_kept_by_hand.py",
    "test_publish.py",
    "test_signers.py",
    "test_proof.py",
    "test_keystore.py",
    "test_compendium.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, in their order; the others follow as they were collected. All of hosts/ is long."""
    for item in items:
        if "hosts" in item.path.parts:
            item.add_marker("long")
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.hookimpl(optionalhook=True)  # not there without xdist
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests wait for disks, clocks, browsers and other processes."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + 1


@pytest.fixture
def story() -> Callable[..., Story]:
    """Begin a vote: ``story()`` in the Council of 2020, or with another procedure and roster."""

    def begin(procedure: str | Procedure = "unsc-2020-253", roster: str | Roster = "unsc-2020", **given: str) -> Story:
        rules = built_in_procedure(procedure) if isinstance(procedure, str) else procedure
        seats = built_in_roster(roster) if isinstance(roster, str) else roster
        return Story(rules, seats, **given)

    return begin


@pytest.fixture(scope="session")
def histories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger of the three histories in examples/, played by the command: to be read, and to be copied if changed."""
    ledger = tmp_path_factory.mktemp("histories") / "ledger.db"
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger), "INBLUE_PASSPHRASE": "four words nobody says"}
    for name in ("s-2020-268", "simulated", "unga-74-544"):
        call([INBLUE, "play", str(case_file(name))], env=env, check=True)
    before = contents(ledger.parent)
    yield ledger
    assert contents(ledger.parent) == before


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without a window."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "no chromium: make test installs it where it may; else apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium)
        yield started
        started.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    """A database on a real PostgreSQL server (see server.py)."""
    with database() as made:
        yield made


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Address | None:
    """Where a ledger is kept, each kind in turn."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if request.param == "postgres":
        made: Database = request.getfixturevalue("postgres")
        return read_address(made.fresh())
    return tmp_path / "ledger.db" if request.param == "sqlite" else None


@pytest.fixture
def log() -> Elsewhere:
    """A signer of the log that is elsewhere."""
    return Elsewhere(LOG)


@pytest.fixture(scope="session")
def kept_public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thousand entries, published."""
    folder = tmp_path_factory.mktemp("many") / "public"
    publish(with_votes(30), folder)
    return folder


@pytest.fixture
def public(kept_public: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(kept_public, tmp_path / "public")


@pytest.fixture
def server(public: Path) -> Iterator[ShelfServer]:
    """The same, served."""
    with serving(public) as server:
        yield server
