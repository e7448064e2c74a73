"""A ledger's store: copying it to another, and who may do what to it."""

from __future__ import annotations

from pathlib import Path

import click

from .desk.desk import ledger_address
from .desk.options import ledger_option

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--from-files", envvar="INBLUE_FILES", type=_FOLDER, help="Folder of FROM's files (or set INBLUE_FILES).")
@click.option("--files", type=_FOLDER, help="Folder for TO's files (default: as TO alone would have it).")
def copy(source: str, target: str, from_files: Path | None, files: Path | None) -> None:
    """Copy a ledger to another store, such as from SQLite to PostgreSQL.

    The same entries, order and root, the timestamps, the cosignatures, and the files that entries name; the copy is
    verified whole before it appears. Keys are not copied. To move a ledger, record into the copy from then on and never
    again into FROM: two histories under one name are what an adversary makes.
    """
    from ..domain.wording import count
    from ..ledger.ledger import Ledger
    from ..ledger.operations.copy import copy as make
    from ..ledger.standards.note import encode_base64
    from .terminal.progress import progress

    place = ledger_address(target)
    with Ledger.open(ledger_address(source), read_only=True, files=from_files) as book, progress() as shown:
        done = make(book, place, files=files, progress=shown)
    entries, named = count(done.entries, "entry", "entries"), count(done.files, "file")
    click.echo(f"copied {entries} and {named} to {place}, and verified them there")
    click.echo(f"root {encode_base64(done.checkpoint.root)} over {done.checkpoint.size:,}, as signed before")


@click.command()
@click.argument("path", required=False, metavar="[LEDGER]")
@click.option("--writer", default="inblue_writer", show_default=True, help="The role that records.")
@click.option("--reader", default="inblue_reader", show_default=True, help="The role that reads and verifies.")
@ledger_option
def roles(path: str | None, ledger: str | None, writer: str, reader: str) -> None:
    """Print the SQL of who may do what to a ledger in PostgreSQL.

    It lets a writer record and a reader verify, and no more. Nothing is connected to; give what is printed to psql, as
    the ledger's owner.
    """
    from ..ledger.stores.postgres_roles import roles_sql

    place = ledger_address(path or ledger)
    if isinstance(place, Path):
        raise click.UsageError(f"{place}: an SQLite file has no roles; its folder's permissions say who may write")
    click.echo(roles_sql(place.schema, writer=writer, reader=reader), nl=False)
