"""The sequencer brings the log's tree up to the last entry, and signs its head.

Entries are read in pages. Nodes, head and cursor are written in one transaction, so it can be killed at any instant and
resumed; two processes that try to write the same leaves collide, and one starts over. A new head always extends the
previous one: the new tree grows from nodes that give the head's root.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias, TypeVar

from ...domain.errors import InblueError, Refused
from ...domain.register_acts import MAX_AUTHORITIES, LogKeySucceeded
from ..entries.entry import Seen, StoredEntry, read_entry
from ..errors import Broken, Busy, UnreachableError
from ..standards.checkpoint import Checkpoint, open_signed
from ..standards.merkle import (
    EMPTY_ROOT,
    NodeId,
    append,
    consistency_nodes,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    peak_nodes,
    root,
    verify_consistency,
    verify_inclusion,
)
from ..standards.note import NoteKey, NoteSigner
from .log import PAGE, Edge, EntryStore, Head, LogStore, Look, Nodes, Stamp

_TURNS = 50

T = TypeVar("T")

_ATTEMPTS = 50
_SUCCESSIONS = LogKeySucceeded.kinds()


Vouch: TypeAlias = Callable[[Head | None], None]
"""Makes sure that a head may be signed over the entries after this one, which no head covers yet."""


class Tip(NamedTuple):
    """A head whose signature was checked and that matches the log's index, or that was signed here.

    ``peaks`` are the complete subtrees of the tree under it.
    """

    head: Head
    root: bytes
    signed_by: tuple[NoteKey, ...]
    peaks: Mapping[NodeId, bytes]


def tip_of(found: Edge | None, keys: Sequence[NoteKey], nodes: Nodes, known: Tip | None = None) -> Tip | None:
    """The log's head, checked against its signature and the index, unless it is ``known``; None if there is none.

    ``nodes`` are read, in one query, only if the head is larger than the known one.

    Raises:
        Broken: none of ``keys`` has signed it, the index does not match it, or it is older than the ``known`` one or
        does not extend it: signing after it would sign a fork.
    """
    if known is not None and (found is None or found[0].size < known.head.size):
        size = found[0].size if found else 0
        raise Broken(
            f"the log had {known.head.size} entries already, and now its head is of {size}: it was put back to an "
            "older state; nothing is recorded or signed"
        )
    if found is None:
        return None
    head, had = found
    if known is not None and known.head == head:
        return known
    try:
        checkpoint, signers = open_signed(head.note, keys)
    except InblueError as error:
        what = f"the log's head is not what its key has signed ({error}); nothing more is recorded or signed"
        raise Broken(f"{what}. Run inblue verify, and inblue mend to put it right") from None
    peaks = {peak: had[peak] for peak in peak_nodes(head.size) if peak in had}
    whole = len(peaks) == head.size.bit_count()
    if checkpoint.size != head.size or not whole or root(head.size, peaks.__getitem__) != checkpoint.root:
        raise Broken("the log's index is not what was signed; nothing more is signed. Run inblue verify")
    if known is not None and head.size == known.head.size and checkpoint.root != known.root:
        raise Broken("two histories of the log were signed; nothing is recorded. Run inblue verify")
    if known is not None and not _extends(known, head.size, checkpoint.root, had, nodes):
        raise Broken(
            f"two histories of the log were signed: its head of {head.size} entries does not extend the one of "
            f"{known.head.size} that this process knows; nothing is recorded or signed. Stop recording, and find out "
            "which copy was put back (docs/operations.md)"
        )
    return Tip(head, checkpoint.root, signers, peaks)


def _extends(known: Tip, size: int, root_hash: bytes, had: Mapping[NodeId, bytes], nodes: Nodes) -> bool:
    """Whether the index proves that the tree of that size and root begins with the known one (RFC 9162, 2.1.4).

    A proof is valid wherever its hashes come from, so nodes in memory are not read again.
    """
    there, wanted = {**known.peaks, **had}, consistency_nodes(known.head.size, size)
    lacking = [node for node in wanted if node not in there]
    there |= nodes(lacking) if lacking else {}
    if not there.keys() >= set(wanted):
        return False
    proof = consistency_proof(known.head.size, size, there.__getitem__)
    return verify_consistency(known.head.size, size, known.root, root_hash, proof)


def seen(tip: Tip | None, tokens: tuple[str, ...] = ()) -> Seen:
    """What a recorder states as seen: size and root of the log, the latest tokens; without a log, the empty tree."""
    return Seen(tip.head.size, tip.root, tokens) if tip is not None else Seen(0, EMPTY_ROOT)


def latest_tokens(log: LogStore, tip: Tip | None, keys: Sequence[NoteKey]) -> tuple[str, ...]:
    """The digests of the latest valid tokens, one per authority, in rising order.

    A token named by an entry must be supplied to every later audit. So a token is named only if it is over an earlier
    state of this log, signed by one of ``keys``, and made by the stated authority; and no more than an entry can name.
    """
    latest = {stamp.authority: stamp for stamp in log.latest_stamps() if tip is not None and _holds(log, stamp, keys)}
    return tuple(sorted({stamp.sha256 for stamp in latest.values()}))[:MAX_AUTHORITIES]


def _holds(log: LogStore, stamp: Stamp, keys: Sequence[NoteKey]) -> bool:
    from ..standards.timestamp import (
        Authority,
        revocations_by,
        verify_token,
    )  # a third of what recording imports is for this

    try:
        checkpoint, _ = open_signed(stamp.note, keys)
        if (checkpoint.size, checkpoint.root) != (stamp.size, root(stamp.size, log.node)):
            return False
        authority = Authority.read(stamp.authority.encode(), where="authority")
        # One that reports its own unit's revocation is named too, or it could be left out unnoticed.
        verify_token(stamp.token, stamp.note, authority, query=stamp.query, revocations=revocations_by())
    except (InblueError, UnicodeError):
        return False
    return True


def check_tail(tip: Tip | None, last: int) -> None:
    """Make sure that the store, which ends at position ``last``, has all that its head covers.

    It is called before anything is added: a store may reuse a position once its last entries are gone, so positions
    would not show their loss.

    Raises:
        Broken: it ends before the head does.
    """
    if tip is not None and last < tip.head.position:
        raise Broken(
            f"the store ends at position {last}, but its signed head covers up to {tip.head.position}: "
            "entries are missing; nothing is recorded or signed. Run inblue verify"
        )


def advance(
    log: LogStore,
    entries: EntryStore,
    look: Look,
    signer: NoteSigner,
    former: Sequence[NoteKey] = (),
    known: Tip | None = None,
    *,
    vouch: Vouch = lambda _head: None,
) -> Tip:
    """Bring the tree up to the last entry and sign its head; ``former`` are the earlier keys of the log. ``vouch``
    checks the entries that no head covers yet.

    Raises:
        Broken: the store has lost entries that the head covers, holds a row that is not an entry, or its index does not
        match the signed head: then nothing is signed.
        Refused: the log's key has changed meanwhile.
        Busy: another sequencer was first, fifty times in a row.
    """
    for attempt in range(_ATTEMPTS):
        try:
            found = look({}, known.head if known else None)
            tip = tip_of(found.edge, [signer.verifier, *former], log.nodes, known)
            check_tail(tip, found.last)
            new, grown = _grown(log, signer, tip, _vouched(_behind(log, entries, tip), tip, vouch))
            if grown is not tip:
                log.advance(new, grown.head)
            return grown
        except Busy:
            if attempt:  # the other sequencer has just signed, most likely for this one too
                pause(attempt)
    raise Busy("another process keeps signing this log, and leaves this one no turn; try again")


def covering(
    log: LogStore,
    entries: EntryStore,
    signer: NoteSigner,
    stored: Sequence[StoredEntry],
    tip: Tip | None,
    *,
    vouch: Vouch = lambda _head: None,
) -> tuple[Mapping[NodeId, bytes], Tip]:
    """The nodes and head that cover ``stored``, which the calling transaction has just added after ``entries``.

    So an act and the head over it are stored together, or neither. The transaction must have exclusive access to the
    store and has assigned the positions. ``tip`` is the log's current tip; ``vouch`` checks what is in between.

    Raises:
        Broken, Refused: as :func:`advance`.
    """
    check_tail(tip, stored[0].cursor - 1)
    follow = tip is not None and follows(stored, tip)
    between = () if follow else _vouched(_behind(log, entries, tip), tip, vouch)
    return _grown(log, signer, tip, between, stored)


def follows(stored: Sequence[StoredEntry], tip: Tip) -> bool:
    """Whether entries directly follow a tip: positions rise, so nobody can have recorded or signed since."""
    return stored[0].position == tip.head.position + 1


def pause(attempt: int) -> None:
    """Wait before a retry after another process was first: longer after each failure."""
    time.sleep(random.uniform(0, 0.002 * 2 ** min(attempt, 5)))  # noqa: S311 - no secret depends on it


def _grown(
    log: LogStore,
    signer: NoteSigner,
    tip: Tip | None,
    behind: Iterable[StoredEntry],
    stored: Sequence[StoredEntry] = (),
) -> tuple[Mapping[NodeId, bytes], Tip]:
    """The nodes and head over the entries ``behind`` the tip and ``stored``; the tip itself if there are none."""
    size, position = (tip.head.size, tip.head.position) if tip else (0, 0)
    peaks = tip.peaks if tip else {}
    signs_now = tip is None or signer.verifier in tip.signed_by
    new: dict[NodeId, bytes] = {}

    def read(node: NodeId) -> bytes:
        return new.get(node) or peaks.get(node) or log.node(node)

    for row, just_written in chain(((row, False) for row in behind), ((row, True) for row in stored)):
        if not just_written or row.kind in _SUCCESSIONS:  # what was just written was read back before it was stored
            act = read_entry(row.envelope).act
            if isinstance(act, LogKeySucceeded):
                signs_now = act.log_key == str(signer.verifier)
        new.update(append(size, leaf_hash(row.envelope), read))
        size += 1
        position = row.position or position
    if not signs_now:
        raise Refused(None, "the log's key was replaced; what is recorded is left for its new key to sign")
    if tip is not None and not new:
        return {}, tip
    checkpoint = Checkpoint(signer.name, size, root(size, read))
    head = Head(size, position, checkpoint.sign(signer))
    return new, Tip(head, checkpoint.root, (signer.verifier,), {peak: read(peak) for peak in peak_nodes(size)})


def _vouched(behind: Iterator[StoredEntry], tip: Tip | None, vouch: Vouch) -> Iterator[StoredEntry]:
    first = next(behind, None)
    if first is None:
        return
    vouch(tip.head if tip else None)
    yield first
    yield from behind


def _behind(log: LogStore, entries: EntryStore, tip: Tip | None) -> Iterator[StoredEntry]:
    """The entries after a tip, which no head covers yet.

    Raises:
        Broken: the head's position, which is not signed, is not that of the last entry in its tree. Covered entries
        would be covered again, by a head that no store could ever match.
    """
    if tip is not None:
        size, position = tip.head.size, tip.head.position
        last = next(iter(entries.page(position - 1, 1)), None)
        there = last is not None and last.position == position
        path = inclusion_proof(size - 1, size, log.node)
        if last is None or not there or not verify_inclusion(leaf_hash(last.envelope), size - 1, size, path, tip.root):
            raise Broken(
                f"the head says that it ends at position {position}, and the last entry that was signed is not there; "
                "nothing is recorded or signed. Run inblue verify"
            )
    page, position = None, tip.head.position if tip else 0
    while page is None or len(page) == PAGE:
        page = entries.page(position, PAGE)
        yield from page
        position = (page[-1].position if page else None) or position


def in_turn(record: Callable[[], T]) -> T:
    """Retry ``record`` on the new state while others record first; raises Busy if they do each time."""
    for attempt in range(_TURNS):
        try:
            return record()
        except Busy as error:
            if isinstance(error, UnreachableError):  # the store's own wait has already timed out
                raise
            pause(attempt)
    return record()
