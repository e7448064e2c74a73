"""``inblue help``: say what a command does."""

from __future__ import annotations

import click

from ..desk.output import echo_text


@click.command(name="help")
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
def help(words: tuple[str, ...]) -> None:  # noqa: A001 - the command's own word
    """Explain a command and its options.

    For example, inblue help vote cast; it is the same as inblue vote cast --help.
    """
    ctx = click.get_current_context().find_root()
    command = ctx.command
    for word in words:
        if not isinstance(command, click.Group):
            raise click.UsageError(f"{ctx.command_path} has no subcommands", ctx)
        _, inner, _ = command.resolve_command(ctx, [word])
        if inner is None:
            raise click.UsageError(f"no such command: {word}", ctx)
        command, ctx = inner, click.Context(inner, info_name=word, parent=ctx, **command.context_settings)
    echo_text(command.get_help(ctx) + "\n")
