"""``inblue presidency``: record which member presides in a month."""

from __future__ import annotations

import re
from typing import Any

import click

from ..desk.desk import reading, the_procedure
from ..desk.options import agreement_options, json_option, ledger_option, signing_options
from ..desk.output import echo, print_json
from ..desk.recording import keep, recording_desk
from ..project.settings import Setting


@click.group()
def presidency() -> None:
    """Record which member presides in a month."""


@presidency.command(name="list")
@ledger_option
@json_option
def list_months(ledger: str | None, as_json: bool) -> None:
    """List who presides in which month, and who was to before."""
    with reading(ledger) as book:
        register = book.register()
    months: list[dict[str, Any]] = [
        {
            "month": month,
            "body": body,
            "member": member,
            "before": [
                {"member": before, "reason": act.reason}
                for before, act in register.reassigned
                if (act.body, act.month) == (body, month)
            ],
        }
        for (body, month), member in sorted(register.presidencies.items())
    ]
    if as_json:
        print_json({"format": "inblue-presidencies/1", "months": months})
        return
    if not months:
        echo("no month is assigned; assign one with inblue presidency assign")
    for each in months:
        echo(f"{each['month']}  {each['member']}  {each['body']}")
        for former in each["before"]:
            echo(f"  before: {former['member']}; changed because: {former['reason'] or 'no reason is on record'}")


@presidency.command()
@click.argument("member")
@click.argument("month", metavar="YYYY-MM")
@click.option(
    "--procedure",
    cls=Setting,
    default="unsc-2020-253",
    show_default=True,
    help="The body's procedure: a built-in name, or a file (.json, .toml).",
)
@click.option("--reason", help="Why, if the month is assigned to another member already.")
@agreement_options
@signing_options
def assign(member: str, month: str, procedure: str, reason: str | None, **given: Any) -> None:
    """Record which member presides in a month.

    To give a month that has a member to another one, give a reason; both stay on record. A vote that is open already
    keeps the presidencies that its opening pinned.
    """
    from ...domain.register_acts import PresidencyAssigned
    from ...domain.rules_of import known_member

    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise click.UsageError(f"{month!r} is not a month; write one like 2026-12")
    rules = the_procedure(procedure)
    known_member(rules, member)
    with recording_desk(given) as at:
        act = PresidencyAssigned(body=rules.body, member=member, month=month, reason=reason)
        keep(at, act, said=f"{member} presides over the {rules.body} in {month}")
