"""What a system keeps beside the command: its manual page and the completions of three shells, in share.

``python tests/support/make_manual.py`` renews them; a test fails while they differ from the command line. The wheel
installs them into the environment's ``share``, where man, bash, zsh and fish look for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import get_completion_class

import inblue
from inblue.cli import COMMANDS
from inblue.cli.main import cli
from inblue.cli.project.completing import offer
from inblue.cli.project.fields import FIELDS

ROOT = Path(__file__).resolve().parents[2]
SHARE = ROOT / "share"
COMPLETIONS = {
    "bash": "bash-completion/completions/inblue",
    "zsh": "zsh/site-functions/_inblue",
    "fish": "fish/vendor_completions.d/inblue.fish",
}
_ENDING = """\
.SH EXIT STATUS
.TP
.B 0
It was done, or it holds.
.TP
.B 1
Something does not hold.
.TP
.B 2
The call, or what was called upon, is wrong.
.SH FILES
.TP
.I inblue.toml
The project file: the settings of a folder and of those below it (inblue project show).
.TP
.IR council.db ", " council.db.files ", " council.db.keys
A ledger in SQLite, the files that its entries name, and the private keys.
.SH SEE ALSO
.BR ssh\\-agent (1),
.BR openssl\\-ts (1)
"""


def files() -> dict[Path, str]:
    """Every file below ``share``, with what it says."""
    made = {Path("man/man1/inblue.1"): manual()}
    offer()
    for shell, path in COMPLETIONS.items():
        completer = get_completion_class(shell)
        assert completer is not None
        made[Path(path)] = completer(cli, {}, "inblue", "_INBLUE_COMPLETE").source() + "\n"
    return made


def manual() -> str:
    """The manual page, for man."""
    about, *more = _paragraphs(cli)
    lines = [
        f'.TH INBLUE 1 "{_released()}" "inblue {inblue.__version__}" "inblue"',
        *(".nh", ".ad l", ".SH NAME", f"inblue \\- {_text(about[0].lower() + about[1:].rstrip('.'))}"),
        *(".SH SYNOPSIS", ".B inblue", "[\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGS\\fR]..."),
        ".SH DESCRIPTION",
    ]
    for paragraph in more:
        lines += [".PP", _text(paragraph)]
    lines += _options(click.Context(cli, info_name="inblue"))
    lines.append(".SH COMMANDS")
    for word in COMMANDS:
        lines += _command(word, click.Context(cli, info_name="inblue"))
    lines.append(".SH ENVIRONMENT")
    for field in FIELDS.values():
        if field.variable:
            lines += [".TP", f".B {_text(field.variable)}", _text(f"{field.said[0].upper()}{field.said[1:]}.")]
    return "\n".join(lines) + "\n" + _ENDING


def _released() -> str:
    """The day of this version's heading in the changelog."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## \[{re.escape(inblue.__version__)}\] - (\S+)$", text, re.MULTILINE)
    return found[1] if found else ""


def _command(word: str, parent: click.Context) -> Iterator[str]:
    """A command with its options, or a group with its commands."""
    assert isinstance(parent.command, click.Group)
    command = parent.command.get_command(parent, word)
    assert command is not None
    if command.hidden:
        return
    ctx = click.Context(command, info_name=word, parent=parent)
    yield f".SS {_text(ctx.command_path)}"
    if isinstance(command, click.Group):
        for paragraph in _paragraphs(command):
            yield from (".PP", _text(paragraph))
        for inner in command.list_commands(ctx):
            yield from _command(inner, ctx)
        return
    pieces = " ".join(command.collect_usage_pieces(ctx))
    yield f"\\fB{_text(ctx.command_path)}\\fR {_text(pieces)}"
    for paragraph in _paragraphs(command):
        yield from (".PP", _text(paragraph))
    yield from _options(ctx)


def _paragraphs(command: click.Command) -> list[str]:
    """The help of a command, a paragraph a line; one that keeps its lines is ended by them."""
    return [
        " ".join(each.split()) for each in re.split(r"\n\s*\n", (command.help or "").replace("\b", "")) if each.strip()
    ]


def _options(ctx: click.Context) -> Iterator[str]:
    for parameter in ctx.command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None and "--help" not in parameter.opts:
            yield from (".TP", f".B {_text(record[0])}", _text(record[1]) or "\\&")


def _text(said: str) -> str:
    """A text that groff shows as it is."""
    escaped = " ".join(said.split()).replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + escaped if escaped.startswith((".", "'")) else escaped


def main() -> None:
    """Write every file that differs."""
    for path, text in files().items():
        place = SHARE / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
