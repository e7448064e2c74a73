"""The log: a Merkle tree over every entry of the ledger, in the store's total order, and its signed head.

It is a projection of the notification log. Only the sequencer (:mod:`.sequencer`), which holds the log's key, advances
it; anyone may read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from ..entries.entry import StoredEntry
from ..errors import Broken
from ..standards.merkle import NodeId, leaf_hash

PAGE = 100


class Head(NamedTuple):
    """The latest checkpoint: its size, the position of its last entry in the store's order, and the signed note."""

    size: int
    position: int
    note: bytes


Edge: TypeAlias = tuple[Head, Mapping[NodeId, bytes]]
"""The head, the stored peaks under it, and perhaps more nodes that show how it extends a known one."""


class Outlook(NamedTuple):
    """What the store holds before an act is recorded, all at one instant.

    ``edge`` is the log's, None before the first checkpoint, without its peaks if the head was known; ``last`` is the
    position of the last entry (0: none); ``stamps`` are the store's numbers of what :meth:`LogStore.latest_stamps`
    would return; ``behind`` are the entries of the requested streams after the known versions, in order per stream.
    """

    edge: Edge | None
    last: int
    stamps: tuple[int, ...]
    behind: Sequence[StoredEntry]


Look: TypeAlias = Callable[[Mapping[str, int], Head | None], Outlook]
"""Gives the outlook to a caller that knows streams up to these versions, and the log up to this head."""

Cover: TypeAlias = Callable[[Sequence[StoredEntry], Look], tuple[Mapping[NodeId, bytes], Head]]
"""Gives the nodes and head over entries that are being stored, with their positions.

It may read the edge and the later entries again, since nobody else can record now; it gets nothing else.
"""


Nodes: TypeAlias = Callable[[Sequence[NodeId]], Mapping[NodeId, bytes]]
"""Gives the hashes of the requested complete nodes that are stored, in one query."""


class Stamp(NamedTuple):
    """A timestamp over a checkpoint: its size, the note that was stamped, the request and the token (RFC 3161, DER).

    ``authority`` is the fetcher's statement about the authority (``Authority`` as JSON): a claim.
    """

    size: int
    authority: str
    note: bytes
    query: bytes
    token: bytes

    @property
    def sha256(self) -> str:
        """The digest by which entries name the token."""
        return hashlib.sha256(self.token).hexdigest()


class LogStore(Protocol):
    """Stores the tree's nodes, the head, and third parties' evidence over checkpoints."""

    def head(self) -> Head | None:
        """The head, or None before the first checkpoint."""

    def node(self, node: NodeId) -> bytes:
        """A complete node's hash.

        Raises:
            Broken: it is not stored.
        """

    def nodes(self, wanted: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """See :data:`Nodes`."""

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """Leaf hashes from index ``start`` on, at most ``limit``."""

    def beyond(self, size: int, limit: int) -> Sequence[NodeId]:
        """The stored nodes that are not part of a tree with that many leaves, at most ``limit``."""

    def advance(self, nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """Write new nodes and the head, all or nothing. Only a copy that is not visible yet may have no head.

        Raises:
            Busy: another sequencer wrote these leaves first.
        """

    def stamps(self, size: int | None = None) -> Sequence[Stamp]:
        """Every timestamp, or those over one size; by size, then in the order of arrival."""

    def latest_stamps(self) -> Sequence[Stamp]:
        """The timestamps over the largest size that has any and that the head covers."""

    def keep_stamp(self, stamp: Stamp) -> None:
        """Store a timestamp, once."""

    def cosigned(self, *, after: int = 0, last: int | None = None) -> Sequence[tuple[int, bytes]]:
        """The checkpoints of more than ``after`` entries that a witness has cosigned, by size, with its lines. ``last``
        limits them to that many of the largest.
        """

    def cosignatures(self) -> Iterator[tuple[int, bytes, str]]:
        """The cosignatures given to :meth:`keep_cosignature`, by size."""

    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """Store a witness's line over the checkpoint of ``size``, signed by the log in ``note``, once."""


class EntryStore(Protocol):
    """Stores the entries in one total order."""

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """Entries after position ``after`` (0: from the first), in order, at most ``limit``."""

    def last_position(self) -> int:
        """The position of the last entry, 0 if there is none."""

    def stream(self, name: str) -> Iterable[StoredEntry]:
        """The entries of one stream, in order."""

    def position(self, stream: str, version: int) -> int:
        """The position of an entry, without reading others.

        Raises:
            NotFound: there is none.
        """


def cosigned_head(store: LogStore, head: Head) -> bytes:
    """The head's note with the lines of every witness that has cosigned it."""
    return next((note for size, note in store.cosigned(after=head.size - 1) if size == head.size), head.note)


def entries_from(log: LogStore, entries: EntryStore, index: int) -> Iterator[StoredEntry]:
    """The entries from leaf ``index`` of the log on, in order, including those that the head does not cover yet.

    The position of leaf i is i + 1 or more, since positions have gaps: no more earlier entries are read than there are
    gaps.

    Raises:
        Broken: the entry that the log's index has there is not in the store.
    """
    position = index
    wanted = next(iter(log.leaves(index, 1)), None)
    if wanted is None:
        return
    while wanted is not None and (page := entries.page(position, PAGE)):
        for number, stored in enumerate(page):
            if leaf_hash(stored.envelope) == wanted:
                yield from page[number:]
                wanted = None
                break
        position = page[-1].position or position
    if wanted is not None:
        raise Broken(f"entry {index} of the log is not in the store; run inblue verify")
    while page := entries.page(position, PAGE):
        yield from page
        position = page[-1].position or position
