"""The rehearsal of examples/rehearsal.py: a day on its own clock, with real authorities, witnesses and commands."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from ledgers import members_of
from paths import EXAMPLES, INBLUE


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an auditor gets, with one paper reply instead of eight."""
    folder = tmp_path_factory.mktemp("rehearsal") / "day"
    spec = spec_from_file_location("rehearsal", EXAMPLES / "rehearsal.py")
    assert spec is not None
    assert spec.loader is not None
    rehearsal = module_from_spec(spec)
    spec.loader.exec_module(rehearsal)
    rehearsal.Rehearsal.call = staticmethod(call)
    rehearsal.main(folder, rehearsal.ON_PAPER[:1])
    return folder


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return call([INBLUE, *map(str, words)], env={"PATH": os.environ["PATH"]})


def audited(day: Path, *words: object) -> dict[str, Any]:
    done = run("audit", "--ledger", day / "rehearsal.zip", "--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    (vote,) = json.loads(done.stdout)["votes"]
    assert isinstance(vote, dict)
    return vote


def test_each_reply_comes_out_as_it_is_proved(day: Path) -> None:
    vote = audited(day, "--trust", day / "trust.json")
    replies = {reply["member"]: reply for reply in vote["replies"]}
    opens, closes = vote["window"]["opens_at"], vote["window"]["closes_at"]
    assert (vote["times"], opens, closes) == ("simulated", "2026-03-07T19:00:00Z", "2026-03-08T19:00:00Z")
    assert {member: (reply["placement"], reply["strength"]) for member, reply in replies.items()} == {
        "BEL": ("inside", "proven"),
        "EST": ("inside", "proven"),
        "CHN": ("inside", "proven"),
        "NER": ("inside", "attested"),
        "VNM": ("late", "attested"),
        "RUS": ("inside", "documented"),
    }
    for member, hours in (("BEL", 1), ("EST", 2), ("CHN", 5)):
        reply = replies[member]
        assert opens <= reply["not_before"] < reply["not_after"] <= closes
        assert reply["margin_basis"] == "not_after"
        assert (24 - hours) * 3600 - 180 < reply["margin_seconds"] < (24 - hours) * 3600
    assert any(each["kind"] == "ballot" for each in replies["BEL"]["evidence"])
    assert sum("the ballot itself existed by" in each["text"] for each in replies["BEL"]["evidence"]) == 2
    assert replies["CHN"]["instrument"]["sha256"]
    assert replies["CHN"]["not_proved"].startswith("Who wrote the instrument")
    assert replies["NER"]["not_proved"].startswith("That it had arrived by the deadline: the first timestamp over it")
    assert (replies["VNM"]["counted"], replies["RUS"]["counted"]) == (False, True)
    assert {"DOM", "VCT"} < set(vote["silent"])
    assert "cannot show a letter" in vote["silence"]["not_proved"]
    assert not [finding for finding in vote["findings"] if "stepped back" in finding["text"]]


def test_it_is_witnessed_and_checked_against_every_receipt(day: Path) -> None:
    receipts = [word for path in sorted(day.glob("*.receipt")) for word in ("--against", path)]
    assert len(receipts) == 12
    known = ("--trust", day / "trust.json", "--require", "witnessed", *receipts)
    for source in (day / "rehearsal.zip", day / "rehearsal.db"):
        done = run("verify", source, "--json", *known)
        found = json.loads(done.stdout)
        assert (done.returncode, found["holds"], found["witnessed"]) == (0, True, True)
        assert [(each["name"], each["size"]) for each in found["witnesses"]] == [
            ("one", found["checkpoint"]["size"]),
            ("two", found["checkpoint"]["size"]),
        ]
        assert found["witnesses"][0]["at"].startswith("2026-03-09T01:00")
    short = run("verify", day / "rehearsal.zip", *known, "--require", "proven")
    assert (short.returncode, "NER: attested" in short.stdout, "RUS: documented" in short.stdout) == (1, True, True)


def test_a_registrar_that_hides_the_cosignatures_is_only_weaker(day: Path, tmp_path: Path) -> None:
    shutil.copytree(day / "rehearsal.db.files", tmp_path / "r.db.files")
    shutil.copy(day / "rehearsal.db", tmp_path / "r.db")
    with closing(sqlite3.connect(tmp_path / "r.db", isolation_level=None)) as database:
        database.executescript("DROP TRIGGER inblue_cosignature_no_delete; DELETE FROM inblue_cosignature;")
    stripped = tmp_path / "stripped.zip"
    assert run("export", stripped, "--ledger", tmp_path / "r.db", "--vote", "SIM/2026/9").returncode == 0
    for source in (stripped, tmp_path / "r.db"):
        done = run("verify", source, "--trust", day / "trust.json", "--require", "witnessed")
        assert (done.returncode, "NOT WITNESSED" in done.stdout, "holds: " in done.stdout) == (1, True, True)
        assert run("verify", source, "--trust", day / "trust.json").returncode == 0


def test_a_bundle_says_that_it_is_simulated(day: Path) -> None:
    members = members_of(day / "rehearsal.zip")
    assert b"SIMULATED: " in members["README.txt"]
    assert "SIMULATED" in run("audit", "--ledger", day / "rehearsal.zip").stdout
