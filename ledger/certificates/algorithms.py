"""Signature algorithms of certificates and tokens (RFC 3279, 4055, 5758, 8410, 8692): which are accepted, with which
keys.

MD5, SHA-1 and the like are known by name so that the refusal can name them. Whether an accepted algorithm is also
believed at a given time is for the verifier to say (:class:`Used`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ...domain.errors import Malformed
from ..errors import Broken
from . import der

if TYPE_CHECKING:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

Kind: TypeAlias = Literal["rsa", "ec", "ed25519"]

SHA256 = "2.16.840.1.101.3.4.2.1"
HASHES = {
    SHA256: "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.8": "sha3_256",
    "2.16.840.1.101.3.4.2.9": "sha3_384",
    "2.16.840.1.101.3.4.2.10": "sha3_512",
}
"""The accepted hash algorithms: ``hashlib``'s name of each OID."""

CURVES = {
    "secp256r1": "p256",
    "secp384r1": "p384",
    "secp521r1": "p521",
    "brainpoolP256r1": "brainpool256",
    "brainpoolP384r1": "brainpool384",
    "brainpoolP512r1": "brainpool512",
}
"""The known curves, by the library's names."""

_RSA_PSS = "1.2.840.113549.1.1.10"
_MGF1 = "1.2.840.113549.1.1.8"
_SIGNATURES: dict[str, tuple[Kind, str | None]] = {
    "1.2.840.113549.1.1.1": ("rsa", None),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "2.16.840.1.101.3.4.3.14": ("rsa", "sha3_256"),
    "2.16.840.1.101.3.4.3.15": ("rsa", "sha3_384"),
    "2.16.840.1.101.3.4.3.16": ("rsa", "sha3_512"),
    "1.2.840.10045.2.1": ("ec", None),
    "1.2.840.10045.4.3.2": ("ec", "sha256"),
    "1.2.840.10045.4.3.3": ("ec", "sha384"),
    "1.2.840.10045.4.3.4": ("ec", "sha512"),
    "2.16.840.1.101.3.4.3.10": ("ec", "sha3_256"),
    "2.16.840.1.101.3.4.3.11": ("ec", "sha3_384"),
    "2.16.840.1.101.3.4.3.12": ("ec", "sha3_512"),
    "1.3.101.112": ("ed25519", None),
}
"""Kind of key and hash of each accepted signature algorithm; without a hash, the one named beside it is used."""

_NEVER = {
    "1.2.840.113549.2.2": "MD2",
    "1.2.840.113549.2.5": "MD5",
    "1.3.14.3.2.26": "SHA-1",
    "2.16.840.1.101.3.4.2.4": "SHA-224",
    "1.3.36.3.2.1": "RIPEMD-160",
    "1.2.840.113549.1.1.2": "MD2 with RSA",
    "1.2.840.113549.1.1.4": "MD5 with RSA",
    "1.2.840.113549.1.1.5": "SHA-1 with RSA",
    "1.3.14.3.2.29": "SHA-1 with RSA",
    "1.2.840.113549.1.1.14": "SHA-224 with RSA",
    "1.2.840.10040.4.1": "DSA",
    "1.2.840.10040.4.3": "SHA-1 with DSA",
    "2.16.840.1.101.3.4.3.2": "SHA-256 with DSA",
    "1.2.840.10045.4.1": "SHA-1 with ECDSA",
    "1.2.840.10045.4.3.1": "SHA-224 with ECDSA",
}
"""Names of algorithms that are rejected."""


class Used(NamedTuple):
    """An algorithm in use, by a name of :data:`HASHES` or :data:`CURVES`; ``bits`` of the modulus for RSA, else 0."""

    algorithm: str
    bits: int = 0

    def __str__(self) -> str:
        """Its name, with the bits if it has any."""
        return f"{self.algorithm} of {self.bits} bits" if self.bits else self.algorithm


@dataclass(frozen=True, slots=True)
class Key:
    """A public key in a certificate."""

    kind: Kind
    used: Used
    key: PublicKeyTypes


@dataclass(frozen=True, slots=True)
class Scheme:
    """How something is signed:

    ``digest`` is the hash of the signed bytes; ``salt`` is that of RSASSA-PSS, None for PKCS #1 v1.5.
    """

    kind: Kind
    digest: str | None
    salt: int | None = None
    mask: str | None = None

    @property
    def used(self) -> frozenset[Used]:
        """The algorithms it depends on, besides the key's."""
        return frozenset(Used(each) for each in (self.digest, self.mask) if each)

    def holds(self, key: Key, signature: bytes, signed: bytes) -> bool:
        """Whether ``signature`` over ``signed`` is by ``key``."""
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        if key.kind != self.kind:
            return False
        try:
            match key.key:
                case rsa.RSAPublicKey():
                    key.key.verify(signature, signed, self._padding(), _hash(self.digest))
                case ec.EllipticCurvePublicKey():
                    key.key.verify(signature, signed, ec.ECDSA(_hash(self.digest)))
                case ed25519.Ed25519PublicKey():
                    key.key.verify(signature, signed)
                case _:
                    return False
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True

    def _padding(self) -> AsymmetricPadding:
        from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15

        return PKCS1v15() if self.salt is None else PSS(MGF1(_hash(self.mask)), self.salt)


def hash_name(algorithm: der.Value, *, where: str) -> str:
    """``hashlib``'s name of the hash in an AlgorithmIdentifier.

    Raises:
        Malformed: it is not one.
        Broken: it is not accepted.
    """
    oid = der.object_identifier(der.first_value(algorithm.content, where=where), where=where)
    if oid not in HASHES:
        raise Broken(f"{where} rests on {_NEVER.get(oid, oid)}, which never proves anything")
    return HASHES[oid]


def scheme_of(algorithm: der.Value, *, where: str, beside: str | None = None) -> Scheme:
    """How something is signed, by its AlgorithmIdentifier; ``beside`` is the hash if that names none, as in CMS.

    Raises:
        Malformed: it is not one.
        Broken: it is not accepted; the line begins with ``where``.
    """
    parts = der.read_all(algorithm.content, where=where)
    oid = der.object_identifier(parts[0], where=where) if parts else ""
    if oid == _RSA_PSS:
        return _pss(parts[1:], where)
    kind, digest = _SIGNATURES.get(oid, ("rsa", None))
    if oid not in _SIGNATURES or (kind != "ed25519" and not (digest or beside)):
        raise Broken(f"{where} rests on {_NEVER.get(oid, oid)}, which never proves anything")
    return Scheme(kind, None if kind == "ed25519" else digest or beside)


def _pss(parameters: list[der.Value], where: str) -> Scheme:
    """RSASSA-PSS (RFC 4055, section 3.1), whose parameters default to SHA-1."""
    fields = {field.tag: field.content for field in der.sequence(parameters[0].raw, where=where)} if parameters else {}
    if not set(fields) <= {0xA0, 0xA1, 0xA2, 0xA3}:
        raise Malformed(f"{where}: malformed parameters of RSASSA-PSS")
    if 0xA0 not in fields or 0xA1 not in fields:
        raise Broken(f"{where} rests on RSASSA-PSS with SHA-1, which never proves anything")
    digest = hash_name(der.read_one(fields[0xA0], der.SEQUENCE, where=where), where=where)
    mask = der.sequence(fields[0xA1], where=where)
    if len(mask) != 2 or der.object_identifier(mask[0], where=where) != _MGF1:
        raise Broken(f"{where} rests on RSASSA-PSS with a mask other than MGF1, which is not accepted")
    salt = der.read_one(fields.get(0xA2, b"\x02\x01\x14"), der.INTEGER, where=where)
    trailer = der.read_one(fields.get(0xA3, b"\x02\x01\x01"), der.INTEGER, where=where)
    if der.integer(trailer, where=where) != 1 or (length := der.integer(salt, where=where)) > 1024:
        raise Broken(f"{where} rests on RSASSA-PSS with parameters that are not accepted")
    return Scheme("rsa", digest, length, hash_name(mask[1], where=where))


def public_key(info: bytes, *, where: str) -> Key:
    """The key in a SubjectPublicKeyInfo.

    Raises:
        Broken: the key is of an unknown kind.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(_plain_rsa(info, where))
    except Exception:  # noqa: BLE001 - many exception types, one for each thing that can be wrong with a key
        raise Broken(f"{where} has a key that is not known here") from None
    match key:
        case rsa.RSAPublicKey():
            return Key("rsa", Used("rsa", key.key_size), key)
        case ec.EllipticCurvePublicKey() if key.curve.name in CURVES:
            return Key("ec", Used(CURVES[key.curve.name]), key)
        case ed25519.Ed25519PublicKey():
            return Key("ed25519", Used("ed25519"), key)
        case _:
            raise Broken(f"{where} has a key that is not known here")


def _plain_rsa(info: bytes, where: str) -> bytes:
    """The same key; one for RSASSA-PSS alone, which the library does not read, becomes a plain RSA key."""
    fields = der.sequence(info, where=where)
    if len(fields) != 2:
        raise Malformed(f"{where}: not a public key")
    algorithm = der.read_all(fields[0].content, where=where)
    if not algorithm or der.object_identifier(algorithm[0], where=where) != _RSA_PSS:
        return info
    plain = der.encode(der.SEQUENCE, der.encode_object_identifier("1.2.840.113549.1.1.1"), b"\x05\x00")
    return der.encode(der.SEQUENCE, plain, fields[1].raw)


def _hash(name: str | None) -> hashes.HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    taken: dict[str, Callable[[], hashes.HashAlgorithm]] = {
        "sha256": hashes.SHA256,
        "sha384": hashes.SHA384,
        "sha512": hashes.SHA512,
        "sha3_256": hashes.SHA3_256,
        "sha3_384": hashes.SHA3_384,
        "sha3_512": hashes.SHA3_512,
    }
    return taken[name or ""]()
