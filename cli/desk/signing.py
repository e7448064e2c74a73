"""The keys that a command signs with, in the key folder or elsewhere, and the secrets that open them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...domain.inert import inert
from ..main import SECRETS

if TYPE_CHECKING:
    from ...ledger.devices.token_uri import TokenUri
    from ...ledger.keystore import KeyStore
    from ...ledger.standards.ed25519 import Signer

_PASSPHRASE = ("--passphrase-file", "INBLUE_PASSPHRASE")
_PIN = "INBLUE_PIN"


@dataclass(slots=True)
class Keys:
    """A key folder. Its passphrase is asked for at most once, and only when a key in it is opened."""

    store: KeyStore
    passphrase_file: Path | None
    prompt: str = ""
    _asked: list[bytes] = field(default_factory=list, repr=False)
    _pins: dict[str, bytes | None] = field(default_factory=dict, repr=False)

    def public(self, key: str) -> bytes:
        """The public half of a key; this needs no secret."""
        from ...ledger.devices.elsewhere import is_elsewhere, public_key_elsewhere

        return public_key_elsewhere(key) if is_elsewhere(key) else self.store.public(key)

    def open(self, key: str) -> Signer:
        """The signer of a key: a name in the folder, ``pkcs11:...`` or ``ssh-agent:SHA256:...``."""
        from ...ledger.devices.elsewhere import is_elsewhere, open_elsewhere
        from ...ledger.errors import UnusableError

        if is_elsewhere(key):
            return open_elsewhere(key, self._pin)
        where = self.store.where(key)
        if where is None:
            return self._unlocked(key) or self.store.open(key, self.passphrase())
        signer = open_elsewhere(where, self._pin)
        if signer.public_key != self.store.public(key):
            raise UnusableError(f"the key at {where} is not that of {self.store.folder / key}.pub; one was replaced")
        return signer

    def _unlocked(self, key: str) -> Signer | None:
        """The signer of a key that inblue unlock gave to an agent, unless a passphrase is given anyway."""
        from ...ledger.devices.sitting import held

        if self._asked or self._given:
            return None
        return held(self.store.public(key)) if key in self.store.names() else None

    @property
    def _given(self) -> bool:
        """Whether a file or the environment gives a passphrase for this call."""
        return self.passphrase_file is not None or "INBLUE_PASSPHRASE" in SECRETS

    def passphrase(self, *, confirm: bool = False) -> bytes:
        """The passphrase of the folder."""
        if not self._asked:
            prompt = self.prompt or f"Passphrase of the keys in {self.store.folder}"
            self._asked.append(passphrase(self.passphrase_file, prompt=prompt, confirm=confirm))
        return self._asked[0]

    def from_keyring(self) -> bool:
        """Take the passphrase from the system's keyring, unless one is given; return whether it is there."""
        from ...ledger.devices.system_keyring import kept_passphrase

        kept = None if self._given else kept_passphrase(self.store.folder)
        if kept is not None:
            self._asked.append(kept)
        return kept is not None

    def to_keyring(self) -> None:
        """Keep the passphrase in the system's keyring."""
        from ...ledger.devices.system_keyring import keep_passphrase

        keep_passphrase(self.store.folder, self.passphrase())

    def forget_in_keyring(self) -> None:
        """Delete the passphrase from the system's keyring."""
        from ...ledger.devices.system_keyring import forget_passphrase

        forget_passphrase(self.store.folder)

    def _pin(self, where: TokenUri) -> bytes | None:
        """The PIN of a token, asked for once: from the environment or the terminal; None leaves it to a PIN pad."""
        if _PIN in SECRETS:
            return SECRETS[_PIN]
        if where.whose not in self._pins:
            asked = _prompted(f"PIN of {where.whose}", confirm=False) if sys.stdin.isatty() else b""
            self._pins[where.whose] = asked or None
        return self._pins[where.whose]


def passphrase(file: Path | None, *, prompt: str, confirm: bool = False, which: str = "") -> bytes:
    """A passphrase: from a file, the environment, or the terminal. Never from the command line. ``which``: "new"."""
    option, variable = (f"--{which}-passphrase-file", f"INBLUE_{which.upper()}_PASSPHRASE") if which else _PASSPHRASE
    if file is not None:
        try:
            with file.open("rb") as source:
                return source.readline(2048).rstrip(b"\r\n")
        except OSError as error:
            raise click.UsageError(f"{option} {file}: {error.strerror}") from None
    if variable in SECRETS:
        return SECRETS[variable]
    if not sys.stdin.isatty():
        raise click.UsageError(
            f"a passphrase is needed; give {option} FILE, set {variable}, or run inblue unlock first"
        )
    return _prompted(prompt, confirm=confirm)


def _prompted(prompt: str, *, confirm: bool) -> bytes:
    text: str = click.prompt(inert(prompt), hide_input=True, confirmation_prompt=confirm, err=True)
    return text.encode()
