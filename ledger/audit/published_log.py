"""Verifying a published log from its tiles, whole, or from where the last audit ended.

A whole audit reads every entry once and runs every check over it, as over a ledger. One that goes on reads only:

* the checkpoint, the entries behind the last audit's, and the tiles that they changed;
* hashes of older tiles, where a later entry rests on them, each shown to lead to the checkpoint remembered;
* of each vote that has new entries, its older ones, shown to be those that were verified: they are folded, and their
  signatures and authority not checked again.

The tree of the new checkpoint is grown from the peaks of the old one, so that its root shows that nothing before has
changed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ...domain.acts import Act
from ...domain.canonical import digest
from ...domain.errors import InblueError, MalformedError
from ...domain.register import RegisterAct
from ...domain.said import Said
from ...domain.state import Recorded
from ...domain.vote import evolve
from ..entries.entry import REGISTER_STREAM, Entry, StoredEntry, vote_stream
from ..entries.files import MAX_FILE_BYTES
from ..entries.kinds import is_vote_act
from ..errors import LedgerError, VerificationError
from ..evidence.attestations import COSIGNED, TIMESTAMPS, CosignedLine, StampLine
from ..evidence.bundle import FILE_PREFIX
from ..evidence.trust import Trust
from ..published.source import AbsentError, Source, ahead, fetch_entries, fetch_hashes, lines
from ..published.tree import Edge, TileTree
from ..standards.checkpoint import Checkpoint
from ..standards.ed25519 import verify_among_many
from ..standards.merkle import consistency_proof, root, verify_consistency
from ..standards.note import MAX_NOTE_BYTES, encode_base64, split_note
from ..standards.tiles import CHECKPOINT, WIDTH, Tile, tiles_of
from .attestation_checks import check_cosigned, check_stamp, hear_witnesses, hold_against, signed_by_log
from .checks import CONTAINER, FOUNDED, LOG, REMEMBERED, STAMPS, WITNESS, Verification
from .entry_checks import STOPPED, EntryChecks
from .last_audit import Kept, Place, Remembered, claimed, keep_fork, read_remembered, write_remembered
from .opened import Opened, collecting_rarely, open_entries
from .vote_cache import symbol_of
from .whole_ledger import Progress

MAX_LINES = 1 << 30
MAX_LINE = 500_000

_REWRITTEN = "the first {} entries are not those of the last audit: the log was rewritten"
_KEPT_FILES = 32
_KEPT_BYTES = 1 << 20
_KEPT_TILES = 8


@collecting_rarely()
def verify_tiles(
    source: Source,
    trust: Trust | None = None,
    *,
    against: Callable[[EntryChecks, int], None] | None = None,
    progress: Progress | None = None,
    state: Path | None = None,
    whole: bool = False,
) -> Verification:
    """Run every check over a published log; ``against`` and ``progress`` are as in :func:`.whole_ledger.verify`.

    ``state`` is where an audit is remembered: the next one with the same trust goes on from there, unless it is to be
    ``whole``; in either case a log that no longer holds what was remembered is a problem.

    Raises:
        LedgerError: there is no published log, or it could not be read to its end; nothing is known of it.
        MalformedError: what stands there as a checkpoint is none, or ``state`` is no state of an audit.
    """
    before = read_remembered(state) if state is not None else None
    try:
        note = source.read(CHECKPOINT, MAX_NOTE_BYTES)
    except AbsentError:
        raise LedgerError(f"{source}: there is no published log: no checkpoint is there") from None
    audit = _Audit(source, note, trust, before, state)
    found = audit.run(against, progress, whole)
    if state is not None and found.holds:
        write_remembered(state, audit.remembered())
    return found


class SourceFiles:
    """The files of a published log (:class:`..entries.files.Files`, for reading); small ones are kept a while."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def put(self, content: bytes) -> str:
        """Nothing is added to what others publish.

        Raises:
            LedgerError: always.
        """
        raise LedgerError(f"a published log is not written to ({len(content)} bytes)")

    def get(self, sha256: str) -> bytes:
        """See :meth:`..entries.files.Files.get`."""
        if sha256 in self._kept:
            self._kept.move_to_end(sha256)
            return self._kept[sha256]
        try:
            content = self._source.read(FILE_PREFIX + sha256, MAX_FILE_BYTES)
        except AbsentError:
            raise VerificationError(f"the file {sha256[:16]} is not published") from None
        if digest(content) != sha256:
            raise VerificationError(f"the file {sha256[:16]} has other bytes than its digest says")
        if len(content) <= _KEPT_BYTES:
            self._kept[sha256] = content
            if len(self._kept) > _KEPT_FILES:
                self._kept.popitem(last=False)
        return content


class _TileChecks(EntryChecks):
    """The checks over a log in tiles, which know where the register's entries and those of each vote stand.

    With a state ``before`` they go on from it: what is older is read from the tiles where it is needed, and shown to
    stand in the tree remembered. Votes are folded again from the tiles when they are asked for.
    """

    def __init__(self, tree: TileTree, trust: Trust | None, before: Remembered | None) -> None:
        files = SourceFiles(tree.source)
        authorities = trust.authorities if trust else ()
        self._tiles = tree
        self._recalling = False
        self._older: dict[int, bytes | None] = {}
        self.known = before.known if before else None
        self.kept: list[Kept] = []
        self.places: dict[str, Place] = {}
        self._read = lru_cache(_KEPT_TILES)(self._opened)
        start = self.known.size if self.known else 0
        peaks = before.tree(start).peaks if before else ()
        super().__init__(
            files, start=start, peaks=peaks, authorities=authorities, reread=self._rows, leaves=tree.leaves
        )
        self.whole = True
        if before is not None:
            self._recall(before)

    def _recall(self, before: Remembered) -> None:
        self._recalling = True
        for each in before.recalled:
            self.recall(each.index, each.entry.encode())
        self._recalling = False
        self.handovers.clear()
        self.places = {vote_stream(place.draft): place for place in before.votes}

    def root_at(self, size: int) -> bytes | None:
        """As :meth:`EntryChecks.root_at`; before the start, what the tiles show."""
        if self.known is None or size >= self.start or self._recalling:
            return super().root_at(size)
        if size not in self._older:
            try:
                self._older[size] = self._tiles.earlier_root(size, self.known)
            except (AbsentError, MalformedError, VerificationError) as error:
                self._older[size] = None
                self.problem(LOG, None, str(error))
        return self._older[size]

    def leaf_at(self, index: int) -> bytes | None:
        """As :meth:`EntryChecks.leaf_at`; before the start, what the tiles show."""
        if self.known is None or not 0 <= index < self.start:
            return super().leaf_at(index)
        try:
            leaf = self._tiles.node((0, index))
            if self._tiles.stands(leaf, index, self.known):
                return leaf
            self.problem(LOG, index, "the tiles do not show what stands here in the log")
        except (AbsentError, MalformedError) as error:
            self.problem(LOG, index, str(error))
        return None

    def _place(self, index: int, entry: Entry, row: StoredEntry | None) -> None:
        if entry.stream in self.places and entry.stream not in self._versions:
            self._take_up(entry.stream, self.places[entry.stream])
        super()._place(index, entry, row)

    def _register_act(self, index: int, entry: Entry, act: RegisterAct) -> None:
        super()._register_act(index, entry, act)
        if entry.stream == REGISTER_STREAM:
            self.kept.append(Kept(entry=entry.raw.decode(), index=index))

    def _vote_act(self, index: int, leaf: bytes, entry: Entry, act: Act) -> None:
        super()._vote_act(index, leaf, entry, act)
        place = self.places.get(entry.stream)
        first, number = (place.first, place.entries) if place else (index, 0)
        self.places[entry.stream] = Place(draft=symbol_of(entry.stream), entries=number + 1, first=first, last=index)

    def _kept(self, index: int, sha256: str) -> None:
        if not self._recalling:
            super()._kept(index, sha256)

    def _lacking(self, index: int, error: InblueError) -> None:
        if isinstance(error, LedgerError):
            raise error  # it could not be asked for, which says nothing of the log
        super()._lacking(index, error)

    def _take_up(self, stream: str, place: Place) -> None:
        """Fold a vote as it stood at the last audit, from the entries that were verified then."""
        self._versions[stream] = place.entries
        try:
            self._fold(stream, place)
        except LedgerError:
            raise
        except InblueError as error:
            self.votes.put(place.draft, None, place.first, b"")
            self.problem(LOG, None, f"of {place.draft} what was verified before cannot be read again: {error}")

    def _fold(self, stream: str, place: Place) -> None:
        assert self.known is not None  # noqa: S101 - only then are there places from before
        state, number = None, 0
        for index, opened, entry in self._placed(stream, place):
            if entry.index != number or not self._tiles.stands(opened.leaf, index, self.known):
                raise VerificationError(f"entry {index} is not the one that stood here")
            assert is_vote_act(entry.act)  # noqa: S101 - its leaf was found to hold one before
            state = evolve(state, Recorded(entry.act, entry.index, entry.recorded_at, entry.office), self.documents)
            self.votes.put(place.draft, state, index, opened.leaf)
            number += 1
        if number != place.entries:
            raise VerificationError(f"it had {place.entries} entries, and {number} are there")

    def _rows(self, stream: str) -> Iterator[StoredEntry]:
        """The entries of a vote once more."""
        for _, opened, entry in self._placed(stream, self.places[stream]):
            yield StoredEntry(stream, entry.index + 1, entry.kind, opened.raw)

    def _placed(self, stream: str, place: Place) -> Iterator[tuple[int, Opened, Entry]]:
        for tile in tiles_of(self._tiles.size, None, place.first // WIDTH):
            if tile.index * WIDTH > place.last:
                break
            for index, opened in enumerate(self._read(tile), start=tile.index * WIDTH):
                entry = opened.entry
                if place.first <= index <= place.last and entry is not None and entry.stream == stream:
                    yield index, opened, entry

    def _opened(self, tile: Tile) -> list[Opened]:
        return open_entries(fetch_entries(self._tiles.source, tile))


class _Audit:
    def __init__(
        self, source: Source, note: bytes, trust: Trust | None, before: Remembered | None, state: Path | None
    ) -> None:
        self.source = source
        self.note = note
        self.served = claimed(note)
        self.trust = trust
        self.trust_digest = digest(trust.canonical()) if trust else None
        self.before = before
        self.state = state
        self.tree = TileTree(source, self.served.size)

    def run(
        self, against: Callable[[EntryChecks, int], None] | None, progress: Progress | None, whole: bool
    ) -> Verification:
        """Read and check; what is remembered of it :meth:`remembered` gives."""
        before = self.before
        anew = whole or before is None or before.trust != self.trust_digest
        self.checks = checks = _TileChecks(self.tree, self.trust, None if anew else before)
        if before is not None and not anew and not self._still_there(before):
            signed_by_log(checks, self.note)
            return checks.found(None, trusted=self.trust is not None)
        read = self._entries(progress)
        checkpoint = signed_by_log(checks, self.note)
        if not read:
            return checks.found(None, trusted=self.trust is not None)
        if before is not None:
            self._extends(before)
        if checkpoint is not None and checks.root_at(checks.size) != checkpoint.root:
            checks.problem(LOG, None, "the entries do not hash to the root that was signed")
        self._from_outside(checkpoint)
        if against is not None and checkpoint is not None:
            against(checks, checkpoint.size)
        found = checks.found(checkpoint, trusted=self.trust is not None)
        return found if anew else replace(found, bounds={})  # of older timestamps nothing was read

    def remembered(self) -> Remembered:
        """The state of an audit in which everything held."""
        checks = self.checks
        heard = {checks.witnessed_size, *(witness.size for witness in checks.witnesses)}
        if checks.cosigned:
            heard.add(max(checks.cosigned)[0])
        return Remembered(
            checkpoint=self.note.decode(),
            cosigned=tuple(note.decode() for size, note in sorted(set(checks.cosigned)) if size in heard),
            peaks=tuple(encode_base64(peak) for peak in checks.tree.peaks),
            recalled=tuple(checks.kept),
            trust=self.trust_digest,
            votes=tuple(checks.places.values()),
        )

    def _still_there(self, before: Remembered) -> bool:
        """Check 17, as far as checkpoint and tiles say it: before anything else is read, and with the proof of it."""
        known, served = before.known, self.served
        if served.origin != known.origin:
            self._forked(before, f"at the last audit this was the log {known.origin}, and now it is {served.origin}")
            return False
        if served.size < known.size:
            what = f"the log had {known.size} entries at the last audit; what is served is a state of {served.size}"
            self._forked(before, what)
            return False
        had, path = served.root, list[bytes]()
        if served.size > known.size:
            try:
                had = root(known.size, self.tree.node)
                path = consistency_proof(known.size, served.size, self.tree.node)
            except (AbsentError, MalformedError):
                return True  # what is missing or damaged is named where it is read, and the root of the entries decides
        if had == known.root or not verify_consistency(known.size, served.size, had, served.root, path):
            return True
        self._forked(before, _REWRITTEN.format(known.size), had, path)
        return False

    def _extends(self, before: Remembered) -> None:
        """Check 17, by the entries: those behind the last audit's were put to its tree, or all were read again."""
        if self.checks.start:
            holds = self.checks.root_at(self.checks.size) == self.served.root
        elif holds := self._still_there(before):
            holds = self.checks.root_at(before.known.size) == before.known.root
        else:
            return
        if not holds:
            self._forked(before, _REWRITTEN.format(before.known.size))

    def _forked(self, before: Remembered, text: str, had: bytes | None = None, path: list[bytes] | None = None) -> None:
        self.checks.problem(REMEMBERED, None, text)
        if self.state is not None:
            kept = keep_fork(self.state, before.checkpoint.encode(), self.note, had, path or [])
            self.checks.problem(REMEMBERED, None, f"both checkpoints are kept in {kept}")

    def _entries(self, progress: Progress | None) -> bool:
        """Check every entry that is served and new, and every tile that it changes; False where reading stopped."""
        checks, size = self.checks, self.served.size
        if size == 0:
            checks.problem(FOUNDED, None, "the log is empty")
            return False
        start = checks.start
        if start == size:
            return True
        try:
            edge = Edge(self.tree, start)
            pairs = tiles_of(size, None, start // WIDTH)
            for tile, entries, hashes in ahead(self.source, self._pair, pairs):
                self._add(tile, entries, hashes, start)
                for fault in edge.add(hashes):
                    checks.problem(LOG, None, fault)
                if checks.hopeless:
                    checks.problem(LOG, None, STOPPED)
                    return False
                if progress is not None:
                    progress(checks.size, size)
            for fault in edge.ends():
                checks.problem(LOG, None, fault)
        except AbsentError as error:
            checks.problem(LOG, min(checks.size, size - 1), f"what the checkpoint covers is missing: {error}")
            return False
        except MalformedError as error:
            checks.problem(CONTAINER, min(checks.size, size - 1), str(error))
            return False
        if edge.root() != self.served.root:
            checks.problem(LOG, None, "the tiles do not give the root that was signed")
        return True

    def _pair(self, tile: Tile) -> tuple[Tile, list[bytes], list[bytes]]:
        hashes = self.tree.held(0, tile.index) or fetch_hashes(self.source, replace(tile, level=0))
        return tile, fetch_entries(self.source, tile), hashes

    def _add(self, tile: Tile, entries: list[bytes], hashes: list[bytes], start: int) -> None:
        opened = open_entries(entries, self.checks.publics, verify_among_many)
        for index, (each, hashed) in enumerate(zip(opened, hashes, strict=True), start=tile.index * WIDTH):
            if index >= start:
                self.checks.take(each)
            if each.leaf != hashed:
                path = replace(tile, level=0).path
                self.checks.problem(LOG, index, f"{path} has another hash here than that of the entry")

    def _from_outside(self, checkpoint: Checkpoint | None) -> None:
        checks, trust = self.checks, self.trust
        if checkpoint is not None:
            self._timestamps(checkpoint.size)
            checks.cosigned += [(claimed(note).size, note) for note in self._remembered_notes()]
            self._cosigned(checkpoint.size)
            if any(name != checkpoint.origin for name, _, _ in split_note(self.note)[1]):
                checks.cosigned.append((checkpoint.size, self.note))
        if trust is not None:
            hold_against(checks, checkpoint, trust)
        if trust is not None and trust.policy is not None:
            hear_witnesses(checks, trust.policy)
        if checks.start:
            text = Said.of(
                "The entries before {entry} were verified at an earlier audit; of them only what the later ones rest "
                "on was read again.",
                entry=checks.start,
            )
            checks.unchecked.append(text)

    def _remembered_notes(self) -> list[bytes]:
        going_on = self.before is not None and self.checks.start
        return [note.encode() for note in self.before.cosigned] if self.before is not None and going_on else []

    def _timestamps(self, size: int) -> None:
        """Check 14, of every line that the last audit cannot have seen."""
        at = (0, "")
        for raw in self._lines(TIMESTAMPS, STAMPS):
            try:
                line = StampLine.read(raw, where=TIMESTAMPS, limit=MAX_LINE)
                stamp = line.stamp()
                if line.canonical() != raw or line.path or (stamp.size, stamp.sha256) <= at:
                    raise MalformedError(f"{TIMESTAMPS}: a line is not in its one form, or out of order")
            except MalformedError as error:
                self.checks.problem(STAMPS, None, str(error))
                return
            at = (stamp.size, stamp.sha256)
            if self.checks.start <= stamp.size <= size:  # those of a larger log are for its checkpoint, still to come
                check_stamp(self.checks, stamp)

    def _cosigned(self, size: int) -> None:
        """Check 16, as :meth:`_timestamps`."""
        at = 0
        for raw in self._lines(COSIGNED, WITNESS):
            try:
                line = CosignedLine.read(raw, where=COSIGNED, limit=MAX_LINE)
                if line.canonical() != raw or line.path or line.size <= at:
                    raise MalformedError(f"{COSIGNED}: a line is not in its one form, or out of order")
            except MalformedError as error:
                self.checks.problem(WITNESS, None, str(error))
                return
            at = line.size
            if self.checks.start <= line.size <= size:
                check_cosigned(self.checks, line.size, line.note.encode())

    def _lines(self, path: str, check: int) -> Iterator[bytes]:
        try:
            yield from lines(self.source, path, limit=MAX_LINE, total=MAX_LINES)
        except AbsentError:
            return
        except MalformedError as error:
            self.checks.problem(check, None, str(error))
