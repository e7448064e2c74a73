"""Waits for new entries, by polling or by notification."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event

from ...domain.errors import Malformed
from ...domain.recorded import Documents
from ..edge.face import face_of, unreadable
from ..log.log import LogStore
from ..stores.store import DATABASE_ERRORS, News
from ..stores.streams import Streams
from .reader import Followed, Reader

EVERY = 0.5
"""Seconds between two polls of a store without notifications."""

_SLICE = 1.0  # seconds after which a stop request is noticed


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
        """The entries of the log after leaf index ``after`` (None: from the first), in order, and future ones.

        Each is under a signed head and was checked as :meth:`.ledger.Ledger.vote` does; entries without effect are left
        out. Save the ``index`` of each entry when it is processed: any process can continue after it by passing it as
        ``after``. It ends when nothing came for ``wait`` seconds (None: never; 0: at the current head), or soon after
        ``stop``. ``every`` is the polling interval for a store without notifications.

        >>> cursor = None
        >>> for entry in ledger.follow(after=cursor, wait=0):
        ...     cursor = entry.index
        >>> done = vote.reply("COL", "in_favour", letter)
        >>> [(entry.vote, entry.act.act) for entry in ledger.follow(after=cursor, wait=0)]
        [('S/2026/1', 'vote_cast')]

        Raises:
            Broken: as :meth:`vote`; or the log was rolled back, or does not extend what was returned before.
            Busy: the database gave no answer, or is a replica without what was returned before; try again.
            UnusableError: the database cannot be read any more.
            Malformed: ``after``, ``wait`` or ``every`` is below 0, or ``every`` 0.
        """
        if after is not None and after < 0:
            raise Malformed(f"after: {after} is not the index of an entry; leave it out to begin with the first")
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
                raise unreadable(error) from None
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
    """Wait for a time, or until the store has news, or until stopped."""
    if news is None:
        stop.wait(seconds)
    else:
        news(min(seconds, _SLICE))
