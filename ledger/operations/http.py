"""Sends small requests to servers of others, which may be slow, gone or hostile.

Everything is bounded: the total time, whatever the server sends meanwhile, and the bytes read. Redirects are not
followed: a moved server must be configured again. Messages show only scheme, host and path of an address, since people
put passwords and tokens into the rest.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from ...domain.errors import Malformed
from ...domain.wording import shown
from ..errors import UnreachableError, why_unreachable
from ..process import ask_within

_NEAR = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Access:
    """Credentials for a server: none, a login (HTTP Basic, RFC 7617), a client certificate (TLS), or both.

    They are never shown, nor passed to another process.
    """

    login: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def of_login(cls, user: str, password: bytes, tls: ssl.SSLContext | None = None) -> Self:
        """With a login."""
        return cls("Basic " + base64.b64encode(user.encode() + b":" + password).decode("ascii"), tls)


NOBODY = Access()


def client_tls(
    certificate: Path | None, key: Path | None, passphrase: bytes | None, authorities: Path | None
) -> ssl.SSLContext:
    """TLS with a client certificate, or with ``authorities`` (PEM) in place of the machine's, or both.

    Raises:
        Malformed: a file is not what it should be, or the key does not open.
    """
    try:
        context = ssl.create_default_context(cafile=str(authorities) if authorities else None)
    except (OSError, ssl.SSLError):
        raise Malformed(f"{authorities}: no certificates in PEM") from None
    if certificate is not None:
        try:
            # Otherwise OpenSSL prompts at the terminal.
            context.load_cert_chain(certificate, key, lambda: passphrase or b"")
        except (OSError, ssl.SSLError):
            what = "not a certificate and its key in PEM, or the passphrase is not that of the key"
            raise Malformed(f"{certificate}, {key}: {what}") from None
    return context


def address(url: str) -> str:
    """The part of an address that may be shown."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return "not an address"
    host = parts.hostname or ""
    return shown(f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path}")


def check_address(url: str, *, login: bool = False) -> None:
    """Check that an address holds no secret, and that a login would not be sent unencrypted.

    Raises:
        Malformed: it does, or would be.
    """
    try:
        parts = urlsplit(url)
        is_near = parts.hostname in _NEAR
    except ValueError:
        raise Malformed("not an address") from None
    if "@" in parts.netloc:
        raise Malformed(f"{address(url)}: a user or password is not accepted in an address; give a login")
    if login and parts.scheme != "https" and not is_near:
        raise Malformed(f"{address(url)}: a login is sent over https only")


def post(url: str, body: bytes, kind: str, *, seconds: float, limit: int, access: Access = NOBODY) -> tuple[int, bytes]:
    """The status of the answer, and its first ``limit`` + 1 bytes; ``kind`` is the media type of ``body``.

    The caller ensures that ``url`` is http or https.

    Raises:
        UnreachableError: no complete answer within ``seconds``.
        Malformed: the address has a password in it.
    """
    return _asked(url, body, {"Content-Type": kind}, seconds, limit, access)


def get(url: str, *, seconds: float, limit: int) -> tuple[int, bytes]:
    """The same as :func:`post`, without a body."""
    return _asked(url, None, {}, seconds, limit, NOBODY)


def _asked(
    url: str, body: bytes | None, headers: Mapping[str, str], seconds: float, limit: int, access: Access
) -> tuple[int, bytes]:
    check_address(url, login=access.login is not None)
    # A socket's own timeout restarts with every byte: one byte a second would delay an officer for hours.
    answer, failed = ask_within(seconds, lambda: _ask(url, body, headers, seconds, limit, access))
    if isinstance(failed, RuntimeError):
        raise UnreachableError(f"{address(url)}: not asked: {failed}") from None
    if failed is not None:
        raise failed
    if not answer:
        raise UnreachableError(f"{address(url)}: no complete answer within {seconds:g} s")
    return answer[0]


def _ask(
    url: str, body: bytes | None, headers: Mapping[str, str], seconds: float, limit: int, access: Access
) -> tuple[int, bytes]:
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    try:
        asked = Request(url, body, dict(headers))  # noqa: S310 - http or https, as the caller ensures
        if access.login is not None:
            asked.add_unredirected_header("Authorization", access.login)
        handlers = [Stay(), *([HTTPSHandler(context=access.tls)] if access.tls else [])]
        try:
            with build_opener(*handlers).open(asked, timeout=seconds) as answer:
                raw: bytes = answer.read(limit + 1)
                return answer.status, raw
        except HTTPError as error:
            with error:
                return error.code, error.read(limit + 1)
    except (URLError, OSError, ValueError, HTTPException) as error:
        raise UnreachableError(f"{address(url)}: {why_unreachable(error)}") from None
