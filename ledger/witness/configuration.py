"""The configuration of a witness, ``witness.json``: its name, and the logs that it watches.

Several processes read and change the file at once (a server, and ``watch``, ``unwatch`` or ``cosign`` beside it). A
change is made under a lock to the file's current content, and is written atomically; a long-running reader reads it
again when it changes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from ...domain.errors import Malformed
from ...domain.instant import Instant
from ...domain.payload import Line, Model, Vkey
from .. import durable
from ..errors import UnusableError
from ..outside import open_outside

CONFIGURATION = "witness.json"
MAX_CONFIGURATION = 4 * 1024 * 1024
MAX_KEYS = 100

_LOCK = "witness.lock"


class Restart(Model):
    """A restart of the witness for a log, at ``size`` entries (0: whatever comes first), and the reason."""

    at: Instant
    size: int = Field(ge=0, lt=2**63)
    reason: Line


class WatchedLog(Model):
    """A log to cosign: its origin, every key that it has had, current one last, and the witness's history with it.

    ``watched``: whether it is still cosigned. ``begun``: whether it was ever cosigned, so that a record of it must
    exist. ``restarts``: each time that the record was given up.
    """

    origin: Line
    keys: tuple[Vkey, ...] = Field(min_length=1, max_length=MAX_KEYS)
    watched: bool = True
    begun: bool = False
    restarts: tuple[Restart, ...] = Field(default=(), max_length=1000)


class Configuration(Model):
    """``witness.json``."""

    format: Literal["inblue-witness/1"] = "inblue-witness/1"
    name: Line
    logs: tuple[WatchedLog, ...] = Field(max_length=1000)

    def log(self, origin: str) -> WatchedLog | None:
        """The log with that origin, even if no longer watched."""
        return next((each for each in self.logs if each.origin == origin), None)

    def having(self, log: WatchedLog) -> Configuration:
        """A copy in which ``log`` replaces the log with its origin, or is added at the end."""
        logs = tuple(log if each.origin == log.origin else each for each in self.logs)
        return self.model_copy(update={"logs": logs if self.log(log.origin) else (*logs, log)})


class _Known(NamedTuple):
    file: tuple[int, int, int]
    value: Configuration


class ConfigurationFile:
    """The current configuration in a witness's folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / CONFIGURATION
        self._lock = folder / _LOCK
        self._known: _Known | None = None

    def create(self, configuration: Configuration) -> None:
        """Create the file.

        Raises:
            FileExistsError: it exists already.
            OSError: it cannot be written.
        """
        durable.create(self._path, configuration.canonical() + b"\n")

    def read(self) -> Configuration:
        """The content of the file.

        Raises:
            UnusableError: it cannot be read.
            Malformed: it is no configuration.
        """
        try:
            with open_outside(self._path) as file:
                status = os.fstat(file.fileno())
                same = (status.st_ino, status.st_size, status.st_mtime_ns)
                known = self._known
                if known is not None and known.file == same:
                    return known.value
                raw = file.read(MAX_CONFIGURATION + 1)
        except OSError as error:
            raise UnusableError(f"{self._path}: {error.strerror}") from None
        value = Configuration.read(raw, where=str(self._path), limit=MAX_CONFIGURATION)
        self._known = _Known(same, value)
        return value

    def change(self, edit: Callable[[Configuration], Configuration]) -> Configuration:
        """Replace the configuration with what ``edit`` returns for the current one; it is durable when this returns.

        Raises:
            UnusableError: it cannot be read or written.
            Malformed: it is not a configuration, or the result could not be read back.
        """
        try:
            with locked(self._lock):
                before = self.read()
                after = edit(before)
                if after == before:
                    return before
                raw = after.canonical() + b"\n"
                try:
                    Configuration.read(raw, where=str(self._path), limit=MAX_CONFIGURATION)
                except Malformed as error:
                    raise Malformed(f"{error}; nothing was changed") from None
                durable.replace(self._path, raw)
                self._known = None
                return after
        except OSError as error:
            raise UnusableError(f"{self._path}: {error.strerror}; nothing was changed") from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock the file ``path`` exclusively among all threads and processes.

    Raises:
        OSError: the file cannot be made.
    """
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
