"""What comes next in the log, read and checked.

It is under a head that the log's key has signed and that extends every earlier one seen here: the pages are tied to it
by range proofs, grown from what was read before. Of each entry signature, place, office and ballot are checked as
reading a vote checks them. The cursor is the leaf index, which no copy, store or restart changes.
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
from ..errors import Broken
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
    """An entry of the log that has an effect. ``index`` is its leaf index, the cursor to keep once it is dealt with.

    ``vote`` is the name of the vote, None where the act is one of the register; ``number`` its number there, from 0;
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
    """Reads and checks what comes next, a page at a time."""

    def __init__(self, streams: Streams, log: LogStore, documents: Documents, after: int | None) -> None:
        self._streams, self._log = streams, log
        self._register = KnownRegister()
        messages = KnownMessages(self._register, streams.stream, MemoryFiles())  # of which no file is asked for
        self._votes = KnownVotes(self._register, documents, held=limits().votes, messages=messages)
        self._next = 0 if after is None else after + 1
        self._frontier: Frontier | None = None
        self._position = 0

    @property
    def size(self) -> int:
        """How many entries of the log were read, those before the first included."""
        return self._next

    def vote(self, name: str) -> VoteState | None:
        """A vote as far as it was read; None where that is not known any more."""
        return self._votes.get(name)

    def read(self) -> tuple[list[Followed], bool]:
        """The entries that come next, and whether anything was read: those that have no effect are not given.

        Raises:
            Broken: the log was put back, does not extend what was read, or an entry is not to be believed.
        """
        head = self._log.head()
        self._read_register()
        if head is None:
            if self._next:
                raise Broken(f"the log has no entry {self._next - 1}, where this is to go on")
            return [], False
        try:
            checkpoint = open_signed(head.note, self._register.log_keys())[0]
        except InblueError as error:
            raise Broken(f"the log's head is not what its key has signed ({error})") from None
        if checkpoint.size < self._next:
            what = f"the log had {self._next} entries already, and now its head is of {checkpoint.size}"
            raise Broken(f"{what}: it was put back to an older state, or is another log")
        if self._frontier is None and self._next:
            self._position = position_of(self._streams, self._log, head, self._next - 1)
        if checkpoint.size == self._next:
            self._check_same(checkpoint)
            return [], False
        rows = self._streams.page(self._position, min(_PAGE, checkpoint.size - self._next))
        if not rows:
            raise Broken(f"the store lacks entry {self._next}, which the signed head covers")
        self._grow(rows, checkpoint)
        self._read_register()  # behind them, so that it has what comes before them
        found = [self._checked(index, row) for index, row in enumerate(rows, start=self._next)]
        self._next += len(rows)
        self._position = rows[-1].position or self._position
        return [each for each in found if each is not None], True

    def _read_register(self) -> None:
        self._register.take(self._streams.stream(REGISTER_STREAM, after=self._register.version))
        if self._register.refused is not None:
            raise self._register.refused

    def _check_same(self, checkpoint: Checkpoint) -> None:
        """Make sure that a head over what was read already is over just that."""
        if self._frontier is not None and self._frontier.root() != checkpoint.root:
            raise Broken(f"two histories of the log were signed, each of {checkpoint.size} entries")

    def _grow(self, rows: Sequence[StoredEntry], checkpoint: Checkpoint) -> None:
        """Make sure that the signed head covers what was read before, and behind it just these rows."""
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
        """The entry of a row as it is given; None where it has no effect.

        Raises:
            Broken: it is not what a key in authority has signed, and nobody has disowned it.
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
