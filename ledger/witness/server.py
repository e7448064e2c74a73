"""A witness over HTTP (C2SP tlog-witness): ``POST add-checkpoint``, and the last cosigned checkpoint of each log.

``GET <hex SHA-256 of the origin>/checkpoint`` serves what monitors compare with what others are shown.
"""

from __future__ import annotations

import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..standards.cosignature import CosignatureSigner
from .witness import MAX_REQUEST, Answer, WitnessState

_SECONDS = 10
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint")


def witness_server(state: WitnessState, signer: CosignatureSigner, host: str, port: int) -> ThreadingHTTPServer:
    """A server that is ready to serve; ``port`` 0 takes a free one (``server_address`` says which)."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS  # of a client that sends nothing
        server_version, sys_version = "inblue-witness", ""

        def do_POST(self) -> None:
            if self.path != "/add-checkpoint":
                self._answer(Answer(404, "there is nothing here\n"))
                return
            length = self.headers.get("Content-Length", "")
            if not re.fullmatch(r"[0-9]{1,9}", length):
                self._answer(Answer(411, "a request says how long it is\n"))
                return
            if int(length) > MAX_REQUEST:
                self.close_connection = True
                self._answer(Answer(413, f"a request has at most {MAX_REQUEST} bytes\n"))
                return
            self._answer(state.add_checkpoint(self.rfile.read(int(length)), signer, int(time.time())))

        def do_GET(self) -> None:
            found = _CHECKPOINT.fullmatch(self.path)
            note = state.latest_by_digest(found[1]) if found else None
            self._answer(Answer(200, note.decode()) if note is not None else Answer(404, "there is nothing here\n"))

        def _answer(self, answer: Answer) -> None:
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing of a request is worth a line that nobody rotates."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server
