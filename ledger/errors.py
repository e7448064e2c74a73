"""What can go wrong in the ledger, beside what the domain knows. Each message is one line: what, where, the mend."""

from __future__ import annotations

from ..domain.errors import InblueError


class VerificationError(InblueError):
    """Something signed or hashed does not hold."""


class UnauthorisedError(VerificationError):
    """No key in authority has signed an entry: it has no effect, and nothing is recorded behind it."""


class UnsignedError(VerificationError):
    """No known key has signed a note."""


class ConflictError(InblueError):
    """Somebody else recorded first; nothing was written."""


class KeyStoreError(InblueError):
    """A private key cannot be made, found or opened. No message ever holds a secret."""


class LedgerError(InblueError):
    """No ledger is there, it is not one of ours, or it is of another version."""


class SignerFailed(LedgerError):
    """A signer gave no signature that holds: it raised, answered wrongly, or not in time. Nothing was stored or sent.

    The message names the key by the first 16 digits of its id, and never quotes what the signer said.
    """
