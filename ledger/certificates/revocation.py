"""What CRLs (RFC 5280, section 5) and OCSP responses (RFC 6960) say about certificates. Nothing is looked up.

Only certificates that lead to a pinned root are checked. An answer counts if their issuer, or a responder that the
issuer delegated, signed it with an algorithm that is believed at the answer's time. Lists that are indirect, deltas or
for some reasons only are ignored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from ...domain.errors import InblueError, Malformed
from ..errors import Broken
from . import der
from .algorithms import scheme_of
from .certificate import (
    CRL_SIGN,
    Certificate,
    NameKey,
    read_certificate,
    read_extensions,
    read_name,
    read_time,
)
from .chain import Believes, believed_key, in_force, signed_by

BelievesAt: TypeAlias = Callable[[datetime], Believes]
"""Tells which algorithms are believed at an instant."""

_REASONS = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
_KEEPS_OLDER = frozenset({0, 3, 4, 5})
"""For these reasons earlier signatures stay valid; for any other reason, or none, no signature does (RFC 3161, 4)."""

_REASON, _INVALID_SINCE, _CRL_NUMBER, _AUTHORITY_KEY, _SCOPE = (
    "2.5.29.21",
    "2.5.29.24",
    "2.5.29.20",
    "2.5.29.35",
    "2.5.29.28",
)
_BASIC, _RESPONDER = "1.3.6.1.5.5.7.48.1.1", "1.3.6.1.5.5.7.3.9"
_IDENTIFIED_BY = {"1.3.14.3.2.26": "sha1", "2.16.840.1.101.3.4.2.1": "sha256"}
_ENUMERATED = 0x0A
_MOST_RESPONSES, _MOST_RESPONDERS = 100, 5


class Revoked(NamedTuple):
    """When a certificate was revoked, and the number of the reason, None if none is given."""

    since: datetime
    reason: int | None

    def spoils(self, at: datetime) -> bool:
        """Whether signatures of that time are no longer valid."""
        return self.reason not in _KEEPS_OLDER or self.since <= at

    @property
    def why(self) -> str:
        """The reason in the words of RFC 5280."""
        return "no reason given" if self.reason is None else _REASONS.get(self.reason, f"reason {self.reason}")


class Spoilt(NamedTuple):
    """A certificate whose revocation invalidates all its signatures: its name, and the revocation."""

    certificate: str
    revoked: Revoked


class Said(NamedTuple):
    """What answers say about one certificate: its revocations, and until when it is said to be good, if at all."""

    revoked: tuple[Revoked, ...]
    good_until: datetime | None


class _Answer(NamedTuple):
    """One answer with its time, a list or a response.

    ``of`` gives its status for a certificate: the revocation, False for good, None for unknown.
    """

    at: datetime
    signed: bytes
    algorithm: der.Value
    signature: bytes
    certificates: tuple[bytes, ...]
    of: Callable[[Certificate, Certificate], Revoked | bool | None]
    is_list: bool = False


@dataclass
class Revocations:
    """Answers by possible signer: a list by the name of its issuer, a response by its serial numbers."""

    believes_at: BelievesAt
    _known: set[bytes] = field(default_factory=set)
    _lists: dict[NameKey, list[_Answer]] = field(default_factory=dict)
    _responses: dict[int, list[_Answer]] = field(default_factory=dict)
    _found: dict[tuple[Certificate, Certificate], Said] = field(default_factory=dict)

    def add(self, answers: Iterable[bytes]) -> None:
        """Add answers; unreadable ones are ignored."""
        for raw in answers:
            mark = hashlib.sha256(raw).digest()
            if mark in self._known:
                continue
            self._known.add(mark)
            self._found.clear()
            try:
                if is_response(raw):
                    numbers, response = _read_response(raw)
                    for number in numbers:
                        self._responses.setdefault(number, []).append(response)
                else:
                    name, listed = _read_list(raw)
                    self._lists.setdefault(name, []).append(listed)
            except InblueError:
                continue

    def of(self, certificate: Certificate, issuer: Certificate) -> Said:
        """What the answers that ``issuer`` vouches for say about a certificate it issued."""
        key = (certificate, issuer)
        if key not in self._found:
            self._found[key] = self._asked(certificate, issuer)
        return self._found[key]

    def _asked(self, certificate: Certificate, issuer: Certificate) -> Said:
        revoked: list[Revoked] = []
        good: list[datetime] = []
        for answer in (*self._lists.get(issuer.subject.key, ()), *self._responses.get(certificate.serial, ())):
            try:
                said = answer.of(certificate, issuer)
                if said is None:
                    continue
                _check_answer(answer, issuer, self.believes_at(answer.at))
            except InblueError:
                continue
            if isinstance(said, Revoked):
                revoked.append(said)
            else:
                good.append(answer.at)
        return Said(tuple(sorted(set(revoked), key=lambda each: each.since)), max(good, default=None))

    def spoilt(self, path: Sequence[Certificate], at: datetime) -> Spoilt | None:
        """The certificate below the root of a chain whose revocation invalidates signatures of that time."""
        for certificate, issuer in pairwise(path):
            for each in self.of(certificate, issuer).revoked:
                if each.spoils(at):
                    return Spoilt(certificate.subject.said, each)
        return None

    def good_until(self, path: Sequence[Certificate]) -> datetime | None:
        """Until when every certificate below the root is said to be good; None if one has no status."""
        until = [self.of(*pair).good_until for pair in pairwise(path)]
        known = [each for each in until if each is not None]
        return min(known) if known and len(known) == len(until) else None


def is_response(raw: bytes) -> bool:
    """Whether it is an OCSPResponse, which begins with its status, and not a list."""
    fields = der.sequence(raw, where="revocation")
    return bool(fields) and fields[0].tag == _ENUMERATED


def request_for(certificate: Certificate, issuer: Certificate) -> bytes:
    """An OCSPRequest of one certificate (RFC 6960, section 4.1); SHA-1 only identifies it, as responders expect."""
    named = der.encode(der.SEQUENCE, der.encode_object_identifier("1.3.14.3.2.26"), b"\x05\x00")
    hashes = (hashlib.sha1(each, usedforsecurity=False).digest() for each in (issuer.subject.raw, issuer.key_bytes))
    number = certificate.serial.to_bytes(certificate.serial.bit_length() // 8 + 1, "big", signed=True)
    which = der.encode(
        der.SEQUENCE, named, *(der.encode(der.OCTETS, each) for each in hashes), der.encode(der.INTEGER, number)
    )
    listed = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, which))
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, listed))


def _check_answer(answer: _Answer, issuer: Certificate, believes: Believes) -> None:
    """Check that the issuer signed it, or its delegated responder in force at that time (RFC 6960, section 4.2.2.2)."""
    where = "the answer on revocation"
    scheme = scheme_of(answer.algorithm, where=where)
    if not all(map(believes, scheme.used)):
        raise Broken(f"{where} rests on what is not believed")
    believed_key(issuer, believes)
    may_list = issuer.key_usage is None or CRL_SIGN in issuer.key_usage  # RFC 6960 does not require this for a response
    if (may_list or not answer.is_list) and scheme.holds(issuer.key, answer.signature, answer.signed):
        return
    for raw in answer.certificates[:_MOST_RESPONDERS]:
        responder = read_certificate(raw)
        if responder.issuer.key != issuer.subject.key or _RESPONDER not in (responder.extended_usage or ()):
            continue
        in_force(responder, answer.at)
        signed_by(responder, issuer, believes)
        believed_key(responder, believes)
        if scheme.holds(responder.key, answer.signature, answer.signed):
            return
    raise Broken(f"{where} is not signed by {issuer}, nor by a responder of its own")


def _read_list(raw: bytes) -> tuple[NameKey, _Answer]:
    where = "CRL"
    outer = der.sequence(raw, where=where)
    if len(outer) != 3:
        raise Malformed(f"{where}: not one")
    fields = der.read_all(outer[0].content, where=where)
    if fields and fields[0].tag == der.INTEGER:
        fields.pop(0)
    if len(fields) < 3 or fields[0].raw != outer[1].raw:
        raise Malformed(f"{where}: not one")
    name = read_name(fields[1].raw, where=where)
    at = read_time(fields[2], where=where)
    rest = fields[3:]
    if rest and rest[0].tag in {0x17, 0x18}:
        rest.pop(0)
    revoked = dict(map(_entry, der.read_all(rest.pop(0).content, where=where))) if rest and rest[0].tag == 0x30 else {}
    of_users = of_authorities = False
    points: frozenset[bytes] = frozenset()
    for oid, extension in read_extensions(rest[0].content, where=where).items() if rest else ():
        if oid == _SCOPE:
            of_users, of_authorities, points = _scope(extension.content)
        elif extension.critical and oid not in {_CRL_NUMBER, _AUTHORITY_KEY}:
            raise Malformed(f"{where}: a critical extension that is not known here")

    def of(certificate: Certificate, _issuer: Certificate) -> Revoked | bool | None:
        if certificate.serial in revoked:
            return revoked[certificate.serial]
        own = {url.encode() for kind, url in certificate.addresses() if kind == "crl"}
        is_elsewhere = (of_users and certificate.is_ca) or (of_authorities and not certificate.is_ca)
        return None if is_elsewhere or (points and not points & own) else False

    return name.key, _Answer(at, outer[0].raw, outer[1], der.bits(outer[2], where=where), (), of, is_list=True)


def _entry(value: der.Value) -> tuple[int, Revoked]:
    where = "CRL"
    parts = der.read_all(value.content, where=where)
    if len(parts) < 2:
        raise Malformed(f"{where}: a malformed entry")
    reason: int | None = None
    for oid, extension in read_extensions(parts[2].raw, where=where).items() if len(parts) > 2 else ():
        if oid == _REASON:
            given = der.read_one(extension.content, _ENUMERATED, where=where)
            reason = der.integer(given._replace(tag=der.INTEGER), where=where)
        elif extension.critical and oid != _INVALID_SINCE:
            raise Malformed(f"{where}: a critical extension that is not known here")
    return der.integer(parts[0], where=where, signed=True), Revoked(read_time(parts[1], where=where), reason)


def _scope(content: bytes) -> tuple[bool, bool, frozenset[bytes]]:
    """Which certificates a list covers (RFC 5280, section 5.2.5): users', CAs', and those with these addresses."""
    where = "CRL"
    flags: dict[int, bool] = {}
    points: set[bytes] = set()
    for each in der.sequence(content, where=where):
        if each.tag == 0xA0:
            for name in der.read_all(each.content, where=where):
                points |= {one.content for one in der.read_all(name.content, where=where) if one.tag == 0x86}
        else:
            flags[each.tag] = each.content != b"\0"
    if any(flags.get(tag) for tag in (0x83, 0xA3, 0x84, 0x85)):
        raise Malformed(f"{where}: for some reasons only, indirect, or of attribute certificates")
    return flags.get(0x81, False), flags.get(0x82, False), frozenset(points)


def _read_response(raw: bytes) -> tuple[list[int], _Answer]:
    where = "OCSP response"
    fields = der.sequence(raw, where=where)
    if len(fields) != 2 or fields[0].content != b"\0" or fields[1].tag != 0xA0:
        raise Malformed(f"{where}: without success")
    parts = der.sequence(fields[1].content, where=where)
    if len(parts) != 2 or der.object_identifier(parts[0], where=where) != _BASIC:
        raise Malformed(f"{where}: not a basic one")
    basic = der.sequence(der.octets(parts[1], where=where), where=where)
    if len(basic) < 3:
        raise Malformed(f"{where}: not a basic one")
    data = [each for each in der.read_all(basic[0].content, where=where) if each.tag in {0x18, der.SEQUENCE}]
    if len(data) != 2 or data[0].tag != 0x18:
        raise Malformed(f"{where}: not a basic one")
    singles = [_single(each) for each in der.read_all(data[1].content, where=where)[:_MOST_RESPONSES]]
    certificates = der.sequence(basic[3].content, where=where) if len(basic) > 3 and basic[3].tag == 0xA0 else []
    at = min((single.at for single in singles), default=read_time(data[0], where=where))

    def of(certificate: Certificate, issuer: Certificate) -> Revoked | bool | None:
        said = [each.said for each in singles if each.names(certificate, issuer)]
        return next((each for each in said if isinstance(each, Revoked)), said[0] if said else None)

    answer = _Answer(
        at,
        basic[0].raw,
        basic[1],
        der.bits(basic[2], where=where),
        tuple(each.raw for each in certificates),
        of,
    )
    return sorted({single.serial for single in singles}), answer


class _Single(NamedTuple):
    algorithm: str
    name: bytes
    key: bytes
    serial: int
    said: Revoked | bool | None
    at: datetime

    def names(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Whether it covers that certificate of that issuer."""
        if self.serial != certificate.serial:
            return False
        pairs = ((self.name, issuer.subject.raw), (self.key, issuer.key_bytes))
        return all(hashlib.new(self.algorithm, raw, usedforsecurity=False).digest() == given for given, raw in pairs)


def _single(value: der.Value) -> _Single:
    where = "OCSP response"
    fields = der.read_all(value.content, where=where)
    named = der.read_all(fields[0].content, where=where) if len(fields) >= 3 else []
    if len(named) != 4:
        raise Malformed(f"{where}: about nobody")
    oid = der.object_identifier(der.first_value(named[0].content, where=where), where=where)
    if oid not in _IDENTIFIED_BY:
        raise Malformed(f"{where}: names certificates under {oid}")
    said: Revoked | bool | None = None
    match fields[1].tag:
        case 0x80:
            said = False
        case 0xA1:
            parts = der.read_all(fields[1].content, where=where)
            reason = next((each for each in parts[1:] if each.tag == 0xA0), None)
            given = der.read_one(reason.content, _ENUMERATED, where=where) if reason else None
            number = der.integer(given._replace(tag=der.INTEGER), where=where) if given else None
            said = Revoked(read_time(der.first_value(fields[1].content, where=where), where=where), number)
        case _:
            said = None
    return _Single(
        _IDENTIFIED_BY[oid],
        der.octets(named[1], where=where),
        der.octets(named[2], where=where),
        der.integer(named[3], where=where, signed=True),
        said,
        read_time(fields[2], where=where),
    )
