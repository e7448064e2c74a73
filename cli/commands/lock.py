"""``inblue lock``: end a working session."""

from __future__ import annotations

from pathlib import Path

import click

from ..desk.desk import keystore
from ..desk.options import keys_option, ledger_option
from ..desk.output import tell
from ..desk.signing import Keys


@click.command()
@click.option("--keyring", is_flag=True, help="Also delete the passphrase from the system's keyring.")
@ledger_option
@keys_option
def lock(keyring: bool, ledger: str | None, keys: Path | None) -> None:
    """End the session: the agents forget the keys.

    An agent of inblue's own stops when it has no keys left.
    """
    from ...ledger.devices.sitting import lock as take_back

    store = keystore(ledger, keys)
    if keyring:
        Keys(store, None).forget_in_keyring()
    taken = take_back(store.public(name) for name in store.names() if store.where(name) is None)
    many = "1 key was" if taken == 1 else f"{taken} keys were"
    tell(f"locked: {many} forgotten" if taken else "no key was unlocked")
