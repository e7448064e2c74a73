"""The log's key at the desk: announced, rotated, lost, compromised, and with a forgotten passphrase."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE

HERE, SAFE = "four words nobody says", "kept in the safe"


def run(ledger: Path, *words: object, passphrase: str = HERE, new: str = "") -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "INBLUE_PASSPHRASE": passphrase, "INBLUE_LEDGER": str(ledger)}
    env |= {"INBLUE_NEW_PASSPHRASE": new} if new else {}
    return call([INBLUE, *map(str, words)], env=env)


def ok(ledger: Path, *words: object, passphrase: str = HERE, new: str = "") -> str:
    done = run(ledger, *words, passphrase=passphrase, new=new)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with one draft, and what an auditor knows of its log today, in ``trust.json``."""
    path = tmp_path_factory.mktemp("founded") / "council.db"
    ok(path, "init", "--origin", "example.org/votes")
    ok(path, "draft", "circulate", "S/1")
    (key,) = json.loads(ok(path, "key", "list", "--json"))["log_keys"]
    path.with_name("trust.json").write_text(json.dumps({"format": "inblue-trust/1", "log_key": key}))
    return path


@pytest.fixture
def ledger(founded: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    shutil.copytree(founded.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / founded.name


def verified(ledger: Path) -> tuple[int, list[str]]:
    """Exit status and first problem of a verification by an auditor who knew the first key."""
    done = run(ledger, "verify", "--trust", ledger.with_name("trust.json"), "--json")
    return done.returncode, [problem["text"] for problem in json.loads(done.stdout)["problems"]]


def test_a_rotation_from_the_safe(ledger: Path) -> None:
    """As docs/operations.md tells it, with the next key made and kept under another passphrase."""
    keys, safe = Path(f"{ledger}.keys"), ledger.with_name("safe")
    ok(ledger, "key", "new", "log-2", "--keys", safe, passphrase=SAFE)
    shutil.copy(safe / "log-2.pub", keys)
    assert ok(ledger, "log-key", "announce", "log-2") == "announced log-2 as the log's next key\n"
    shutil.copy(safe / "log-2.pem", keys)
    assert "signs checkpoints next" in ok(ledger, "key", "list")
    refused = run(ledger, "log-key", "replace", "log-2", "--cause", "rotation")
    assert (refused.returncode, "wrong passphrase" in refused.stderr) == (2, True)
    ok(ledger, "key", "passphrase", "log-2", passphrase=SAFE, new=HERE)
    said = ok(ledger, "log-key", "replace", "log-2", "--cause", "rotation")
    assert said == "log-2 signs the log from now on; vouched for by the key before it\n"
    (keys / "log.pem").unlink()
    ok(ledger, "draft", "circulate", "S/2")
    assert verified(ledger) == (0, [])
    listed = json.loads(ok(ledger, "key", "list", "--json"))
    assert (len(listed["log_keys"]), listed["next_log_key"]) == (2, None)


def test_a_passphrase_is_changed_or_stays(ledger: Path) -> None:
    pem = Path(f"{ledger}.keys/log.pem")
    before = pem.read_bytes()
    for passphrase, new, says in (("wrong words here", "a new one, long", "wrong"), (HERE, "short", "too short")):
        refused = run(ledger, "key", "passphrase", "log", passphrase=passphrase, new=new)
        assert (refused.returncode, says in refused.stderr, pem.read_bytes() == before) == (2, True, True)
    unsaid = run(ledger, "key", "passphrase", "log")
    assert (unsaid.returncode, "INBLUE_NEW_PASSPHRASE" in unsaid.stderr) == (2, True)
    for name in ("log", "registrar"):
        assert ok(ledger, "key", "passphrase", name, new="another one") == f"{name} has the new passphrase\n"
    assert run(ledger, "draft", "circulate", "S/2").returncode == 2
    ok(ledger, "draft", "circulate", "S/2", passphrase="another one")
    assert sorted(path.name for path in pem.parent.iterdir()) == [
        "log.pem",
        "log.pub",
        "registrar.pem",
        "registrar.pub",
    ]
    assert pem.stat().st_mode & 0o777 == 0o600


def test_a_lost_key(ledger: Path) -> None:
    for suffix in ("pem", "pub"):
        Path(f"{ledger}.keys/log.{suffix}").unlink()
    refused = run(ledger, "draft", "circulate", "S/2")
    assert refused.returncode == 2
    assert "inblue log-key replace" in refused.stderr
    assert refused.stderr.count("\n") == 1
    ok(ledger, "key", "new", "log-2")
    said = ok(ledger, "log-key", "replace", "log-2", "--cause", "loss")
    assert said == "log-2 signs the log from now on; vouched for by the registrar alone, because it was not announced\n"
    ok(ledger, "draft", "circulate", "S/2")
    assert "for which only the registrar vouches" in " ".join(ok(ledger, "verify").split())
    status, (problem, *_) = verified(ledger)
    assert (status, "does not vouch for" in problem) == (1, True)


def test_a_compromised_key(ledger: Path) -> None:
    ok(ledger, "key", "new", "log-2")
    ok(ledger, "log-key", "announce", "log-2")
    since = ("--compromised-since", "2026-03-01T09:00:00Z")
    wrong = run(ledger, "log-key", "replace", "log-2", "--cause", "loss", *since)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    ok(ledger, "log-key", "replace", "log-2", "--cause", "compromise", *since)
    assert verified(ledger) == (0, [])
    assert "compromised, since 2026-03-01T09:00:00Z" in " ".join(ok(ledger, "verify").split())


def test_a_forgotten_passphrase(ledger: Path) -> None:
    """The registrar's second key, kept elsewhere under another passphrase, takes over both."""
    spare = ("--keys", ledger.with_name("safe"))
    ok(ledger, "key", "new", "registrar-2", *spare, passphrase=SAFE)
    public = ledger.with_name("safe") / "registrar-2.pub"
    ok(ledger, "key", "enrol", "registrar-2", "--public", public, "--office", "registrar")
    forgotten = run(ledger, "draft", "circulate", "S/2", passphrase="was it this one?")
    assert (forgotten.returncode, "wrong passphrase" in forgotten.stderr) == (2, True)
    safe = (*spare, "--key", "registrar-2")
    ok(ledger, "key", "new", "log-2", *spare, passphrase=SAFE)
    ok(ledger, "log-key", "replace", "log-2", "--cause", "loss", *safe, passphrase=SAFE)
    (before,) = (k["key"] for k in json.loads(ok(ledger, "key", "list", "--json"))["keys"] if k["name"] == "registrar")
    ok(ledger, "key", "revoke", before, "--reason", "its passphrase is lost", *safe, passphrase=SAFE)
    ok(ledger, "draft", "circulate", "S/2", *safe, passphrase=SAFE)
    assert ok(ledger, "verify").startswith("holds")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("log-key announce registrar", "acts for nobody"),
        ("log-key announce log", "already"),
        ("log-key announce nobody", "nobody.pub"),
        ("log-key replace log --cause loss", "already"),
        ("log-key replace spare --cause rotation", "announce it first"),
        ("log-key replace spare", "--cause"),
    ],
)
def test_what_is_refused(ledger: Path, words: str, says: str) -> None:
    ok(ledger, "key", "new", "spare")
    before = ledger.read_bytes()
    done = run(ledger, *words.split())
    assert (done.returncode, says in done.stderr, done.stdout) == (2, True, "")
    assert "Traceback" not in done.stderr
    assert ledger.read_bytes() == before
