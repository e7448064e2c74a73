"""The passphrase of a key folder in the keyring of the system, for who wants that: the extra ``keyring``.

Only the keyrings of systems themselves are used, which are open while their owner is logged in. A backend that writes
plain text somewhere, or that was put in their place, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UnusableError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "inblue"
_SYSTEMS = ("SecretService", "libsecret", "kwallet", "macOS", "Windows")


def kept_passphrase(folder: Path) -> bytes | None:
    """The passphrase that is kept for a key folder; None where none is.

    Raises:
        Broken: there is no keyring of the system here, or it gives no answer.
    """
    found = _asked(lambda ring: ring.get_password(SERVICE, _name(folder)))
    return None if found is None else str(found).encode()


def keep_passphrase(folder: Path, passphrase: bytes) -> None:
    """Keep the passphrase of a key folder. Raises as :func:`kept_passphrase`."""
    _asked(lambda ring: ring.set_password(SERVICE, _name(folder), passphrase.decode()))


def forget_passphrase(folder: Path) -> None:
    """Forget it, if it is kept. Raises as :func:`kept_passphrase`."""
    if kept_passphrase(folder) is not None:
        _asked(lambda ring: ring.delete_password(SERVICE, _name(folder)))


def _name(folder: Path) -> str:
    return str(folder.absolute())


def _asked(ask: Callable[[KeyringBackend], object]) -> object:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise UnusableError("the system's keyring needs pip install 'inblue[keyring]'") from None
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
