"""``inblue copy``: copy a ledger to another store."""

from __future__ import annotations

from pathlib import Path

import click

from ..desk.desk import ledger_address
from ..desk.output import echo
from ..terminal.progress import progress

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--from-files", envvar="INBLUE_FILES", type=_FOLDER, help="Folder of FROM's files (or set INBLUE_FILES).")
@click.option("--files", type=_FOLDER, help="Folder for TO's files (default: TO's usual folder).")
def copy(source: str, target: str, from_files: Path | None, files: Path | None) -> None:
    """Copy a ledger to another store, such as from SQLite to PostgreSQL.

    The copy has the same entries, order and root, the timestamps, the cosignatures, and the files that entries name. It
    is verified in full before it appears. Keys are not copied. To move a ledger, record only in the copy from then on,
    and never again in FROM: two histories under one name look like an attack.
    """
    from ...domain.wording import count
    from ...ledger.ledger import Ledger
    from ...ledger.operations.copy import copy as make
    from ...ledger.standards.note import encode_base64

    place = ledger_address(target)
    with Ledger.open(ledger_address(source), read_only=True, files=from_files) as book, progress() as shown:
        done = make(book, place, files=files, progress=shown)
    entries, named = count(done.entries, "entry", "entries"), count(done.files, "file")
    echo(f"copied {entries} and {named} to {place}, and verified them there")
    echo(f"root {encode_base64(done.checkpoint.root)} over {done.checkpoint.size:,}, as signed before")
