"""``inblue witness`` as docs/operations.md tells it: watch, unwatch, lost and begun again; a log whose key changes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import call
from paths import INBLUE

SECRET = "four words nobody says"
ORIGIN = "example.org/votes"


class Desk:
    """A ledger and a witness of it, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.witness = folder, folder / "w"

    def run(self, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": os.environ["PATH"],
            "INBLUE_PASSPHRASE": SECRET,
            "INBLUE_LEDGER": str(self.folder / "l.db"),
            **more,
        }
        return call([INBLUE, *map(str, words)], env=env, cwd=self.folder)

    def ok(self, *words: object) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def log_key(self) -> str:
        keys = json.loads(self.ok("key", "list", "--json"))["log_keys"]
        return str(keys[-1])

    def cosigned(self) -> subprocess.CompletedProcess[str]:
        """The head of the ledger, by file."""
        (self.folder / "request").unlink(missing_ok=True)
        self.ok("witness", "request", "one", "request", "--policy", "policy")
        done = self.run("witness", "cosign", "w", "request")
        if done.returncode == 0:
            (self.folder / "line").write_text(done.stdout)
            self.ok("witness", "add", "one", "line", "--policy", "policy")
        return done

    def record(self) -> Path:
        (path,) = self.witness.glob("*.checkpoint")
        return path


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = Desk(tmp_path_factory.mktemp("founded"))
    desk.ok("init", "--origin", ORIGIN)
    made = desk.ok("witness", "init", "w", "--name", "one.example/witness", "--log-key", desk.log_key())
    key = made.splitlines()[-1].split(" ")[-1]
    (desk.folder / "policy").write_text(f"witness one {key}\nquorum one\n")
    desk.ok("draft", "circulate", "S/1")
    assert desk.cosigned().returncode == 0
    return desk.folder


@pytest.fixture
def desk(founded: Path, tmp_path: Path) -> Desk:
    shutil.copytree(founded, tmp_path, dirs_exist_ok=True)
    return Desk(tmp_path)


@pytest.mark.long
def test_what_is_watched_is_listed_and_unwatched(desk: Desk) -> None:
    size = desk.ok("checkpoint").splitlines()[1]
    assert f"{ORIGIN}: {size} entries cosigned\n" in desk.ok("witness", "logs", "w")
    assert "already, under this key; nothing was changed" in desk.ok("witness", "watch", "w", desk.log_key())
    assert desk.ok("witness", "unwatch", "w", ORIGIN) == f"{ORIGIN} is not watched any more\n"
    refused = desk.run("witness", "unwatch", "w", ORIGIN)
    wrong = f"'{ORIGIN}' is not watched here; watched: none (see inblue witness unwatch --help)"
    assert (refused.returncode, refused.stderr) == (2, f"inblue: {wrong}\n")
    desk.ok("draft", "circulate", "S/2")
    refused = desk.cosigned()
    assert (refused.returncode, refused.stderr) == (1, "not cosigned (404): this log is not watched here\n")
    assert "not watched any more; " in desk.ok("witness", "logs", "w")
    assert desk.ok("witness", "watch", "w", desk.log_key()) == f"{ORIGIN} is watched from now on\n"
    assert desk.cosigned().returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("content", [b"", b"example.org", None])
def test_a_lost_record_is_one_line_and_begun_again_on_record(desk: Desk, content: bytes | None) -> None:
    (desk.folder / "note").write_text(desk.ok("checkpoint"))
    desk.record().unlink()
    if content is not None:
        (desk.witness / f"{desk_digest()}.checkpoint").write_bytes(content)
    desk.ok("draft", "circulate", "S/2")
    refused = desk.cosigned()
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert refused.stderr.startswith(f"not cosigned (503): the record of what was cosigned last of {ORIGIN} is lost (")
    listed = desk.run("witness", "logs", "w")
    assert (listed.returncode, "is lost" in listed.stdout) == (1, True)
    unsaid = desk.run("witness", "begin-anew", "w", ORIGIN, "--reason", "lost")
    assert (unsaid.returncode, "give the NOTE cosigned last, or --from-nothing" in unsaid.stderr) == (2, True)
    done = desk.run("witness", "begin-anew", "w", ORIGIN, "note", "--reason", "the disk was full")
    assert (done.returncode, done.stderr) == (0, "")
    done = desk.cosigned()
    assert done.returncode == 0
    assert done.stderr.startswith(f"begun again with {ORIGIN} at 20")
    assert done.stderr.endswith(": the disk was full\n")
    assert ": the disk was full\n" in desk.ok("witness", "logs", "w")


def desk_digest() -> str:
    import hashlib

    return hashlib.sha256(ORIGIN.encode()).hexdigest()


def test_beginning_again_without_proof_of_what_was_cosigned_says_what_that_means(desk: Desk) -> None:
    desk.record().unlink()
    done = desk.run("witness", "begin-anew", "w", ORIGIN, "--from-nothing", "--reason", "nobody has it")
    assert (done.returncode, done.stderr) == (
        0,
        "nothing shows that this witness cosigned this last: it may cosign a second history\n",
    )
    assert "begun again at" in desk.ok("witness", "logs", "w")
    assert desk.run("witness", "begin-anew", "w", ORIGIN, "--from-nothing", "--reason", "x").returncode == 2


def test_a_log_that_announces_its_next_key_is_followed_by_file(desk: Desk) -> None:
    before = desk.log_key()
    desk.ok("key", "new", "log-2")
    desk.ok("log-key", "announce", "log-2")
    desk.ok("log-key", "replace", "log-2", "--cause", "rotation")
    assert desk.cosigned().returncode == 0
    assert ", the last of 2\n" in desk.ok("witness", "logs", "w")
    refused = desk.run("witness", "watch", "w", before)
    assert refused.returncode == 2
    assert "replaced this key earlier, so nothing was changed; --again" in refused.stderr


def test_a_key_that_was_not_announced_is_told_by_the_operator(desk: Desk) -> None:
    desk.ok("key", "new", "log-2")
    desk.ok("log-key", "replace", "log-2", "--cause", "loss")
    asked = desk.run("witness", "request", "one", "request2", "--policy", "policy")
    assert (asked.returncode, "the key before it did not announce it" in asked.stderr) == (0, True)
    refused = desk.cosigned()
    assert (refused.returncode, "not cosigned (403): " in refused.stderr) == (1, True)
    said = desk.ok("witness", "watch", "w", desk.log_key())
    assert said == f"this is the key of {ORIGIN} from now on; the one before gets no more cosignatures\n"
    assert desk.cosigned().returncode == 0


@pytest.mark.parametrize(
    ("origin", "wanted"), [("ж" * 128, "origin: 256 bytes in UTF-8; at most 255"), ("x" * 201, "200")]
)
def test_an_origin_that_no_witness_could_cosign_is_not_founded(tmp_path: Path, origin: str, wanted: str) -> None:
    desk = Desk(tmp_path)
    refused = desk.run("init", "--origin", origin)
    assert (refused.returncode, refused.stderr.count("\n"), wanted in refused.stderr) == (2, 1, True)
    assert list(tmp_path.iterdir()) == []
    if origin[0] != "x":
        desk.ok("init", "--origin", "ж" * 127)
