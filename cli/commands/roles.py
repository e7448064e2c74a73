"""``inblue roles``: print the SQL of who may do what to a ledger in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import click

from ..desk.desk import ledger_address
from ..desk.options import ledger_option
from ..desk.output import echo_text


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
    from ...ledger.stores.postgres_schema import roles_sql

    place = ledger_address(path or ledger)
    if isinstance(place, Path):
        raise click.UsageError(f"{place}: an SQLite file has no roles; its folder's permissions say who may write")
    echo_text(roles_sql(place.schema, writer=writer, reader=reader))
