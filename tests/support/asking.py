"""A service over real sockets, and what it answers."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from paths import INBLUE

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


@contextmanager
def serving(*options: str, home: Path) -> Iterator[tuple[Asker, subprocess.Popen[str]]]:
    """``inblue serve``, as an operator runs it."""
    command = [INBLUE, "serve", "--port", "0", *options]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.fullmatch(r"serving at (http://127\.0\.0\.1:\d+)\n", said)
        assert found, (said, process.communicate(timeout=10))
        yield Asker(found[1]), process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        finally:
            process.kill()


def events(ask: Asker, last: int | None) -> Iterator[tuple[int, dict[str, object]]]:
    """What one stream gives, as an EventSource reads it that has had ``last``."""
    place = urlsplit(ask.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
    connection.request("GET", "/events", headers={} if last is None else {"Last-Event-ID": str(last)})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    try:
        index = -1
        for line in answer:
            if line.startswith(b"id: "):
                index = int(line[4:])
            elif line.startswith(b"data: "):
                yield index, json.loads(line[6:])
    finally:
        connection.close()
