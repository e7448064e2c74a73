"""The exceptions of the ledger, besides those of the domain (the whole tree: :mod:`inblue.domain.errors`).

Each message is one line: what is wrong, where, and how to fix it. No message ever holds a secret. Whatever uses a
package of an extra (docs/install.md) imports it late, under :func:`needs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..domain.errors import InblueError
from ..domain.wording import shown


class NotFound(InblueError):
    """No such ledger, vote, reply, key or file."""


class Busy(InblueError):
    """Another writer was first, or something did not answer in time. Nothing was written; a retry may succeed.

    Where a database gave no answer, it may have recorded: a retry with the same idempotency key finds out.
    """


class Broken(InblueError):
    """A signature or hash is wrong, or its store cannot be read or written."""


class SignerFailed(InblueError):
    """A signer gave no valid signature: it raised, answered wrongly, or not in time. Nothing was stored or sent.

    The message names the key by the first 16 digits of its id, and never quotes what the signer said.
    """


# Classes that this package must distinguish. Elsewhere the base is enough.


class UnauthorisedError(Broken):
    """No key in authority has signed an entry: it has no effect, and nothing is recorded after it."""


class UnsignedError(Broken):
    """No known key has signed a note."""


class MissingExtraError(NotFound):
    """A package is not installed that one of the extras brings. The message says which, and the command."""


class UnusableError(Broken):
    """A place that cannot be read or written: damaged, of another version, full, or without permission."""


class UnreachableError(Busy):
    """A remote party gave no usable answer; nothing is known about its data."""


class DeviceError(SignerFailed):
    """Why a token or an agent gives no signature, in our words, which may be shown; its own words may not."""


class NoAgentError(DeviceError):
    """No agent is at a socket, or only one of another user."""


def why_unreachable(error: Exception) -> str:
    """Why nobody answered, in the system's words, without its number."""
    reason = getattr(error, "reason", None) or error
    return shown((isinstance(reason, OSError) and reason.strerror) or str(reason))


@contextmanager
def needs(extra: str, what: str) -> Iterator[None]:
    """Import the packages of ``extra`` within this; ``what`` needs them.

    Raises:
        MissingExtraError: one of them is not installed.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] == __name__.partition(".")[0]:
            raise  # a module of our own: nothing that an installation would mend
        raise MissingExtraError(needed(extra, what)) from None


def needed(extra: str, what: str) -> str:
    """What is said of ``what``, where the packages of ``extra`` are not installed."""
    return f"{what} needs the extra \"{extra}\": pip install 'inblue[{extra}]'"
