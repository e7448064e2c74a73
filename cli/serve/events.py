"""Entries as they are recorded: server-sent events (WHATWG HTML, 9.2), with the index of the entry as id.

A stream ends after a while, as every answer does; a browser asks again by itself, with the last id that it had, and
continues after it. So nothing is lost or repeated when a connection breaks.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

import anyio

from ...domain.canonical import canonical
from ...ledger.showing import shelf
from .service import Service, Shown

SECONDS = 25.0
"""How long one stream lasts; the server allows an answer 30 seconds."""

_EVERY, _QUIET, _AT_ONCE = 0.5, 10.0, 50

Run: TypeAlias = Callable[[Callable[[], Any]], Awaitable[Any]]


async def stream(
    service: Service, run: Run, gone: Callable[[], Awaitable[bool]], after: int | None, *, whole: bool
) -> AsyncIterator[bytes]:
    """The events after index ``after``, and those to come; ``run`` runs what waits for the ledger.

    It ends early once the client is ``gone``.
    """
    until, last = time.monotonic() + SECONDS, time.monotonic()
    yield b"retry: 1000\n\n"
    while time.monotonic() < until and not await gone():
        found = await run(partial(_next, service, after, whole=whole))
        for each in found:
            after = each["index"]
            yield b"id: %d\nevent: entry\ndata: %s\n\n" % (after, canonical(each))
        if found:
            last = time.monotonic()
            continue
        if time.monotonic() - last > _QUIET:
            last = time.monotonic()
            yield b": nothing new\n\n"
        await anyio.sleep(_EVERY)


def _next(service: Service, after: int | None, *, whole: bool) -> list[dict[str, Any]]:
    service.horizon.look(every=_EVERY / 2)
    return shelf.entries(service.ledger, after, Shown(service, whole).size, _AT_ONCE)
