"""A draft that is put twice, at the desk: from its circulation to bundle, receipt, page and compendium of each vote."""

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
from paths import INBLUE
from seats import FILE_2020, FILE_2021

SYMBOL, SECOND = "S/2026/900", "S/2026/900#2"
PAPER = ("--office", "permanent_representative", "--addressee", "president")


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    address = str(folder / "council.db")
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


def sign(folder: Path, blank: str, ballot: str) -> str:
    signing = ("vote", "sign", "BEL", "in_favour", folder / blank, folder / ballot)
    return ok(folder, *signing, "--key", "belgium", "--keys", folder / "bel")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both votes, each opened as of 25 hours ago; in each Belgium signs its ballot. What was refused is in a file."""
    folder, now = tmp_path_factory.mktemp("rounds"), datetime.now(UTC)
    opened, arrived = (f"{now - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (25, 20))
    (folder / "text").write_text("The text.\n")
    ok(folder, "init")
    ok(folder, "key", "new", "belgium", "--keys", folder / "bel")
    public = folder / "bel/belgium.pub"
    ok(folder, "key", "enrol", "belgium", "--public", public, "--office", "permanent_representative", "--member", "BEL")
    said: dict[str, str] = {}
    for number, name in ((1, SYMBOL), (2, SECOND)):
        circulate = ("draft", "circulate", SYMBOL, "--text", f"en={folder / 'text'}")
        if number == 2:
            said["unnumbered"] = refused(folder, *circulate)
        said[f"circulated {number}"] = ok(folder, *circulate, "--round", number)
        said[f"too early {number}"] = refused(folder, *circulate, "--round", number + 1)
        roster = ("--roster", FILE_2021 if number == 2 else FILE_2020, "--file", folder / "text")
        ok(
            folder,
            "letter",
            "send",
            "opening",
            *roster,
            "--opens-at",
            opened,
            "--file",
            folder / "text",
            "--vote",
            name,
        )
        ok(folder, "vote", "blank", folder / f"blank-{number}", "--vote", name)
        said[f"signed {number}"] = sign(folder, f"blank-{number}", f"ballot-{number}")
        given = (*PAPER, "--received-at", arrived, "--vote", name)
        if number == 2:
            said["replayed"] = refused(folder, "vote", "cast", *given, "--signed", folder / "ballot-1")
        ok(folder, "vote", "cast", *given, "--signed", folder / f"ballot-{number}")
        ok(folder, "vote", "cast", "EST", "against", *given, "--signed")
        ok(folder, "receipt", "acknowledge", "EST", "--write", folder / f"receipt-{number}", "--vote", name)
        for words in (("vote", "close"), ("tally", "circulate"), ("result", "announce")):
            ok(folder, *words, "--vote", name)
    (folder / "said.json").write_text(json.dumps(said))
    return folder


@pytest.fixture(scope="module")
def said(folder: Path) -> dict[str, str]:
    told: dict[str, str] = json.loads((folder / "said.json").read_text())
    return told


@pytest.mark.long
def test_whoever_circulates_it_again_is_told_how(said: dict[str, str]) -> None:
    assert f"{SYMBOL} is on record already" in said["unnumbered"]
    assert f"inblue draft circulate {SYMBOL} --round 2" in said["unnumbered"]
    assert f"round 1 of {SYMBOL} is not over" in said["too early 1"]
    assert f"round 2 of {SYMBOL} is not over" in said["too early 2"]
    assert said["circulated 1"] == f"{SYMBOL}, act 0: draft {SYMBOL} circulated: a substantive question\n"
    assert said["circulated 2"] == f"{SECOND}, act 0: draft {SYMBOL}, round 2 circulated: a substantive question\n"


def test_a_third_round_is_the_next(folder: Path) -> None:
    assert "--round 3" in refused(folder, "draft", "circulate", SYMBOL, "--round", 2)
    assert "follows round 3, and there was none" in refused(folder, "draft", "circulate", SYMBOL, "--round", 4)
    assert "how a later round is named" in refused(folder, "draft", "circulate", SECOND)
    assert "--round" in refused(folder, "draft", "circulate", SYMBOL, "--round", 0)


def test_a_ballot_counts_in_its_own_round(folder: Path, said: dict[str, str]) -> None:
    assert f"BEL votes in_favour on {SYMBOL}, signed with" in said["signed 1"]
    assert f"BEL votes in_favour on {SECOND}, signed with" in said["signed 2"]
    assert "the ballot was signed for another round: 1" in said["replayed"]
    blanks = [json.loads((folder / f"blank-{number}").read_text()) for number in (1, 2)]
    assert [(each["format"], each["draft"], each["round"]) for each in blanks] == [
        ("inblue-blank/3", SYMBOL, 1),
        ("inblue-blank/3", SYMBOL, 2),
    ]
    assert blanks[0]["opening"] != blanks[1]["opening"]


@pytest.mark.long
@pytest.mark.parametrize("name", [SYMBOL, SECOND])
def test_each_vote_can_be_looked_at(folder: Path, name: str, tmp_path: Path) -> None:
    number = 2 if name == SECOND else 1
    titled = f"{SYMBOL}, round 2" if number == 2 else SYMBOL
    for command in ("status", "audit", "replay"):
        assert titled in ok(folder, command, "--vote", name)
        (vote,) = json.loads(ok(folder, command, "--vote", name, "--json"))["votes"]
        assert (vote["draft"], vote["round"]) == (SYMBOL, number)
    page = tmp_path / "page.html"
    ok(folder, "report", "--vote", name, "-o", page)
    assert f"Record of the written vote on {titled}</title>" in page.read_text()
    letters = tmp_path / "compendium.html"
    ok(folder, "compendium", "--vote", name, "-o", letters)
    assert f"Compendium of the written vote on {titled}" in letters.read_text()


def test_the_list_says_which_round(folder: Path) -> None:
    table = ok(folder, "vote", "list").splitlines()  # notes on an outcome come after it, by the vote's name
    first, second = [line for line in table if SYMBOL in line and ": " not in line]
    assert ("round" in first, f"{SYMBOL}, round 2" in second) == (False, True)
    listed = json.loads(ok(folder, "vote", "list", "--json"))
    assert [(each["draft"], each["round"]) for each in listed["votes"]] == [(SYMBOL, 1), (SYMBOL, 2)]
    schema: dict[str, Any] = json.loads(ok(folder, "schema", "votes"))
    Draft202012Validator(schema).validate(listed)


def test_a_vote_is_named_in_one_form(folder: Path) -> None:
    for wrong in (f"{SYMBOL}#1", f"{SYMBOL}#02", f"{SYMBOL}#3"):
        assert f"no vote on {wrong!r} is on record; there is {SYMBOL}, {SECOND}" in refused(
            folder, "audit", "--vote", wrong
        )


def test_bundles_and_receipts_are_of_one_round(folder: Path, tmp_path: Path) -> None:
    assert "every check passed" in ok(folder, "verify")
    receipts = [folder / f"receipt-{number}" for number in (1, 2)]
    assert "every check passed" in ok(folder, "verify", "--against", receipts[0], "--against", receipts[1])
    bundle = tmp_path / "second.zip"
    ok(folder, "export", bundle, "--vote", SECOND)
    shown = ok(folder, "verify", bundle, "--against", receipts[1])
    assert "every check passed" in shown
    assert "it was not checked that it was over when the draft was put again, in round 2." in " ".join(shown.split())
    assert "was over when" not in ok(folder, "verify")
    both = tmp_path / "both.zip"
    ok(folder, "export", both)
    assert "which vote? Give --vote" in refused(folder, "report", both, "-o", tmp_path / "page.html")
    ok(folder, "report", both, "--vote", SECOND, "-o", tmp_path / "page.html")
