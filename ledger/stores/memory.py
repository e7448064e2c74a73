"""A ledger in memory, for tests and trials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking
from eventsourcing.popo import POPOApplicationRecorder, POPOFactory, POPOTrackingRecorder
from eventsourcing.utils import Environment

from ..entries.entry import StoredEntry
from ..errors import Broken, Busy
from ..log.log import Cover, Edge, Head, Outlook, Stamp
from ..standards.merkle import NodeId, peak_nodes
from .mapper import entry_in, placed
from .store import TRACKED, Batch, Store, environment, with_lines


class MemoryLog(POPOTrackingRecorder):
    """The log's nodes and head (:class:`..log.log.LogStore`).

    ``lock`` is held in every method, and while entries and their head are stored, so neither is visible without the
    other.
    """

    def __init__(self) -> None:
        super().__init__()
        self._nodes: dict[NodeId, bytes] = {}
        self._head: Head | None = None
        self._stamps: list[Stamp] = []
        self._cosignatures: dict[tuple[int, str], bytes] = {}
        self.lock = self._database_lock

    def head(self) -> Head | None:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            return self._head

    def node(self, node: NodeId) -> bytes:
        """See :class:`..log.log.LogStore`."""
        found = self.nodes([node])
        if not found:
            raise Broken(f"the log's index lacks the node {node}; run inblue verify")
        return found[node]

    def nodes(self, wanted: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            return {node: self._nodes[node] for node in wanted if node in self._nodes}

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            size = self._head.size if self._head else 0
            return [self._nodes[0, index] for index in range(start, min(size, start + limit))]

    def beyond(self, size: int, limit: int) -> Sequence[NodeId]:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            return [node for node in self._nodes if not 0 <= node[1] < size >> node[0]][:limit]

    def advance(self, nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            if self._nodes.keys() & nodes.keys():
                raise Busy("these leaves are in the log already")
            if head is not None:
                try:
                    self._assert_tracking_uniqueness(Tracking(TRACKED, head.position))
                except IntegrityError:
                    raise Busy("the log is further already") from None
                self._insert_tracking(Tracking(TRACKED, head.position))
                self._head = head
            self._nodes.update(nodes)

    def stamps(self, size: int | None = None) -> Sequence[Stamp]:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            return [stamp for stamp in sorted(self._stamps, key=lambda stamp: stamp.size) if size in {None, stamp.size}]

    def latest(self) -> tuple[Edge | None, tuple[int, ...]]:
        """The edge, and the numbers of the latest timestamps."""
        with self.lock:
            head, latest = self._head, self.latest_stamps()
            nodes = self.nodes(peak_nodes(head.size if head else 0))
            return (head, nodes) if head else None, tuple(n for n, stamp in enumerate(self._stamps) if stamp in latest)

    def latest_stamps(self) -> Sequence[Stamp]:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            head = self._head.size if self._head else 0
            return self.stamps(max((stamp.size for stamp in self._stamps if stamp.size <= head), default=0))

    def keep_stamp(self, stamp: Stamp) -> None:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            if stamp not in self._stamps:
                self._stamps.append(stamp)

    def cosigned(self, *, after: int = 0, last: int | None = None) -> Sequence[tuple[int, bytes]]:
        """See :class:`..log.log.LogStore`."""
        found = with_lines(row for row in self.cosignatures() if row[0] > after)
        return found if last is None else found[-last:]

    def cosignatures(self) -> Iterator[tuple[int, bytes, str]]:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            return ((size, note, line) for (size, line), note in sorted(self._cosignatures.items()))

    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """See :class:`..log.log.LogStore`."""
        with self.lock:
            self._cosignatures.setdefault((size, line), note)


class _Recorder(POPOApplicationRecorder):
    """eventsourcing's; see :class:`.store.EntryRecorder`."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__()
        self._log = log
        self._database_lock = log.lock

    def insert_events(
        self, stored_events: Sequence[StoredEvent], cover: Cover | None = None, **kwargs: Any
    ) -> Sequence[int] | None:
        """The same as the library's; with ``cover``, together with the head over the entries."""
        with self._database_lock:
            if cover is None:
                return super().insert_events(stored_events, **kwargs)
            self._assert_uniqueness(stored_events)
            first = len(self._stored_events) + 1
            self._log.advance(*cover(placed(stored_events, range(first, first + len(stored_events))), self.look))
            return super().insert_events(stored_events, **kwargs)

    def entries(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """See :class:`.store.EntryRecorder`."""
        found = self.select_notifications(after, limit, inclusive_of_start=False)
        return [entry_in(n.id, str(n.originator_id), n.originator_version, n.topic, n.state) for n in found]

    def stream(self, name: str, after: int) -> Sequence[StoredEntry]:
        """See :class:`.store.EntryRecorder`."""
        with self._database_lock:
            return [
                entry_in(
                    self.position(name, row.originator_version), name, row.originator_version, row.topic, row.state
                )
                for row in self.select_events(name, gt=after or None)
            ]

    def position(self, stream: str, version: int) -> int | None:
        """See :class:`.store.EntryRecorder`."""
        with self._database_lock:
            at = self._stored_events_index.get(stream, {}).get(version)
        return None if at is None else at + 1

    def look(self, versions: Mapping[str, int], known: Head | None) -> Outlook:  # noqa: ARG002 - nothing is read for it
        """See :class:`.store.EntryRecorder`."""
        with self._database_lock:
            behind = [entry for name, version in versions.items() for entry in self.stream(name, version)]
            edge, stamps = self._log.latest()
            return Outlook(edge, len(self._stored_events), stamps, behind)


class MemoryFactory(POPOFactory):
    """eventsourcing's memory factory."""

    def __init__(self, env: Environment) -> None:
        super().__init__(env)
        self._log = cast("MemoryLog", self.tracking_recorder(MemoryLog))

    def application_recorder(self) -> POPOApplicationRecorder:
        """The entries."""
        return _Recorder(self._log)

    def log(self) -> MemoryLog:
        """The log."""
        return self._log


def memory_store() -> Store:
    """A new, empty store."""
    factory = MemoryFactory(environment())
    return Store(factory, factory.log, Batch(1_000, 1 << 24))
