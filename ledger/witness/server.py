"""A witness over HTTP (C2SP tlog-witness): ``POST add-checkpoint``, and the last cosigned checkpoint of each log.

``GET <hex SHA-256 of the origin>/checkpoint`` serves what monitors compare with what others are shown. ``POST
follow-log-key``, which C2SP does not have, is add-checkpoint with the handover to a log's next key before it
(:mod:`.handover`).

The server is uvicorn, with h11. What uvicorn has no limit for is limited here, in its protocol: a request has so many
seconds to arrive whole, its header and its body each, however its bytes drip; and of more connections than there are
places, the one that has kept the witness waiting longest gives way. Who does not read the answer is left too.
(uvicorn's own ``limit_concurrency`` refuses whoever comes last, so that slow connections would keep everybody out.)
"""

from __future__ import annotations

import asyncio
import re
import socket
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias

from ...domain.wording import shown as line_of
from ..errors import NotFound
from ..standards.cosignature import CosignatureSigner
from .handover import MAX_HANDOVER
from .request import MAX_REQUEST, Answer
from .witness import WitnessState

if TYPE_CHECKING:
    from uvicorn import Server

_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint")
_NOWHERE = Answer(404, "there is nothing here\n")
_HEADER_BYTES = 16_384
_DRAINED = 1_048_576
_AT_ONCE = 32  # connections taken in one turn: descriptors in use before the first of them can be judged
_QUEUE = 1024
_SPARE = 156  # descriptors for those just taken (in three turns), the listener, Python and the folder

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Limits(NamedTuple):
    """How many seconds a header may take to arrive whole; then a body; then an answer, to be made and to be read.

    ``idle``: how many a connection may lie idle. ``connections``: how many of them there may be at once.
    """

    header: float = 10.0
    body: float = 10.0
    answer: float = 30.0
    idle: int = 5
    connections: int = 100


class WitnessServer:
    """A server that listens, and serves from :meth:`serve_forever` on. ``url`` says where.

    Raises:
        NotFound: uvicorn is not installed.
        OSError: there is nowhere to listen.
    """

    def __init__(
        self, state: WitnessState, signer: CosignatureSigner, host: str, port: int, limits: Limits | None = None
    ) -> None:
        limits = _affordable(limits or Limits())
        self._server = _uvicorn(_application(state, signer), limits)
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


def _application(state: WitnessState, signer: CosignatureSigner) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    deciding = asyncio.Semaphore(8)  # threads: each waits for a disk, or for the lock of its log

    def decide(path: str, body: bytes) -> Answer:
        try:
            answer = state.follow if path == "/follow-log-key" else state.add_checkpoint
            return answer(body, signer, int(time.time()))
        except Exception as error:  # noqa: BLE001 - whatever it is, there is an answer, and a line for the operator
            return _failed(error)

    def shown(digest: str) -> Answer:
        try:
            return state.shown(digest, signer.verifier)
        except Exception as error:  # noqa: BLE001 - as above
            return _failed(error)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        bound = {"/add-checkpoint": MAX_REQUEST, "/follow-log-key": MAX_HANDOVER}.get(path)
        found = _CHECKPOINT.fullmatch(path)
        if method == "POST" and bound is not None:
            body = await _body(receive, bound)
            if body is None:
                await _send(send, Answer(413, f"a request has at most {bound} bytes\n"), close=True)
                return
            async with deciding:
                answer = await asyncio.to_thread(decide, path, body)
        elif method in {"GET", "HEAD"} and found:
            async with deciding:
                answer = await asyncio.to_thread(shown, found[1])
        else:
            await _body(receive, 0)
            answer = _NOWHERE
        if answer.status >= 500:
            _say(answer.body)
        await _send(send, answer)

    return application


async def _body(receive: Receive, bound: int) -> bytes | None:
    """The request's body; None if it is larger than ``bound``. How long it may take the protocol sees to.

    A little more than that is read, so that whoever is still sending it hears the answer.
    """
    body, size = bytearray(), 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)  # the asker is gone, and nobody hears the answer
        size += len(message["body"])
        if size <= bound:
            body += message["body"]
        if size > bound + _DRAINED or not message["more_body"]:
            return bytes(body) if size <= bound else None


async def _send(send: Send, answer: Answer, *, close: bool = False) -> None:
    body = answer.body.encode()
    headers = [(b"content-type", answer.kind.encode()), (b"content-length", str(len(body)).encode())]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _failed(error: Exception) -> Answer:
    return Answer(500, f"a fault in this witness ({type(error).__name__}: {error})\n")


def _say(text: str) -> None:
    sys.stderr.write(f"inblue: {line_of(text, most=1000)}\n")
    sys.stderr.flush()


def _uvicorn(application: Callable[..., Awaitable[None]], limits: Limits) -> Server:
    try:
        import h11
        from uvicorn import Config, Server
        from uvicorn.protocols.http.h11_impl import H11Protocol
    except ImportError:
        raise NotFound("serving needs uvicorn; it comes with pip install 'inblue[witness]'") from None

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

    class Listening(Server):
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
    return Listening(config)
