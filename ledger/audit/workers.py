"""Verification on several cores.

Each draft, with all its rounds, belongs to one process, and every process has the register and the messages. So each
can check its entries alone, in the order of the log: signatures, places, authority, rules and files. The first process
does what needs all entries: the tree, and whether the checkpoints that recorders had seen are right. It reads the store
for all, and checks entries in the remaining time.

The workers can only confirm that every check passes. At the first problem all their results are discarded, and the
serial reading (:mod:`.whole_ledger`) decides, so only one place reports problems, in one order.
"""

from __future__ import annotations

import gc
import hashlib
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias

from ...domain.messages import INTAKE
from ...domain.naming import read_name
from ..entries.entry import REGISTER_STREAM, Entry, StoredEntry
from ..entries.files import Files
from ..entries.streams import vote_in
from ..evidence.trust import Trust
from ..log.log import EntryStore
from ..standards.ed25519 import verify_among_many
from ..standards.merkle import leaf_hash
from .entry_checks import EntryChecks, claimed_too_many
from .message_checks import MessagesOf
from .opened import Opened, collecting_rarely, open_entries
from .register_count import Formats
from .reply_bounds import Proofs
from .vote_cache import Mark

if TYPE_CHECKING:
    from concurrent.futures import Future

Reopen: TypeAlias = Callable[[], EntryStore]
"""Opens the store again, for reading, in another process; it can be pickled."""

FEWEST = 10_000
"""The number of entries from which workers are worth their start-up time of about a second."""

_FOR_ALL = frozenset({REGISTER_STREAM, INTAKE})
"""The streams that every process reads, since votes depend on them."""
_PORTION = 1_000
_IN_HAND = 30  # how many portions a worker may lag: it starts half a second later
_SEEN = struct.Struct(">Q32s")
_PLACED = struct.Struct(">Q32s")


class NotPlain(Exception):
    """A check failed or could not be decided here: the entries must be read one by one."""


class _Checked(NamedTuple):
    """The checkpoints that recorders say they had seen, in order, and a digest of what was checked: index and leaf of
    each entry.

    The index matters too: what a timestamp proves about an entry depends on its place.
    """

    told: bytes
    digest: bytes


class _Known(NamedTuple):
    """What a process knows after its last entry."""

    marks: Mapping[str, Mark]
    proofs: Proofs
    formats: Formats


class Crew:
    """A number of processes, including this one; ``checks`` has the tree, the register and, in the end, everything.

    A context manager. Raises :class:`NotPlain` if it is not certain that every check passes.
    """

    def __init__(self, jobs: int, checks: EntryChecks, entries: EntryStore, reopen: Reopen) -> None:
        from concurrent.futures import ProcessPoolExecutor  # late: most audits need no second process
        from multiprocessing import get_context

        context = get_context("spawn")  # a fork would copy threads and database connections in an undefined state
        self._checks = checks
        zones = Trust(zones=checks.proofs.trust.zones)
        self._own = _OwnChecks(checks.files.store, entries, zones)
        self._jobs = jobs
        self._after = 0
        self._workers = [
            ProcessPoolExecutor(
                1, context, initializer=_begin, initargs=(number, jobs, checks.files.store, reopen, zones)
            )
            for number in range(1, jobs)
        ]
        self._waiting: list[deque[tuple[Future[_Checked | None], bytes]]] = [deque() for _ in self._workers]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.shutdown(wait=True, cancel_futures=True)

    def page(self, rows: Sequence[StoredEntry], opened: Sequence[Opened]) -> None:
        """Have the next entries checked, which :func:`leaves_only` has opened. Workers read them themselves."""
        first, after, upto = self._checks.size, self._after, rows[-1].cursor
        own: list[tuple[int, StoredEntry]] = []
        # Workers read the store themselves, later: each must prove by a digest that it checked these very entries at
        # these places, or a store that answers differently the second time would pass.
        digests = [hashlib.sha256() for _ in range(self._jobs)]
        for index, (row, each) in enumerate(zip(rows, opened, strict=True), start=first):
            if row.originator_id in _FOR_ALL:
                # Twice in this process: once for the final result, once for the keys of its own portion.
                self._checks.entry(index, each, row)
                own.append((index, row))
                for digest in digests:
                    digest.update(_PLACED.pack(index, each.leaf))
            else:
                whose = process_of(row.originator_id, self._jobs)
                digests[whose].update(_PLACED.pack(index, each.leaf))
                self._checks.elsewhere(row.originator_id, row.originator_version)
                if whose == 0:
                    own.append((index, row))
            self._checks.tree.add(each.leaf)
            self._checks.at(row.originator_id, row.originator_version - 1, index, each.leaf)
        if not self._checks.result.holds:
            raise NotPlain
        for worker, waiting, digest in zip(self._workers, self._waiting, digests[1:], strict=True):
            waiting.append((worker.submit(_check, first, after, upto), digest.digest()))
        self._after = upto
        self._hold(self._own.check(own), digests[0].digest())
        for waiting in self._waiting:
            while len(waiting) > _IN_HAND:
                self._wait(waiting)

    def finish(self) -> None:
        """Wait for the last, and collect what every process knows."""
        for waiting in self._waiting:
            while waiting:
                self._wait(waiting)
        marks = dict(self._own.checks.votes.states.marks())
        self._checks.proofs.take(self._own.checks.proofs)
        formats = [self._checks.count.formats, self._own.checks.count.formats]
        for worker in self._workers:
            known = worker.submit(_end).result()
            marks.update(known.marks)
            self._checks.proofs.take(known.proofs)
            formats.append(known.formats)
        if Formats.together(formats).mixed:  # for example of two votes that no single process has both seen
            raise NotPlain
        self._checks.votes.states.take(marks)

    def _wait(self, waiting: deque[tuple[Future[_Checked | None], bytes]]) -> None:
        # In the order of the log: what a recorder had seen is compared with a tree that has grown at least that far.
        checked, digest = waiting.popleft()
        self._hold(checked.result(), digest)

    def _hold(self, checked: _Checked | None, digest: bytes) -> None:
        """Make sure that these very entries were checked; check what recorders had seen against the tree."""
        if checked is None or checked.digest != digest:
            raise NotPlain
        before: tuple[int, bytes] | None = None
        for claim in _SEEN.iter_unpack(checked.told):
            if claim != before and self._checks.roots.root_at(claim[0]) != claim[1]:
                raise NotPlain
            before = claim


def leaves_only(rows: Iterable[StoredEntry]) -> list[Opened]:
    """Entries of which the first process needs only the leaf, except those of the register and of messages."""
    return [
        open_entries([row.envelope])[0]
        if row.originator_id in _FOR_ALL
        else Opened(row.envelope, leaf_hash(row.envelope))
        for row in rows
    ]


def process_of(stream: str, jobs: int) -> int:
    """Which of the processes checks a vote; 0 is the first. All rounds of a draft belong to one."""
    name = vote_in(stream)
    symbol = read_name(name)[0] if name else stream
    part, whose = divmod(zlib.crc32(symbol.encode()), jobs - 1)
    return 0 if part % 100 < _own_part(jobs) else whose + 1


@cache
def _own_part(jobs: int) -> int:
    """How many of a hundred votes the first process checks; zero or less means none.

    It also reads, hashes and compares for all, which takes an eighth of the time of checking.
    """
    others = 1 / (jobs - 1)
    return round(100 * (others - 0.125) / (others + 1))


class _OwnChecks:
    """The checks of one process, without the tree; what a recorder had seen is kept and reported."""

    def __init__(self, files: Files, store: EntryStore, zones: Trust) -> None:
        self.store = store  # open for as long as it is read from
        self.checks = EntryChecks.over(
            files,
            trust=zones,
            reread=store.stream,
            seen=self._tell,
            every_vote=False,
            messages=MessagesOf.CHECKED_ELSEWHERE,
        )
        self._told = bytearray()

    def check(self, portion: Sequence[tuple[int, StoredEntry]]) -> _Checked | None:
        """Check entries; None if a check fails."""
        digest = hashlib.sha256()
        raws = (row.envelope for _, row in portion)
        opened = open_entries(raws, self.checks.register.publics, verify_among_many)
        for (index, row), each in zip(portion, opened, strict=True):
            self.checks.entry(index, each, row)
            digest.update(_PLACED.pack(index, each.leaf))
        if not self.checks.result.holds:
            return None
        told, self._told = bytes(self._told), bytearray()
        return _Checked(told, digest.digest())

    def _tell(self, index: int, entry: Entry) -> None:
        claimed_too_many(self.checks.result, index, entry)
        self._told += _SEEN.pack(entry.seen.size, entry.seen.root)


class _Worker(NamedTuple):
    number: int
    jobs: int
    checks: _OwnChecks


_worker: list[_Worker] = []  # of a worker process: itself
_collecting = ExitStack()  # for as long as it lives


def _begin(number: int, jobs: int, files: Files, reopen: Reopen, zones: Trust) -> None:
    gc.freeze()
    _collecting.enter_context(collecting_rarely())
    _worker.append(_Worker(number, jobs, _OwnChecks(files, reopen(), zones)))


def _check(first: int, after: int, upto: int) -> _Checked | None:
    """Check this worker's share of the entries after one position, up to another; ``first`` is their first index."""
    number, jobs, checks = _worker[0]
    portion: list[tuple[int, StoredEntry]] = []
    index, at = first, after
    while at < upto and (page := checks.store.page(at, _PORTION)):
        for row in page:
            at = row.cursor
            if at > upto:
                break
            if row.originator_id in _FOR_ALL or process_of(row.originator_id, jobs) == number:
                portion.append((index, row))
            index += 1
    return checks.check(portion)


def _end() -> _Known:
    checks = _worker[0].checks.checks
    return _Known(dict(checks.votes.states.marks()), checks.proofs.handed_over(), checks.count.formats)
