"""What the documentation tells a reader to type, run as it is printed.

The blocks of a page run from top to bottom in one folder, in one shell, so that a later one finds what an earlier one
made. In ``console`` what follows ``$`` is typed, and the lines after it are what is shown; ``...`` is whatever is
there. In ``sh`` every line is typed. A command that is to fail says so: ``# exit status 1``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import command_line
from authority import faketime
from paths import ROOT

_BLOCK = re.compile(r"^( *)```([^\n]*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_NAMED = re.compile(r"`([\w.-]+)`[^`\n]*:\n\n *```\w+\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_STATUS = re.compile(r"# exit status (\d+)")

PASSPHRASE = "four words nobody says"


class Block(NamedTuple):
    """A fenced block of a page: where it is, its language, its text."""

    page: str
    line: int
    language: str
    text: str


class Typed(NamedTuple):
    """A command, the output shown after it (None: none is shown), and its exit status."""

    line: int
    command: str
    shown: str | None
    status: int


class Came(NamedTuple):
    """The result of a command."""

    typed: Typed
    output: str
    status: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            str(page.relative_to(ROOT)),
            text[: found.start()].count("\n") + 1,
            found[2].strip(),
            re.sub(f"^{found[1]}", "", found[3], flags=re.MULTILINE),
        )
        for found in _BLOCK.finditer(text)
    ]


def files(page: Path) -> dict[str, str]:
    """The files that a page gives: a block after a line that ends with a name and a colon."""
    return {found[1]: found[2] for found in _NAMED.finditer(page.read_text(encoding="utf-8"))}


def typed(block: Block) -> Iterator[Typed]:
    """The commands of a block. One that goes on has ``\\`` at the end of its line, or a here-document in it."""
    lines = block.text.splitlines()
    at, prompt = 0, "$ " if block.language == "console" else ""
    while at < len(lines):
        begins, line = at, lines[at]
        at += 1
        if not line.strip() or (not prompt and line.startswith("#")):
            continue
        if not line.startswith(prompt):
            raise ValueError(f"{block.page}:{block.line + begins + 1}: shown before anything is typed")
        command = [line.removeprefix(prompt)]
        while at < len(lines) and ((prompt and lines[at].startswith("> ")) or _goes_on(command)):
            command.append(lines[at].removeprefix("> ") if prompt else lines[at])
            at += 1
        shown: list[str] = []
        while prompt and at < len(lines) and not lines[at].startswith(prompt):
            shown.append(lines[at])
            at += 1
        said = _STATUS.search("\n".join(command))
        text = "\n".join(shown).strip("\n") if shown else None
        yield Typed(block.line + begins + 1, "\n".join(command), text, int(said[1]) if said else 0)


def _goes_on(command: list[str]) -> bool:
    here = re.search(r"<<'?(\w+)'?", command[0])
    if here:
        return command[-1] != here[1] or len(command) == 1
    joined = re.sub(r"\s#\s.*", "", "\n".join(command))
    return command[-1].endswith(("\\", "|", "do", "{", "(")) or joined.count('"') % 2 == 1 or joined.count("'") % 2 == 1


def run(steps: Sequence[Typed | str], folder: Path, seconds: int = 300) -> list[Came]:
    """Run what is typed in one shell in ``folder``; a text between makes what the page takes for granted."""
    with tempfile.TemporaryDirectory(prefix="ib") as made:
        beside = Path(made)
        script: list[str] = []
        every: list[tuple[Typed, Path]] = []
        for step in steps:
            if isinstance(step, str):
                script.append(f"set -e\n{step}\nset +e\n")
            else:
                out = beside / f"{len(every)}.out"
                every.append((step, out))
                script.append(f"{{ {step.command}\n}} >{out} 2>&1; echo $? >{out}.status\n")
        (beside / "script").write_text("".join([*script, "true\n"]), encoding="utf-8")
        done = subprocess.run(
            ["bash", str(beside / "script")],
            check=False,
            cwd=folder,
            env=_environment(beside),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        missing = [step for step, out in every if not Path(f"{out}.status").exists()]
        assert done.returncode == 0, f"not reached: {missing[:1]}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        return [
            Came(step, out.read_text(encoding="utf-8"), int(Path(f"{out}.status").read_text())) for step, out in every
        ]


def _environment(beside: Path) -> dict[str, str]:
    home = beside / "home"
    home.mkdir()
    return {
        "PATH": f"{_shim(beside)}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(beside),
        "INBLUE_PASSPHRASE": PASSPHRASE,
        "INBLUE_NEW_PASSPHRASE": PASSPHRASE,
        "LANG": "C.UTF-8",
        "ROOT": str(ROOT),
        "CLOCK": faketime(),
    }


def differs(came: Came) -> str:
    """How the result differs from the page; empty if it does not."""
    if came.status != came.typed.status:
        return f"exit status {came.status}, not {came.typed.status}"
    return "" if came.typed.shown is None else _differs(_tidy(came.typed.shown), _tidy(came.output))


def _tidy(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _differs(shown: list[str], lines: list[str]) -> str:
    """The first line that is shown and did not come in its place. A line of ``...`` is any number of lines."""
    at, skips = 0, False
    for line in shown:
        if line.strip() == "...":
            skips = True
            continue
        pattern = re.compile(re.escape(line).replace(r"\.\.\.", ".*"))
        found = next((n for n in range(at, len(lines)) if pattern.fullmatch(lines[n])), None)
        if found is None or (found > at and not skips):
            return f"shown, and not there: {line!r}"
        at, skips = found + 1, False
    return "" if skips or at == len(lines) else f"there, and not shown: {lines[at]!r}"


_SHIM = """#!{python} -SE
import os, pickle, socket, struct, sys
if "FAKETIME" in os.environ:  # the server has its own clock
    os.execv({command[0]!r}, {command!r} + sys.argv[1:])
files = [os.memfd_create("out"), os.memfd_create("err")]
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect({address!r})
    call = pickle.dumps(({command!r} + sys.argv[1:], dict(os.environ), os.getcwd()))
    socket.send_fds(asking, [struct.pack("<i", len(call))], files)
    asking.sendall(call)
    status = struct.unpack("<i", asking.recv(4, socket.MSG_WAITALL))[0] % 256
for number, file in enumerate(files, start=1):
    os.lseek(file, 0, os.SEEK_SET)
    while part := os.read(file, 65536):
        while part:
            part = part[os.write(number, part):]
sys.exit(status)
"""


def _shim(folder: Path) -> Path:
    """A folder with an ``inblue`` that asks the tests' server of commands: no new interpreter imports everything."""
    place = folder / "bin"
    place.mkdir()
    shim = place / "inblue"
    address = command_line._server()
    text = _SHIM.format(python=sys.executable, address=address, command=[str(Path(sys.executable).parent / "inblue")])
    shim.write_text(text, encoding="utf-8")
    shim.chmod(0o755)
    return place
