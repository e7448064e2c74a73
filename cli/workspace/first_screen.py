"""What ``inblue`` alone shows: what to do first, the commands by purpose, and the state of this folder's votes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from .. import GROUPS
from ..desk.options import FILES_IN_CONTEXT
from ..desk.output import echo
from ..project.settings import setting

if TYPE_CHECKING:
    from ...ledger.projections.roll_call import RollCall

WIDTH = 80
LARGEST = 4_000_000  # the size, in bytes, of a ledger that can be read without a noticeable delay
FIRST = (
    ("Try it", "inblue demo", "a real vote, audited, as a page"),
    ("Begin", "inblue setup", "a ledger of your own, in this folder"),
    ("Check", "inblue verify FILE", "is what you were given intact?"),
    ("", "inblue audit FILE", "what does it say, and what is not proved?"),
)
"""What to do first, for each kind of reader."""


def show() -> None:
    """Print the screen: at most 24 lines of 80 characters."""
    echo("inblue: written votes as signed, provable records")
    echo("")
    for begin, words, said in FIRST:
        echo(f"  {begin:<8}{words:<22}{said}")
    for line in _here():
        echo(line)
    echo("")
    for name, group in GROUPS.items():
        for line in _wrapped(name, group):
            echo(line)
    echo("")
    echo("  inblue help COMMAND explains a command; inblue --help lists them all.")


def _wrapped(name: str, words: dict[str, str]) -> Iterator[str]:
    line = f"  {name:<12}"
    for word in words:
        if len(line) + len(word) + 1 > WIDTH:
            yield line.rstrip()
            line = " " * 14
        line += f"{word} "
    yield line.rstrip()


def _here() -> Iterator[str]:
    """The phases of the votes in this folder's ledger, and a next act; nothing if no ledger is named here."""
    from ...domain.errors import InblueError
    from ...ledger.stores.address import read_address

    try:
        given = setting("ledger")
        if given is None:
            return
        address = read_address(str(given.value))
        state, words = _state(address) if isinstance(address, Path) else ("a database", "inblue status")
        said = f"{given.value}: {state}"
    except InblueError as error:
        said, words = str(error), "inblue doctor"
    yield from wrap(said, WIDTH, initial_indent="  Here    ", subsequent_indent=" " * 10)
    yield f"{' ' * 10}{words}"


def _state(address: Path) -> tuple[str, str]:
    """What a ledger contains, and a command. A large one is not opened."""
    from ...ledger.projections.roll_call import roll_call
    from ..desk.desk import open_ledger

    if not address.exists():
        return "not there", "inblue doctor"
    if address.stat().st_size > LARGEST:
        return "a large ledger", "inblue status"
    if (files := setting("files")) is not None:
        click.get_current_context().meta[FILES_IN_CONTEXT] = Path(files.value)
    with open_ledger(address, read_only=True) as book:
        states = [book.vote(name) for name in book.votes()]
        going_on = [state for state in states if state.ended is None]
        if not states:
            return "no vote yet", "inblue draft circulate SYMBOL --title TITLE"
        if len(going_on or states) > 1:
            return f"{len(states)} votes, {len(going_on)} not over", "inblue status"
        (state,) = going_on or states
        simulated = state.draft.act.times == "simulated"
        now = state.last_recorded_at if simulated and state.last_recorded_at is not None else book.clock()
    return _of_one(roll_call(state, now))


def _of_one(call: RollCall) -> tuple[str, str]:
    """The phase of a vote, and the first of its next acts."""
    from ...domain.next_acts import next_acts
    from ..language.english import ENGLISH
    from ..language.phrases import said_vote
    from ..terminal.roll_call import command_of, phase_said

    coming = next_acts(call.state, call.at)
    words = command_of(coming[0]) if coming else "inblue audit"
    return f"{said_vote(call.state, ENGLISH)} {phase_said(call, ENGLISH)}", words
