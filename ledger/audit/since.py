"""Verifies what is new since a checkpoint that the reader trusts.

It reads the entries after the checkpoint and, of those before it, the register's, those of messages, and the earlier
acts of votes that continue, each with an inclusion proof in the trusted log. The tree grows from the peaks of the
trusted one to the current head, which is the consistency proof. Every check of :mod:`.checks` is applied to what is
read.

The other entries before the checkpoint are not checked again: their signatures, places, authority, pins, files and
acts, what their recorders had seen, and whether the store still has them. Trusting the checkpoint means trusting that
they passed; its signature covers them, and nothing else is claimed about them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...domain.errors import InblueError
from ...domain.messages import INTAKE
from ...domain.phrase import Number, Said
from ...domain.register_acts import EntryDisowned
from ..entries.entry import REGISTER_STREAM, StoredEntry, entry_digest, read_entry
from ..entries.files import Files
from ..entries.streams import round_before
from ..errors import Broken
from ..evidence.trust import Trust
from ..log.log import EntryStore, Head, LogStore
from ..log.positions import index_of, position_of
from ..standards.checkpoint import Checkpoint
from ..standards.ed25519 import verify_among_many
from ..standards.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    peak_nodes,
    root,
    verify_consistency,
    verify_inclusion,
)
from ..standards.note import split_note
from .attestation_checks import Cosigned, Stamped, signed_by_log
from .checks import FILES, FOUNDED, LOG, PINS, STAMPS, TRUST, WITNESS
from .entry_checks import EntryChecks
from .finish import Against, Finish, Reader
from .opened import collecting_rarely, open_entries
from .result import Verification
from .whole_ledger import verify

_PAGE = 100
_DISOWNING = EntryDisowned.kinds()


@collecting_rarely()
def verify_since(
    note: bytes,
    entries: EntryStore,
    log: LogStore,
    files: Files,
    *,
    trust: Trust | None = None,
    against: Against | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Check what a ledger holds after the checkpoint in ``note``; otherwise like :func:`.whole_ledger.verify`.

    Raises:
        Malformed: ``note`` is not a checkpoint.
    """
    trusted = Checkpoint.parse(split_note(note)[0])  # its signer is checked below, when the register is read
    reader = Reader(trust, against)
    head = log.head()
    if head is None or trusted.size > head.size or trusted.size == 0:
        size = head.size if head else 0
        return _unlike(files, reader, f"the log had {trusted.size} entries already; this is a state of {size}")
    peaks = _grown_from(log, trusted)
    if peaks is None:
        what = f"the first {trusted.size} entries are not those of the trusted checkpoint"
        return _unlike(files, reader, f"{what}, or the log's index beside them is damaged")
    checks = EntryChecks.over(
        files,
        start=trusted.size,
        peaks=peaks,
        trust=reader.trust,
        reread=entries.stream,
        places=reader.places,
        every_message=True,
    )
    result, finish = checks.result, Finish(checks, reader)
    try:
        reading = _Behind(checks, entries, log, head, trusted)
        reading.recall()
        reading.read(progress)
    except Broken as error:
        result.problem(LOG, None, str(error))
        return finish.stopped()
    except Exception as error:  # noqa: BLE001 - a database that fails while it is read is a finding, whatever it raises
        result.problem(FOUNDED, checks.size, f"the store cannot be read on from here: {error}")
        return finish.stopped()
    if result.hopeless:
        result.stop()
        return finish.stopped()
    result.not_checked(
        Said.of(
            "Entries before entry {entry} were not read again, except those that later ones need: that they "
            "hold rests on the trusted checkpoint.",
            entry=Number(trusted.size),
        )
    )
    signed_by_log(checks, note, check=TRUST)
    checkpoint = signed_by_log(checks, head.note)
    if checkpoint is not None:
        reading.hold_against_head(checkpoint)
    finish.attested(
        (
            Stamped(stamp, reading.is_earlier)
            for stamp in log.stamps()
            if stamp.size > reading.earliest or stamp.sha256 in checks.proofs.named
        ),
        (Cosigned(size, cosigned, reading.is_earlier) for size, cosigned in log.cosigned() if size > trusted.size),
    )
    return finish.finished(checkpoint, max(checks.size, checkpoint.size if checkpoint else 0))


def check_behind(entries: EntryStore, log: LogStore, files: Files, head: Head | None) -> None:
    """Make sure that a head may be signed over the entries after ``head``, which none covers.

    A missing file does not prevent it, since it can be restored.

    Raises:
        Broken: one of them would be a problem in every future audit. The message names the first.
    """
    found = verify(entries, log, files) if head is None else verify_since(head.note, entries, log, files)
    for problem in found.problems:
        if problem.check not in {FILES, PINS, STAMPS, WITNESS} and (head is not None or problem.entry is not None):
            where = "" if problem.entry is None else f"entry {problem.entry}, which no signed head covers: "
            what = f"{where}{problem.text}; nothing is recorded or signed over it"
            raise Broken(f"{what}. Run inblue verify, and inblue mend to move it out")


def _disowned_in(row: StoredEntry) -> EntryDisowned | None:
    """What the entry disowns, if it does."""
    try:
        act = read_entry(row.envelope).act
    except InblueError:
        return None
    return act if isinstance(act, EntryDisowned) else None


def _unlike(files: Files, reader: Reader, text: str) -> Verification:
    checks = EntryChecks.over(files)
    checks.result.problem(TRUST, None, text)
    return Finish(checks, reader).stopped()


def _grown_from(log: LogStore, trusted: Checkpoint) -> list[bytes] | None:
    """The peaks of the trusted tree, or None if the log's index does not give that tree."""
    try:
        if root(trusted.size, log.node) == trusted.root:
            return [log.node(node) for node in peak_nodes(trusted.size)]
    except InblueError:
        pass
    return None


class _Behind:
    def __init__(
        self, checks: EntryChecks, entries: EntryStore, log: LogStore, head: Head, trusted: Checkpoint
    ) -> None:
        self.checks, self.entries, self.log, self.head, self.trusted = checks, entries, log, head, trusted
        self.earliest = trusted.size
        """The index of the earliest act that was re-read, of a vote that continues."""
        self._after = position_of(entries, log, head, trusted.size - 1)

    def recall(self) -> None:
        """Check the entries before the checkpoint that later ones need."""
        began_before, disowned = {REGISTER_STREAM: True, INTAKE: True}, set[str]()
        for page in self._pages():
            for row in page:
                began_before.setdefault(row.originator_id, row.originator_version > 1)
                if row.kind in _DISOWNING and (act := _disowned_in(row)) is not None:
                    began_before[act.stream] = True
                    disowned.add(act.digest)
                if earlier := round_before(row.originator_id):
                    began_before.setdefault(earlier, True)
        again = [stream for stream, before in began_before.items() if before]
        recalled = [row for stream in again for row in self._earlier(stream)]
        for index, row in sorted(recalled, key=lambda each: each[0]):
            leaf, size = leaf_hash(row.envelope), self.trusted.size
            path = inclusion_proof(index, size, self.log.node)
            if not verify_inclusion(leaf, index, size, path, self.trusted.root):
                self.checks.result.problem(LOG, index, "this entry is not shown to stand in the trusted log")
            self.checks.tree.recall(index, leaf)
            self.checks.recall(index, row.envelope)
        last = next(iter(self.entries.page(self._after - 1, 1)), None)
        disowned.update(self.checks.register.state.disowned)
        if last is not None and entry_digest(last.envelope) not in disowned:
            self.checks.count.last_before(read_entry(last.envelope))

    def read(self, progress: Callable[[int, int], None] | None) -> None:
        """Check the entries after the checkpoint."""
        for page in self._pages():
            opened = open_entries((row.envelope for row in page), self.checks.register.publics, verify_among_many)
            for each, row in zip(opened, page, strict=True):
                self.checks.take(each, row)
                if self.checks.result.hopeless:
                    return
            if progress is not None:
                progress(self.checks.size - self.trusted.size, self.head.size - self.trusted.size)

    def hold_against_head(self, checkpoint: Checkpoint) -> None:
        """Check 5: the tree grown from the trusted one with what was read gives the head."""
        if checkpoint.size > self.checks.size:
            what = f"the signed head covers {checkpoint.size} entries, and {self.checks.size:,} are stored"
            self.checks.result.problem(LOG, self.checks.size, f"an entry is missing here: {what}")
        elif self.checks.roots.root_at(checkpoint.size) != checkpoint.root:
            self.checks.result.problem(
                LOG, None, "the entries do not hash to the signed head; run inblue verify without --since"
            )

    def is_earlier(self, earlier: Checkpoint) -> bool:
        """Whether a checkpoint is an earlier state of the log: by what was read, or by a proof from the log's index."""
        held = self.checks.roots.root_at(earlier.size)
        if held is not None:
            return held == earlier.root
        size, held = self.trusted.size, self.trusted.root
        return verify_consistency(
            earlier.size, size, earlier.root, held, consistency_proof(earlier.size, size, self.log.node)
        )

    def _earlier(self, stream: str) -> Iterator[tuple[int, StoredEntry]]:
        """The entries of a stream from before the checkpoint."""
        for row in self.entries.stream(stream):
            position = self.entries.position(stream, row.originator_version)
            if position > self._after:
                return
            index = index_of(self.log, self.head, position, row.envelope)
            if stream not in {REGISTER_STREAM, INTAKE}:
                self.earliest = min(self.earliest, index)
            yield index, row

    def _pages(self) -> Iterator[list[StoredEntry]]:
        after = self._after
        while page := self.entries.page(after, _PAGE):
            yield list(page)
            after = page[-1].cursor
