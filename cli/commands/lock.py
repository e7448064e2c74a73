"""``inblue lock``: end a sitting."""

from __future__ import annotations

from pathlib import Path

import click

from ..desk.desk import keystore
from ..desk.options import keys_option, ledger_option
from ..desk.output import tell
from ..desk.signing import Keys


@click.command()
@click.option("--keyring", is_flag=True, help="Have the system's keyring forget the passphrase too.")
@ledger_option
@keys_option
def lock(keyring: bool, ledger: str | None, keys: Path | None) -> None:
    """End a sitting: the agents forget the keys.

    An agent of inblue's own ends when it has no key left.
    """
    from ...ledger.devices.sitting import lock as take_back

    store = keystore(ledger, keys)
    taken = take_back(store.public(name) for name in store.names() if store.where(name) is None)
    if keyring:
        Keys(store, None).forget_in_keyring()
    tell(f"locked: {taken} keys were forgotten" if taken else "no key was unlocked")
