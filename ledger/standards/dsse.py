"""DSSE envelopes (secure-systems-lab/dsse, protocol.md and envelope.md v1.0.2), restricted to one template.

The signed bytes are the pre-authentication encoding ``DSSEv1 SP len(type) SP type SP len(body) SP body``, with lengths
in bytes as ASCII decimals, signed with Ed25519 without prehash. The stored form is (in one line, without blanks)

    {"payload":"<base64>","payloadType":"application/vnd.inblue.entry+json",
     "signatures":[{"keyid":"<hex>","sig":"<base64>"}]}

for an entry; a member's ballot has the same template with ``application/vnd.inblue.ballot+json``.

base64 of RFC 4648 section 4 with padding, keyid the ``key_id`` of the signing key. DSSE allows readers to accept other
encodings. These bytes are hashed into a log, where two encodings of one act would be two leaves, so here a payload and
a signature have exactly one envelope, and anything else is refused.
"""

from __future__ import annotations

import binascii
import re
from functools import cache
from typing import NamedTuple

from ...domain.errors import Malformed
from .ed25519 import SIGNATURE_BYTES, Signer, Verify, key_id, verify
from .signing import checked

PAYLOAD_TYPE = "application/vnd.inblue.entry+json"
BALLOT_TYPE = "application/vnd.inblue.ballot+json"

MAX_ENTRY_BYTES = 65_535
"""The most that an entry bundle can hold: a 16-bit length (C2SP tlog-tiles)."""

_HEAD = b'{"payload":"'
_SIG = b'","sig":"'
_TAIL = b'"}]}'

# All but the payload has a fixed length, so every field has a fixed place, from the start or from the end.
_SIG_END = -len(_TAIL)
_SIG_START = _SIG_END - 88  # 64 bytes in base64
_KEY_END = _SIG_START - len(_SIG)
_KEY_START = _KEY_END - 64

_KEY_ID = re.compile(rb"[0-9a-f]{64}")


class Envelope(NamedTuple):
    """The content of an envelope. Reading it does not check the signature."""

    payload: bytes
    key_id: str
    """64 lowercase hex digits, as claimed by the writer of the envelope."""
    signature: bytes
    """64 bytes."""
    payload_type: str = PAYLOAD_TYPE

    def verify(self, public: bytes, check: Verify = verify) -> bool:
        """Whether ``public`` is the key that the envelope names, and signed this payload with its type."""
        signed = pae(self.payload_type, self.payload)
        return key_id(public) == self.key_id and check(public, self.signature, signed)


def pae(payload_type: str, body: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the bytes signed for ``body``."""
    return b"%s%d %s" % (_signed_type(payload_type), len(body), body)


@cache
def _signed_type(payload_type: str) -> bytes:
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s " % (len(kind), kind)


def envelope_size(payload: int, payload_type: str = PAYLOAD_TYPE) -> int:
    """The size of the envelope of a payload with that many bytes."""
    return len(_HEAD) + (payload + 2) // 3 * 4 + len(_type(payload_type)) - _KEY_START


def seal(payload: bytes, signer: Signer, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """The signed envelope of ``payload``, at most ``MAX_ENTRY_BYTES`` long.

    Raises:
        Malformed: the payload is too long; nothing was signed.
        SignerFailed: the signer gave no valid signature.
    """
    length = envelope_size(len(payload), payload_type)
    if length > MAX_ENTRY_BYTES:
        raise Malformed(f"the entry would be {length:,} bytes; at most {MAX_ENTRY_BYTES:,} fit")
    pen = checked(signer)
    return _build(payload, pen.key_id.encode("ascii"), pen.sign(pae(payload_type, payload)), payload_type)


def open_envelope(raw: bytes, payload_type: str = PAYLOAD_TYPE) -> Envelope:
    """Read an envelope that matches the template byte for byte. The signature is not checked here.

    Raises:
        Malformed: over ``MAX_ENTRY_BYTES``, or any other bytes than ``seal`` could have written.
    """
    if len(raw) > MAX_ENTRY_BYTES:
        raise Malformed(f"entry of {len(raw):,} bytes; at most {MAX_ENTRY_BYTES:,} are read")
    key = raw[_KEY_START:_KEY_END]
    try:
        payload = binascii.a2b_base64(raw[len(_HEAD) : _KEY_START - len(_type(payload_type))])
        signature = binascii.a2b_base64(raw[_SIG_START:_SIG_END])
    except binascii.Error:
        raise Malformed("not an entry envelope: its base64 does not decode") from None
    # The slices above are not trusted: only bytes that are the same when built again are accepted. That checks field
    # order, blanks, extra fields and signatures, and base64's alphabet, padding and spare bits.
    fits = len(signature) == SIGNATURE_BYTES and _KEY_ID.fullmatch(key)
    if not fits or _build(payload, key, signature, payload_type) != raw:
        raise Malformed("not an entry envelope: its bytes differ from the one DSSE template that is taken here")
    return Envelope(payload, key.decode("ascii"), signature, payload_type)


def payload_of(raw: bytes) -> bytes:
    """The payload of bytes that are known to be an entry's envelope."""
    return binascii.a2b_base64(raw[len(_HEAD) : _KEY_START - len(_type(PAYLOAD_TYPE))])


@cache
def _type(payload_type: str) -> bytes:
    return b'","payloadType":"' + payload_type.encode() + b'","signatures":[{"keyid":"'


def _build(payload: bytes, key: bytes, signature: bytes, payload_type: str) -> bytes:
    encoded, signed = binascii.b2a_base64(payload, newline=False), binascii.b2a_base64(signature, newline=False)
    return b"".join((_HEAD, encoded, _type(payload_type), key, _SIG, signed, _TAIL))
