"""``inblue completion``: print the completion script for a shell."""

from __future__ import annotations

import click

from ..desk.output import echo_text


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    Evaluate it in the start-up file of the shell. For example: eval "$(inblue completion bash)"
    """
    from click.shell_completion import get_completion_class

    from ..main import cli
    from ..project.completing import offer

    offer()
    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"no completion script for {shell}")
    echo_text(completer(cli, {}, "inblue", "_INBLUE_COMPLETE").source() + "\n")
