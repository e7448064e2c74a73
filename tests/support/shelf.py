"""Published logs: in memory, and behind a file server on loopback that can be told to misbehave."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias

from inblue.domain.errors import Malformed
from inblue.ledger.published.source import AbsentError

Misbehave: TypeAlias = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Serves the files of its server's folder, but for those that it is told to answer otherwise."""

    server: ShelfServer

    def do_GET(self) -> None:
        """Answer."""
        name = self.path.removeprefix("/")
        self.server.asked.append(name)
        if name in self.server.otherwise:
            self.server.otherwise[name](self)
            return
        place = self.server.folder / name
        if place.is_file():
            self.give(place.read_bytes())
        else:
            self.say(404)

    def give(self, content: bytes, *, length: int | None = None, **headers: str) -> None:
        """Answer with this content; ``length`` is what is said of how long it is."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def say(self, status: int, **headers: str) -> None:
        """Answer with a status and nothing else."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


class ShelfServer(ThreadingHTTPServer):
    """The server."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.asked: list[str] = []
        self.otherwise: dict[str, Misbehave] = {}

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(folder: Path) -> Iterator[ShelfServer]:
    """Serve a folder."""
    with ShelfServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Shelf:
    """A published log in memory."""

    abreast = 1

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []

    def pieces(self, path: str, limit: int) -> Iterator[bytes]:
        yield self.read(path, limit)

    def read(self, path: str, limit: int) -> bytes:
        self.asked.append(path)
        if path not in self.files:
            raise AbsentError(f"{path}: not there")
        if len(self.files[path]) > limit:
            raise Malformed(f"{path}: too large")
        return self.files[path]
