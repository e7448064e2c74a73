"""Publishing the log, and auditing what others publish."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import ledger_option, reading

if TYPE_CHECKING:
    from ..ledger.audit.entry_checks import EntryChecks
    from ..ledger.audit.result import Verification
    from ..ledger.audit.whole_ledger import Progress
    from ..ledger.evidence.trust import Trust


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@ledger_option
@click.option("--include-open", is_flag=True, help="Also if it discloses a vote that is not over.")
def publish(folder: Path, ledger: str | None, include_open: bool) -> None:
    """Write the log as static files that anybody can audit.

    DIR takes checkpoint, hash tiles and entry bundles (C2SP tlog-tiles), and the files that entries name. What is there
    already is kept: run it again after each vote. Any web server can serve DIR; inblue verify ADDRESS audits it.
    """
    from ..domain.wording import count
    from ..ledger.operations.publish import publish as write

    with reading(ledger) as book:
        done = write(book, folder, include_open=include_open)
    entries, files = count(done.size - done.before, "entry", "entries"), count(done.files, "file", "files")
    click.echo(f"published in {folder}: {entries} more, {done.size:,} in all; {files} written")


def is_published(source: str | None) -> bool:
    """Whether ``source`` is an address, or a folder: not a ledger's file and not a bundle."""
    return source is not None and (source.startswith(("http://", "https://")) or Path(source).is_dir())


def audited(
    source: str,
    trust: Trust | None,
    against: Callable[[EntryChecks, int], None] | None,
    progress: Progress | None,
    state: Path | None,
    whole: bool,
) -> Verification:
    """Verify a published log, from where the last audit ended."""
    from ..ledger.audit.published_log import verify_tiles
    from ..ledger.published.source import FolderSource, HttpSource

    address = source if "://" in source else str(Path(source).absolute())
    reader = HttpSource(address) if "://" in source else FolderSource(Path(source))
    state = state or _state_folder() / f"{hashlib.sha256(address.rstrip('/').encode()).hexdigest()[:32]}.json"
    return verify_tiles(reader, trust, against=against, progress=progress, state=state, whole=whole)


def _state_folder() -> Path:
    """Where a program keeps what it must not forget (XDG base directories): a cache may be emptied at any time."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if home.startswith("/") else Path.home() / ".local" / "state") / "inblue" / "audits"
