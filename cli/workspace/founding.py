"""Founding a ledger: its two keys, and its first entry."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ..desk.desk import keystore, ledger_address, open_ledger
from ..desk.options import LOG_KEY, REGISTRAR_KEY
from ..desk.signing import Keys

PROMPT_FOR_NEW = "Choose a passphrase for the new keys"


def found(
    address: str | None,
    keys: Path | None,
    passphrase_file: Path | None,
    *,
    origin: str | None = None,
    holder: str | None = None,
    ring: Keys | None = None,
) -> None:
    """Make the two keys, unless they exist, and the ledger; ``ring`` may have the passphrase already."""
    from ...domain.errors import Refused
    from ...ledger.errors import NotFound
    from ...ledger.ledger import Ledger
    from ...ledger.stores.streams import is_there

    place = ledger_address(address)
    if is_there(place):
        raise Refused(None, f"{place}: something is there already; nothing was changed")
    if isinstance(place, Path) and not place.absolute().parent.is_dir():
        raise NotFound(f"{place}: no such folder: {place.absolute().parent}")
    if origin is not None:
        check_origin(origin)
    store = keystore(address, keys)
    ring = ring or Keys(store, passphrase_file, prompt=PROMPT_FOR_NEW)
    before, names = store.names(), (REGISTRAR_KEY, LOG_KEY)
    if any(name not in before or store.where(name) is None for name in names):
        ring.passphrase(confirm=True)
    opened = {name: ring.open(name) for name in names if name in before}
    with _uninterrupted():
        try:
            signers = [opened[name] if name in opened else store.new(name, ring.passphrase()) for name in names]
            Ledger.create(place, signer=signers[0], log_signer=signers[1], origin=origin, holder=holder).close()
        except BaseException:
            if not is_there(place):
                store.discard(name for name in names if name not in before)
            raise


@contextmanager
def founded_for(address: str | None, keys: Path | None, passphrase_file: Path | None) -> Iterator[None]:
    """Create a ledger for votes that are recorded within the block; if none is recorded, remove the ledger.

    In a database, which others may use too, it stays.
    """
    from ...ledger.stores.address import beside
    from ...ledger.stores.streams import is_there

    place, store = ledger_address(address), keystore(address, keys)
    before, files = store.names(), beside(place, "files")
    attached, stood = files.exists(), is_there(place)
    try:
        found(address, keys, passphrase_file)
        yield
    except BaseException:
        with _uninterrupted():
            if not stood and isinstance(place, Path) and not _has_votes(place):
                for ending in ("", "-wal", "-shm", "-journal"):
                    place.with_name(place.name + ending).unlink(missing_ok=True)
                if not attached:
                    shutil.rmtree(files, ignore_errors=True)
                store.discard(name for name in (REGISTRAR_KEY, LOG_KEY) if name not in before)
        raise


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """The block runs to its end: Ctrl-C waits for it."""
    waiting: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        raise KeyboardInterrupt


def _has_votes(place: Path) -> bool:
    """Whether something is or may be recorded there."""
    from ...domain.errors import InblueError

    try:
        with open_ledger(place, read_only=True) as ledger:
            return bool(ledger.votes())
    except InblueError:
        return True


def check_origin(origin: str) -> None:
    """Refuse an origin that no checkpoint can carry, before any key is made."""
    from ...domain.errors import Malformed
    from ...ledger.standards.checkpoint import check_origin as check
    from ...ledger.standards.note import check_name

    try:
        check_name(origin)
    except Malformed:
        raise click.UsageError(f"--origin {origin!r}: a log's name has no spaces and no +") from None
    try:
        check(origin)
    except Malformed as error:
        raise click.UsageError(f"--{error}") from None
