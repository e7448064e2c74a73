"""A live vote at the desk: the real clock, real authorities, a ballot, receipts, and what an auditor sees of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from authority import Tsa
from command_line import call
from ledgers import OPENED, SMALL, small
from paths import EXAMPLES, INBLUE, VECTORS
from seats import FILE_2020
from signers import REGISTRAR

from inblue.domain.acts import EntryVoided
from inblue.ledger.operations.export import export

PASSPHRASE = "four words nobody says"
AUTHORITY = str(EXAMPLES / "authority.py")


def run(folder: Path, *words: object, asking: bool = True) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": os.environ["PATH"],
        "INBLUE_PASSPHRASE": PASSPHRASE,
        "INBLUE_LEDGER": str(folder / "council.db"),
        **({"INBLUE_AUTHORITIES": str(folder / "authorities.json")} if asking else {}),
    }
    return call([INBLUE, *map(str, words)], env=env)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def council(folder: Path) -> Path:
    """Two authorities, a ledger, a vote that is open, and Belgium's key."""
    tsas = [Tsa.make(folder / name, name) for name in ("one", "two")]
    sources = [
        {"authority": tsa.authority.json_value(), "command": [sys.executable, AUTHORITY, "answer", str(tsa.folder)]}
        for tsa in tsas
    ]
    (folder / "authorities.json").write_text(json.dumps({"format": "inblue-authorities/1", "sources": sources}))
    trust = {"format": "inblue-trust/1", "authorities": [tsa.authority.json_value() for tsa in tsas]}
    (folder / "trust.json").write_text(json.dumps(trust))
    (folder / "letter.txt").write_text("China votes in favour.\n")
    ok(folder, "init")
    ok(folder, "key", "new", "belgium", "--keys", folder / "bel")
    public = folder / "bel/belgium.pub"
    ok(folder, "key", "enrol", "belgium", "--public", public, "--office", "permanent_representative", "--member", "BEL")
    ok(folder, "draft", "circulate", "S/1")
    ok(folder, "letter", "send", "opening", "--roster", FILE_2020)
    return folder


LETTER = ("--office", "permanent_representative", "--addressee", "president")
PAPER = (*LETTER, "--signed")


def audited(folder: Path, *words: object) -> dict[str, Any]:
    done = run(folder, "audit", "--trust", folder / "trust.json", "--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    (vote,) = json.loads(done.stdout)["votes"]
    return {reply["member"]: reply for reply in vote["replies"]}


def test_a_member_signs_and_the_registrar_casts(council: Path) -> None:
    assert ok(council, "vote", "blank", council / "blank.json").startswith("wrote")
    signing = ("vote", "sign", "BEL", "in_favour", council / "blank.json", council / "bel.ballot")
    said = ok(council, *signing, "--key", "belgium", "--keys", council / "bel")
    assert "BEL votes in_favour on S/1, signed with" in said
    assert len(json.loads((council / "bel.ballot").read_text())["timestamps"]) == 2
    again = run(council, *signing, "--key", "belgium", "--keys", council / "bel")
    assert (again.returncode, "already" in again.stderr) == (2, True)
    wrong = run(council, "vote", "cast", "BEL", "against", *LETTER, "--signed", council / "bel.ballot")
    assert (wrong.returncode, "clause signature" in wrong.stderr or "(signature)" in wrong.stderr) == (2, True)
    ok(council, "vote", "cast", *LETTER, "--signed", council / "bel.ballot")
    twice = run(council, "vote", "cast", "BEL", "in_favour", *LETTER, "--signed", council / "bel.ballot")
    assert (twice.returncode, "was cast already" in twice.stderr) == (2, True)
    ok(council, "vote", "cast", "CHN", "in_favour", *PAPER, "--file", council / "letter.txt")
    ok(council, "vote", "cast", "EST", "in_favour", *PAPER)
    replies = audited(council)
    assert {member: reply["strength"] for member, reply in replies.items()} == {
        "BEL": "proven",
        "CHN": "proven",
        "EST": "attested",
    }
    for member in ("BEL", "CHN"):
        assert replies[member]["placement"] == "inside"
        assert replies[member]["margin_basis"] == "not_after"
        assert 86_000 < replies[member]["margin_seconds"] < 86_400
        assert replies[member]["not_before"] < replies[member]["not_after"]
    assert any("the ballot itself existed by" in each["text"] for each in replies["BEL"]["evidence"])


def test_what_an_auditor_asks_for_is_checked_against_the_ledger(council: Path) -> None:
    trust = council / "trust.json"
    short = run(council, "verify", "--trust", trust, "--require", "proven")
    assert (short.returncode, "S/1, EST: attested." in short.stdout) == (1, True)
    assert "replies 2 proven, 1 attested" in short.stdout
    assert run(council, "verify", "--trust", trust, "--require", "attested").returncode == 0
    unbelieved = json.loads(run(council, "verify", "--require", "proven", "--json").stdout)
    assert (unbelieved["holds"], [each["member"] for each in unbelieved["short"]]) == (True, ["BEL", "CHN", "EST"])


def test_of_a_reply_that_falls_short_for_when_it_was_read_or_for_being_voided_that_is_said(
    council: Path, tmp_path: Path
) -> None:
    bundles = VECTORS / "bundles"
    found = run(council, "verify", bundles / "stamped.zip", "--require", "documented")
    said = " ".join(found.stdout.split())
    assert found.returncode == 1
    assert "S/1, IDN: documented. It was read after the close: nothing made by then vouches for what it says." in said
    book = small(change=lambda history: history[:6])
    act = EntryVoided(number=2, reason="of another body", voided_at=OPENED + timedelta(hours=26))
    book.perform(SMALL, act, signer=REGISTRAR)
    voided = export(book, tmp_path / "v.zip", vote=SMALL, include_open=True).path
    found = run(council, "verify", voided, "--require", "documented")
    said = " ".join(found.stdout.split())
    assert (found.returncode, "CHN: attested. voided by act 7: of another body" in said) == (1, True), said


def test_a_receipt_is_checked_against_a_ledger_and_a_bundle(council: Path) -> None:
    receipt, bundle = council / "chn.receipt", council / "vote.zip"
    assert ok(council, "receipt", "acknowledge", "CHN", "--write", receipt).endswith("the receipt of CHN\n")
    assert len(json.loads(receipt.read_text())["timestamps"]) == 2
    ok(council, "export", bundle, "--vote", "S/1", "--include-open")
    for source in (council / "council.db", bundle):
        assert run(council, "verify", source, "--against", receipt).returncode == 0
    assert audited(council, "--ledger", bundle)["CHN"]["strength"] == "proven"
    other = council / "other"
    other.mkdir()
    assert run(other, "init", asking=False).returncode == 0
    stranger = run(other, "verify", "--against", receipt)
    assert (stranger.returncode, "is not a receipt of this log" in stranger.stderr) == (2, True)
    again = run(council, "receipt", "write", "CHN", receipt)
    assert (again.returncode, "already" in again.stderr) == (2, True)
    ok(council, "receipt", "write", "EST", council / "est.receipt")


def test_missing_timestamps_are_said_and_fetched_later(council: Path) -> None:
    configuration = council / "authorities.json"
    whole = json.loads(configuration.read_text())
    broken = {**whole, "sources": [whole["sources"][0], {**whole["sources"][1], "command": ["false"]}]}
    configuration.write_text(json.dumps(broken))
    done = run(council, "explanation", "file", "CHN")
    assert done.returncode == 0
    assert "no timestamp of two yet" in done.stderr
    missing = run(council, "timestamp")
    assert (missing.returncode, "one: is there already" in missing.stdout) == (1, True)
    assert "two: no timestamp" in missing.stdout
    configuration.write_text(json.dumps(whole))
    assert "give or take" in ok(council, "timestamp")
    unnamed = run(council, "timestamp", asking=False)
    assert (unnamed.returncode, "INBLUE_AUTHORITIES" in unnamed.stderr) == (2, True)
    configuration.write_text("{}")
    still = run(council, "explanation", "file", "EST")
    assert (still.returncode, "the act is recorded" in still.stderr) == (0, True)
    configuration.write_text(json.dumps(whole))
