"""Copies a ledger to another store: the same entries in the same order, the same index, the same signed head.

No key is needed, since nothing is signed. The copy is made under a temporary name, verified completely, and only then
appears at its address, so an interruption leaves nothing there. A published log is copied temporarily to be read like a
ledger, for example to make a bundle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from ...domain.wording import count
from ..audit.kept_files import digests_of, pinned_by
from ..audit.last_audit import claimed
from ..audit.message_checks import kept_by
from ..audit.published_files import SourceFiles
from ..audit.whole_ledger import Progress, verify
from ..clock import system_clock
from ..edge.face import face
from ..entries.entry import StoredEntry, entry_digest, read_entry
from ..entries.files import Files, FolderFiles
from ..errors import Broken, Busy, NotFound
from ..evidence.attestations import COSIGNED, MAX_LINE, TIMESTAMPS, cosigned_lines, stamp_lines
from ..ledger import Ledger
from ..log.log import Head, LogStore
from ..published.source import AbsentError, Source, ahead, fetch_entries, lines
from ..standards.checkpoint import Checkpoint, open_checkpoint
from ..standards.merkle import NodeId, append, leaf_hash, peak_nodes
from ..standards.note import MAX_NOTE_BYTES
from ..standards.tiles import CHECKPOINT, tiles_of
from ..stores.address import Address, address_of, beside
from ..stores.streams import Streams, new_streams, open_streams

_PAGE = 500
_MAX_LINES = 1 << 30


class Copied(NamedTuple):
    """What a copy holds: its entries, the checkpoint over them, and the number of files they name."""

    entries: int
    checkpoint: Checkpoint
    files: int


@face
def copy(
    source: Ledger, target: Address | str, *, files: Path | str | None = None, progress: Progress | None = None
) -> Copied:
    """Copy ``source``, in which nothing may be recorded meanwhile, to ``target``, which must not exist yet.

    ``files`` is the folder for the copy's files; the default is that of :func:`..stores.address.beside`.

    Raises:
        NotFound, Refused: ``target`` exists, or a file or the head is missing.
        Broken: the ledger does not verify; it is not copied.
    """
    target = address_of(target)
    head = source.log.head()
    if head is None:
        raise NotFound("the ledger has no checkpoint yet")
    kept = FolderFiles(Path(files) if files else beside(target, "files"))
    with new_streams(target) as streams:
        log = streams.construct_log()
        named = _Copy(streams, log, kept, head).run(source)
        for stamp in source.log.stamps():
            log.keep_stamp(stamp)
        for size, note, line in source.log.cosignatures():
            log.keep_cosignature(size, note, line)
        found = verify(streams, log, kept, progress=progress)
        if not found.holds:
            raise Broken(f"not copied, as it does not verify: {found.problems[0].text}; run inblue verify")
        if source.log.head() != head:
            raise Busy("something was recorded while the ledger was copied; nothing was kept. Try again")
    return Copied(found.entries, open_checkpoint(head.note, *source.log_keys()), named)


@contextmanager
def mirrored(source: Source, folder: Path) -> Iterator[Ledger]:
    """A published log as a ledger in ``folder``, readable while the block lasts; its files stay where they are.

    It is verified before, or its product is: here only data that cannot be put in a ledger is noticed.

    Raises:
        AbsentError, Broken, Malformed, UnreachableError: it cannot be read to its end.
    """
    note = source.read(CHECKPOINT, MAX_NOTE_BYTES)
    known, target = claimed(note), folder / "published.db"
    own, cosigned = _own_and_others(note, known.origin)
    with new_streams(target) as streams:
        log, files = streams.construct_log(), SourceFiles(source)
        made = _Copy(streams, log, files, Head(known.size, 0, own))
        for entries in ahead(source, lambda tile: fetch_entries(source, tile), tiles_of(known.size, None)):
            made.keep([_stored(raw) for raw in entries])
        log.advance({}, Head(known.size, streams.last_position(), own))
        with suppress(AbsentError):
            for stamped in stamp_lines(lines(source, TIMESTAMPS, limit=MAX_LINE, total=_MAX_LINES), with_paths=False):
                log.keep_stamp(stamped.stamp())
        for line in cosigned:
            log.keep_cosignature(known.size, own, line)
        with suppress(AbsentError):
            for each in cosigned_lines(lines(source, COSIGNED, limit=MAX_LINE, total=_MAX_LINES), with_paths=False):
                earlier, witnesses = _own_and_others(each.note.encode(), known.origin)
                for line in witnesses:
                    log.keep_cosignature(each.size, earlier, line)
    with Ledger(open_streams(target, read_only=True), files, clock=system_clock, log_signer=None) as ledger:
        yield ledger


def _stored(raw: bytes) -> StoredEntry:
    entry = read_entry(raw)
    return StoredEntry(entry.stream, entry.index + 1, entry.kind, raw)


def _own_and_others(note: bytes, origin: str) -> tuple[bytes, list[str]]:
    """A signed note with only the log's own lines, and the lines of witnesses, each with its line feed."""
    text, gap, signatures = note.decode().rpartition("\n\n")
    own: list[str] = []
    others: list[str] = []
    for line in (f"{each}\n" for each in signatures.split("\n")[:-1]):
        (own if line.split(" ")[1:2] == [origin] else others).append(line)
    return (text + gap + "".join(own)).encode(), others


class _Copy:
    """The part that is read and written page by page."""

    def __init__(self, streams: Streams, log: LogStore, files: Files, head: Head) -> None:
        self.streams, self.log, self.files, self.head = streams, log, files, head
        self.size = 0
        self.edge: dict[NodeId, bytes] = {}
        self.named: set[str] = set()

    def run(self, source: Ledger) -> int:
        """Copy entries, index, head and files; return the number of files."""
        after = 0
        while page := source.streams.page(after, _PAGE):
            after = page[-1].cursor
            self._keep_files(page, source)
            covered = max(0, self.head.size - self.size)
            self.keep(page[:covered])
            if covered and self.size == self.head.size:
                position = self.streams.last_position()
                self.log.advance({}, Head(self.head.size, position, self.head.note))
            for batch in self.streams.batches(page[covered:]):  # what a crash left for the next act to sign
                self.streams.append(batch)
        if self.size < self.head.size:
            missing = count(self.head.size - self.size, "entry", "entries")
            raise Broken(f"not copied: {missing} under the signed head not there; run inblue verify")
        return len(self.named)

    def keep(self, entries: Sequence[StoredEntry]) -> None:
        """Store the next entries, with the nodes over them."""
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
            for sha256 in (*digests_of(act), *pinned_by(act, source.documents.snapshot), *kept_by(act)):
                if sha256 not in self.named:
                    self.files.put(source.files.get(sha256))
                    self.named.add(sha256)
