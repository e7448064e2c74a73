"""Copying a ledger to another store: the same entries in the same order, the same index, the same signed head.

No key is needed, as nothing is signed. The copy is made where nobody looks for it, verified whole, and appears at its
address only then, so that whatever stops it leaves nothing there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ...domain.wording import count
from ..audit.kept_files import digests_of, pinned_by
from ..audit.whole_ledger import Progress, verify
from ..entries.entry import StoredEntry, entry_digest, read_entry
from ..entries.files import Files, FolderFiles
from ..errors import Broken, Busy, NotFound
from ..ledger import Ledger
from ..log.log import Head, LogStore
from ..standards.checkpoint import Checkpoint, open_checkpoint
from ..standards.merkle import NodeId, append, leaf_hash, peak_nodes
from ..stores.address import Address, beside
from ..stores.streams import Streams, new_streams

_PAGE = 500


class Copied(NamedTuple):
    """What a copy holds: its entries, the checkpoint over them, and how many files they name."""

    entries: int
    checkpoint: Checkpoint
    files: int


def copy(source: Ledger, target: Address, *, files: Path | None = None, progress: Progress | None = None) -> Copied:
    """Copy ``source``, in which nothing may be recorded meanwhile, to ``target``, where nothing may be yet.

    ``files`` is the folder for the copy's files, where it is not the one of :func:`..stores.address.beside`.

    Raises:
        NotFound, Refused: something is at ``target``, or a file or the head is missing.
        Broken: the ledger does not hold; it is not copied.
    """
    head = source.log.head()
    if head is None:
        raise NotFound("the ledger has no checkpoint yet")
    kept = FolderFiles(files or beside(target, "files"))
    with new_streams(target) as streams:
        log = streams.construct_log()
        named = _Copy(streams, log, kept, head).run(source)
        for stamp in source.log.stamps():
            log.keep_stamp(stamp)
        for size, note, line in source.log.cosignatures():
            log.keep_cosignature(size, note, line)
        found = verify(streams, log, kept, progress=progress)
        if not found.holds:
            raise Broken(f"not copied, as it does not hold: {found.problems[0].text}; run inblue verify")
        if source.log.head() != head:
            raise Busy("something was recorded while the ledger was copied; nothing was kept. Try again")
    return Copied(found.entries, open_checkpoint(head.note, *source.log_keys()), named)


class _Copy:
    """The part that is read and written page by page."""

    def __init__(self, streams: Streams, log: LogStore, files: Files, head: Head) -> None:
        self.streams, self.log, self.files, self.head = streams, log, files, head
        self.size = 0
        self.edge: dict[NodeId, bytes] = {}
        self.named: set[str] = set()

    def run(self, source: Ledger) -> int:
        """Copy entries, index, head and files; gives how many files."""
        after = 0
        while page := source.streams.page(after, _PAGE):
            after = page[-1].position or 0
            self._keep_files(page, source)
            covered = max(0, self.head.size - self.size)
            self._keep(page[:covered])
            if covered and self.size == self.head.size:
                position = self.streams.last_position()
                self.log.advance({}, Head(self.head.size, position, self.head.note))
            for batch in self.streams.batches(page[covered:]):  # what a crash left for the next act to sign over
                self.streams.append(batch)
        if self.size < self.head.size:
            missing = count(self.head.size - self.size, "entry", "entries")
            raise Broken(f"not copied: {missing} under the signed head not there; run inblue verify")
        return len(self.named)

    def _keep(self, entries: Sequence[StoredEntry]) -> None:
        for batch in self.streams.batches(entries):
            self.streams.append(batch)
        new: dict[NodeId, bytes] = {}
        for stored in entries:
            nodes = dict(append(self.size, leaf_hash(stored.envelope), self.edge.__getitem__))
            self.size += 1
            known = self.edge | nodes
            self.edge = {peak: known[peak] for peak in peak_nodes(self.size)}
            new |= nodes
        if new:
            self.log.advance(new, None)

    def _keep_files(self, page: Sequence[StoredEntry], source: Ledger) -> None:
        disowned = source.register().disowned
        for stored in page:
            if entry_digest(stored.envelope) in disowned:
                continue
            act = read_entry(stored.envelope).act
            for sha256 in (*digests_of(act), *pinned_by(act, source.documents.snapshot)):
                if sha256 not in self.named:
                    self.files.put(source.files.get(sha256))
                    self.named.add(sha256)
