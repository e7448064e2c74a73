"""What the options name: an open ledger, a signer, a passphrase, a vote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .files import read_file
from .options import FILES_IN_CONTEXT, Consent
from .output import echo
from .proof import seek_proof
from .signing import Keys

if TYPE_CHECKING:
    from ...domain.procedure import Procedure
    from ...domain.roster import Roster
    from ...ledger.keystore import KeyStore
    from ...ledger.ledger import Ledger
    from ...ledger.standards.ed25519 import Signer
    from ...ledger.stores.address import Address


@dataclass(slots=True)
class Desk:
    """An open ledger, the officer who records in it, and the key that signs its checkpoints, or will."""

    ledger: Ledger
    signer: Signer
    log_signer: Signer
    office: str | None
    opens_at: datetime | None = None
    """When an opening is recorded: its instant; timestamps after it are then sought."""
    sought: bool = False

    def seek_proof(self) -> None:
        """Have what was recorded timestamped and cosigned; a server that does not answer is not asked twice."""
        if not self.sought:
            self.sought = True
            seek_proof(self.ledger, opens_at=self.opens_at)


@dataclass(frozen=True, slots=True)
class OnlyPublic:
    """The public half of a key, for a dry run, in which nothing is signed."""

    public_key: bytes

    def sign(self, _: bytes, /) -> bytes:
        """Refuse."""
        raise click.UsageError("nothing is signed in a dry run")


def ledger_address(address: str | None) -> Address:
    """The ledger that ``--ledger`` names."""
    from ...ledger.stores.address import read_address

    if not address:
        raise click.UsageError(
            "no ledger is named; give --ledger LEDGER, set INBLUE_LEDGER, or start with inblue setup"
        )
    return read_address(address)


def open_ledger(address: Address, *, read_only: bool = False) -> Ledger:
    """The ledger at ``address``, with the files that ``--files`` names."""
    from ...ledger.ledger import Ledger

    book = Ledger.open(address, read_only=read_only, files=click.get_current_context().meta.get(FILES_IN_CONTEXT))
    if read_only and book.is_replica():
        echo(f"this is a replica: what it shows is as of entry {book.checkpoint().size:,}", err=True)
    return book


def keystore(address: str | None, keys: Path | None) -> KeyStore:
    """The key store that goes with a ledger."""
    from ...ledger.keystore import KeyStore
    from ...ledger.stores.address import beside

    if not (keys or address):
        raise click.UsageError(
            "no key folder is named; give --keys FOLDER, or --ledger LEDGER, whose keys are beside it"
        )
    return KeyStore(keys or beside(ledger_address(address), "keys"))


@contextmanager
def desk(
    address: str | None,
    keys: Path | None,
    key: str,
    passphrase_file: Path | None,
    office: str | None,
    successor: str | None = None,
) -> Iterator[Desk]:
    """Open a ledger for recording; ``successor`` names the log's next key, if the present one is not to sign.

    In a dry run nothing can be signed and no passphrase is asked for.
    """
    dry_run = Consent.of_call().dry_run
    with open_ledger(ledger_address(address), read_only=dry_run) as ledger:
        ring = Keys(keystore(address, keys), passphrase_file)
        if dry_run:
            nobody = OnlyPublic(ring.public(key))
            yield Desk(ledger, nobody, nobody, office)
            return
        log_key = successor or name_of_log_key(ledger, ring.store)
        signer, ledger.log_signer = ring.open(key), ring.open(log_key)
        at = Desk(ledger, signer, ledger.log_signer, office)
        yield at
        at.seek_proof()


def name_of_log_key(ledger: Ledger, store: KeyStore) -> str:
    """The name, in the key folder, of the key that signs the log's checkpoints now."""
    from ...domain.errors import Refused
    from ...ledger.standards.ed25519 import key_id
    from ...ledger.standards.note import Verifier

    present = ledger.log_keys()[-1]
    name = store.find(key_id(present.public)) if isinstance(present, Verifier) else None
    if name is None:
        raise Refused(
            None,
            f"the log's key {present.note_id.hex()} is not in {store.folder}: bring it back there, or say where it is "
            "(inblue key link), or replace it with inblue log-key replace",
        )
    return name


@contextmanager
def reading(address: str | None) -> Iterator[Ledger]:
    """Open a ledger for reading; nothing on disk changes."""
    with open_ledger(ledger_address(address), read_only=True) as ledger:
        yield ledger


def which_vote(ledger: Ledger, symbol: str | None) -> str:
    """The vote meant: the one named, the only one, or the only one that is not over."""
    if symbol is not None:
        if not ledger.has_vote(symbol):
            known = ", ".join(ledger.votes()[:10]) or "none yet"
            raise click.UsageError(f"no vote on {symbol!r} is on record; there is {known}")
        return symbol
    votes = ledger.votes()
    if not votes:
        raise click.UsageError("the ledger holds no vote yet; start with inblue draft circulate, or inblue play")
    going_on = votes
    if len(votes) > 1:
        states = ((each, ledger.vote(each)) for each in reversed(votes))  # the latest are most likely to go on
        going_on = tuple(islice((each for each, state in states if state.ended is None), 2))
    if len(going_on) != 1:
        raise click.UsageError(f"which vote? Give --vote, one of {', '.join(votes[:10])}")
    return going_on[0]


def the_roster(name: str) -> Roster:
    """A built-in roster, or one from a file."""
    from ...domain.roster import Roster, built_in_roster

    return Roster.read(read_file(Path(name)), where=name) if name.endswith(".json") else built_in_roster(name)


def the_procedure(name: str) -> Procedure:
    """A built-in procedure, or one from a file, JSON or TOML."""
    from ...domain.procedure import built_in_procedure
    from ...ledger.edge.procedure_file import SUFFIXES, procedure_of

    return procedure_of(read_file(Path(name)), name) if name.endswith(SUFFIXES) else built_in_procedure(name)
