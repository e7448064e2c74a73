"""Files that commands read and write: whole, and never over what is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import click

if TYPE_CHECKING:
    from ...ledger.stores.address import Address


def read_file(path: Path) -> bytes:
    """The bytes of an instrument or text."""
    from ...ledger.entries.files import MAX_FILE_BYTES
    from ...ledger.outside import read_outside

    try:
        return read_outside(path, MAX_FILE_BYTES)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


def write_new(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file whole or not at all, and never replace one. Only its owner can read a ``private`` file."""
    from ...ledger import durable

    try:
        durable.create(path, content, mode=durable.PRIVATE if private else 0o666)
    except FileExistsError:
        raise click.UsageError(f"{path}: something is there already; nothing was changed") from None
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None


def refuse_existing(path: Path) -> None:
    """Refuse at once, before anything is computed, if something is at ``path`` already."""
    if path.exists():
        raise click.UsageError(f"{path}: something is there already; nothing was changed")
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"{path}: no such folder: {path.absolute().parent}")


def is_bundle(place: Address) -> TypeGuard[Path]:
    """Whether ``place`` is a file that begins like a zip."""
    if not isinstance(place, Path):
        return False
    from ...ledger.outside import open_outside

    try:
        with open_outside(place) as file:
            return file.read(2) == b"PK"
    except OSError:
        return False
