"""Where a log is published: a folder that a web server serves, or a bucket of an object store."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from ..standards.tiles import CHECKPOINT

WORKING = ".publishing"
"""Where what is not whole yet is, and what says that a publication began; a web server need not serve it."""

OURS = frozenset({WORKING, CHECKPOINT, "data", "tile"})


class Place(Protocol):
    """It takes files that a reader sees whole or not at all; ``files`` counts those that were written."""

    name: str
    files: int

    def names(self) -> set[str]:
        """What is there, by the first part of its name.

        Raises:
            NotFound, Broken, Busy: there is no such place, or it cannot be asked.
        """

    def checkpoint(self) -> bytes:
        """The checkpoint that is there, or too many bytes to be one."""

    def alone(self) -> AbstractContextManager[object]:
        """Within the block nobody else publishes there; or one of the two is told so, and changes no checkpoint."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file, unless it is there with these bytes; :meth:`sync` says whether it was."""

    def has(self, name: str) -> bool:
        """Whether a file is there."""

    def sync(self) -> None:
        """Return when all that was written is there to stay."""

    def drop_partial(self, tile: str) -> None:
        """Delete the partial tiles of a full one of that name, if it is there."""
