"""A ledger in memory, for tests and trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from eventsourcing.persistence import IntegrityError, Tracking
from eventsourcing.popo import POPOApplicationRecorder, POPOFactory, POPOTrackingRecorder

from .entry import StoredEntry
from .errors import ConflictError
from .log import Head, Stamp
from .mapper import entry_in
from .merkle import NodeId
from .storage import TRACKED, Batch, Store, environment, with_lines


class MemoryLog(POPOTrackingRecorder):
    """The log's nodes and head (:class:`inblue.ledger.log.LogStore`)."""

    def __init__(self) -> None:
        super().__init__()
        self._nodes: dict[NodeId, bytes] = {}
        self._head: Head | None = None
        self._stamps: list[Stamp] = []
        self._cosignatures: dict[tuple[int, str], bytes] = {}

    def head(self) -> Head | None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self._head

    def node(self, node: NodeId) -> bytes:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self._nodes[node]

    def nodes(self, wanted: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return {node: self._nodes[node] for node in wanted if node in self._nodes}

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        size = self._head.size if self._head else 0
        return [self._nodes[0, index] for index in range(start, min(size, start + limit))]

    def advance(self, nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        with self._database_lock:
            if self._nodes.keys() & nodes.keys():
                raise ConflictError("these leaves are in the log already")
            if head is not None:
                try:
                    self._assert_tracking_uniqueness(Tracking(TRACKED, head.position))
                except IntegrityError:
                    raise ConflictError("the log is further already") from None
                self._insert_tracking(Tracking(TRACKED, head.position))
                self._head = head
            self._nodes.update(nodes)

    def stamps(self, size: int | None = None) -> Sequence[Stamp]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return [stamp for stamp in sorted(self._stamps, key=lambda stamp: stamp.size) if size in {None, stamp.size}]

    def latest_stamps(self) -> Sequence[Stamp]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return self.stamps(max((stamp.size for stamp in self._stamps), default=0))

    def keep_stamp(self, stamp: Stamp) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        if stamp not in self._stamps:
            self._stamps.append(stamp)

    def cosigned(self, *, after: int = 0, last: int | None = None) -> Sequence[tuple[int, bytes]]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        found = with_lines(row for row in self.cosignatures() if row[0] > after)
        return found if last is None else found[-last:]

    def cosignatures(self) -> Iterator[tuple[int, bytes, str]]:
        """See :class:`~inblue.ledger.log.LogStore`."""
        return ((size, note, line) for (size, line), note in sorted(self._cosignatures.items()))

    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """See :class:`~inblue.ledger.log.LogStore`."""
        self._cosignatures.setdefault((size, line), note)


class _Recorder(POPOApplicationRecorder):
    """eventsourcing's, with :class:`~inblue.ledger.storage.EntryRecorder`."""

    def entries(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """See :class:`~inblue.ledger.storage.EntryRecorder`."""
        found = self.select_notifications(after, limit, inclusive_of_start=False)
        return [entry_in(n.id, str(n.originator_id), n.originator_version, n.topic, n.state) for n in found]

    def position(self, stream: str, version: int) -> int | None:
        """See :class:`~inblue.ledger.storage.EntryRecorder`."""
        with self._database_lock:
            at = self._stored_events_index.get(stream, {}).get(version)
        return None if at is None else at + 1


class MemoryFactory(POPOFactory):
    """eventsourcing's memory factory."""

    def application_recorder(self) -> POPOApplicationRecorder:
        """The entries."""
        return _Recorder()

    def log(self) -> MemoryLog:
        """The log."""
        return cast("MemoryLog", self.tracking_recorder(MemoryLog))


def memory_store() -> Store:
    """A new, empty store."""
    factory = MemoryFactory(environment())
    return Store(factory, factory.log, Batch(1_000, 1 << 24))
