"""Asking somebody else's server a small thing; it may be slow, gone or hostile.

Everything about it has an end: the time in all, whatever the server sends meanwhile, and the bytes read. Redirections
are not followed: who has moved is configured anew.
"""

from __future__ import annotations

import threading

from ...domain.wording import shown
from ..errors import LedgerError


def get(url: str, *, seconds: float, limit: int) -> tuple[int, bytes]:
    """As :func:`post`, with nothing sent."""
    return _within(url, None, "", seconds, limit)


def post(url: str, body: bytes, kind: str, *, seconds: float, limit: int) -> tuple[int, bytes]:
    """The status of the answer, and its first ``limit`` + 1 bytes; ``kind`` is the media type of ``body``.

    ``url`` is one of http or https; the caller sees to that.

    Raises:
        LedgerError: no answer, or none that was whole within ``seconds``.
    """
    return _within(url, body, kind, seconds, limit)


def _within(url: str, body: bytes | None, kind: str, seconds: float, limit: int) -> tuple[int, bytes]:
    answered: list[tuple[int, bytes] | LedgerError] = []

    def ask() -> None:
        try:
            answered.append(_asked(url, body, kind, seconds, limit))
        except LedgerError as error:
            answered.append(error)

    # A socket's own timeout begins anew with every byte: one byte a second would hold up an officer for hours.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if not answered:
        raise LedgerError(f"{url}: no whole answer within {seconds:g} s")
    if isinstance(answered[0], LedgerError):
        raise answered[0]
    return answered[0]


def _asked(url: str, body: bytes | None, kind: str, seconds: float, limit: int) -> tuple[int, bytes]:
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.request import HTTPRedirectHandler, Request, build_opener

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    try:
        asked = Request(url, body, {"Content-Type": kind} if kind else {})  # noqa: S310 - http or https, as the caller has seen to
        try:
            with build_opener(Stay).open(asked, timeout=seconds) as answer:
                raw: bytes = answer.read(limit + 1)
                return answer.status, raw
        except HTTPError as error:
            with error:
                return error.code, error.read(limit + 1)
    except (URLError, OSError, ValueError, HTTPException) as error:
        raise LedgerError(f"{url}: {shown(str(getattr(error, 'reason', None) or error))}") from None
