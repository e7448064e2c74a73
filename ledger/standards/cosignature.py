"""Cosignatures of witnesses on checkpoints (C2SP tlog-cosignature v1.1.0-rc.1), of Ed25519 and of ML-DSA-44.

A line carries ``be64(timestamp) || signature``. It says that at that time, by the cosigner's clock, this was the
largest tree of that log it had seen, consistent with all it had seen before. With Ed25519 (type 0x04) the signed bytes
are::

    "cosignature/v1" LF "time " decimal(timestamp) LF || the note text

and with ML-DSA-44 (type 0x06), with an empty context string (FIPS 204), the fields of the checkpoint::

    "subtree/v1" LF NUL || u8 len || signer || be64 timestamp || u8 len || origin || be64 0 || be64 size || root

C2SP advises logs themselves to sign with the latter; then the timestamp has no meaning. Here it is only checked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ...domain.errors import Malformed
from ..errors import Broken, UnsignedError
from .checkpoint import MAX_SIZE, Checkpoint
from .ed25519 import PUBLIC_BYTES, SIGNATURE_BYTES, Signer, check_public_key, verify
from .note import NoteKey, Verifier, check_name, note_id, open_note, read_vkey, split_note, write_line, write_vkey
from .signing import checked

ML_DSA_44_PUBLIC_BYTES = 1312
ML_DSA_44_SIGNATURE_BYTES = 2420

_ED25519 = b"\x04"
_ML_DSA_44 = b"\x06"
_TIMESTAMP = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class CosignatureVerifier:
    """A witness's name and its 32-byte Ed25519 public key for cosigning.

    Raises:
        Malformed: a name that no signature line could hold, or a key of another length.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != PUBLIC_BYTES:
            raise Malformed(f"note key {self.name}: {len(self.public)} bytes, not {PUBLIC_BYTES}")

    @property
    def note_id(self) -> bytes:
        """The 4-byte key id of the signature lines."""
        return note_id(self.name, _ED25519 + self.public)

    def __str__(self) -> str:
        return write_vkey(self.name, _ED25519 + self.public)

    def holds(self, text: str, signature: bytes) -> bool:
        """See :meth:`.note.NoteKey.holds`."""
        if len(signature) != _TIMESTAMP.size + SIGNATURE_BYTES:
            return False
        (timestamp,) = _TIMESTAMP.unpack_from(signature)
        signed = signature[_TIMESTAMP.size :]
        return timestamp <= MAX_SIZE and verify(self.public, signed, cosigned_text(text, timestamp))


@dataclass(frozen=True, slots=True)
class CosignatureSigner:
    """A witness: its own name, and a key that signs nothing else."""

    name: str
    signer: Signer

    @property
    def verifier(self) -> CosignatureVerifier:
        """The public verifier for this witness's lines."""
        return CosignatureVerifier(self.name, self.signer.public_key)

    def line(self, text: str, timestamp: int) -> str:
        """The cosignature line over a checkpoint's text at ``timestamp`` (POSIX seconds), with its LF.

        Raises:
            Malformed: a timestamp out of 0..2**63 - 1.
            SignerFailed: the signer gave no valid signature.
        """
        if not 0 <= timestamp <= MAX_SIZE:
            raise Malformed("cosignature: a timestamp out of range")
        pen = checked(self.signer)
        signature, verifier = pen.sign(cosigned_text(text, timestamp)), CosignatureVerifier(self.name, pen.public_key)
        return write_line(self.name, verifier.note_id, _TIMESTAMP.pack(timestamp) + signature)


def cosigned_text(text: str, timestamp: int) -> bytes:
    """What an Ed25519 cosigner signs of a note's text."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class MlDsaVerifier:
    """A name and the 1,312-byte ML-DSA-44 public key that signs checkpoints under it.

    Raises:
        Malformed: a name that no signature line could hold, or a key of another length.
    """

    name: str
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != ML_DSA_44_PUBLIC_BYTES:
            raise Malformed(f"note key {self.name}: {len(self.public)} bytes, not {ML_DSA_44_PUBLIC_BYTES:,}")

    @property
    def note_id(self) -> bytes:
        """The 4-byte key id of the signature lines."""
        return note_id(self.name, _ML_DSA_44 + self.public)

    def __str__(self) -> str:
        return write_vkey(self.name, _ML_DSA_44 + self.public)

    def holds(self, text: str, signature: bytes) -> bool:
        """See :meth:`.note.NoteKey.holds`. Only a checkpoint of three lines can be signed this way.

        Raises:
            Broken: the installed cryptography, or the OpenSSL under it, does not know ML-DSA-44.
        """
        if len(signature) != _TIMESTAMP.size + ML_DSA_44_SIGNATURE_BYTES:
            return False
        (timestamp,) = _TIMESTAMP.unpack_from(signature)
        try:
            message = subtree_message(self.name, timestamp, Checkpoint.parse(text))
        except Malformed:
            return False
        return _verify(self.public, signature[_TIMESTAMP.size :], message)


def subtree_message(signer: str, timestamp: int, checkpoint: Checkpoint) -> bytes:
    """The bytes of a checkpoint that ``signer`` signs.

    Raises:
        Malformed: a name of more than 255 bytes, or a timestamp out of 0..2**63 - 1.
    """
    name, origin = signer.encode(), checkpoint.origin.encode()
    if max(len(name), len(origin)) > 255 or not 0 <= timestamp <= MAX_SIZE:
        raise Malformed("cosignature: a name of more than 255 bytes, or a timestamp out of range")
    head = b"subtree/v1\n\0" + bytes([len(name)]) + name + _TIMESTAMP.pack(timestamp)
    return head + bytes([len(origin)]) + origin + struct.pack(">QQ", 0, checkpoint.size) + checkpoint.root


@lru_cache(maxsize=256)  # detecting a weak key takes curve arithmetic, which is slower than signing
def log_key(vkey: str) -> NoteKey:
    """The key in a log's vkey: Ed25519 (type 0x01) or ML-DSA-44 (type 0x06).

    Raises:
        Malformed: not a vkey, of another type, or a weak key.
    """
    name, key = read_vkey(vkey)
    return MlDsaVerifier(name, key[1:]) if key[:1] == _ML_DSA_44 else Verifier.parse(vkey)


def witness_key(vkey: str) -> NoteKey:
    """The key in a witness's vkey: an Ed25519 cosigner's (type 0x04) or ML-DSA-44 (type 0x06).

    Raises:
        Malformed: not a vkey, of another type, or a weak key.
    """
    name, key = read_vkey(vkey)
    if key[:1] == _ML_DSA_44:
        return MlDsaVerifier(name, key[1:])
    if key[:1] != _ED25519 or len(key) != 1 + PUBLIC_BYTES:
        raise Malformed("note key: not a cosigner's (type 0x04 with 32 bytes, or type 0x06)")
    check_public_key(key[1:])
    return CosignatureVerifier(name, key[1:])


def cosigners(note: bytes, keys: Iterable[NoteKey]) -> dict[NoteKey, int]:
    """The ``keys`` that cosigned the checkpoint in ``note``, each with its time (POSIX seconds).

    Raises:
        Malformed: not a note.
        Broken: the line of one of them is not valid.
    """
    try:
        verified = open_note(note, keys).verified
    except UnsignedError:
        return {}
    times = {(name, number): signature[:8] for name, number, signature in split_note(note)[1]}
    return {key: _TIMESTAMP.unpack(times[key.name, key.note_id])[0] for key in verified}


def _verify(public: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    except (ImportError, UnsupportedAlgorithm):
        raise Broken("this installation of cryptography cannot check ML-DSA-44 signatures") from None
    return True
