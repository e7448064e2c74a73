"""A store as it would be without some of its rows and under another head, for an audit to judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..audit.result import Problem
from ..audit.since import verify_since
from ..audit.whole_ledger import verify
from ..entries.entry import StoredEntry
from ..entries.files import Files
from ..log.log import EntryStore, Head, LogStore
from ..standards.merkle import NodeId, Tree
from ..stores.streams import Streams

_PAGE = 500


def rows_of(entries: EntryStore) -> Iterator[StoredEntry]:
    """Every row from the first position on, in order."""
    position = -1  # if there are others, the first page from 0 on is refused
    while page := entries.page(position, _PAGE):
        yield from (row for row in page if row.cursor > 0)
        position = page[-1].cursor


def leaves_of(log: LogStore) -> Iterator[bytes]:
    """Every leaf hash that the log's index has."""
    start = 0
    while page := log.leaves(start, _PAGE):
        yield from page
        start += len(page)


class StoreView:
    """A store as it will be: without some rows, under the head ``shown``; for the checks of an audit."""

    def __init__(self, streams: Streams, log: LogStore, tree: Tree) -> None:
        self._streams, self._log, self._tree = streams, log, tree
        self.without: set[int | None] = set()
        self.shown: Head | None = None

    def problems(self, files: Files) -> Sequence[Problem]:
        """What an audit says about the entries after the head, and perhaps about others."""
        log: Any = self
        if self.shown is None:
            return [each for each in verify(self, log, files).problems if each.entry is not None]
        return verify_since(self.shown.note, self, log, files).problems

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """See :class:`..log.log.EntryStore`."""
        while page := self._streams.page(after, limit):
            if left := [row for row in page if row.position not in self.without]:
                return left
            after = page[-1].position or after
        return []

    def last_position(self) -> int:
        """See :class:`..log.log.EntryStore`."""
        return max((row.cursor for row in rows_of(self)), default=0)

    def stream(self, name: str) -> Iterable[StoredEntry]:
        """See :class:`..log.log.EntryStore`."""
        return [row for row in self._streams.stream(name) if row.position not in self.without]

    def position(self, stream: str, version: int) -> int:
        """See :class:`..log.log.EntryStore`."""
        return self._streams.position(stream, version)

    def head(self) -> Head | None:
        """See :class:`..log.log.LogStore`."""
        return self.shown

    def node(self, node: NodeId) -> bytes:
        """See :class:`..log.log.LogStore`."""
        return self._tree.node(node)

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`..log.log.LogStore`."""
        size = self.shown.size if self.shown else 0
        return [self._tree.node((0, index)) for index in range(start, min(size, start + limit))]

    def beyond(self, _size: int, _limit: int) -> Sequence[NodeId]:
        """See :class:`..log.log.LogStore`."""
        return ()

    def stamps(self, _size: int | None = None) -> Sequence[Any]:
        """See :class:`..log.log.LogStore`."""
        return ()

    def cosigned(self, *, after: int = 0, last: int | None = None) -> Sequence[Any]:  # noqa: ARG002 - none are shown
        """See :class:`..log.log.LogStore`."""
        return ()
