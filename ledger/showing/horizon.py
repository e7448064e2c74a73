"""How far everybody may see: up to the first entry of a vote that is open, as publishing has it (docs/tiles.md).

A vote is open from its circulation until its result is announced, its draft withdrawn, or it is annulled. What is read
here was checked as a follower checks it. A log cannot be shown under a head that covers an open vote, since that would
say how many acts it has: the head shown is the latest one kept that covers none. Those that were timestamped or
cosigned are kept in the store; of others only what was seen while this was looking is known.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import NamedTuple

from ...domain.acts import DraftWithdrawn, EntryVoided
from ...domain.ending_acts import ResultAnnounced, VoteAnnulled
from ...domain.errors import InblueError
from ..audit.kept_files import digests_of
from ..errors import UnusableError
from ..following.reader import Followed, Reader
from ..ledger import Ledger
from ..log.log import Head
from ..log.positions import position_of
from ..operations.publish import files_named_by
from ..process import Turn, limits
from ..standards.checkpoint import open_checkpoint
from ..standards.merkle import root
from ..stores.store import DATABASE_ERRORS
from .view import ledger_until

_SECONDS = 5.0
"""How long one look goes on reading what is new; the next goes on from there."""


class OpenVote(NamedTuple):
    """All that is shown of a vote that is open. ``closes_at`` is None before the opening, or where it is not known."""

    name: str
    closes_at: datetime | None


class Horizon:
    """What may be seen of a ledger; :meth:`look` brings it up to now.

    ``view`` is the ledger as far as everybody may see it, ``size`` the number of entries in it; its head may cover
    fewer. Threads may share it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.view, self._until = ledger_until(ledger)
        self.size = 0
        self.named: dict[str, int] = {}
        """The entry of each digest: its own (the leaf hash), or the first that names a file of that SHA-256."""
        self.documents: set[str] = set()
        """Of those files the ones by which votes are judged; the others are papers and texts that somebody attached."""
        self._reader = Reader(ledger.streams, ledger.log, ledger.documents, None)
        self._turn = Turn(limits().wait)
        self._open: dict[str, int] = {}
        self._over: dict[str, int] = {}
        self._looked = 0.0

    @property
    def read(self) -> int:
        """How many entries were read and checked, those of open votes among them."""
        return self._reader.size

    def look(self, *, every: float = 0.0) -> None:
        """Read what is new, unless that was done less than ``every`` seconds ago.

        Raises:
            Broken: what is recorded is not to be believed, or the log was put back. Nothing more is shown then.
            Busy: another thread has been at it for too long.
        """
        if self.ledger.closed:
            raise UnusableError("this ledger is closed; open it again")
        if every and time.monotonic() - self._looked < every:
            return
        with self._turn:
            until = time.monotonic() + _SECONDS
            more = True
            while more and time.monotonic() < until:
                try:
                    found, more = self._reader.read()
                except DATABASE_ERRORS as error:
                    raise UnusableError(f"the database cannot be read: {str(error) or 'it was closed'}") from None
                for each in found:
                    self._take(each)
            self._grow()
            self._looked = time.monotonic()

    def open_votes(self) -> tuple[OpenVote, ...]:
        """The votes that are open, in the order of the log."""
        names = [name for name, _ in sorted(self._open.items(), key=lambda each: each[1])]
        return tuple(OpenVote(name, self.ledger.vote(name).window.closes_at) for name in names)

    def open_vote(self, name: str) -> OpenVote | None:
        """The vote of that name, if it is open."""
        return OpenVote(name, self.ledger.vote(name).window.closes_at) if name in self._open else None

    def votes(self) -> tuple[str, ...]:
        """The votes that are over, in the order in which they ended."""
        return tuple(self._over)

    def book(self, name: str) -> Ledger | None:
        """The ledger that a vote which is over is read from; None of any other name.

        It is :attr:`view` if all that was recorded of the vote can be seen there, otherwise the whole ledger, of which
        then nothing but this vote may be shown.
        """
        last = self._over.get(name)
        if last is None:
            return None
        return self.view if last < self.size else self.ledger

    def covers(self, name: str) -> bool:
        """Whether the head that everybody is shown covers all that was recorded of a vote which is over."""
        signed, last = self._until.signed, self._over.get(name)
        return signed is not None and last is not None and last < signed.size

    def _take(self, each: Followed) -> None:
        self.named.setdefault(each.entry, each.index)
        judged_by = {getattr(each.act, field, None) for field in ("procedure", "snapshot")}
        papers = set(digests_of(each.act))
        for sha256 in files_named_by(each.act, self.ledger.documents):
            self.named.setdefault(sha256, each.index)
            if each.vote is None or sha256 in judged_by or sha256 not in papers:
                self.documents.add(sha256)
        if each.vote is None:
            return
        if each.vote in self._over:
            self._over[each.vote] = each.index
        else:
            self._open.setdefault(each.vote, each.index)
        if isinstance(each.act, (ResultAnnounced, DraftWithdrawn, VoteAnnulled, EntryVoided)):
            if (self._reader.vote(each.vote) or self.ledger.vote(each.vote)).ended is not None:
                self._open.pop(each.vote, None)
                self._over[each.vote] = each.index
            else:
                self._over.pop(each.vote, None)
                self._open.setdefault(each.vote, each.index)

    def _grow(self) -> None:
        size = min(self._open.values(), default=self._reader.size)
        head = self.ledger.log.head()
        if head is None or size < self.size:
            return
        before = self._until.signed
        known = before.size if before is not None else 0
        if head.size <= size:
            signed = head if head.size > known else before
        elif size > self.size or before is None:
            signed = self._kept(head, known, size) or before
        else:
            signed = before
        self._until.grow(self._position(head, size - 1) if size > self.size else self._until.last, signed)
        self.size = size

    def _kept(self, head: Head, known: int, size: int) -> Head | None:
        """The largest head of more than ``known`` and at most ``size`` entries that was cosigned or timestamped."""
        log = self.ledger.log
        notes = {at: note for at, note, _ in log.cosignatures() if known < at <= size}
        notes |= {stamp.size: stamp.note for stamp in log.stamps() if known < stamp.size <= size}
        keys = self.ledger.log_keys()
        for at, note in sorted(notes.items(), reverse=True):
            try:
                checkpoint = open_checkpoint(note, *keys)
            except InblueError:
                continue  # somebody else's line, or a key that the log has not: verifying says so
            if (checkpoint.size, checkpoint.root) == (at, root(at, log.node)):
                return Head(at, self._position(head, at - 1), note)
        return None

    def _position(self, head: Head, index: int) -> int:
        return position_of(self.ledger.streams, self.ledger.log, head, index)
