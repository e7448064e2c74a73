"""``inblue schema``: print the JSON Schema of a format."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..desk.output import print_json

SCHEMAS = (
    "audit",
    "audit-line",
    "authorities",
    "authority",
    "ballot",
    "ballot-file",
    "blank",
    "bundle-log",
    "case",
    "changes",
    "consideration",
    "cosigned-line",
    "diff",
    "entry",
    "envelope",
    "keys",
    "mending",
    "presidencies",
    "procedure",
    "receipt",
    "record",
    "replay",
    "roster",
    "snapshot",
    "status",
    "timestamp-line",
    "trust",
    "verify",
    "votes",
)


@click.command()
@click.argument("name", type=click.Choice(SCHEMAS))
def schema(name: str) -> None:
    """Print the JSON Schema of a format.

    Files that are read, what the commands print with --json, and all that is signed or handed over.
    """
    print_json(schema_of(name))


def schema_of(name: str) -> dict[str, object]:
    """The schema called ``name``, one of :data:`SCHEMAS`."""
    from ...domain.case import case_schema
    from ...domain.procedure import procedure_schema
    from ...domain.roster import Roster

    if name == "case":
        return case_schema()
    if name == "procedure":
        return procedure_schema()
    if name == "roster":
        return Roster.model_json_schema()
    shipped: dict[str, object] = json.loads((Path(__file__).parents[1] / "schemas" / f"{name}.json").read_bytes())
    return shipped
