"""Ed25519 keys (RFC 8032): ids, fitness for enrolment, signing and verification.

A public key is 32 raw bytes everywhere in this package; its id is the SHA-256 of its DER SubjectPublicKeyInfo (RFC 8410
section 4), so ``openssl pkey -pubin -in k.pub -outform DER | sha256sum`` prints the same.

``cryptography`` is imported when the first signature is made or checked: ids and PEM do not need it.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ...domain.errors import Malformed
from ..edge.face import face_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64

# RFC 8410: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes }. Only the key varies.
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")
_PEM_HEAD = b"-----BEGIN PUBLIC KEY-----\n"
_PEM_TAIL = b"\n-----END PUBLIC KEY-----\n"

# The curve of RFC 8032 section 5.1: -x^2 + y^2 = 1 + d x^2 y^2 modulo _P; its base point has order _L.
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_ONE = pow(2, (_P - 1) // 4, _P)

Verify: TypeAlias = Callable[[bytes, bytes, bytes], bool]
""":func:`verify`, or a function with the same results."""

# Extended coordinates (X, Y, Z, T) of RFC 8032 section 5.1.4: x = X/Z, y = Y/Z, xy = T/Z.
_Point: TypeAlias = tuple[int, int, int, int]
_IDENTITY: _Point = (0, 1, 1, 0)

# The y of the eight points of small order (Chalkias et al. 2020, table 1): 0, 1, -1, and two of order 8.
_OF_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset({0, 1, _P - 1, _OF_ORDER_8, _P - _OF_ORDER_8})
_Y = 2**255 - 1


class Signer(Protocol):
    """A signer with one Ed25519 key, wherever that key is kept: any object with these two members.

    It is called in a separate thread, with a deadline (:mod:`.signing`). The ledger waits for it meanwhile, so a signer
    that calls that ledger gets no answer.
    """

    @property
    def public_key(self) -> bytes:
        """32 raw bytes."""

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over ``message`` itself (no prehash)."""


@face_of
class Ed25519Signer:
    """A signer whose private key is in memory.

    >>> signer = inblue.Ed25519Signer.generate()
    >>> len(signer.public_key), len(signer.key_id)
    (32, 64)
    """

    __slots__ = ("_private", "key_id", "public_key")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_key: bytes = private.public_key().public_bytes_raw()
        self.key_id: str = key_id(self.public_key)

    @classmethod
    def generate(cls) -> Ed25519Signer:
        """A new key from the operating system's randomness.

        >>> inblue.Ed25519Signer.generate()
        <Ed25519Signer ...>
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Ed25519Signer:
        """The key of a 32-byte seed (RFC 8032 section 5.1.5).

        >>> seed = bytes(32)  # 32 secret bytes
        >>> inblue.Ed25519Signer.from_seed(seed).key_id[:16]
        '339e2ff917630507'

        Raises:
            Malformed: not 32 bytes.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(seed) != 32:
            raise Malformed(f"a seed is 32 bytes, not {len(seed)}")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over ``message``.

        >>> len(inblue.Ed25519Signer.generate().sign(b"what is said"))
        64
        """
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"<Ed25519Signer {self.key_id}>"


@lru_cache(maxsize=1024)
def key_id(public: bytes) -> str:
    """The id of a 32-byte public key: SHA-256 of its DER SubjectPublicKeyInfo, 64 lowercase hex digits."""
    return hashlib.sha256(_SPKI_PREFIX + public).hexdigest()


def verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` is that of ``public`` over ``message``. Wrong lengths give False.

    RFC 8032 leaves choices. The rules here: S < L; neither the key nor R is of small order, in any encoding; R is
    canonical (:func:`is_strict`); and it is byte for byte the encoding of [S]B - [k]A (section 5.1.7 without the
    cofactor). :func:`check_public_key` ensures at enrolment that the key is canonical too, and of order L.
    """
    from cryptography.exceptions import InvalidSignature

    if len(public) != PUBLIC_BYTES or _is_small(public) or not is_strict(signature):
        return False
    try:
        _public_object(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def verify_among_many(public: bytes, signature: bytes, message: bytes) -> bool:
    """The same result as :func:`verify`; for whole logs, where loading one more library (10 ms) pays off.

    libsodium takes half the time of OpenSSL. Both compare the same point byte for byte, and libsodium refuses
    everything that :func:`verify` refuses, so what it accepts is valid; what libsodium rejects is checked again with
    :func:`verify`.
    """
    open_signed, errors = _libsodium()
    try:
        open_signed(signature + message, public)
    except errors:
        return verify(public, signature, message)
    return is_strict(signature)


@cache
def _libsodium() -> tuple[Callable[[bytes, bytes], bytes], tuple[type[Exception], ...]]:
    """The function that opens a signed message, and the errors that it raises for a bad one."""
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import BadSignatureError

    return crypto_sign_open, (BadSignatureError, ValueError)


def is_strict(signature: bytes) -> bool:
    """Whether a signature has 64 bytes, S below L, and as R the canonical encoding of a point not of small order.

    A signer that follows RFC 8032 never makes another. Implementations disagree about others, so a signer could disown
    them.
    """
    return (
        len(signature) == SIGNATURE_BYTES
        and int.from_bytes(signature[32:], "little") < _L
        and int.from_bytes(signature[:32], "little") & _Y < _P
        and not _is_small(signature[:32])
    )


def _is_small(encoded: bytes) -> bool:
    """Whether 32 bytes encode a point of small order, even non-canonically."""
    return (int.from_bytes(encoded, "little") & _Y) % _P in _SMALL_ORDER


def public_pem(public: bytes) -> bytes:
    """The PEM file of a 32-byte public key, as ``openssl pkey -pubout`` writes it."""
    return _PEM_HEAD + binascii.b2a_base64(_SPKI_PREFIX + public, newline=False) + _PEM_TAIL


def parse_public_pem(pem: bytes) -> bytes:
    """The 32-byte key of a PEM file as written by ``public_pem``.

    A byte order mark, CRLF and a missing last LF are accepted, since mail programs and editors make them.
    ``check_public_key`` decides whether the key may be enrolled.

    Raises:
        Malformed: any other bytes.
    """
    pem = pem.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").removesuffix(b"\n") + b"\n"
    try:
        public = binascii.a2b_base64(pem[len(_PEM_HEAD) : -len(_PEM_TAIL)])[len(_SPKI_PREFIX) :]
    except binascii.Error:
        public = b""
    # Some readers accept more than one encoding in base64 and DER; here only the one that is equal when built again.
    if len(public) != PUBLIC_BYTES or public_pem(public) != pem:
        raise Malformed("not the PEM file of an Ed25519 public key (SubjectPublicKeyInfo, 3 lines)")
    return public


def check_public_key(public: bytes) -> None:
    """Refuse a public key that would let its owner later disown a vote. Run once per key, at enrolment (some ms).

    With a point of small order one signature fits many messages, so that "I signed this" proves nothing; with a small
    part mixed in, or two encodings of one point, verifiers disagree about the same signature (RFC 8032 section 8.9
    leaves it open; "Taming the Many EdDSAs", Chalkias et al. 2020). OpenSSL accepts all of them silently.

    The check is curve arithmetic instead of a list of known bad encodings: the points P != 0 with L * P = 0 are exactly
    those of prime order L, so one multiplication refuses both small and mixed order, and there is no list to get wrong.

    Raises:
        Malformed: not 32 bytes, not the canonical encoding of a point, not on the curve, or not of order L.
    """
    if len(public) != PUBLIC_BYTES:
        raise Malformed(f"an Ed25519 public key is {PUBLIC_BYTES} bytes, not {len(public)}")
    point = _decompress(public)
    if _is_identity(point) or not _is_identity(_multiply(_L, point)):
        raise Malformed("weak Ed25519 public key: its point is of small or mixed order")


@lru_cache(maxsize=1024)
def _public_object(public: bytes) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(public)


def _decompress(public: bytes) -> _Point:
    """RFC 8032 section 5.1.3, with the canonical checks that implementations often omit."""
    encoded = int.from_bytes(public, "little")
    sign, y = encoded >> 255, encoded & (2**255 - 1)
    if y >= _P:
        raise Malformed("weak Ed25519 public key: not the canonical encoding of its point")
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P  # the divisor is never 0: -1/d is no square
    x = pow(x_squared, (_P + 3) // 8, _P)
    if x * x % _P != x_squared:
        x = x * _SQRT_MINUS_ONE % _P
    if x * x % _P != x_squared:
        raise Malformed("not an Ed25519 public key: no point of the curve has this encoding")
    if x == 0 and sign:
        raise Malformed("weak Ed25519 public key: not the canonical encoding of its point")
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _add(p: _Point, q: _Point) -> _Point:
    """RFC 8032 section 5.1.4; the formulas are complete, so doubling and torsion points need no case of their own."""
    a = (p[1] - p[0]) * (q[1] - q[0])
    b = (p[1] + p[0]) * (q[1] + q[0])
    c = 2 * _D * p[3] * q[3]
    d = 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(scalar: int, point: _Point) -> _Point:
    """``scalar * point``; nothing here is secret, so it need not run in constant time."""
    total = _IDENTITY
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _is_identity(point: _Point) -> bool:
    return point[0] == 0 and point[1] == point[2]
