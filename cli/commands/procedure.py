"""``inblue procedure``: list, show and translate procedures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.desk import the_procedure
from ..desk.files import read_file, write_new
from ..desk.options import FILE, json_option, lang_option
from ..desk.output import echo, echo_json, print_json

if TYPE_CHECKING:
    from ..language.english import Language


@click.group()
def procedure() -> None:
    """List, show and translate procedures."""


@procedure.command(name="list")
def list_procedures() -> None:
    """List the procedures that are shipped."""
    from ...domain.procedure import built_in_procedure
    from ...domain.roster import shipped_names

    for name in shipped_names("procedures"):
        echo(f"{name:16}{built_in_procedure(name).title}")


@procedure.command()
@click.argument("name")
@lang_option
@json_option
def show(name: str, lang: Language, as_json: bool) -> None:
    """Show a procedure clause by clause.

    NAME is that of a procedure that is shipped, or a JSON file.
    """
    rules = the_procedure(name)
    if as_json:
        print_json(rules.json_value())
    else:
        from ..terminal.opened_by import print_procedure

        print_procedure(rules, lang)


@procedure.command()
@click.argument("file", type=FILE)
@click.option("-o", "--output", type=FILE, help="Write it there, where nothing is yet (default: print it).")
def translate(file: Path, output: Path | None) -> None:
    """Write a procedure of the first format in the second.

    FILE is an inblue-procedure/1; an inblue-procedure/2 that means the same comes of it, under which votes are opened.
    """
    from ...domain.procedure import Procedure
    from ...domain.procedure_translation import empty_bases, translated

    rules = Procedure.read(read_file(file), where=str(file))
    raw = translated(rules)
    for name in empty_bases(rules):
        echo(f"decision.{name}: where its base is empty, it is decided by inblue-procedure/2", err=True)
    if output is None:
        echo_json(raw)
    else:
        write_new(output, raw)
