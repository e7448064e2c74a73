"""A log published in a folder: each file is written under a temporary name, forced to disk, and renamed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import durable
from ..errors import Busy, NotFound, UnusableError
from ..outside import open_outside
from ..standards.note import MAX_NOTE_BYTES
from ..standards.tiles import CHECKPOINT
from .place import WORKING


class PublishedFolder:
    """See :class:`.place.Place`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.name, self.files = folder, str(folder), 0
        self._working = folder / WORKING
        self._touched = set[Path]()

    def names(self) -> set[str]:
        """See :class:`.place.Place`."""
        try:
            return set(os.listdir(self.folder))  # noqa: PTH208 - a set of names
        except FileNotFoundError:
            if not self.folder.absolute().parent.is_dir():
                raise NotFound(f"{self.folder}: there is no folder {self.folder.absolute().parent}") from None
            return set()
        except OSError as error:
            raise UnusableError(f"{self.folder}: {error.strerror}") from None

    def checkpoint(self) -> bytes:
        """See :class:`.place.Place`."""
        try:
            with open_outside(self.folder / CHECKPOINT) as file:
                return file.read(MAX_NOTE_BYTES + 1)
        except OSError as error:
            raise UnusableError(f"{self.folder / CHECKPOINT}: {error.strerror}") from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See :class:`.place.Place`; it removes partial files of a killed publication."""
        self._working.mkdir(parents=True, exist_ok=True)
        with (self._working / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(f"{self.folder}: another process is publishing here; try again later") from None
            for leftover in self._working.iterdir():
                if leftover.name != "lock":
                    leftover.unlink()
            yield

    def write(self, name: str, content: bytes) -> None:
        """See :class:`.place.Place`."""
        place = self.folder / name
        try:
            if place.stat().st_size == len(content) and place.read_bytes() == content:
                return
        except FileNotFoundError:
            self._make(place.parent)
        # Thousands of files share few folders: sync() forces these to disk once, before the checkpoint is renamed.
        durable.replace(place, content, partial=self._working / "file", sync_name=False)
        self._touched.add(place.parent)
        self.files += 1

    def has(self, name: str) -> bool:
        """See :class:`.place.Place`; an existing file is complete."""
        return (self.folder / name).is_file()

    def sync(self) -> None:
        """See :class:`.place.Place`; forces the names to disk too."""
        for each in self._touched:
            durable.sync_folder(each)
        self._touched.clear()

    def drop_partial(self, tile: str) -> None:
        """See :class:`.place.Place`; of the tiles beside it too."""
        for partial in (self.folder / tile).parent.glob("*.p"):
            if partial.with_suffix("").is_file():
                shutil.rmtree(partial)

    def _make(self, folder: Path) -> None:
        missing: list[Path] = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for each in reversed(missing):
            each.mkdir()
            self._touched.add(each.parent)
