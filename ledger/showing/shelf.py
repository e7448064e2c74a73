"""The public data of the log: its checkpoint, tiles, entries, and proofs over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from ...domain.canonical import parse_json
from ...domain.errors import Malformed
from ...domain.instant import format_instant
from ..entries.entry import StoredEntry
from ..errors import Broken, NotFound
from ..following.reader import Followed
from ..ledger import Ledger
from ..log.log import Head, cosigned_head, entries_from
from ..standards.checkpoint import Checkpoint, open_checkpoint
from ..standards.dsse import payload_of
from ..standards.merkle import consistency_proof, inclusion_proof, leaf_hash, root
from ..standards.note import encode_base64
from ..standards.tiles import WIDTH, Tile, write_bundle


def signed_state(ledger: Ledger) -> tuple[Head, Checkpoint]:
    """The head and its checkpoint, signed by the log's key and matching the log's index.

    Raises:
        NotFound: there is none.
        Broken: the index does not give its root.
    """
    head = ledger.log.head()
    if head is None:
        raise NotFound("no checkpoint can be shown now: none that was kept ends before the first vote that is open")
    checkpoint = open_checkpoint(head.note, *ledger.log_keys())
    if checkpoint.size != head.size or root(head.size, ledger.log.node) != checkpoint.root:
        raise Broken("the log's head is not what its key has signed; run inblue verify")
    return head, checkpoint


def checkpoint_note(ledger: Ledger) -> bytes:
    """The checkpoint with the lines of every witness that has cosigned it; raises NotFound and Broken as above."""
    return cosigned_head(ledger.log, signed_state(ledger)[0])


def tile_bytes(ledger: Ledger, tile: Tile) -> bytes:
    """A hash tile or an entry bundle, as published.

    Raises:
        NotFound: the public log has none that wide there.
        Broken: the entries are not those that were signed.
    """
    size = signed_state(ledger)[1].size
    level = tile.level or 0
    if tile.index * WIDTH + tile.width > size >> 8 * level:
        raise NotFound(f"{tile.path}: the log of {size} entries has no such tile")
    start = tile.index * WIDTH
    if tile.level is None:
        rows = list(_rows(ledger, start, tile.width))
        return write_bundle(row.envelope for row in rows)
    return b"".join(ledger.log.node((8 * level, index)) for index in range(start, start + tile.width))


def _rows(ledger: Ledger, start: int, count: int) -> Iterator[StoredEntry]:
    leaves = list(ledger.log.leaves(start, count))
    rows = list(islice(entries_from(ledger.log, ledger.streams, start), count))
    if [leaf_hash(row.envelope) for row in rows] != leaves:
        raise Broken(f"entries {start} to {start + count - 1} are not those that were signed; run inblue verify")
    yield from rows


def entries(ledger: Ledger, after: int | None, size: int, limit: int) -> list[dict[str, Any]]:
    """The entries with an effect after index ``after``, of the first ``size``, at most ``limit``, each checked.

    ``ledger`` is the whole ledger: following needs a head over what is followed.
    """
    if (after if after is not None else -1) + 1 >= size:
        return []
    found = [each for each in islice(ledger.follow(after=after, wait=0), limit) if each.index < size]
    if not found:
        return []
    first = found[0].index
    rows = list(_rows(ledger, first, found[-1].index + 1 - first))
    return [_entry_json(each, rows[each.index - first].envelope) for each in found]


def _entry_json(each: Followed, raw: bytes) -> dict[str, Any]:
    return {
        "index": each.index,
        "entry": each.entry,
        "vote": each.vote,
        "number": each.number,
        "kind": each.act.kind_and_version(),
        "recorded_at": format_instant(each.recorded_at),
        "office": each.office,
        "key": each.key,
        "payload": parse_json(payload_of(raw)),
        "envelope": raw.decode(),
    }


def entry_bytes(ledger: Ledger, index: int) -> bytes:
    """The entry at ``index``, as signed; raises NotFound if the public signed log has none."""
    size = signed_state(ledger)[1].size
    if index >= size:
        raise NotFound(f"the log of {size} entries has no entry {index}")
    return next(_rows(ledger, index, 1)).envelope


def inclusion(ledger: Ledger, index: int, size: int | None) -> dict[str, Any]:
    """Proof that an entry is in the log of ``size`` entries (None: the public log; RFC 9162, 2.1.3).

    Raises:
        NotFound: the public log does not have that many.
    """
    of = _size(ledger, size)
    if index >= of:
        raise NotFound(f"the log of {of} entries has no entry {index}")
    leaf = next(iter(ledger.log.leaves(index, 1)))
    path = inclusion_proof(index, of, ledger.log.node)
    return {"index": index, "leaf": leaf.hex(), **_proof(ledger, of, path)}


def consistency(ledger: Ledger, first: int, second: int | None) -> dict[str, Any]:
    """Proof that the log of ``first`` entries is an earlier state of that of ``second`` (2.1.4).

    Raises as :func:`inclusion`.
    """
    of = _size(ledger, second)
    if first > of:
        raise Malformed(f"no log of {of} entries extends one of {first}")
    earlier = encode_base64(root(first, ledger.log.node))
    return {"first": first, "first_root": earlier, **_proof(ledger, of, consistency_proof(first, of, ledger.log.node))}


def _size(ledger: Ledger, asked: int | None) -> int:
    size = signed_state(ledger)[1].size
    if asked is not None and asked > size:
        raise NotFound(f"the log that is shown has {size} entries")
    return size if asked is None else asked


def _proof(ledger: Ledger, size: int, path: list[bytes]) -> Mapping[str, Any]:
    hashes = [encode_base64(each) for each in path]
    return {"size": size, "root": encode_base64(root(size, ledger.log.node)), "path": hashes}
