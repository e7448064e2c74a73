"""An HTTP server that stays available despite slow or many clients: uvicorn with h11, plus the limits it lacks.

The header and the body of a request each have a time limit to arrive completely, however slowly their bytes come. If
there are too many connections, the one that has kept the server waiting longest is closed. A client that does not read
the response is dropped too. (uvicorn's own ``limit_concurrency`` refuses the newest connection, so slow ones would lock
everybody out.)
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

from ..errors import needs

if TYPE_CHECKING:
    from uvicorn import Server

_HEADER_BYTES = 16_384
_AT_ONCE = 32  # connections accepted in one turn: descriptors in use before the first of them can be judged
_QUEUE = 1024
_SPARE = 156  # descriptors for those just accepted (in three turns), the listener, Python and the folder

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Limits(NamedTuple):
    """Time limits in seconds for a complete header, a complete body, and making and reading a response.

    ``idle``: how long a connection may be idle. ``connections``: the most connections at once.
    """

    header: float = 10.0
    body: float = 10.0
    answer: float = 30.0
    idle: int = 5
    connections: int = 100


class Listening:
    """A server of ``application`` that listens, and serves from :meth:`serve_forever` on. ``url`` is its address.

    ``extra`` is the extra of this package that installs uvicorn.

    Raises:
        NotFound: uvicorn is not installed.
        OSError: the address cannot be used.
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
        """Stop it from another thread."""
        self._server.should_exit = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def _affordable(limits: Limits) -> Limits:
    """Limit the connections to the available descriptors."""
    import resource

    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if descriptors == resource.RLIM_INFINITY:
        return limits
    return limits._replace(connections=max(8, min(limits.connections, descriptors - _SPARE)))


def _uvicorn(application: Application, limits: Limits, extra: str) -> Server:
    with needs(extra, "serving"):
        import h11
        from uvicorn import Config, Server
        from uvicorn.protocols.http.h11_impl import H11Protocol

    waiting: dict[Protocol, None] = {}
    """The connections that the server waits for, longest wait first."""
    taken: set[Protocol] = set()

    class Protocol(H11Protocol):
        """uvicorn's protocol, with limits on the time for a request to arrive, and on how many may be in progress."""

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
            """Make room. close() would wait until the client has read what it was sent."""
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
            """Extend the wait by this, from when the wait changed; None: no longer wait."""
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
        """uvicorn's server, with a longer accept queue than it accepts at once."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            for each in sockets or ():
                each.listen(_QUEUE)  # a full queue makes a client wait for a second, then longer

    config = Config(
        application,
        http=Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",  # requests are not logged, since nobody would rotate the log
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_AT_ONCE,
        timeout_keep_alive=limits.idle,
        timeout_graceful_shutdown=3,
        h11_max_incomplete_event_size=_HEADER_BYTES,
    )
    return Queued(config)
