"""A witness over HTTP (C2SP tlog-witness): ``POST add-checkpoint``, and the last cosigned checkpoint of each log.

``GET <hex SHA-256 of the origin>/checkpoint`` serves the checkpoint that monitors compare with those shown to others.
``POST follow-log-key``, which C2SP does not define, is add-checkpoint preceded by the handover to a log's next key
(:mod:`.handover`).
"""

from __future__ import annotations

import asyncio
import re
import sys
import time

from ...domain.wording import shown as line_of
from ..standards.cosignature import CosignatureSigner
from .handover import MAX_HANDOVER
from .listening import Application, Limits, Listening, Receive, Scope, Send
from .request import MAX_REQUEST, Answer
from .witness import WitnessState

_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint")
_NOWHERE = Answer(404, "there is nothing here\n")
_DRAINED = 1_048_576


class WitnessServer(Listening):
    """A server that listens, and serves from :meth:`serve_forever` on. ``url`` is its address.

    Raises:
        NotFound: uvicorn is not installed.
        OSError: the address cannot be used.
    """

    def __init__(
        self, state: WitnessState, signer: CosignatureSigner, host: str, port: int, limits: Limits | None = None
    ) -> None:
        super().__init__(_application(state, signer), host, port, limits, extra="witness")


def _application(state: WitnessState, signer: CosignatureSigner) -> Application:
    deciding = asyncio.Semaphore(8)  # threads: each waits for a disk, or for the lock of its log

    def decide(path: str, body: bytes) -> Answer:
        try:
            answer = state.follow if path == "/follow-log-key" else state.add_checkpoint
            return answer(body, signer, int(time.time()))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the operator a line
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
    """The request's body; None if it is larger than ``bound``. The protocol limits the time.

    A little more than that is read, so that a client that is still sending gets the response.
    """
    body, size = bytearray(), 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)  # the client is gone, and nobody gets the response
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
