"""What can go wrong in the ledger, beside what the domain knows (the whole tree: :mod:`inblue.domain.errors`).

Each message is one line: what, where, the mend. No message ever holds a secret.
"""

from __future__ import annotations

from ..domain.errors import InblueError


class NotFound(InblueError):
    """There is no such ledger, vote, reply, key or file."""


class Busy(InblueError):
    """Somebody else was first, or something did not answer in time. Nothing was written; it may be tried again."""


class Broken(InblueError):
    """Something signed or hashed does not hold, or what keeps it cannot be read or written."""


class SignerFailed(InblueError):
    """A signer gave no signature that holds: it raised, answered wrongly, or not in time. Nothing was stored or sent.

    The message names the key by the first 16 digits of its id, and never quotes what the signer said.
    """


# What this package must tell apart. Outside it, the base is enough.


class UnauthorisedError(Broken):
    """No key in authority has signed an entry: it has no effect, and nothing is recorded behind it."""


class UnsignedError(Broken):
    """No known key has signed a note."""


class UnusableError(Broken):
    """A place that cannot be read or written: damaged, of another version, full, closed to us. It says no more."""


class UnreachableError(Busy):
    """Somebody elsewhere gave no answer that can be used; nothing is known of what they have."""


class DeviceError(SignerFailed):
    """Why a token or an agent gives no signature, in words of ours: they may be shown, as what it said may not."""
