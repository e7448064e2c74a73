"""``inblue init``: create a new ledger."""

from __future__ import annotations

from pathlib import Path

import click

from ..desk.desk import keystore, ledger_address
from ..desk.options import ledger_option, passphrase_options
from ..desk.output import tell
from ..workspace.founding import found


@click.command()
@click.argument("source", required=False, metavar="[LEDGER]")
@ledger_option
@passphrase_options
@click.option("--origin", metavar="NAME", help="The log's public name, such as example.org/votes.")
@click.option("--holder", metavar="NAME", help="Who holds the registrar's office, in the words that go on record.")
def init(
    source: str | None,
    ledger: str | None,
    keys: Path | None,
    passphrase_file: Path | None,
    origin: str | None,
    holder: str | None,
) -> None:
    """Create a new ledger, with a registrar's key and a log's key.

    LEDGER is an SQLite file; the encrypted keys go to FILE.keys beside it, and the papers to FILE.files. Or it is
    postgresql://..., a database on a server: the ledger gets a schema of its own there (?schema=NAME, default inblue),
    and its keys and files go to the user's configuration folder, unless --keys and --files say otherwise.
    """
    address = source or ledger
    found(address, keys, passphrase_file, origin=origin, holder=holder)
    store = keystore(address, keys)
    tell(f"founded {ledger_address(address)}")
    tell(f"keys    {store.folder} (encrypted; keep a copy and the passphrase apart from it)")
