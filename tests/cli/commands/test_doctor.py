"""A workspace looked over: each thing that is missing, unsafe or about to age, with what mends it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from authority import Tsa
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE

from inblue.cli.desk.schemas import schema_of

PASSPHRASE = "four words nobody says"
BARE = {"PATH": os.environ["PATH"]}
NEXT = (datetime.now(UTC).replace(day=1) + timedelta(days=31)).strftime("%Y-%m")


def run(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return call([INBLUE, *words], env={**BARE, **more}, cwd=folder)


def told(folder: Path, **more: str) -> dict[str, str]:
    """What doctor says: the mend of each thing that is to be mended or known, by check."""
    done = run(folder, "doctor", "--json", **more)
    found = json.loads(done.stdout)
    Draft202012Validator(schema_of("doctor")).validate(found)
    to_mend = [each for each in found["advice"] if each["matter"] != "note"]
    assert (done.returncode, found["well"]) == ((1, False) if to_mend else (0, True))
    return {each["check"]: each["mend"] for each in found["advice"]}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    words = ("--passphrase-file", "passphrase")
    assert run(tmp_path, "setup", "--yes", "--president", "LVA", *words).returncode == 0
    assert run(tmp_path, "presidency", "assign", "LBR", NEXT, *words).returncode == 0
    return tmp_path


def test_a_workspace_just_set_up_has_nothing_to_mend(desk: Path) -> None:
    assert set(told(desk)) == {"no_authorities", "no_witnesses", "one_registrar", "no_next_log_key"}
    assert "to know" in run(desk, "doctor").stdout


def test_where_nothing_is_it_names_setup(tmp_path: Path) -> None:
    assert told(tmp_path) == {"no_project": "inblue setup", "no_ledger": "inblue setup, or --ledger"}


def opened(path: Path) -> None:
    path.chmod(0o755 if path.is_dir() else 0o644)


def without(desk: Path, *names: str) -> None:
    for name in names:
        (desk / "council.db.keys" / name).unlink()


def plain(path: Path) -> None:
    path.write_text("-----BEGIN PRIVATE KEY-----\n")


WRONG: dict[str, Callable[[Path], None]] = {
    "key_mode": lambda desk: opened(desk / "council.db.keys" / "log.pem"),
    "ledger_mode": lambda desk: opened(desk / "council.db"),
    "officer_key": lambda desk: without(desk, "registrar.pem"),
    "log_key": lambda desk: without(desk, "log.pem", "log.pub"),
    "plain_key": lambda desk: plain(desk / "council.db.keys" / "intake.pem"),
    "authorities_unread": lambda desk: also(desk, 'authorities = "nowhere.json"'),
    "policy_unread": lambda desk: also(desk, 'policy = "nowhere.txt"'),
}


def also(desk: Path, line: str) -> None:
    with (desk / "inblue.toml").open("a") as file:
        file.write(line + "\n")


@pytest.mark.parametrize("check", WRONG)
def test_what_is_wrong_is_named_with_its_mend(desk: Path, check: str) -> None:
    WRONG[check](desk)
    found = told(desk)
    assert check in found
    assert found[check]


def test_a_passphrase_in_the_environment_is_named_and_not_shown(desk: Path) -> None:
    done = run(desk, "doctor", INBLUE_PASSPHRASE=PASSPHRASE)
    assert "unset INBLUE_PASSPHRASE, and inblue unlock" in done.stdout
    assert PASSPHRASE not in done.stdout


def test_months_keys_and_files_that_lapse_are_named(desk: Path) -> None:
    words = ("--passphrase-file", "passphrase")
    soon = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert run(desk, "key", "new", "clerk", *words).returncode == 0
    assert run(desk, "key", "enrol", "clerk", "--office", "registrar", "--until", soon, *words).returncode == 0
    assert run(desk, "draft", "circulate", "S/2026/1", *words).returncode == 0
    assert told(desk)["key_lapses"] == "inblue key enrol NAME --office registrar"
    (desk / "council.db.files").rename(desk / "elsewhere")
    assert "no_files" in told(desk)


def test_an_authority_whose_certificate_ends_and_that_has_not_stamped_is_named(desk: Path) -> None:
    authority = Tsa.make(desk)
    document = json.loads(authority.authority.canonical())
    source = {"authority": document, "command": ["false"]}
    (desk / "authorities.json").write_text(json.dumps({"format": "inblue-authorities/1", "sources": [source]}))
    also(desk, 'authorities = "authorities.json"')
    found = told(desk)
    assert found["timestamp_pending"] == "inblue timestamp"
    assert found["not_adopted"] == "inblue authority adopt"
