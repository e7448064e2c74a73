"""``inblue inbox observe``: what a message shows is recorded by the key of the office intake, and said in lines."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE
from signed_mail import HOP, KEY_NAME, OWN, Mission, dkim_signed, record_of_key


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": "four words nobody says"}
    return call([INBLUE, *map(str, words)], env=env | {"INBLUE_LEDGER": str(folder / "a.db")}, cwd=folder)


def ok(folder: Path, *words: object) -> str:
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A desk with two messages on record, and the answer of DNS in a file."""
    ok(tmp_path, "init")
    ok(tmp_path, "key", "new", "intake")
    ok(tmp_path, "key", "enrol", "intake", "--office", "intake")
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "0.eml").write_bytes(HOP + dkim_signed())
    mission = Mission()
    (tmp_path / "mails" / "1.eml").write_bytes(HOP + mission.smime())
    (tmp_path / "roots.pem").write_text(mission.roots)
    text = record_of_key().decode()
    (tmp_path / "dns.txt").write_text(f'{KEY_NAME}. 60 IN TXT "{text[:200]}" "{text[200:]}"\n')
    ok(tmp_path, "inbox", "mails")
    return tmp_path


@pytest.mark.long
def test_each_message_is_looked_at_once_and_what_is_seen_is_said(folder: Path) -> None:
    words = ("inbox", "observe", "--own-host", OWN, "--dns", "dns.txt", "--roots", "roots.pem")
    lines = ok(folder, *words).splitlines()
    stamped = f"{OWN}, a host of the receiver's own, stamped the message at 2026-11-29T07:59:30Z"
    assert lines == [
        f"message 0: {stamped}",
        "message 0: the DKIM signature of mission.example.org verifies",
        f"message 1: {stamped}",
        (
            "message 1: the signature in part 0 is by Letters of a mission, "
            "whose certificate leads to a root that was named"
        ),
        "message 1: no DKIM signature was checked",
    ]
    assert ok(folder, *words) == "every message has been examined\n"
    (line,) = ok(folder, *words[:2], 0, "--dns", "dns.txt", "--json").splitlines()
    found = json.loads(line)
    assert (found["format"], found["arrived"]) == ("inblue-mail-observation/1", None)
    assert "every check passed" in ok(folder, "verify")


@pytest.mark.long
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dns", "dns.txt", "--dns-server", "192.0.2.1"), "give only one of them"),
        (("--own-host", "a b"), "own host: 'a b' is neither the name nor the address of a host"),
        (("--roots", "dns.txt"), "roots: no PEM certificate in it"),
        (("--dns", "roots.pem"), "DNS answers: line 1 is not a TXT record"),
        (("--dns-server", "dns.example.org"), "DNS server: 'dns.example.org' is not an address"),
        ((7,), "no message 7 is on record"),
    ],
)
def test_what_is_given_wrongly_is_one_line_and_nothing_is_recorded(
    folder: Path, words: tuple[object, ...], said: str
) -> None:
    done = run(folder, "inbox", "observe", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1 or "Usage" in done.stderr
    assert json.loads(ok(folder, "verify", "--json"))["entries"] == 4
