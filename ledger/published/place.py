"""Where a log is published: a folder that a web server serves, or a bucket of an object store."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from ..standards.tiles import CHECKPOINT

WORKING = ".publishing"
"""The folder for incomplete files and the mark of a started publication; a web server need not serve it."""

OURS = frozenset({WORKING, CHECKPOINT, "data", "tile"})


class Place(Protocol):
    """Writes files atomically for readers; ``files`` counts those that were written."""

    name: str
    files: int

    def names(self) -> set[str]:
        """The existing names, by their first part.

        Raises:
            NotFound, Broken, Busy: no such place, or it cannot be read.
        """

    def checkpoint(self) -> bytes:
        """The existing checkpoint, or too many bytes to be one."""

    def alone(self) -> AbstractContextManager[object]:
        """Within the block no other process publishes there, or one of the two fails and changes no checkpoint."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file, unless it exists with these bytes; :meth:`sync` says whether it did."""

    def has(self, name: str) -> bool:
        """Whether a file exists."""

    def sync(self) -> None:
        """Return when everything written is durable."""

    def drop_partial(self, tile: str) -> None:
        """Delete the partial tiles of the full tile with that name, if it exists."""
