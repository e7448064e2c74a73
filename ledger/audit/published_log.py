"""Verifies a published log from its tiles, completely or from where the last audit ended.

A complete audit reads every entry once and runs every check over it, as over a ledger. A resumed audit reads only:

* the checkpoint, the entries after the last audit's, and the tiles that they changed;
* hashes of older tiles that a later entry depends on, each proved against the saved checkpoint;
* the older entries of each vote with new entries, proved to be those already verified: they are folded, but their
  signatures and authority are not checked again.

The tree of the new checkpoint grows from the peaks of the old one, so its root shows that nothing before has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ...domain.errors import Malformed
from ...domain.phrase import Said
from ..errors import NotFound
from ..evidence.attestations import COSIGNED, MAX_LINE, TIMESTAMPS, cosigned_lines, stamp_lines
from ..evidence.trust import Trust
from ..published.source import AbsentError, Source, ahead, fetch_entries, fetch_hashes, lines
from ..published.tree import Edge, TileTree
from ..standards.ed25519 import verify_among_many
from ..standards.merkle import consistency_proof, root, verify_consistency
from ..standards.note import MAX_NOTE_BYTES, encode_base64
from ..standards.tiles import CHECKPOINT, WIDTH, Tile, tiles_of
from .attestation_checks import Cosigned, Stamped, signed_by_log
from .checks import CONTAINER, FOUNDED, LOG, REMEMBERED
from .finish import Against, Finish, Reader
from .last_audit import Remembered, claimed, keep_fork, read_remembered, write_remembered
from .opened import collecting_rarely, open_entries
from .result import Verification
from .resumed_checks import ResumedChecks
from .whole_ledger import Progress

_MAX_LINES = 1 << 30
"""The most bytes of a file of lines."""

_REWRITTEN = "the first {} entries are not those of the last audit: the log was rewritten"


@collecting_rarely()
def verify_tiles(
    source: Source,
    trust: Trust | None = None,
    *,
    against: Against | None = None,
    progress: Progress | None = None,
    state: Path | None = None,
    whole: bool = False,
    remember: bool = True,
) -> Verification:
    """Run every check over a published log; ``against`` and ``progress`` are as in :func:`.whole_ledger.verify`.

    ``state`` is the file for the state of the audit: the next audit with the same trust continues from it, unless
    ``whole``; in either case a log that contradicts the saved state is a problem. Without ``remember`` the saved state
    stays unchanged.

    Raises:
        NotFound: no published log.
        UnreachableError: it could not be read to its end; nothing is concluded.
        Malformed: the checkpoint served is not one, or ``state`` is not the state of an audit.
    """
    before = read_remembered(state) if state is not None else None
    try:
        note = source.read(CHECKPOINT, MAX_NOTE_BYTES)
    except AbsentError:
        raise NotFound(f"{source}: there is no published log: no checkpoint is there") from None
    audit = _Audit(source, note, trust, before, state)
    found = audit.run(Reader(trust, against), progress, whole)
    if remember and state is not None and found.holds:
        write_remembered(state, audit.remembered())
    return found


class _Audit:
    def __init__(
        self, source: Source, note: bytes, trust: Trust | None, before: Remembered | None, state: Path | None
    ) -> None:
        self.source = source
        self.note = note
        self.served = claimed(note)
        self.trust = trust
        self.trust_digest = trust.sha256 if trust else None
        self.before = before
        self.state = state
        self.tree = TileTree(source, self.served.size)

    def run(self, reader: Reader, progress: Progress | None, whole: bool) -> Verification:
        """Read and check; :meth:`remembered` then gives the state to save."""
        before, trusted = self.before, reader.knows_keys
        afresh = whole or before is None or before.trust != self.trust_digest
        self.resumed = ResumedChecks(self.tree, reader, None if afresh else before)
        self.checks = checks = self.resumed.checks
        finish = Finish(checks, reader)
        self.attestations = finish.attestations
        if before is not None and not afresh and not self._still_there(before):
            signed_by_log(checks, self.note)
            return finish.stopped(trusted=trusted)
        read = self._entries(progress)
        checkpoint = signed_by_log(checks, self.note)
        if not read:
            return finish.stopped(trusted=trusted)
        if before is not None:
            self._extends(before)
        if checkpoint is not None and checks.tree.root_at(checks.size) != checkpoint.root:
            checks.result.problem(LOG, None, "the entries do not hash to the root that was signed")
        if checkpoint is not None:
            for note in self._remembered_notes():
                self.attestations.known_cosigned(claimed(note).size, note)
            finish.attested(self._timestamps(checkpoint.size), self._cosigned(checkpoint.size))
            finish.witnessed_head(checkpoint, self.note)
        if checks.start:
            text = Said.of(
                "The entries before {entry} were verified at an earlier audit; of them only what the later ones rest "
                "on was read again.",
                entry=checks.start,
            )
            checks.result.not_checked(text)
        found = finish.finished(checkpoint, checkpoint.size if checkpoint else None)
        return found if afresh else replace(found, bounds={})  # older timestamps were not read

    def remembered(self) -> Remembered:
        """The state of an audit in which every check passed."""
        attested = self.attestations
        heard = {attested.witnessed_size, *(witness.size for witness in attested.witnesses)}
        if attested.cosigned:
            heard.add(max(attested.cosigned)[0])
        return Remembered(
            checkpoint=self.note.decode(),
            cosigned=tuple(note.decode() for size, note in sorted(set(attested.cosigned)) if size in heard),
            counting_from=self.checks.count.formats.counting,
            peaks=tuple(encode_base64(peak) for peak in self.checks.tree.peaks),
            recalled=tuple(self.resumed.kept),
            trust=self.trust_digest,
            votes=tuple(self.resumed.places.values()),
        )

    def _still_there(self, before: Remembered) -> bool:
        """Check 17 by checkpoint and tiles, before anything else is read, with the proof."""
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
            except (AbsentError, Malformed):
                return True  # missing or damaged parts are reported when read, and the root of the entries decides
        if had == known.root or not verify_consistency(known.size, served.size, had, served.root, path):
            return True
        self._forked(before, _REWRITTEN.format(known.size), had, path)
        return False

    def _extends(self, before: Remembered) -> None:
        """Check 17 by the entries: those after the last audit's were added to its tree, or all were read again."""
        if self.checks.start:
            holds = self.checks.roots.root_at(self.checks.size) == self.served.root
        elif holds := self._still_there(before):
            holds = self.checks.roots.root_at(before.known.size) == before.known.root
        else:
            return
        if not holds:
            self._forked(before, _REWRITTEN.format(before.known.size))

    def _forked(self, before: Remembered, text: str, had: bytes | None = None, path: list[bytes] | None = None) -> None:
        self.checks.result.problem(REMEMBERED, None, text)
        if self.state is not None:
            kept = keep_fork(self.state, before.checkpoint.encode(), self.note, had, path or [])
            self.checks.result.problem(REMEMBERED, None, f"both checkpoints are kept in {kept}")

    def _entries(self, progress: Progress | None) -> bool:
        """Check every new entry, and every tile that it changes; False if reading stopped."""
        checks, size = self.checks, self.served.size
        if size == 0:
            checks.result.problem(FOUNDED, None, "the log is empty")
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
                    checks.result.problem(LOG, None, fault)
                if checks.result.hopeless:
                    checks.result.stop()
                    return False
                if progress is not None:
                    progress(checks.size, size)
            for fault in edge.ends():
                checks.result.problem(LOG, None, fault)
        except AbsentError as error:
            checks.result.problem(LOG, min(checks.size, size - 1), f"what the checkpoint covers is missing: {error}")
            return False
        except Malformed as error:
            checks.result.problem(CONTAINER, min(checks.size, size - 1), str(error))
            return False
        if edge.root() != self.served.root:
            checks.result.problem(LOG, None, "the tiles do not give the root that was signed")
        return True

    def _pair(self, tile: Tile) -> tuple[Tile, list[bytes], list[bytes]]:
        hashes = self.tree.held(0, tile.index) or fetch_hashes(self.source, replace(tile, level=0))
        return tile, fetch_entries(self.source, tile), hashes

    def _add(self, tile: Tile, entries: list[bytes], hashes: list[bytes], start: int) -> None:
        opened = open_entries(entries, self.checks.register.publics, verify_among_many)
        for index, (each, hashed) in enumerate(zip(opened, hashes, strict=True), start=tile.index * WIDTH):
            if index >= start:
                self.resumed.take(each)
            if each.leaf != hashed:
                path = replace(tile, level=0).path
                self.checks.result.problem(LOG, index, f"{path} has another hash here than that of the entry")

    def _remembered_notes(self) -> list[bytes]:
        going_on = self.before is not None and self.checks.start
        return [note.encode() for note in self.before.cosigned] if self.before is not None and going_on else []

    def _timestamps(self, size: int) -> Iterator[Stamped]:
        """Every line that the last audit cannot have seen, and those that entries have named since.

        Lines over a larger log are left for its future checkpoint.
        """
        named = self.checks.proofs.named_from(self.checks.start)
        for line in stamp_lines(self._lines(TIMESTAMPS), with_paths=False):
            if self.checks.start <= line.size <= size or (line.size <= size and line.stamp().sha256 in named):
                yield Stamped(line.stamp())

    def _cosigned(self, size: int) -> Iterator[Cosigned]:
        """The same as :meth:`_timestamps`."""
        for line in cosigned_lines(self._lines(COSIGNED), with_paths=False):
            if self.checks.start <= line.size <= size:
                yield Cosigned(line.size, line.note.encode())

    def _lines(self, path: str) -> Iterator[bytes]:
        with suppress(AbsentError):
            yield from lines(self.source, path, limit=MAX_LINE, total=_MAX_LINES)
