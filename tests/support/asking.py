"""A service over real sockets, and what it answers."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from inblue.ledger.witness.listening import Limits, Listening


class Answered(NamedTuple):
    """Status, headers in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


class Asker:
    """Asks the service at ``url``, each time over a connection of its own."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url, self.headers = url, headers

    def __call__(self, path: str, method: Any = "GET", body: Any = None, headers: Any = None, **asked: Any) -> Answered:
        """What the service answers to ``path`` with these parameters."""
        query = f"?{urlencode(asked)}" if asked else ""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        try:
            connection.request(method, place.path + path + query, body, {**self.headers, **(headers or {})})
            answer = connection.getresponse()
            return Answered(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()


@contextmanager
def listening(app: Any, limits: Limits | None = None) -> Iterator[Asker]:
    """An ASGI application behind the server that ``inblue serve`` has."""
    with Listening(app, "127.0.0.1", 0, limits, extra="serve") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Asker(server.url)
        finally:
            server.shutdown()
            thread.join()
