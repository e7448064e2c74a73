"""A page for each command word, made of what the command itself says of its arguments and options."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click
from pages import toctree

from inblue.cli import COMMANDS
from inblue.cli.main import cli

_OPTION = re.compile(r"(?<![\w`-])(--[a-z][a-z-]*)")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def write(folder: Path) -> None:
    """Write the pages and their index into ``folder``."""
    folder.mkdir(parents=True)
    root = click.Context(cli, info_name="inblue", **cli.context_settings)
    for word in COMMANDS:
        command = cli.get_command(root, word)
        assert command is not None, word  # noqa: S101 - COMMANDS lists what there is
        ctx = click.Context(command, info_name=word, parent=root, **command.context_settings)
        (folder / f"{word}.md").write_text("\n".join(_page(command, ctx)), encoding="utf-8")
    (folder / "index.md").write_text("\n".join(_index(root)), encoding="utf-8")


def _index(root: click.Context) -> Iterator[str]:
    yield "# The command line\n"
    yield "Made of what the commands themselves say: `inblue help WORD` shows the same. Each word has a page.\n"
    for word, does in COMMANDS.items():
        yield f"[`inblue {word}`]({word}.md)\n: {plain(does)}\n"
    yield "## Options of every command\n"
    yield from _options(cli, root)
    yield _STATUS
    yield toctree("", COMMANDS)


_STATUS = """## Exit status

`0`
: It was done, or it holds.

`1`
: It does not hold, or something that was asked for is missing.

`2`
: The call was wrong, the rules refuse it, or the file or ledger cannot be read. Nothing was recorded.
"""


def _page(command: click.Command, ctx: click.Context) -> Iterator[str]:
    yield f"# {ctx.command_path}\n"
    yield from _body(command, ctx)
    if isinstance(command, click.Group):
        for word in command.list_commands(ctx):
            inner = command.get_command(ctx, word)
            if inner is not None and not inner.hidden:
                yield f"## {ctx.command_path} {word}\n"
                yield from _body(inner, click.Context(inner, info_name=word, parent=ctx, **inner.context_settings))
    yield _STATUS


def _body(command: click.Command, ctx: click.Context) -> Iterator[str]:
    usage = command.get_usage(ctx).removeprefix("Usage: ")
    yield "```text\n" + re.sub(r"\s*\n\s*", " ", usage) + "\n```\n"
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(command.help or "")):
        yield plain(paragraph.replace("\b", "")) + "\n"
    yield from _options(command, ctx)


def _options(command: click.Command, ctx: click.Context) -> Iterator[str]:
    for each in command.get_params(ctx):
        record = each.get_help_record(ctx)
        if record is not None and "--help" not in each.opts:
            yield f"`{record[0]}`\n: {plain(record[1]) or 'No description.'}\n"


def plain(text: str) -> str:
    """Text of a command as Markdown that shows it as it is; options are set as code."""
    text = " ".join(text.split())
    parts = _OPTION.split(text)
    return "".join(f"`{part}`" if number % 2 else _SPECIAL.sub(r"\\\1", part) for number, part in enumerate(parts))
