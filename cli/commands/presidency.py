"""``inblue presidency``: say which member presides in a month."""

from __future__ import annotations

from typing import Any

import click

from ..desk.desk import the_procedure
from ..desk.options import signing_options
from ..desk.recording import recording_desk


@click.group()
def presidency() -> None:
    """Say which member presides in a month."""


@presidency.command()
@click.argument("member")
@click.argument("month", metavar="YYYY-MM")
@click.option(
    "--procedure", default="unsc-2020-253", show_default=True, help="Of that body: a built-in name, or a JSON file."
)
@signing_options
def assign(member: str, month: str, procedure: str, **given: Any) -> None:
    """Record which member presides in a month."""
    from ...domain.register import PresidencyAssigned
    from ...domain.state import known_member

    rules = the_procedure(procedure)
    known_member(rules, member)
    with recording_desk(given) as at:
        act = PresidencyAssigned(body=rules.body, member=member, month=month)
        at.ledger.keep_register(act, signer=at.signer)
    click.echo(f"{member} presides over the {rules.body} in {month}")
