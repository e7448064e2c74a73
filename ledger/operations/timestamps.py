"""Timestamp authorities as an operator configures them, and asking them for a token over the log's checkpoint.

The configuration is a JSON file, ``inblue-authorities/1``, of the operator's own: it may name a command to run, and is
therefore never read from a ledger or bundle. A token is kept only after it was found to hold.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from ...domain.ballot import OwnTimestamp, SignedBallot
from ...domain.errors import InblueError, MalformedError
from ...domain.instant import format_instant
from ...domain.payload import Line, Model
from ..errors import LedgerError
from ..log.log import Stamp
from ..outside import read_outside
from ..standards.checkpoint import open_checkpoint
from ..standards.note import encode_base64
from ..standards.timestamp import Authority, Timestamp, request, token_of, verify_token
from .http import post

if TYPE_CHECKING:
    from ..ledger import Ledger

_MAX_CONFIGURATION = 1_000_000
_MAX_RESPONSE = 65_536
_SECONDS = 10.0
_LONGEST_WAIT = 5.0


class Source(Model):
    """Where tokens of an authority come from: an http(s) address, or a command that reads a request and writes a reply.

    Of a simulated history the command finds the instant of its clock in the variable ``INBLUE_SIMULATED_AT``.
    """

    authority: Authority
    url: Annotated[Line, Field(pattern=r"^https?://")] | None = None
    command: tuple[Line, ...] | None = Field(default=None, min_length=1, max_length=100)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.url is None) == (self.command is None):
            raise MalformedError("an authority has either a url or a command")
        return self


class Sources(Model):
    """The authorities of an operator."""

    format: Literal["inblue-authorities/1"] = "inblue-authorities/1"
    sources: tuple[Source, ...] = Field(min_length=1, max_length=20)


class Fetched(NamedTuple):
    """What came of asking an authority: a timestamp, or why there is none."""

    authority: str
    timestamp: Timestamp | None
    fault: str | None


_NONE = Fetched("", None, None)


def read_sources(path: Path) -> tuple[Source, ...]:
    """Read an operator's configuration.

    Raises:
        MalformedError: it cannot be read, or is not one.
    """
    try:
        raw = read_outside(path, _MAX_CONFIGURATION)
    except OSError as error:
        raise MalformedError(f"{path}: {error.strerror}") from None
    return Sources.read(raw, where=str(path), limit=_MAX_CONFIGURATION).sources


def stamp_head(
    ledger: Ledger,
    sources: Sequence[Source],
    *,
    anew: bool = False,
    seconds: float = _SECONDS,
    simulated_at: datetime | None = None,
) -> Iterator[Fetched]:
    """Ask each authority that has not stamped the log's head for a token over it, and keep what holds.

    ``anew`` asks also where there is one: entries that name the later token are shown to be made after that.
    ``simulated_at`` is where the clock of a simulated history stands; no authority but a simulated one heeds it.

    Raises:
        LedgerError: there is no checkpoint yet.
    """
    head = ledger.log.head()  # read once: others may be recording, and the next one is another
    if head is None:
        raise LedgerError("the ledger has no checkpoint yet")
    size = open_checkpoint(head.note, *ledger.log_keys()).size
    kept = {stamp.authority for stamp in ledger.log.stamps(size)}
    for source in sources:
        name = source.authority.name
        claim = source.authority.canonical().decode()
        if claim in kept and not anew:
            continue
        try:
            query = request(head.note, secrets.randbits(64))
            token = token_of(_ask(source, query, seconds, simulated_at), query)
            found = verify_token(token, head.note, source.authority, query=query)
        except InblueError as error:
            yield Fetched(name, None, str(error))
            continue
        ledger.log.keep_stamp(Stamp(size, claim, head.note, query, token))
        yield Fetched(name, found, None)


def stamp_behind(
    ledger: Ledger, sources: Sequence[Source], instant: datetime, wait: Callable[[float], object]
) -> Iterator[Fetched]:
    """Have the log's head timestamped so late that what is recorded next is shown to come after ``instant``.

    An authority vouches for a span. One that does not lie behind ``instant`` whole is asked again, once, after as long
    as that takes by its accuracy (``wait``, in seconds; not over five).

    Raises:
        LedgerError: there is no checkpoint yet.
    """
    first = {each.authority: each for each in stamp_head(ledger, sources)}
    yield from first.values()
    missing = [instant - each.timestamp.not_before for each in first.values() if each.timestamp is not None]
    seconds = max((span.total_seconds() for span in missing), default=0.0)
    if 0 < seconds <= _LONGEST_WAIT:
        wait(seconds + 0.01)
        again = [source for source in sources if first.get(source.authority.name, _NONE).timestamp is not None]
        yield from stamp_head(ledger, again, anew=True)


def own_timestamps(envelope: str, sources: Sequence[Source]) -> tuple[SignedBallot, list[str]]:
    """A ballot with the timestamps that the member has put on it, and which authorities gave none, and why."""
    found: list[OwnTimestamp] = []
    faults: list[str] = []
    for source in sources:
        try:
            query = request(envelope.encode(), secrets.randbits(64))
            token = token_of(_ask(source, query, _SECONDS, None), query)
            verify_token(token, envelope.encode(), source.authority, query=query)
        except InblueError as error:
            faults.append(f"{source.authority.name}: {error}")
            continue
        found.append(OwnTimestamp(query=encode_base64(query), token=encode_base64(token)))
    return SignedBallot(envelope=envelope, timestamps=tuple(found)), faults


def _ask(source: Source, query: bytes, seconds: float, simulated_at: datetime | None) -> bytes:
    if source.url:
        status, raw = post(source.url, query, "application/timestamp-query", seconds=seconds, limit=_MAX_RESPONSE)
        if not 200 <= status < 300:
            raise LedgerError(f"{source.url}: status {status}")
        return _bounded(raw, source.url)
    clock = {"INBLUE_SIMULATED_AT": format_instant(simulated_at)} if simulated_at else {}
    return _run(source.command or (), query, seconds, {**os.environ, **clock})


def _run(command: Sequence[str], query: bytes, seconds: float, environment: Mapping[str, str]) -> bytes:
    """The output of the operator's own command, of which no more is read than a reply may have."""
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own
            command, stdin=pipe, stdout=pipe, stderr=null, env=environment, start_new_session=True
        )
    except OSError as error:
        raise LedgerError(f"{command[0]}: {error.strerror}") from None
    timer = threading.Timer(seconds, _kill, [process])
    timer.start()
    try:
        with process:
            assert process.stdin is not None  # noqa: S101 - both are pipes
            assert process.stdout is not None  # noqa: S101
            with suppress(BrokenPipeError):  # it need not read what it was asked
                process.stdin.write(query)
                process.stdin.close()
            raw = process.stdout.read(_MAX_RESPONSE + 1)
            if len(raw) > _MAX_RESPONSE:
                _kill(process)
    finally:
        timer.cancel()
    if process.returncode and len(raw) <= _MAX_RESPONSE:
        raise LedgerError(f"{command[0]}: exit status {process.returncode}, or no answer within {seconds:g} s")
    return _bounded(raw, command[0])


def _kill(process: subprocess.Popen[bytes]) -> None:
    """It and what it has started, which holds its output open."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _bounded(raw: bytes, where: str) -> bytes:
    if len(raw) > _MAX_RESPONSE:
        raise LedgerError(f"{where}: answered more than {_MAX_RESPONSE:,} bytes")
    return raw
