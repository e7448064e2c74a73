"""Sources of messages: a file, a folder of files, a Maildir, an mbox, a pipe. They are only read, never moved or
changed.

A message is the bytes found there; it is not parsed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ...domain.errors import Malformed
from ..outside import open_outside, read_outside
from .in_child import MAX_MESSAGE

_MBOX = re.compile(rb"From \S+ +[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2} \d\d:\d\d(:\d\d)?[^\n]{0,40} \d{4}\s*$")
"""The first line of a message in an mbox (RFC 4155): with an asctime time, so that a sentence does not match."""
_MESSAGE = ".eml"
_LINE = 1 << 20


class Found(NamedTuple):
    """A message with its place; or, without its bytes, the reason why."""

    where: str
    raw: bytes | None
    fault: str = ""


def messages_in(place: Path) -> Iterator[Found]:
    """The messages in a file, an mbox, a Maildir, or a folder of files that end with ``.eml``.

    Raises:
        Malformed: it is a folder, but neither of these.
        OSError: nothing is there, or it cannot be read.
    """
    if not place.is_dir():
        with open_outside(place) as file:
            if _MBOX.match(file.readline(_LINE)[:1000]):
                yield from _in_mbox(file, place)
                return
        yield read_one(place)
        return
    if is_maildir(place):
        files = maildir_files(place)
    else:
        files = sorted(each for each in place.iterdir() if each.suffix.lower() == _MESSAGE and each.is_file())
        if not files:
            raise Malformed(f"{place}: no Maildir (it has no new and cur), and no file in it ends with {_MESSAGE}")
    for each in files:
        yield read_one(each)


def message_in(stream: BinaryIO) -> Found:
    """The one message in a pipe, read to its end."""
    raw = stream.read(MAX_MESSAGE + 1)
    return Found("standard input", raw) if len(raw) <= MAX_MESSAGE else _too_large("standard input")


def is_maildir(place: Path) -> bool:
    """Whether a folder is a Maildir."""
    return all((place / name).is_dir() for name in ("new", "cur"))


def maildir_files(place: Path) -> list[Path]:
    """The messages of a Maildir, in the order of their names, which begin with when they were delivered."""
    listed = [each for name in ("new", "cur") for each in (place / name).iterdir() if not each.name.startswith(".")]
    return sorted((each for each in listed if each.is_file()), key=lambda each: each.name)


def read_one(path: Path) -> Found:
    """The message in a file."""
    try:
        return Found(str(path), read_outside(path, MAX_MESSAGE))
    except Malformed:
        return _too_large(str(path))
    except OSError as error:
        return Found(str(path), None, f"{path}: {error.strerror}")


def _too_large(where: str) -> Found:
    return Found(where, None, f"{where}: more than {MAX_MESSAGE:,} bytes, which is more than is kept of a message")


def _in_mbox(file: BinaryIO, path: Path) -> Iterator[Found]:
    """The messages of an mbox, from one line that begins with ``From `` after an empty one to the next (RFC 4155).

    They are unchanged: a quoted line (``>From``) stays quoted.
    """
    file.seek(0)
    number, empty = 0, True
    kept: list[bytes] = []
    size = 0
    starts_line = True
    while piece := file.readline(_LINE):
        if starts_line and empty and _MBOX.match(piece[:1000]):
            if number:
                yield _of_mbox(path, number, kept, size)
            number, kept, size = number + 1, [], 0
        else:
            size += len(piece)
            if size <= MAX_MESSAGE:
                kept.append(piece)
        empty = starts_line and piece in {b"\n", b"\r\n"}
        starts_line = piece.endswith(b"\n")
    yield _of_mbox(path, number, kept, size)


def _of_mbox(path: Path, number: int, kept: list[bytes], size: int) -> Found:
    where = f"{path}, message {number}"
    if size > MAX_MESSAGE:
        return _too_large(where)
    if kept and kept[-1] in {b"\n", b"\r\n"}:
        kept.pop()  # the empty line that ends it belongs to the mbox
    return Found(where, b"".join(kept))
