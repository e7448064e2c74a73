"""Watches a Maildir: each new message is recorded once, and nothing in the folder is changed.

While it runs, it knows the files it has seen by name. After a restart every file is offered again, and recorded
messages are recognized by their bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

from ...domain.errors import InblueError
from ..errors import Broken, UnusableError
from .places import Found, maildir_files, read_one

SECONDS = 0.2
"""The interval between two scans of the folder."""


class MaildirWatch:
    """A Maildir that is watched until ``stop`` is set.

    ``receive`` records one message; ``told`` reports failures, once for each file and fault; ``settled`` is called
    after each scan that recorded something.
    """

    def __init__(
        self,
        place: Path,
        receive: Callable[[Found, bytes], bool],
        *,
        told: Callable[[str], None],
        settled: Callable[[], None],
    ) -> None:
        self.stop = Event()
        self._place, self._receive, self._told, self._settled = place, receive, told, settled
        self._seen: set[str] = set()
        self._said: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Scan until stopped. A fault of one message or of the store is reported, and retried.

        Raises:
            Broken: the ledger differs from what was signed; then nothing is recorded.
        """
        while not self.stop.is_set():
            if self.look():
                self._settled()
            self.stop.wait(SECONDS)

    def look(self) -> int:
        """Scan once; return the number of newly recorded messages."""
        recorded = 0
        try:
            files = maildir_files(self._place)
        except OSError as error:
            self._say(str(self._place), f"{self._place}: {error.strerror}; it is looked for again")
            return 0
        names = {_base(path.name) for path in files}
        self._seen &= names
        for path in files:
            if _base(path.name) in self._seen:
                continue
            if self.stop.is_set():
                break
            recorded += self._take(path)
        return recorded

    def _take(self, path: Path) -> bool:
        found = read_one(path)
        if found.raw is None:
            if path.exists():  # otherwise it was moved from new to cur, where the next scan finds it
                self._say(path.name, found.fault)
            return False
        try:
            new = self._receive(found, found.raw)
        except InblueError as error:
            if isinstance(error, Broken) and not isinstance(error, UnusableError):
                raise
            self._say(path.name, f"{path}: not recorded yet: {error}")
            return False
        self._seen.add(_base(path.name))
        return new

    def _say(self, name: str, said: str) -> None:
        if (name, said) not in self._said:
            self._said.add((name, said))
            self._told(said)


def _base(name: str) -> str:
    """The name of a message in a Maildir, without its flags."""
    return name.partition(":")[0]
