"""``inblue roles``: print SQL that grants rights on a ledger in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import click

from ...ledger.errors import needs
from ..desk.desk import ledger_address
from ..desk.options import ledger_option
from ..desk.output import echo_text


@click.command()
@click.argument("path", required=False, metavar="[LEDGER]")
@click.option("--writer", default="inblue_writer", show_default=True, help="The role that records.")
@click.option("--reader", default="inblue_reader", show_default=True, help="The role that reads and verifies.")
@ledger_option
def roles(path: str | None, ledger: str | None, writer: str, reader: str) -> None:
    """Print SQL that grants rights on a ledger in PostgreSQL.

    It lets a writer record and a reader verify, and nothing more. The command connects to nothing: run the SQL with
    psql, as the ledger's owner.
    """
    place = ledger_address(path or ledger)
    if isinstance(place, Path):
        raise click.UsageError(f"{place}: an SQLite file has no roles; its folder's permissions say who may write")
    with needs("postgresql", "a ledger in PostgreSQL"):
        from ...ledger.stores.postgres_schema import roles_sql
    echo_text(roles_sql(place.schema, writer=writer, reader=reader))
