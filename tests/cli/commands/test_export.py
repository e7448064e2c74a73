"""Bundles at the desk: plain ones record nothing; a current one has the registrar say first how many acts there are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import call
from jsonschema import Draft202012Validator
from paths import INBLUE

from inblue.cli.desk.schemas import schema_of

REAL = "S/2020/240"


def run(
    ledger: Path, *words: object, passphrase: str | None = "four words nobody says"
) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_LEDGER": str(ledger)}
    env |= {"INBLUE_PASSPHRASE": passphrase} if passphrase else {}
    return call([INBLUE, *map(str, words)], env=env)


def ok(ledger: Path, *words: object) -> str:
    done = run(ledger, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def ledger(histories: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shutil.copytree(histories.parent, folder := tmp_path_factory.mktemp("export") / "desk")
    return folder / histories.name


@pytest.fixture(scope="module")
def size(ledger: Path) -> int:
    return int(json.loads(ok(ledger, "verify", "--json"))["checkpoint"]["size"])


@pytest.fixture(scope="module")
def plain(ledger: Path, size: int) -> Path:
    bundle = ledger.with_name("plain.zip")
    assert f"As of entry 29 of {size}; " in ok(ledger, "export", bundle, "--vote", REAL)
    return bundle


@pytest.fixture(scope="module")
def current(ledger: Path, size: int, plain: Path) -> Path:
    assert plain.exists()
    bundle = ledger.with_name("current.zip")
    said = ok(ledger, "export", bundle, "--vote", REAL, "--current")
    assert f"As of entry {size + 1} of {size + 1}; the register is shown complete up to entry {size + 1}." in said
    return bundle


def test_a_plain_bundle_is_as_of_its_end(ledger: Path, plain: Path, size: int) -> None:
    assert ok(ledger, "verify", plain).startswith(f"As of entry 29 of {size}; the register is shown")
    done = run(ledger, "verify", plain, "--require", "current")
    assert (done.returncode, done.stderr) == (1, "")
    assert "NOT CURRENT: the log has later entries" in done.stdout
    told = json.loads(ok(ledger, "verify", plain, "--json"))
    Draft202012Validator(schema_of("verify")).validate(told)
    assert (told["as_of"]["entry"], told["as_of"]["of"], told["current"]) == (29, size, False)


def test_a_current_bundle_is_as_of_the_last_entry(ledger: Path, current: Path, size: int) -> None:
    last = size + 1
    assert ok(ledger, "verify", current, "--require", "current").startswith(f"As of entry {last} of {last}; ")
    told = json.loads(ok(ledger, "verify", current, "--json"))
    assert (told["as_of"], told["current"]) == ({"entry": last, "of": last, "register": last}, True)
    kept = json.loads(ok(ledger, "key", "list", "--json"))
    assert kept["keys"]
    assert "holds" in ok(ledger, "verify", "--require", "current")


def test_every_verdict_on_a_bundle_begins_with_it(ledger: Path, plain: Path, size: int, tmp_path: Path) -> None:
    begins = f"As of entry 29 of {size}; "
    assert ok(ledger, "audit", "--ledger", plain).startswith(begins)
    audit = json.loads(ok(ledger, "audit", "--ledger", plain, "--json"))
    Draft202012Validator(schema_of("audit")).validate(audit)
    assert audit["as_of"]["entry"] == 29
    for words in (("report", plain), ("compendium", "--ledger", plain)):
        page = tmp_path / f"{words[0]}.html"
        ok(ledger, *words, "-o", page)
        assert begins in page.read_text(encoding="utf-8")
    for lang, said in (("fr", "État à l’écriture 29 sur"), ("es", "Estado al asiento 29 de")):
        assert ok(ledger, "verify", plain, "--lang", lang).startswith(said)
        assert ok(ledger, "audit", "--ledger", plain, "--lang", lang).startswith(said)


def test_a_ledger_is_as_of_its_head(ledger: Path) -> None:
    audit = json.loads(ok(ledger, "audit", "--json"))
    Draft202012Validator(schema_of("audit")).validate(audit)
    assert len(set(audit["as_of"].values())) == 1
    assert not ok(ledger, "audit").startswith("As of")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("FILE", "--current"), "--current goes with --vote"),
        (("LEDGER", "--vote", REAL, "--current"), "something is there already"),
        (("FILE", "--vote", "S/9", "--current"), "no vote on 'S/9'"),
        (("FILE", "--vote", REAL, "--current", "--as", "president"), "president"),
    ],
)
def test_what_is_refused_records_nothing(ledger: Path, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    before = ok(ledger, "checkpoint")
    given = [{"FILE": str(tmp_path / "b.zip"), "LEDGER": str(ledger)}.get(word, word) for word in words]
    done = run(ledger, "export", *given)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert ok(ledger, "checkpoint") == before
    assert not (tmp_path / "b.zip").exists()


def test_only_a_current_bundle_needs_a_key(ledger: Path, tmp_path: Path) -> None:
    before = ok(ledger, "checkpoint")
    assert run(ledger, "export", tmp_path / "a.zip", "--vote", REAL, passphrase=None).returncode == 0
    done = run(ledger, "export", tmp_path / "b.zip", "--vote", REAL, "--current", passphrase=None)
    assert (done.returncode, "a passphrase is needed" in done.stderr) == (2, True)
    assert ok(ledger, "checkpoint") == before
