"""``inblue procedure``: list and show procedures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.files import read_file
from ..desk.options import json_option, lang_option
from ..desk.output import print_json

if TYPE_CHECKING:
    from ..language.english import Language


@click.group()
def procedure() -> None:
    """List and show procedures."""


@procedure.command(name="list")
def list_procedures() -> None:
    """List the procedures that are shipped."""
    from ...domain.procedure import built_in_procedure
    from ...domain.roster import shipped_names

    for name in shipped_names("procedures"):
        click.echo(f"{name:16}{built_in_procedure(name).title}")


@procedure.command()
@click.argument("name")
@lang_option
@json_option
def show(name: str, lang: Language, as_json: bool) -> None:
    """Show a procedure clause by clause.

    NAME is that of a procedure that is shipped, or a JSON file.
    """
    from ...domain.procedure import Procedure, built_in_procedure

    rules = Procedure.read(read_file(Path(name)), where=name) if name.endswith(".json") else built_in_procedure(name)
    if as_json:
        print_json(rules.json_value())
    else:
        from ..terminal.procedure import print_procedure

        print_procedure(rules, lang)
