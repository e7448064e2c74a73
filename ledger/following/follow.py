"""Waiting for what comes: by looking again, or by being told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event

from ...domain.errors import Malformed
from ...domain.recorded import Documents
from ..edge.face import face_of
from ..errors import UnusableError
from ..log.log import LogStore
from ..stores.store import DATABASE_ERRORS, News
from ..stores.streams import Streams
from .reader import Followed, Reader

EVERY = 0.5
"""Seconds between two looks at a store that says nothing by itself."""

_SLICE = 1.0  # seconds after which somebody who says stop is heard


@face_of
class CanBeFollowed:
    """A ledger, as far as following it goes."""

    streams: Streams
    log: LogStore
    _documents: Documents

    def follow(
        self,
        *,
        after: int | None = None,
        wait: float | None = None,
        every: float = EVERY,
        stop: Event | None = None,
    ) -> Iterator[Followed]:
        """The entries of the log behind leaf index ``after`` (None: from the first), in order, and those to come.

        Each is under a signed head and was checked as :meth:`.ledger.Ledger.vote` checks; what has no effect is left
        out. Keep ``index`` of each that is dealt with: given as ``after``, by whatever process, it goes on behind that.
        It ends where nothing came for ``wait`` seconds (None: never; 0: at the present head), or soon after ``stop``.
        ``every`` is how often a store is asked that does not say by itself that something was recorded.

        >>> cursor = None
        >>> for entry in ledger.follow(after=cursor, wait=0):
        ...     cursor = entry.index
        >>> done = vote.reply("COL", "in_favour", letter)
        >>> [(entry.vote, entry.act.act) for entry in ledger.follow(after=cursor, wait=0)]
        [('S/2026/1', 'vote_cast')]

        Raises:
            Broken: as :meth:`vote`; or the log was put back, or does not extend what was given before.
            UnusableError: the database cannot be read any more.
            Malformed: ``after``, ``wait`` or ``every`` is below 0, or ``every`` 0.
        """
        if after is not None and after < 0:
            raise Malformed(f"after: {after} is no index of an entry; leave it out to begin with the first")
        if every <= 0 or (wait is not None and wait < 0):
            raise Malformed("every: a number of seconds above 0; wait: 0 or more, or None to wait for ever")
        reader = Reader(self.streams, self.log, self._documents, after)
        return _following(reader, self.streams, wait, every, stop or Event())


def _following(reader: Reader, streams: Streams, wait: float | None, every: float, stop: Event) -> Iterator[Followed]:
    with streams.news() as news:
        until = _deadline(wait)
        while not stop.is_set():
            try:
                found, more = reader.read()
            except DATABASE_ERRORS as error:
                raise UnusableError(f"the database cannot be read: {str(error) or 'it was closed'}") from None
            for each in found:
                yield each
                if stop.is_set():
                    return
            if more:
                until = _deadline(wait)
                continue
            left = every if until is None else min(every, until - time.monotonic())
            if left <= 0:
                return
            _pause(news, stop, left)


def _deadline(wait: float | None) -> float | None:
    return None if wait is None else time.monotonic() + wait


def _pause(news: News | None, stop: Event, seconds: float) -> None:
    """Wait so long, or until the store has news, or somebody says stop."""
    if news is None:
        stop.wait(seconds)
    else:
        news(min(seconds, _SLICE))
