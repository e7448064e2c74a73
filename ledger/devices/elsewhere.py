"""A key that is kept elsewhere, by its name: ``pkcs11:...`` or ``ssh-agent:SHA256:...``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...domain.errors import Malformed
from . import ssh_agent, token_uri
from .token_uri import TokenUri

if TYPE_CHECKING:
    from ..standards.ed25519 import Signer

Ask = Callable[[TokenUri], bytes | None]
"""Asks for the PIN of a token if its URI names no PIN file; None if nobody can be asked."""


def is_elsewhere(name: str) -> bool:
    """Whether it names a key that is kept elsewhere; the name of a key in a folder never does."""
    return name.startswith((token_uri.SCHEME, ssh_agent.SCHEME))


def check_elsewhere(where: str) -> None:
    """Refuse a text that does not name a key kept elsewhere.

    Raises:
        Malformed: it does not.
    """
    if where.startswith(ssh_agent.SCHEME):
        ssh_agent.check_fingerprint(where.removeprefix(ssh_agent.SCHEME))
    elif where.startswith(token_uri.SCHEME):
        token_uri.read_token_uri(where)
    else:
        raise Malformed("a key that is kept elsewhere is named by pkcs11:... or ssh-agent:SHA256:...")


def open_elsewhere(where: str, ask: Ask) -> Signer:
    """The signer of a key that is kept elsewhere.

    Raises:
        Malformed, Broken, SignerFailed: as :func:`.token.pkcs11_signer` and :func:`.ssh_agent.ssh_agent_signer`.
    """
    if where.startswith(ssh_agent.SCHEME):
        return ssh_agent.ssh_agent_signer(where.removeprefix(ssh_agent.SCHEME))
    from .token import pin_from_file, pkcs11_signer

    named = token_uri.read_token_uri(where)
    pin = pin_from_file(named)
    return pkcs11_signer(where, pin=ask(named) if pin is None else pin)


def public_key_elsewhere(where: str) -> bytes:
    """The public half of a key that is kept elsewhere; needs no PIN.

    Raises:
        Malformed, Broken, SignerFailed: as :func:`open_elsewhere`.
    """
    if where.startswith(ssh_agent.SCHEME):
        return open_elsewhere(where, lambda _: None).public_key
    from .token import token_public_key

    return token_public_key(token_uri.read_token_uri(where))
