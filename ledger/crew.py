"""Verifying on several cores.

Each vote belongs to one worker process, by the name of its stream, and every worker has the register: so each can check
its entries alone, signatures, places, authority, rules and files, in the order of the log. What no entry shows by
itself stays here: the tree, and whether what recorders say they had seen was so.

The crew only ever says that everything holds. At the first thing that does not, all it found is thrown away, and the
one serial reading (:mod:`.verify`) decides: so there is one place that says what is wrong, and in which order.
"""

from __future__ import annotations

import gc
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

from .checks import EntryChecks
from .entry import REGISTER_STREAM, Entry, StoredEntry
from .files import Files
from .folded import Mark
from .keys import verify_among_many
from .log import EntryStore
from .merkle import leaf_hash
from .opening import Opened, collecting_rarely, open_entries
from .proofs import Proofs

Reopen: TypeAlias = Callable[[], EntryStore]
"""Opens the store once more, for reading, in another process; it can be pickled."""

FEWEST = 10_000
"""Entries from which on a crew is worth its start, a second or so."""

_HANDFUL = 100
_IN_HAND = 3  # portions that a worker has before it: one it works on, and what is on the way
_SEEN = struct.Struct(">Q32s")


class NotPlain(Exception):
    """Something does not hold, or cannot be said here: the entries are to be read one by one."""


class _Share(NamedTuple):
    """What a worker knows when its last entry is checked."""

    marks: Mapping[str, Mark]
    proofs: Proofs


class Crew:
    """Worker processes that check entries; ``checks`` has the tree, the register and, in the end, all of it.

    Used as a context. Raises :class:`NotPlain` wherever it is not plain that all holds.
    """

    def __init__(self, jobs: int, checks: EntryChecks, reopen: Reopen) -> None:
        context = get_context("spawn")  # what a fork would take along of threads and databases is nobody's to say
        self._checks = checks
        self._workers = [
            ProcessPoolExecutor(1, context, initializer=_begin, initargs=(checks.files, reopen)) for _ in range(jobs)
        ]
        self._waiting: list[deque[Future[bytes | None]]] = [deque() for _ in range(jobs)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.shutdown(wait=True, cancel_futures=True)

    def page(self, rows: Sequence[StoredEntry], opened: Sequence[Opened]) -> None:
        """Have the next entries checked, which :func:`leaves_only` has opened."""
        first = self._checks.size
        portions: list[list[tuple[int, StoredEntry]]] = [[] for _ in self._workers]
        for index, (row, each) in enumerate(zip(rows, opened, strict=True), start=first):
            if row.originator_id == REGISTER_STREAM:
                self._checks.entry(index, each, row)
                for portion in portions:
                    portion.append((index, row))
            else:
                portions[zlib.crc32(row.originator_id.encode()) % len(portions)].append((index, row))
            self._checks.tree.add(each.leaf)
        if self._checks.problems:
            raise NotPlain
        for worker, waiting, portion in zip(self._workers, self._waiting, portions, strict=True):
            if portion:
                waiting.append(worker.submit(_check, portion))
            while len(waiting) > _IN_HAND:
                self._seen(waiting.popleft().result())

    def finish(self) -> None:
        """Wait for the last, and take over what the workers know."""
        for waiting in self._waiting:
            while waiting:
                self._seen(waiting.popleft().result())
        marks: dict[str, Mark] = {}
        for ended in [worker.submit(_end) for worker in self._workers]:
            share = ended.result()
            marks.update(share.marks)
            self._checks.proofs.take(share.proofs)
        self._checks.votes.take(marks)

    def _seen(self, seen: bytes | None) -> None:
        """What recorders say they had seen, against the tree."""
        if seen is None:
            raise NotPlain
        before: tuple[int, bytes] | None = None
        for claim in _SEEN.iter_unpack(seen):
            if claim != before and self._checks.root_at(claim[0]) != claim[1]:
                raise NotPlain
            before = claim


def leaves_only(rows: Iterable[StoredEntry]) -> list[Opened]:
    """Entries of which the crew's owner needs no more than the leaf, but for those of the register."""
    return [
        open_entries([row.envelope])[0]
        if row.originator_id == REGISTER_STREAM
        else Opened(row.envelope, leaf_hash(row.envelope))
        for row in rows
    ]


class _WorkersChecks(EntryChecks):
    """The checks of a worker, which has no tree; what a recorder says it had seen is kept to be told."""

    def __init__(self, files: Files, reopen: Reopen) -> None:
        store = reopen()
        super().__init__(files, reread=store.stream)
        self.store = store  # open for as long as it is read from
        self.told = bytearray()

    def seen(self, index: int, entry: Entry) -> None:
        """See :meth:`EntryChecks.seen`."""
        if entry.seen.size > index:
            super().seen(index, entry)
        else:
            self.told += _SEEN.pack(entry.seen.size, entry.seen.root)


_collecting = ExitStack()  # for as long as this worker process lives
_state: list[_WorkersChecks] = []  # of this worker process: its checks


def _begin(files: Files, reopen: Reopen) -> None:
    gc.freeze()
    _collecting.enter_context(collecting_rarely())
    _state.append(_WorkersChecks(files, reopen))


def _check(portion: Sequence[tuple[int, StoredEntry]]) -> bytes | None:
    """Check entries; gives what their recorders say they had seen, or None if not everything holds."""
    checks = _state[0]
    for start in range(0, len(portion), _HANDFUL):
        handful = portion[start : start + _HANDFUL]
        opened = open_entries((row.envelope for _, row in handful), checks.publics, verify_among_many)
        for (index, row), each in zip(handful, opened, strict=True):
            checks.entry(index, each, row)
        if checks.problems:
            return None
    told, checks.told = bytes(checks.told), bytearray()
    return told


def _end() -> _Share:
    checks = _state[0]
    return _Share(dict(checks.votes.marks()), checks.proofs.handed_over())
