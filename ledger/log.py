"""The log: a Merkle tree over every entry of the ledger, in the store's one order, and its signed head.

It is a projection of the notification log, pulled in pages. Nodes, head and cursor are written in one transaction, so
that it can be killed at any instant and resumed; two processes that try to write the same leaves collide, and one
starts over. Only the sequencer, which holds the log's key, advances it; anybody may read it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from ..domain.register import LogKeySucceeded
from .checkpoint import Checkpoint, open_checkpoint, open_signed
from .entry import Seen, StoredEntry, read_entry
from .errors import ConflictError, LedgerError, VerificationError
from .merkle import EMPTY_ROOT, NodeId, append, leaf_hash, root
from .note import NoteKey, NoteSigner

PAGE = 100


class Head(NamedTuple):
    """The latest checkpoint: its size, the position of its last entry in the store's order, and the signed note."""

    size: int
    position: int
    note: bytes


class Stamp(NamedTuple):
    """A timestamp over a checkpoint: its size, the note that was stamped, the request and the token (RFC 3161, DER).

    ``authority`` is what whoever fetched it says of the authority (``Authority`` as JSON): a claim.
    """

    size: int
    authority: str
    note: bytes
    query: bytes
    token: bytes

    @property
    def sha256(self) -> str:
        """How entries name the token."""
        return hashlib.sha256(self.token).hexdigest()


class LogStore(Protocol):
    """Where the tree's nodes, the head, and what others put on checkpoints are kept."""

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

    def stamps(self) -> Sequence[Stamp]:
        """Every timestamp, by size, and in the order in which they came."""

    def keep_stamp(self, stamp: Stamp) -> None:
        """Keep a timestamp; one that is kept already is kept once."""

    def cosigned(self) -> Sequence[tuple[int, bytes]]:
        """Every checkpoint that a witness has cosigned, by size: its note with the witnesses' lines."""

    def keep_cosignature(self, size: int, note: bytes, line: str) -> None:
        """Keep a witness's line over the checkpoint of ``size``, signed by the log in ``note``; once."""


class EntryStore(Protocol):
    """Where the entries are kept, in one order."""

    def page(self, after: int, limit: int) -> Sequence[StoredEntry]:
        """Entries behind position ``after`` (0: from the first), in order, at most ``limit``."""

    def last_position(self) -> int:
        """The position of the last entry, 0 if there is none."""

    def stream(self, name: str) -> Iterable[StoredEntry]:
        """The entries of one stream, in order."""

    def position(self, stream: str, version: int) -> int:
        """The position of an entry, found without reading others.

        Raises:
            LedgerError: there is none.
        """


def seen(store: LogStore, keys: Sequence[NoteKey]) -> Seen:
    """What a recorder can say it has seen: the head's size and root, checked; of no log, the empty tree."""
    head = store.head()
    if head is None:
        return Seen(0, EMPTY_ROOT)
    checkpoint = open_checkpoint(head.note, *keys)
    stamps = store.stamps()
    latest = {stamp.authority: stamp.sha256 for stamp in stamps if stamp.size == stamps[-1].size}
    return Seen(checkpoint.size, checkpoint.root, tuple(sorted(set(latest.values()))))


def cosigned_head(store: LogStore, head: Head) -> bytes:
    """The head's note with the lines of every witness that has cosigned it."""
    return next((note for size, note in store.cosigned() if size == head.size), head.note)


def advance(log: LogStore, entries: EntryStore, signer: NoteSigner, former: Sequence[NoteKey] = ()) -> Head:
    """Bring the tree up to the last entry and sign its head; ``former`` are the keys that the log had before.

    What is signed extends what was signed before: the new tree grows from nodes that give the head's root.

    Raises:
        VerificationError: the store has lost entries that the head covers, holds one that is no entry, or its index is
            not what was signed: nothing is signed over any of it.
        LedgerError: the log's key is another by now.
        ConflictError: another sequencer is at work, ten times in a row.
    """
    for _ in range(10):
        try:
            return _advance(log, entries, signer, former)
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


def _advance(log: LogStore, entries: EntryStore, signer: NoteSigner, former: Sequence[NoteKey]) -> Head:
    check_tail(log, entries)
    head = log.head()
    size, position = (head.size, head.position) if head else (0, 0)
    signs_now = head is None or _signed_last(log, head, signer, former)
    new: dict[NodeId, bytes] = {}

    def read(node: NodeId) -> bytes:
        return new.get(node) or log.node(node)

    while page := entries.page(position, PAGE):
        for stored in page:
            act = read_entry(stored.envelope).act
            if isinstance(act, LogKeySucceeded):
                signs_now = act.log_key == str(signer.verifier)
            new.update(append(size, leaf_hash(stored.envelope), read))
            size += 1
            position = stored.position or position
    if not signs_now:
        raise LedgerError("the log's key was replaced; what is recorded is left for its new key to sign")
    if head is not None and not new:
        return head
    checkpoint = Checkpoint(signer.name, size, root(size, read))
    head = Head(size, position, checkpoint.sign(signer))
    log.advance(new.items(), head)
    return head


def _signed_last(log: LogStore, head: Head, signer: NoteSigner, former: Sequence[NoteKey]) -> bool:
    """Whether ``signer`` has signed the head, which is what the index gives."""
    checkpoint, signers = open_signed(head.note, [signer.verifier, *former])
    if checkpoint.size != head.size or root(head.size, log.node) != checkpoint.root:
        raise VerificationError("the log's index is not what was signed; nothing more is signed. Run inblue verify")
    return signer.verifier in signers
