"""``inblue mend``: move out of a store what no key in authority signed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..desk.desk import desk, ledger_address
from ..desk.options import FILES_IN_CONTEXT, Consent, consent_options, ledger_option, passphrase_options, policy_option
from ..desk.output import echo, print_json

if TYPE_CHECKING:
    from ...ledger.operations.mend import Mending
    from ...ledger.stores.address import Address

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--keep-in", type=_FOLDER, help="Folder for the rows that are moved out (default: beside the ledger).")
@consent_options
@ledger_option
@policy_option
@passphrase_options
def mend(
    ledger: str | None, keep_in: Path | None, policy: Path | None, keys: Path | None, passphrase_file: Path | None
) -> int:
    """Move out of a store what no signed head covers.

    Somebody who can write to the database, but has no key, can add rows that stop recording. This command moves those
    rows to a file, for inspection, so that recording can go on. It removes nothing that was signed, and shows that
    first. With a policy, it also removes cosignatures that the policy's witnesses did not sign. Run it as the owner of
    the file or the tables. If the signed head itself was overwritten, the log's key signs it again. Run inblue verify
    afterwards.
    """
    from ...ledger.clock import system_clock
    from ...ledger.entries.files import FolderFiles
    from ...ledger.operations.mend import mend as do
    from ...ledger.operations.mend import mending_json, plan
    from ...ledger.standards.witness_policy import read_policy
    from ...ledger.stores.address import beside

    address, consent = ledger_address(ledger), Consent.of_call()
    files = click.get_current_context().meta.get(FILES_IN_CONTEXT) or beside(address, "files")
    known = read_policy(policy).witnesses if policy is not None else ()
    found = plan(address, FolderFiles(files), [each.key for each in known])
    if not consent.as_json:
        _show(found)
    file: Path | None = None
    done = found.needed and not consent.dry_run
    if done:
        _ask(consent)
        file = do(address, found, keep_in or beside(address, "mended"), system_clock())
        if found.head_lost:
            with desk(ledger, keys, _ANY, passphrase_file, None) as at:
                at.ledger.sequence()
    if consent.as_json:
        print_json(mending_json(found, file, done=done))
    elif done:
        _say(address, found, file)
    elif found.needed:
        echo("a dry run: nothing was taken out")
    return 0


_ANY = "registrar"


def _show(found: Mending) -> None:
    from ...domain.wording import count
    from ..terminal.tables import console, print_hanging
    from ..terminal.wrap import Text

    for each in found.moved[:_MOST_SHOWN]:
        print_hanging(
            console(), Text("- "), Text(f"{each.kind} {each.sha256[:16]}, {each.where}: {each.why}".replace("\n", " "))
        )
    if len(found.moved) > _MOST_SHOWN:
        echo(f"... and {len(found.moved) - _MOST_SHOWN:,} more; --json has them all")
    if found.rebuilt:
        echo(f"{count(found.rebuilt, 'node')} of the log's index will be computed again from the entries")
    if not found.needed:
        echo("nothing to move out")
    echo(f"entries that stay: {count(found.entries, 'entry', 'entries')}")
    echo(f"of these {found.signed:,} give the root that the log's key has signed: nothing is lost")
    if found.head_lost:
        echo("the latest head was overwritten: the log's key signs over what its officers signed after it")


_MOST_SHOWN = 20


def _ask(consent: Consent) -> None:
    if consent.given:
        return
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise click.UsageError("this would take rows out of the database; look with --dry-run, then give --yes")
    if not click.confirm("Take this out of the database, and keep it in a file?", err=True):
        echo("nothing was taken out", err=True)
        raise click.exceptions.Exit(2)


def _say(address: Address, found: Mending, file: Path | None) -> None:
    if file is not None:
        echo(f"moved out: {len(found.moved):,}, kept in {file}")
    echo(f"run inblue verify --ledger {address} now" if file is None else "run inblue verify now")
