"""RFC 3161 timestamps: requests, and whether a token holds (RFC 3161, 5816, 5035). No network and no clock is asked.

A token is believed if every one of these holds: the imprint is the message's under SHA-256, 384 or 512; the nonce is
the request's; the policy is one allowed; there is one signer, whose certificate the token's signed attributes name by
hash; that certificate is for timestamping alone and says so critically; signature and chain hold at the time of the
token up to a pinned root (``rfc3161-client``, which takes what is in the token as path material only). What that
library does not look at is read here: the fraction of the second, the hash of the signer's certificate, the imprint's
algorithm.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from ...domain.errors import MalformedError
from ...domain.model import Model, Name
from ...domain.wording import shown
from ..errors import VerificationError
from . import der

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_ESS_CERT_ID = "1.2.840.113549.1.9.16.2.12"
_ESS_CERT_ID_V2 = "1.2.840.113549.1.9.16.2.47"
_SHA256 = "2.16.840.1.101.3.4.2.1"
_HASHES = {_SHA256: "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}

_FAILURES = {
    0: "badAlg",
    2: "badRequest",
    5: "badDataFormat",
    14: "timeNotAvailable",
    15: "unacceptedPolicy",
    16: "unacceptedExtension",
    17: "addInfoNotAvailable",
    25: "systemFailure",
}
_TIME = re.compile(rb"(\d{14})(?:\.(\d{0,17}[1-9]))?Z")
_MICROSECOND = timedelta(microseconds=1)


class Authority(Model):
    """A timestamp authority that is believed.

    ``certificates`` (PEM) are pinned: the self-signed ones are its roots, the others stand between. ``policies`` are
    those allowed, dotted. ``accuracy_microseconds`` counts where a token states none; null: then it proves nothing.
    """

    name: Name
    certificates: tuple[Annotated[str, StringConstraints(max_length=20_000)], ...] = Field(min_length=1, max_length=20)
    policies: tuple[Annotated[str, Field(pattern=r"^[0-2](\.(0|[1-9][0-9]{0,19})){1,30}$")], ...] = Field(
        min_length=1, max_length=50
    )
    accuracy_microseconds: Annotated[int, Field(ge=0, le=86_400_000_000)] | None = None

    @model_validator(mode="after")
    def _has_a_root(self) -> Self:
        if not any(_is_root(each) for each in self.chain()):
            raise MalformedError("certificates: none of them is a root (self-signed)")
        return self

    def chain(self) -> list[Certificate]:
        """The pinned certificates.

        Raises:
            MalformedError: one of them is not a PEM certificate.
        """
        from cryptography.x509 import load_pem_x509_certificate

        try:
            return [load_pem_x509_certificate(each.encode()) for each in self.certificates]
        except Exception:  # noqa: BLE001 - many kinds, one for each thing that can be wrong with a certificate
            raise MalformedError("certificates: not a PEM certificate") from None


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A token that was found to hold. ``authority`` is the name under which its roots are pinned."""

    authority: str
    gen_time: datetime
    accuracy: timedelta
    serial: int
    policy: str
    ordering: bool

    @property
    def not_before(self) -> datetime:
        """The token was made after this instant."""
        return self.gen_time - self.accuracy

    @property
    def not_after(self) -> datetime:
        """What is stamped existed by this instant."""
        return self.gen_time + self.accuracy


def request(message: bytes, nonce: int) -> bytes:
    """A TimeStampReq for the SHA-256 of ``message``, asking for the signer's certificate (RFC 3161, section 2.4.1)."""
    algorithm = der.encode(der.SEQUENCE, der.encode_object_identifier(_SHA256), b"\x05\x00")
    imprint = der.encode(der.SEQUENCE, algorithm, der.encode(der.OCTETS, hashlib.sha256(message).digest()))
    fields = (der.encode_integer(1), imprint, der.encode_integer(nonce), der.encode(der.BOOLEAN, b"\xff"))
    return der.encode(der.SEQUENCE, *fields)


def token_of(response: bytes, query: bytes) -> bytes:
    """The token in a TimeStampResp that answers ``query`` (RFC 3161, section 2.4.2). Its signature is not checked here.

    Raises:
        MalformedError: not a response.
        VerificationError: it was not granted, or answers another request.
    """
    where = "timestamp response"
    content = der.read_one(response, der.SEQUENCE, where=where).content
    info, rest = _first(content), der.read_all(content, where=where)[1:]
    status, said = _first(info.content), der.read_all(info.content, where=where)[1:]
    code = der.integer(status, where=where)
    if code:
        raise VerificationError(f"the authority refused: status {code}{_reasons(said)}")
    if len(rest) != 1:
        raise MalformedError(f"{where}: granted, and no token in it")
    asked, answered = _asked(query), _tst_info(_signed_data(rest[0].raw).content)
    if (answered.algorithm, answered.digest) != (asked.algorithm, asked.digest):
        raise VerificationError("the token is over something else than was asked for")
    if answered.nonce != asked.nonce:
        raise VerificationError("the token has another nonce than the request")
    return rest[0].raw


def verify_token(token: bytes, message: bytes, authority: Authority, *, query: bytes | None = None) -> Timestamp:
    """Check a token over ``message`` in every way named above; ``query`` is the request, where it is kept.

    Raises:
        MalformedError: not a token.
        VerificationError: it does not hold; in one line why.
    """
    signed = _signed_data(token)
    info = _tst_info(signed.content)
    if info.algorithm not in _HASHES:
        raise VerificationError(f"the imprint's algorithm {info.algorithm} is not one that is taken")
    if hashlib.new(_HASHES[info.algorithm], message).digest() != info.digest:
        raise VerificationError("the token is over something else")
    if query is not None and _asked(query).nonce != info.nonce:
        raise VerificationError("the token has another nonce than the request")
    if info.policy not in authority.policies:
        raise VerificationError(f"the policy {info.policy} is not one that is taken of {authority.name}")
    _check_signer(signed)
    _check_signature_and_chain(signed, message, authority)
    accuracy = info.accuracy
    if accuracy is None:
        if authority.accuracy_microseconds is None:
            raise VerificationError(f"the token states no accuracy, and none is known of {authority.name}")
        accuracy = timedelta(microseconds=authority.accuracy_microseconds)
    rounded = _MICROSECOND if info.finer else timedelta(0)
    return Timestamp(authority.name, info.gen_time, accuracy + rounded, info.serial, info.policy, info.ordering)


# Reading


class _SignedData(NamedTuple):
    content: bytes
    certificates: tuple[bytes, ...]
    signer: tuple[der.Value, ...]
    sorted_token: bytes


class _TstInfo(NamedTuple):
    policy: str
    algorithm: str
    digest: bytes
    serial: int
    gen_time: datetime
    finer: bool
    accuracy: timedelta | None
    ordering: bool
    nonce: int | None


class _Asked(NamedTuple):
    algorithm: str
    digest: bytes
    nonce: int | None


def _signed_data(token: bytes) -> _SignedData:
    """CMS SignedData (RFC 5652) with a TSTInfo in it and one signer."""
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
    return _SignedData(octets.content, certificates, signer, sorted_token)


def _tst_info(raw: bytes) -> _TstInfo:
    """RFC 3161, section 2.4.2."""
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
    return _TstInfo(policy, algorithm, digest, serial, gen_time, finer, accuracy, ordering, nonce)


def _imprint(value: der.Value, where: str) -> tuple[str, bytes]:
    parts = der.read_all(value.content, where=where)
    if len(parts) != 2 or [part.tag for part in parts] != [der.SEQUENCE, der.OCTETS]:
        raise MalformedError(f"{where}: no imprint")
    return der.object_identifier(_first(parts[0].content), where=where), parts[1].content


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


def _asked(query: bytes) -> _Asked:
    where = "timestamp request"
    fields = der.read_all(der.read_one(query, der.SEQUENCE, where=where).content, where=where)
    if len(fields) < 2 or der.integer(fields[0], where=where) != 1:
        raise MalformedError(f"{where}: not of version 1")
    algorithm, digest = _imprint(fields[1], where)
    nonces = [der.integer(field, where=where) for field in fields[2:] if field.tag == der.INTEGER]
    return _Asked(algorithm, digest, nonces[0] if nonces else None)


def _reasons(said: list[der.Value]) -> str:
    words: list[str] = []
    for value in said:
        if value.tag == der.SEQUENCE:
            texts = der.read_all(value.content, where="timestamp response")
            words += [shown(text.content.decode("utf-8", "replace")) for text in texts[:3]]
        elif value.tag == der.BITS and len(value.content) > 1:
            bits = int.from_bytes(value.content[1:], "big")
            total = 8 * (len(value.content) - 1)
            words += [name for bit, name in _FAILURES.items() if bit < total and bits >> (total - 1 - bit) & 1]
    return f" ({', '.join(words)})" if words else ""


# Checking


def _check_signer(signed: _SignedData) -> None:
    """The signed attributes name the signer's certificate by hash; it is for timestamping alone (RFC 5035, 3161)."""
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound, load_der_x509_certificate
    from cryptography.x509.oid import ExtendedKeyUsageOID

    named = _named_certificates(signed.signer)
    if not named:
        raise VerificationError("the token does not name its signer's certificate")
    found = [raw for raw in signed.certificates if all(hashlib.new(kind, raw).digest() == h for kind, h in named)]
    if len(found) != 1:
        raise VerificationError("the certificate that the token names as its signer's is not in it")
    try:
        certificates = [load_der_x509_certificate(raw) for raw in signed.certificates]
        certificate = load_der_x509_certificate(found[0])
        usage = certificate.extensions.get_extension_for_class(ExtendedKeyUsage)
        issued = (certificate.issuer, certificate.serial_number)
        twins = [each for each in certificates if (each.issuer, each.serial_number) == issued]
    except ExtensionNotFound:
        raise VerificationError("the signer's certificate is not for timestamping") from None
    except Exception as error:  # noqa: BLE001 - as in Authority.chain
        raise MalformedError(f"timestamp token: a certificate in it is none: {_line(error)}") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise VerificationError("the signer's certificate is not critically for timestamping alone")
    issuer_and_serial = der.read_all(signed.signer[1].content, where="timestamp token")
    if len(twins) != 1 or len(issuer_and_serial) != 2:
        raise VerificationError("the token does not say clearly which certificate signed it")
    if certificate.serial_number != der.integer(issuer_and_serial[1], where="timestamp token"):
        raise VerificationError("the token is signed by another certificate than it names")


def _named_certificates(signer: tuple[der.Value, ...]) -> list[tuple[str, bytes]]:
    """Hash and its algorithm, of each attribute that names the signer's certificate."""
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
        fields = der.read_all(_first(_first(value.content).content).content, where=where)
        if not fields:
            raise MalformedError(f"{where}: it names no certificate")
        name = "sha1" if kind == _ESS_CERT_ID else "sha256"
        if kind == _ESS_CERT_ID_V2 and fields[0].tag == der.SEQUENCE:
            oid = der.object_identifier(_first(fields.pop(0).content), where=where)
            if oid not in _HASHES:
                raise VerificationError(f"the token names its signer's certificate under {oid}, which is not taken")
            name = _HASHES[oid]
        named.append((name, fields[0].content if fields else b""))
    return named


def _first(raw: bytes) -> der.Value:
    values = der.read_all(raw, where="timestamp token")
    if not values:
        raise MalformedError("timestamp token: something in it is empty")
    return values[0]


def _check_signature_and_chain(signed: _SignedData, message: bytes, authority: Authority) -> None:
    from rfc3161_client import VerificationError as LibraryError
    from rfc3161_client import VerifierBuilder, decode_timestamp_response

    chain = authority.chain()
    roots = [each for each in chain if _is_root(each)]
    granted = der.encode(der.SEQUENCE, der.encode_integer(0))
    try:
        builder = VerifierBuilder(roots=roots, intermediates=[each for each in chain if each not in roots])
        response = decode_timestamp_response(der.encode(der.SEQUENCE, granted, signed.sorted_token))
        builder.build().verify_message(response, message)
    except LibraryError as error:
        raise VerificationError(f"the token does not hold: {_line(error)}") from None
    except Exception as error:  # noqa: BLE001 - whatever the library makes of hostile bytes, they are no token
        raise MalformedError(f"timestamp token: {_line(error)}") from None


def _line(error: Exception) -> str:
    return shown(str(error)) or type(error).__name__


def _is_root(certificate: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
    except Exception:  # noqa: BLE001 - as in Authority.chain; whatever the reason, it is not shown to be one
        return False
    return True
