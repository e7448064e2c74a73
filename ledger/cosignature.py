"""Keys of ML-DSA-44 on signed notes (C2SP tlog-cosignature v1.1.0-rc.1, signature type 0x06), for checking only.

C2SP advises logs to sign with them. What a line carries is ``be64(timestamp) || signature``, and what is signed is not
the note text but what a checkpoint says::

    "subtree/v1" LF NUL || u8 len || signer || be64 timestamp || u8 len || origin || be64 0 || be64 size || root

under an empty context string (FIPS 204). The timestamp is the signer's word, and nothing here rests on it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..domain.errors import MalformedError
from .checkpoint import MAX_SIZE, Checkpoint
from .errors import VerificationError
from .note import NoteKey, Verifier, check_name, note_id, read_vkey, write_vkey

ML_DSA_44_PUBLIC_BYTES = 1312
ML_DSA_44_SIGNATURE_BYTES = 2420

_ML_DSA_44 = b"\x06"
_TIMESTAMP = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class MlDsaVerifier:
    """A name and the 1,312-byte ML-DSA-44 public key that signs checkpoints under it.

    Raises:
        MalformedError: a name that no signature line could hold, or a key of another length.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != ML_DSA_44_PUBLIC_BYTES:
            raise MalformedError(f"note key {self.name}: {len(self.public)} bytes, not {ML_DSA_44_PUBLIC_BYTES:,}")

    @property
    def note_id(self) -> bytes:
        """The 4-byte key id of the signature lines."""
        return note_id(self.name, _ML_DSA_44 + self.public)

    def __str__(self) -> str:
        return write_vkey(self.name, _ML_DSA_44 + self.public)

    def holds(self, text: str, signature: bytes) -> bool:
        """See :meth:`.note.NoteKey.holds`. Only a checkpoint of three lines can be signed so.

        Raises:
            VerificationError: the installed cryptography, or the OpenSSL under it, does not know ML-DSA-44.
        """
        if len(signature) != _TIMESTAMP.size + ML_DSA_44_SIGNATURE_BYTES:
            return False
        (timestamp,) = _TIMESTAMP.unpack_from(signature)
        try:
            message = subtree_message(self.name, timestamp, Checkpoint.parse(text))
        except MalformedError:
            return False
        return _verify(self.public, signature[_TIMESTAMP.size :], message)


def subtree_message(signer: str, timestamp: int, checkpoint: Checkpoint) -> bytes:
    """What ``signer`` signs of a checkpoint.

    Raises:
        MalformedError: a name of more than 255 bytes, or a timestamp out of 0..2**63 - 1.
    """
    name, origin = signer.encode(), checkpoint.origin.encode()
    if max(len(name), len(origin)) > 255 or not 0 <= timestamp <= MAX_SIZE:
        raise MalformedError("cosignature: a name of more than 255 bytes, or a timestamp out of range")
    head = b"subtree/v1\n\0" + bytes([len(name)]) + name + _TIMESTAMP.pack(timestamp)
    return head + bytes([len(origin)]) + origin + struct.pack(">QQ", 0, checkpoint.size) + checkpoint.root


def log_key(vkey: str) -> NoteKey:
    """The key that a log's vkey names: Ed25519 (type 0x01) or ML-DSA-44 (type 0x06).

    Raises:
        MalformedError: not a vkey, of another type, or a weak key.
    """
    name, key = read_vkey(vkey)
    return MlDsaVerifier(name, key[1:]) if key[:1] == _ML_DSA_44 else Verifier.parse(vkey)


def _verify(public: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    except (ImportError, UnsupportedAlgorithm):
        raise VerificationError("this installation of cryptography cannot check ML-DSA-44 signatures") from None
    return True
