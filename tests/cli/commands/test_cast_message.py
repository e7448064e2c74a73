"""``inblue vote cast --message``: a reply that came in a message is entered by its number; it arrived when that did."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import call
from mails import LETTER, mail
from paths import INBLUE

from inblue.domain.canonical import digest
from inblue.ledger.keystore import KeyStore
from inblue.ledger.ledger import Ledger

WORDS = "four words nobody says"


def run(folder: Path, *words: object) -> tuple[int, str, str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": WORDS, "INBLUE_LEDGER": str(folder / "council.db")}
    done = call([INBLUE, *map(str, words)], env=env, cwd=folder)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rehearsal that is open, and a message on record."""
    opened = datetime.now(UTC) - timedelta(hours=1)
    for words in (
        ["init"],
        ["key", "new", "intake"],
        ["key", "enrol", "intake", "--office", "intake"],
        ["draft", "circulate", "S/2026/1", "--simulated"],
        ["letter", "send", "opening", "--roster", "unsc-2020", "--opens-at", f"{opened:%Y-%m-%dT%H:%M:%SZ}"],
    ):
        assert run(tmp_path, *words)[0] == 0, words
    store = KeyStore(tmp_path / "council.db.keys")
    intake, log = (store.open(name, WORDS.encode()) for name in ("intake", "log"))
    with Ledger.open(tmp_path / "council.db", log_signer=log) as ledger:
        ledger.receive_message(mail(), signer=intake)
    return tmp_path


def test_a_reply_is_entered_by_its_message_and_part(folder: Path) -> None:
    assert run(folder, "vote", "cast", "CHN", "in_favour", "--message", 0, "--part", 2)[0] == 0
    (vote,) = json.loads(run(folder, "audit", "--json")[1])["votes"]
    (reply,) = vote["replies"]
    assert (reply["message"]["received"], reply["message"]["part"]) == (0, "2")
    assert reply["instrument"]["sha256"] == digest(LETTER)
    assert run(folder, "verify")[0] == 0
    said = run(folder, "audit")[1]
    assert "part 2 of message 0" in " ".join(said.split())


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--part", "2"], "--part goes with --message"),
        (["--message", "0", "--received-at", "2026-01-01"], "give no --received-at or --file"),
        (["--message", "3", "--part", "2"], "no message 3"),
        (["--message", "0", "--part", "7"], "no part 7"),
    ],
)
def test_what_does_not_fit_is_one_line(folder: Path, words: list[str], says: str) -> None:
    status, out, err = run(folder, "vote", "cast", "CHN", "in_favour", *words)
    assert (status, out) == (2, "")
    assert says in err
