"""Who presides in which month, at the desk: a slip is taken back in view."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE

from inblue.cli.desk.schemas import schema_of


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    given = {"INBLUE_PASSPHRASE": "four words nobody says", "INBLUE_LEDGER": str(folder / "council.db")}
    return call([INBLUE, *words], env={"PATH": os.environ["PATH"], **given})


def ok(folder: Path, *words: str) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ok(tmp_path, "init")
    return tmp_path


def test_a_month_is_assigned_to_another_only_with_a_reason_and_both_stay_in_view(folder: Path) -> None:
    assert ok(folder, "presidency", "list") == "no month is assigned; assign one with inblue presidency assign\n"
    ok(folder, "presidency", "assign", "FRA", "2020-06")
    done, shows = run(folder, "presidency", "assign", "FRA", "2020-06"), "; next: inblue presidency list"
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"inblue: FRA is assigned to 2020-06 already{shows}\n",
    )
    done = run(folder, "presidency", "assign", "DEU", "2020-06")
    says = "FRA is assigned to 2020-06 already; give a reason to assign DEU to it"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"inblue: {says}{shows}\n")
    ok(folder, "presidency", "assign", "DEU", "2020-06", "--reason", "the month was mistyped")
    body = "United Nations Security Council"
    assert ok(folder, "presidency", "list").splitlines() == [
        f"2020-06  DEU  {body}",
        "  before: FRA; changed because: the month was mistyped",
    ]
    listed = json.loads(ok(folder, "presidency", "list", "--json"))
    Draft202012Validator(schema_of("presidencies")).validate(listed)
    before = [{"member": "FRA", "reason": "the month was mistyped"}]
    assert listed["months"] == [{"month": "2020-06", "body": body, "member": "DEU", "before": before}]
    assert "every check passed" in ok(folder, "verify").replace("\n", " ")
