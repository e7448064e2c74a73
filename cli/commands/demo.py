"""``inblue demo``: a documented vote, recorded, verified, audited, exported, and opened as a page."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import NamedTuple

import click

from ..desk.files import write_new
from ..desk.output import echo, echo_text
from ..project.project_file import NAME, project_text

MARK = "# Made by inblue demo, which replaces what it made here when it runs again.\n"
LEDGER, SECRET, CASE, PAGE = "council.db", "passphrase", "s-2020-268", "report.html"
LETTER, BUNDLE = "compendium.html", "evidence.zip"
_BROWSER_SECONDS = 10


class Step(NamedTuple):
    """A command as it is typed, why, and how many lines of its output are shown."""

    why: str
    words: str
    shown: int


STEPS = (
    Step("Record the vote from a case file.", f"play {CASE}.case.json --passphrase-file {SECRET}", 2),
    Step("Check every signature and every hash.", "verify", 1),
    Step("Read the record: the outcome, and a verdict on each reply.", "audit", 33),
    Step("Hand over the evidence in one file.", f"export {BUNDLE} --vote S/2020/240", 2),
    Step("Check that file as its reader does, without ledger, keys or network.", f"verify {BUNDLE}", 2),
    Step("Write the President's letter with its annexes.", f"compendium -o {LETTER}", 1),
    Step("Write the record as a page, which checks itself in a browser.", f"report {BUNDLE} -o {PAGE}", 1),
)


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="inblue-demo",
    show_default=True,
    help="The folder to make.",
)
@click.option("--no-open", is_flag=True, help="Do not open the page in the browser.")
def demo(folder: Path, no_open: bool) -> int:
    """Record a real vote, audit it, and open the page.

    The vote is the one on resolution 2518 (2020) of the Security Council, from the document S/2020/268. Each command is
    shown as you would type it. Everything goes into one new folder, where you can go on working. A later demo replaces
    what an earlier one made there, unless you recorded something in it since.
    """
    _make(folder)
    echo("Resolution 2518 (2020), adopted by a written vote of the Security Council.")
    echo("The history is documented, in S/2020/268. It is recorded now, and no timestamp")
    echo("proves any of its times: what is printed counts as documented, never as proven.")
    echo("")
    echo(f"$ cd {folder}")
    with chdir(folder), _own_settings() as ignored:
        for step in STEPS:
            if status := _run(step):
                return status
        page = Path(PAGE).absolute()
    _say_how_to_go_on(folder, page, ignored)
    if not no_open and _has_display():
        _open(page)
    return 0


def _open(page: Path) -> None:
    """Open the page in the person's browser, which gets none of our settings or secrets (:mod:`...ledger.process`)."""
    from subprocess import TimeoutExpired

    from ...ledger.process import start

    child = start([sys.executable, "-I", "-m", "webbrowser", page.as_uri()])
    with suppress(TimeoutExpired):  # a browser that stays in the foreground is left to itself
        child.communicate(timeout=_BROWSER_SECONDS)


def _make(folder: Path) -> None:
    """Make the folder, with the case, a passphrase and a project file in it."""
    if folder.is_dir() and any(folder.iterdir()):
        _clear(folder)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{folder}: {error.strerror}") from None
    write_new(folder / NAME, (MARK + project_text({"ledger": LEDGER})).encode(), private=True)
    write_new(folder / SECRET, (secrets.token_urlsafe(24) + "\n").encode(), private=True)
    source = Path(__file__).parent.parent / "demo"
    shutil.copyfile(source / f"{CASE}.case.json", folder / f"{CASE}.case.json")
    shutil.copytree(source / CASE, folder / CASE, copy_function=shutil.copyfile)


def _clear(folder: Path) -> None:
    """Remove what an earlier demo made, and nothing else.

    Raises:
        click.UsageError: the folder is not a demo's, or its ledger was written after the demo.
    """
    try:
        ours = (folder / NAME).read_text(encoding="utf-8").startswith(MARK)
    except (OSError, ValueError):
        ours = False
    if not ours:
        raise click.UsageError(f"{folder}: something is there already, and it is not a demo; give another --folder")
    if _went_on(folder):
        raise click.UsageError(f"{folder}: something was recorded there since the demo; give another --folder")
    files = [*(LEDGER + ending for ending in ("", "-wal", "-shm", "-journal")), SECRET, f"{CASE}.case.json"]
    for name in (*files, BUNDLE, LETTER, PAGE, NAME):
        (folder / name).unlink(missing_ok=True)
    for name in (f"{LEDGER}.keys", f"{LEDGER}.files", CASE):
        shutil.rmtree(folder / name, ignore_errors=True)


def _went_on(folder: Path) -> bool:
    """Whether the ledger was written after the page, which is the last thing that the demo makes."""
    ledger, page = folder / LEDGER, folder / PAGE
    return ledger.exists() and page.exists() and ledger.stat().st_mtime_ns > page.stat().st_mtime_ns


@contextmanager
def _own_settings() -> Iterator[list[str]]:
    """Let only the folder's project file set values; return the variables that would override it."""
    ignored = sorted(name for name in os.environ if name.startswith("INBLUE_") and name != "INBLUE_DEBUG")
    kept = {name: os.environ.pop(name) for name in ignored}
    try:
        yield [name for name in ignored if name != "INBLUE_LANG"]  # it does no harm to what is typed later
    finally:
        os.environ.update(kept)


def _run(step: Step) -> int:
    """Run a command in this process and show it with its output; gives its exit status."""
    command = click.get_current_context().find_root().command
    kept = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    echo("")
    echo(step.why)
    echo(f"$ inblue {step.words}")
    with redirect_stdout(kept):
        status = command.main(step.words.split(), prog_name="inblue", standalone_mode=False)
    lines = kept.buffer.getvalue().decode().splitlines()
    shown = lines if status else lines[: step.shown]
    echo_text("".join(f"  {line}".rstrip() + "\n" for line in shown))
    if left := len(lines) - len(shown):
        echo(f"  ... {left} more")
    return int(status or 0)


def _say_how_to_go_on(folder: Path, page: Path, ignored: list[str]) -> None:
    echo("")
    echo(f"The page is {page}")
    echo(f"Keys: {folder / LEDGER}.keys; their passphrase: {folder / SECRET}.")
    echo("")
    echo("To go on:")
    echo(f"  cd {folder}")
    if ignored:
        echo(f"  unset {' '.join(ignored)}")
    for words, said in (
        ("replay --step", "act by act"),
        ("replay --at 2020-03-29", "what had happened by then"),
        ("replay --from 2020-03-27 --to 2020-03-31", "what changed in these days"),
        ("audit --json", "the record for programs"),
        (f"diff {LEDGER} {BUNDLE}", "which goes on from which?"),
        ("report --pdf -o report.pdf", "on paper; needs inblue[paper]"),
    ):
        echo(f"  inblue {words:<40}{said}")
    echo("Then start your own: inblue setup, in a folder of its own.")


def _has_display() -> bool:
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
