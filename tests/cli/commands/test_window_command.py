"""Windows without a deadline at the desk: closed as the registrar says, begun by a reply, suspended and resumed."""

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
from other_windows import CLOSING, FIRST_REPLY, HOLDS, THREE, rules_with
from paths import INBLUE

from inblue.domain.instant import parse_instant

PAPER = ("--office", "permanent_representative", "--addressee", "president", "--signed")
PAST = (datetime.now(UTC) - timedelta(hours=100)).replace(microsecond=0)


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    address = str(folder / "v.db")
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": address}
    return call([INBLUE, *map(str, words)], env=env)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


def opened(folder: Path, window: dict[str, Any], opens: datetime) -> Path:
    (folder / "rules.json").write_text(json.dumps(rules_with(window).json_value()))
    (folder / "three.json").write_text(json.dumps(THREE.json_value()))
    (folder / "letter.txt").write_text("The vote is open.")
    ok(folder, "init", "--origin", "example.org/v")
    ok(folder, "draft", "circulate", "S/1", "--procedure", folder / "rules.json")
    ok(
        folder,
        *("letter", "send", "opening", "--opens-at", opens.isoformat(), "--roster", folder / "three.json"),
        *("--file", folder / "letter.txt"),
    )
    return folder


def window(folder: Path) -> dict[str, Any]:
    said = json.loads(ok(folder, "status", "--json"))
    Draft202012Validator(json.loads(ok(folder, "schema", "status"))).validate(said)
    found: dict[str, Any] = said["votes"][0]["window"]
    return found


@pytest.mark.long
def test_voting_without_a_deadline_is_open_until_it_is_closed(tmp_path: Path) -> None:
    desk = opened(tmp_path, CLOSING, PAST)
    assert "open until voting is closed, at least until" in ok(desk, "status")
    ok(desk, "vote", "cast", "CHN", "in_favour", *PAPER)
    assert window(desk)["end"] == {"follows": "closing", "awaits": "closing", "suspensions": []}
    ok(desk, "vote", "blank", desk / "blank.json")
    blank = json.loads((desk / "blank.json").read_text())
    assert (blank["closes_at"], blank["rule"]) == (None, "window")
    ok(desk, "vote", "close")
    end = window(desk)
    assert end["end"]["awaits"] is None
    assert end["closes_at"] is not None
    assert "chose the end of the window" in " ".join(ok(desk, "audit").split())
    for name in ("page.html", "page.pdf"):
        ok(desk, "report", "-o", desk / name)
    ok(desk, "result", "announce")
    ok(desk, "export", desk / "vote.zip")
    ok(desk, "replay")


def test_voting_without_a_deadline_is_not_closed_before_the_minimum(tmp_path: Path) -> None:
    desk = opened(tmp_path, CLOSING, datetime.now(UTC).replace(microsecond=0))
    assert "voting cannot be closed before" in refused(desk, "vote", "close")
    assert "no deadline to move" in refused(desk, "window", "change", "2099-01-01T00:00:00Z")


def test_a_window_that_a_reply_begins_says_so_until_one_comes(tmp_path: Path) -> None:
    desk = opened(tmp_path, FIRST_REPLY, PAST)
    assert "60 days after the first reply that counts" in " ".join(ok(desk, "status").split())
    assert window(desk)["end"]["awaits"] == "first_reply"
    assert "cannot be closed yet" in refused(desk, "vote", "close")
    ok(desk, "vote", "cast", "EST", "in_favour", *PAPER)
    assert window(desk)["closes_at"] is not None
    assert "left" in ok(desk, "status")


@pytest.mark.long
def test_a_window_is_suspended_and_resumed_at_the_desk(tmp_path: Path) -> None:
    desk = opened(tmp_path, HOLDS, datetime.now(UTC).replace(microsecond=0))
    before = window(desk)
    assert "end" not in before
    (desk / "hold.txt").write_text("Estonia places a hold.")
    ok(desk, "window", "suspend", "--reason", "a hold", "--by", "EST", "--file", desk / "hold.txt")
    assert "the window is suspended" in ok(desk, "status")
    assert "suspended already" in refused(desk, "window", "suspend", "--reason", "another")
    ok(desk, "window", "resume")
    after = window(desk)
    assert parse_instant(after["closes_at"]) > parse_instant(before["closes_at"])
    assert [each["act"] for each in after["end"]["suspensions"]] == [2]
    assert "a hold" in ok(desk, "status")


@pytest.mark.long
@pytest.mark.parametrize("name", ["suspend", "resume"])
def test_no_window_of_the_council_is_suspended(tmp_path: Path, name: str) -> None:
    desk = opened(tmp_path, {**HOLDS, "suspension_clause": None}, datetime.now(UTC).replace(microsecond=0))
    words = ("--reason", "a hold") if name == "suspend" else ()
    assert "no clause of the procedure lets the window be suspended" in refused(desk, "window", name, *words)
