"""The log: a Merkle tree over every entry of the ledger, in the store's one order, and its signed head.

It is a projection of the notification log, pulled in pages. Nodes, head and cursor are written in one transaction, so
that it can be killed at any instant and resumed; two processes that try to write the same leaves collide, and one
starts over. Only the sequencer, which holds the log's key, advances it; anybody may read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from .checkpoint import Checkpoint, open_checkpoint
from .entry import Seen, StoredEntry, read_entry
from .errors import ConflictError, VerificationError
from .merkle import EMPTY_ROOT, NodeId, append, leaf_hash, root
from .note import NoteSigner, Verifier

PAGE = 100


class Head(NamedTuple):
    """The latest checkpoint: its size, the position of its last entry in the store's order, and the signed note."""

    size: int
    position: int
    note: bytes


class LogStore(Protocol):
    """Where the tree's nodes and the head are kept."""

    def head(self) -> Head | None:
        """The head, or None before the first checkpoint."""

    def node(self, node: NodeId) -> bytes:
        """A complete node's hash.

        Raises:
            VerificationError: it is not there.
        """

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """Leaf hashes from index ``start`` on, at most ``limit``."""

    def advance(self, nodes: Iterable[tuple[NodeId, bytes]], head: Head) -> None:
        """Write new nodes and the head, all or nothing.

        Raises:
            ConflictError: another sequencer wrote these leaves first.
        """


class EntryStore(Protocol):
    """Where the entries are kept, in one order."""

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """Entries behind position ``after`` (0: from the first), in order, at most ``limit``."""

    def last_position(self) -> int:
        """The position of the last entry, 0 if there is none."""


def seen(store: LogStore, verifier: Verifier | None) -> Seen:
    """What a recorder can say it has seen: the head's size and root, checked; of no log, the empty tree."""
    head = store.head()
    if head is None or verifier is None:
        return Seen(0, EMPTY_ROOT)
    checkpoint = open_checkpoint(head.note, verifier)
    return Seen(checkpoint.size, checkpoint.root)


def advance(log: LogStore, entries: EntryStore, signer: NoteSigner) -> Head:
    """Bring the tree up to the last entry and sign its head.

    Raises:
        VerificationError: the store has lost entries that the head covers, or an entry that is no entry: nothing is
            signed over either.
        ConflictError: another sequencer is at work, ten times in a row.
    """
    for _ in range(10):
        try:
            return _advance(log, entries, signer)
        except ConflictError:
            continue
    raise ConflictError("another process keeps signing this log; only one sequencer may run")


def check_tail(log: LogStore, entries: EntryStore) -> None:
    """Make sure that the store still has what its head covers, before anything is put behind it.

    A store may give a position anew once its last entries are gone, so that their loss would not show by positions.

    Raises:
        VerificationError: it ends before the head does.
    """
    head, last = log.head(), entries.last_position()
    if head is not None and last < head.position:
        raise VerificationError(
            f"the store ends at position {last}, but its signed head covers up to {head.position}: "
            "entries are missing; nothing is recorded or signed. Run inblue verify"
        )


def _advance(log: LogStore, entries: EntryStore, signer: NoteSigner) -> Head:
    check_tail(log, entries)
    head = log.head()
    size, position = (head.size, head.position) if head else (0, 0)
    new: dict[NodeId, bytes] = {}

    def read(node: NodeId) -> bytes:
        return new.get(node) or log.node(node)

    while page := entries.page(position, PAGE):
        for stored in page:
            read_entry(stored.envelope)
            new.update(append(size, leaf_hash(stored.envelope), read))
            size += 1
            position = stored.position or position
    if head is not None and not new:
        return head
    checkpoint = Checkpoint(signer.name, size, root(size, read))
    head = Head(size, position, checkpoint.sign(signer))
    log.advance(new.items(), head)
    return head
