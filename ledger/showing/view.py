"""The public part of a ledger: a store that ends before some entry, and a log under an earlier signed head.

Code that reads this ledger cannot reveal later entries, since they are not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from ..entries.entry import StoredEntry
from ..errors import Broken, NotFound
from ..ledger import Ledger
from ..log.log import Head, LogStore, Stamp
from ..standards.merkle import NodeId
from ..stores.streams import Streams


class Until:
    """The streams of a store up to position ``last``, and the log in it up to ``signed``; both only ever grow."""

    def __init__(self, streams: Streams, log: LogStore) -> None:
        self._streams = streams
        self._log = LogUntil(log)
        self.last = 0
        self.recorder = self

    @property
    def signed(self) -> Head | None:
        """The last head of the log; None: nothing of it is shown."""
        return self._log.signed

    def grow(self, position: int, signed: Head | None) -> None:
        """Show more."""
        self._log.signed, self.last = signed, position

    def construct_log(self) -> LogStore:
        """See :class:`..stores.streams.Streams`."""
        return cast("LogStore", self._log)

    def select_notifications(self, start: int | None, limit: int, **more: Any) -> Sequence[Any]:
        """As eventsourcing's recorder."""
        found = self._streams.recorder.select_notifications(start, limit, stop=self.last, **more)
        return [each for each in found if each.id <= self.last]

    def stream(self, name: str, *, after: int = 0) -> Iterator[StoredEntry]:
        """See :class:`..stores.streams.Streams`."""
        last = self.last
        return (each for each in self._streams.stream(name, after=after) if each.cursor <= last)

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """See :class:`..log.log.EntryStore`."""
        last = self.last
        return [each for each in self._streams.page(after, limit) if each.cursor <= last]

    def position(self, stream: str, version: int) -> int:
        """See :class:`..log.log.EntryStore`."""
        found = self._streams.position(stream, version)
        if found > self.last:
            raise NotFound(f"{stream}: there is no act {version - 1}")
        return found

    def last_position(self) -> int:
        """See :class:`..log.log.EntryStore`."""
        return self.last

    def close(self) -> None:
        """Does nothing: the store belongs to other code."""


class LogUntil:
    """A log up to a signed head (:class:`..log.log.LogStore`)."""

    def __init__(self, log: LogStore) -> None:
        self._log = log
        self.signed: Head | None = None

    @property
    def _size(self) -> int:
        return self.signed.size if self.signed is not None else 0

    def head(self) -> Head | None:
        """See :class:`..log.log.LogStore`."""
        return self.signed

    def node(self, node: NodeId) -> bytes:
        """See :class:`..log.log.LogStore`."""
        if not self._has(node):
            raise Broken(f"the log's index lacks the node {node}; run inblue verify")
        return self._log.node(node)

    def nodes(self, wanted: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """See :class:`..log.log.LogStore`."""
        return self._log.nodes([each for each in wanted if self._has(each)])

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`..log.log.LogStore`."""
        return self._log.leaves(start, max(0, min(limit, self._size - start)))

    def beyond(self, _size: int, _limit: int) -> Sequence[NodeId]:
        """See :class:`..log.log.LogStore`."""
        return ()

    def stamps(self, size: int | None = None) -> Sequence[Stamp]:
        """See :class:`..log.log.LogStore`."""
        return [each for each in self._log.stamps(size) if each.size <= self._size]

    def latest_stamps(self) -> Sequence[Stamp]:
        """See :class:`..log.log.LogStore`."""
        every = self.stamps()
        return [each for each in every if each.size == every[-1].size]

    def cosigned(self, *, after: int = 0, last: int | None = None) -> Sequence[tuple[int, bytes]]:
        """See :class:`..log.log.LogStore`."""
        found = [each for each in self._log.cosigned(after=after) if each[0] <= self._size]
        return found if last is None else found[-last:]

    def cosignatures(self) -> Iterator[tuple[int, bytes, str]]:
        """See :class:`..log.log.LogStore`."""
        return (each for each in self._log.cosignatures() if each[0] <= self._size)

    def _has(self, node: NodeId) -> bool:
        return 0 <= node[1] < self._size >> node[0]


def ledger_until(ledger: Ledger) -> tuple[Ledger, Until]:
    """``ledger`` with nothing visible until :meth:`Until.grow` says how much."""
    until = Until(ledger.streams, ledger.log)
    view = Ledger(cast("Streams", until), ledger.files, clock=ledger.clock, log_signer=None, read_only=True)
    return view, until
