"""The log: a Merkle tree over every entry of the ledger, in the store's one order, and its signed head.

It is a projection of the notification log, pulled in pages. Nodes, head and cursor are written in one transaction, so
that it can be killed at any instant and resumed; two processes that try to write the same leaves collide, and one
starts over. Only the sequencer, which holds the log's key, advances it; anybody may read it.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, Protocol, TypeAlias

from ..domain.register import LogKeySucceeded
from .checkpoint import Checkpoint, open_checkpoint, open_signed
from .entry import Seen, StoredEntry, read_entry
from .errors import ConflictError, LedgerError, VerificationError
from .merkle import EMPTY_ROOT, NodeId, append, leaf_hash, peak_nodes, root
from .note import NoteKey, NoteSigner

Cover: TypeAlias = Callable[[Sequence["StoredEntry"]], tuple[Mapping[NodeId, bytes], "Head"]]
"""Gives the nodes and head over entries that are being stored, with their positions (:func:`covering`)."""

PAGE = 100
_ATTEMPTS = 50


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

    def nodes(self, wanted: Sequence[NodeId]) -> Mapping[NodeId, bytes]:
        """Those of the complete nodes ``wanted`` that are there, in one read."""

    def leaves(self, start: int, limit: int) -> Sequence[bytes]:
        """Leaf hashes from index ``start`` on, at most ``limit``."""

    def advance(self, nodes: Mapping[NodeId, bytes], head: Head | None) -> None:
        """Write new nodes and the head, all or nothing. Only a copy that nobody can see yet goes without a head.

        Raises:
            ConflictError: another sequencer wrote these leaves first.
        """

    def stamps(self, size: int | None = None) -> Sequence[Stamp]:
        """Every timestamp, or those over one size; by size, and in the order in which they came."""

    def latest_stamps(self) -> Sequence[Stamp]:
        """The timestamps over the largest size that has any."""

    def keep_stamp(self, stamp: Stamp) -> None:
        """Keep a timestamp; one that is kept already is kept once."""

    def cosigned(self, *, after: int = 0, last: int | None = None) -> Sequence[tuple[int, bytes]]:
        """The checkpoints of more than ``after`` entries that a witness has cosigned, by size, with its lines.

        ``last`` takes only that many, the largest.
        """

    def cosignatures(self) -> Iterator[tuple[int, bytes, str]]:
        """What :meth:`keep_cosignature` was given, by size."""

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


def seen(store: LogStore, head: Head | None, keys: Sequence[NoteKey]) -> Seen:
    """What a recorder can say it has seen: the head's size and root, checked; of no log, the empty tree."""
    if head is None:
        return Seen(0, EMPTY_ROOT)
    checkpoint = open_checkpoint(head.note, *keys)
    latest = {stamp.authority: stamp.sha256 for stamp in store.latest_stamps()}
    return Seen(checkpoint.size, checkpoint.root, tuple(sorted(set(latest.values()))))


def cosigned_head(store: LogStore, head: Head) -> bytes:
    """The head's note with the lines of every witness that has cosigned it."""
    return next((note for size, note in store.cosigned(after=head.size - 1) if size == head.size), head.note)


def advance(
    log: LogStore,
    entries: EntryStore,
    signer: NoteSigner,
    former: Sequence[NoteKey] = (),
    *,
    upto: int | None = None,
) -> Head:
    """Bring the tree up to the last entry and sign its head; ``former`` are the keys that the log had before.

    With ``upto`` it is enough that the head covers that position: of several writers one then signs for all.

    What is signed extends what was signed before: the new tree grows from nodes that give the head's root.

    Raises:
        VerificationError: the store has lost entries that the head covers, holds one that is no entry, or its index is
            not what was signed: nothing is signed over any of it.
        LedgerError: the log's key is another by now.
        ConflictError: another sequencer is at work, ten times in a row.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return _advance(log, entries, signer, former, upto)
        except ConflictError:
            if attempt:  # who was faster has just signed, most likely for this one too
                pause(attempt)
    raise ConflictError("another process keeps signing this log, and leaves this one no turn; try again")


def entries_from(log: LogStore, entries: EntryStore, index: int) -> Iterator[StoredEntry]:
    """The entries from leaf ``index`` of the log on, in order, also those that the head does not cover yet.

    The position of leaf i is i + 1 or more, since positions have gaps: of the entries before, no more are read than
    there are gaps.

    Raises:
        VerificationError: the entry that the log's index has there is not in the store.
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
        raise VerificationError(f"entry {index} of the log is not in the store; run inblue verify")
    while page := entries.page(position, PAGE):
        yield from page
        position = page[-1].position or position


def pause(attempt: int) -> None:
    """Wait a moment before trying again what another process was faster at: the longer, the oftener it failed."""
    time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 5)))  # noqa: S311 - no secret hangs on it


def check_tail(log: LogStore, entries: EntryStore) -> Head | None:
    """Make sure that the store still has what its head covers, before anything is put behind it; gives the head.

    A store may give a position anew once its last entries are gone, so that their loss would not show by positions.

    Raises:
        VerificationError: it ends before the head does.
    """
    head, last = log.head(), entries.last_position()
    if head is not None and last < head.position:
        raise VerificationError(_shorter(last, head))
    return head


def _shorter(last: int, head: Head) -> str:
    return (
        f"the store ends at position {last}, but its signed head covers up to {head.position}: "
        "entries are missing; nothing is recorded or signed. Run inblue verify"
    )


def covering(
    log: LogStore,
    entries: EntryStore,
    signer: NoteSigner,
    former: Sequence[NoteKey],
    stored: Sequence[StoredEntry],
) -> tuple[Mapping[NodeId, bytes], Head]:
    """The nodes and head that cover ``stored``, which the transaction that asks has just put behind ``entries``.

    So an act and the head over it are there together, or neither; the transaction must have the store to itself.

    Raises:
        VerificationError, LedgerError: as :func:`advance`.
    """
    head = log.head()
    if head is not None and stored[0].position is not None and stored[0].position <= head.position:
        raise VerificationError(_shorter(stored[0].position - 1, head))
    return _grown(log, entries, signer, former, head, stored)


def _advance(
    log: LogStore, entries: EntryStore, signer: NoteSigner, former: Sequence[NoteKey], upto: int | None
) -> Head:
    head = check_tail(log, entries) if upto is None else log.head()  # what has just been stored lies behind the head
    if head is not None and upto is not None and upto <= head.position:
        if open_checkpoint(head.note, signer.verifier, *former).size != head.size:
            raise VerificationError("the head's size is not what was signed. Run inblue verify")
        return head
    new, grown = _grown(log, entries, signer, former, head)
    if grown is not head:
        log.advance(new, grown)
    return grown


def _grown(
    log: LogStore,
    entries: EntryStore,
    signer: NoteSigner,
    former: Sequence[NoteKey],
    head: Head | None,
    stored: Sequence[StoredEntry] = (),
) -> tuple[Mapping[NodeId, bytes], Head]:
    """The nodes and head that come behind ``head``; ``head`` itself if there is nothing to cover."""
    size, position = (head.size, head.position) if head else (0, 0)
    edge = log.nodes(peak_nodes(size))
    signs_now = head is None or _signed_last(edge, head, signer, former)
    new: dict[NodeId, bytes] = {}

    def read(node: NodeId) -> bytes:
        return new.get(node) or edge.get(node) or log.node(node)

    for row in chain(_behind(entries, position), stored):
        act = read_entry(row.envelope).act
        if isinstance(act, LogKeySucceeded):
            signs_now = act.log_key == str(signer.verifier)
        new.update(append(size, leaf_hash(row.envelope), read))
        size += 1
        position = row.position or position
    if not signs_now:
        raise LedgerError("the log's key was replaced; what is recorded is left for its new key to sign")
    if head is not None and not new:
        return {}, head
    checkpoint = Checkpoint(signer.name, size, root(size, read))
    return new, Head(size, position, checkpoint.sign(signer))


def _behind(entries: EntryStore, position: int) -> Iterator[StoredEntry]:
    page = None
    while page is None or len(page) == PAGE:
        page = entries.page(position, PAGE)
        yield from page
        position = (page[-1].position if page else None) or position


def _signed_last(edge: Mapping[NodeId, bytes], head: Head, signer: NoteSigner, former: Sequence[NoteKey]) -> bool:
    """Whether ``signer`` has signed the head, which is what the index gives."""
    checkpoint, signers = open_signed(head.note, [signer.verifier, *former])
    whole = len(edge) == len(peak_nodes(head.size))
    if checkpoint.size != head.size or not whole or root(head.size, edge.__getitem__) != checkpoint.root:
        raise VerificationError("the log's index is not what was signed; nothing more is signed. Run inblue verify")
    return signer.verifier in signers
