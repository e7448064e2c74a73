"""What people would use instead: a git repository of ssh-signed commits, and mails signed with GnuPG."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

SIGNED = 40
TEXT = '{"act":"vote_cast","member":"BEL","position":"in_favour"}' + "x" * 500


class Absent(Exception):
    """A program that is needed is not installed."""


def git(folder: Path) -> tuple[float, float]:
    """Commits signed with an Ed25519 key a second, and commits verified a second (all, with ``git log``).

    Raises:
        Absent: git or ssh-keygen is missing.
    """
    _need("git", "ssh-keygen")
    home = folder / "git"
    home.mkdir()
    _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key")])
    public = (folder / "key.pub").read_text()
    (folder / "allowed").write_text(f"registrar@example.org {public}")
    environment = {**os.environ, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    settings = {
        "user.name": "registrar", "user.email": "registrar@example.org", "gpg.format": "ssh",
        "user.signingkey": str(folder / "key.pub"), "gpg.ssh.allowedSignersFile": str(folder / "allowed"),
        "commit.gpgsign": "true", "core.fsync": "all", "gc.auto": "0",
    }  # fmt: skip
    _run(["git", "init", "-q", str(home)], environment)
    for name, value in settings.items():
        _run(["git", "-C", str(home), "config", name, value], environment)
    begin = time.perf_counter()
    for number in range(SIGNED):
        (home / f"{number}.json").write_text(TEXT)
        _run(["git", "-C", str(home), "add", f"{number}.json"], environment)
        _run(["git", "-C", str(home), "commit", "-q", "-m", f"act {number}"], environment)
    recorded = SIGNED / (time.perf_counter() - begin)
    begin = time.perf_counter()
    shown = _run(["git", "-C", str(home), "log", "--format=%G?"], environment)
    assert shown.split() == ["G"] * SIGNED
    return recorded, SIGNED / (time.perf_counter() - begin)


def gnupg() -> tuple[float, float]:
    """Texts signed in the clear with an Ed25519 key a second, as one would a mail, and verified a second.

    Raises:
        Absent: gpg is missing.
    """
    _need("gpg")
    with tempfile.TemporaryDirectory(prefix="g") as short:  # the agent's socket has a short name
        environment = {**os.environ, "GNUPGHOME": short}
        common = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        try:
            key = ["--quick-generate-key", "registrar@example.org", "ed25519", "sign", "never"]
            _run([*common, *key], environment)
            mail = Path(short) / "mail.txt"
            mail.write_text(TEXT)
            begin = time.perf_counter()
            for number in range(SIGNED):
                _run([*common, "--output", f"{short}/{number}.asc", "--clearsign", str(mail)], environment)
            recorded = SIGNED / (time.perf_counter() - begin)
            begin = time.perf_counter()
            for number in range(SIGNED):
                _run(["gpg", "--batch", "--verify", f"{short}/{number}.asc"], environment)
            return recorded, SIGNED / (time.perf_counter() - begin)
        finally:
            subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=environment, check=False)


def _need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            raise Absent(f"{program} is not installed here")


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
