"""Reads and checks the next entries of the log.

They are under a head that the log's key signed and that extends every earlier one seen here: range proofs connect the
pages to it, starting from what was read before. Signature, place, office and ballot of each entry are checked as when a
vote is read. The cursor is the leaf index, which no copy, store or restart changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ...domain.errors import InblueError
from ...domain.messages import INTAKE
from ...domain.recorded import Documents
from ...domain.state import VoteState
from ..entries.entry import REGISTER_STREAM, Entry, StoredEntry, entry_digest
from ..entries.files import MemoryFiles
from ..entries.kinds import AnyAct
from ..entries.stored import opened, place_of
from ..entries.streams import vote_in
from ..errors import Broken, UnreachableError
from ..log.log import LogStore
from ..log.positions import position_of
from ..process import limits
from ..reading import KnownRegister, KnownVotes
from ..recording.messages import KnownMessages
from ..standards.checkpoint import Checkpoint, open_signed
from ..standards.merkle import Frontier, leaf_hash, range_proof
from ..stores.streams import Streams

_PAGE = 500


class Followed(NamedTuple):
    """An entry of the log that has an effect. ``index`` is its leaf index, the cursor to save once it is processed.

    ``vote`` is the name of the vote, None if the act is one of the register; ``number`` its number there, from 0;
    ``entry`` the leaf hash in hex, by which reports and bundles name it.
    """

    index: int  # type: ignore[assignment] # in place of tuple.index
    vote: str | None
    number: int
    act: AnyAct
    recorded_at: datetime
    office: str
    key: str
    idempotency_key: str | None
    entry: str


class Reader:
    """Reads and checks the next entries, a page at a time."""

    def __init__(self, streams: Streams, log: LogStore, documents: Documents, after: int | None) -> None:
        self._streams, self._log = streams, log
        self._register = KnownRegister()
        messages = KnownMessages(self._register, streams.stream, MemoryFiles())  # for which no file is read
        self._votes = KnownVotes(self._register, documents, held=limits().votes, messages=messages)
        self._next = 0 if after is None else after + 1
        self._frontier: Frontier | None = None
        self._position = 0

    @property
    def size(self) -> int:
        """How many entries of the log were read, including those before the first."""
        return self._next

    def vote(self, name: str) -> VoteState | None:
        """A vote as far as it was read; None if that is no longer known."""
        return self._votes.get(name)

    def read(self) -> tuple[list[Followed], bool]:
        """The next entries, and whether anything was read; entries without effect are left out.

        Raises:
            Broken: the log was rolled back, does not extend what was read, or an entry is not valid.
            Busy: the database is a replica that does not have that many entries yet.
        """
        head = self._log.head()
        self._read_register()
        if head is None:
            if self._next:
                raise Broken(f"the log has no entry {self._next - 1}, where this should continue")
            return [], False
        try:
            checkpoint = open_signed(head.note, self._register.log_keys())[0]
        except InblueError as error:
            raise Broken(f"the log's head is not what its key has signed ({error})") from None
        if checkpoint.size < self._next:
            if self._streams.is_replica():
                lags = f"this replica has {checkpoint.size} entries so far, and this goes on after {self._next}"
                raise UnreachableError(f"{lags}: it lags, or is of another log; try again")
            what = f"the log had {self._next} entries already, and now its head is of {checkpoint.size}"
            raise Broken(f"{what}: it was rolled back to an older state, or is another log")
        if self._frontier is None and self._next:
            self._position = position_of(self._streams, self._log, head, self._next - 1)
        if checkpoint.size == self._next:
            self._check_same(checkpoint)
            return [], False
        rows = self._streams.page(self._position, min(_PAGE, checkpoint.size - self._next))
        if not rows:
            raise Broken(f"the store lacks entry {self._next}, which the signed head covers")
        self._grow(rows, checkpoint)
        self._read_register()  # after them, so that it has what comes before them
        found = [self._checked(index, row) for index, row in enumerate(rows, start=self._next)]
        self._next += len(rows)
        self._position = rows[-1].position or self._position
        return [each for each in found if each is not None], True

    def _read_register(self) -> None:
        self._register.take(self._streams.stream(REGISTER_STREAM, after=self._register.version))
        if self._register.refused is not None:
            raise self._register.refused

    def _check_same(self, checkpoint: Checkpoint) -> None:
        """Make sure that a head over no more than was already read matches it."""
        if self._frontier is not None and self._frontier.root() != checkpoint.root:
            raise Broken(f"two histories of the log were signed, each of {checkpoint.size} entries")

    def _grow(self, rows: Sequence[StoredEntry], checkpoint: Checkpoint) -> None:
        """Make sure that the signed head covers what was read before, followed by exactly these rows."""
        before, after = range_proof(self._next, self._next + len(rows), checkpoint.size, self._log.node)
        grown = Frontier.resumed(self._next, before if self._frontier is None else self._frontier.peaks)
        for row in rows:
            grown.add(leaf_hash(row.envelope))
        if grown.root_with(checkpoint.size, after) != checkpoint.root:
            which = f"entries {self._next} to {self._next + len(rows) - 1}"
            what = f"{which} are not those that the log's head was signed over, or those before them were others"
            raise Broken(f"{what}; run inblue verify")
        self._frontier = grown

    def _checked(self, index: int, row: StoredEntry) -> Followed | None:
        """The entry to return for a row; None if it has no effect.

        Raises:
            Broken: no key in authority signed it, and nobody disowned it.
        """
        entry, name = opened(row), vote_in(row.originator_id)
        if row.originator_id == REGISTER_STREAM:
            return _followed(index, entry, None) if self._register.has_effect(row) else None
        if row.originator_id == INTAKE:
            if entry_digest(row.envelope) not in self._register.now.disowned:
                self._register.check_next(row)
            return None
        if name is None:
            raise Broken(f"{place_of(row)}: no such stream belongs in a ledger; run inblue verify")
        if (known := self._votes.version(name)) < row.originator_version - 1:
            earlier = self._streams.stream(row.originator_id, after=known)
            self._votes.follow(name, (each for each in earlier if each.originator_version < row.originator_version))
        if self._votes.version(name) < row.originator_version:
            self._votes.follow(name, [row])
        return _followed(index, entry, name) if self._votes.has_effect(row) else None


def _followed(index: int, entry: Entry, vote: str | None) -> Followed:
    return Followed(
        index,
        vote,
        entry.index,
        entry.act,
        entry.recorded_at,
        entry.office,
        entry.key,
        entry.idempotency_key,
        leaf_hash(entry.raw).hex(),
    )
