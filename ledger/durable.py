"""A file written whole and on disk, or not at all.

The content is written to a temporary file in the same file system and forced to disk; then it gets its name, in one
step; then the folder is forced to disk, because without that a power cut may take the name away again. Whoever reads
the name, at any instant, finds what was there or what is new, each whole.

After a failure the temporary file is gone. Only a process that is killed, or a power cut, leaves one,
``.<name>.<8 hex digits>``, which nothing reads.

Errors are the system's (``OSError``). The caller says what could not be written.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

_NAME_KEPT = 32  # characters of the name in the temporary one, which must not exceed the file system's limit
_MODE = 0o666
PRIVATE = 0o600
"""The permissions of what belongs to a vote that may be open: its owner's alone, whatever the umask."""


def make_private(folder: Path) -> None:
    """Make a folder that is only its owner's, and those above it that are missing. One that is there stays as it is.

    Raises:
        OSError: it cannot be made, or something else is there.
    """
    if folder.is_dir():
        return
    make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def create(path: Path, content: bytes, *, mode: int = _MODE) -> None:
    """Make the file ``path``, which must not exist yet. Its permissions are ``mode`` without the bits of the umask.

    Raises:
        FileExistsError: there is something at ``path``; it is untouched.
        OSError: the file cannot be written; there is nothing at ``path``.
    """
    partial = partial_name(path)
    _write(partial, content, os.O_EXCL, mode)
    try:
        os.link(partial, path)  # unlike a rename, it never takes the place of what came there meanwhile
    finally:
        _remove(partial)
    _sync_new(path)


def replace(
    path: Path, content: bytes, *, mode: int = _MODE, partial: Path | None = None, sync_name: bool = True
) -> None:
    """Make the file ``path``, in the place of a file that may be there. Its permissions are those of :func:`create`.

    ``partial`` is a temporary name of the caller's own, in the same file system. What a killed process left there is
    overwritten, so the caller makes sure that no other process uses it at the same time.

    ``sync_name=False`` leaves it to the caller to force the folder to disk (:func:`sync_folder`), once for many files.

    Raises:
        OSError: the file cannot be written; what was at ``path`` is untouched. If the folder cannot be forced to disk,
            the new file is there, whole, and a power cut may bring the old one back.
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
    """Give a file that is written and closed the name ``path`` too, which must not exist yet.

    For what a library writes by itself under a temporary name. ``written`` is in the same file system, and stays.

    Raises:
        FileExistsError: there is something at ``path``; it is untouched.
        OSError: the file cannot be forced to disk or named; there is nothing at ``path``.
    """
    sync_file(written)
    os.link(written, path)
    _sync_new(path)


def sync_file(path: Path) -> None:
    """Force a file to disk that is written and closed."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def partial_name(path: Path) -> Path:
    """A temporary name in the folder of ``path``, another one each time."""
    return path.with_name(f".{path.name[:_NAME_KEPT]}.{secrets.token_hex(4)}")


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to disk. A file's own fsync does not do that for the folder that names it.

    Nothing is done where a folder may be written but not be read, or where its file system cannot sync folders: then
    the system alone decides when the names are on disk.

    Raises:
        OSError: the disk does not take them, or there is no such folder.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows says so of every folder
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # shared folders of virtual machines say so, for example
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
