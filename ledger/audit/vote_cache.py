"""The votes folded while a log is read; only a few are held in memory, however many there are.

For the others, the number of acts and a digest of them are kept; on demand they are read again from the store, compared
with the digest, and folded again. So the vote shown is the one that was checked, whatever the store returns the second
time.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeAlias

from ...domain.acts import Act
from ...domain.recorded import Documents, Recorded
from ...domain.state import VoteState
from ...domain.vote import evolve_with_gaps
from ..entries.entry import StoredEntry, read_again
from ..entries.streams import vote_stream
from ..errors import Broken
from ..standards.merkle import leaf_hash

Reread: TypeAlias = Callable[[str], Iterable[StoredEntry]]
"""Gives the entries of a stream, in order, from the first."""

HELD = 256

_OTHERS = "the store gives other entries than when they were checked"


class Mark(NamedTuple):
    """How many acts of a vote were folded, a digest of them all, and the index where it begins."""

    acts: int
    digest: bytes
    begins: int


class FoldedVotes(Mapping[str, VoteState | None]):
    """The votes by symbol, in the order of the log; None for one that cannot be folded, or began before the log's part.

    Without ``reread`` all are held in memory, with their acts.
    """

    def __init__(self, documents: Documents, reread: Reread | None = None, held: int = HELD) -> None:
        self._documents = documents
        self._reread = reread
        self._held = held
        self._marks: dict[str, Mark] = {}
        self._states: OrderedDict[str, VoteState | None] = OrderedDict()
        self._pinned: set[str] = set()
        self._for_good: dict[str, VoteState | None] = {}
        self._broken: set[str] = set()
        self._acts: dict[str, list[Recorded[Act]]] = {}

    def put(
        self,
        symbol: str,
        state: VoteState | None,
        index: int,
        leaf: bytes,
        recorded: Recorded[Act] | None = None,
    ) -> None:
        """Apply one more act, ``recorded``, the entry at ``index`` of the log; return the vote."""
        if recorded is not None and self._reread is None:
            self._acts.setdefault(symbol, []).append(recorded)
        acts, digest, begins = self._marks.get(symbol, (0, b"", index))
        self._marks[symbol] = Mark(acts + 1, hashlib.sha256(digest + leaf).digest(), begins)
        if state is None:
            self._broken.add(symbol)
            self.pin(symbol)
        self._hold(symbol, state)

    def change(self, symbol: str, state: VoteState) -> None:
        """The vote after an act that has no effect. It is held in memory: folded again, it would differ."""
        self._states[symbol] = state
        self.pin(symbol)

    def pin(self, symbol: str) -> None:
        """Hold a vote in memory permanently: it has a problem, and folding it again could give another result."""
        self._pinned.add(symbol)
        if symbol in self._states:
            self._for_good[symbol] = self._states.pop(symbol)

    def marks(self) -> Mapping[str, Mark]:
        """What is known about each vote without folding it."""
        return self._marks

    def take(self, marks: Mapping[str, Mark]) -> None:
        """Add votes that were folded elsewhere."""
        self._marks = dict(sorted(marks.items(), key=lambda item: item[1].begins))
        self._states, self._for_good = OrderedDict(), {}

    def acts(self, symbol: str) -> tuple[Recorded[Act], ...]:
        """The effective acts of a vote, in order, as they were when checked.

        Raises:
            Broken: the store now gives others.
        """
        if self._reread is None:
            return tuple(self._acts.get(symbol, ()))
        state, digest, mark = self[symbol], b"", self._marks[symbol]
        disowned = frozenset(state.disowned) if state is not None else frozenset[int]()
        found: list[Recorded[Act]] = []
        passed: tuple[int, ...] = ()
        for row in islice(self._reread(vote_stream(symbol)), mark.acts + len(disowned)):
            if row.originator_version - 1 in disowned:
                passed = (*passed, row.originator_version - 1)
                continue
            digest = hashlib.sha256(digest + leaf_hash(row.envelope)).digest()
            found.append(read_again(row.envelope)._replace(passed=passed))
            passed = ()
        if digest != mark.digest:
            raise Broken(f"{symbol}: {_OTHERS}")
        return tuple(found)

    def whole(self) -> Mapping[str, VoteState]:
        """The votes that could be folded, read on demand."""
        return _Whole(self, self._broken)

    def __getitem__(self, symbol: str) -> VoteState | None:
        if symbol in self._states:
            return self._states[symbol]
        if symbol in self._for_good:
            return self._for_good[symbol]
        mark = self._marks[symbol]
        state = self._folded_again(symbol, mark)
        self._hold(symbol, state)
        return state

    def known(self, symbol: str) -> VoteState | None:
        """The same as ``get``, which every entry uses twice."""
        return self._states[symbol] if symbol in self._states else self.get(symbol)

    def __iter__(self) -> Iterator[str]:
        return iter(self._marks)

    def __len__(self) -> int:
        return len(self._marks)

    def _hold(self, symbol: str, state: VoteState | None) -> None:
        if symbol in self._pinned:
            self._for_good[symbol] = state
            return
        self._states[symbol] = state
        if self._reread is None:
            return
        self._states.move_to_end(symbol)
        if len(self._states) > self._held:
            self._states.popitem(last=False)

    def _folded_again(self, symbol: str, mark: Mark) -> VoteState:
        digest = b""
        rows = self._rows(symbol, mark.acts)
        for row in rows:
            digest = hashlib.sha256(digest + leaf_hash(row.envelope)).digest()
        if not rows or digest != mark.digest:
            raise Broken(f"{symbol}: {_OTHERS}")
        return refold(rows, self._documents)

    def _rows(self, symbol: str, acts: int) -> list[StoredEntry]:
        assert self._reread is not None  # noqa: S101 - nothing is evicted without it
        return list(islice(self._reread(vote_stream(symbol)), acts))


def refold(rows: Iterable[StoredEntry], documents: Documents) -> VoteState:
    """A vote from its entries, which were checked before: their signatures and form are not checked again.

    Raises:
        Broken: they are not a vote.
    """
    state: VoteState | None = None
    for row in rows:
        state = evolve_with_gaps(state, read_again(row.envelope), documents)
    if state is None:
        raise Broken("no act of a vote is there")
    return state


class _Whole(Mapping[str, VoteState]):
    def __init__(self, votes: FoldedVotes, broken: set[str]) -> None:
        self._votes, self._broken = votes, broken

    def __getitem__(self, symbol: str) -> VoteState:
        state = self._votes[symbol]
        if state is None:
            raise KeyError(symbol)
        return state

    def __iter__(self) -> Iterator[str]:
        return (symbol for symbol in self._votes if symbol not in self._broken)

    def __len__(self) -> int:
        return len(self._votes) - len(self._broken)
