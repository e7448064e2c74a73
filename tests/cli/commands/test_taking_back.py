"""A slip at the desk, and the way back: what is shown before it is signed, and what is voided, corrected, annulled."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE, ROOT, contents
from terminal import at_terminal

SYMBOL = "S/2026/910"
SCHEMA = json.loads((ROOT / "cli" / "schemas" / "consideration.json").read_text(encoding="utf-8"))
LETTER = "New York\n\nDear Mr President,\nI vote in favour of draft S/2026/910.\n(Signed)\n"


def env(folder: Path) -> dict[str, str]:
    address = str(folder / "council.db")
    return {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": address}


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return call([INBLUE, *map(str, words)], env=env(folder), cwd=folder)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def audit(folder: Path) -> dict[str, Any]:
    (vote,) = json.loads(ok(folder, "audit", "--json"))["votes"]
    return dict(vote)


def counted(folder: Path) -> dict[str, str]:
    return {each["member"]: each["position"] for each in audit(folder)["replies"] if each["counted"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rehearsal that was opened an hour ago, with the letters that come."""
    (tmp_path / "usa.txt").write_text(LETTER)
    (tmp_path / "fra.txt").write_text(LETTER + "France\n")
    (tmp_path / "rus.txt").write_text(LETTER + "Russia\n")
    ok(tmp_path, "init")
    ok(tmp_path, "draft", "circulate", SYMBOL, "--title", "...", "--simulated")
    opened = datetime.now(UTC) - timedelta(hours=1)
    ok(tmp_path, "letter", "send", "opening", "--roster", "unsc-2020", "--opens-at", f"{opened:%Y-%m-%dT%H:%M:%SZ}")
    return tmp_path


def test_a_mistyped_position_is_corrected_by_reading_the_letter_again(folder: Path) -> None:
    """D1: the letter said in favour. A note of the secretariat is not the member's letter."""
    ok(folder, "vote", "cast", "USA", "against", "--file", "usa.txt")
    slip = ("entry", "correct", "USA", "--field", "position", "--now", "in_favour", "--reason", "misread")
    assert "another paper is another reply" in refused(folder, *slip, "--file", "fra.txt")
    ok(folder, *slip, "--file", "usa.txt")
    assert counted(folder) == {"USA": "in_favour"}


def test_a_letter_under_the_wrong_member_is_entered_again_under_its_own(folder: Path) -> None:
    """D2: France's letter under RUS, and then Russia's own."""
    ok(folder, "vote", "cast", "RUS", "against", "--file", "fra.txt")
    assert "say with --reason" in refused(
        folder, "vote", "cast", "FRA", "against", "--file", "fra.txt", "--replaces", 2
    )
    again = ("vote", "cast", "FRA", "against", "--file", "fra.txt", "--replaces", 2, "--reason", "France's letter")
    assert (
        ok(folder, *again)
        == f"{SYMBOL}, act 3: act 2 voided: France's letter\n{SYMBOL}, act 4: FRA: against (letter)\n"
    )
    ok(folder, "vote", "cast", "RUS", "in_favour", "--file", "rus.txt")
    assert counted(folder) == {"FRA": "against", "RUS": "in_favour"}
    first, second, _ = audit(folder)["replies"]
    assert (first["voided_by"], first["replaced_by"], second["replaces"]) == (3, 4, 2)
    assert second["received_at"] == first["received_at"]
    assert "the same paper was recorded" in json.dumps(second["evidence"])


def test_one_wrong_digit_in_the_hour_of_arrival_loses_no_vote(folder: Path) -> None:
    """D3: rejected as early at once; the hour is corrected, and the reply counts."""
    wrong, right = (f"{datetime.now(UTC) - timedelta(hours=h, minutes=1):%Y-%m-%dT%H:%M:%SZ}" for h in (3, 0))
    assert "does not count" in ok(folder, "vote", "cast", "BEL", "in_favour", "--received-at", wrong)
    ok(folder, "entry", "correct", "BEL", "--field", "received_at", "--now", right, "--reason", "-05:00 was meant")
    assert counted(folder) == {"BEL": "in_favour"}


def test_an_opening_of_another_year_is_seen_before_it_is_signed_and_voided_after(tmp_path: Path) -> None:
    """D4."""
    ok(tmp_path, "init")
    (tmp_path / "letter.txt").write_text("The opening letter.\n")
    ok(tmp_path, "draft", "circulate", SYMBOL)
    wrong = ("letter", "send", "opening", "--roster", "unsc-2020", "--opens-at", "2020-12-28T14:00:00Z")
    ahead = ok(tmp_path, *wrong, "--file", "letter.txt", "--dry-run")
    assert "opened before" in ahead or "after the instant it gives" in " ".join(ahead.split())
    ok(tmp_path, *wrong, "--file", "letter.txt")
    ok(tmp_path, "entry", "void", 1, "--reason", "the year was mistyped")
    assert json.loads(ok(tmp_path, "status", "--json"))["votes"][0]["phase"] == "circulated"


def test_a_title_copied_from_the_manual_is_corrected_until_voting_is_open(tmp_path: Path) -> None:
    """D6."""
    ok(tmp_path, "init")
    (tmp_path / "text.txt").write_text("The text.\n")
    ok(tmp_path, "draft", "circulate", SYMBOL, "--title", "...", "--simulated")
    right = ("--title", "Peace operations", "--sponsor", "CHN", "--sponsor", "FRA", "--text", "en=text.txt")
    said = ok(tmp_path, "draft", "correct", *right, "--reason", "copied from the manual")
    assert said.count("copied from the manual") == 3
    assert audit(tmp_path)["title"] == "Peace operations"
    assert "say what to correct" in refused(tmp_path, "draft", "correct", "--reason", "x")
    ok(tmp_path, "letter", "send", "opening", "--roster", "unsc-2020")
    assert "until voting is open" in refused(tmp_path, "draft", "correct", "--title", "Peace", "--reason", "x")


def test_an_announcement_is_corrected_by_another_and_a_vote_annulled_with_its_paper(folder: Path) -> None:
    (folder / "annulled.txt").write_text("The vote is annulled.\n")
    ok(folder, "vote", "annul", "--reason", "the wrong text was in blue", "--file", "annulled.txt")
    assert json.loads(ok(folder, "vote", "list", "--json"))["votes"][0]["phase"] == "annulled"
    assert "annulled" in refused(folder, "vote", "close")
    ok(folder, "draft", "circulate", SYMBOL, "--round", "2", "--simulated")


def test_a_dry_run_shows_what_would_be_signed_and_records_and_keeps_nothing(folder: Path) -> None:
    before = contents(folder)
    cast = ("vote", "cast", "USA", "against", "--file", "usa.txt", "--dated", "2016-11-28", "--dry-run")
    told = ok(folder, *cast)
    assert "USA: against (letter dated 2016-11-28)" in told
    assert "  | I vote in favour of draft S/2026/910." in told
    assert "dated 2016-11-28, before the window opened" in told
    assert max(map(len, told.splitlines())) <= 80
    as_json = json.loads(ok(folder, *cast, "--json"))
    Draft202012Validator(SCHEMA).validate(as_json)
    assert (as_json["recorded"], as_json["tally"]["against"]) == (False, 1)
    assert contents(folder) == before
    recorded = json.loads(ok(folder, "vote", "cast", "USA", "against", "--file", "usa.txt", "--json"))
    Draft202012Validator(SCHEMA).validate(recorded)
    assert recorded["recorded"]


def test_a_dry_run_asks_for_no_passphrase(folder: Path) -> None:
    without = {name: value for name, value in env(folder).items() if name != "INBLUE_PASSPHRASE"}
    done = call([INBLUE, "vote", "cast", "USA", "against", "--dry-run"], env=without)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.long
@pytest.mark.parametrize(("answer", "status", "acts"), [("y\n", 0, 1), ("n\n", 2, 0), ("\n", 2, 0)])
def test_at_a_terminal_it_is_shown_and_asked(folder: Path, answer: str, status: int, acts: int) -> None:
    told = at_terminal([INBLUE, "vote", "cast", "USA", "against"], env=env(folder), answers=answer)
    assert told.status == status
    assert "By the rules" in told.shown
    assert "Sign and record this? [y/N]" in told.shown
    assert ("nothing was recorded" in told.shown) == (not acts)
    assert len(audit(folder)["replies"]) == acts


@pytest.mark.long
def test_at_a_terminal_nothing_is_asked_of_who_has_agreed(folder: Path) -> None:
    told = at_terminal([INBLUE, "vote", "cast", "USA", "against", "--yes"], env=env(folder))
    assert (told.status, "[y/N]" in told.shown, "By the rules" in told.shown) == (0, False, True)


@pytest.mark.long
def test_the_register_too_is_shown_before_it_is_signed(folder: Path) -> None:
    ok(folder, "key", "new", "president")
    enrol = ("key", "enrol", "president", "--office", "president", "--member", "CHN")
    assert "a dry run: nothing was recorded" in ok(folder, *enrol, "--dry-run")
    assert "office" in ok(folder, *enrol, "--dry-run")
    assert "president  not enrolled" in ok(folder, "key", "list")
    told = at_terminal([INBLUE, "presidency", "assign", "CHN", "2020-03"], env=env(folder), answers="n\n")
    assert (told.status, "Sign and record this?" in told.shown, "nothing was recorded" in told.shown) == (2, True, True)
    assert json.loads(ok(folder, "presidency", "list", "--json"))["months"] == []
    told = at_terminal([INBLUE, "presidency", "assign", "CHN", "2020-03", "--yes"], env=env(folder))
    assert "presides" in told.shown
    assert len(json.loads(ok(folder, "presidency", "list", "--json"))["months"]) == 1


@pytest.mark.long
def test_what_was_acknowledged_stays_so_and_a_receipt_says_that_the_reply_was_voided(folder: Path) -> None:
    ok(folder, "vote", "cast", "USA", "in_favour", "--file", "usa.txt")
    ok(folder, "receipt", "acknowledge", "USA", "--write", "usa.receipt")
    ok(folder, "entry", "void", 2, "--reason", "not sent by the mission")
    said = " ".join(ok(folder, "verify", "--against", "usa.receipt").split())
    assert "was received, and its entry is voided by act 4: not sent by the mission" in said
    assert "act 3 cannot be voided" in refused(folder, "entry", "void", 3, "--reason", "x")
    assert audit(folder)["replies"][0]["acknowledged"]
