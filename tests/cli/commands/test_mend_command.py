"""``inblue mend``: shown first, asked for, done, and told; and what a desk sees of a store that somebody wrote into."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest
from command_line import call
from ledgers import sign_over
from paths import INBLUE

from inblue.domain.acts import DraftWithdrawn
from inblue.ledger.entries.entry import Seen, write_entry
from inblue.ledger.keystore import KeyStore
from inblue.ledger.ledger import Ledger
from inblue.ledger.standards.ed25519 import Ed25519Signer
from inblue.ledger.stores.address import beside


def inblue(words: list[str]) -> subprocess.CompletedProcess[str]:
    return call([INBLUE, *words], env=dict(os.environ))


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "l.db"
    monkeypatch.setenv("INBLUE_LEDGER", str(path))
    monkeypatch.setenv("INBLUE_PASSPHRASE", "correct-horse-battery")
    assert inblue(["init", "--origin", "example.org/x"]).returncode == 0
    assert inblue(["draft", "circulate", "S/2026/1", "--sponsor", "FRA"]).returncode == 0
    return path


def junk(path: Path) -> None:
    with sqlite3.connect(path) as c:
        c.execute("INSERT INTO stored_events VALUES ('vote:S/2026/1', 9, 'vote-cast@1', x'ff')")


@pytest.mark.long
def test_it_shows_first_asks_and_then_moves_out(ledger: Path) -> None:
    junk(ledger)
    assert inblue(["verify"]).returncode == 1
    stopped = inblue(["draft", "circulate", "S/2026/2", "--sponsor", "FRA"])
    assert (stopped.returncode, stopped.stderr.count("\n")) == (1, 1)
    assert "inblue mend" in stopped.stderr
    shown = inblue(["mend", "--dry-run"])
    assert shown.returncode == 0
    assert "act 8 of vote:S/2026/1" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "give the root that the log's key has signed" in shown.stdout
    assert inblue(["verify"]).returncode == 1
    refused = inblue(["mend"])
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    done = inblue(["mend", "--yes", "--json"])
    said = json.loads(done.stdout)
    assert (done.returncode, said["done"], said["entries"], said["signed"]) == (0, True, 3, 3)
    assert [each["kind"] for each in said["moved"]] == ["entry"]
    assert json.loads(Path(said["file"]).read_bytes())["moved"][0]["base64"] == "/w=="
    assert inblue(["verify"]).returncode == 0
    assert inblue(["draft", "circulate", "S/2026/2", "--sponsor", "FRA"]).returncode == 0
    assert "nothing to move out" in inblue(["mend"]).stdout


@pytest.mark.long
def test_where_the_head_was_overwritten_the_logs_key_signs_again(ledger: Path) -> None:
    with sqlite3.connect(ledger) as c:
        c.execute("UPDATE inblue_head SET size = 9007199254740991, position = 9007199254740991, note = 'x'")
    assert inblue(["verify"]).returncode == 1
    assert inblue(["mend", "--yes"]).returncode == 0
    assert inblue(["verify"]).returncode == 0
    assert inblue(["draft", "circulate", "S/2026/2", "--sponsor", "FRA"]).returncode == 0


def covered(path: Path) -> None:
    """An act of a key without authority, over which the log's key was made to sign."""
    keys = KeyStore(beside(path, "keys"))
    mallory = Ed25519Signer.from_seed(b"m" * 32)
    with Ledger.open(path) as ledger:
        head = ledger.checkpoint()
        entry = write_entry(
            DraftWithdrawn(withdrawn_at=ledger.clock()),
            stream="vote:S/2026/1",
            index=1,
            register=2,
            signer=mallory,
            office="registrar",
            recorded_at=ledger.clock(),
            seen=Seen(head.size, head.root),
        )
        ledger.streams.append([entry])
        sign_over(ledger, keys.open("log", b"correct-horse-battery"))


@pytest.mark.long
def test_what_a_head_covers_is_disowned_and_every_output_says_so(ledger: Path) -> None:
    covered(ledger)
    assert inblue(["verify"]).returncode == 1
    stopped = inblue(["status"])
    assert (stopped.returncode, stopped.stderr.count("\n")) == (1, 1)
    assert "inblue entry disown" in stopped.stderr
    assert "nothing to move out" in inblue(["mend"]).stdout
    order = ["entry", "disown", "1", "--vote", "S/2026/1", "--reason", "put in by the host"]
    shown = inblue([*order, "--dry-run"])
    assert shown.returncode == 0
    assert "put in by the host" in shown.stdout
    assert inblue(["verify"]).returncode == 1
    assert inblue(order).returncode == 0
    again = inblue(order)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    said = inblue(["verify"])
    assert said.returncode == 0
    assert "put in by the host" in said.stdout
    assert inblue(["status"]).returncode == inblue(["replay"]).returncode == 0
    assert "signed by no key in authority" in inblue(["audit"]).stdout
    assert inblue(["draft", "withdraw", "--vote", "S/2026/1"]).returncode == 0
    assert inblue(["verify"]).returncode == 0
