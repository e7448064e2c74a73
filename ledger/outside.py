"""Reads files that a user names: only regular ones, of bounded size, and without ever waiting.

A named pipe without a writer would block a program forever, a device may never end, and merely opening one may have
effects. So the type of a file is checked before it is opened and again on the opened file, and reading never waits. A
shell's ``<(...)`` is a pipe: write its output to a file first.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from ..domain.errors import Malformed

_PIECE = 1 << 20
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


class NoFileError(OSError):
    """It is not a regular file; ``strerror`` says what it is."""


def check_regular(path: Path) -> int:
    """The size in bytes of the regular file ``path``, without opening it. Links are followed.

    Raises:
        NoFileError: it is something else.
        OSError: nothing is there, or no permission to look.
    """
    return _regular(os.stat(path))  # noqa: PTH116 - consistent with the other calls by descriptor


def open_outside(path: Path) -> BufferedReader:
    """The regular file ``path``, open for reading.

    Raises:
        NoFileError: it is something else.
        OSError: it cannot be opened.
    """
    return os.fdopen(_descriptor(path), "rb")


def read_outside(path: Path, limit: int) -> bytes:
    """All of the regular file ``path``, of at most ``limit`` bytes.

    Raises:
        Malformed: it has more; no more than ``limit`` bytes are read.
        NoFileError: it is something else.
        OSError: it cannot be read.
    """
    descriptor = _descriptor(path)
    try:
        pieces: list[bytes] = []
        left = limit + 1  # a file may be longer than its stated size, as in /proc, or grow
        if os.fstat(descriptor).st_size <= limit:
            while left and (piece := os.read(descriptor, min(left, _PIECE))):
                left -= len(piece)
                pieces.append(piece)
            if left:
                return b"".join(pieces)
    finally:
        os.close(descriptor)
    raise Malformed(f"{path}: more than {limit:,} bytes, which is the most that is read of such a file")


def _descriptor(path: Path) -> int:
    check_regular(path)  # first: opening some devices has effects
    without_waiting = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | without_waiting)
    try:
        _regular(os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _regular(found: os.stat_result) -> int:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "no regular file")
        raise NoFileError(errno.EINVAL, f"{kind}, where a regular file is needed")
    return found.st_size
