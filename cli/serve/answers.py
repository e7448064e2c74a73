"""Answers: bytes of some type, or a problem on one line (RFC 9457); and the headers of every answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...domain.canonical import Json, canonical
from ...domain.errors import InblueError, Malformed, Refused
from ...domain.wording import shown
from ...ledger.errors import Broken, Busy, NotFound

JSON, PROBLEM, HTML = "application/json", "application/problem+json", "text/html; charset=utf-8"
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
IMMUTABLE = "public, max-age=31536000, immutable"
MOST_BYTES = 64 << 20

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Answer(NamedTuple):
    """An answer. ``policy`` is its Content-Security-Policy; ``named`` is the file name to save it as."""

    body: bytes
    media: str = JSON
    status: int = 200
    cache: str = "no-cache"
    policy: str = NOTHING
    named: str | None = None
    more: Mapping[str, str] = {}

    @property
    def etag(self) -> str:
        """The tag of these bytes."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    def headers(self, *, private: bool, vary: bool) -> dict[str, str]:
        """Its headers; ``private`` if the client may see more than the public."""
        found = {
            "content-type": self.media,
            "content-length": str(len(self.body)),
            "cache-control": "private, no-store" if private else self.cache,
            **fixed(self.policy),
            **self.more,
        }
        if vary:
            found["vary"] = "Authorization"
        if self.named is not None:
            found["content-disposition"] = f'attachment; filename="{self.named}"'
        if self.status == 200:
            found["etag"] = self.etag
        return found


def fixed(policy: str = NOTHING) -> dict[str, str]:
    """The headers that keep a browser from doing more than show an answer."""
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }


def json_answer(value: dict[str, Any], *, cache: str = "no-cache") -> Answer:
    """A JSON document in RFC 8785 form."""
    return bounded(Answer(canonical(value), cache=cache))


def bounded(answer: Answer) -> Answer:
    """The answer, unless it is too large.

    Raises:
        Refused: it is too large.
    """
    if len(answer.body) > MOST_BYTES:
        raise Refused(
            None, f"it has more than {MOST_BYTES:,} bytes, which is the most that is served; use inblue itself"
        )
    return answer


def problem(status: int, detail: str, **more: str) -> Answer:
    """A problem, in one line of JSON."""
    title = _TITLES.get(status, "Error")
    value: Json = {"type": "about:blank", "title": title, "status": status, "detail": shown(detail, most=500)}
    return Answer(
        canonical(value), PROBLEM, status, "no-store", more={name.replace("_", "-"): v for name, v in more.items()}
    )


class HiddenError(Refused):
    """It belongs to an open vote, of which only what is public is shown."""


class UnknownError(Refused):
    """The client's token is not known."""


class UnavailableError(Refused):
    """The operator has not installed what this needs."""


class TooLargeError(Refused):
    """The request is larger than the limit."""


def problem_of(error: Exception) -> Answer | None:
    """The error as the client is told; None if the client must not know it."""
    match error:
        case UnknownError():
            return problem(401, str(error), www_authenticate='Bearer realm="open votes"')
        case HiddenError():
            return problem(403, str(error))
        case UnavailableError():
            return problem(503, str(error))
        case TooLargeError():
            return problem(413, str(error), connection="close")
        case Malformed():
            return problem(400, str(error))
        case NotFound():
            return problem(404, str(error))
        case Refused():
            return problem(409, str(error))
        case Busy():
            return problem(503, "it is busy; ask again", retry_after="5")
        case Broken():
            return problem(503, "what is kept here does not hold, or cannot be read; whoever runs this service is told")
        case InblueError():
            return problem(500, "a fault in this service")
    return None
