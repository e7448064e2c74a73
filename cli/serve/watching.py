"""Polling the ledger, so that the checkpoint from before a vote's opening is known once the vote is open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

from ...domain.errors import InblueError

if TYPE_CHECKING:
    from starlette.applications import Starlette

_EVERY = 0.5


@contextmanager
def watched(app: Starlette) -> Iterator[None]:
    """Within the block, the ledger that ``app`` serves is polled twice a second."""
    stop, horizon = Event(), app.state.service.horizon

    def look() -> None:
        while not stop.wait(_EVERY):
            with suppress(InblueError):  # the next client meets it, and the operator is told
                horizon.look(every=_EVERY / 2)

    thread = Thread(target=look, name="inblue-serve", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
