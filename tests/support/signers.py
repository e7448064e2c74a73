"""The keys of the tests' ledgers, from seeds that everybody may know; ``SECOND`` is the log's after ``LOG``."""

from __future__ import annotations

import hashlib
import threading

from inblue.ledger.standards.ed25519 import Ed25519Signer

REGISTRAR, LOG, SECOND = (Ed25519Signer.from_seed(letter * 32) for letter in (b"r", b"l", b"2"))


_L = 2**252 + 27742317777372353535851937790883648493


def over_identity(seed: bytes, message: bytes) -> bytes:
    """A signature whose R is the identity: its S is k * a, so that it gives away the private key, a."""
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & (1 << 254) - 8 | 1 << 254
    point, public = (1).to_bytes(32, "little"), Ed25519Signer.from_seed(seed).public_key
    k = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little")
    return point + (k * scalar % _L).to_bytes(32, "little")


def shifted(signature: bytes) -> bytes:
    """The same signature with S + L instead of S."""
    return signature[:32] + (int.from_bytes(signature[32:], "little") + _L).to_bytes(32, "little")


class Elsewhere:
    """A signer that is a program elsewhere, such as a key service: it answers as ``how`` says.

    "well", or "zeros", "short", "other" (of another key), "text", "nothing", "raises", "interrupts", "hangs" (until
    :meth:`wake`).
    """

    def __init__(self, key: Ed25519Signer, how: str = "well") -> None:
        self.key, self.how = key, how
        self.public_key = key.public_key
        self.asked = 0
        self._awake = threading.Event()

    def sign(self, message: bytes) -> bytes:
        """Answer, as ``how`` says."""
        self.asked += 1
        wrong: dict[str, object] = {"zeros": bytes(64), "short": b"x" * 10, "text": "signed", "nothing": None}
        match self.how:
            case "other":
                return SECOND.sign(message)
            case "raises":
                raise ConnectionError(f"throttled; {SECRET}; you sent {message!r}")
            case "interrupts":
                raise KeyboardInterrupt
            case "hangs":
                self._awake.wait()
        return wrong.get(self.how, self.key.sign(message))  # type: ignore[return-value] # which is the point

    def sleep(self) -> None:
        """Have it hang again, if that is how it is."""
        self._awake.clear()

    def wake(self) -> None:
        """Have it answer what it was asked meanwhile."""
        self._awake.set()


SECRET = "the card's PIN is 123456"
WRONG = ("zeros", "short", "other", "text", "nothing", "raises", "hangs")
