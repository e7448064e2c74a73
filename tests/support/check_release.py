"""A built wheel as a user gets it: in an environment of its own, without extras, used away from the checkout.

``python tests/support/check_release.py dist [PYTHON]``, as ``make release-check`` runs it; PYTHON is another
interpreter. What the wheel needs is installed by hash, from the pins beside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bare import PROJECT
from make_manual import COMPLETIONS

_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
_PINNED = (*_PIP, "--require-hashes", "--only-binary", ":all:", "--requirement")
_COMPLETES = {"COMP_WORDS": "inblue verif", "COMP_CWORD": "1", "_INBLUE_COMPLETE": "bash_complete"}
_OURS = ("INBLUE_", "PYTHON")


class Installed:
    """An environment with the wheel and what it needs. Everything is run in ``folder``, with no variable of ours."""

    def __init__(self, wheel: Path, python: str, folder: Path) -> None:
        self.folder, self.root = folder, folder / "environment"
        self.run(python, "-m", "venv", self.root)
        (pins,) = wheel.parent.absolute().glob(f"inblue-{PROJECT['version']}.pins.txt")
        self.python = self.root / "bin" / "python"
        self.run(self.python, *_PINNED, pins)
        self.run(self.python, *_PIP, "--no-deps", wheel.absolute())
        self.run(self.python, "-m", "pip", "check", "--disable-pip-version-check")

    def run(self, *words: object, status: int = 0, env: Mapping[str, str] | None = None) -> str:
        """What a command prints. It ends with ``status``, or the check ends here."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | dict(env or {})
        command = [str(word) for word in words]
        done = subprocess.run(command, cwd=self.folder, env=kept, capture_output=True, text=True, check=False)
        if done.returncode != status:
            sys.exit(f"{' '.join(command)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def inblue(self, *words: object, status: int = 0, env: Mapping[str, str] | None = None) -> str:
        """What ``inblue`` prints."""
        return self.run(self.root / "bin" / "inblue", *words, status=status, env=env)


def check(at: Installed) -> None:
    """Use it: the version, the demonstration, a missing extra, the manual page, the completions."""
    seen("inblue --version", at.inblue("--version"), f"inblue {PROJECT['version']}\n")
    at.inblue("demo", "--no-open", "--folder", "demo")
    demo = at.folder / "demo"
    seen("inblue demo: the page", (demo / "report.html").read_text(encoding="utf-8"), "S/2020/240")
    seen("inblue verify, of its bundle", at.inblue("verify", demo / "evidence.zip"), "hold")
    lacked = at.inblue("audit", demo / "council.db", "--lang", "fr", status=2)
    seen("an extra that is missing", lacked, "pip install 'inblue[languages]'\n")
    share = at.root / "share"
    page = share / "man" / "man1" / "inblue.1"
    shown = at.run("man", "-l", page, env={"MANWIDTH": "78"}) if shutil.which("man") else page.read_text()
    seen("the manual page", shown, "inblue verify")
    for path in COMPLETIONS.values():
        seen(f"share/{path}", (share / path).read_text(), "_INBLUE_COMPLETE")
    script = f'source "{share}/{COMPLETIONS["bash"]}" && complete -p inblue'
    seen("bash sources it", at.run("bash", "-c", script), "_inblue_completion")
    seen("inblue completes", at.inblue(env=_COMPLETES), "plain,verify\n")


def seen(what: str, said: str, wanted: str) -> None:
    """End the check where ``wanted`` is not said."""
    if wanted not in said:
        sys.exit(f"{what}: {wanted!r} is not in it\n{said[-2_000:]}")
    print(f"ok  {what}")


def main() -> None:
    """Install the wheel, and use it."""
    (wheel,) = Path(sys.argv[1]).glob("*.whl")
    python = sys.argv[2] if len(sys.argv) > 2 else sys.executable
    with tempfile.TemporaryDirectory(prefix="inblue-release-") as folder:
        at = Installed(wheel, python, Path(folder))
        print(f"{wheel.name} with {at.run(at.python, '--version').strip()}")
        check(at)


if __name__ == "__main__":
    main()
