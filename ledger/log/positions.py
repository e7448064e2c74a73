"""Converts an entry's position in the store to its index in the log, and back.

Positions rise with the index and may have gaps, no more than the head shows. So an index is found by reading at most as
many leaf hashes as there are gaps, mostly one; the leaf hash itself confirms it.
"""

from __future__ import annotations

from ..entries.entry import StoredEntry
from ..errors import Broken
from ..standards.merkle import leaf_hash
from .log import EntryStore, Head, LogStore

_PAGE = 500


def index_of(log: LogStore, head: Head, position: int, envelope: bytes) -> int:
    """The index in the log of the entry at ``position`` of the store.

    Raises:
        Broken: the log's index does not have it.
    """
    leaf = leaf_hash(envelope)
    high = min(position, head.size)  # exclusive
    low = max(0, position - 1 - max(0, head.position - head.size))
    while low < high:
        start = max(low, high - _PAGE)
        for index, found in reversed(list(enumerate(log.leaves(start, high - start), start=start))):
            if found == leaf:
                return index
        high = start
    raise Broken(f"the log's index lacks the entry at position {position}; run inblue verify")


def position_of(entries: EntryStore, log: LogStore, head: Head, index: int) -> int:
    """The position in the store of the entry at ``index`` of the log; 0 of index -1, before the first.

    Raises:
        Broken: the store lacks it, or the log's index does.
    """
    if index < 0:
        return 0
    row = _first(entries, index)
    while (at := index_of(log, head, row.cursor, row.envelope)) < index:
        page = entries.page(row.cursor, min(_PAGE, index - at))
        if not page:
            break
        row = page[-1]
    if at != index:
        raise Broken(f"the store lacks entry {index}; run inblue verify")
    return row.cursor


def _first(entries: EntryStore, after: int) -> StoredEntry:
    page = entries.page(after, 1)
    if not page:
        raise Broken(f"the store ends before entry {after}; run inblue verify")
    return page[0]
