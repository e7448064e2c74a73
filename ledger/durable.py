"""Writes a file atomically and durably.

The content is written to a temporary file in the same file system and forced to disk; then it is renamed in one step;
then the folder is forced to disk, since a power cut could otherwise undo the rename. A reader always finds either the
old or the new file, complete.

After a failure the temporary file is removed. Only a killed process or a power cut leaves one, ``.<name>.<8 hex
digits>``, which nothing reads.

Errors are the system's (``OSError``). The caller must say what could not be written.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

_NAME_KEPT = 32  # characters of the name used in the temporary one, which must not exceed the file system's limit
_MODE = 0o666
PRIVATE = 0o600
"""The permissions of files of a vote that may be open: for the owner alone, whatever the umask."""


def make_private(folder: Path) -> None:
    """Make a folder that only its owner can access, and missing ones above it. An existing folder is not changed.

    Raises:
        OSError: it cannot be made, or something else is there.
    """
    if folder.is_dir():
        return
    make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def create(path: Path, content: bytes, *, mode: int = _MODE) -> None:
    """Create the file ``path``, which must not exist yet. Its permissions are ``mode`` less the umask.

    Raises:
        FileExistsError: ``path`` exists already; it is untouched.
        OSError: the file cannot be written; there is nothing at ``path``.
    """
    partial = partial_name(path)
    _write(partial, content, os.O_EXCL, mode)
    try:
        os.link(partial, path)  # unlike a rename, it never replaces what was created there meanwhile
    finally:
        _remove(partial)
    _sync_new(path)


def replace(
    path: Path, content: bytes, *, mode: int = _MODE, partial: Path | None = None, sync_name: bool = True
) -> None:
    """Create or replace the file ``path``. Its permissions are those of :func:`create`.

    ``partial`` is a temporary name chosen by the caller, in the same file system. A file left there by a killed process
    is overwritten, so the caller must ensure that no other process uses it at the same time.

    ``sync_name=False`` leaves it to the caller to force the folder to disk (:func:`sync_folder`), once for many files.

    Raises:
        OSError: the file cannot be written; what was at ``path`` is untouched. If the folder cannot be forced to disk,
        the new file is complete, but a power cut may bring the old one back.
    """
    temporary, how = (partial_name(path), os.O_EXCL) if partial is None else (partial, os.O_TRUNC)
    _write(temporary, content, how, mode)
    try:
        temporary.replace(path)
    except BaseException:
        _remove(temporary)
        raise
    if sync_name:
        sync_folder(path.parent)


def link(written: Path, path: Path) -> None:
    """Give a file that is written and closed the additional name ``path``, which must not exist yet.

    For files that a library writes under a temporary name. ``written`` is in the same file system, and stays.

    Raises:
        FileExistsError: ``path`` exists already; it is untouched.
        OSError: the file cannot be forced to disk or named; there is nothing at ``path``.
    """
    sync_file(written)
    os.link(written, path)
    _sync_new(path)


def sync_file(path: Path) -> None:
    """Force a written and closed file to disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def partial_name(path: Path) -> Path:
    """A new temporary name in the folder of ``path``."""
    return path.with_name(f".{path.name[:_NAME_KEPT]}.{secrets.token_hex(4)}")


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to disk. The fsync of a file does not do that for its folder.

    Does nothing if a folder can be written but not read, or if its file system cannot sync folders: then the system
    decides when the names are on disk.

    Raises:
        OSError: the disk does not accept them, or no such folder.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows does so for every folder
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # shared folders of virtual machines do so, for example
            raise
    finally:
        os.close(descriptor)


def _write(partial: Path, content: bytes, how: int, mode: int) -> None:
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | how, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        _remove(partial)
        raise


def _sync_new(path: Path) -> None:
    try:
        sync_folder(path.parent)
    except BaseException:
        _remove(path)
        raise


def _remove(path: Path) -> None:
    with suppress(OSError):  # the failure that led here is the one to report
        path.unlink()
