"""The command ``inblue``: lazy commands and the error boundary.

A command's module is imported when the command runs, so that help costs only click. Every error ends as one line for a
person: exit status 1 for content that does not hold, 2 for a wrong call or container.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from keyword import iskeyword
from typing import Any, NoReturn

import click

from ..domain.inert import inert, one_line
from . import COMMANDS, GROUPS


class LazyGroup(click.Group):
    """A group whose commands are found by their word, each in its own module of ``commands/``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Commands in the order of :data:`COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import ``commands/<word>.py`` and give its object of that name: ``_`` is for ``-``, and after ``import``."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_") + "_" * iskeyword(cmd_name)
        command: click.Command = getattr(import_module(f".commands.{name}", __package__), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; for an unknown word, suggest similar ones."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in ``--help``, by purpose, without importing anything."""
        width = max(map(len, COMMANDS))
        for name, group in GROUPS.items():
            with formatter.section(name):
                formatter.write_dl([(word.ljust(width), said) for word, said in group.items()])


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A ledger is named by --ledger, INBLUE_LEDGER or a project file (inblue setup). Exit status: 0 holds, "
    "1 does not hold, 2 wrong call.",
)
@click.version_option(package_name="inblue", message="inblue %(version)s")
@click.option("-q", "--quiet", is_flag=True, help="Print only what was asked for, and errors.")
@click.pass_context
def cli(ctx: click.Context, quiet: bool) -> None:
    """Written votes as signed, provable records.

    Every act of a vote (draft circulated, letter sent, vote cast, ...) is recorded as a signed entry of a log. The
    entries alone give the roll call at any moment, and the auditable record: for each reply, whether it came inside the
    window, how strong the evidence for that is, and what is not proved.
    """
    ctx.meta[QUIET_IN_CONTEXT] = quiet
    if ctx.invoked_subcommand is None:
        import_module(".workspace.first_screen", __package__).show()


QUIET_IN_CONTEXT = "inblue.quiet"

SECRETS: dict[str, bytes] = {}
"""The passphrases and the PIN, taken out of the environment so that no child process gets them."""


def main() -> NoReturn:
    """Run the command line and exit."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: the ledger must not get its number
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    gc.set_threshold(*_AT_THE_START)
    gc.callbacks.append(_imported_is_no_garbage)
    status = run()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        status = 0
    # Everything is closed and written by now. Finalizing the interpreter object by object would cost a short command
    # a sixth of its time.
    os._exit(status)


_AT_THE_START = (50_000, 2, 2)


def _imported_is_no_garbage(phase: str, info: dict[str, int]) -> None:  # noqa: ARG001
    """A callback of gc: leave out what is there at the first look, and look more often from then on.

    Most of that is what was imported. A short command ends before the first look, which takes a tenth of its time.
    """
    if gc.get_threshold() == _AT_THE_START:  # not while the checks, which look rarely, have their own
        gc.callbacks.remove(_imported_is_no_garbage)
        gc.freeze()
        gc.set_threshold(20_000, 2, 2)


def run() -> int:
    """Run the command line and report any error; return the exit status."""
    out = sys.stdout
    _take_secrets()
    if "_INBLUE_COMPLETE" in os.environ:  # a shell asks for completions
        import_module(".project.completing", __package__).offer()
    try:
        result: Any = cli.main(standalone_mode=False, prog_name="inblue")
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        return _say("stopped; nothing more was done", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(inert(error.format_message()), err=True)
        return 2
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "inblue"
        return _say(f"{error.format_message().removesuffix('.')} (see {command} --help)", 2)
    except click.ClickException as error:
        return _say(error.format_message(), 2)
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit as stop:
        if sys.stdout is not out:  # click replaces it once the reader is gone, and exits with status 1
            return _reader_gone()
        return stop.code if isinstance(stop.code, int) else 0
    except Exception as error:  # noqa: BLE001 - the boundary: nobody is shown a traceback who did not ask for one
        return _explain(error)
    return result if isinstance(result, int) else 0


def _take_secrets() -> None:
    SECRETS.clear()
    for name in [name for name in os.environ if name.startswith("INBLUE_") and name.endswith(("PASSPHRASE", "_PIN"))]:
        SECRETS[name] = os.fsencode(os.environ.pop(name))


def _reader_gone() -> int:
    """The reader stopped, as in ``inblue audit | head``: that is not an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _explain(error: Exception) -> int:
    from ..domain.errors import InblueError
    from ..ledger.errors import Broken, UnusableError

    if os.environ.get("INBLUE_DEBUG"):
        raise error
    home = type(error).__module__.partition(".")[0]
    if isinstance(error, InblueError):
        said, status = str(error), 1 if isinstance(error, Broken) and not isinstance(error, UnusableError) else 2
    elif home in {"pydantic", "pydantic_core"}:
        from ..domain.payload import first_fault

        said, status = first_fault(error), 2  # type: ignore[arg-type]
    elif home in {"sqlite3", "eventsourcing", "psycopg"}:
        said, status = f"the ledger's database cannot be read or written: {error}", 1
    elif isinstance(error, OSError):
        said, status = f"{error.filename or 'input or output'}: {error.strerror}", 2
    else:
        said = f"a fault in inblue itself ({type(error).__name__}: {error}); set INBLUE_DEBUG=1 to see where"
        return _say(said, 2)
    next_command = import_module(".workspace.next_command", __package__)
    return _say(next_command.with_next_command(said, error, sys.argv[1:]), status)


def _say(message: str, status: int) -> int:
    """Print one line on standard error; text from outside in it cannot control the terminal."""
    click.echo(f"inblue: {one_line(message)}", err=True)
    return status
