"""RFC 3161 timestamps: requests, and whether a token holds (RFC 3161, 5816, 5035). No network and no clock is asked.

A token is believed if every one of these holds: the imprint is the message's under SHA-256, 384 or 512; the nonce is
the request's; the policy is one allowed; there is one signer, whose certificate the token's signed attributes name by
hash; that certificate is for timestamping alone and says so critically; signature and chain hold at the time of the
token up to a pinned root (``rfc3161-client``, which takes what is in the token as path material only); every algorithm
that this rests on is one that the reader believes at the time of the token (:class:`Algorithm`). What that
library does not look at is checked here, as :mod:`.cms` reads it: the fraction of the second, the hash of
the signer's certificate, the imprint's algorithm.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from ...domain.errors import MalformedError
from ...domain.instant import Instant
from ...domain.payload import Model, Name
from ...domain.wording import shown
from ..errors import VerificationError
from . import der
from .cms import (
    HASHES,
    SHA256,
    SignedData,
    first_value,
    named_certificates,
    read_request,
    read_signed_data,
    read_tst_info,
    signing_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cryptography.x509 import Certificate


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
_MICROSECOND = timedelta(microseconds=1)
_CURVES = {"secp256r1": "p256", "secp384r1": "p384", "secp521r1": "p521"}


class Algorithm(Model):
    """An algorithm that is believed ``until`` an instant (null: for ever); RSA if its modulus has ``bits`` or more."""

    algorithm: Literal["sha256", "sha384", "sha512", "rsa", "p256", "p384", "p521", "ed25519"]
    bits: Annotated[int, Field(ge=1024, le=16_384)] | None = None
    until: Instant | None = None

    @model_validator(mode="after")
    def _bits_of_rsa(self) -> Self:
        if (self.algorithm == "rsa") != (self.bits is not None):
            raise MalformedError("bits: the least modulus of rsa, and of nothing else")
        return self

    def covers(self, used: Used, at: datetime) -> bool:
        """Whether this believes what is ``used`` at that time."""
        return (
            used.algorithm == self.algorithm
            and used.bits >= (self.bits or 0)
            and (self.until is None or at <= self.until)
        )


class Used(NamedTuple):
    """An algorithm as it is used, by the name of :class:`Algorithm` or another; ``bits`` of RSA's modulus, else 0."""

    algorithm: str
    bits: int = 0


BELIEVED = (
    *(Algorithm(algorithm=each) for each in ("sha256", "sha384", "sha512", "p256", "p384", "p521", "ed25519")),
    Algorithm(algorithm="rsa", bits=2048),
)
"""What is believed where a trust file does not say otherwise."""


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

    def roots(self) -> frozenset[str]:
        """SHA-256 of each of its roots, in DER: by these two are the same authority, whatever they are called."""
        return frozenset(hashlib.sha256(_der(each)).hexdigest() for each in self.chain() if _is_root(each))


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
    algorithm = der.encode(der.SEQUENCE, der.encode_object_identifier(SHA256), b"\x05\x00")
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
    info, rest = first_value(content), der.read_all(content, where=where)[1:]
    status, said = first_value(info.content), der.read_all(info.content, where=where)[1:]
    code = der.integer(status, where=where)
    if code:
        raise VerificationError(f"the authority refused: status {code}{_reasons(said)}")
    if len(rest) != 1:
        raise MalformedError(f"{where}: granted, and no token in it")
    asked, answered = read_request(query), read_tst_info(read_signed_data(rest[0].raw).content)
    if (answered.algorithm, answered.digest) != (asked.algorithm, asked.digest):
        raise VerificationError("the token is over something else than was asked for")
    if answered.nonce != asked.nonce:
        raise VerificationError("the token has another nonce than the request")
    return rest[0].raw


def verify_token(
    token: bytes,
    message: bytes,
    authority: Authority,
    *,
    query: bytes | None = None,
    algorithms: Sequence[Algorithm] = BELIEVED,
) -> Timestamp:
    """Check a token over ``message`` in every way named above; ``query`` is the request, where it is kept.

    Raises:
        MalformedError: not a token.
        VerificationError: it does not hold; in one line why.
    """
    signed = read_signed_data(token)
    info = read_tst_info(signed.content)
    if info.algorithm not in HASHES:
        raise VerificationError(f"the imprint's algorithm {info.algorithm} is not one that is taken")
    if hashlib.new(HASHES[info.algorithm], message).digest() != info.digest:
        raise VerificationError("the token is over something else")
    if query is not None and read_request(query).nonce != info.nonce:
        raise VerificationError("the token has another nonce than the request")
    if info.policy not in authority.policies:
        raise VerificationError(f"the policy {info.policy} is not one that is taken of {authority.name}")
    certificate = _check_signer(signed)
    used = {Used(HASHES[info.algorithm]), *_used_by(signed, certificate, authority)}
    for each in sorted(used):
        if not any(algorithm.covers(each, info.gen_time) for algorithm in algorithms):
            what = f"{each.algorithm} of {each.bits} bits" if each.bits else each.algorithm
            raise VerificationError(f"the token rests on {what}, which is not believed at that time")
    _check_signature_and_chain(signed, message, authority)
    accuracy = info.accuracy
    if accuracy is None:
        if authority.accuracy_microseconds is None:
            raise VerificationError(f"the token states no accuracy, and none is known of {authority.name}")
        accuracy = timedelta(microseconds=authority.accuracy_microseconds)
    rounded = _MICROSECOND if info.finer else timedelta(0)
    return Timestamp(authority.name, info.gen_time, accuracy + rounded, info.serial, info.policy, info.ordering)


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


def _check_signer(signed: SignedData) -> Certificate:
    """The signed attributes name the signer's certificate by hash; it is for timestamping alone (RFC 5035, 3161)."""
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound, load_der_x509_certificate
    from cryptography.x509.oid import ExtendedKeyUsageOID

    named = named_certificates(signed.signer)
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
    return certificate


def _used_by(signed: SignedData, certificate: Certificate, authority: Authority) -> Iterator[Used]:
    """What signature, the signer's certificate, and any that may be on the way to a root are made with.

    A certificate that has the name of an issuer is one of these, whether or not the library goes by it. Of a pinned
    root, or of another's that the token brings along, it is the key alone: nothing rests on its own signature.
    """
    from cryptography.x509 import load_der_x509_certificate

    signing = signing_of(signed.signer)
    yield from map(Used, signing.digests)
    key = _key_of(certificate)
    if not key.algorithm.startswith({"ec": "p"}.get(signing.key, signing.key)):
        raise VerificationError("the token is signed with another kind of key than its certificate has")
    pinned = authority.chain()
    roots = [each for each in pinned if _is_root(each)]
    names = [each.subject for each in roots]
    try:
        known = [*pinned, *map(load_der_x509_certificate, signed.certificates)]
        above = {_der(certificate): certificate}
        while above:
            _, each = above.popitem()
            yield _key_of(each)
            if each in roots or (each.subject == each.issuer and each.subject not in names):
                continue
            yield Used(_hash_of(each))
            issuers = {_der(other): other for other in known if other.subject == each.issuer}
            known = [other for other in known if other.subject != each.issuer]
            above |= issuers
    except ValueError as error:
        raise MalformedError(f"timestamp token: a certificate in it cannot be read: {_line(error)}") from None


def _key_of(certificate: Certificate) -> Used:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    try:
        key = certificate.public_key()
    except Exception as error:  # noqa: BLE001 - as in Authority.chain
        raise VerificationError(f"a certificate has a key that is not known: {_line(error)}") from None
    match key:
        case rsa.RSAPublicKey():
            return Used("rsa", key.key_size)
        case ec.EllipticCurvePublicKey():
            return Used(_CURVES.get(key.curve.name, shown(key.curve.name)))
        case ed25519.Ed25519PublicKey():
            return Used("ed25519")
        case _:
            return Used(type(key).__name__)


def _hash_of(certificate: Certificate) -> str:
    """What the signature on a certificate is over; that of an Ed25519 key is of its own."""
    try:
        hashed = certificate.signature_hash_algorithm
    except Exception as error:  # noqa: BLE001 - as in Authority.chain
        raise VerificationError(f"a certificate is signed in a way that is not known: {_line(error)}") from None
    return "ed25519" if hashed is None else hashed.name


def _der(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _check_signature_and_chain(signed: SignedData, message: bytes, authority: Authority) -> None:
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
