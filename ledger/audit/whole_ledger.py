"""Verifies a whole ledger: every check of :mod:`.checks` that applies to a ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from ...domain.errors import InblueError
from ...domain.wording import count
from ..entries.entry import StoredEntry
from ..entries.files import Files
from ..evidence.attestations import StampLine
from ..evidence.trust import Trust
from ..log.log import EntryStore, Head, LogStore
from ..standards.checkpoint import Checkpoint
from ..standards.ed25519 import verify_among_many
from ..standards.merkle import Frontier, root
from .attestation_checks import Cosigned, Stamped, signed_by_log
from .checks import FOUNDED, LOG, STAMPS
from .entry_checks import EntryChecks
from .finish import Against, Finish, Reader
from .opened import Opened, collecting_rarely, open_entries
from .result import Verification
from .workers import FEWEST, Crew, Reopen, leaves_only

Progress: TypeAlias = Callable[[int, int], None]

_PAGE = 500
"""How many entries are read and opened together."""
_PORTION = 1_000


@collecting_rarely()
def verify(
    entries: EntryStore,
    log: LogStore,
    files: Files,
    *,
    trust: Trust | None = None,
    against: Against | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
    reopen: Reopen | None = None,
) -> Verification:
    """Run every check over a ledger, reading each entry once; ``progress`` gets the number done and the total.

    ``against``, such as receipts, is compared with the log when all is read. With ``jobs`` and ``reopen`` that many
    processes (:mod:`.workers`) check a large ledger, with the same result.

    Details of single votes are read again from the store on demand; it must still be open then.
    """
    reader = Reader(trust, against)
    head = log.head()
    reading = _Reading(_checks_over(entries, log, files, reader), log, head)
    crew = reopen if jobs > 1 and head is not None and head.size >= FEWEST else None
    if crew is not None and not _all_plain(reading, entries, jobs, crew, progress):
        reading = _Reading(_checks_over(entries, log, files, reader), log, head)
    checks = reading.checks
    finish = Finish(checks, reader)
    try:
        reading.read(entries, progress)
    except Exception as error:  # noqa: BLE001 - a database that fails while it is read is a finding, whatever it raises
        checks.result.problem(FOUNDED, checks.size, f"the store cannot be read on from here: {error}")
        return finish.stopped()
    if checks.result.hopeless:
        checks.result.stop()
        return finish.stopped()
    if checks.size == 0:
        checks.result.problem(FOUNDED, None, "the log is empty")
    if head is None:
        checks.result.problem(LOG, None, "there is no signed head; nothing shows whether entries are missing")
        return finish.stopped()
    checkpoint = signed_by_log(checks, head.note)
    if checkpoint is not None:
        _against_head(checks, checkpoint, log, reading)
        if checks.result.holds and (head.size, head.position) != (checkpoint.size, reading.covered_position):
            checks.result.problem(LOG, None, "the head's size or cursor beside the signed note is not the note's")
        if _reaches_beyond(log):
            what = "the log's index reaches beyond the signed head, so that nothing can be recorded; see inblue mend"
            checks.result.problem(LOG, None, what)
    finish.attested(_stamped(checks, log), (Cosigned(size, note) for size, note in log.cosigned()))
    return finish.finished(checkpoint, checks.size if checkpoint is None else max(checks.size, checkpoint.size))


def _reaches_beyond(log: LogStore) -> bool:
    """Whether the index has nodes beyond its head, however much others have recorded since this audit began."""
    while (head := log.head()) is not None and log.beyond(head.size, 1):
        if log.head() == head:  # nodes and the head over them are written together
            return True
    return False


def _stamped(checks: EntryChecks, log: LogStore) -> Iterator[Stamped]:
    """The timestamps that could be exported: the others could not go into a bundle."""
    for stamp in log.stamps():
        try:
            StampLine.of_stamp(stamp, ())
        except (InblueError, UnicodeError) as error:
            checks.result.problem(STAMPS, None, f"a timestamp over size {stamp.size} cannot be read: {error}")
        else:
            yield Stamped(stamp)


def _checks_over(entries: EntryStore, log: LogStore, files: Files, reader: Reader) -> EntryChecks:
    return EntryChecks.over(files, trust=reader.trust, reread=entries.stream, leaves=log.leaves, places=reader.places)


class _Reading:
    """The entries of a store as they are read, with their leaf hashes in the log's index."""

    def __init__(self, checks: EntryChecks, log: LogStore, head: Head | None) -> None:
        self.checks = checks
        self.differing: int | None = None
        """The first entry that differs from the index."""
        self.indexed = 0
        """How many the index has, as far as it was read."""
        self.covered_position: int | None = None
        """The position of the head's last entry."""
        self.position = 0
        """The position of the last entry read."""
        self._compared = 0
        self._head_size = head.size if head else None
        self._log = log

    @property
    def size(self) -> int:
        """The expected number of entries."""
        return max(self.checks.size, self._head_size or 0)

    def read(self, entries: EntryStore, progress: Progress | None) -> None:
        """Check every entry not read yet, until there are too many problems to continue."""
        while page := entries.page(self.position, _PAGE):
            opened = open_entries((row.envelope for row in page), self.checks.register.publics, verify_among_many)
            for each, row in zip(opened, page, strict=True):
                self.checks.take(each, row)
                if self.checks.result.hopeless:
                    return
            self.compare(opened, page)
            if progress is not None:
                progress(self.checks.size, self.size)

    def compare(self, opened: Sequence[Opened], rows: Sequence[StoredEntry]) -> None:
        """Compare the next entries with the log's index, after they were checked, or given to others to check."""
        first = self._compared
        expected = list(self._log.leaves(first, len(opened)))
        found = [each.leaf for each in opened[: len(expected)]]
        self.indexed += len(expected)
        if self.differing is None and found != expected:
            pairs = enumerate(zip(found, expected, strict=True), start=first)
            self.differing = next(index for index, (leaf, wanted) in pairs if leaf != wanted)
        if self._head_size is not None and first < self._head_size <= first + len(rows):
            self.covered_position = rows[self._head_size - 1 - first].position
        self.position = rows[-1].cursor
        self._compared += len(rows)


def _all_plain(reading: _Reading, entries: EntryStore, jobs: int, reopen: Reopen, progress: Progress | None) -> bool:
    """Whether several processes together found no problem in any entry; ``reading`` then has all entries."""
    checks = reading.checks
    try:
        with Crew(jobs, checks, entries, reopen) as crew:
            while page := entries.page(reading.position, _PORTION):
                opened = leaves_only(page)
                crew.page(page, opened)
                reading.compare(opened, page)
                if reading.differing is not None:
                    return False
                if progress is not None:
                    progress(checks.size, reading.size)
            crew.finish()
    except Exception:  # noqa: BLE001 - whatever went wrong, even a killed worker: the serial reading finds the cause
        return False
    return True


def _against_head(checks: EntryChecks, checkpoint: Checkpoint, log: LogStore, reading: _Reading) -> None:
    # Entries and index are read separately, and either may be damaged. Only an index that gives the signed root can say
    # which entry differs, so it is read again to the end if the entries alone do not settle it.
    differing = reading.differing
    held = checks.roots.root_at(checkpoint.size) == checkpoint.root
    if held and differing is None and reading.indexed >= checkpoint.size:
        indexed = _peaks_hold(log, checkpoint)
    else:
        indexed = _index_holds(log, checkpoint)
    if checkpoint.size > checks.size:
        first = differing if indexed and differing is not None else checks.size
        what = f"the signed head covers {count(checkpoint.size, 'entry', 'entries')}, and {checks.size:,} are stored"
        checks.result.problem(LOG, first, f"an entry is missing here: {what}")
    elif not held:
        if indexed and differing is not None:
            checks.result.problem(LOG, differing, "not the entry that stood here when the log was signed")
        else:
            checks.result.problem(
                LOG, None, "the entries do not hash to the signed head, and the index cannot say which"
            )
    elif not indexed or differing is not None:
        checks.result.problem(LOG, differing, "the entries hold, but the log's index beside them is damaged")


def _index_holds(log: LogStore, checkpoint: Checkpoint) -> bool:
    """Whether the stored leaf hashes are the signed ones, so that they can show which entry differs."""
    frontier = Frontier()
    try:
        for leaf in islice(_leaves(log), checkpoint.size):
            frontier.add(leaf)
    except Exception:  # noqa: BLE001 - whatever is wrong with the index, it is not the signed one
        return False
    return frontier.root() == checkpoint.root and _peaks_hold(log, checkpoint)


def _peaks_hold(log: LogStore, checkpoint: Checkpoint) -> bool:
    """Whether the index gives the signed root; the caller has checked that its leaf hashes do."""
    try:
        return root(checkpoint.size, log.node) == checkpoint.root
    except Exception:  # noqa: BLE001 - as above
        return False


def _leaves(log: LogStore) -> Iterator[bytes]:
    start = 0
    while page := log.leaves(start, _PAGE):
        yield from page
        start += len(page)
