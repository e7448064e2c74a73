"""Limits the wait for an HTTP response, from the first attempt to connect to its last byte.

A socket's own timeout restarts with every byte, so a server that sends one now and then, in a header, a chunk length or
the file, could delay an audit for days. Here every wait is limited to the rest of one budget: a number of seconds, plus
one for every so many bytes received. Name lookup is the system's, with the system's own limit.
"""

from __future__ import annotations

import socket
import time
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from typing import Any
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener


class TooSlowError(OSError):
    """Data came, but too slowly."""


class Patience:
    """The time budget of one response: ``seconds``, plus one for every ``rate`` bytes received; it starts at once."""

    def __init__(self, seconds: float, rate: int) -> None:
        self._seconds, self._rate = seconds, rate
        self._begun = time.monotonic()
        self._received = 0

    def left(self) -> float:
        """How many seconds remain.

        Raises:
            TooSlowError: none, and some data has come.
            TimeoutError: none, and no data has come.
        """
        left = self._begun + self._seconds + self._received / self._rate - time.monotonic()
        if left <= 0:
            raise TooSlowError if self._received else TimeoutError("timed out")
        return min(left, self._seconds)

    def came(self, number: int) -> None:
        """Note that this many bytes have come."""
        self._received += number

    def connect(self, address: tuple[str, int], *_: Any) -> socket.socket:
        """A connection to the first of a server's addresses that accepts one, all within this budget."""
        refused: OSError | None = None
        for family, kind, protocol, _name, place in socket.getaddrinfo(*address, type=socket.SOCK_STREAM):
            trying = socket.socket(family, kind, protocol)
            try:
                trying.settimeout(self.left())
                trying.connect(place)
            except OSError as error:
                trying.close()
                refused = error
            else:
                return trying
        raise refused or OSError("the server has no address")


class _Watched(RawIOBase):
    """A socket's data, for as long as the budget lasts."""

    def __init__(self, waited: socket.socket, patience: Patience) -> None:
        self._socket, self._patience = waited, patience
        self._raw = waited.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(self._patience.left())
        try:
            number = self._raw.readinto(buffer)
        except TimeoutError:
            self._patience.left()
            raise
        self._patience.came(number or 0)
        return number

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, patience: Patience, sock: socket.socket, *arguments: Any, **given: Any) -> None:
        super().__init__(sock, *arguments, **given)
        self.fp.close()
        self.fp = BufferedReader(_Watched(sock, patience))


class _Stay(HTTPRedirectHandler):
    """Redirects are not followed: the auditor must give the new address."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Http(HTTPHandler):
    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_on(HTTPConnection, self._patience), req)


class _Https(HTTPSHandler):
    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_on(HTTPSConnection, self._patience), req)


def _on(kind: type[HTTPConnection], patience: Patience) -> Any:
    def connection(host: str, **given: Any) -> HTTPConnection:
        made: Any = kind(host, **{**given, "timeout": patience.left()})
        made._create_connection = patience.connect
        made.response_class = partial(_Response, patience)
        return made  # type: ignore[no-any-return]

    return connection


def opener(patience: Patience) -> OpenerDirector:
    """An opener that uses this budget and follows no redirects."""
    return build_opener(_Stay, _Http(patience), _Https(patience))
