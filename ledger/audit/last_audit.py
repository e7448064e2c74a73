"""The saved state of an audit of a published log; the next audit continues from it, and detects a rewritten log.

A small JSON file, ``inblue-audited/1``: the verified checkpoint, the peaks of its tree, the register's entries, and the
places of each vote's entries. It is written atomically, and only if every check passed. Two signed checkpoints that
cannot both be true go into a separate file beside it, ``inblue-fork/1``, which proves itself: ``path`` shows (RFC 9162,
2.1.4) that the log signed by ``served`` had the root ``root`` at the size of ``remembered``.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ...domain.errors import Malformed
from ...domain.payload import Digest, Line, Model, SignedNote
from .. import durable
from ..errors import UnusableError
from ..outside import read_outside
from ..standards.checkpoint import Checkpoint
from ..standards.merkle import Frontier
from ..standards.note import decode_base64, encode_base64, split_note

MAX_STATE = 512 * 1024 * 1024

Hash = Annotated[str, Field(min_length=44, max_length=44)]
Count = Annotated[int, Field(ge=0)]


class Kept(Model):
    """An entry of the register, and its place in the log."""

    entry: Annotated[str, Field(max_length=65_535)]
    index: Count


class Place(Model):
    """A vote: how many entries it has, and the places of the first and the last in the log."""

    draft: Line
    entries: Annotated[int, Field(ge=1)]
    first: Count
    last: Count


class Remembered(Model):
    """The state of an audit. ``trust`` is the digest of the trust file that the log was checked against, if any.
    ``recalled`` are the register's entries; ``cosigned`` the cosigned checkpoints, with witnesses' lines.
    ``counting_from`` is the index of the first entry that counts the register's before it; None if none did.
    """

    format: Literal["inblue-audited/1"] = "inblue-audited/1"
    checkpoint: SignedNote
    cosigned: tuple[SignedNote, ...] = Field(max_length=1_000)
    counting_from: Count | None = None
    peaks: tuple[Hash, ...] = Field(max_length=64)
    recalled: tuple[Kept, ...]
    trust: Digest | None
    votes: tuple[Place, ...]

    @model_validator(mode="after")
    def _of_one_tree(self) -> Self:
        known = self.known
        if self.tree(known.size).root() != known.root:
            raise Malformed("the peaks are not those of the checkpoint")
        return self

    @property
    def known(self) -> Checkpoint:
        """The checkpoint, which was verified when it was saved."""
        return claimed(self.checkpoint.encode())

    def tree(self, size: int) -> Frontier:
        """The right edge of the tree."""
        return Frontier.resumed(size, [decode_base64(each, where="peaks") for each in self.peaks])


class Fork(Model):
    """Two checkpoints of one log that cannot both be true."""

    format: Literal["inblue-fork/1"] = "inblue-fork/1"
    path: tuple[Hash, ...] = Field(max_length=64)
    remembered: SignedNote
    root: Hash | None
    served: SignedNote


def claimed(note: bytes) -> Checkpoint:
    """The checkpoint in a note; its signature is not checked.

    Raises:
        Malformed: it is none.
    """
    return Checkpoint.parse(split_note(note)[0])


def read_remembered(path: Path) -> Remembered | None:
    """The saved state of the last audit, or None if there was none.

    Raises:
        UnusableError: it cannot be read.
        Malformed: it is something else, or damaged.
    """
    try:
        raw = read_outside(path, MAX_STATE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnusableError(f"{path}: {error.strerror}") from None
    try:
        return Remembered.read(raw, where=str(path), limit=MAX_STATE)
    except Malformed as error:
        raise Malformed(f"{error}; without the file the whole log is audited again") from None


def write_remembered(path: Path, state: Remembered) -> None:
    """Save it atomically.

    Raises:
        UnusableError: it cannot be written.
    """
    _write(path, state.canonical() + b"\n")


def keep_fork(path: Path, remembered: bytes, served: bytes, root: bytes | None, shown: list[bytes]) -> Path:
    """Save two checkpoints that cannot both be true beside the state at ``path``; return the file.

    Raises:
        UnusableError: it cannot be written.
    """
    fork = Fork(
        path=tuple(encode_base64(each) for each in shown),
        remembered=remembered.decode(),
        root=encode_base64(root) if root is not None else None,
        served=served.decode(),
    )
    content = fork.canonical() + b"\n"
    place = path.with_name(f"{path.stem}.fork-{hashlib.sha256(content).hexdigest()[:16]}.json")
    _write(place, content)
    return place


def _write(path: Path, content: bytes) -> None:
    try:
        durable.make_private(path.parent)
        durable.replace(path, content, mode=durable.PRIVATE)
    except OSError as error:
        raise UnusableError(f"{path}: cannot be written: {error.strerror}") from None
