"""Publishes a ledger's log as static files (:mod:`..standards.tiles`), in a folder for any web server, or in a bucket.

It is written in the order in which a reader depends on it: entries, tiles, files, and the checkpoint last; each file
atomically (:mod:`..published.place`). So a reader never sees a checkpoint over missing files, and after an interrupted
publication the next one continues from the last checkpoint. Partial tiles stay until the full one is published.

The published data matches what was signed: entries are hashed, and compared with the log's index and its head.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ...domain.acts import Act, DraftCirculated, DraftWithdrawn
from ...domain.ending_acts import ResultAnnounced
from ...domain.errors import InblueError, Refused
from ...domain.recorded import Documents
from ...domain.register_acts import AuthorityAdopted, ProcedureAdopted, RosterAdopted
from ...domain.wording import count
from ..audit.kept_files import digests_of, pinned_by
from ..edge.face import face
from ..entries.entry import StoredEntry, entry_digest, read_entry
from ..entries.kinds import AnyAct
from ..entries.streams import name_in, vote_in
from ..errors import Broken, Busy, UnusableError
from ..evidence.attestations import COSIGNED, TIMESTAMPS, CosignedLine, StampLine
from ..evidence.bundle import FILE_PREFIX
from ..log.log import LogStore, cosigned_head, entries_from
from ..published.folder import PublishedFolder
from ..published.place import OURS, WORKING, Place
from ..standards.checkpoint import Checkpoint, open_checkpoint
from ..standards.merkle import leaf_hash, root
from ..standards.tiles import CHECKPOINT, WIDTH, Tile, levels_of, tile_of, tiles_of, write_bundle

if TYPE_CHECKING:
    from ..ledger import Ledger

_CIRCULATED = DraftCirculated.kinds()
_OVER = {*ResultAnnounced.kinds(), *DraftWithdrawn.kinds()}


@dataclass(frozen=True, slots=True)
class Published:
    """What is published now (``size`` entries), what was before, and how many files were written."""

    size: int
    before: int
    files: int


@face
def publish(ledger: Ledger, folder: Path | str, *, include_open: bool = False) -> Published:
    """Bring the published log in ``folder`` up to the ledger's head; existing files are not written again.

    ``folder`` may be a bucket, ``s3://BUCKET/PREFIX`` (with the extra ``inblue[s3]``; docs/tiles.md).

    >>> done = inblue.publish(ledger, "www", include_open=True)
    >>> (done.before, done.size == ledger.verify().entries)
    (0, True)

    Raises:
        NotFound: no checkpoint yet.
        Refused: the folder holds something else, another log, a later or a forked one; or a vote that is not over would
        be disclosed, and ``include_open`` is not set.
        Busy: another process publishes there.
        Broken: the ledger does not verify, or the folder cannot be written: no checkpoint refers to what was written.
    """
    checkpoint, head = ledger.checkpoint(), ledger.log.head()
    if head is None or head.size != checkpoint.size or root(head.size, ledger.log.node) != checkpoint.root:
        raise Broken("the log's index is not what was signed; nothing is published. Run inblue verify")
    place = _place_at(folder)
    before = _published(ledger, place, checkpoint)
    if not include_open:
        _refuse_open(ledger, before, checkpoint.size)
    try:
        with place.alone():
            if _published(ledger, place, checkpoint) != before:
                raise Busy(f"{place.name}: another process has published here meanwhile; try again")
            _write_tiles(ledger, place, before, checkpoint.size)
            place.write(TIMESTAMPS, timestamps_of(ledger.log, checkpoint.size))
            place.write(COSIGNED, cosigned_of(ledger.log, checkpoint.size))
            place.sync()
            place.write(CHECKPOINT, cosigned_head(ledger.log, head))
            place.sync()
            _drop_partial(place, before, checkpoint.size)
    except OSError as error:
        raise UnusableError(f"{error.filename or place.name}: cannot be written: {error.strerror}") from None
    return Published(checkpoint.size, before, place.files)


def _place_at(where: Path | str) -> Place:
    """A bucket for an ``s3://`` address, else a folder.

    Raises:
        Malformed: an address of another kind, or one that cannot be read.
        Broken: the library for buckets is not installed.
    """
    if isinstance(where, str) and "://" in where:
        from ..published.bucket import bucket_at

        return bucket_at(where)
    return PublishedFolder(Path(where))


def _published(ledger: Ledger, place: Place, checkpoint: Checkpoint) -> int:
    """The size already published there, 0 if none; all of it must be in the ledger."""
    names = place.names()
    if others := sorted(names - OURS):
        raise Refused(None, f"{place.name}: holds something else ({others[0]}); nothing was changed")
    if CHECKPOINT not in names:
        if names - {WORKING} and WORKING not in names:
            raise Refused(None, f"{place.name}: holds something else ({min(names)}); nothing was changed")
        return 0
    raw = place.checkpoint()
    try:
        there = open_checkpoint(raw, *ledger.log_keys())
    except InblueError as error:
        what = f"holds another log than this ledger's ({error})"
        raise Refused(None, f"{place.name}: {what}; nothing was changed") from None
    if there.size > checkpoint.size:
        what = f"{count(there.size, 'entry', 'entries')} are published, and the ledger holds {checkpoint.size:,}"
        raise Refused(None, f"{place.name}: a later state is published already ({what}); nothing was changed")
    if root(there.size, ledger.log.node) != there.root:
        what = "holds another history of this log; nothing was changed. Keep both checkpoints"
        raise Refused(None, f"{place.name}: {what}")
    return there.size


def _refuse_open(ledger: Ledger, before: int, size: int) -> None:
    touched: dict[str, bool] = {}
    disowned = ledger.register().disowned
    for stored in islice(entries_from(ledger.log, ledger.streams, before), size - before):
        stream = stored.originator_id
        if entry_digest(stored.envelope) in disowned:
            continue
        if stored.kind in _OVER:
            touched[stream] = True
        elif vote_in(stream) and stream not in touched:
            touched[stream] = stored.kind not in _CIRCULATED and _is_over(ledger, stream)
    if going_on := [name_in(stream) for stream, over in touched.items() if not over]:
        what = f"the vote on {going_on[0]} is not over, and would be disclosed; --include-open allows it"
        raise Refused(None, what)


def _is_over(ledger: Ledger, stream: str) -> bool:
    return ledger.vote(name_in(stream)).ended is not None


def _write_tiles(ledger: Ledger, place: Place, before: int, size: int) -> None:
    """Write entry bundles, the files that their entries name, and every tile that they change."""
    first = before // WIDTH
    entries = entries_from(ledger.log, ledger.streams, first * WIDTH)
    for tile in tiles_of(size, None, first):
        bundle = list(islice(entries, tile.width))
        leaves = list(ledger.log.leaves(tile.index * WIDTH, tile.width))
        if [leaf_hash(stored.envelope) for stored in bundle] != leaves:
            what = (
                f"entries {tile.index * WIDTH} to {tile.index * WIDTH + tile.width - 1} are not those that were signed"
            )
            raise Broken(f"{what}; nothing more is published. Run inblue verify")
        for index, stored in enumerate(bundle, start=tile.index * WIDTH):
            if index >= before:
                _write_files(ledger, place, stored)
        place.write(tile.path, write_bundle(stored.envelope for stored in bundle))
        place.write(tile_of(size, 0, tile.index).path, b"".join(leaves))
    for level in levels_of(size)[1:]:
        for tile in tiles_of(size, level, (before >> 8 * level) // WIDTH):
            at = tile.index * WIDTH
            hashes = (ledger.log.node((8 * level, index)) for index in range(at, at + tile.width))
            place.write(tile.path, b"".join(hashes))


def _write_files(ledger: Ledger, place: Place, stored: StoredEntry) -> None:
    if entry_digest(stored.envelope) in ledger.register().disowned:
        return
    for sha256 in files_named_by(read_entry(stored.envelope).act, ledger.documents):
        if not place.has(FILE_PREFIX + sha256):
            place.write(FILE_PREFIX + sha256, ledger.files.get(sha256))


def files_named_by(act: AnyAct, documents: Documents) -> tuple[str, ...]:
    """The files published with an act: those that it names, and those that its snapshot names."""
    if isinstance(act, get_args(Act)):
        return (*digests_of(act), *pinned_by(act, documents.snapshot))
    return (act.sha256,) if isinstance(act, (ProcedureAdopted, RosterAdopted, AuthorityAdopted)) else ()


def timestamps_of(log: LogStore, size: int) -> bytes:
    """The timestamps over states of at most ``size`` entries, one per line; the tiles prove that they are."""
    stamps = [StampLine.of_stamp(stamp, ()) for stamp in log.stamps() if stamp.size <= size]
    stamps.sort(key=lambda line: (line.size, line.stamp().sha256))
    return b"".join(line.canonical() + b"\n" for line in stamps)


def cosigned_of(log: LogStore, size: int) -> bytes:
    """The checkpoints of fewer than ``size`` entries that witnesses have cosigned, one per line."""
    cosigned = (CosignedLine(note=n.decode(), path=(), size=at) for at, n in log.cosigned() if at < size)
    return b"".join(line.canonical() + b"\n" for line in cosigned)


def _drop_partial(place: Place, before: int, size: int) -> None:
    """Delete partial tiles whose full one now exists, at the ends of the last and of this publication."""
    for level in (None, *levels_of(size)):
        for index in {(each >> 8 * (level or 0)) // WIDTH for each in (before, size)}:
            place.drop_partial(Tile(level, index).path)
