"""Asking, where an authority's certificates say, whether one of them is revoked: OCSP (RFC 6960) or a CRL, over HTTP.

What is answered goes into the token that it is about, in the set that CMS has for it (RFC 5652, section 10.2.1; RFC
5940). Entries name tokens by digest: the next one that is recorded binds the answers with the token. Verifying asks
nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from ...domain.errors import InblueError
from ..certificates.certificate import Certificate
from ..certificates.revocation import is_response, request_for
from ..errors import UnreachableError
from ..standards.cms import with_revocation
from ..standards.timestamp import Timestamp, revocations_by
from . import http

MAX_TOKEN = 65_536
"""Bytes of a token with its answers at most: what a line of ``timestamps.jsonl`` has room for."""

_MOST_ADDRESSES = 4
_MAX_ANSWER = 60_000


class Answered(NamedTuple):
    """A token with what was answered of its certificates; and in one line each, what was not."""

    token: bytes
    faults: tuple[str, ...]


def with_answers(token: bytes, found: Timestamp, *, seconds: float) -> Answered:
    """Ask about each certificate from the unit's up to the root, each address for so many seconds at most.

    No failure is fatal: a line says what is not known.
    """
    faults: list[str] = []
    for certificate, issuer in pairwise(found.path):
        fault = f"{certificate} says nowhere where to ask"
        for asked in _askings(certificate, issuer, seconds):
            try:
                answer = asked()
                known = revocations_by()
                known.add([answer])
                said = known.of(certificate, issuer)
                if said.good_until is None and not said.revoked:
                    raise UnreachableError("it was answered with nothing that holds")
                longer = with_revocation(token, [answer])
                if len(longer) > MAX_TOKEN:
                    raise UnreachableError(f"its answer of {len(answer):,} bytes is too long to be kept")
            except InblueError as error:
                fault = f"{certificate}: {error}"
                continue
            token, fault = longer, ""
            break
        faults += [fault] * bool(fault)
    return Answered(token, tuple(f"whether it is revoked is not known: {each}" for each in faults))


def _askings(certificate: Certificate, issuer: Certificate, seconds: float) -> Iterator[Callable[[], bytes]]:
    try:
        places = sorted(certificate.addresses(), key=lambda place: place[0] != "ocsp")[:_MOST_ADDRESSES]
        query = request_for(certificate, issuer)
    except InblueError:
        return
    for kind, url in places:
        if url.lower().startswith(("http://", "https://")):
            yield partial(_ask_responder, url, query, seconds) if kind == "ocsp" else partial(_fetch, url, seconds)


def _fetch(url: str, seconds: float) -> bytes:
    return _whole(http.get(url, seconds=seconds, limit=_MAX_ANSWER), url)


def _ask_responder(url: str, query: bytes, seconds: float) -> bytes:
    answered = http.post(url, query, "application/ocsp-request", seconds=seconds, limit=_MAX_ANSWER)
    raw = _whole(answered, url)
    if not is_response(raw):
        raise UnreachableError(f"{http.address(url)}: no OCSP response")
    return raw


def _whole(answered: tuple[int, bytes], url: str) -> bytes:
    status, raw = answered
    if status != 200:
        raise UnreachableError(f"{http.address(url)}: status {status}")
    if len(raw) > _MAX_ANSWER:
        raise UnreachableError(f"{http.address(url)}: answered more than {_MAX_ANSWER:,} bytes")
    return raw
