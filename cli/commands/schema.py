"""``inblue schema``: print the JSON Schema of a format."""

from __future__ import annotations

import click

from ..desk.output import print_json
from ..desk.schemas import SCHEMAS, schema_of


@click.command()
@click.argument("name", type=click.Choice(SCHEMAS))
def schema(name: str) -> None:
    """Print the JSON Schema of a format.

    There is one for each format of the files that inblue reads, of what commands print with --json, and of everything
    that is signed or handed over.
    """
    print_json(schema_of(name))
