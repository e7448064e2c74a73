"""A timestamp authority that spells its tokens oddly, or signs what it should not: one keyword for each oddity."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from ssl import DER_cert_to_PEM_cert
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    AuthorityKeyIdentifier,
    BasicConstraints,
    CertificateBuilder,
    CertificateRevocationListBuilder,
    ExtendedKeyUsage,
    KeyUsage,
    Name,
    NameAttribute,
    ObjectIdentifier,
    ReasonFlags,
    RevokedCertificateBuilder,
    SubjectKeyIdentifier,
)
from cryptography.x509 import Certificate as LibraryCertificate
from cryptography.x509 import CRLReason as Reason
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from inblue.ledger.certificates import der
from inblue.ledger.standards.timestamp import Authority

POLICY = "2.25.329800735698586629295641978511506172918.7"  # under an UUID, as anybody may have one
NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)
BORN, ENDS = datetime(2016, 1, 1, tzinfo=UTC), datetime(2046, 1, 1, tzinfo=UTC)
_OIDS = {
    "md5": "1.2.840.113549.2.5",
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha3_256": "2.16.840.1.101.3.4.2.8",
}
_LIBRARY: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha3_256": hashes.SHA3_256,
}
_RSA_SHA256 = der.encode_object_identifier("1.2.840.113549.1.1.11")
_RSA_OVER = {
    "md5": der.encode_object_identifier("1.2.840.113549.1.1.4"),
    "sha1": der.encode_object_identifier("1.2.840.113549.1.1.5"),
}
_TST_INFO = "1.2.840.113549.1.9.16.1.4"


@cache
def key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The key of that name, made once in each run."""
    return rsa.generate_private_key(65_537, bits)


def named(common: str) -> Name:
    return Name([NameAttribute(NameOID.ORGANIZATION_NAME, "Odd"), NameAttribute(NameOID.COMMON_NAME, common)])


@dataclass(frozen=True)
class Held:
    """A certificate with its key."""

    certificate: LibraryCertificate
    key: rsa.RSAPrivateKey
    raw: bytes

    @property
    def pem(self) -> str:
        return DER_cert_to_PEM_cert(self.raw)


@cache
def certified(
    common: str,
    issuer: Held | None = None,
    *,
    ca: bool = True,
    unit: bool = False,
    bits: int = 2048,
    digest: str = "sha256",
    path_length: int | None = None,
    born: datetime = BORN,
    ends: datetime = ENDS,
    usage: tuple[str, ...] | None = None,
    purposes: tuple[str, ...] | None = None,
    extra: tuple[tuple[str, bool, bytes], ...] = (),
    subject: Name | None = None,
) -> Held:
    """A certificate of that name; ``extra`` are further extensions: OID, whether critical, content."""
    from cryptography.x509 import UnrecognizedExtension

    own = key(common, bits)
    by = issuer.key if issuer else own
    builder = (
        CertificateBuilder()
        .subject_name(subject or named(common))
        .issuer_name(issuer.certificate.subject if issuer else named(common))
        .public_key(own.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(common.encode()).digest()[:8], "big") | 1)
        .not_valid_before(born)
        .not_valid_after(ends)
        .add_extension(BasicConstraints(ca, path_length if ca else None), critical=True)
        .add_extension(SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    wanted = usage if usage is not None else ("digital_signature",) if unit else ("key_cert_sign", "crl_sign")
    flags = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    if wanted:
        builder = builder.add_extension(KeyUsage(**{flag: flag in wanted for flag in flags}), critical=True)
    if unit or purposes:
        listed = [ObjectIdentifier(each) for each in purposes or (ExtendedKeyUsageOID.TIME_STAMPING.dotted_string,)]
        builder = builder.add_extension(ExtendedKeyUsage(listed), critical=True)
    for oid, critical, content in extra:
        builder = builder.add_extension(UnrecognizedExtension(ObjectIdentifier(oid), content), critical=critical)
    certificate = builder.sign(by, hashes.SHA256())
    return Held(certificate, own, _signed_over(certificate.public_bytes(Encoding.DER), by, digest))


def _signed_over(raw: bytes, by: rsa.RSAPrivateKey, digest: str) -> bytes:
    """The same certificate or list, signed over another digest: the library does not sign over broken ones."""
    if digest == "sha256":
        return raw
    signed = der.sequence(raw, where="here")[0].raw.replace(_RSA_SHA256, _RSA_OVER[digest])
    scheme = der.encode(der.SEQUENCE, _RSA_OVER[digest], b"\x05\x00")
    signature = by.sign(signed, padding.PKCS1v15(), _LIBRARY[digest]())
    return der.encode(der.SEQUENCE, signed, scheme, der.encode(der.BITS, b"\0", signature))


def root() -> Held:
    return certified("root")


def unit() -> Held:
    return certified("unit", root(), ca=False, unit=True)


def authority(*pinned: Held) -> Authority:
    """What a reader who trusts these pins."""
    return Authority(name="odd", certificates=tuple(each.pem for each in pinned or (root(),)), policies=(POLICY,))


def info(
    message: bytes,
    *,
    at: datetime = NOW,
    time: bytes | None = None,
    serial: bytes = b"\x02\x01\x07",
    ordering: bytes = b"",
    nonce: bytes = b"",
    tsa: Name | None = None,
    extension: bytes = b"",
) -> bytes:
    """A TSTInfo; bytes are put in as they are, DER or BER."""
    algorithm = der.encode(der.SEQUENCE, der.encode_object_identifier(_OIDS["sha256"]), b"\x05\x00")
    imprint = der.encode(der.SEQUENCE, algorithm, der.encode(der.OCTETS, hashlib.sha256(message).digest()))
    stamped = time or f"{at:%Y%m%d%H%M%S}Z".encode()
    return der.encode(
        der.SEQUENCE,
        der.encode_integer(1),
        der.encode_object_identifier(POLICY),
        imprint,
        serial,
        der.encode(der.GENERALIZED_TIME, stamped),
        der.encode(der.SEQUENCE, der.encode_integer(1)),
        ordering,
        nonce,
        der.encode(0xA0, der.encode(0xA4, tsa.public_bytes())) if tsa else b"",
        der.encode(0xA1, extension) if extension else b"",
    )


def token(
    content: bytes,
    *,
    by: Held | None = None,
    digest: str = "sha256",
    pss: str | None = None,
    named_as: Literal["sha1", "sha256"] = "sha256",
    by_key_id: bool = False,
    order: Literal["sorted", "kept otherwise", "signed otherwise"] = "sorted",
    certificates: Sequence[bytes] | None = None,
    revocation: Sequence[bytes] = (),
    spelling: Literal["DER", "long lengths", "open lengths", "parts", "open parts"] = "DER",
    version: int = 1,
) -> bytes:
    """A token around that TSTInfo."""
    signer = by or unit()
    hashed = der.encode(der.OCTETS, hashlib.new(named_as, signer.raw).digest())
    ess = "1.2.840.113549.1.9.16.2.12" if named_as == "sha1" else "1.2.840.113549.1.9.16.2.47"
    values = (
        ("1.2.840.113549.1.9.3", der.encode_object_identifier(_TST_INFO)),
        ("1.2.840.113549.1.9.4", der.encode(der.OCTETS, hashlib.new(digest, content).digest())),
        (ess, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, hashed)))),
    )
    attributes = sorted(
        der.encode(der.SEQUENCE, der.encode_object_identifier(kind), der.encode(der.SET, value))
        for kind, value in values
    )
    kept = attributes if order == "sorted" else attributes[::-1]
    signed = der.encode(der.SET, *(kept if order == "signed otherwise" else attributes))
    algorithm = der.encode(der.SEQUENCE, der.encode_object_identifier(_OIDS[digest]), b"\x05\x00")
    if pss:
        scheme, how = _pss(pss), padding.PSS(padding.MGF1(_LIBRARY[pss]()), 32)
        signature = signer.key.sign(signed, how, _LIBRARY[pss]())
    else:
        scheme = der.encode(der.SEQUENCE, der.encode_object_identifier("1.2.840.113549.1.1.1"), b"\x05\x00")
        signature = signer.key.sign(signed, padding.PKCS1v15(), _LIBRARY[digest]())
    certificate = signer.certificate
    serial = der.encode_integer(certificate.serial_number)
    names = der.encode(der.SEQUENCE, certificate.issuer.public_bytes(), serial)
    if by_key_id:
        own = certificate.extensions.get_extension_for_class(SubjectKeyIdentifier).value.digest
        names = der.encode(0x80, own)
    info = (der.encode_integer(version), names, algorithm, der.encode(0xA0, *kept), scheme)
    signer_info = der.encode(der.SEQUENCE, *info, der.encode(der.OCTETS, signature))
    inside = (
        der.encode_integer(3),
        der.encode(der.SET, algorithm),
        der.encode(der.SEQUENCE, der.encode_object_identifier(_TST_INFO), der.encode(0xA0, _octets(content, spelling))),
        der.encode(0xA0, *(certificates if certificates is not None else [signer.raw])),
        der.encode(0xA1, *revocation) if revocation else b"",
        der.encode(der.SET, signer_info),
    )
    kind = der.encode_object_identifier("1.2.840.113549.1.7.2")
    if spelling == "long lengths":
        return _long(der.SEQUENCE, kind, _long(0xA0, _long(der.SEQUENCE, *inside)))
    if spelling == "open lengths":
        return _open(der.SEQUENCE, kind, _open(0xA0, _open(der.SEQUENCE, *inside)))
    return der.encode(der.SEQUENCE, kind, der.encode(0xA0, der.encode(der.SEQUENCE, *inside)))


def response(token: bytes, status: int = 0) -> bytes:
    """A TimeStampResp."""
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_integer(status)), token)


def revocation_list(
    *revoked: tuple[Held, datetime, ReasonFlags | None],
    issuer: Held | None = None,
    at: datetime = NOW,
    digest: str = "sha256",
) -> bytes:
    """A CRL, in DER."""
    by = issuer or root()
    builder = CertificateRevocationListBuilder().issuer_name(by.certificate.subject).last_update(at).next_update(ENDS)
    for held, since, reason in revoked:
        entry = RevokedCertificateBuilder().serial_number(held.certificate.serial_number).revocation_date(since)
        if reason is not None:
            entry = entry.add_extension(Reason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return _signed_over(builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER), by.key, digest)


def _pss(digest: str) -> bytes:
    hashed = der.encode(der.SEQUENCE, der.encode_object_identifier(_OIDS[digest]), b"\x05\x00")
    mask = der.encode(der.SEQUENCE, der.encode_object_identifier("1.2.840.113549.1.1.8"), hashed)
    salt = der.encode(0xA2, der.encode_integer(32))
    given = () if digest == "sha1" else (der.encode(0xA0, hashed), der.encode(0xA1, mask))
    parameters = der.encode(der.SEQUENCE, *given, salt)
    return der.encode(der.SEQUENCE, der.encode_object_identifier("1.2.840.113549.1.1.10"), parameters)


def _octets(content: bytes, spelling: str) -> bytes:
    parts = (der.encode(der.OCTETS, content[:20]), der.encode(der.OCTETS, content[20:]))
    match spelling:
        case "parts":
            return der.encode(0x24, *parts)
        case "open parts":
            return _open(0x24, *parts)
    return der.encode(der.OCTETS, content)


def _open(tag: int, *contents: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


def _long(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content
