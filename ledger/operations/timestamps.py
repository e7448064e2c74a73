"""Asks timestamp authorities for tokens over the log's checkpoint, or over members' ballots.

A token is stored only after it was verified, and if its time agrees with the operator's clock.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from ...domain.ballot import OwnTimestamp, SignedBallot
from ...domain.errors import InblueError
from ...domain.instant import format_instant
from ..edge.face import face
from ..errors import Broken, NotFound, UnreachableError
from ..log.log import Stamp
from ..process import limits, start
from ..standards.checkpoint import open_checkpoint
from ..standards.cms import answers_in
from ..standards.note import encode_base64
from ..standards.timestamp import Timestamp, request, token_of, verify_token
from . import http
from .authorities import Source, access_of
from .revocation import with_answers

if TYPE_CHECKING:
    from ..ledger import Ledger

_MAX_RESPONSE = 65_536
_LONGEST_WAIT = 5.0
CLOCKS_APART = timedelta(seconds=60)
"""How far a token may differ, beyond its accuracy, from the operator's clock when it is fetched."""


class Fetched(NamedTuple):
    """The result of asking an authority: a timestamp, or why there is none; what is ``unknown`` about revocation.
    ``was_there``: a token existed already, and nothing new was learned about it.
    """

    authority: str
    timestamp: Timestamp | None
    fault: str | None
    unknown: tuple[str, ...] = ()
    was_there: bool = False


_NONE = Fetched("", None, None)


def stamp_head(
    ledger: Ledger,
    sources: Sequence[Source],
    *,
    anew: bool = False,
    seconds: float | None = None,
    simulated_at: datetime | None = None,
    revocation: bool = False,
) -> Iterator[Fetched]:
    """Ask each authority that has not stamped the log's head for a token over it, and store valid ones.

    ``anew`` also asks if there is one: entries that name the later token are then proved to be made after it.
    ``simulated_at`` is the time of a simulated history's clock; only a simulated authority uses it. ``revocation`` also
    asks whether the authority's certificates are revoked, and stores the answers in the token; if a token without
    answers exists, in a copy of it.

    Raises:
        NotFound: there is no checkpoint yet.
    """
    head = ledger.log.head()  # read once: others may be recording, and the head may change
    if head is None:
        raise NotFound("the ledger has no checkpoint yet")
    size = open_checkpoint(head.note, *ledger.log_keys()).size
    seconds = limits().authority if seconds is None else seconds
    kept: dict[str, list[Stamp]] = {}
    for stamp in ledger.log.stamps(size):
        kept.setdefault(stamp.authority, []).append(stamp)
    for source in sources:
        name = source.authority.name
        claim = source.authority.canonical().decode()
        there = [] if anew else kept.get(claim, [])
        if there and (not revocation or any(answers_in(stamp.token) for stamp in there)):
            continue
        try:
            if there:
                query, token = there[-1].query, there[-1].token
                found = verify_token(token, there[-1].note, source.authority, query=query)
            else:
                query = request(head.note, secrets.randbits(64))
                asked_at = simulated_at or ledger.clock()
                token = token_of(_ask(source, query, seconds, simulated_at), query)
                found = verify_token(token, head.note, source.authority, query=query)
                _check_clock(found, asked_at, simulated_at or ledger.clock())
        except InblueError as error:
            yield Fetched(name, None, str(error))
            continue
        note = there[-1].note if there else head.note
        unknown: tuple[str, ...] = ()
        if revocation:
            token, unknown = with_answers(token, found, seconds=seconds)
        if there and token == there[-1].token:
            yield Fetched(name, found, None, unknown, was_there=True)
            continue
        ledger.log.keep_stamp(Stamp(size, claim, note, query, token))
        yield _judged(name, found, token, note, source, unknown)


@face
def stamp(ledger: Ledger, authorities: Sequence[Source], *, seconds: float | None = None) -> tuple[Fetched, ...]:
    """Have the log's head timestamped by each of the ``authorities`` that has not done so; return each result.

    An authority that does not answer within ``seconds`` (None: as set by :func:`inblue.set_limits`) has a ``fault``,
    and the others are still asked.

    Raises:
        NotFound: there is no checkpoint yet.

    >>> inblue.stamp(ledger, [])
    ()
    """
    return tuple(stamp_head(ledger, authorities, seconds=seconds))


def _judged(
    name: str, found: Timestamp, token: bytes, note: bytes, source: Source, unknown: tuple[str, ...]
) -> Fetched:
    """A token that carries the revocation of its own certificate is stored for that, and proves nothing."""
    try:
        verify_token(token, note, source.authority)
    except InblueError as error:
        return Fetched(name, None, f"{error}; the token is kept for its showing that, and proves nothing", unknown)
    return Fetched(name, found, None, unknown)


def _check_clock(found: Timestamp, asked_at: datetime, answered_at: datetime) -> None:
    """If the times of token and clock differ, one of the two is wrong; the token is shown, but not stored."""
    if found.not_after < asked_at - CLOCKS_APART or found.not_before > answered_at + CLOCKS_APART:
        raise Broken(
            f"the token is of {format_instant(found.gen_time)}, and the clock here says {format_instant(answered_at)}, "
            f"over {CLOCKS_APART.total_seconds():g} s apart: it is not kept; set the clock, or ask the authority"
        )


def stamp_behind(
    ledger: Ledger, sources: Sequence[Source], instant: datetime, wait: Callable[[float], object]
) -> Iterator[Fetched]:
    """Have the log's head timestamped so late that the next record is proved to come after ``instant``.

    An authority vouches for a span. If the span is not entirely after ``instant``, the authority is asked once more,
    after a wait that depends on its accuracy (``wait``, in seconds; at most five).

    Raises:
        NotFound: there is no checkpoint yet.
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
    """A ballot with the member's own timestamps, and which authorities gave none, and why."""
    found: list[OwnTimestamp] = []
    faults: list[str] = []
    for source in sources:
        try:
            query = request(envelope.encode(), secrets.randbits(64))
            token = token_of(_ask(source, query, limits().authority, None), query)
            verify_token(token, envelope.encode(), source.authority, query=query)
        except InblueError as error:
            faults.append(f"{source.authority.name}: {error}")
            continue
        found.append(OwnTimestamp(query=encode_base64(query), token=encode_base64(token)))
    return SignedBallot(envelope=envelope, timestamps=tuple(found)), faults


def _ask(source: Source, query: bytes, seconds: float, simulated_at: datetime | None) -> bytes:
    if source.url:
        kind, access = "application/timestamp-query", access_of(source)
        status, raw = http.post(source.url, query, kind, seconds=seconds, limit=_MAX_RESPONSE, access=access)
        if not 200 <= status < 300:
            why = " (it does not take the login or client certificate, or wants one)" if status in {401, 403} else ""
            raise UnreachableError(f"{http.address(source.url)}: status {status}{why}")
        return _bounded(raw, http.address(source.url))
    clock = {"INBLUE_SIMULATED_AT": format_instant(simulated_at)} if simulated_at else {}
    return _run(source.command or (), query, seconds, clock)


def _run(command: Sequence[str], query: bytes, seconds: float, environment: Mapping[str, str]) -> bytes:
    """The output of the operator's own command, read up to the largest size of a reply."""
    try:
        process = start(command, **environment)
    except OSError as error:
        raise UnreachableError(f"{command[0]}: {error.strerror}") from None
    timer = threading.Timer(seconds, _kill, [process])
    timer.start()
    try:
        with process:
            assert process.stdin is not None  # noqa: S101 - both are pipes
            assert process.stdout is not None  # noqa: S101
            with suppress(BrokenPipeError):  # it need not read the request
                process.stdin.write(query)
                process.stdin.close()
            raw = process.stdout.read(_MAX_RESPONSE + 1)
            if len(raw) > _MAX_RESPONSE:
                _kill(process)
    finally:
        timer.cancel()
    if process.returncode and len(raw) <= _MAX_RESPONSE:
        raise UnreachableError(f"{command[0]}: exit status {process.returncode}, or no answer within {seconds:g} s")
    return _bounded(raw, command[0])


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it and its children, which hold its output open."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _bounded(raw: bytes, where: str) -> bytes:
    if len(raw) > _MAX_RESPONSE:
        raise UnreachableError(f"{where}: answered more than {_MAX_RESPONSE:,} bytes")
    return raw
