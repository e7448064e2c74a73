"""A server over HTTP that slow and many askers do not keep from answering: uvicorn with h11, and the limits it lacks.

A request has so many seconds to arrive whole, its header and its body each, however its bytes drip; and of more
connections than there are places, the one that has kept the server waiting longest gives way. Who does not read the
answer is left too. (uvicorn's own ``limit_concurrency`` refuses whoever comes last, so that slow connections would keep
everybody out.)
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

from ..errors import NotFound

if TYPE_CHECKING:
    from uvicorn import Server

_HEADER_BYTES = 16_384
_AT_ONCE = 32  # connections taken in one turn: descriptors in use before the first of them can be judged
_QUEUE = 1024
_SPARE = 156  # descriptors for those just taken (in three turns), the listener, Python and the folder

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Limits(NamedTuple):
    """How many seconds a header may take to arrive whole; then a body; then an answer, to be made and to be read.

    ``idle``: how many a connection may lie idle. ``connections``: how many of them there may be at once.
    """

    header: float = 10.0
    body: float = 10.0
    answer: float = 30.0
    idle: int = 5
    connections: int = 100


class Listening:
    """A server of ``application`` that listens, and serves from :meth:`serve_forever` on. ``url`` says where.

    ``extra`` is the extra of this package that uvicorn comes with.

    Raises:
        NotFound: uvicorn is not installed.
        OSError: there is nowhere to listen.
    """

    def __init__(
        self, application: Application, host: str, port: int, limits: Limits | None = None, *, extra: str
    ) -> None:
        self._server = _uvicorn(application, _affordable(limits or Limits()), extra)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}"

    def serve_forever(self) -> None:
        """Serve until :meth:`shutdown`, or a signal to stop."""
        self._server.run(sockets=[self._socket])

    def shutdown(self) -> None:
        """Have it stop, from another thread."""
        self._server.should_exit = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def _affordable(limits: Limits) -> Limits:
    """No more connections than there are descriptors for."""
    import resource

    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if descriptors == resource.RLIM_INFINITY:
        return limits
    return limits._replace(connections=max(8, min(limits.connections, descriptors - _SPARE)))


def _uvicorn(application: Application, limits: Limits, extra: str) -> Server:
    try:
        import h11
        from uvicorn import Config, Server
        from uvicorn.protocols.http.h11_impl import H11Protocol
    except ImportError:
        raise NotFound(f"serving needs uvicorn; it comes with pip install 'inblue[{extra}]'") from None

    waiting: dict[Protocol, None] = {}
    """The connections that are waited for, the one that has been for the longest time first."""
    taken: set[Protocol] = set()

    class Protocol(H11Protocol):
        """uvicorn's, with limits on how long a request may take to arrive, and on how many may be on the way."""

        _timer: asyncio.TimerHandle | None = None
        _awaited: object = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            taken.add(self)
            self._await(h11.IDLE, limits.header)
            if len(taken) > limits.connections:
                next(iter(waiting)).give_way()  # this one itself, if all others are being answered

        def connection_lost(self, exc: Exception | None) -> None:
            taken.discard(self)
            self._await(None, None)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._look()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._awaited = None
            self._look()

        def give_way(self) -> None:
            """Make room. close() would wait until the asker has read what it was sent."""
            taken.discard(self)
            self._await(None, None)
            self.transport.abort()

        def _look(self) -> None:
            if self in taken:
                header, body = self.conn.their_state is h11.IDLE, self.conn.their_state is h11.SEND_BODY
                answering = self.cycle is not None and not self.cycle.response_complete and not body
                if answering:
                    self._await(h11.DONE, limits.answer)
                else:
                    self._await(self.conn.their_state, limits.header if header else limits.body)

        def _await(self, what: object, seconds: float | None) -> None:
            """Wait for this so much longer, from when something else was awaited; None: no more."""
            if what is not None and what is self._awaited:
                return
            self._awaited = what
            if self._timer is not None:
                self._timer.cancel()
            waiting.pop(self, None)
            self._timer = None
            if seconds is not None:
                if what is not h11.DONE:
                    waiting[self] = None
                self._timer = self.loop.call_later(seconds, self.give_way)

    class Queued(Server):
        """uvicorn's, with a longer queue before the door than it takes in at once."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            for each in sockets or ():
                each.listen(_QUEUE)  # a queue that is full lets an asker wait for a second, and then for more

    config = Config(
        application,
        http=Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",  # nothing of a request is worth a line that nobody rotates
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_AT_ONCE,
        timeout_keep_alive=limits.idle,
        timeout_graceful_shutdown=3,
        h11_max_incomplete_event_size=_HEADER_BYTES,
    )
    return Queued(config)
