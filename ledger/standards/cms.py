"""Reading timestamp tokens and requests (RFC 3161, RFC 5652, RFC 5035): bytes in, values out, nothing is verified.

Bytes of another form are refused, and a critical extension, which nobody may read over. Whether a token holds is said
by :mod:`.timestamp`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from ...domain.errors import MalformedError
from ..errors import VerificationError
from . import der

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_ESS_CERT_ID = "1.2.840.113549.1.9.16.2.12"
_ESS_CERT_ID_V2 = "1.2.840.113549.1.9.16.2.47"
SHA256 = "2.16.840.1.101.3.4.2.1"
HASHES = {SHA256: "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
"""The hash algorithms that are accepted: ``hashlib``'s name of each OID."""

_RSA_PSS = "1.2.840.113549.1.1.10"
_SIGNATURES: dict[str, tuple[Literal["rsa", "ec", "ed25519"], str | None]] = {
    "1.2.840.113549.1.1.1": ("rsa", None),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.10045.2.1": ("ec", None),
    "1.2.840.10045.4.3.2": ("ec", "sha256"),
    "1.2.840.10045.4.3.3": ("ec", "sha384"),
    "1.2.840.10045.4.3.4": ("ec", "sha512"),
    "1.3.101.112": ("ed25519", None),
}
"""Kind of key and hash of each signature algorithm that is taken; no hash: the one named beside it."""

_TIME = re.compile(rb"(\d{14})(?:\.(\d{0,17}[1-9]))?Z")


class SignedData(NamedTuple):
    """What a token holds: the TSTInfo, the certificates and the fields of its one SignerInfo.

    ``content`` and ``certificates`` are DER; ``sorted_token`` is the token with its certificates in DER's order.
    """

    content: bytes
    certificates: tuple[bytes, ...]
    signer: tuple[der.Value, ...]
    sorted_token: bytes


class TstInfo(NamedTuple):
    """What the authority says. ``algorithm`` (an OID) and ``digest`` are the imprint of what was stamped.

    ``gen_time`` is cut to the microsecond, and was ``finer`` if something was cut off. ``accuracy`` is None where the
    token states none, ``nonce`` where the request had none.
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


class Signing(NamedTuple):
    """By what a token is signed: the ``digests`` that count in it, and of which kind the key must be."""

    digests: frozenset[str]
    key: Literal["rsa", "ec", "ed25519"]


class Asked(NamedTuple):
    """What a request asks for: the imprint, as in :class:`TstInfo`, and its nonce, if it has one."""

    algorithm: str
    digest: bytes
    nonce: int | None


def read_signed_data(token: bytes) -> SignedData:
    """Read a token: CMS SignedData (RFC 5652) with a TSTInfo in it and one signer.

    Raises:
        MalformedError: anything else.
        VerificationError: it has no signer, or more than one.
    """
    where = "timestamp token"
    parts = der.read_all(der.read_one(token, der.SEQUENCE, where=where).content, where=where)
    if len(parts) != 2 or der.object_identifier(kind := parts[0], where=where) != _SIGNED_DATA or parts[1].tag != 0xA0:
        raise MalformedError(f"{where}: not CMS SignedData")
    fields = der.read_all(der.read_one(parts[1].content, der.SEQUENCE, where=where).content, where=where)
    if len(fields) < 4 or [field.tag for field in fields[:3]] != [der.INTEGER, der.SET, der.SEQUENCE]:
        raise MalformedError(f"{where}: not CMS SignedData")
    version, digests, encapsulated, *optional, signers = fields
    if any(field.tag not in {0xA0, 0xA1} for field in optional) or signers.tag != der.SET or len(optional) > 2:
        raise MalformedError(f"{where}: not CMS SignedData")
    content = der.read_all(encapsulated.content, where=where)
    if len(content) != 2 or der.object_identifier(content[0], where=where) != _TST_INFO:
        raise MalformedError(f"{where}: no TSTInfo in it")
    octets = der.read_one(content[1].content, der.OCTETS, where=where)
    infos = der.read_all(signers.content, where=where)
    if len(infos) != 1 or infos[0].tag != der.SEQUENCE:
        raise VerificationError("the token has not exactly one signer")
    certificates = tuple(
        each.raw for field in optional if field.tag == 0xA0 for each in der.read_all(field.content, where=where)
    )
    # Servers write this set, which nobody has signed, in any order; the library reads it in DER's only.
    ordered = [der.encode(0xA0, *sorted(certificates)) if field.tag == 0xA0 else field.raw for field in optional]
    again = der.encode(der.SEQUENCE, version.raw, digests.raw, encapsulated.raw, *ordered, signers.raw)
    sorted_token = der.encode(der.SEQUENCE, kind.raw, der.encode(0xA0, again))
    signer = tuple(der.read_all(infos[0].content, where=where))
    return SignedData(octets.content, certificates, signer, sorted_token)


def read_tst_info(raw: bytes) -> TstInfo:
    """Read the TSTInfo of a token (RFC 3161, section 2.4.2).

    Raises:
        MalformedError: anything else.
        VerificationError: it has a critical extension.
    """
    where = "TSTInfo"
    fields = der.read_all(der.read_one(raw, der.SEQUENCE, where=where).content, where=where)
    if len(fields) < 5 or der.integer(fields[0], where=where) != 1 or fields[4].tag != der.GENERALIZED_TIME:
        raise MalformedError(f"{where}: not of version 1")
    policy = der.object_identifier(fields[1], where=where)
    algorithm, digest = _imprint(fields[2], where)
    serial = der.integer(fields[3], where=where)
    gen_time, finer = _gen_time(fields[4].content)
    accuracy, ordering, nonce = None, False, None
    order = (der.SEQUENCE, der.BOOLEAN, der.INTEGER, 0xA0, 0xA1)
    tags = [field.tag for field in fields[5:]]
    if tags != sorted(set(tags).intersection(order), key=order.index):
        raise MalformedError(f"{where}: a field that is unknown, or out of order")
    for field in fields[5:]:
        if field.tag == der.SEQUENCE:
            accuracy = _accuracy(field)
        elif field.tag == der.BOOLEAN:
            ordering = field.content == b"\xff"
        elif field.tag == der.INTEGER:
            nonce = der.integer(field, where=where)
        elif field.tag == 0xA1:
            _check_extensions(field)
    return TstInfo(policy, algorithm, digest, serial, gen_time, finer, accuracy, ordering, nonce)


def read_request(query: bytes) -> Asked:
    """Read a TimeStampReq (RFC 3161, section 2.4.1).

    Raises:
        MalformedError: anything else.
    """
    where = "timestamp request"
    fields = der.read_all(der.read_one(query, der.SEQUENCE, where=where).content, where=where)
    if len(fields) < 2 or der.integer(fields[0], where=where) != 1:
        raise MalformedError(f"{where}: not of version 1")
    algorithm, digest = _imprint(fields[1], where)
    nonces = [der.integer(field, where=where) for field in fields[2:] if field.tag == der.INTEGER]
    return Asked(algorithm, digest, nonces[0] if nonces else None)


def named_certificates(signer: tuple[der.Value, ...]) -> list[tuple[str, bytes]]:
    """``hashlib``'s name and the hash, of each signed attribute that names the signer's certificate (RFC 5035).

    Raises:
        MalformedError: a SignerInfo without signed attributes, or of another form.
        VerificationError: it is named under a hash algorithm that is not accepted.
    """
    where = "timestamp token"
    tags = (der.INTEGER, der.SEQUENCE, der.SEQUENCE, 0xA0, der.SEQUENCE, der.OCTETS)
    if tuple(value.tag for value in signer[:6]) != tags:
        raise MalformedError(f"{where}: its signer is not named by issuer and serial number, with signed attributes")
    named: list[tuple[str, bytes]] = []
    for attribute in der.read_all(signer[3].content, where=where):
        parts = der.read_all(attribute.content, where=where)
        kind = der.object_identifier(parts[0], where=where) if parts else ""
        if kind not in {_ESS_CERT_ID, _ESS_CERT_ID_V2} or len(parts) != 2:
            continue
        value = der.read_one(parts[1].content, der.SEQUENCE, where=where)
        fields = der.read_all(first_value(first_value(value.content).content).content, where=where)
        if not fields:
            raise MalformedError(f"{where}: it names no certificate")
        name = "sha1" if kind == _ESS_CERT_ID else "sha256"
        if kind == _ESS_CERT_ID_V2 and fields[0].tag == der.SEQUENCE:
            oid = der.object_identifier(first_value(fields.pop(0).content), where=where)
            if oid not in HASHES:
                raise VerificationError(f"the token names its signer's certificate under {oid}, which is not taken")
            name = HASHES[oid]
        named.append((name, fields[0].content if fields else b""))
    return named


def signing_of(signer: tuple[der.Value, ...]) -> Signing:
    """By which algorithms a signer, whose form :func:`named_certificates` has looked at, has signed (RFC 5652, 4055).

    Raises:
        MalformedError: they are not named as they should be.
        VerificationError: one is not taken.
    """
    where = "timestamp token"
    digest = _taken_hash(first_value(signer[2].content))
    parts = der.read_all(signer[4].content, where=where)
    oid = der.object_identifier(first_value(signer[4].content), where=where)
    if oid == _RSA_PSS:
        return Signing(frozenset({digest, _pss_hash(parts)}), "rsa")
    if oid not in _SIGNATURES:
        raise VerificationError(f"the token is signed by {oid}, which is not taken")
    kind, own = _SIGNATURES[oid]
    return Signing(frozenset({digest, own or digest}), kind)


def _pss_hash(parts: list[der.Value]) -> str:
    where = "timestamp token"
    fields = der.read_all(parts[1].content, where=where) if len(parts) == 2 and parts[1].tag == der.SEQUENCE else []
    if not fields or fields[0].tag != 0xA0:
        raise VerificationError("the token is signed over SHA-1, which is not taken")  # the default
    return _taken_hash(first_value(der.read_one(fields[0].content, der.SEQUENCE, where=where).content))


def _taken_hash(value: der.Value) -> str:
    oid = der.object_identifier(value, where="timestamp token")
    if oid not in HASHES:
        raise VerificationError(f"the token is signed over {oid}, which is not taken")
    return HASHES[oid]


def first_value(raw: bytes) -> der.Value:
    """The first of the values that ``raw`` is made of.

    Raises:
        MalformedError: not DER, or empty.
    """
    values = der.read_all(raw, where="timestamp token")
    if not values:
        raise MalformedError("timestamp token: something in it is empty")
    return values[0]


def _imprint(value: der.Value, where: str) -> tuple[str, bytes]:
    parts = der.read_all(value.content, where=where)
    if len(parts) != 2 or [part.tag for part in parts] != [der.SEQUENCE, der.OCTETS]:
        raise MalformedError(f"{where}: no imprint")
    return der.object_identifier(first_value(parts[0].content), where=where), parts[1].content


def _gen_time(raw: bytes) -> tuple[datetime, bool]:
    """The instant, down to the microsecond, and whether it was finer than that."""
    found = _TIME.fullmatch(raw)
    if found is None:
        raise MalformedError("TSTInfo: genTime is not in its one form")
    try:
        whole = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise MalformedError("TSTInfo: genTime is no time") from None
    if not 1970 <= whole.year < 9999:  # so that bounds can be added to it
        raise MalformedError("TSTInfo: genTime is out of any sensible range")
    fraction = (found[2] or b"").decode()
    return whole + timedelta(microseconds=int(fraction[:6].ljust(6, "0"))), len(fraction) > 6


def _accuracy(value: der.Value) -> timedelta:
    where = "TSTInfo: accuracy"
    parts = der.read_all(value.content, where=where)
    tags = [part.tag for part in parts]
    if tags != sorted(set(tags)) or not set(tags) <= {der.INTEGER, 0x80, 0x81}:
        raise MalformedError(f"{where} is not in its one form")
    units = {der.INTEGER: "seconds", 0x80: "milliseconds", 0x81: "microseconds"}
    given = {units[p.tag]: der.integer(p._replace(tag=der.INTEGER), where=where) for p in parts}
    if any(number > 999 for unit, number in given.items() if unit != "seconds") or given.get("seconds", 0) > 86_400:
        raise MalformedError(f"{where} is out of range")
    return timedelta(**given)


def _check_extensions(value: der.Value) -> None:
    where = "TSTInfo: extensions"
    for extension in der.read_all(value.content, where=where):
        parts = der.read_all(extension.content, where=where)
        if len(parts) > 1 and parts[1].tag == der.BOOLEAN:
            raise VerificationError("the token has a critical extension that is not known here")
