"""What to do about an error: the next command, by the error and the command that was called.

A refusal by a vote's rules includes that command already (:func:`..desk.recording.refused_here`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

_AGAIN = "the same command again"
_NAMED = re.compile(r"\binblue [a-z]|pip install|chmod |ssh-add |openssl |ALTER ROLE|try again")
"""A message that names its fix already."""
_LISTS = ("list", "show")
_OF_ROOM = (
    ("ledger.keystore", "inblue key list"),
    ("ledger.devices", "inblue key list"),
    ("domain.register", "inblue key list"),
    ("ledger.intake", "inblue inbox list"),
    ("ledger.host.messages", "inblue inbox list"),
    ("ledger.entries.files", "inblue doctor"),
    ("ledger.stores", "inblue doctor"),
)
"""The command that shows what a package's errors are about, by package."""


def with_next_command(message: str, error: BaseException, words: Sequence[str]) -> str:
    """``message`` of an error of the command line ``words``, with the command to run next."""
    if _NAMED.search(message):
        return message
    called = _called(words)
    command = _next_command(error, *called)
    if command == called[-1]:  # it shows by itself what exists
        command = f"{command} --help"
    return f"{message} (see {command})" if command.endswith(" --help") else f"{message}; next: {command}"


def _next_command(error: BaseException, called: click.Command, group: click.Command, path: str) -> str:
    from ...domain.errors import Malformed
    from ...ledger.errors import Broken, Busy, SignerFailed, UnusableError

    options = {param.name for param in called.params}
    if isinstance(error, Malformed) or not options & {"ledger", "keys"}:
        return f"{path} --help"
    if isinstance(error, Busy):
        return _AGAIN
    if isinstance(error, Broken) and not isinstance(error, UnusableError):
        return "inblue doctor" if path == "inblue verify" else "inblue verify"
    lists = next((name for name in _LISTS if name in getattr(group, "commands", {}) and called.name != name), None)
    if lists is not None and "vote" not in options:
        return f"{path.rpartition(' ')[0]} {lists}"
    room = _room_of(error)
    if (shows := next((command for prefix, command in _OF_ROOM if room.startswith(prefix)), None)) is not None:
        return shows
    if notes := getattr(error, "__notes__", ()):
        return str(notes[0])
    if isinstance(error, SignerFailed):
        return "inblue key list"
    return "inblue status" if "vote" in options or room.startswith("domain.") else "inblue doctor"


def _called(words: Sequence[str]) -> tuple[click.Command, click.Command, str]:
    """The command that was called, its group, and its name."""
    from ..main import cli

    called: click.Command = cli
    group, path = called, "inblue"
    for word in words:
        if not isinstance(called, click.Group):
            break
        if word.startswith("-"):
            continue
        inner = called.get_command(click.Context(called), word)
        if inner is None:
            break
        group, called, path = called, inner, f"{path} {word}"
    return called, group, path


def _room_of(error: BaseException) -> str:
    """The module that raised an error, without the name of the package."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place, trace = trace.tb_frame.f_globals["__name__"], trace.tb_next
    return place.removeprefix(f"{__package__.partition('.')[0]}.")
