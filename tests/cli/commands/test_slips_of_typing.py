"""What is typed a little wrong at the desk is taken as it is meant, or answered with the line that mends it."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE

HOUR_AGO = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
ENV = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says"}


def run(folder: Path, *words: str, ledger: str = "council.db") -> subprocess.CompletedProcess[str]:
    return call([INBLUE, *words], env={**ENV, "INBLUE_LEDGER": ledger}, cwd=folder)


def refused(folder: Path, *words: str, ledger: str = "council.db") -> str:
    done = run(folder, *words, ledger=ledger)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    return done.stderr


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    for words in (
        ("init",),
        ("draft", "circulate", "S/2026/1", "--simulated"),
        ("letter", "send", "opening", "--roster", "unsc-2026"),
        ("key", "new", "lva"),
    ):
        assert run(folder, *words).returncode == 0
    return folder


@pytest.mark.parametrize("typed", ["IN_FAVOUR", "in-favour", "In favour"])
def test_a_position_is_taken_as_it_is_printed(desk: Path, typed: str) -> None:
    done = run(desk, "vote", "cast", "LVA", typed, "--dry-run", "--json")
    assert '"in_favour"' in done.stdout or "in favour" in done.stdout


def test_an_unknown_position_is_answered_with_the_choices(desk: Path) -> None:
    assert "they are in_favour, against, abstention" in refused(desk, "vote", "cast", "LVA", "yes")


def test_a_month_in_words_is_answered_with_one_in_figures(desk: Path) -> None:
    assert "write one like 2026-12" in refused(desk, "presidency", "assign", "LVA", "Dec-2026")


def test_signed_before_the_member_is_answered_with_where_it_goes(desk: Path) -> None:
    assert "write --signed after MEMBER" in refused(desk, "vote", "cast", "--signed", "BHR", "in_favour")


def test_a_delegations_key_is_enrolled_for_a_member_and_once(desk: Path) -> None:
    words = ("key", "enrol", "lva", "--office", "permanent_representative")
    assert "give the member too" in refused(desk, *words)
    assert run(desk, *words, "--member", "LVA").returncode == 0
    assert "is enrolled for that already" in refused(desk, *words, "--member", "LVA")
    shown = json.loads(run(desk, "key", "list", "--json").stdout)["keys"]
    (id_,) = [each["key"] for each in shown if each["member"] == "LVA"]
    assert "see inblue key list" in refused(desk, "key", "revoke", id_[:4], "--reason", "lost")
    assert run(desk, "key", "revoke", id_[:16], "--reason", "lost").returncode == 0


def test_a_key_without_a_folder_is_answered_with_the_folder_to_name(desk: Path) -> None:
    assert "give --keys FOLDER" in refused(desk, "key", "new", "lva", ledger="")


def test_where_no_policy_is_given_nobody_is_said_to_be_too_few(desk: Path) -> None:
    assert "no trust file with a policy" in run(desk, "verify", "--require", "witnessed").stdout


def test_a_slip_that_passes_the_eye_is_taken_back_and_one_that_cannot_be_is_found_first(desk: Path) -> None:
    (desk / "fra.txt").write_text("France votes in favour.")
    cast = ("--file", "fra.txt")
    shown = run(desk, "vote", "cast", "RUS", "in_favour", *cast, "--dry-run").stdout
    assert "RUS: in favour" in shown  # beside the first line of a letter of somebody else
    assert "France votes in favour." in shown
    assert run(desk, "vote", "cast", "RUS", "against", *cast, "--received-at", HOUR_AGO).returncode == 0
    words = ("--replaces", "2", "--reason", "the letter of France")
    assert run(desk, "vote", "cast", "FRA", "against", *cast, *words).returncode == 0
    for field, now in (("position", "in_favour"), ("received_at", datetime.now(UTC).isoformat())):
        done = run(desk, "entry", "correct", "FRA", "--field", field, "--now", now, "--reason", "misread")
        assert (done.returncode, done.stderr) == (0, "")
    (vote,) = json.loads(run(desk, "status", "--json").stdout)["votes"]
    (france,) = [each for each in vote["seats"] if each["member"] == "FRA"]
    (russia,) = [each for each in vote["seats"] if each["member"] == "RUS"]
    assert (france["position"], russia["position"]) == ("in_favour", None)


def test_a_roster_of_another_year_is_found_before_it_is_signed(tmp_path: Path) -> None:
    assert run(tmp_path, "init").returncode == 0
    assert run(tmp_path, "draft", "circulate", "S/2026/1").returncode == 0
    assert "unsc-2026" in refused(tmp_path, "letter", "send", "opening")
    done = run(tmp_path, "letter", "send", "opening", "--roster", "unsc-2020")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
