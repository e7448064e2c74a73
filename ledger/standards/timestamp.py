"""RFC 3161 timestamps: requests, and verification of tokens (RFC 3161, 5816, 5035). Uses no network and no clock.

A token is believed if all of these are true: the imprint is the message's under an accepted hash; the nonce is the
request's; the policy is allowed; there is one signer, whose certificate the token's signed attributes name by hash;
that certificate is only for timestamping, says so critically, and is not a CA's unless it is itself pinned; the
signature is over these attributes, and they over the TSTInfo; the certificate leads, at the time of the token, to a
pinned root (:mod:`..certificates.chain`); the authority is the one it states; every algorithm used is one that the
reader believes at that time (:class:`Algorithm`), and never MD5 or SHA-1; and no certificate on the path is revoked,
according to answers in the token (:mod:`..certificates.revocation`). Certificates in the token are used only to build
the path. Every refusal is one line that names the certificate or the rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ...domain.errors import Malformed
from ...domain.instant import Instant, format_instant
from ...domain.payload import Model, Name
from ...domain.wording import shown
from ..certificates import der
from ..certificates.algorithms import HASHES, SHA256, Used, scheme_of
from ..certificates.certificate import (
    DIGITAL_SIGNATURE,
    DIRECTORY_NAME,
    NON_REPUDIATION,
    Certificate,
    read_certificate,
    read_name,
)
from ..certificates.chain import TIME_STAMPING, Believes, believed_key, chain_to_root
from ..certificates.pem import certificates_in
from ..certificates.revocation import Revocations
from ..errors import Broken
from .cms import (
    SignedData,
    TstInfo,
    read_attributes,
    read_request,
    read_signed_data,
    read_tst_info,
    signed_forms,
)

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
_EXTENDED_USAGE = "2.5.29.37"


class Algorithm(Model):
    """An algorithm that is believed ``until`` an instant (null: always); RSA if its modulus has ``bits`` or more."""

    algorithm: Literal[
        "sha256",
        "sha384",
        "sha512",
        "sha3_256",
        "sha3_384",
        "sha3_512",
        "rsa",
        "p256",
        "p384",
        "p521",
        "brainpool256",
        "brainpool384",
        "brainpool512",
        "ed25519",
    ]
    bits: Annotated[int, Field(ge=1024, le=16_384)] | None = None
    until: Instant | None = None

    @model_validator(mode="after")
    def _bits_of_rsa(self) -> Self:
        if (self.algorithm == "rsa") != (self.bits is not None):
            raise Malformed("bits: the least modulus of rsa, and of nothing else")
        return self

    def covers(self, used: Used, at: datetime) -> bool:
        """Whether this allows the ``used`` algorithm at that time."""
        return (
            used.algorithm == self.algorithm
            and used.bits >= (self.bits or 0)
            and (self.until is None or at <= self.until)
        )


BELIEVED = (
    *(
        Algorithm(algorithm=each)
        for each in (
            "sha256",
            "sha384",
            "sha512",
            "sha3_256",
            "sha3_384",
            "sha3_512",
            "p256",
            "p384",
            "p521",
            "brainpool256",
            "brainpool384",
            "brainpool512",
            "ed25519",
        )
    ),
    Algorithm(algorithm="rsa", bits=2048),
)
"""The algorithms believed by default, unless a trust file says otherwise."""


class Authority(Model):
    """A timestamp authority that is believed.

    ``certificates`` (PEM, one or more in each text) are pinned: those that name themselves as issuers are its roots,
    the others are intermediates. ``policies`` are the allowed ones, dotted. ``accuracy_microseconds`` is used if a
    token states no accuracy; if null, such a token proves nothing.
    """

    name: Name
    certificates: tuple[Annotated[str, StringConstraints(max_length=20_000)], ...] = Field(min_length=1, max_length=20)
    policies: tuple[Annotated[str, Field(pattern=r"^[0-2](\.(0|[1-9][0-9]{0,38})){1,30}$")], ...] = Field(
        min_length=1, max_length=50
    )
    accuracy_microseconds: Annotated[int, Field(ge=0, le=86_400_000_000)] | None = None

    @model_validator(mode="after")
    def _has_a_root(self) -> Self:
        if not any(each.is_root for each in self.chain()):
            raise Malformed("certificates: none of them is a root (its own issuer)")
        return self

    def chain(self) -> tuple[Certificate, ...]:
        """The pinned certificates.

        Raises:
            Malformed: one of them is not a PEM certificate.
        """
        return _pinned(self.certificates)

    def roots(self) -> frozenset[str]:
        """SHA-256 of each of its roots, in DER: they identify the authority, whatever its name."""
        return frozenset(each.sha256 for each in self.chain() if each.is_root)


@lru_cache(maxsize=100)
def _pinned(texts: tuple[str, ...]) -> tuple[Certificate, ...]:
    where = "certificates"
    return tuple(read_certificate(raw, where=where) for text in texts for raw in certificates_in(text, where=where))


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A verified token. ``authority`` is the name under which its roots are pinned."""

    authority: str
    gen_time: datetime
    accuracy: timedelta
    serial: int
    policy: str
    ordering: bool
    path: tuple[Certificate, ...] = field(default=(), compare=False, repr=False)
    """From the unit's certificate to the pinned root."""

    @property
    def not_before(self) -> datetime:
        """The token was made after this instant."""
        return self.gen_time - self.accuracy

    @property
    def not_after(self) -> datetime:
        """The stamped data existed by this instant."""
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
        Malformed: not a response.
        Broken: it was not granted, or answers another request.
    """
    where = "timestamp response"
    content = der.read_one(response, der.SEQUENCE, where=where).content
    info, rest = der.first_value(content, where=where), der.read_all(content, where=where)[1:]
    status, said = der.first_value(info.content, where=where), der.read_all(info.content, where=where)[1:]
    code = der.integer(status, where=where)
    if code > 1:  # 1 is granted with changes, and whether these matter is checked below and in the token
        raise Broken(f"the authority refused: status {code}{_reasons(said)}")
    if len(rest) != 1:
        raise Malformed(f"{where}: granted, and no token in it")
    asked, answered = read_request(query), read_tst_info(read_signed_data(rest[0].raw).content)
    if (answered.algorithm, answered.digest) != (asked.algorithm, asked.digest):
        raise Broken("the token is over something else than was asked for")
    if answered.nonce != asked.nonce:
        raise Broken("the token has another nonce than the request")
    return rest[0].raw


def verify_token(
    token: bytes,
    message: bytes,
    authority: Authority,
    *,
    query: bytes | None = None,
    algorithms: Sequence[Algorithm] = BELIEVED,
    revocations: Revocations | None = None,
) -> Timestamp:
    """Check a token over ``message`` in every way listed above; ``query`` is the request, if it is kept.

    Revocation is checked only with the answers in the token; with ``revocations``, which may later know more, that is
    left to the caller.

    Raises:
        Malformed: not a token.
        Broken: it is not valid; the one-line message says why.
    """
    signed = read_signed_data(token)
    info = read_tst_info(signed.content)
    if info.algorithm not in HASHES:
        raise Broken(f"the imprint's algorithm {info.algorithm} is not one that is taken")
    if hashlib.new(HASHES[info.algorithm], message).digest() != info.digest:
        raise Broken("the token is over something else")
    if query is not None and read_request(query).nonce != info.nonce:
        raise Broken("the token has another nonce than the request")
    if info.policy not in authority.policies:
        raise Broken(f"the policy {info.policy} is not one that is taken of {authority.name}")

    def believes(used: Used) -> bool:
        return any(algorithm.covers(used, info.gen_time) for algorithm in algorithms)

    _believe({Used(HASHES[info.algorithm])}, believes)
    pinned = authority.chain()
    certificate = _signing_certificate(signed)
    _check_unit(certificate, pinned)
    _check_signature(signed, certificate, believes)
    path = chain_to_root(certificate, _readable(signed.certificates), pinned, info.gen_time, believes)
    _check_name(info, certificate)
    if revocations is None:
        own = revocations_by(algorithms)
        own.add(signed.revocation)
        if (spoilt := own.spoilt(path, info.gen_time)) is not None:
            when = format_instant(spoilt.revoked.since)
            raise Broken(f"the certificate of {spoilt.certificate} was revoked at {when} ({spoilt.revoked.why})")
    accuracy = info.accuracy
    if accuracy is None:
        if authority.accuracy_microseconds is None:
            raise Broken(f"the token states no accuracy, and none is known of {authority.name}")
        accuracy = timedelta(microseconds=authority.accuracy_microseconds)
    accuracy += _MICROSECOND if info.finer else timedelta(0)
    said = (info.serial, info.policy, info.ordering)
    return Timestamp(authority.name, info.gen_time, accuracy, *said, path)


def revocations_by(algorithms: Sequence[Algorithm] = BELIEVED) -> Revocations:
    """A store for revocation answers, which are believed if their algorithms are, at their time."""

    def believes_at(at: datetime) -> Believes:
        return lambda used: any(algorithm.covers(used, at) for algorithm in algorithms)

    return Revocations(believes_at)


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


@lru_cache(maxsize=500)
def _certificate(raw: bytes) -> Certificate | None:
    try:
        return read_certificate(raw)
    except Malformed:
        return None


def _readable(raws: Sequence[bytes]) -> list[Certificate]:
    """The readable certificates in a token: the others are not needed."""
    return [each for each in map(_certificate, raws) if each is not None]


def _signing_certificate(signed: SignedData) -> Certificate:
    """The signer's certificate, which the signed attributes name by hash (RFC 5035) and the signer in another way."""
    named = read_attributes(signed.signer).named
    if not named:
        raise Broken("the token does not name its signer's certificate")
    found = [raw for raw in signed.certificates if all(hashlib.new(kind, raw).digest() == h for kind, h in named)]
    if not found:
        raise Broken("the certificate that the token names as its signer's is not in it")
    certificate = read_certificate(found[0], where="timestamp token: its signer's certificate")
    named_too = signed.signer.named
    if named_too.tag == der.SEQUENCE:
        where = "timestamp token: how it names its signer"
        parts = der.read_all(named_too.content, where=where)
        if len(parts) != 2:
            raise Malformed(f"{where}: no issuer and serial number")
        issuer, serial = read_name(parts[0].raw, where=where), der.integer(parts[1], where=where, signed=True)
        same = (issuer.key, serial) == (certificate.issuer.key, certificate.serial)
    else:
        same = named_too.content == certificate.subject_key_id
    if not same:
        raise Broken("the token is signed by another certificate than it names")
    return certificate


def _check_unit(certificate: Certificate, pinned: Sequence[Certificate]) -> None:
    """Check that a unit's certificate is only for timestamping, critically (RFC 3161, section 2.3), and not a CA's."""
    if certificate.extended_usage is None:
        raise Broken(f"{certificate} is not for timestamping")
    if not certificate.extensions[_EXTENDED_USAGE].critical or certificate.extended_usage != (TIME_STAMPING,):
        raise Broken(f"{certificate} is not critically for timestamping alone")
    usage, signs = certificate.key_usage, {DIGITAL_SIGNATURE, NON_REPUDIATION}
    if certificate in pinned:
        if usage is not None and not usage & signs:
            raise Broken(f"{certificate} may not sign tokens, by its key usage")
        return
    if certificate.is_ca:
        raise Broken(f"{certificate} is a CA's, which is no timestamping unit unless it is itself pinned")
    if usage is not None and not (usage and usage <= signs):
        raise Broken(f"{certificate} is not for signing tokens alone, by its key usage")


def _check_signature(signed: SignedData, certificate: Certificate, believes: Believes) -> None:
    """Check that the attributes are over the TSTInfo, and the signature over the attributes (RFC 5652, section 5.4)."""
    signer, where = signed.signer, "the token's own signature"
    scheme = scheme_of(signer.algorithm, where=where, beside=signer.digest)
    _believe({*scheme.used, Used(signer.digest)}, believes)
    believed_key(certificate, believes)
    if certificate.key.kind != scheme.kind:
        raise Broken("the token is signed with another kind of key than its certificate has")
    if read_attributes(signer).message_digest != hashlib.new(signer.digest, signed.content).digest():
        raise Broken("the token's signature is over another content")
    if not any(scheme.holds(certificate.key, signer.signature, form) for form in signed_forms(signer.attributes)):
        raise Broken(f"the token is not signed by the key in {certificate}")


def _believe(used: set[Used], believes: Believes) -> None:
    for each in sorted(used):
        if not believes(each):
            raise Broken(f"the token rests on {each}, which is not believed at that time")


def _check_name(info: TstInfo, certificate: Certificate) -> None:
    """Check that the authority named by the token, if any, is a name in the certificate (RFC 3161, section 2.4.2)."""
    if info.tsa is None:
        return
    where = "TSTInfo: tsa"
    if info.tsa.tag != DIRECTORY_NAME:
        if not any(
            (each.tag, each.content) == (info.tsa.tag, info.tsa.content) for each in certificate.alternative_names
        ):
            raise Broken(f"the token is by another authority than {certificate} names")
        return
    name = read_name(info.tsa.content, where=where)
    others = (each.content for each in certificate.alternative_names if each.tag == DIRECTORY_NAME)
    names = [certificate.subject.key, *(read_name(each, where=str(certificate)).key for each in others)]
    if name.key not in names:
        raise Broken(f"the token says that it is by {name.said}, and is signed with {certificate}")
