"""The only place that calls a signer. Its signature is verified before it is stored or sent.

A signer may be an external program (a key service, a card): it can raise, hang, or sign with another key than the one
it names. So it is asked with a deadline (:mod:`..process`). The built-in signer in memory is called directly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from ...domain.errors import Malformed
from ..errors import DeviceError, NoAgentError, SignerFailed
from ..process import ask, ask_within, limits
from .ed25519 import PUBLIC_BYTES, SIGNATURE_BYTES, Ed25519Signer, Signer, Verify, key_id, verify, verify_among_many

T = TypeVar("T")
_OURS = (DeviceError, NoAgentError)
"""The classes whose words are ours, exactly: a host's signer may raise a class of its own, with its own words."""


@dataclass(frozen=True, slots=True)
class CheckedSigner:
    """A signer whose signatures are all verified.

    ``public_key`` is as first given by the signer; the id follows from it.
    """

    signer: Signer = field(repr=False)
    public_key: bytes
    key_id: str
    seconds: float
    check: Verify = field(default=verify, repr=False)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over ``message``, verified with ``public_key``.

        Raises:
            SignerFailed: there is none within ``seconds``.
        """
        signature = _answer(lambda: self.signer.sign(message), self.signer, self.seconds, _signer_of(self.key_id))
        given = bytes(signature) if isinstance(signature, bytes) else b""
        if len(given) != SIGNATURE_BYTES or not self.check(self.public_key, given, message):
            raise _failed(_signer_of(self.key_id), "gave a signature that does not hold under that key")
        return given

    def among_many(self) -> CheckedSigner:
        """The same signer, for many signatures: see :func:`.ed25519.verify_among_many`."""
        return replace(self, check=verify_among_many)


def checked(signer: Signer, *, seconds: float | None = None) -> CheckedSigner:
    """``signer``, checked; one that is already checked is returned unchanged. ``seconds`` defaults to the process's
    limit.

    Raises:
        Malformed: as :func:`signer_seconds`.
        SignerFailed: it does not give its public key within ``seconds``.
    """
    if isinstance(signer, CheckedSigner):
        return signer
    seconds = signer_seconds(seconds)
    public = _answer(lambda: signer.public_key, signer, seconds, "a signer")
    if not isinstance(public, bytes) or len(public) != PUBLIC_BYTES:
        raise _failed("a signer", f"gave no public key of {PUBLIC_BYTES} bytes")
    return CheckedSigner(signer, bytes(public), key_id(bytes(public)), seconds)


def within(seconds: float | None, question: Callable[[], T], *, whose: str) -> T:
    """The result of ``question`` to a device, in a separate thread with a deadline; ``whose`` begins the messages.

    Raises:
        Malformed: as :func:`signer_seconds`.
        SignerFailed: it raised, or gave no answer in time.
    """
    return _answer(question, None, signer_seconds(seconds), whose)


def signer_seconds(asked: float | None) -> float:
    """How long to wait for a signer: as given, or the limit of this process (:mod:`..process`).

    Raises:
        Malformed: not more than 0, or more than half of the limit for the store's lock. The log's key signs while the
        store is locked, and a process waiting for a hanging signer must still get its turn.
    """
    seconds, most = limits().signer if asked is None else asked, limits().lock / 2
    if not 0 < seconds <= most:
        raise Malformed(f"signer_seconds: {seconds:g}; it must be above 0, and {most:g} at most (half of lock)")
    return seconds


def _answer(question: Callable[[], T], signer: Signer | None, seconds: float, whose: str) -> T:
    """The result; exceptions outside Exception are raised, so that an interrupt takes effect here too."""
    given, failed = ask(question) if type(signer) is Ed25519Signer else ask_within(seconds, question)
    if failed is not None and not isinstance(failed, Exception):
        raise failed
    if failed is not None:  # raised out here, so that the signer's message is not attached
        raise _failed(whose, str(failed) if type(failed) in _OURS else f"failed ({type(failed).__name__})")
    if not given:
        raise _failed(whose, f"gave no answer within {seconds:g} seconds")
    return given[0]


def _signer_of(key: str) -> str:
    return f"the signer of the key {key[:16]}"


def _failed(whose: str, what: str) -> SignerFailed:
    return SignerFailed(f"{whose} {what}; nothing was stored or sent. See to the signer, then try again")
