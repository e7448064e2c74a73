"""``inblue delegation``: one file each way, and then ballots and a witness that need no further flags."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE

SECRET = "four words nobody says"
ORIGIN = "example.org/votes"
TEXT = "The Security Council,\n\nDecides to remain seized of the matter.\n"


class Both:
    """A registrar in one folder, a delegation in another, and files that go between."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.own = folder, folder / "lva"

    def registrar(self, *words: object) -> subprocess.CompletedProcess[str]:
        return self._run(self.folder, *words, INBLUE_LEDGER="council.db", INBLUE_POLICY="policy")

    def delegation(self, *words: object) -> subprocess.CompletedProcess[str]:
        return self._run(self.own, *words)

    def _run(self, at: Path, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": SECRET, **more}
        return call([INBLUE, *map(str, words)], env=env, cwd=at)


def ok(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """A vote that is open, and a delegation that is enrolled and has a blank."""
    made = Both(tmp_path_factory.mktemp("both"))
    (made.folder / "draft.txt").write_text(TEXT)
    (made.folder / "policy").write_text("quorum none\n")
    ok(made.registrar("init", "--origin", ORIGIN))
    ok(made._run(made.folder, "delegation", "init", "--member", "LVA", "--log", ORIGIN, "--zone", "Europe/Riga"))
    ok(made.registrar("delegation", "admit", "lva/lva.request"))
    ok(made.delegation("delegation", "accept", "../lva.welcome"))
    circulated = ("--simulated", "--title", "Peace operations", "--text", "en=draft.txt")
    ok(made.registrar("draft", "circulate", "S/1", *circulated))
    ok(made.registrar("letter", "send", "opening", "--roster", "unsc-2026"))
    ok(made.registrar("vote", "blank", "lva/blank.json"))
    return made


def test_the_delegation_signs_and_the_registrar_takes_the_ballot(both: Both) -> None:
    said = ok(both.delegation("vote", "sign", "LVA", "In favour", "blank.json", "one.ballot"))
    assert "LVA votes in_favour on S/1 (a rehearsal)" in said
    ok(both.registrar("vote", "cast", "--signed", "lva/one.ballot"))
    ok(both.registrar("receipt", "acknowledge", "LVA", "--write", "lva/lva.receipt"))
    found = json.loads(
        ok(both.registrar("verify", "--against", "lva/lva.receipt", "--trust", "lva/trust.json", "--json"))
    )
    assert (found["trusted"], found["against"][0]["found"]) == (True, "there")


def test_what_is_signed_is_said_in_words_first(both: Both) -> None:
    said = ok(
        both.delegation("vote", "sign", "LVA", "against", "blank.json", "x", "--draft", "../draft.txt", "--dry-run")
    )
    for part in (
        "SIMULATED",
        "Latvia (LVA)",
        "AGAINST",
        "Peace operations",
        "draft.txt is the text in English",
        "The Security Council,",
        "23 h 59 min left",
        "Europe/Riga (+0",
        "a dry run: nothing was signed",
    ):
        assert part in said
    assert not (both.own / "x").exists()


def test_a_slip_is_found_before_anything_is_signed(both: Both, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Another text.")
    blank = json.loads((both.own / "blank.json").read_text())
    (tmp_path / "elsewhere.json").write_text(json.dumps(blank | {"log": "example.org/other"}))
    for words, said in (
        (("LVA", "in favor", "blank.json", "x"), "'in favor' is not a position here; there is in_favour, against"),
        (("EST", "against", "blank.json", "x"), "this is the delegation of LVA"),
        (
            ("LVA", "against", "blank.json", "x", "--draft", tmp_path / "other.txt"),
            "is not a text that is put to the vote",
        ),
        (("LVA", "against", tmp_path / "elsewhere.json", "x"), "the blank is of the log example.org/other"),
    ):
        done = both.delegation("vote", "sign", *words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (both.own / "x").exists()


def test_a_blank_of_the_version_before_is_signed_too(both: Both) -> None:
    blank = json.loads((both.own / "blank.json").read_text())
    old = {name: value for name, value in blank.items() if name not in {"title", "body", "choices", "zone"}}
    (both.own / "old.json").write_text(json.dumps(old | {"format": "inblue-blank/2"}))
    assert "wrote old.ballot" in ok(both.delegation("vote", "sign", "LVA", "against", "old.json", "old.ballot"))


def test_who_was_admitted_is_admitted_once(both: Both) -> None:
    before = ok(both.registrar("key", "list"))
    said = ok(both.registrar("delegation", "admit", "lva/lva.request", "--write", "again.welcome"))
    assert "is enrolled for permanent_representative already" in said
    assert ok(both.registrar("key", "list")) == before
    assert (both.folder / "policy").read_text().count("witness ") == 1
    ok(both.delegation("delegation", "accept", "../again.welcome"))


def test_its_witness_cosigns_what_the_registrar_has_recorded(both: Both) -> None:
    name = "lva.delegation.invalid"
    ok(both.registrar("witness", "request", name, "lva/asked"))
    line = ok(both.delegation("witness", "cosign", "witness", "asked"))
    (both.folder / "line").write_text(line)
    assert f"{name} has cosigned" in ok(both.registrar("witness", "add", name, "line"))


def test_a_dry_run_says_who_asks_and_records_nothing(both: Both, tmp_path: Path) -> None:
    ok(both._run(tmp_path, "delegation", "init", "--member", "LVA", "--log", ORIGIN, "--name", "two.example"))
    said = ok(both.registrar("delegation", "admit", tmp_path / "lva/lva.request", "--write", "two", "--dry-run"))
    for part in ("Latvia (LVA)", "permanent representative", "in force for this member", "two.example"):
        assert part in " ".join(said.split())
    assert not (both.folder / "two").exists()
    assert "two.example" not in (both.folder / "policy").read_text()
    elsewhere = both._run(tmp_path, "delegation", "accept", both.folder / "lva.welcome", "--delegation", "lva")
    assert (elsewhere.returncode, "another request" in elsewhere.stderr) == (2, True)


def test_a_folder_is_made_whole_or_not_at_all(tmp_path: Path) -> None:
    made = Both(tmp_path)
    done = made._run(tmp_path, "delegation", "init", "--member", "LVA", "--log", ORIGIN, "--zone", "Europe/Riege")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    short = made._run(tmp_path, "delegation", "init", "--member", "LVA", "--log", ORIGIN, INBLUE_PASSPHRASE="short")
    assert (short.returncode, list(tmp_path.iterdir())) == (2, [])
    nobody = made._run(tmp_path, "witness", "serve")
    assert (nobody.returncode, "no delegation is here" in nobody.stderr) == (2, True)
