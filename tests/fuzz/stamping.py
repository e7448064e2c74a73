"""A timestamp authority that signs whatever it is told to, the same bytes each time: for fuzzing and nothing else.

``authority.py`` has a real one, made with ``openssl``. This one can also sign what no server would, and its tokens do
not change from run to run: its keys are numbers that everybody knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from ssl import DER_cert_to_PEM_cert
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    CertificateBuilder,
    ExtendedKeyUsage,
    KeyUsage,
    Name,
    NameAttribute,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from inblue.ledger.certificates import der
from inblue.ledger.standards.timestamp import Authority

POLICY = "1.3.6.1.4.1.99999.1.1"

_POLICY = bytes.fromhex("060a2b06010401868d1f0101")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")
_SHA256 = bytes.fromhex("0609608648016503040201")
_ECDSA = bytes.fromhex("06082a8648ce3d040302")


class Holder(NamedTuple):
    """A certificate and its key."""

    certificate: Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def raw(self) -> bytes:
        """The certificate, in DER."""
        return self.certificate.public_bytes(Encoding.DER)


@cache
def root() -> Holder:
    """The pinned one."""
    return _certified("fuzz root", 1, None)


@cache
def unit() -> Holder:
    """The one that stamps."""
    return _certified("fuzz unit", 2, root())


@cache
def authority() -> Authority:
    """What a reader who trusts it pins."""
    pem = root().certificate.public_bytes(Encoding.PEM).decode()
    return Authority(name="fuzz", certificates=(pem,), policies=(POLICY,))


def with_extensions(change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """The unit's certificate with its extensions changed; they are read before the missing signature is noticed."""
    outer = der.read_all(der.read_one(unit().raw, der.SEQUENCE, where="here").content, where="here")
    *fields, last = der.read_all(outer[0].content, where="here")
    listed = der.read_all(der.read_one(last.content, der.SEQUENCE, where="here").content, where="here")
    extensions = der.encode(0xA3, der.encode(der.SEQUENCE, *change([each.raw for each in listed])))
    inner = der.encode(der.SEQUENCE, *(each.raw for each in fields), extensions)
    return der.encode(der.SEQUENCE, inner, *(each.raw for each in outer[1:]))


def strange_roots() -> dict[str, str]:
    """The root, in PEM, as if its key were on a curve that no library knows; and as if of X.509's version 43."""
    curve, version = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("a003020102")
    made = {
        "curve": root().raw.replace(curve, curve[:-1] + b"\x77"),
        "version": root().raw.replace(version, version[:-1] + b"\x2a"),
    }
    assert root().raw not in made.values()
    return {name: DER_cert_to_PEM_cert(raw) for name, raw in made.items()}


def info(message: bytes, nonce: int, at: datetime) -> bytes:
    """A TSTInfo with an accuracy of one second (RFC 3161, section 2.4.2)."""
    algorithm = der.encode(der.SEQUENCE, _SHA256, b"\x05\x00")
    imprint = der.encode(der.SEQUENCE, algorithm, der.encode(der.OCTETS, hashlib.sha256(message).digest()))
    time = der.encode(
        der.GENERALIZED_TIME, f"{at.astimezone(UTC):%Y%m%d%H%M%S.%f}".rstrip("0").rstrip(".").encode(), b"Z"
    )
    accuracy = der.encode(der.SEQUENCE, der.encode_integer(1))
    fields = (der.encode_integer(1), _POLICY, imprint, der.encode_integer(7), time, accuracy, der.encode_integer(nonce))
    return der.encode(der.SEQUENCE, *fields)


def attributes(content: bytes, certificate: bytes) -> list[bytes]:
    """What the signer of a token signs: which content, and with whose certificate (RFC 5652, 5035)."""
    named = der.encode(der.SEQUENCE, der.encode(der.OCTETS, hashlib.sha256(certificate).digest()))
    values = (
        (_CONTENT_TYPE, _TST_INFO),
        (_MESSAGE_DIGEST, der.encode(der.OCTETS, hashlib.sha256(content).digest())),
        (_SIGNING_CERTIFICATE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, named))),
    )
    return [der.encode(der.SEQUENCE, kind, der.encode(der.SET, value)) for kind, value in values]


def token(content: bytes, *, certificates: Sequence[bytes] = (), signed: Sequence[bytes] = ()) -> bytes:
    """A token around any content, signed by the unit.

    ``certificates`` replace the unit's, and the first is named as the signer's; ``signed`` replaces the attributes
    that it signs.
    """
    held = unit()
    inside = list(certificates) or [held.raw]
    attrs = sorted(signed or attributes(content, inside[0]))
    signature = held.key.sign(der.encode(der.SET, *attrs), ec.ECDSA(SHA256(), deterministic_signing=True))
    issuer, serial = held.certificate.issuer.public_bytes(), held.certificate.serial_number
    signer = (
        der.encode_integer(1),
        der.encode(der.SEQUENCE, issuer, der.encode_integer(serial)),
        der.encode(der.SEQUENCE, _SHA256),
        der.encode(0xA0, *attrs),
        der.encode(der.SEQUENCE, _ECDSA),
        der.encode(der.OCTETS, signature),
    )
    data = (
        der.encode_integer(3),
        der.encode(der.SET, der.encode(der.SEQUENCE, _SHA256)),
        der.encode(der.SEQUENCE, _TST_INFO, der.encode(0xA0, der.encode(der.OCTETS, content))),
        der.encode(0xA0, *inside),
        der.encode(der.SET, der.encode(der.SEQUENCE, *signer)),
    )
    return der.encode(der.SEQUENCE, _SIGNED_DATA, der.encode(0xA0, der.encode(der.SEQUENCE, *data)))


def response(granted: bytes) -> bytes:
    """A TimeStampResp with a token in it."""
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode_integer(0)), granted)


def _certified(name: str, number: int, issuer: Holder | None) -> Holder:
    key = ec.derive_private_key(number, ec.SECP256R1())
    subject = Name([NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2049, 1, 1, tzinfo=UTC))
        .add_extension(BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=issuer is None), critical=True)
    )
    if issuer is not None:
        builder = builder.add_extension(ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    signer = issuer.key if issuer else key
    return Holder(builder.sign(signer, SHA256(), ecdsa_deterministic=True), key)


def _usage(*, signs_certificates: bool) -> KeyUsage:
    return KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
