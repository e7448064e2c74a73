"""Founding a ledger: its two keys, and its first entry."""

from __future__ import annotations

from pathlib import Path

import click

from .desk import keystore, ledger_address, passphrase
from .options import LOG_KEY, REGISTRAR_KEY


def found(
    address: str | None,
    keys: Path | None,
    passphrase_file: Path | None,
    *,
    origin: str | None = None,
    holder: str | None = None,
) -> None:
    """Make the two keys, unless they are there, and the ledger."""
    from ...ledger.errors import LedgerError
    from ...ledger.ledger import Ledger
    from ...ledger.stores.streams import is_there

    place = ledger_address(address)
    if is_there(place):
        raise LedgerError(f"{place}: something is there already; nothing was changed")
    if isinstance(place, Path) and not place.absolute().parent.is_dir():
        raise LedgerError(f"{place}: there is no folder {place.absolute().parent}")
    if origin is not None:
        _check_origin(origin)
    store = keystore(address, keys)
    secret = passphrase(passphrase_file, prompt="Choose a passphrase for the new keys", confirm=True)
    signers = [
        store.open(name, secret) if name in store.names() else store.new(name, secret)
        for name in (REGISTRAR_KEY, LOG_KEY)
    ]
    Ledger.create(place, signer=signers[0], log_signer=signers[1], origin=origin, holder=holder).close()


def _check_origin(origin: str) -> None:
    """Refuse an origin that no checkpoint can carry, before any key is made."""
    from ...domain.errors import MalformedError
    from ...ledger.standards.checkpoint import check_origin
    from ...ledger.standards.note import check_name

    try:
        check_name(origin)
    except MalformedError:
        raise click.UsageError(f"--origin {origin!r}: a log's name has no blank and no +") from None
    try:
        check_origin(origin)
    except MalformedError as error:
        raise click.UsageError(f"--{error}") from None
