"""``inblue demo``: a real vote recorded, audited and opened, in a folder of its own and nowhere else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from paths import INBLUE, contents

from inblue import verify_bundle


class Run(NamedTuple):
    """The demo's output in a folder, and the page that it opened in the browser."""

    home: Path
    status: int
    said: str
    wrong: str
    opened: str


def demo(home: Path, *words: str, **more: str) -> Run:
    """Run the demo in ``home``, where a browser writes down the address that it is given."""
    noted, browser = home.parent / f"{home.name}.opened", home.parent / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" >{noted}\n')
    browser.chmod(0o755)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "BROWSER": str(browser), **more}
    done = subprocess.run([INBLUE, "demo", *words], cwd=home, env=env, capture_output=True, text=True, check=False)
    return Run(home, done.returncode, done.stdout, done.stderr, noted.read_text() if noted.exists() else "")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    home = tmp_path_factory.mktemp("demo") / "home"
    home.mkdir()
    return demo(
        home, DISPLAY=":0", INBLUE_LEDGER="/of/somebody/else.db", INBLUE_AUTHORITIES="/nowhere", INBLUE_LANG="fr"
    )


def test_it_records_verifies_and_audits_the_real_vote(run: Run) -> None:
    assert (run.status, run.wrong) == (0, "")
    assert "recorded 26 acts in S/2020/240" in run.said
    assert run.said.count("every check passed") == 2
    assert "adopted unanimously" in run.said
    assert "no timestamp\nproves any of its times" in run.said
    assert "\x1b" not in run.said
    assert [line for line in run.said.splitlines() if len(line) > 80 and str(run.home) not in line] == []


def page(run: Run) -> Path:
    return run.home / "inblue-demo" / "report.html"


def test_it_opens_the_page_and_says_where_it_is(run: Run) -> None:
    assert run.opened == page(run).as_uri()
    assert f"The page is {page(run)}\n" in run.said


def test_the_evidence_it_leaves_verifies(run: Run) -> None:
    assert verify_bundle(run.home / "inblue-demo" / "evidence.zip").holds


def test_everything_is_in_one_folder_and_the_passphrase_is_shown_to_nobody(run: Run) -> None:
    assert [path.name for path in run.home.iterdir()] == ["inblue-demo"]
    secret = run.home / "inblue-demo" / "passphrase"
    assert secret.stat().st_mode & 0o077 == 0
    assert secret.read_text().strip() not in run.said


def test_the_commands_it_shows_and_advises_run_as_they_are_typed(run: Run) -> None:
    """The commands that read: the folder has what they need, and no variable must be set."""
    typed = re.findall(
        r"^ *(?:\$ )?inblue (verify.*|diff \S+ \S+|replay --at \S+|audit --json)", run.said, re.MULTILINE
    )
    assert len(typed) == 5
    env = {"PATH": "/usr/bin:/bin", "HOME": str(run.home)}
    for words in typed:
        done = subprocess.run(
            [INBLUE, *words.split()], cwd=page(run).parent, env=env, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), words
    assert "unset INBLUE_AUTHORITIES INBLUE_LEDGER" in run.said


def test_a_folder_that_is_not_a_demo_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "mine").mkdir(parents=True)
    (home / "mine" / "inblue.toml").write_text('format = "inblue-project/1"\nledger = "council.db"\n')
    (home / "mine" / "council.db").write_text("mine")
    before = contents(home)
    done = demo(home, "--folder", "mine")
    assert (done.status, done.said) == (2, "")
    assert done.wrong.startswith(
        "inblue: mine: something is there already, and it is not a demo; give another --folder"
    )
    assert contents(home) == before


@pytest.mark.long
def test_it_runs_again_over_an_earlier_demo_and_keeps_what_is_not_its_own(run: Run) -> None:
    (page(run).parent / "notes.txt").write_text("mine")
    again = demo(run.home, "--no-open")
    assert (again.status, again.wrong) == (0, "")
    assert "recorded 26 acts in S/2020/240\n" in again.said
    assert (page(run).parent / "notes.txt").read_text() == "mine"
    assert demo(run.home, "--folder", "no/such").wrong.startswith("inblue: no/such: ")


def test_what_was_recorded_after_a_demo_is_not_replaced(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert demo(home, "--no-open").status == 0
    here = home / "inblue-demo"
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home)}
    words = ("draft", "circulate", "S/1", "--procedure", "unsc-2020-253", "--passphrase-file", "passphrase", "--yes")
    done = subprocess.run([INBLUE, *words], cwd=here, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kept = (here / "council.db").read_bytes()
    again = demo(home, "--no-open")
    assert (again.status, again.said) == (2, "")
    assert "something was recorded there since the demo; give another --folder" in again.wrong
    assert (here / "council.db").read_bytes() == kept
