"""The passphrase of a key folder in the system's keyring: the optional extra ``keyring``.

Only the operating systems' own keyrings are used, which are open while their owner is logged in. A backend that stores
plain text, or that replaces them, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UnusableError, needs

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "inblue"
_SYSTEMS = ("SecretService", "libsecret", "kwallet", "macOS", "Windows")


def kept_passphrase(folder: Path) -> bytes | None:
    """The stored passphrase of a key folder; None if none is stored.

    Raises:
        Broken: the system has no keyring, or it does not answer.
    """
    found = _asked(lambda ring: ring.get_password(SERVICE, _name(folder)))
    return None if found is None else str(found).encode()


def keep_passphrase(folder: Path, passphrase: bytes) -> None:
    """Store the passphrase of a key folder. Raises as :func:`kept_passphrase`."""
    _asked(lambda ring: ring.set_password(SERVICE, _name(folder), passphrase.decode()))


def forget_passphrase(folder: Path) -> None:
    """Delete it, if it is stored. Raises as :func:`kept_passphrase`."""
    if kept_passphrase(folder) is not None:
        _asked(lambda ring: ring.delete_password(SERVICE, _name(folder)))


def _name(folder: Path) -> str:
    return str(folder.absolute())


def _asked(ask: Callable[[KeyringBackend], object]) -> object:
    with needs("keyring", "the system's keyring"):
        import keyring
        from keyring.errors import KeyringError
    ring = keyring.get_keyring()
    backends = getattr(ring, "backends", None) or [ring]
    trusted = next((each for each in backends if _is_of_a_system(each)), None)
    if trusted is None:
        raise UnusableError("no keyring of the system is open here; leave out --keyring")
    try:
        return ask(trusted)
    except (KeyringError, UnicodeDecodeError):
        raise UnusableError("the system's keyring gives no answer, or is locked; leave out --keyring") from None


def _is_of_a_system(backend: KeyringBackend) -> bool:
    home = type(backend).__module__
    return home.startswith("keyring.backends.") and home.split(".")[2] in _SYSTEMS
