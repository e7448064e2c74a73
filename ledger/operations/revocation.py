"""Asks the addresses in an authority's certificates whether one is revoked: OCSP (RFC 6960) or a CRL, over HTTP.

Answers are put into the token they are about, in the CMS set for them (RFC 5652, section 10.2.1; RFC 5940). Entries
name tokens by digest, so the next entry covers the answers too. Verification uses no network.
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
"""The most bytes of a token with its answers: what fits in a line of ``timestamps.jsonl``."""

_MOST_ADDRESSES = 4
_MAX_ANSWER = 60_000


class Answered(NamedTuple):
    """A token with the answers on its certificates; and one line for each missing answer."""

    token: bytes
    faults: tuple[str, ...]


def with_answers(token: bytes, found: Timestamp, *, seconds: float) -> Answered:
    """Ask about each certificate from the unit's up to the root, with a time limit in seconds per address.

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
                    raise UnreachableError("nothing valid was answered")
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
