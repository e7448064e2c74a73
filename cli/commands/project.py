"""``inblue project``: what the project file says, and where each value comes from."""

from __future__ import annotations

from typing import Any

import click

from ..desk.options import json_option
from ..desk.output import echo, print_json
from ..project.fields import FIELDS
from ..project.settings import setting, the_project


@click.group()
def project() -> None:
    """Show the project file and the settings that apply here."""


@project.command()
@json_option
def show(as_json: bool) -> None:
    """Show the settings that apply here, and where each comes from.

    An option on the command line comes first, then the environment, then the project file inblue.toml in this folder or
    the nearest one above it.
    """
    found = the_project(click.get_current_context())
    given = {name: setting(name) for name in FIELDS}
    if as_json:
        settings = {
            name: None if each is None else {"value": _without_password(name, each.value), "from": each.source}
            for name, each in given.items()
        }
        print_json(
            {"format": "inblue-settings/1", "project": None if found is None else str(found.path), "settings": settings}
        )
        return
    echo(f"project file: {found.path}" if found else "no project file here; inblue setup writes one")
    for name, each in given.items():
        if each is not None:
            echo(f"{name:<12} {_said(_without_password(name, each.value))}  ({each.source})")


def _without_password(name: str, value: Any) -> Any:
    """An address in the environment may have one."""
    if name != "ledger":
        return value
    from ...ledger.stores.address import read_address

    return str(read_address(value))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, list) else str(value)
