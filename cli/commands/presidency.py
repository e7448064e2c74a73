"""``inblue presidency``: say which member presides in a month."""

from __future__ import annotations

from typing import Any

import click

from ..desk.options import signing_options
from ..desk.recording import recording_desk


@click.group()
def presidency() -> None:
    """Say which member presides in a month."""


@presidency.command()
@click.argument("member")
@click.argument("month", metavar="YYYY-MM")
@click.option("--procedure", default="unsc-2020-253", show_default=True, help="The procedure whose body is meant.")
@signing_options
def assign(member: str, month: str, procedure: str, **given: Any) -> None:
    """Record which member presides in a month."""
    from ...domain.procedure import built_in_procedure
    from ...domain.register import PresidencyAssigned
    from ...domain.state import known_member

    rules = built_in_procedure(procedure)
    known_member(rules, member)
    with recording_desk(given) as at:
        act = PresidencyAssigned(body=rules.body, member=member, month=month)
        at.ledger.keep_register(act, signer=at.signer)
    click.echo(f"{member} presides over the {rules.body} in {month}")
