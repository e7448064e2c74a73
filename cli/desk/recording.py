"""What the commands that record an act share: their options, the desk they sit at, and what is said of the act."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .desk import Desk, desk
from .files import read_file
from .options import FILE, signing_options, vote_option

if TYPE_CHECKING:
    from ...domain.acts import Act

reply_option = click.option(
    "--reply", type=click.IntRange(1, 9999), default=1, help="Which reply of the member, from 1."
)
file_option = click.option("--file", type=FILE, help="Attach the bytes of the paper; the entry names their digest.")
source_option = click.option("--source", help="Where this is printed, if it is taken from print.")


def recording_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every act in an existing vote."""
    return signing_options(vote_option(source_option(command)))


def recording_desk(given: dict[str, Any], successor: str | None = None) -> AbstractContextManager[Desk]:
    """Open the ledger with the signing options, and take them out of ``given``; ``successor`` is for :func:`.desk`."""
    names = ("ledger", "keys", "key", "passphrase_file", "office")
    address, keys, key, passphrase_file, office = (given.pop(name) for name in names)
    return desk(address, keys, key, passphrase_file, office, successor)


def perform(at: Desk, symbol: str, act: Act, file: Path | None = None, **opening: Any) -> None:
    """Record an act of the vote on ``symbol``, with the bytes of ``file`` attached, and say what followed.

    ``opening`` is what an opening letter gives beside the act: ``roster`` and ``president``.
    """
    from ...domain.describe import describe
    from ...ledger.operations.play import attach_to

    if file is not None:
        act = attach_to(act, at.ledger.attach(read_file(file)), mimetypes.guess_type(file.name)[0])
    done = at.ledger.perform(symbol, act, signer=at.signer, office=at.office, **opening)
    state = at.ledger.vote(symbol)
    for recorded in done:
        click.echo(f"{symbol}, act {recorded.number}: {describe(recorded.act, state)}")
