"""What describes the formats and the rules: procedures, JSON Schemas, shell completion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .desk.files import read_file
from .desk.options import json_option, lang_option
from .desk.output import print_json

if TYPE_CHECKING:
    from .language.english import Language

SCHEMAS = ("audit", "case", "diff", "keys", "procedure", "replay", "roster", "status", "verify", "votes")


@click.group()
def procedure() -> None:
    """List and show procedures."""


@procedure.command(name="list")
def list_procedures() -> None:
    """List the procedures that are shipped."""
    from ..domain.procedure import built_in_procedure
    from ..domain.roster import shipped_names

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
    from ..domain.procedure import Procedure, built_in_procedure

    rules = Procedure.read(read_file(Path(name)), where=name) if name.endswith(".json") else built_in_procedure(name)
    if as_json:
        print_json(rules.json_value())
    else:
        from .terminal.procedure import print_procedure

        print_procedure(rules, lang)


@click.command()
@click.argument("name", type=click.Choice(SCHEMAS))
def schema(name: str) -> None:
    """Print the JSON Schema of a format.

    Files that are read (case, procedure, roster), and what the commands print with --json.
    """
    print_json(schema_of(name))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    Evaluate it in the start-up file of the shell, for example: eval "$(inblue completion bash)"
    """
    from click.shell_completion import get_completion_class

    from .main import cli

    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(completer(cli, {}, "inblue", "_INBLUE_COMPLETE").source())


def schema_of(name: str) -> dict[str, object]:
    """The schema called ``name``, one of :data:`SCHEMAS`."""
    from ..domain.case import case_schema
    from ..domain.procedure import Procedure
    from ..domain.roster import Roster

    if name == "case":
        return case_schema()
    if name in {"procedure", "roster"}:
        return (Procedure if name == "procedure" else Roster).model_json_schema()
    shipped: dict[str, object] = json.loads((Path(__file__).parent / "schemas" / f"{name}.json").read_bytes())
    return shipped
