"""How long an answer over HTTP is waited for, from the first attempt to connect to its last byte.

A socket's own timeout begins anew with every byte, so that a server that sends one now and then, be it of a header, of
a chunk's length or of the file, would hold up an audit for days. Here every wait is cut to what is left of one account:
so many seconds, and one more for each so many bytes that have come. Looking up a name is the system's, with the
system's own end.
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
    """Something came, and more slowly than is waited for."""


class Patience:
    """The account of one answer: ``seconds``, and one more for every ``rate`` bytes that came; it begins at once."""

    def __init__(self, seconds: float, rate: int) -> None:
        self._seconds, self._rate = seconds, rate
        self._begun = time.monotonic()
        self._received = 0

    def left(self) -> float:
        """How many seconds may be waited now.

        Raises:
            TooSlowError: none, and something has come.
            TimeoutError: none, and nothing has.
        """
        left = self._begun + self._seconds + self._received / self._rate - time.monotonic()
        if left <= 0:
            raise TooSlowError if self._received else TimeoutError("timed out")
        return min(left, self._seconds)

    def came(self, number: int) -> None:
        """So many bytes have."""
        self._received += number

    def connect(self, address: tuple[str, int], *_: Any) -> socket.socket:
        """A connection to the first of a server's addresses that takes one, all of them on this account."""
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
    """What a socket gives, for as long as the account lasts."""

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
    """Whoever has moved is asked under the new address by the person who audits, or not at all."""

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
    """What opens addresses on this account, and follows nowhere."""
    return build_opener(_Stay, _Http(patience), _Https(patience))
