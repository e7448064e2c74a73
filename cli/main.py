"""The command ``inblue``: lazy commands and the error boundary.

A command's module is imported when the command runs, so that help costs only click. Whatever goes wrong ends in one
line to a person: exit status 1 for content that does not hold, 2 for a call or a container that is wrong.
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
from . import COMMANDS


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
        """As click does; an unknown word is answered with those that are like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in ``--help``, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A ledger is named by --ledger, INBLUE_LEDGER or a project file (inblue setup). Exit status: 0 holds, "
    "1 does not hold, 2 wrong call.",
)
@click.version_option(package_name="inblue", message="inblue %(version)s")
@click.option("-q", "--quiet", is_flag=True, help="Say only what was asked for, and what went wrong.")
@click.pass_context
def cli(ctx: click.Context, quiet: bool) -> None:
    """Written votes as signed, provable records.

    Every act of a vote (draft circulated, letter sent, vote cast, ...) is recorded as a signed entry of a log. From the
    entries alone follow the roll call at any moment and the auditable record: for each reply, whether it came inside
    the window, how strongly that is evidenced, and what is not proved.
    """
    ctx.meta[QUIET_IN_CONTEXT] = quiet


QUIET_IN_CONTEXT = "inblue.quiet"

SECRETS: dict[str, bytes] = {}
"""The passphrases and the PIN of the environment, no longer in it: no process that is started from here gets them."""


def main() -> NoReturn:
    """Run the command line and exit."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: taken up at once, lest the ledger be opened in its place
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    gc.set_threshold(20_000, 2, 2)  # what is read holds little garbage in cycles, and looking for it takes a tenth
    status = run()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        status = 0
    # Everything is closed and written by now. Taking the interpreter down object by object would cost a short command
    # a sixth of its time.
    os._exit(status)


def run() -> int:
    """Run the command line; gives the exit status, having said what went wrong if something did."""
    out = sys.stdout
    _take_secrets()
    if "_INBLUE_COMPLETE" in os.environ:  # a shell asks what may be typed
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
        return _say(f"{error.format_message()} (see {command} --help)", 2)
    except click.ClickException as error:
        return _say(error.format_message(), 2)
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit as stop:
        if sys.stdout is not out:  # click replaces it when the reader is gone, and exits with status 1
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
    """Nobody reads on, as in ``inblue audit | head``: no fault, and nothing that does not hold."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _explain(error: Exception) -> int:
    from ..domain.errors import InblueError
    from ..ledger.errors import Broken, UnusableError

    if os.environ.get("INBLUE_DEBUG"):
        raise error
    if isinstance(error, InblueError):
        return _say(str(error), 1 if isinstance(error, Broken) and not isinstance(error, UnusableError) else 2)
    home = type(error).__module__.partition(".")[0]
    if home in {"pydantic", "pydantic_core"}:
        from ..domain.payload import first_fault

        return _say(first_fault(error), 2)  # type: ignore[arg-type]
    if home in {"sqlite3", "eventsourcing", "psycopg"}:
        return _say(f"the ledger's database cannot be read or written: {error}", 1)
    if isinstance(error, OSError):
        return _say(f"{error.filename or 'input or output'}: {error.strerror}", 2)
    return _say(f"a fault in inblue itself ({type(error).__name__}: {error}); set INBLUE_DEBUG=1 to see where", 2)


def _say(message: str, status: int) -> int:
    """One line on standard error; what is quoted from outside cannot steer the terminal."""
    click.echo(f"inblue: {one_line(message)}", err=True)
    return status
