"""Reads timestamp tokens and requests (RFC 3161, RFC 5652, RFC 5035, RFC 5940): bytes in, values out, unverified.

Other forms are refused, and so is any critical extension, which must not be ignored. Unused content of the unsigned
sets does not matter. :mod:`.timestamp` decides whether a token is valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ...domain.errors import InblueError, Malformed
from ..certificates import der
from ..certificates.algorithms import HASHES, hash_name
from ..errors import Broken

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_ESS_CERT_ID = "1.2.840.113549.1.9.16.2.12"
_ESS_CERT_ID_V2 = "1.2.840.113549.1.9.16.2.47"
_NAMED_UNDER = {**HASHES, "1.3.14.3.2.26": "sha1"}  # it only says which of the certificates of one key it is
_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
_CERTIFICATES, _REVOCATION = 0xA0, 0xA1
_MOST_IN_A_SET = 64

_TIME = re.compile(rb"(\d{14})(?:[.,](\d{1,18}))?Z")


class Signer(NamedTuple):
    """The single SignerInfo: how it names its certificate, what it signed, and the signature.

    ``named`` is an IssuerAndSerialNumber, or a key's identifier under tag 0x80. ``attributes`` are the signed ones,
    unchanged; ``digest`` is the hash that it names, for the attributes' message digest.
    """

    named: der.Value
    digest: str
    attributes: der.Value
    algorithm: der.Value
    signature: bytes


class SignedData(NamedTuple):
    """The content of a token: the TSTInfo and the certificates in DER, revocation data, and its signer.

    ``revocation`` are CRLs and OCSP responses in DER, as :mod:`..certificates.revocation` reads them.
    """

    content: bytes
    certificates: tuple[bytes, ...]
    revocation: tuple[bytes, ...]
    signer: Signer


class TstInfo(NamedTuple):
    """The authority's statement. ``algorithm`` (an OID) and ``digest`` are the imprint of what was stamped.

    ``gen_time`` is truncated to the microsecond, and was ``finer`` if something was cut off. ``accuracy`` is None if
    the token states none, ``nonce`` if the request had none, ``tsa`` if the authority does not give its name.
    """

    policy: str
    algorithm: str
    digest: bytes
    serial: int
    gen_time: datetime
    finer: bool
    accuracy: timedelta | None
    ordering: bool
    nonce: int | None
    tsa: der.Value | None


class Asked(NamedTuple):
    """The content of a request: the imprint, as in :class:`TstInfo`, and its nonce, if it has one."""

    algorithm: str
    digest: bytes
    nonce: int | None


class _Parts(NamedTuple):
    head: tuple[der.Value, ...]
    sets: Mapping[int, der.Value]
    signers: der.Value


def read_signed_data(token: bytes) -> SignedData:
    """Read a token: CMS SignedData (RFC 5652) with a TSTInfo in it and one signer.

    Raises:
        Malformed: anything else.
        Broken: it has no signer, more than one, or one with a rejected algorithm.
    """
    where = "timestamp token"
    parts = _parts(token)
    content = der.read_all(parts.head[2].content, where=where)
    if len(content) != 2 or der.object_identifier(content[0], where=where) != _TST_INFO:
        raise Malformed(f"{where}: no TSTInfo in it")
    octets = der.octets(der.first_value(content[1].content, where=where), where=where)
    infos = der.read_all(parts.signers.content, where=where)
    if len(infos) != 1 or infos[0].tag != der.SEQUENCE:
        raise Broken("the token has not exactly one signer")
    return SignedData(octets, _certificates(parts), _revocation(parts), _signer(infos[0]))


def answers_in(token: bytes) -> tuple[bytes, ...]:
    """The revocation data in a token; empty if it cannot be read."""
    try:
        return _revocation(_parts(token))
    except InblueError:
        return ()


def with_revocation(token: bytes, answers: Iterable[bytes]) -> bytes:
    """The same token with CRLs and OCSP responses (DER) added to its unsigned set for them.

    Raises:
        Malformed: not a token, or one that would be too long.
    """
    where = "timestamp token"
    parts = _parts(token)
    there = der.read_all(parts.sets[_REVOCATION].content, where=where) if _REVOCATION in parts.sets else []
    known = dict.fromkeys(each.raw for each in there)
    for answer in answers:
        known[_as_other(answer) if _is_ocsp(answer) else answer] = None
    kept = {**{tag: value.raw for tag, value in parts.sets.items()}, _REVOCATION: der.encode(_REVOCATION, *known)}
    fields = [*(each.raw for each in parts.head), *(raw for _, raw in sorted(kept.items())), parts.signers.raw]
    signed = der.encode(0xA0, der.encode(der.SEQUENCE, *fields))
    made = der.encode(der.SEQUENCE, der.encode_object_identifier(_SIGNED_DATA), signed)
    if len(made) > der.MAX_BYTES:
        raise Malformed(f"{where}: with what is said of revocation it would have {len(made):,} bytes")
    return made


def _parts(token: bytes) -> _Parts:
    where = "timestamp token"
    parts = der.sequence(token, where=where)
    if len(parts) != 2 or der.object_identifier(parts[0], where=where) != _SIGNED_DATA or parts[1].tag != 0xA0:
        raise Malformed(f"{where}: not CMS SignedData")
    fields = der.sequence(parts[1].content, where=where)
    sets = {field.tag: field for field in fields[3:-1]}
    if (
        len(fields) < 4
        or [field.tag for field in fields[:3]] != [der.INTEGER, der.SET, der.SEQUENCE]
        or fields[-1].tag != der.SET
        or [field.tag for field in fields[3:-1]] != sorted(set(sets) & {_CERTIFICATES, _REVOCATION})
    ):
        raise Malformed(f"{where}: not CMS SignedData")
    return _Parts(tuple(fields[:3]), sets, fields[-1])


def _set(parts: _Parts, tag: int) -> list[der.Value]:
    found = der.read_all(parts.sets[tag].content, where="timestamp token") if tag in parts.sets else []
    if len(found) > _MOST_IN_A_SET:
        raise Malformed(f"timestamp token: {len(found)} certificates or CRLs; at most {_MOST_IN_A_SET} are read")
    return found


def _certificates(parts: _Parts) -> tuple[bytes, ...]:
    """The X.509 certificates; attribute certificates and others have their own tags."""
    return tuple(each.raw for each in _set(parts, _CERTIFICATES) if each.tag == der.SEQUENCE)


def _revocation(parts: _Parts) -> tuple[bytes, ...]:
    where = "timestamp token"
    found: list[bytes] = []
    for each in _set(parts, _REVOCATION):
        if each.tag == der.SEQUENCE:
            found.append(each.raw)
        elif each.tag == 0xA1:
            other = der.read_all(each.content, where=where)
            if len(other) == 2 and der.object_identifier(other[0], where=where) == _OCSP_RESPONSE:
                found.append(other[1].raw)
    return tuple(found)


def _is_ocsp(answer: bytes) -> bool:
    """Whether it is an OCSPResponse, which begins with its status."""
    fields = der.sequence(answer, where="OCSP response")
    return bool(fields) and fields[0].tag == 0x0A


def _as_other(answer: bytes) -> bytes:
    return der.encode(0xA1, der.encode_object_identifier(_OCSP_RESPONSE), answer)


def _signer(info: der.Value) -> Signer:
    where = "timestamp token"
    fields = der.read_all(info.content, where=where)
    tags = [field.tag for field in fields[:6]]
    if tags[:1] != [der.INTEGER] or tags[1:2] not in ([der.SEQUENCE], [0x80]):
        raise Malformed(f"{where}: no signer where it should be")
    if tags[2:] != [der.SEQUENCE, 0xA0, der.SEQUENCE, der.OCTETS]:
        raise Malformed(f"{where}: its signer has no signed attributes")
    digest = hash_name(fields[2], where="the token's own signature")
    return Signer(fields[1], digest, fields[3], fields[4], fields[5].content)


class Attributes(NamedTuple):
    """What a signer signed: the content's digest, and its certificate's hashes with ``hashlib``'s names."""

    message_digest: bytes
    named: tuple[tuple[str, bytes], ...]


def read_attributes(signer: Signer) -> Attributes:
    """Read the signed attributes (RFC 5652, section 11; RFC 5035).

    Raises:
        Malformed: they are not well-formed.
        Broken: they are for other content, or name the certificate by a rejected hash.
    """
    where = "timestamp token"
    values: dict[str, der.Value] = {}
    for attribute in der.read_all(signer.attributes.content, where=where):
        parts = der.read_all(attribute.content, where=where)
        if len(parts) != 2 or parts[1].tag != der.SET:
            raise Malformed(f"{where}: a malformed signed attribute")
        kind = der.object_identifier(parts[0], where=where)
        if kind in values:
            raise Malformed(f"{where}: the signed attribute {kind} twice")
        values[kind] = parts[1]
    if any(kind not in values for kind in (_CONTENT_TYPE, _MESSAGE_DIGEST)):
        raise Malformed(f"{where}: no content type or no message digest among its signed attributes")
    kind = der.object_identifier(der.read_one(values[_CONTENT_TYPE].content, der.OID, where=where), where=where)
    if kind != _TST_INFO:
        raise Broken(f"the token's signature is over content of another kind, {kind}")
    digest = der.octets(der.first_value(values[_MESSAGE_DIGEST].content, where=where), where=where)
    named = [_named(kind, values[kind]) for kind in (_ESS_CERT_ID, _ESS_CERT_ID_V2) if kind in values]
    return Attributes(digest, tuple(named))


def _named(kind: str, value: der.Value) -> tuple[str, bytes]:
    """The first certificate that a SigningCertificate names, which is the signer's."""
    where = "timestamp token"
    inside = der.read_one(value.content, der.SEQUENCE, where=where)
    first = der.first_value(der.first_value(inside.content, where=where).content, where=where)
    fields = der.read_all(first.content, where=where)
    name = "sha1" if kind == _ESS_CERT_ID else "sha256"
    if kind == _ESS_CERT_ID_V2 and fields and fields[0].tag == der.SEQUENCE:
        algorithm = der.first_value(fields.pop(0).content, where=where)
        name = _NAMED_UNDER.get(der.object_identifier(algorithm, where=where), "")
        if not name:
            raise Broken("the token names its signer's certificate under a hash that is not accepted")
    if not fields:
        raise Malformed(f"{where}: it names no certificate")
    return name, der.octets(fields[0], where=where)


def signed_forms(attributes: der.Value) -> Sequence[bytes]:
    """The possible signed bytes of these attributes (RFC 5652, section 5.4).

    They should be in DER order. Some authorities sign them as stored, others store them in another order than they
    sign.
    """
    where = "timestamp token"
    given = [each.raw for each in der.read_all(attributes.content, where=where)]
    return tuple(dict.fromkeys((der.encode(der.SET, *given), der.encode(der.SET, *sorted(given)))))


def read_tst_info(raw: bytes) -> TstInfo:
    """Read the TSTInfo of a token (RFC 3161, section 2.4.2).

    Raises:
        Malformed: anything else.
        Broken: it has a critical extension.
    """
    where = "TSTInfo"
    fields = der.sequence(raw, where=where)
    if len(fields) < 5 or der.integer(fields[0], where=where) != 1 or fields[4].tag != der.GENERALIZED_TIME:
        raise Malformed(f"{where}: not of version 1")
    policy = der.object_identifier(fields[1], where=where)
    algorithm, digest = _imprint(fields[2], where)
    serial = der.integer(fields[3], where=where, signed=True)
    gen_time, finer = _gen_time(fields[4].content)
    order = (der.SEQUENCE, der.BOOLEAN, der.INTEGER, 0xA0, 0xA1)
    tags = [field.tag for field in fields[5:]]
    if tags != sorted(set(tags).intersection(order), key=order.index):
        raise Malformed(f"{where}: a field that is unknown, or out of order")
    given = {field.tag: field for field in fields[5:]}
    if 0xA1 in given:
        _check_extensions(given[0xA1])
    return TstInfo(
        policy,
        algorithm,
        digest,
        serial,
        gen_time,
        finer,
        _accuracy(given[der.SEQUENCE]) if der.SEQUENCE in given else None,
        der.BOOLEAN in given and der.boolean(given[der.BOOLEAN], where=where),
        der.integer(given[der.INTEGER], where=where, signed=True) if der.INTEGER in given else None,
        der.first_value(given[0xA0].content, where=where) if 0xA0 in given else None,
    )


def read_request(query: bytes) -> Asked:
    """Read a TimeStampReq (RFC 3161, section 2.4.1).

    Raises:
        Malformed: anything else.
    """
    where = "timestamp request"
    fields = der.sequence(query, where=where)
    if len(fields) < 2 or der.integer(fields[0], where=where) != 1:
        raise Malformed(f"{where}: not of version 1")
    algorithm, digest = _imprint(fields[1], where)
    nonces = [der.integer(field, where=where, signed=True) for field in fields[2:] if field.tag == der.INTEGER]
    return Asked(algorithm, digest, nonces[0] if nonces else None)


def _imprint(value: der.Value, where: str) -> tuple[str, bytes]:
    parts = der.read_all(value.content, where=where)
    if len(parts) != 2 or parts[0].tag != der.SEQUENCE:
        raise Malformed(f"{where}: no imprint")
    algorithm = der.first_value(parts[0].content, where=where)
    return der.object_identifier(algorithm, where=where), der.octets(parts[1], where=where)


def _gen_time(raw: bytes) -> tuple[datetime, bool]:
    """The instant, truncated to the microsecond, and whether it was finer than that."""
    found = _TIME.fullmatch(raw)
    if found is None:
        raise Malformed("TSTInfo: genTime is not in a form that is taken")
    try:
        whole = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Malformed("TSTInfo: genTime is no time") from None
    if not 1970 <= whole.year < 9999:  # so that bounds can be added to it
        raise Malformed("TSTInfo: genTime is out of any sensible range")
    fraction = (found[2] or b"").decode().rstrip("0")
    return whole + timedelta(microseconds=int(fraction[:6].ljust(6, "0"))), len(fraction) > 6


def _accuracy(value: der.Value) -> timedelta:
    where = "TSTInfo: accuracy"
    parts = der.read_all(value.content, where=where)
    tags = [part.tag for part in parts]
    if tags != sorted(set(tags)) or not set(tags) <= {der.INTEGER, 0x80, 0x81}:
        raise Malformed(f"{where} is not in its one form")
    units = {der.INTEGER: "seconds", 0x80: "milliseconds", 0x81: "microseconds"}
    given = {units[p.tag]: der.integer(p._replace(tag=der.INTEGER), where=where) for p in parts}
    if any(number > 999 for unit, number in given.items() if unit != "seconds") or given.get("seconds", 0) > 86_400:
        raise Malformed(f"{where} is out of range")
    return timedelta(**given)


def _check_extensions(value: der.Value) -> None:
    where = "TSTInfo: extensions"
    for extension in der.read_all(value.content, where=where):
        parts = der.read_all(extension.content, where=where)
        if len(parts) > 2 and der.boolean(parts[1], where=where):
            oid = der.object_identifier(parts[0], where=where)
            raise Broken(f"the token has a critical extension that is not known here, {oid}")
